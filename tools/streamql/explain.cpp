#include "tools/streamql/job.h"
#include "tools/streamql/output.h"

namespace streamql::cli {

int explain(const ExplainOptions& options) {
    auto source = read_scripts(options.common.files);
    if (!source) return static_cast<int>(ErrorCode::kUsage);
    auto compile_opts = compile_options(options.common, options.common.files[0]);
    if (!compile_opts) return static_cast<int>(ErrorCode::kUsage);
    const Stage stage = stage_named(options.stage.empty() ? "optimized" : options.stage).value();
    compile_opts->keep = {stage};
    compile_opts->check_only = !options.analyze && !options.time_passes;
    CompileResult compiled = compile(*source, *compile_opts);
    if (print_diagnostics(compiled, *source)) return static_cast<int>(ErrorCode::kQuery);
    print_text(compiled.stages[stage]);
    if (options.time_passes)
        for (auto& t : compiled.times) print("{:<12} {:8.3f} ms\n", t.name, t.millis);
    if (!options.analyze || !output_ok()) return 0;
    RunOptions run_options;
    run_options.common = options.common;
    JobResult result = run_job(compiled, run_options, true);
    if (!result.report) return result.exit_code;
    print("\n{}\n{}", analysis_text(*result.report), result.report->to_text());
    return result.exit_code;
}

}  // namespace streamql::cli
