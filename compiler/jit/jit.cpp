#include "compiler/jit/jit.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <future>
#include <thread>

#include "compiler/codegen/codegen.h"
#include "compiler/functions/registry.h"
#include "compiler/jit/linker.h"
#include "compiler/jit/object_cache.h"
#include "compiler/jit/target.h"
#include "compiler/pipeline/interpret.h"
#include "runtime/abi/exports.h"
#include "runtime/base/result.h"

namespace streamql::jit {

namespace fs = std::filesystem;

namespace {

/// Every symbol that the code of a plan may refer to.
class SymbolCollector {
  public:
    Symbols collect(const physical::Module& plan) {
#define STREAMQL_SYMBOL(f) add(#f, &::f);
        STREAMQL_ABI_FUNCTIONS(STREAMQL_SYMBOL)
#undef STREAMQL_SYMBOL
        add("memcpy", static_cast<void* (*)(void*, const void*, size_t)>(&std::memcpy));
        add("memmove", static_cast<void* (*)(void*, const void*, size_t)>(&std::memmove));
        add("memset", static_cast<void* (*)(void*, int, size_t)>(&std::memset));
        add("memcmp", static_cast<int (*)(const void*, const void*, size_t)>(&std::memcmp));
        add("bcmp", static_cast<int (*)(const void*, const void*, size_t)>(&std::memcmp));
        for (auto& function : plan.functions) of_function(function);
        return std::move(symbols_);
    }

  private:
    template <typename F>
    void add(const std::string& name, F* address) {
        void* p = reinterpret_cast<void*>(address);
        auto [at, fresh] = seen_.emplace(name, p);
        SQ_CHECK(at->second == p && p, name + " names two functions, or none");
        if (fresh) symbols_.emplace_back(name, p);
    }

    void of_function(const physical::Function& function) {
        std::visit(overloaded{
                       [&](const physical::Pipeline& f) {
                           for (auto& step : f.steps) {
                               std::visit(overloaded{
                                              [&](const physical::FilterStep& s) { of(s.condition); },
                                              [&](const physical::ProjectStep& s) {
                                                  for (auto& x : s.expressions) of(x);
                                              },
                                          },
                                          step);
                           }
                       },
                       [&](const physical::Scan& f) {
                           for (auto& [column, x] : f.computed) of(x);
                           for (auto& x : f.checks) of(x);
                       },
                       [&](const physical::Condition& f) { of(f.condition); },
                       [&](const physical::Aggregate& f) {
                           for (auto& call : f.calls) {
                               const AggregateFunction& a = *call.function;
                               add(a.symbol + "_init", a.init);
                               add(a.symbol + "_update", a.update);
                               if (a.check) add(a.symbol + "_check", a.check);
                               add(a.symbol + "_merge", a.merge);
                               add(a.symbol + "_finish", a.finish);
                           }
                       },
                   },
                   function);
    }

    void of(const plan::ExprPtr& x) {
        plan::visit_functions(x, [&](const ScalarFunction& f) { add(f.symbol, f.kernel); });
    }

    Symbols symbols_;
    std::map<std::string, void*> seen_;
};

void write_text(const fs::path& dir, const std::string& file, const std::string& text) {
    std::error_code ignored;
    fs::create_directories(dir, ignored);
    std::ofstream(dir / file) << text;
}

/// The code of one plan: what Compiled::keep holds.
class Code {
  public:
    Code(const physical::Module& plan, const JitOptions& options)
        : plan_(plan),
          options_(options),
          cache_(options.cache_dir),
          linker_(SymbolCollector().collect(plan), options.gdb, options.perf) {
        for (auto& f : plan_.functions) {
            for (auto& name : codegen::symbols_of(f)) names_.push_back(name);
            fingerprint_ += physical::fingerprint(f);
        }
        for (size_t i = 0; i < names_.size(); ++i) slots_.push_back(std::make_shared<FunctionSlot>());
        if (!options.dump_dir.empty()) {
            for (const char* stage : {"ir", "ir-opt", "asm"}) {
                write_text(options.dump_dir, fmt::format("{}.{}", stage, std::strcmp(stage, "asm") ? "ll" : "s"),
                           dump(plan_, stage));
            }
        }
    }

