// Running a compiled job from the command line: signals, status line, logs, ledger.
#pragma once
#include "runtime/engine/query.h"
#include "tools/streamql/command.h"

namespace streamql::cli {

struct JobResult {
    int exit_code = 0;
    std::optional<QueryReport> report;  ///< absent if the job could not run
};

/// Runs to the end, a signal or an error for good; errors have been printed. `analyze` measures CPU time per operator.
JobResult run_job(CompileResult& compiled, const RunOptions& options, bool analyze);

/// Rows, late rows, state and CPU time per operator, as a table.
std::string analysis_text(const QueryReport& report);

}  // namespace streamql::cli
