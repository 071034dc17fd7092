// From SQL text to generated code over a file: in a steady state no operator new is called and no arena grows per
// record.
//
// The same query runs over a short file and over one ten times as long, with the same windows and groups; the
// difference is what the records cost. Arenas take their blocks from operator new, so that their growth counts too.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "compiler/compile.h"
#include "runtime/connectors/connector.h"
#include "runtime/engine/query.h"
#include "runtime/formats/decoder.h"
#include "runtime/time/timezone.h"

extern std::atomic<int64_t> g_allocations;
extern std::atomic<bool> g_counting;

namespace streamql {
namespace {

class CompiledSteadyState : public ::testing::Test {
  protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() / fmt::format("streamql-steady-{}", getpid());
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    /// Ten minutes of events, in order; every third one is a view, of 100 campaigns.
    std::string write_events(int rows) {
        const auto path = folder_ / fmt::format("events-{}.jsonl", rows);
        std::ofstream file(path);
        for (int i = 0; i < rows; ++i)
            file << fmt::format(R"({{"id":{},"campaign":"campaign-{}","kind":"{}","note":"n{}","ts":{}}})", i,
                                i / 3 % 100, i % 3 ? "click" : "view", i * 7, int64_t{i} * 600'000 / rows)
                 << '\n';
        return path.string();
    }

    struct Counted {
        int64_t allocations = 0, rows = 0;
    };
    Counted run(const std::string& path, const std::string& query, jit::Tier tier, int workers) {
        const SourceText source("steady.sql", fmt::format(R"(
            CREATE STREAM events (id BIGINT, campaign STRING, kind STRING, note STRING, ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
              WITH (connector = 'file', path = '{}', format = 'json', timestamp.format = 'epoch_ms');
            CREATE SINK nowhere WITH (connector = 'blackhole');
            INSERT INTO nowhere {};)",
                                                          path, query));
        CompileOptions options;
        options.jit.tier = tier;
        CompileResult compiled = compile(source, options);
        if (compiled.diagnostics.has_errors()) {
            ADD_FAILURE() << compiled.diagnostics.all()[0].message;
            return {};
        }
        compiled.program->job.parallelism = workers;
        compiled.program->job.state_dir = folder_.string();
        compiled.program->job.checkpoint_interval = 3'600'000'000;
        QueryEnvironment environment;
        environment.find_connector = [](std::string_view name) { return find_connector(name); };
        environment.make_decoder = [](const SourceSpec& s) { return make_decoder(s); };
        environment.timezone = find_timezone("UTC");
        auto made = Query::create(*compiled.program, std::move(environment));
        g_allocations = 0;
        g_counting = true;
        auto report = (*made)->run();
        g_counting = false;
        EXPECT_TRUE(report.ok() && report->balanced());
        return {g_allocations.load(), report->sinks.at(0).rows};
    }

    std::filesystem::path folder_;
};

constexpr int kShort = 20'000, kLong = 200'000;

TEST_F(CompiledSteadyState, FilterAndWindowAllocateNothingPerRecord) {
    const std::string query =
        "SELECT campaign, window_start, count(*) AS n, sum(id) AS s FROM events WINDOW TUMBLING (SIZE 1 MINUTE) WHERE "
        "kind = 'view' "
        "GROUP BY campaign, window_start EMIT FINAL";
    const std::string few = write_events(kShort), many = write_events(kLong);
    for (jit::Tier tier : {jit::Tier::kO0, jit::Tier::kO2}) {
        for (int workers : {1, 2}) {
            run(few, query, tier, workers);  // what is made once in a process
            const Counted brief = run(few, query, tier, workers), lasting = run(many, query, tier, workers);
            EXPECT_EQ(brief.rows, 1000);
            EXPECT_EQ(lasting.rows, 1000);
            EXPECT_GT(brief.allocations, 0);
            // 180,000 records more; batches of the channels' pools may warm up later in the longer run
            EXPECT_LT(lasting.allocations - brief.allocations, 180)
                << workers << " workers: " << brief.allocations << ", " << lasting.allocations;
            fmt::print("{} workers: {} allocations for {} records, {} for {}\n", workers, brief.allocations, kShort,
                       lasting.allocations, kLong);
        }
    }
}

TEST_F(CompiledSteadyState, ExpressionsOverTextAllocateNothingPerRecord) {
    const std::string query =
        "SELECT id + 1 AS id, upper(campaign) || '-' || note AS name, ts FROM events WHERE kind = 'view'";
    const std::string few = write_events(kShort), many = write_events(kLong);
    run(few, query, jit::Tier::kO2, 1);
    const Counted brief = run(few, query, jit::Tier::kO2, 1), lasting = run(many, query, jit::Tier::kO2, 1);
    EXPECT_EQ(lasting.rows, kLong / 3 + 1);
    EXPECT_LT(lasting.allocations - brief.allocations, 180) << brief.allocations << ", " << lasting.allocations;
}

}  // namespace
}  // namespace streamql
