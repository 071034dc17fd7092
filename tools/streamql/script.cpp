// What the commands share: reading scripts, compile options from flags and environment, printing diagnostics and
// errors.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "compiler/bind/bind.h"
#include "compiler/diagnostics/render.h"
#include "compiler/diagnostics/suggest.h"
#include "tools/streamql/command.h"

namespace streamql::cli {

std::optional<SourceText> read_script(const std::string& path) {
    std::stringstream text;
    if (path == "-") {
        text << std::cin.rdbuf();
        return SourceText("<stdin>", text.str());
    }
    const bool folder = std::filesystem::is_directory(path);
    std::ifstream in(path, std::ios::binary);
    if (in && !folder) text << in.rdbuf();
    if (!in || folder) {
        fmt::print(stderr, "error: cannot read {}: {}\n", path, folder ? "it is a folder" : std::strerror(errno));
        return std::nullopt;
    }
    return SourceText(path, text.str());
}

namespace {

/// What --set gives, checked here: a wrong one is an error of the command line, not of the script.
bool check_settings(const std::map<std::string, std::string>& given) {
    std::vector<std::string> names;
    for (auto& spec : job_option_specs()) names.push_back(spec.name);
    for (auto& [key, value] : given) {
        if (std::find(names.begin(), names.end(), key) != names.end()) continue;
        std::string help = did_you_mean(key, names);
        if (help.empty()) help = fmt::format("settings: {}", fmt::join(names, ", "));
        fmt::print(stderr, "error: --set {}={}: there is no setting \"{}\"\nhelp: {}\n", key, value, key, help);
        return false;
    }
    std::vector<OptionProblem> problems;
    const Options checked = check_options(job_option_specs(), given, true, "--set", problems);
    for (const char* key : {"parallelism", "batch_rows"})
        if (problems.empty() && given.count(key) && checked.integer(key) < 1)
            problems.push_back({key, fmt::format("{} must be at least 1, not {}", key, given.at(key)), ""});
    if (problems.empty()) return true;
    fail({ErrorCode::kUsage,
          fmt::format("--set {}={}: {}", problems[0].key, given.at(problems[0].key), problems[0].message),
          problems[0].help, false});
    return false;
}

}  // namespace

std::optional<CompileOptions> compile_options(const Common& c, const std::string& file) {
    CompileOptions o;
    o.bind.local = c.local;
    o.bind.job_name = file == "-" ? "streamql" : std::filesystem::path(file).stem().string();
    o.bind.environment = [](const std::string& name) -> std::optional<std::string> {
        const char* v = std::getenv(name.c_str());
        return v ? std::optional<std::string>(v) : std::nullopt;
    };
    for (auto& spec : job_option_specs()) {  // STREAMQL_TIMEZONE ... stand in for options
        std::string name = "STREAMQL_" + spec.name;
        for (char& ch : name) ch = static_cast<char>(std::toupper(static_cast<unsigned char>(ch)));
        if (const char* v = std::getenv(name.c_str())) o.bind.settings[spec.name] = v;
    }
    std::map<std::string, std::string> set;
    for (auto& s : c.set) {
        const size_t at = s.find('=');
        if (at == std::string::npos || at == 0) {
            fmt::print(stderr, "error: --set takes KEY=VALUE, not \"{}\"\n", s);
            return std::nullopt;
        }
        set[s.substr(0, at)] = s.substr(at + 1);
    }
    if (!check_settings(set)) return std::nullopt;
    for (auto& [key, value] : set) o.bind.settings[key] = value;
    o.disabled_passes = {c.disabled_passes.begin(), c.disabled_passes.end()};
    o.dump_dir = c.dump;
    o.jit.tier = c.jit == "off"  ? jit::Tier::kInterpret
                 : c.jit == "O0" ? jit::Tier::kO0
                 : c.jit == "O2" ? jit::Tier::kO2
                                 : jit::Tier::kTiered;
    o.jit.gdb = c.gdb;
    o.jit.perf = c.perf;
    if (!c.no_cache) {
        const char* cache = std::getenv("XDG_CACHE_HOME");
        const char* home = std::getenv("HOME");
        if (cache && *cache)
            o.jit.cache_dir = std::filesystem::path(cache) / "streamql/objects";
        else if (home && *home)
            o.jit.cache_dir = std::filesystem::path(home) / ".cache/streamql/objects";
    }
    return o;
}

bool print_diagnostics(const CompileResult& result, const SourceText& source) {
    if (!result.diagnostics.all().empty()) fmt::print(stderr, "{}", render(result.diagnostics, source));
    return result.diagnostics.has_errors();
}

int fail(const Error& error) {
    fmt::print(stderr, "error: {}\n", error.message);
    if (!error.help.empty()) fmt::print(stderr, "help: {}\n", error.help);
    return static_cast<int>(error.code);
}

}  // namespace streamql::cli
