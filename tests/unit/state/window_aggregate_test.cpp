#include <map>
#include <set>

#include "runtime/state/aggregate_memory.h"
#include "tests/unit/state/operator_harness.h"

namespace streamql::test {
namespace {

constexpr int64_t kSecond = 1'000'000;

/// COUNT(*), SUM(value), COUNT(DISTINCT text), MAX(text); a value of 13 is an error.
struct State {
    int64_t count, sum;
    StateSet texts;
    StateBytes greatest;
};
void init(AggregateContext*, char* state) { std::memset(state, 0, sizeof(State)); }
void raise(void* pages, State* s, std::string_view text) {
    if (text > get_bytes(pages, s->greatest)) set_bytes(pages, &s->greatest, text);
}
void update(AggregateContext* context, const BatchView* in, const int32_t* rows, char* const* states, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
        const int32_t row = rows[i];
        const int64_t value = reinterpret_cast<const int64_t*>(in->columns[1].data)[row];
        if (value == 13) {
            context->callbacks.row_error(context->self, row, RowError::kOverflow, 0);
            continue;
        }
        const auto text = reinterpret_cast<const Str*>(in->columns[2].data)[row].view();
        auto* s = reinterpret_cast<State*>(states[i]);
        ++s->count;
        s->sum += value;
        set_insert(context->pages, &s->texts, text);
        raise(context->pages, s, text);
    }
}
int32_t merge(AggregateContext* context, char* into, const char* from, void* from_pages) {
    auto* a = reinterpret_cast<State*>(into);
    auto* b = reinterpret_cast<const State*>(from);
    a->count += b->count;
    a->sum += b->sum;
    set_for_each(from_pages, b->texts, [&](std::string_view v) { set_insert(context->pages, &a->texts, v); });
    raise(context->pages, a, get_bytes(from_pages, b->greatest));
    return 0;
}
int32_t finish(AggregateContext* context, const char* state, BatchView* out, int64_t row, int32_t first) {
    auto* s = reinterpret_cast<const State*>(state);
    auto put = [&](int column, int64_t v) {
        out->columns[first + column].valid[row] = 1;
        reinterpret_cast<int64_t*>(out->columns[first + column].data)[row] = v;
    };
    put(0, s->count);
    put(1, s->sum);
    put(2, static_cast<int64_t>(s->texts.size));
    out->columns[first + 3].valid[row] = 1;
    reinterpret_cast<Str*>(out->columns[first + 3].data)[row] = Str::of(get_bytes(context->pages, s->greatest));
    return 0;
}

Node aggregate_node(WindowSpec window, int key_columns = 1) {
    WindowAggregateNode a;
    a.window = window;
    a.key_columns = key_columns;
    a.state_bytes = sizeof(State);
    static_assert(sizeof(State) % 16 == 0);
    a.init = slot(reinterpret_cast<void*>(&init));
    a.update = slot(reinterpret_cast<void*>(&update));
    a.merge = slot(reinterpret_cast<void*>(&merge));
    a.finish = slot(reinterpret_cast<void*>(&finish));
    Node node;
    node.name = "aggregate";
    if (window.kind != WindowKind::kNone) node.output = {Type(TypeKind::kTimestamp), Type(TypeKind::kTimestamp)};
    for (int i = 0; i < key_columns; ++i) node.output.emplace_back(TypeKind::kBigint);
    for (int i = 0; i < 3; ++i) node.output.emplace_back(TypeKind::kBigint);
    node.output.emplace_back(TypeKind::kString);
    node.kind = a;
    return node;
}

WindowSpec hopping(int64_t size, int64_t advance, int64_t grace = 0, int64_t offset = 0) {
    WindowSpec w;
    w.kind = size == advance ? WindowKind::kTumbling : WindowKind::kHopping;
    w.size = size;
    w.advance = advance;
    w.grace = grace;
    w.offset = offset;
    return w;
}

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

struct Expected {
    std::vector<std::string> rows;
    int64_t late = 0, filtered = 0, errors = 0;
};
Expected reference(const std::vector<std::vector<Row>>& stream, const WindowSpec& w) {
    struct Group {
        int64_t count = 0, sum = 0;
        std::set<std::string> texts;
    };
    std::map<std::pair<int64_t, std::optional<int64_t>>, Group> groups;
    Expected out;
    for (auto& partition : stream) {
        for (auto& row : partition) {
            int member = 0, open = 0;
            const int64_t last = floor_div(row.time - w.offset, w.advance) * w.advance + w.offset;
            for (int64_t s = last; s > row.time - w.size; s -= w.advance) {
                ++member;
                if (row.lateness != kMinTime && s + w.size + w.grace <= row.lateness) continue;
                ++open;
                if (row.value == 13) continue;
                Group& g = groups[{s, row.key}];
                ++g.count;
                g.sum += row.value;
                g.texts.insert(row.text);
            }
            if (!member)
                ++out.filtered;
            else if (!open)
                ++out.late;
            else if (row.value == 13)
                ++out.errors;
        }
    }
    for (auto& [at, g] : groups) {
        const std::string greatest = g.texts.empty() ? "" : *g.texts.rbegin();
        out.rows.push_back(std::to_string(at.first) + "|" + std::to_string(at.first + w.size) + "|" +
                           (at.second ? std::to_string(*at.second) : "NULL") + "|" + std::to_string(g.count) + "|" +
                           std::to_string(g.sum) + "|" + std::to_string(g.texts.size()) + "|" +
                           (greatest.size() < 50 ? greatest : std::to_string(greatest.size()) + greatest.back()) +
                           "|@" + std::to_string(at.first + w.size - 1));
    }
    std::sort(out.rows.begin(), out.rows.end());
    return out;
}

class WindowAggregateTest : public testing::TestWithParam<WindowSpec> {};

TEST_P(WindowAggregateTest, EqualsTheDefinition) {
    for (uint64_t seed = 1; seed <= 6; ++seed) {
        std::mt19937_64 random(seed);
        StreamShape shape;
        shape.oversize = seed == 2;
        shape.disorder = 200 * kSecond;
        auto stream = make_stream(random, shape);
        const auto expected = reference(stream, GetParam());
        for (int64_t batch_rows : {1, 7, 1024}) {
            Harness h(aggregate_node(GetParam()), {kRowTypes}, batch_rows);
            h.run({stream}, seed * 7 + batch_rows, shape.delay, seed % 2);
            EXPECT_EQ(h.out.sorted(), expected.rows) << seed << " " << batch_rows;
            EXPECT_EQ(h.out.late, expected.late);
            EXPECT_EQ(h.out.late_after_idle, 0);
            EXPECT_EQ(h.out.filtered, expected.filtered);
            EXPECT_EQ(static_cast<int64_t>(h.out.errors.size()), expected.errors);
            EXPECT_EQ(h.out.applied + h.out.late + h.out.filtered + expected.errors, shape.partitions * shape.rows);
            EXPECT_EQ(h.op->state_bytes(), 0);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, WindowAggregateTest,
    testing::Values(hopping(60 * kSecond, 60 * kSecond), hopping(60 * kSecond, 60 * kSecond, 30 * kSecond, 7 * kSecond),
                    hopping(120 * kSecond, 30 * kSecond),
                    hopping(100 * kSecond, 60 * kSecond, 10 * kSecond, 3 * kSecond),
                    hopping(300 * kSecond, 20 * kSecond, 20 * kSecond),
                    hopping(300 * kSecond, 7 * kSecond, 5 * kSecond, 3 * kSecond), hopping(1500 * kSecond, 4 * kSecond),
                    hopping(600 * kSecond, 5 * kSecond), hopping(60 * kSecond, 60 * kSecond - 1000),
                    hopping(700 * kSecond, 1'300'000, 0, -kSecond), hopping(40 * kSecond, 60 * kSecond)));

Row row_at(int64_t time, int64_t key, int64_t lateness = kMinTime) {
    Row row;
    row.key = key;
    row.time = time;
    row.lateness = lateness;
    return row;
}

TEST(WindowAggregate, WindowsLeaveInOrderWhenTheWatermarkReachesTheirEnd) {
    Harness h(aggregate_node(hopping(10, 10)), {kRowTypes}, 16);
    h.push(0, {row_at(25, 1), row_at(5, 1), row_at(9, 1)});
    h.watermark(0, 9);
    EXPECT_TRUE(h.out.rows[0].empty());
    EXPECT_EQ(h.out.watermark, 9);
    h.watermark(0, 10);
    ASSERT_EQ(h.out.rows[0].size(), 1u);
    EXPECT_EQ(h.out.rows[0][0], "0|10|1|2|0|1||@9");
    EXPECT_EQ(h.out.watermark, 10);
    h.watermark(0, 40);
    EXPECT_EQ(h.out.rows[0].size(), 2u);
    EXPECT_EQ(h.out.watermark, 40);
}

/// A sparse stream into ever wider gaps; gives the most bytes held.
int64_t run_sparse(WindowSpec window, int rows, int64_t step, int64_t* rows_out) {
    Harness h(aggregate_node(window), {kRowTypes}, 16);
    int64_t time = -50 * step;
    for (int i = 0; i < rows; ++i) {
        h.push(0, {row_at(time, i % 3)});
        h.watermark(0, time);
        time += step;
    }
    h.watermark(0, kMaxTime);
    *rows_out = static_cast<int64_t>(h.out.rows[0].size());
    return h.most_bytes;
}

TEST(WindowAggregate, EdgesNearlyEqualMakeFewPanes) {
    int64_t rows = 0;
    // gcd 1 ms, 1 us: panes by gcd would be 60 thousand or 60 million a window
    EXPECT_LT(run_sparse(hopping(60 * kSecond, 60 * kSecond - 1000), 3000, 100'000, &rows), 100'000);
    EXPECT_LT(run_sparse(hopping(3600 * kSecond, 60 * kSecond - 1), 3000, 100'000, &rows), 1'000'000);
    EXPECT_LT(run_sparse(hopping(3600 * kSecond, 7 * kSecond), 2000, 3 * kSecond, &rows), 10'000'000);
    int64_t groups = 0;  // windows by key, from the definition
    for (int key = 0; key < 3; ++key) {
        std::set<int64_t> starts;
        for (int i = key; i < 2000; i += 3) {
            const int64_t time = (i - 50) * 3 * kSecond, last = floor_div(time, 7 * kSecond) * 7 * kSecond;
            for (int64_t s = last; s > time - 3600 * kSecond; s -= 7 * kSecond) starts.insert(s);
        }
        groups += static_cast<int64_t>(starts.size());
    }
    EXPECT_EQ(rows, groups);
}

TEST(WindowAggregate, EmptyWindowsCostNothing) {
    int64_t rows = 0;
    const int64_t year = 365 * 86'400 * kSecond;
    EXPECT_LT(run_sparse(hopping(1000, 1000), 200, year, &rows), 10'000);  // 1 ms, 30 billion windows a step
    EXPECT_EQ(rows, 200);
    EXPECT_LT(run_sparse(hopping(1000, 300), 200, year, &rows), 10'000);
    EXPECT_GE(rows, 600);
    EXPECT_LE(rows, 800);
}

TEST(WindowAggregate, ManyOpenWindowsOfFewRowsAreCheap) {
    Harness h(aggregate_node(hopping(kSecond, kSecond)), {kRowTypes}, 1024);
    constexpr int64_t kWindows = 50'000;
    for (int64_t begin = 0; begin < kWindows; begin += 1000) {
        std::vector<Row> rows;
        for (int64_t w = begin; w < begin + 1000; ++w) {
            rows.push_back(row_at(w * kSecond, w % 7));
            rows.back().text = "text";
        }
        h.push(0, rows);
    }
    EXPECT_EQ(h.op->state_rows(), kWindows);
    EXPECT_LT(h.most_bytes, kWindows * 400);
    for (int64_t w = 0; w <= kWindows; w += 777) {
        h.watermark(0, w * kSecond);
        EXPECT_EQ(h.op->state_rows(), kWindows - w);
        ASSERT_EQ(static_cast<int64_t>(h.out.rows[0].size()), w);
    }
    h.watermark(0, kMaxTime);
    ASSERT_EQ(static_cast<int64_t>(h.out.rows[0].size()), kWindows);
    for (int64_t w = 0; w < kWindows; ++w)
        ASSERT_EQ(h.out.rows[0][static_cast<size_t>(w)],
                  std::to_string(w * kSecond) + "|" + std::to_string((w + 1) * kSecond) + "|" + std::to_string(w % 7) +
                      "|1|0|1|text|@" + std::to_string((w + 1) * kSecond - 1));
    EXPECT_EQ(h.op->state_bytes(), 0);
}

TEST(WindowAggregate, RowsLateForManyHopsLieOnce) {
    Harness h(aggregate_node(hopping(3600 * kSecond, kSecond)), {kRowTypes}, 16);
    h.watermark(0, 10'000 * kSecond);
    std::vector<Row> rows;
    for (int i = 0; i < 50; ++i) rows.push_back(row_at(9'000 * kSecond + i * kSecond, 1, 10'000 * kSecond));
    h.push(0, rows);
    EXPECT_LT(h.most_bytes, 200'000);
    h.watermark(0, kMaxTime);
    // windows from the first that the watermark left open to the last of the newest row
    EXPECT_EQ(h.out.rows[0].size(), static_cast<size_t>(9'049 - 6'401 + 1));
}

int32_t merge_to_100(AggregateContext* context, char* into, const char* from, void* from_pages) {
    merge(context, into, from, from_pages);
    return reinterpret_cast<State*>(into)->sum > 100 ? static_cast<int32_t>(RowError::kOverflow) : 0;
}

TEST(WindowAggregate, AGroupThatCannotBeMergedFailsInItsWindowsOnly) {
    Node node = aggregate_node(hopping(100, 1));
    std::get<WindowAggregateNode>(node.kind).merge = slot(reinterpret_cast<void*>(&merge_to_100));
    Harness h(node, {kRowTypes}, 16);
    for (int i = 0; i < 300; ++i) {
        Row good = row_at(i, 1), bad = row_at(i, 2);
        good.value = 1;
        bad.value = i / 100 == 1 ? 2 : 1;
        h.push(0, {good, bad});
        h.watermark(0, i);
    }
    h.watermark(0, kMaxTime);
    EXPECT_EQ(h.out.rows[0].size() + h.out.errors.size(), 2u * 399);
    // a window from s holds |[s, s + 100) and [100, 200)| rows more than 100: all but those that touch [100, 200)
    // nowhere, or lie so far out that fewer than 101 remain
    size_t expected = 0;
    for (int s = -99; s < 300; ++s) {
        int sum = 0;
        for (int i = std::max(s, 0); i < std::min(s + 100, 300); ++i) sum += i / 100 == 1 ? 2 : 1;
        expected += sum > 100;
    }
    EXPECT_EQ(h.out.errors.size(), expected);
}

TEST(WindowAggregate, OutputWatermarkWaitsForGrace) {
    Harness h(aggregate_node(hopping(10, 10, 25)), {kRowTypes}, 16);
    h.watermark(0, 35);  // [0, 10) is closed, [10, 20) may still give rows at 19
    EXPECT_EQ(h.out.watermark, 19);
    h.push(0, {row_at(12, 1)});
    h.watermark(0, 45);
    EXPECT_EQ(h.out.rows[0].size(), 1u);
    EXPECT_EQ(h.out.watermark, 29);
}

TEST(WindowAggregate, LateAfterIdleIsApart) {
    Harness h(aggregate_node(hopping(10, 10)), {kRowTypes}, 16);
    h.watermark(0, 20);
    h.push(0, {row_at(5, 1, 3), row_at(5, 1, 10), row_at(21, 1, 3)});
    EXPECT_EQ(h.out.late_after_idle, 1);
    EXPECT_EQ(h.out.late, 1);
    EXPECT_EQ(h.out.applied, 1);
}

TEST(WindowAggregate, NoWindowClosesAtTheEnd) {
    Harness h(aggregate_node(WindowSpec{}), {kRowTypes}, 2);
    h.push(0, {row_at(25, 1), row_at(5, 2), row_at(9, 1)});
    h.watermark(0, 100);
    EXPECT_TRUE(h.out.rows[0].empty());
    EXPECT_EQ(h.out.watermark, kMinTime);
    h.watermark(0, kMaxTime);
    EXPECT_EQ(h.out.rows[0].size(), 2u);
}

TEST(WindowAggregate, NoGroupByGivesOneRowOverNothing) {
    Node node = aggregate_node(WindowSpec{}, 0);
    std::get<WindowAggregateNode>(node.kind).global = true;
    Harness h(node, {kRowTypes}, 2);
    h.watermark(0, kMaxTime);
    ASSERT_EQ(h.out.rows[0].size(), 1u);
    EXPECT_EQ(h.out.rows[0][0].substr(0, 6), "0|0|0|");
}

TEST(WindowAggregate, ARowThatFailsBeginsNoGroup) {
    Node node = aggregate_node(WindowSpec{}, 0);
    std::get<WindowAggregateNode>(node.kind).global = true;
    Harness h(node, {kRowTypes}, 16), none(aggregate_node(hopping(10, 10)), {kRowTypes}, 16);
    Row bad = row_at(5, 1);
    bad.value = 13;
    h.push(0, {bad});
    h.watermark(0, kMaxTime);
    EXPECT_EQ(h.out.rows[0].size(), 1u);  // the one row over nothing
    EXPECT_EQ(h.out.errors.size(), 1u);
    none.push(0, {bad, row_at(6, 2), bad});
    EXPECT_EQ(none.op->state_rows(), 1);
    none.watermark(0, kMaxTime);
    ASSERT_EQ(none.out.rows[0].size(), 1u);
    EXPECT_EQ(none.out.rows[0][0], "0|10|2|1|0|1||@9");
    EXPECT_EQ(none.out.applied, 1);
}

TEST(WindowAggregate, TimeColumnHasItsOwnWatermark) {
    WindowSpec w = hopping(10, 10);
    w.time_column = 1;
    w.time_lag = 100;
    Harness h(aggregate_node(w), {kRowTypes}, 16);
    Row row = row_at(150, 1);
    row.value = 52;
    h.push(0, {row});
    h.watermark(0, 159);
    EXPECT_TRUE(h.out.rows[0].empty());
    h.watermark(0, 160);
    EXPECT_EQ(h.out.rows[0].size(), 1u);
    EXPECT_EQ(h.out.rows[0][0].substr(0, 6), "50|60|");
}

TEST(WindowAggregate, DaysOfAZoneFollowItsClock) {
    WindowSpec w = hopping(86'400 * kSecond, 86'400 * kSecond);
    w.timezone = "Europe/Berlin";
    Harness h(aggregate_node(w), {kRowTypes}, 16);
    const int64_t march_31 = 1'711'839'600 * kSecond;  // 2024-03-31 00:00 in Berlin: a day of 23 hours
    const int64_t april_1 = march_31 + 23 * 3600 * kSecond;
    h.push(0, {row_at(march_31 - 1, 1), row_at(march_31, 1), row_at(april_1 - 1, 1), row_at(april_1, 1)});
    h.watermark(0, april_1 - 1);
    EXPECT_EQ(h.out.rows[0].size(), 1u);
    h.watermark(0, april_1);
    ASSERT_EQ(h.out.rows[0].size(), 2u);
    EXPECT_EQ(h.out.rows[0][1],
              std::to_string(march_31) + "|" + std::to_string(april_1) + "|1|2|0|1||@" + std::to_string(april_1 - 1));
    h.watermark(0, kMaxTime);
    EXPECT_EQ(h.out.rows[0].size(), 3u);
}

TEST(LateSplit, SaysHowFarBehind) {
    LateSplitNode split;
    split.grace = 5;
    Node node;
    node.output = kRowTypes;
    node.kind = split;
    Harness h(node, {kRowTypes}, 16);
    h.push(0, {row_at(100, 1, 105), row_at(100, 2, 106), row_at(100, 3, 90)});
    EXPECT_EQ(h.out.rows[0].size(), 2u);
    EXPECT_EQ(h.out.rows[1], (std::vector<std::string>{"2|0||1us|@100"}));
    EXPECT_EQ(h.out.late, 1);
    split.window = hopping(10, 5, 3);
    node.kind = split;
    Harness w(node, {kRowTypes}, 16);
    w.push(0, {row_at(100, 1, 112), row_at(100, 2, 113), row_at(104, 3, 120)});
    EXPECT_EQ(w.out.rows[1], (std::vector<std::string>{"2|0||0us|@100", "3|0||7us|@104"}));
}

}  // namespace
}  // namespace streamql::test
