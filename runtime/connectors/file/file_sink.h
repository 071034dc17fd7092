// The file connector's sink: whole files only.
//
// What: rows go to NAME.JOB.tmp; the file gets its name after an fsync, at the end of the job or when a rotate option
// says so (checked at each commit); then the folder is synced too. Unfinished files of the same job are removed at the
// start. Ownership and threading: as Sink.
#pragma once
#include "runtime/connectors/connector.h"

namespace streamql {

Result<std::unique_ptr<Sink>> make_file_sink(const SinkSpec& sink, const ConnectorContext& context);

}  // namespace streamql
