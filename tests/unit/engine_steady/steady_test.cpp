// In a steady state nothing allocates per record: operator new is counted for a short and for a ten times longer run.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>

#include "tests/support/plain_program.h"

extern std::atomic<int64_t> g_allocations;
extern std::atomic<bool> g_counting;

namespace streamql {
namespace {

using namespace streamql::testing;

int64_t allocations_of(int workers, int rows) {
    MemoryWorld world;
    for (int i = 0; i < rows; ++i) world.topic("in").add(i % 2, message(int64_t{i} * 1000, i % 1000, i));
    world.table("out").keep_rows = false;
    PlainProgram p(workers);
    p.program.job.checkpoint_interval = 3'600'000'000;
    p.sink(p.pipeline(p.exchange(p.pipeline(p.source("in"), keep_even)), pass_all), "out");
    auto query = p.make();
    g_allocations = 0;
    g_counting = true;
    auto report = query->run();
    g_counting = false;
    EXPECT_TRUE(report.ok() && report->balanced());
    EXPECT_EQ(world.table("out").written.load(), rows / 2);
    return g_allocations.load();
}

// What is left over is warming up: batches of the channels' pools, at most a few hundred however long the run.
TEST(SteadyState, NothingIsAllocatedPerRecord) {
    for (int workers : {1, 3}) {
        allocations_of(workers, 10'000);
        const int64_t brief = allocations_of(workers, 100'000), lasting = allocations_of(workers, 1'000'000);
        EXPECT_GT(brief, 0);
        // 900,000 records more, fewer than 0.2 % of that in allocations
        EXPECT_LT(lasting - brief, 1800) << workers << " workers: " << brief << " and " << lasting;
        RecordProperty("allocations", static_cast<int>(lasting));
        std::printf("%d workers: %ld allocations for 100,000 rows, %ld for 1,000,000\n", workers, brief, lasting);
    }
}

}  // namespace
}  // namespace streamql

namespace streamql {
namespace {

TEST(SteadyState, AMillionRecordsWithTwoPercentBrokenAddUp) {
    MemoryWorld world;
    for (int i = 0; i < 1'000'000; ++i)
        world.topic("in").add(
            i % 2, i % 50 == 7
                       ? std::string("{\"broken\": \"record of a usual length, so that letters weigh something\"")
                       : message(i, i, i));
    world.table("out").keep_rows = false;
    PlainProgram p(2);
    p.program.job.job = "million";
    p.sink(p.exchange(p.pipeline(p.source("in"), pass_all)), "out");
    auto report = p.run();
    ASSERT_TRUE(report.ok());
    EXPECT_TRUE(report->balanced()) << report->to_text();
    EXPECT_EQ(report->lines[0].dead_letter, 20'000);
    EXPECT_EQ(report->dead_letters, 20'000);
    std::printf("%s", report->to_text().c_str());
    std::remove(report->dead_letter_file.c_str());
}

}  // namespace
}  // namespace streamql
