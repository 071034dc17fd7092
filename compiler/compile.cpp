#include "compiler/compile.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "compiler/ast/print.h"
#include "compiler/optimize/optimize.h"
#include "compiler/parse/parse.h"
#include "compiler/pipeline/build_program.h"

namespace streamql {

const std::vector<std::string>& stage_names() {
    static const std::vector<std::string> names = {"ast", "logical", "optimized", "pipelines", "ir", "ir-opt", "asm"};
    return names;
}

std::optional<Stage> stage_named(const std::string& name) {
    for (size_t i = 0; i < stage_names().size(); ++i)
        if (stage_names()[i] == name) return static_cast<Stage>(i);
    return std::nullopt;
}

namespace {

/// Times the stages and keeps their texts.
struct Record {
    const CompileOptions& options;
    CompileResult& result;
    std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();

    void done(const char* name) {
        const auto now = std::chrono::steady_clock::now();
        result.times.push_back({name, std::chrono::duration<double, std::milli>(now - start).count()});
        start = now;
    }
    template <typename F>
    void keep(Stage stage, F text) {
        if (!options.keep.count(stage) && options.dump_dir.empty()) return;
        std::string s = text();
        if (!options.dump_dir.empty()) {
            std::filesystem::create_directories(options.dump_dir);
            const int n = static_cast<int>(stage);
            std::ofstream(fmt::format("{}/{:02}_{}.txt", options.dump_dir, n, stage_names()[n])) << s;
        }
        result.stages[stage] = std::move(s);
        start = std::chrono::steady_clock::now();
    }
};

}  // namespace

CompileResult compile(const SourceText& source, const CompileOptions& options) {
    CompileResult result;
    Diagnostics& diags = result.diagnostics;
    Record record{options, result};

    // text -> ast
    ast::Script script = parse(source, diags, [&](std::string_view name) {
        return options.bind.environment ? options.bind.environment(std::string(name)) : std::nullopt;
    });
    record.done("parse");
    record.keep(Stage::kAst, [&] { return ast::dump(script); });

    // ast -> typed logical plan
    std::optional<BoundScript> bound = bind(script, options.bind, diags);
    diags.sort_by_place();
    record.done("bind");
    if (!bound || diags.has_errors()) return result;
    result.explain = bound->explain;
    result.analyze = bound->analyze;
    result.replaced = bound->replaced;
    record.keep(Stage::kLogical, [&] { return plan::to_string(bound->job); });

    // logical plan -> logical plan
    optimize::optimize(bound->job, options.disabled_passes);
    record.done("optimize");
    record.keep(Stage::kOptimized, [&] { return plan::to_string(bound->job); });

    // logical plan -> pipelines, breakers, exchanges
    pipeline::Built built = pipeline::build(bound->job);
    record.done("pipeline");
    record.keep(Stage::kPipelines, [&] { return pipeline::to_string(built); });
    record.keep(Stage::kIr, [&] { return jit::dump(built.module, "ir"); });
    record.keep(Stage::kIrOpt, [&] { return jit::dump(built.module, "ir-opt"); });
    record.keep(Stage::kAsm, [&] { return jit::dump(built.module, "asm"); });
    if (options.check_only) return result;

    // pipelines -> native functions, in place in the program
    result.code = jit::compile(built.module, options.jit);
    pipeline::link(built, result.code.slots, result.code.sites);
    built.program.code = result.code.keep;
    result.program = std::make_unique<Program>(std::move(built.program));
    record.done("codegen");
    return result;
}

}  // namespace streamql
