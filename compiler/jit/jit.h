// From a physical plan to running machine code, in tiers.
//
// What: kO0 compiles fast, kO2 for speed on this very CPU; kTiered gives O0 at once and swaps O2 in from a background
// thread; kInterpret runs the evaluator. Objects are cached on disk by plan, LLVM, CPU and build. Memory is never
// writable and executable at once (JITLink). Compile errors are our bug (SQ_CHECK); an unusable cache is ignored.
// Ownership: `keep` owns the code; slots may be held longer, but not called. Destroying `keep` stops and joins the
// background thread. Threading: slots are swapped atomically at any time; the rest belongs to the caller's thread.
#pragma once
#include <filesystem>
#include <functional>
#include <map>

#include "compiler/pipeline/physical.h"

namespace streamql::jit {

enum class Tier { kInterpret, kO0, kO2, kTiered };

struct JitOptions {
    Tier tier = Tier::kTiered;
    std::filesystem::path cache_dir{};  ///< empty: no cache
    std::filesystem::path dump_dir{};   ///< empty: none; else IR, optimised IR and assembly are written there
    bool gdb = false;                   ///< registers the code with gdb
    bool perf = false;                  ///< writes a jitdump for `perf inject --jit`
    /// Called with a stage ("ir", "O0", "O2", "link", "cache") and its milliseconds; from the background thread too.
    std::function<void(const std::string& stage, double milliseconds)> on_timing{};
};

struct Compiled {
    std::shared_ptr<void> keep;
    std::map<std::string, Slot> slots;  ///< by name; of an Aggregate: name_init, _update, _merge, _finish
    std::map<std::string, std::vector<std::string>> sites;  ///< by name of the physical function
    std::function<void()> wait;                             ///< returns when the last tier is in place
    int cache_hits = 0;                                     ///< objects that were not compiled
};

Compiled compile(const physical::Module&, const JitOptions&);

/// The code as text; `stage` is "ir", "ir-opt" or "asm".
std::string dump(const physical::Module&, const std::string& stage);

/// ${XDG_CACHE_HOME:-~/.cache}/streamql/objects; empty where neither is known.
std::filesystem::path default_cache_dir();

}  // namespace streamql::jit
