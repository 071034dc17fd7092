// The file connector's source. Ownership and threading: as Source.
#pragma once
#include "runtime/connectors/connector.h"

namespace streamql {

Result<std::unique_ptr<Source>> make_file_source(const SourceSpec& source, const ConnectorContext& context);

}  // namespace streamql
