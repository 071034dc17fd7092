// The source that makes its own events. Ownership and threading: as Source.
#pragma once
#include "runtime/connectors/connector.h"

namespace streamql {

Connector generate_connector();

}  // namespace streamql
