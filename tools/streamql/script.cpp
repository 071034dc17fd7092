// What the commands share: reading scripts, compile options from flags and environment, printing diagnostics and errors.
#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "compiler/diagnostics/render.h"
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
    for (auto& s : c.set) {
        const size_t at = s.find('=');
        if (at == std::string::npos || at == 0) {
            fmt::print(stderr, "error: --set takes KEY=VALUE, not \"{}\"\n", s);
            return std::nullopt;
        }
        o.bind.settings[s.substr(0, at)] = s.substr(at + 1);
    }
    o.disabled_passes = {c.disabled_passes.begin(), c.disabled_passes.end()};
    o.dump_dir = c.dump;
    o.jit.tier = c.jit == "off" ? jit::Tier::kInterpret : c.jit == "O0" ? jit::Tier::kO0 : c.jit == "O2" ? jit::Tier::kO2 : jit::Tier::kTiered;
    o.jit.gdb = c.gdb;
    o.jit.perf = c.perf;
    if (!c.no_cache) {
        const char* cache = std::getenv("XDG_CACHE_HOME");
        const char* home = std::getenv("HOME");
        if (cache && *cache) o.jit.cache_dir = std::filesystem::path(cache) / "streamql/objects";
        else if (home && *home) o.jit.cache_dir = std::filesystem::path(home) / ".cache/streamql/objects";
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