    ~Code() {
        cancelled_ = true;
        if (worker_.joinable()) worker_.join();
    }

    void start() {
        if (options_.tier == Tier::kO2) {
            build("O2");
        } else if (options_.tier == Tier::kO0) {
            build("O0");
        } else if (!load_cached("O2")) {
            build("O0");
            worker_ = std::thread([this] {
                build("O2");
                finished_.set_value();
            });
            return;
        }
        finished_.set_value();
    }

    void wait() { done_.wait(); }
    int cache_hits() const { return cache_hits_; }
    std::map<std::string, Slot> slots() const {
        std::map<std::string, Slot> by_name;
        for (size_t i = 0; i < names_.size(); ++i) SQ_CHECK(by_name.emplace(names_[i], slots_[i]).second, names_[i]);
        return by_name;
    }

  private:
    template <typename Work>
    auto timed(const std::string& stage, Work&& work) {
        auto start = std::chrono::steady_clock::now();
        auto result = work();
        std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
        if (options_.on_timing) options_.on_timing(stage, took.count());
        return result;
    }

    std::string key(const std::string& tier) const {
        return fmt::format("{}\n{}\n{}\ncodegen {}\n{}", tier, target_identity(), build_identity(), codegen::kVersion,
                           fingerprint_);
    }

    bool load_cached(const std::string& tier) {
        auto object =
            timed("cache", [&] { return options_.cache_dir.empty() ? std::nullopt : cache_.find(key(tier)); });
        if (!object) return false;
        ++cache_hits_;
        install(tier, *object);
        return true;
    }

    /// Compiles the plan (or takes it from the cache) and puts it into the slots.
    void build(const std::string& tier) {
        if (load_cached(tier)) return;
        auto generated = timed("ir", [&] { return codegen::generate(plan_); });
        bool fast = tier == "O0";
        std::string object = timed(tier, [&] {
            if (!fast) optimize(*generated.module, &cancelled_);
            return cancelled_ ? std::string() : emit_object(*generated.module, fast);
        });
        if (cancelled_) return;
        install(tier, object);
        if (!options_.cache_dir.empty()) cache_.put(key(tier), object);
    }

    void install(const std::string& tier, const std::string& object) {
        auto addresses = timed("link", [&] { return linker_.load(tier, object, names_); });
        for (size_t i = 0; i < slots_.size(); ++i) slots_[i]->function.store(addresses[i], std::memory_order_release);
    }

    const physical::Module plan_;
    const JitOptions options_;
    const ObjectCache cache_;
    Linker linker_;
    std::string fingerprint_;
    std::vector<std::string> names_;
    std::vector<Slot> slots_;
    std::atomic<int> cache_hits_{0};
    std::atomic<bool> cancelled_{false};
    std::promise<void> finished_;
    std::shared_future<void> done_ = finished_.get_future().share();
    std::thread worker_;
};

}  // namespace

Compiled compile(const physical::Module& plan, const JitOptions& options) {
    Compiled result;
    if (options.tier == Tier::kInterpret) {
        physical::Interpreted interpreted = physical::interpret(plan);
        result.keep = std::move(interpreted.keep);
        result.slots = std::move(interpreted.slots);
        result.sites = std::move(interpreted.sites);
        result.wait = [] {};
        return result;
    }
    auto code = std::make_shared<Code>(plan, options);
    code->start();
    result.slots = code->slots();
    for (auto& f : plan.functions) result.sites[physical::name_of(f)] = physical::sites_of(f).texts;
    result.cache_hits = code->cache_hits();
    result.wait = [code] { code->wait(); };
    result.keep = code;
    return result;
}

std::string dump(const physical::Module& plan, const std::string& stage) {
    auto generated = codegen::generate(plan);
    if (stage == "ir") return print_ir(*generated.module);
    optimize(*generated.module);
    if (stage == "ir-opt") return print_ir(*generated.module);
    SQ_CHECK(stage == "asm", stage);
    return emit_assembly(*generated.module);
}

std::filesystem::path default_cache_dir() {
    if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache) return fs::path(cache) / "streamql/objects";
    if (const char* home = std::getenv("HOME"); home && *home) return fs::path(home) / ".cache/streamql/objects";
    return {};
}

}  // namespace streamql::jit
