#include <fmt/format.h>

#include "tools/streamql/job.h"

namespace streamql::cli {

int compile_and_run(const std::string& file, const RunOptions& options) {
    auto source = read_script(file);
    if (!source) return static_cast<int>(ErrorCode::kUsage);
    auto compile_opts = compile_options(options.common, file);
    if (!compile_opts) return static_cast<int>(ErrorCode::kUsage);
    compile_opts->keep = {Stage::kOptimized};
    CompileResult compiled = compile(*source, *compile_opts);
    if (print_diagnostics(compiled, *source)) return static_cast<int>(ErrorCode::kQuery);
    if (options.common.local) {
        fmt::print(stderr, "running locally, without servers; results go to streamql-out/ and the console\n");
        for (auto& r : compiled.replaced) fmt::print(stderr, "  {}\n", r);
    }
    if (compiled.explain && !compiled.analyze) {
        fmt::print("{}", compiled.stages[Stage::kOptimized]);
        return 0;
    }
    JobResult result = run_job(compiled, options, compiled.analyze);
    if (!result.report) return result.exit_code;
    if (compiled.analyze) fmt::print("{}", analysis_text(*result.report));
    if (options.json)
        fmt::print("{}\n", result.report->to_json());
    else if (!options.quiet)
        fmt::print(stderr, "{}", result.report->to_text());
    std::fflush(stdout);
    return result.exit_code;
}

int run(const RunOptions& options) {
    for (auto& file : options.common.files)
        if (int code = compile_and_run(file, options)) return code;
    return 0;
}

}  // namespace streamql::cli
