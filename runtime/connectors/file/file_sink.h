// The file connector's sink: whole files only, each row in them once whatever happens.
//
// What: rows go to NAME.JOB.tmp. prepare() syncs it and records its length and which files are closed; apply() gives
// closed ones (rotate.*) their names; close(ended) the last one. A job that resumes cuts the .tmp back to what was
// recorded and goes on in it, or names what should have its name already. Unrotated, the file of an earlier run stays
// until the new one is whole. Devices, pipes and sockets are written straight through. Fault points: sink.*.
// Invariants: what prepare() recorded is durable; finished files are never changed. Ownership and threading: as Sink.
#pragma once
#include "runtime/connectors/connector.h"

namespace streamql {

Result<std::unique_ptr<Sink>> make_file_sink(const SinkSpec& sink, const ConnectorContext& context);

}  // namespace streamql
