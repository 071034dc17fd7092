#include "tests/unit/state/operator_harness.h"

namespace streamql::test {
namespace {

constexpr int64_t kSecond = 1'000'000;

void keep_some(PipelineContext* context, const BatchView* pairs, uint8_t* keep) {
    const auto* left = reinterpret_cast<const int64_t*>(pairs->columns[1].data);
    const auto* right = reinterpret_cast<const int64_t*>(pairs->columns[4].data);
    for (int64_t i = 0; i < pairs->rows; ++i) {
        keep[i] = (left[i] + right[i]) % 3 != 0;
        if (left[i] == 13 && right[i] == 13) {
            keep[i] = 0;
            context->callbacks.row_error(context->self, i, RowError::kOverflow, 0);
        }
    }
}

Node join_node(JoinKind kind, Attribution attribution, int64_t before, int64_t after, int64_t grace, bool condition) {
    WithinJoinNode join;
    join.kind = kind;
    join.attribution = attribution;
    join.key_columns = 1;
    join.before = before;
    join.after = after;
    join.grace = grace;
    if (condition) join.condition = slot(reinterpret_cast<void*>(&keep_some));
    Node node;
    node.name = "join";
    node.output = kRowTypes;
    node.output.insert(node.output.end(), kRowTypes.begin(), kRowTypes.end());
    node.kind = join;
    return node;
}

std::vector<Row> on_time(const std::vector<std::vector<Row>>& stream, int64_t grace, int64_t* late) {
    std::vector<Row> out;
    for (auto& partition : stream) {
        for (auto& row : partition) {
            const bool is_late = row.lateness != kMinTime && row.time + grace < row.lateness;
            if (is_late)
                ++*late;
            else
                out.push_back(row);
        }
    }
    return out;
}

/// The definition of LANGUAGE, row by row.
std::vector<std::string> reference(const WithinJoinNode& join, const std::vector<Row>& left,
                                   const std::vector<Row>& right) {
    std::vector<std::string> out;
    auto pair = [&](const Row& l, const Row* r) {
        out.push_back(show(l) + (r ? show(*r) : "NULL|NULL|NULL|") + "@" +
                      std::to_string(r ? std::max(l.time, r->time) : l.time));
    };
    for (auto& l : left) {
        std::vector<const Row*> matches;
        for (auto& r : right) {
            if (!l.key || l.key != r.key || r.time < l.time - join.before || r.time > l.time + join.after) continue;
            if (join.condition && ((l.value + r.value) % 3 == 0 || (l.value == 13 && r.value == 13))) continue;
            matches.push_back(&r);
        }
        std::sort(matches.begin(), matches.end(),
                  [](auto a, auto b) { return std::tie(a->time, a->origin) < std::tie(b->time, b->origin); });
        if (matches.empty()) {
            if (join.kind == JoinKind::kLeft) pair(l, nullptr);
        } else if (join.attribution == Attribution::kFirst) {
            pair(l, matches.front());
        } else if (join.attribution == Attribution::kLast) {
            pair(l, matches.back());
        } else {
            for (auto* r : matches) pair(l, r);
        }
    }
    std::sort(out.begin(), out.end());
    return out;
}

struct JoinCase {
    JoinKind kind;
    Attribution attribution;
    int64_t before, after, grace;
    bool condition;
};

class WithinJoinTest : public testing::TestWithParam<JoinCase> {};

TEST_P(WithinJoinTest, EqualsTheDefinition) {
    const JoinCase c = GetParam();
    for (uint64_t seed = 1; seed <= 6; ++seed) {
        std::mt19937_64 random(seed);
        StreamShape shape;
        shape.oversize = seed == 2;
        auto left = make_stream(random, shape);
        shape.source = 1;
        shape.duplicates = 10;
        auto right = make_stream(random, shape);
        Node node = join_node(c.kind, c.attribution, c.before, c.after, c.grace, c.condition);
        int64_t late = 0;
        const auto l = on_time(left, c.grace, &late), r = on_time(right, c.grace, &late);
        EXPECT_GT(late, 0);
        const auto expected = reference(std::get<WithinJoinNode>(node.kind), l, r);
        ASSERT_GT(expected.size(), 100u);
        for (int64_t batch_rows : {1, 7, 1024}) {
            Harness h(node, {kRowTypes, kRowTypes}, batch_rows);
            h.run({left, right}, seed * 31 + batch_rows, shape.delay, seed % 2);
            EXPECT_EQ(h.out.sorted(), expected) << "seed " << seed << " batch " << batch_rows;
            EXPECT_EQ(h.out.late, late);
            EXPECT_EQ(h.out.late_after_idle, 0);
            EXPECT_EQ(h.out.applied + h.out.late, 2 * shape.partitions * shape.rows);
            EXPECT_EQ(h.op->state_rows(), 0);
            EXPECT_EQ(h.op->state_bytes(), 0);
            EXPECT_EQ(h.out.watermark, kMaxTime);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, WithinJoinTest,
    testing::Values(JoinCase{JoinKind::kInner, Attribution::kNone, 60 * kSecond, 60 * kSecond, 0, false},
                    JoinCase{JoinKind::kInner, Attribution::kNone, 120 * kSecond, 0, 0, true},
                    JoinCase{JoinKind::kInner, Attribution::kNone, 0, 90 * kSecond, 15 * kSecond, false},
                    JoinCase{JoinKind::kLeft, Attribution::kNone, 60 * kSecond, 30 * kSecond, 0, false},
                    JoinCase{JoinKind::kLeft, Attribution::kNone, 100 * kSecond, 0, 10 * kSecond, true},
                    JoinCase{JoinKind::kInner, Attribution::kFirst, 200 * kSecond, 0, 0, false},
                    JoinCase{JoinKind::kLeft, Attribution::kFirst, 100 * kSecond, 50 * kSecond, 10 * kSecond, true},
                    JoinCase{JoinKind::kInner, Attribution::kLast, 200 * kSecond, 0, 0, true},
                    JoinCase{JoinKind::kLeft, Attribution::kLast, 100 * kSecond, 0, 0, false}));

Row row_at(int64_t time, std::optional<int64_t> key, int64_t lateness = kMinTime) {
    Row row;
    row.key = key;
    row.time = time;
    row.lateness = lateness;
    return row;
}

TEST(WithinJoin, NullRowLeavesWhenTheRightWatermarkHasPassed) {
    Harness h(join_node(JoinKind::kLeft, Attribution::kNone, 0, 10, 0, false), {kRowTypes, kRowTypes}, 16);
    h.push(0, {row_at(100, 1)});
    h.watermark(0, 1000);
    h.watermark(1, 110);
    EXPECT_TRUE(h.out.rows[0].empty());
    EXPECT_EQ(h.out.watermark, 100);  // held by the row that waits
    h.watermark(1, 111);
    EXPECT_EQ(h.out.rows[0].size(), 1u);
    EXPECT_EQ(h.out.watermark, 111);
    h.push(0, {row_at(2000, std::nullopt)});  // NULL proves at once that nothing matches
    EXPECT_EQ(h.out.rows[0].size(), 2u);
}

TEST(WithinJoin, RowsOfAPartitionThatWasIdleAreLateAfterIdle) {
    Harness h(join_node(JoinKind::kInner, Attribution::kNone, 10, 10, 5, false), {kRowTypes, kRowTypes}, 16);
    h.watermark(0, 1000);
    h.push(0, {row_at(994, 1, 900), row_at(995, 1, 900), row_at(900, 1, 990)});
    EXPECT_EQ(h.out.late_after_idle, 1);
    EXPECT_EQ(h.out.late, 1);
    EXPECT_EQ(h.out.applied, 1);
}

TEST(WithinJoin, ErrorsOfTheConditionAreReportedOnce) {
    Harness h(join_node(JoinKind::kInner, Attribution::kNone, 10, 10, 0, true), {kRowTypes, kRowTypes}, 16);
    Row row = row_at(100, 1);
    row.value = 13;
    h.push(0, {row});
    h.push(1, {row});
    EXPECT_EQ(h.out.errors.size(), 1u);
    EXPECT_TRUE(h.out.rows[0].empty());
}

TEST(WithinJoin, StateStaysBoundedOnALongRun) {
    for (const auto kind : {JoinKind::kInner, JoinKind::kLeft}) {
        Harness h(join_node(kind, Attribution::kNone, 60 * kSecond, 0, 0, false), {kRowTypes, kRowTypes}, 1024);
        std::mt19937_64 random(3);
        int64_t early = 0;
        for (int64_t minute = 0; minute < 300; ++minute) {
            for (int input : {0, 1}) {
                std::vector<Row> rows;
                for (int i = 0; i < 500; ++i) {
                    Row row = row_at(minute * 60 * kSecond + static_cast<int64_t>(random() % 60) * kSecond,
                                     minute * 1000 + static_cast<int64_t>(random() % 400));
                    row.text = std::string(random() % 300, 'a');
                    rows.push_back(row);
                }
                h.push(input, rows);
            }
            for (int input : {0, 1}) h.watermark(input, (minute + 1) * 60 * kSecond);
            if (minute == 30) early = h.most_bytes;
        }
        EXPECT_LT(h.most_bytes, early + early / 4);
        EXPECT_LT(h.op->state_rows(), 3000);
    }
}

TEST(WithinJoin, OneKeyWithManyRows) {
    Harness h(join_node(JoinKind::kInner, Attribution::kNone, 1, 0, 0, false), {kRowTypes, kRowTypes}, 1024);
    for (int64_t block = 0; block < 100; ++block) {
        std::vector<Row> rows;
        for (int64_t i = 0; i < 1000; ++i) rows.push_back(row_at((block * 1000 + i) * kSecond / 100, 1));
        h.push(0, rows);
        h.push(1, rows);
    }
    EXPECT_EQ(h.out.rows[0].size(), 100'000u);
    for (int input : {0, 1}) h.watermark(input, 900 * kSecond);
    EXPECT_LT(h.op->state_rows(), 25'000);
    for (int input : {0, 1}) h.watermark(input, kMaxTime);
    EXPECT_EQ(h.op->state_bytes(), 0);
}

}  // namespace
}  // namespace streamql::test
