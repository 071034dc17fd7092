// Whole queries over memory: rows, ledger, epochs, stop, faults.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "tests/support/plain_program.h"

namespace streamql {
namespace {

using namespace streamql::testing;

constexpr int64_t kSecond = 1'000'000, kMinute = 60 * kSecond;

std::vector<std::string> sorted(MemoryTable& table) {
    std::vector<std::string> rows = table.rows;
    std::sort(rows.begin(), rows.end());
    return rows;
}

void expect_balanced(const Result<QueryReport>& report) {
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_TRUE(report->balanced()) << report->to_text();
}

class Workers : public ::testing::TestWithParam<std::tuple<int, int64_t>> {
  protected:
    int workers() const { return std::get<0>(GetParam()); }
    int64_t batch_rows() const { return std::get<1>(GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(Matrix, Workers,
                         ::testing::Combine(::testing::Values(1, 3), ::testing::Values<int64_t>(1, 7, 1024)));

TEST_P(Workers, FilterGivesTheSameRowsAndAddsUp) {
    MemoryWorld world;
    std::vector<std::string> expected;
    for (int i = 0; i < 3000; ++i) {
        world.topic("in").add(i % 4, message(i * kSecond, i % 50, i));
        if (i % 2 == 0)
            expected.push_back(std::to_string(i % 50) + "," + std::to_string(i) + "," + std::to_string(i * kSecond));
    }
    std::sort(expected.begin(), expected.end());
    PlainProgram p(workers(), batch_rows());
    p.sink(p.exchange(p.pipeline(p.source("in"), keep_even)), "out");
    auto report = p.run();
    expect_balanced(report);
    EXPECT_EQ(sorted(world.table("out")), expected);
    ASSERT_EQ(report->lines.size(), 1u);
    EXPECT_EQ(report->lines[0].consumed, 3000);
    EXPECT_EQ(report->lines[0].applied, 1500);
    EXPECT_EQ(report->lines[0].filtered, 1500);
    EXPECT_TRUE(world.table("out").closed);
    EXPECT_EQ(report->sources[0].watermark, kMaxTime);
}

TEST_P(Workers, DiamondOfOneSourceGivesEveryRowOnEachBranch) {
    MemoryWorld world;
    for (int i = 0; i < 2000; ++i) world.topic("in").add(i % 3, message(i * kSecond, i % 20, i));
    PlainProgram p(workers(), batch_rows());
    const int scan = p.source("in");
    const int even = p.exchange(p.pipeline(scan, keep_even));
    const int odd = p.exchange(p.exchange(p.pipeline(scan, keep_odd)));
    p.sink(p.unite(even, odd), "out");
    auto report = p.run();
    expect_balanced(report);
    EXPECT_EQ(world.table("out").rows.size(), 2000u);
    ASSERT_EQ(report->lines.size(), 2u);
    EXPECT_EQ(report->lines[0].applied + report->lines[1].applied, 2000);
    EXPECT_EQ(report->lines[0].filtered + report->lines[1].filtered, 2000);
}

TEST_P(Workers, BranchBehindASharedNodeHasItsOwnLine) {
    MemoryWorld world;
    for (int i = 0; i < 1000; ++i) world.topic("in").add(i % 2, message(i * kSecond, i, i));
    PlainProgram p(workers(), batch_rows());
    const int shared = p.pipeline(p.source("in"), keep_even);
    p.sink(shared, "all");
    p.sink(p.pipeline(shared, keep_odd), "none");
    auto report = p.run();
    expect_balanced(report);
    ASSERT_EQ(report->lines.size(), 2u);
    EXPECT_EQ(report->lines[0].consumed, 1000);
    EXPECT_EQ(report->lines[1].consumed, 500);
    EXPECT_EQ(report->lines[1].filtered, 500);
    EXPECT_EQ(world.table("all").rows.size(), 500u);
}

TEST_P(Workers, LateRowsFollowFromTheDataAlone) {
    MemoryWorld world;
    std::set<std::string> late;
    for (int partition = 0; partition < 4; ++partition) {
        int64_t largest = kMinTime;
        for (int i = 0; i < 800; ++i) {
            const int64_t time = (i + (i * 7907 + partition * 31) % 40 - 20 + 100) * kSecond;
            const int64_t value = partition * 1000 + i;
            if (largest != kMinTime && time < largest - 15 * kSecond)
                late.insert(std::to_string(i) + "," + std::to_string(value) + "," + std::to_string(time));
            largest = std::max(largest, time);
            world.topic("in").add(partition, message(time, i, value));
        }
    }
    PlainProgram p(workers(), batch_rows());
    p.sink(p.exchange(p.pipeline(p.source("in", 15 * kSecond), keep_late)), "late");
    expect_balanced(p.run());
    const auto rows = sorted(world.table("late"));
    EXPECT_GT(late.size(), 20u);
    EXPECT_EQ(std::set<std::string>(rows.begin(), rows.end()), late);
}

TEST_P(Workers, LedgerAddsUpUnderErrors) {
    MemoryWorld world;
    VirtualClock clock(10'000 * kSecond);
    int malformed = 0, unlucky = 0, timeless = 0, future = 0, tombstones = 0;
    for (int i = 0; i < 4000; ++i) {
        std::string text = message(i * kSecond, i % 10, i % 97);
        if (i % 50 == 1)
            text = "{broken", ++malformed;
        else if (i % 50 == 2)
            text = "|1|2", ++timeless;
        else if (i % 50 == 3)
            text = message(clock.now_micros() + 3601 * kSecond, 1, 2), ++future;
        else if (i % 50 == 4)
            text = "TOMBSTONE", ++tombstones;
        else if (i % 97 == 13)
            ++unlucky;
        world.topic("in").add(i % 2, text);
    }
    PlainProgram p(workers(), batch_rows());
    p.program.job.job = "errors";
    p.sink(p.pipeline(p.exchange(p.pipeline(p.source("in"), pass_all)), fear_13), "out");
    auto report = p.run(&clock);
    expect_balanced(report);
    const int dead = malformed + timeless + future + tombstones + unlucky;
    EXPECT_EQ(report->lines[0].dead_letter, dead);
    EXPECT_EQ(report->lines[0].applied, 4000 - dead);
    EXPECT_EQ(report->dead_letters, dead);
    std::ifstream file(report->dead_letter_file);
    std::string line, all;
    int lines = 0;
    for (; std::getline(file, line); ++lines) all += line + "\n";
    EXPECT_EQ(lines, dead);
    EXPECT_NE(all.find("\"bytes\":\"e2Jyb2tlbg==\",\"text\":\"{broken\""), std::string::npos) << all.substr(0, 500);
    EXPECT_NE(all.find("\"column\":\"the value\""), std::string::npos);
    std::remove(report->dead_letter_file.c_str());
}

TEST(Query, SkipCountsAndKeepsNoLetter) {
    MemoryWorld world;
    for (int i = 0; i < 100; ++i) world.topic("in").add(0, i % 4 == 0 ? "x" : message(i, i, i));
    PlainProgram p;
    p.sink(p.pipeline(p.source("in"), pass_all), "out");
    p.options(0).set("on_error", "skip");
    auto report = p.run();
    expect_balanced(report);
    EXPECT_EQ(report->lines[0].skipped, 25);
    EXPECT_EQ(report->dead_letters, 0);
}

TEST(Query, FailStopsAtTheFirstBadRecord) {
    MemoryWorld world;
    world.topic("in").add(0, message(1, 1, 1));
    world.topic("in").add(0, "x");
    PlainProgram p;
    p.sink(p.pipeline(p.source("in"), pass_all), "out");
    p.options(0).set("on_error", "fail");
    auto report = p.run();
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().code, ErrorCode::kData);
    EXPECT_NE(report.error().message.find("partition 0, offset 1"), std::string::npos) << report.error().message;
}

TEST(Query, ErrorRateAboveTheLimitStopsTheJob) {
    for (auto [bad_of_ten, stops] : {std::pair{4, false}, {6, true}}) {
        MemoryWorld world;
        for (int i = 0; i < 5000; ++i) world.topic("in").add(0, i % 10 < bad_of_ten ? "x" : message(i, i, i));
        PlainProgram p(1, 100);
        p.sink(p.pipeline(p.source("in"), pass_all), "out");
        auto report = p.run();
        EXPECT_EQ(report.ok(), !stops);
        if (stops) {
            EXPECT_EQ(report.error().code, ErrorCode::kData);
        }
    }
}

TEST(Query, DeadLettersGoToTheNamedSink) {
    MemoryWorld world;
    for (int i = 0; i < 50; ++i) world.topic("in").add(0, i == 7 ? "broken" : message(i, i, i));
    PlainProgram p(2);
    p.sink(p.pipeline(p.source("in"), pass_all), "out");
    SinkSpec letters;
    letters.name = "letters";
    letters.connector = "memory";
    letters.columns = {{"source", TypeKind::kString},
                       {"offset", TypeKind::kBigint},
                       {"code", TypeKind::kString},
                       {"text", TypeKind::kString}};
    p.program.sinks.push_back(letters);
    p.options(0).set("dead_letter", "letters");
    auto report = p.run();
    expect_balanced(report);
    ASSERT_EQ(world.table("letters").rows.size(), 1u);
    EXPECT_EQ(world.table("letters").rows[0], "in,7," + std::string(row_error_name(RowError::kMalformed)) + ",broken");
    EXPECT_EQ(report->dead_letters, 1);
    EXPECT_EQ(report->dead_letter_file, "");
}

TEST(Query, SlowSinkHoldsTheSourceBack) {
    MemoryWorld world;
    for (int i = 0; i < 40'000; ++i) world.topic("in").add(i % 2, message(i * kSecond, i, i));
    world.table("out").micros_a_batch = 2000;
    PlainProgram p(2, 100);
    p.sink(p.exchange(p.pipeline(p.source("in"), pass_all)), "out");
    auto query = p.make();
    std::atomic<bool> done{false};
    int64_t furthest = 0;
    std::thread watcher([&] {
        while (!done) {
            const StatusSnapshot status = query->status();
            furthest = std::max(furthest, status.rows_in - world.table("out").written.load());
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    });
    auto report = query->run();
    done = true;
    watcher.join();
    expect_balanced(report);
    EXPECT_EQ(world.table("out").rows.size(), 40'000u);
    EXPECT_LT(furthest,
              15'000);  // channels: 4 between workers and 2 to the sink, of 8 + 1 batches of 100, and what overshoots
}

TEST(Query, SourceThatRunsAheadInEventTimeWaits) {
    MemoryWorld world;
    // "fast" has a hundredth of the rows a unit of event time: unpaced it would be hours ahead
    for (int i = 0; i < 30'000; ++i) world.topic("slow").add(0, message(i * kSecond / 5, i, 0));
    for (int i = 0; i < 300; ++i) world.topic("fast").add(0, message(i * kSecond * 20, i, 1));
    PlainProgram p(1, 10);
    const int slow = p.pipeline(p.source("slow"), pass_all), fast = p.pipeline(p.source("fast"), pass_all);
    p.sink(p.unite(p.exchange(slow), p.exchange(fast)), "out");
    auto report = p.run();
    expect_balanced(report);
    int64_t slow_time = 0, ahead = 0;
    for (auto& row : world.table("out").rows) {
        const size_t first = row.find(','), second = row.rfind(',');
        const int64_t time = std::stoll(row.substr(second + 1));
        if (row.substr(first + 1, second - first - 1) == "0")
            slow_time = time;
        else
            ahead = std::max(ahead, time - slow_time);
    }
    EXPECT_EQ(world.table("out").rows.size(), 30'300u);
    EXPECT_LE(ahead, 5 * kMinute + 10 * 20 * kSecond + kMinute);
}

TEST(Query, EpochsCommitEverythingInOrderAndPositionsFollow) {
    MemoryWorld world;
    for (int i = 0; i < 20'000; ++i) world.topic("in").add(i % 3, message(i * kSecond, i, i));
    world.table("a").micros_a_batch = 500;
    PlainProgram p(3, 64);
    p.program.job.checkpoint_interval = 10'000;
    const int scan = p.source("in");
    p.sink(p.exchange(p.pipeline(scan, pass_all)), "a");
    p.sink(p.unite(p.exchange(p.pipeline(scan, keep_even)), p.pipeline(scan, keep_odd)), "b");
    auto report = p.run();
    expect_balanced(report);
    EXPECT_GT(report->epochs, 2);
    for (auto name : {"a", "b"}) {
        MemoryTable& table = world.table(name);
        EXPECT_EQ(table.rows.size(), 20'000u);
        EXPECT_EQ(static_cast<int64_t>(table.epochs.size()), report->epochs);
        EXPECT_TRUE(std::is_sorted(table.epochs.begin(), table.epochs.end()));
    }
    EXPECT_EQ(world.topic("in").told[0], "6667");
    EXPECT_EQ(world.topic("in").told[2], "6666");
}

TEST(Query, StopFinishesTheEpochAndCommitsExactlyWhatItRead) {
    for (int workers : {1, 3}) {
        MemoryWorld world;
        for (int i = 0; i < 200'000; ++i) world.topic("in").add(i % 2, message(i * kSecond, i, i));
        world.table("out").micros_a_batch = 300;
        PlainProgram p(workers, 50);
        p.sink(p.exchange(p.pipeline(p.source("in"), pass_all)), "out");
        auto query = p.make();
        std::thread stopper([&] {
            while (query->status().rows_in < 1000) std::this_thread::sleep_for(std::chrono::milliseconds(1));
            query->stop();
        });
        auto report = query->run();
        stopper.join();
        expect_balanced(report);
        EXPECT_TRUE(report->stopped);
        EXPECT_FALSE(report->aborted);
        const size_t committed = std::stoul(world.topic("in").told[0]) + std::stoul(world.topic("in").told[1]);
        EXPECT_EQ(world.table("out").rows.size(), committed);
        EXPECT_EQ(report->lines[0].consumed, static_cast<int64_t>(committed));
        EXPECT_LT(committed, 200'000u);
        EXPECT_TRUE(world.table("out").pending.empty());
    }
}

TEST(Query, StopReturnsWhileTheSinkIsDown) {
    MemoryWorld world;
    for (int i = 0; i < 10'000; ++i) world.topic("in").add(0, message(i, i, i));
    world.topic("in").bounded = false;
    world.table("out").down = true;
    PlainProgram p(2, 64);
    p.sink(p.pipeline(p.source("in"), pass_all), "out");
    auto query = p.make();
    std::string degraded;
    std::chrono::steady_clock::time_point start;
    std::thread stopper([&] {
        while ((degraded = query->status().degraded).empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        start = std::chrono::steady_clock::now();
        query->stop();
    });
    auto report = query->run();
    stopper.join();
    EXPECT_LT(std::chrono::steady_clock::now() - start,
              std::chrono::seconds(15));  // 5 on a machine with nothing else to do
    ASSERT_TRUE(report.ok());
    EXPECT_TRUE(report->aborted);
    EXPECT_NE(degraded.find("the memory sink is down"), std::string::npos) << degraded;
    EXPECT_TRUE(world.topic("in").told.empty());
}

TEST(Query, RetryableFaultsAreRiddenOut) {
    MemoryWorld world;
    for (int i = 0; i < 5000; ++i) world.topic("in").add(i % 2, message(i, i, i));
    world.topic("in").retryable_errors = 3;
    world.table("out").retryable_errors = 2;
    world.table("out").commit_errors = 1;
    PlainProgram p(2, 100);
    p.sink(p.exchange(p.pipeline(p.source("in"), pass_all)), "out");
    auto query = p.make();
    auto report = query->run();
    expect_balanced(report);
    EXPECT_EQ(world.table("out").rows.size(), 5000u);
    EXPECT_EQ(query->status().degraded, "");
}

TEST(Query, SinkThatFailsForGoodEndsTheJob) {
    MemoryWorld world;
    for (int i = 0; i < 50'000; ++i) world.topic("in").add(i % 2, message(i, i, i));
    world.table("out").broken = true;
    PlainProgram p(2, 100);
    p.sink(p.exchange(p.pipeline(p.source("in"), pass_all)), "out");
    auto report = p.run();
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().code, ErrorCode::kOutside);
    EXPECT_EQ(report.error().message, "the memory sink is broken");
}

TEST(Query, RefusedRowsBecomeDeadLetters) {
    MemoryWorld world;
    for (int i = 0; i < 100; ++i) world.topic("in").add(0, message(i, i, i * 1000));
    world.table("out").reject = ",7000,";
    PlainProgram p;
    p.program.job.job = "refused";
    p.sink(p.pipeline(p.source("in"), pass_all), "out");
    auto report = p.run();
    expect_balanced(report);
    EXPECT_EQ(report->sinks[0].rows, 99);
    EXPECT_EQ(report->sinks[0].rejected, 1);
    EXPECT_EQ(report->dead_letters, 1);
    std::remove(report->dead_letter_file.c_str());
}

TEST(Query, UntilIdleEndsALiveSource) {
    MemoryWorld world;
    for (int i = 0; i < 500; ++i) world.topic("in").add(i % 2, message(i, i, i));
    world.topic("in").bounded = false;
    PlainProgram p(2);
    p.program.job.until_idle = 50'000;
    p.sink(p.exchange(p.pipeline(p.source("in"), pass_all)), "out");
    auto report = p.run();
    expect_balanced(report);
    EXPECT_FALSE(report->stopped);
    EXPECT_EQ(world.table("out").rows.size(), 500u);
    EXPECT_EQ(report->sources[0].watermark, kMaxTime);
}

TEST(Query, IdlePartitionStopsHoldingTheWatermark) {
    MemoryWorld world;
    world.topic("in").bounded = false;
    world.topic("in").add(0, message(1000 * kSecond, 1, 1));
    world.topic("in").add(1, message(10 * kSecond, 2, 2));
    VirtualClock clock(2000 * kSecond);
    PlainProgram p(2);
    p.sink(p.pipeline(p.source("in"), pass_all), "out");
    auto query = p.make(&clock);
    std::vector<int64_t> seen;
    std::thread director([&] {
        auto wait_for = [&](auto&& reached) {
            for (int i = 0; i < 60'000 && !reached(query->status()); ++i)
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            seen.push_back(query->status().watermark);
        };
        wait_for([](const StatusSnapshot& s) { return s.rows_in == 2 && s.watermark == 10 * kSecond; });
        clock.advance(20 * kSecond);
        world.topic("in").add(0, message(1001 * kSecond, 3, 3));
        wait_for([](const StatusSnapshot& s) { return s.rows_in == 3; });
        clock.advance(15 * kSecond);  // partition 1 has been silent for 35 s, partition 0 for 15
        wait_for([](const StatusSnapshot& s) { return s.watermark == 1001 * kSecond; });
        query->stop();
    });
    expect_balanced(query->run());
    director.join();
    EXPECT_EQ(seen, (std::vector<int64_t>{10 * kSecond, 10 * kSecond, 1001 * kSecond}));
}

}  // namespace
}  // namespace streamql
