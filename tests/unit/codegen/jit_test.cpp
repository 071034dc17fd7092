// Tiers, the object cache and the ways to look at code.
#include <fstream>
#include <thread>

#include "compiler/functions/registry.h"
#include "compiler/jit/object_cache.h"
#include "tests/unit/codegen/harness.h"

namespace streamql::test {
namespace {

physical::Pipeline doubling() {
    physical::Pipeline plan{"doubling", {TypeKind::kDouble}, {}, {TypeKind::kDouble}};
    const ScalarFunction* add = nullptr;
    for (auto* f : find_scalar_functions("+")) {
        if (f->args[0].type == TypeKind::kDouble && f->args[1].type == TypeKind::kDouble) add = f;
    }
    auto x = plan::column(0, TypeKind::kDouble, "x");
    plan.steps.push_back(physical::ProjectStep{{plan::make(plan::Call{add, {x, x}}, TypeKind::kDouble)}});
    return plan;
}

class CacheDir : public testing::Test {
  protected:
    void SetUp() override {
        dir_ = std::filesystem::temp_directory_path() / ("streamql-jit-test-" + std::to_string(getpid()));
        std::filesystem::remove_all(dir_);
    }
    void TearDown() override { std::filesystem::remove_all(dir_); }
    std::filesystem::path dir_;
};

TEST(Jit, SwapsTiersWhileTheCodeRuns) {
    physical::Pipeline plan = doubling();
    auto in = random_batch(plan.input, 50, 1);
    Ran expected = run_pipeline(compile_in(jit::Tier::kInterpret, plan), plan, *in);
    for (int round = 0; round < 5; ++round) {
        auto code = compile_in(jit::Tier::kTiered, plan);
        void* first = code.slots.at("doubling")->function.load();
        std::atomic<bool> swapped{false};
        std::thread worker([&] {
            while (!swapped) EXPECT_EQ(run_pipeline(code, plan, *in), expected);
        });
        code.wait();
        swapped = true;
        worker.join();
        EXPECT_NE(code.slots.at("doubling")->function.load(), first);
        EXPECT_EQ(run_pipeline(code, plan, *in), expected);
    }
}

TEST(Jit, CanBeDroppedBeforeTheSecondTierIsDone) {
    for (int round = 0; round < 10; ++round) compile_in(jit::Tier::kTiered, doubling());
}

TEST_F(CacheDir, FindsWhatWasCompiledBefore) {
    jit::JitOptions options{.tier = jit::Tier::kO2, .cache_dir = dir_};
    physical::Module module{{doubling()}};
    EXPECT_EQ(jit::compile(module, options).cache_hits, 0);
    auto again = jit::compile(module, options);
    EXPECT_EQ(again.cache_hits, 1);
    auto in = random_batch({TypeKind::kDouble}, 50, 2);
    EXPECT_EQ(run_pipeline(again, doubling(), *in),
              run_pipeline(compile_in(jit::Tier::kInterpret, doubling()), doubling(), *in));
    // The second tier is at hand: tiered code starts with it.
    options.tier = jit::Tier::kTiered;
    EXPECT_EQ(jit::compile(module, options).cache_hits, 1);
    // Another plan is another key.
    module.functions.push_back(physical::Pipeline{"copy", {TypeKind::kBigint}, {}, {TypeKind::kBigint}});
    options.tier = jit::Tier::kO2;
    EXPECT_EQ(jit::compile(module, options).cache_hits, 0);
}

TEST_F(CacheDir, DamagedFilesAreMisses) {
    jit::JitOptions options{.tier = jit::Tier::kO2, .cache_dir = dir_};
    physical::Module module{{doubling()}};
    jit::compile(module, options);
    auto file = std::filesystem::directory_iterator(dir_)->path();
    std::ifstream in(file, std::ios::binary);
    std::string whole{std::istreambuf_iterator<char>(in), {}};
    auto rewrite = [&](const std::string& bytes) { std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes; };
    std::string flipped = whole;
    flipped[whole.size() - 40] ^= 1;
    for (const std::string& bytes :
         {std::string(), whole.substr(0, 10), whole.substr(0, whole.size() / 2), whole + "x", flipped}) {
        rewrite(bytes);
        EXPECT_EQ(jit::compile(module, options).cache_hits, 0) << bytes.size();
        EXPECT_EQ(jit::compile(module, options).cache_hits, 1) << "the damaged file was replaced";
    }
}

TEST_F(CacheDir, KeepsToItsBytesAndDropsWhatWasUsedLeastRecently) {
    jit::ObjectCache cache(dir_, 35'000);
    const std::string object(10'000, 'x');
    auto age = [&](const std::string& key, int hours) {
        auto file = cache.file_of(key);
        std::filesystem::last_write_time(file, std::filesystem::last_write_time(file) - std::chrono::hours(hours));
    };
    for (int i = 0; i < 3; ++i) cache.put("plan " + std::to_string(i), object);
    for (int i = 0; i < 3; ++i) age("plan " + std::to_string(i), 10 - i);
    EXPECT_TRUE(cache.find("plan 0"));  // used again: now the youngest
    std::ofstream(dir_ / "4711.0.tmp") << "left by a process that was killed";
    std::filesystem::last_write_time(dir_ / "4711.0.tmp",
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
    cache.put("plan 3", object);
    EXPECT_TRUE(cache.find("plan 0"));
    EXPECT_FALSE(cache.find("plan 1"));
    EXPECT_TRUE(cache.find("plan 2"));
    EXPECT_TRUE(cache.find("plan 3"));
    EXPECT_FALSE(std::filesystem::exists(dir_ / "4711.0.tmp"));
}

TEST_F(CacheDir, ADirectoryThatCannotBeWrittenIsNoError) {
    std::ofstream(dir_) << "a file, no directory";
    jit::JitOptions options{.tier = jit::Tier::kO2, .cache_dir = dir_ / "objects"};
    EXPECT_EQ(jit::compile(physical::Module{{doubling()}}, options).cache_hits, 0);
}

TEST_F(CacheDir, WritesEveryStage) {
    jit::JitOptions options{.tier = jit::Tier::kO0, .dump_dir = dir_};
    jit::compile(physical::Module{{doubling()}}, options);
    for (const char* file : {"ir.ll", "ir-opt.ll", "asm.s"}) {
        std::ifstream in(dir_ / file);
        std::string text{std::istreambuf_iterator<char>(in), {}};
        EXPECT_NE(text.find("doubling"), std::string::npos) << file;
    }
}

TEST_F(CacheDir, PerfFindsTheFunctionsInAJitdump) {
    std::filesystem::create_directories(dir_);
    setenv("JITDUMPDIR", dir_.c_str(), 1);
    jit::JitOptions options{.tier = jit::Tier::kO0, .perf = true};
    jit::compile(physical::Module{{doubling()}}, options);
    std::string found;
    for (auto& file : std::filesystem::recursive_directory_iterator(dir_)) {
        if (!file.path().filename().string().starts_with("jit-")) continue;
        std::ifstream in(file.path(), std::ios::binary);
        found.assign(std::istreambuf_iterator<char>(in), {});
    }
    EXPECT_NE(found.find("doubling"), std::string::npos);
}

TEST(Jit, RunsUnderTheDebuggersInterface) {
    jit::JitOptions options{.tier = jit::Tier::kO0, .gdb = true};
    auto code = jit::compile(physical::Module{{doubling()}}, options);
    auto in = random_batch({TypeKind::kDouble}, 50, 2);
    EXPECT_EQ(run_pipeline(code, doubling(), *in),
              run_pipeline(compile_in(jit::Tier::kInterpret, doubling()), doubling(), *in));
}

}  // namespace
}  // namespace streamql::test
