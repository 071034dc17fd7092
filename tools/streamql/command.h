// The commands of the command line, one file each. Every command gives the process's exit code (CONNECTORS_AND_CLI).
//
// Results alone go to stdout; everything else to stderr. Threading: called once, by main().
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/compile.h"
#include "runtime/base/result.h"

namespace streamql::cli {

constexpr int kMostWorkers = 128;

/// Flags that several commands share.
struct Common {
    std::vector<std::string> files;
    bool local = false;
    std::vector<std::string> set;  ///< KEY=VALUE
    std::string jit = "tiered";    ///< tiered, O0, O2 or off
    std::string dump;              ///< STREAMQL_DUMP
    std::vector<std::string> disabled_passes;
    bool no_cache = false;
    bool gdb = false, perf = false;
};

struct RunOptions {
    Common common;
    std::optional<int> parallelism;
    std::string state_dir, until_idle;
    bool quiet = false, json = false, analyze = false;
    std::string log_format = "text";
};
struct ExplainOptions {
    Common common;
    std::string stage;
    bool analyze = false, time_passes = false;
};
struct GenerateOptions {
    std::string name, to, path, brokers, topic;  // `to` empty: what --topic or --path says, else stdout
    std::map<std::string, std::string> options;
    bool truth = false;
};

/// Compiles the files as one job and runs it to its end with status line, signals and ledger (or explains it, if a file
/// says EXPLAIN).
int run(const RunOptions& options);
/// Of the same job.
int explain(const ExplainOptions& options);
/// Each file by itself.
int check(const Common& common);
int generate(const GenerateOptions& options);
int list(const std::string& what);

/// The files as one text, whose places name the file they are in; nullopt (said on stderr) if one cannot be read. "-"
/// is standard input.
std::optional<SourceText> read_scripts(const std::vector<std::string>& paths);
/// nullopt (said on stderr) if a flag's value is wrong.
std::optional<CompileOptions> compile_options(const Common& common, const std::string& file);
/// Prints diagnostics; true if there are errors.
bool print_diagnostics(const CompileResult& result, const SourceText& source);
/// Prints `error: ...` and `help: ...` to stderr and gives the exit code.
int fail(const Error& error);

}  // namespace streamql::cli
