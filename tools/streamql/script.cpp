// What the commands share: reading scripts, compile options from flags and environment, printing diagnostics and
// errors.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "compiler/bind/bind.h"
#include "compiler/diagnostics/render.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/optimize/optimize.h"
#include "tools/streamql/command.h"
#include "tools/streamql/output.h"

namespace streamql::cli {

namespace {

struct Script {
    std::string name, text;
};

std::optional<Script> read_script(const std::string& path) {
    std::stringstream text;
    if (path == "-") {
        char part[65536];
        ssize_t n;
        while ((n = ::read(STDIN_FILENO, part, sizeof part)) > 0) text.write(part, n);
        if (n == 0) return Script{"<stdin>", text.str()};
        say("error: cannot read standard input: {}\n", std::strerror(errno));
        return std::nullopt;
    }
    const bool folder = std::filesystem::is_directory(path);
    std::ifstream in(path, std::ios::binary);
    if (in && !folder) text << in.rdbuf();
    if (!in || folder) {
        say("error: cannot read {}: {}\n", path, folder ? "it is a folder" : std::strerror(errno));
        return std::nullopt;
    }
    return Script{path, text.str()};
}

/// A setting from outside the script, and what a message about it shall name.
struct Given {
    std::string value, origin;
};

int wrong_setting(const std::string& origin, const std::string& message, const std::string& help) {
    return fail({ErrorCode::kUsage, fmt::format("{}: {}", origin, message), help, false});
}

/// What --set and STREAMQL_ variables give, checked here: a wrong one is an error of theirs, not of the script.
bool check_settings(const std::map<std::string, Given>& given) {
    std::vector<std::string> names;
    for (auto& spec : job_option_specs()) names.push_back(spec.name);
    std::map<std::string, std::string> values;
    for (auto& [key, setting] : given) {
        values[key] = setting.value;
        if (std::find(names.begin(), names.end(), key) != names.end()) continue;
        std::string help = did_you_mean(key, names);
        if (help.empty()) help = fmt::format("settings: {}", fmt::join(names, ", "));
        return wrong_setting(setting.origin, fmt::format("there is no setting \"{}\"", key), help), false;
    }
    std::vector<OptionProblem> problems;
    streamql::check_settings(values, "streamql", problems);
    if (problems.empty()) return true;
    const OptionProblem& first = problems[0];
    const auto at = given.find(first.key);
    wrong_setting(at == given.end() ? first.key : at->second.origin, first.message, first.help);
    return false;
}

bool check_passes(const std::vector<std::string>& disabled) {
    std::vector<std::string> names;
    for (auto& pass : optimize::passes()) names.push_back(pass.name);
    for (auto& name : disabled) {
        if (std::find(names.begin(), names.end(), name) != names.end()) continue;
        std::string help = did_you_mean(name, names);
        if (help.empty()) help = fmt::format("passes: {}", fmt::join(names, ", "));
        return wrong_setting("--disable-pass " + name, fmt::format("there is no pass \"{}\"", name), help), false;
    }
    return true;
}

}  // namespace

std::optional<SourceText> read_scripts(const std::vector<std::string>& paths) {
    std::optional<SourceText> all;
    for (auto& path : paths) {
        auto script = read_script(path);
        if (!script) return std::nullopt;
        if (all)
            all->append(std::move(script->name), script->text);
        else
            all.emplace(std::move(script->name), std::move(script->text));
    }
    return all;
}

std::optional<CompileOptions> compile_options(const Common& c, const std::string& file) {
    CompileOptions o;
    o.bind.local = c.local;
    o.bind.job_name = file == "-" ? "streamql" : std::filesystem::path(file).stem().string();
    o.bind.environment = [](const std::string& name) -> std::optional<std::string> {
        const char* v = std::getenv(name.c_str());
        return v ? std::optional<std::string>(v) : std::nullopt;
    };
    std::map<std::string, Given> given;
    for (auto& spec : job_option_specs()) {  // STREAMQL_TIMEZONE ... stand in for options
        std::string name = "STREAMQL_" + spec.name;
        for (char& ch : name) ch = static_cast<char>(std::toupper(static_cast<unsigned char>(ch)));
        if (const char* v = std::getenv(name.c_str())) given[spec.name] = {v, fmt::format("{}={}", name, v)};
    }
    for (auto& s : c.set) {
        const size_t at = s.find('=');
        if (at == std::string::npos || at == 0) {
            say("error: --set takes KEY=VALUE, not \"{}\"\n", s);
            return std::nullopt;
        }
        given[s.substr(0, at)] = {s.substr(at + 1), "--set " + s};
    }
    if (!check_settings(given) || !check_passes(c.disabled_passes)) return std::nullopt;
    for (auto& [key, setting] : given) o.bind.settings[key] = setting.value;
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
    if (!result.diagnostics.all().empty()) say_text(render(result.diagnostics, source));
    return result.diagnostics.has_errors();
}

int fail(const Error& error) {
    say("error: {}\n", error.message);
    if (!error.help.empty()) say("help: {}\n", error.help);
    return static_cast<int>(error.code);
}

}  // namespace streamql::cli
