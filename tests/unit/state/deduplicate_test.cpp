#include <map>

#include "tests/unit/state/operator_harness.h"

namespace streamql::test {
namespace {

constexpr int64_t kSecond = 1'000'000;

Node dedup_node(int64_t within, bool ordered) {
    DeduplicateNode dedup;
    dedup.key_columns = 1;
    dedup.within = within;
    dedup.ordered = ordered;
    Node node;
    node.name = "dedup";
    node.output = kRowTypes;
    node.kind = dedup;
    return node;
}

std::vector<std::string> reference_ordered(const std::vector<std::vector<Row>>& stream, int64_t within) {
    std::vector<Row> all;
    for (auto& partition : stream) {
        for (auto& row : partition) {
            if (row.time >= row.lateness) all.push_back(row);
        }
    }
    std::sort(all.begin(), all.end(),
              [](auto& a, auto& b) { return std::tie(a.time, a.origin) < std::tie(b.time, b.origin); });
    std::map<std::optional<int64_t>, int64_t> last;
    std::vector<std::string> out;
    for (auto& row : all) {
        auto at = last.find(row.key);
        if (at != last.end() && row.time - at->second <= within) continue;
        last[row.key] = row.time;
        out.push_back(show(row) + "@" + std::to_string(row.time));
    }
    std::sort(out.begin(), out.end());
    return out;
}

TEST(Deduplicate, OrderedEqualsTheDefinition) {
    for (uint64_t seed = 1; seed <= 8; ++seed) {
        std::mt19937_64 random(seed);
        StreamShape shape;
        shape.duplicates = 30;
        auto stream = make_stream(random, shape);
        const auto expected = reference_ordered(stream, 45 * kSecond);
        for (int64_t batch_rows : {1, 7, 1024}) {
            Harness h(dedup_node(45 * kSecond, true), {kRowTypes}, batch_rows);
            h.run({stream}, seed + batch_rows, shape.delay, seed % 2);
            EXPECT_EQ(h.out.sorted(), expected) << seed << " " << batch_rows;
            EXPECT_EQ(h.out.filtered + h.out.late + static_cast<int64_t>(h.out.rows[0].size()),
                      shape.partitions * shape.rows);
            EXPECT_EQ(h.op->state_bytes(), 0);
        }
    }
}

TEST(Deduplicate, FirstToArriveEqualsTheDefinition) {
    for (uint64_t seed = 1; seed <= 8; ++seed) {
        std::mt19937_64 random(seed);
        StreamShape shape;
        shape.partitions = 1;
        shape.duplicates = 30;
        auto stream = make_stream(random, shape);
        std::map<std::optional<int64_t>, std::vector<int64_t>> kept;
        std::vector<std::string> expected;
        for (auto& row : stream[0]) {
            if (row.time < row.lateness) continue;
            auto& times = kept[row.key];
            if (std::any_of(times.begin(), times.end(),
                            [&](int64_t t) { return std::abs(t - row.time) <= 30 * kSecond; }))
                continue;
            times.push_back(row.time);
            expected.push_back(show(row) + "@" + std::to_string(row.time));
        }
        for (int64_t batch_rows : {1, 7, 1024}) {
            Harness h(dedup_node(30 * kSecond, false), {kRowTypes}, batch_rows);
            h.run({stream}, seed + batch_rows, shape.delay, seed % 2);
            EXPECT_EQ(h.out.rows[0], expected);  // in order of arrival
            EXPECT_EQ(h.out.filtered + h.out.late + static_cast<int64_t>(expected.size()), shape.rows);
            EXPECT_EQ(h.op->state_bytes(), 0);
        }
    }
}

TEST(Deduplicate, LinesStayApart) {
    Harness h(dedup_node(kSecond, true), {kRowTypes}, 16);
    Row a, b;
    a.key = 1, b.key = 2, a.time = 5, b.time = 6;
    h.push(0, {a}, 3);
    h.push(0, {b}, 8);
    h.watermark(0, 7);
    EXPECT_EQ(h.out.lines, (std::vector<int64_t>{3, 8}));
}

TEST(Deduplicate, StateStaysBoundedOnALongRun) {
    for (bool ordered : {false, true}) {
        Harness h(dedup_node(60 * kSecond, ordered), {kRowTypes}, 1024);
        int64_t early = 0, next = 0;
        for (int64_t minute = 0; minute < 200; ++minute) {
            std::vector<Row> rows(1000);
            for (size_t i = 0; i < rows.size(); ++i) {
                rows[i].key = next++ / 2;
                rows[i].time = minute * 60 * kSecond + static_cast<int64_t>(i) * 60'000;
            }
            h.push(0, rows);
            h.watermark(0, (minute + 1) * 60 * kSecond);
            if (minute == 20) early = h.most_bytes;
        }
        EXPECT_LE(h.most_bytes, early + early / 8);
        EXPECT_LT(h.op->state_rows(), 1500);
        EXPECT_EQ(h.out.filtered, 100'000);
    }
}

}  // namespace
}  // namespace streamql::test
