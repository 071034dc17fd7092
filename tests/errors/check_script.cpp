#include "tests/errors/check_script.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "compiler/compile.h"
#include "compiler/diagnostics/render.h"

namespace streamql::testing {

namespace {

CompileResult compile_script(const SourceText& source, std::set<Stage> keep, bool local) {
    CompileOptions options;
    options.check_only = true;
    options.keep = std::move(keep);
    options.bind.local = local;
    options.bind.job_name = "golden";
    options.bind.environment = [](const std::string& name) -> std::optional<std::string> {
        return name == "STREAMQL_TEST" ? std::optional<std::string>("set") : std::nullopt;
    };
    return compile(source, options);
}

}  // namespace

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::string check_script(const std::string& path) {
    SourceText source(std::filesystem::path(path).filename(), read_file(path));
    return render(compile_script(source, {}, source.text().starts_with("-- local")).diagnostics, source);
}

std::string explain_script(const std::string& path) {
    SourceText source(std::filesystem::path(path).filename(), read_file(path));
    const std::vector<std::pair<Stage, const char*>> stages = {
        {Stage::kLogical, "logical"}, {Stage::kOptimized, "optimized"}, {Stage::kPipelines, "pipelines"}};
    CompileResult result = compile_script(source, {Stage::kLogical, Stage::kOptimized, Stage::kPipelines}, false);
    std::string out = render(result.diagnostics, source);
    for (auto& [stage, name] : stages)
        if (result.stages.count(stage)) out += "== " + std::string(name) + "\n" + result.stages[stage] + "\n";
    return out;
}

}  // namespace streamql::testing
