// Epochs and watermarks under pressure: how large an epoch grows, what a sink is said to hold, which partitions hold
// the watermark while others are busy.
#include <gtest/gtest.h>

#include <thread>

#include "runtime/engine/epochs.h"
#include "tests/support/plain_program.h"

namespace streamql {
namespace {

using namespace testing;
using std::chrono::milliseconds;

constexpr int64_t kSecond = 1'000'000;

TEST(EpochBudget, FollowsWhatTheSinksTake) {
    EpochBudget budget;
    auto bound = [&] {
        budget.refill();
        int64_t rows = 0;
        for (; !budget.used_up(); rows += 1024) budget.take(1024, 0);
        return rows;
    };
    const int64_t first = bound();
    budget.refill();
    budget.learn(milliseconds(3000));  // slow: half of it
    EXPECT_EQ(bound(), first / 2);
    for (int i = 0; i < 40; ++i) budget.learn(milliseconds(3000));
    EXPECT_EQ(bound(), 2048);
    for (int i = 0; i < 40; ++i) {
        bound();
        budget.refill();  // it was used up
        budget.learn(milliseconds(1));
    }
    EXPECT_EQ(bound(), 1 << 22);
    budget.refill();
    budget.refill();
    budget.learn(milliseconds(1));  // quick, but little was read: the bound is not what held it back
    EXPECT_EQ(bound(), 1 << 22);
    budget.refill();
    budget.take(1, int64_t{1} << 40);
    EXPECT_TRUE(budget.used_up());
}

TEST(Epochs, AreBoundedByRowsHoweverLongTheInterval) {
    MemoryWorld world;
    for (int i = 0; i < 300'000; ++i) world.topic("in").add(i % 2, message(i, i, i));
    world.table("out").keep_rows = false;
    PlainProgram p(2);
    p.program.job.checkpoint_interval = 3600 * kSecond;
    p.sink(p.pipeline(p.source("in"), pass_all), "out");
    auto report = p.run();
    ASSERT_TRUE(report.ok());
    EXPECT_TRUE(report->balanced());
    EXPECT_GE(world.table("out").epochs.size(), 2u);
    EXPECT_EQ(report->sinks[0].rows, 300'000);
}

TEST(Epochs, ASinkIsSaidToHoldWhatItHasApplied) {
    MemoryWorld world;
    for (int i = 0; i < 10'000; ++i) world.topic("in").add(0, message(i, i, i));
    world.topic("in").bounded = false;
    world.table("out").commit_errors = 1 << 30;  // takes rows, commits none
    PlainProgram p(1, 64);
    p.program.job.checkpoint_interval = 1000;
    p.sink(p.pipeline(p.source("in"), pass_all), "out");
    auto query = p.make();
    std::thread stopper([&] {
        while (query->status().degraded.empty()) std::this_thread::sleep_for(milliseconds(1));
        EXPECT_EQ(query->status().rows_out, 0);
        query->stop();
    });
    auto report = query->run();
    stopper.join();
    ASSERT_TRUE(report.ok());
    EXPECT_TRUE(report->aborted);
    EXPECT_GT(world.table("out").written.load(), 0);
    EXPECT_EQ(report->sinks[0].rows, 0);
}

void pass_slowly(PipelineContext* context, const BatchView* in, BatchView* out) {
    std::this_thread::sleep_for(milliseconds(2));
    pass_all(context, in, out);
}

/// Whether the watermark moves while partition 0 still has rows, beside an empty one.
bool moves_beside_an_empty_partition(MemoryTopic& topic, const char* idle_timeout) {
    constexpr int kRows = 60'000;
    for (int i = 0; i < kRows; ++i) topic.add(0, message(i * kSecond, i, i));
    topic.partitions.resize(2);
    topic.bounded = false;
    PlainProgram p(1, 64);
    const int source = p.source("in");
    p.options(0).set("idle_timeout", idle_timeout);
    p.sink(p.pipeline(source, pass_slowly), "out");
    auto query = p.make();
    bool moved = false;
    std::thread watcher([&] {
        while (true) {
            const StatusSnapshot status = query->status();
            moved |= status.watermark != kMinTime && status.watermark != kMaxTime && status.rows_in < kRows;
            if (moved || status.rows_in == kRows) break;
            std::this_thread::sleep_for(milliseconds(1));
        }
        query->stop();
    });
    auto report = query->run();
    watcher.join();
    EXPECT_TRUE(report.ok() && report->balanced());
    return moved;
}

TEST(Watermark, AnIdlePartitionHoldsNothingWhileAnotherIsBusy) {
    MemoryWorld world;
    EXPECT_TRUE(moves_beside_an_empty_partition(world.topic("in"), "100ms"));
}

TEST(Watermark, APartitionThatIsEmptyAtTheStartHoldsNothing) {
    MemoryWorld world;
    world.topic("in").empty_at_start = 1;
    EXPECT_TRUE(moves_beside_an_empty_partition(world.topic("in"), "1 hour"));
}

TEST(Watermark, APartitionThatMayHaveRowsHoldsItUntilItIsIdle) {
    MemoryWorld world;
    EXPECT_FALSE(moves_beside_an_empty_partition(world.topic("in"), "1 hour"));
}

}  // namespace
}  // namespace streamql
