// The compiler's front door: text in, a Program that the runtime can run out; and every stage between, for explain.
//
// compile.cpp is the table of contents of a query's walk. Errors are Diagnostics, rendered by the caller; there is a
// program only if there are none. Ownership: the result owns everything, also the generated code. Threading: none; with
// tiered compilation a background thread swaps functions into the program until the result is destroyed.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compiler/bind/bind.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/diagnostics/source_text.h"
#include "compiler/jit/jit.h"
#include "runtime/program/program.h"

namespace streamql {

enum class Stage { kAst, kLogical, kOptimized, kPipelines, kIr, kIrOpt, kAsm };
std::optional<Stage> stage_named(const std::string& name);  ///< ast logical optimized pipelines ir ir-opt asm
const std::vector<std::string>& stage_names();

struct CompileOptions {
    BindOptions bind;
    jit::JitOptions jit;
    std::set<std::string> disabled_passes;
    std::set<Stage> keep;     ///< stages whose text is wanted
    std::string dump_dir;     ///< STREAMQL_DUMP: every stage, numbered; empty = none
    bool check_only = false;  ///< stop before code is generated
};

struct StageTime {
    std::string name;
    double millis = 0;
};

struct CompileResult {
    Diagnostics diagnostics;
    std::unique_ptr<Program> program;       ///< null if there are errors, or with check_only
    bool explain = false, analyze = false;  ///< the script asks for EXPLAIN [ANALYZE]
    std::vector<std::string> replaced;      ///< what --local put in place of the outside world
    std::map<Stage, std::string> stages;
    std::vector<StageTime> times;
    jit::Compiled code;
    ~CompileResult() { program.reset(); }  // before its code
    CompileResult() = default;
    CompileResult(CompileResult&&) = default;
};

CompileResult compile(const SourceText& source, const CompileOptions& options);

}  // namespace streamql
