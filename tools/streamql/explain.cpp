#include <fmt/format.h>

#include "tools/streamql/job.h"

namespace streamql::cli {

int explain(const ExplainOptions& options) {
    for (auto& file : options.common.files) {
        auto source = read_script(file);
        if (!source) return static_cast<int>(ErrorCode::kUsage);
        auto compile_opts = compile_options(options.common, file);
        if (!compile_opts) return static_cast<int>(ErrorCode::kUsage);
        const Stage stage = stage_named(options.stage.empty() ? "optimized" : options.stage).value();
        compile_opts->keep = {stage};
        compile_opts->check_only = !options.analyze && !options.time_passes;
        CompileResult compiled = compile(*source, *compile_opts);
        if (print_diagnostics(compiled, *source)) return static_cast<int>(ErrorCode::kQuery);
        fmt::print("{}", compiled.stages[stage]);
        if (options.time_passes)
            for (auto& t : compiled.times) fmt::print("{:<12} {:8.3f} ms\n", t.name, t.millis);
        if (!options.analyze) continue;
        RunOptions run_options;
        run_options.common = options.common;
        JobResult result = run_job(compiled, run_options, true);
        if (!result.report) return result.exit_code;
        fmt::print("\n{}\n{}", analysis_text(*result.report), result.report->to_text());
        if (result.exit_code) return result.exit_code;
    }
    return 0;
}

}  // namespace streamql::cli
