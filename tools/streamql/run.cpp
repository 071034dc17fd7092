#include "tools/streamql/job.h"
#include "tools/streamql/output.h"

namespace streamql::cli {

int run(const RunOptions& options) {
    auto source = read_scripts(options.common.files);
    if (!source) return static_cast<int>(ErrorCode::kUsage);
    auto compile_opts = compile_options(options.common, options.common.files[0]);
    if (!compile_opts) return static_cast<int>(ErrorCode::kUsage);
    compile_opts->keep = {Stage::kOptimized};
    CompileResult compiled = compile(*source, *compile_opts);
    if (print_diagnostics(compiled, *source)) return static_cast<int>(ErrorCode::kQuery);
    if (options.common.local) {
        say("running locally, without servers; results go to streamql-out/ and the console\n");
        for (auto& r : compiled.replaced) say("  {}\n", r);
    }
    if (compiled.explain && !compiled.analyze) {
        print_text(compiled.stages[Stage::kOptimized]);
        return 0;
    }
    JobResult result = run_job(compiled, options, compiled.analyze);
    if (!result.report) return result.exit_code;
    if (compiled.analyze) print_text(analysis_text(*result.report));
    if (options.json)
        print("{}\n", result.report->to_json());
    else if (!options.quiet)
        say_text(result.report->to_text());
    return result.exit_code;
}

}  // namespace streamql::cli
