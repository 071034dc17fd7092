// Every operator that keeps state, saved and loaded in mid-stream into another number of instances: what it says is
// what an uninterrupted run says. And of saved bytes that were damaged, nothing is taken for granted.
#include <map>

#include "runtime/functions/aggregates.h"
#include "runtime/state/row_codec.h"
#include "tests/unit/state/operator_harness.h"

namespace streamql::test {
namespace {

constexpr int64_t kSecond = 1'000'000;

struct Event {
    int input = 0;
    std::vector<Row> rows;  ///< none: a watermark
    int64_t watermark = 0;
};

/// The streams (one an input) interleaved at random, with the watermarks that belong to them.
std::vector<Event> interleave(const std::vector<std::vector<std::vector<Row>>>& streams, std::mt19937_64& random,
                              int64_t delay) {
    struct Cursor {
        int input;
        const std::vector<Row>* rows;
        size_t at = 0;
        int64_t greatest = kMinTime;
    };
    std::vector<Cursor> cursors;
    for (size_t input = 0; input < streams.size(); ++input)
        for (auto& partition : streams[input]) cursors.push_back({static_cast<int>(input), &partition});
    std::vector<Event> events;
    for (;;) {
        std::vector<Cursor*> open;
        for (auto& c : cursors)
            if (c.at < c.rows->size()) open.push_back(&c);
        if (open.empty()) return events;
        Cursor& c = *open[random() % open.size()];
        Event rows{c.input, {}, 0};
        for (size_t n = 1 + random() % 9; n > 0 && c.at < c.rows->size(); --n) {
            rows.rows.push_back((*c.rows)[c.at++]);
            c.greatest = std::max(c.greatest, rows.rows.back().time);
        }
        events.push_back(std::move(rows));
        int64_t least = kMaxTime;
        for (auto& o : cursors)
            if (o.input == c.input) least = std::min(least, o.greatest == kMinTime ? kMinTime : o.greatest - delay);
        if (least > kMinTime) events.push_back({c.input, {}, least});
    }
}

struct Saved {
    uint8_t group;
    std::string key, value;
};
using SavedState = std::map<std::string, std::vector<Saved>>;

/// As many instances of one operator as workers, with the exchange before them.
class Fleet {
  public:
    Fleet(const Node& node, int inputs, int key_columns, int workers) : key_columns_(key_columns), inputs_(inputs) {
        for (int w = 0; w < workers; ++w)
            all_.push_back(std::make_unique<Harness>(
                node, std::vector<std::vector<Type>>(static_cast<size_t>(inputs), kRowTypes), 16, w, workers));
    }
    void run(const Event& event) {
        if (event.rows.empty()) {
            for (auto& h : all_) h->watermark(event.input, event.watermark);
            return;
        }
        std::vector<std::vector<Row>> by_worker(all_.size());
        for (auto& row : event.rows) by_worker[static_cast<size_t>(worker_of(row))].push_back(row);
        for (size_t w = 0; w < all_.size(); ++w)
            if (!by_worker[w].empty()) all_[w]->push(event.input, by_worker[w], 3);
    }
    void end() {
        for (int input = 0; input < inputs_; ++input) run({input, {}, kMaxTime});
    }
    SavedState save() const {
        SavedState saved;
        for (auto& h : all_) {
            for (auto& item : h->catalog.containers()) {
                auto& list = saved[item.name];
                item.container->save(
                    [&](const StateEntry& e) { list.push_back({e.group, std::string(e.key), std::string(e.value)}); });
            }
        }
        return saved;
    }
    Status load(const SavedState& saved) {
        const int workers = static_cast<int>(all_.size());
        for (int w = 0; w < workers; ++w) {
            for (auto& item : all_[static_cast<size_t>(w)]->catalog.containers()) {
                auto at = saved.find(item.name);
                if (at == saved.end()) continue;
                for (auto& e : at->second) {
                    if (worker_of_group(e.group, workers) != w) continue;
                    if (auto ok = item.container->load({e.group, e.key, e.value}); !ok) return ok;
                }
            }
        }
        return {};
    }
    void begin_at(int64_t passed_on) {
        for (auto& h : all_) h->out.watermark = passed_on;
    }
    int64_t passed_on() const {
        int64_t least = kMaxTime;
        for (auto& h : all_) least = std::min(least, h->out.watermark);
        return least;
    }
    void add_to(std::vector<std::string>* said) const {
        for (auto& h : all_) {
            said->insert(said->end(), h->out.rows[0].begin(), h->out.rows[0].end());
            for (auto& e : h->out.errors) said->push_back("error " + e);
        }
    }
    struct Counts {
        int64_t applied = 0, filtered = 0, late = 0, idle = 0, rows = 0, held = 0;
        void operator+=(const Counts& o) {
            applied += o.applied, filtered += o.filtered, late += o.late, idle += o.idle, rows += o.rows;
        }
        bool operator==(const Counts&) const = default;
    };
    Counts counts() const {
        Counts c;
        for (auto& h : all_) {
            c += {h->out.applied,
                  h->out.filtered,
                  h->out.late,
                  h->out.late_after_idle,
                  static_cast<int64_t>(h->out.rows[0].size()),
                  0};
            h->op->held([&](int64_t line, int64_t rows) {
                EXPECT_EQ(line, 3);
                c.held += rows;
            });
        }
        return c;
    }
    int64_t state_rows() const {
        int64_t rows = 0;
        for (auto& h : all_) rows += h->op->state_rows();
        return rows;
    }

  private:
    int worker_of(const Row& row) const {
        if (key_columns_ == 0) return 0;
        std::string key(1, row.key ? '\0' : '\1');
        if (row.key) key.append(reinterpret_cast<const char*>(&*row.key), 8);
        return worker_of_group(key_group_of(key), static_cast<int>(all_.size()));
    }
    int key_columns_, inputs_;
    std::vector<std::unique_ptr<Harness>> all_;
};

// ---- the operators

void keep_some(PipelineContext*, const BatchView* pairs, uint8_t* keep) {
    const auto* left = reinterpret_cast<const int64_t*>(pairs->columns[1].data);
    const auto* right = reinterpret_cast<const int64_t*>(pairs->columns[4].data);
    for (int64_t i = 0; i < pairs->rows; ++i) keep[i] = (left[i] + right[i]) % 3 != 0;
}

/// The registry's kernels, one behind the other: {kernels, argument column}.
struct Call {
    AggregateKernels kernels;
    int column;
    Type result;
    int offset = 0;
};
const std::vector<Call>& calls() {
    static const std::vector<Call> all = [] {
        const Type text(TypeKind::kString), whole(TypeKind::kBigint), number = Type::numeric();
        std::vector<Call> c{{count_star_kernels(), 1, whole},
                            {sum_kernels(TypeKind::kInteger), 1, whole},
                            {sum_kernels(TypeKind::kBigint), 1, number},
                            {extreme_kernels(true, text), 2, text},
                            {extreme_kernels(false, text), 2, text},
                            {first_last_kernels(false, text), 2, text},
                            {first_last_kernels(true, whole), 1, whole},
                            {count_distinct_kernels(text), 2, whole},
                            {count_distinct_kernels(whole), 1, whole},
                            {sum_distinct_kernels(TypeKind::kBigint), 1, number},
                            {variance_kernels(TypeKind::kBigint, true, false), 1, number}};
        int offset = 0;
        for (auto& call : c) {
            call.offset = offset;
            offset += call.kernels.state_bytes;
        }
        return c;
    }();
    return all;
}
Cell cell_of(const BatchView& in, int column, int64_t row) {
    if (column == 2) return Cell::of(reinterpret_cast<const Str*>(in.columns[2].data)[row]);
    return Cell::of(reinterpret_cast<const int64_t*>(in.columns[column].data)[row]);
}
void init(AggregateContext*, char* state) {
    for (auto& c : calls()) c.kernels.init(state + c.offset);
}
void update(AggregateContext* context, const BatchView* in, const int32_t* rows, char* const* states, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
        const AggregateRow facts{in->event_time[rows[i]], in->origin[rows[i]]};
        for (auto& c : calls()) {
            const Cell cell = cell_of(*in, c.column, rows[i]);
            EXPECT_EQ(c.kernels.update(context, states[i] + c.offset, &cell, &facts), RowError::kOk);
        }
    }
}
int32_t merge(AggregateContext* context, char* into, const char* from, void* from_pages) {
    for (auto& c : calls()) {
        if (RowError e = c.kernels.merge(context, into + c.offset, from + c.offset, from_pages); e != RowError::kOk)
            return static_cast<int32_t>(e);
    }
    return 0;
}
int32_t finish(AggregateContext* context, const char* state, BatchView* out, int64_t row, int32_t first) {
    for (auto& c : calls()) {
        Cell cell;
        if (RowError e = c.kernels.finish(context, state + c.offset, &cell); e != RowError::kOk)
            return static_cast<int32_t>(e);
        ColumnView& column = out->columns[first++];
        column.valid[row] = !cell.null;
        const int width = physical_width(c.result.physical());
        std::memcpy(column.data + row * width, static_cast<const void*>(&cell), static_cast<size_t>(width));
    }
    return 0;
}

struct Case {
    std::string name;
    Node node;
    int inputs = 1, key_columns = 1;
};

Case dedup(const std::string& name, bool ordered) {
    DeduplicateNode kind;
    kind.key_columns = 1;
    kind.within = 45 * kSecond;
    kind.ordered = ordered;
    Node node;
    node.output = kRowTypes;
    node.kind = kind;
    return {name, node};
}

Case join(const std::string& name, JoinKind kind, Attribution attribution, int64_t before, int64_t after, int64_t grace,
          bool condition) {
    WithinJoinNode join;
    join.kind = kind;
    join.attribution = attribution;
    join.key_columns = 1;
    join.before = before * kSecond;
    join.after = after * kSecond;
    join.grace = grace * kSecond;
    if (condition) join.condition = slot(reinterpret_cast<void*>(&keep_some));
    Node node;
    node.output = kRowTypes;
    node.output.insert(node.output.end(), kRowTypes.begin(), kRowTypes.end());
    node.kind = join;
    return {name, node, 2};
}

Case window(const std::string& name, WindowKind kind, int64_t size, int64_t advance, int64_t grace,
            int key_columns = 1) {
    WindowAggregateNode a;
    a.window.kind = kind;
    a.window.size = size * kSecond;
    a.window.advance = advance * kSecond;
    a.window.grace = grace * kSecond;
    a.key_columns = key_columns;
    a.global = kind == WindowKind::kNone && key_columns == 0;
    for (auto& c : calls()) {
        a.state_bytes = c.offset + c.kernels.state_bytes;
        for (StateField field : c.kernels.fields) {
            field.offset += c.offset;
            a.fields.push_back(field);
        }
    }
    a.init = slot(reinterpret_cast<void*>(&init));
    a.update = slot(reinterpret_cast<void*>(&update));
    a.merge = slot(reinterpret_cast<void*>(&merge));
    a.finish = slot(reinterpret_cast<void*>(&finish));
    Node node;
    if (kind != WindowKind::kNone) node.output = {Type(TypeKind::kTimestamp), Type(TypeKind::kTimestamp)};
    for (int i = 0; i < key_columns; ++i) node.output.emplace_back(TypeKind::kBigint);
    for (auto& c : calls()) node.output.push_back(c.result);
    node.kind = a;
    return {name, node, 1, key_columns};
}

std::vector<Case> cases() {
    using enum Attribution;
    const auto inner = JoinKind::kInner, left = JoinKind::kLeft;
    return {dedup("dedup", false),
            dedup("dedup_ordered", true),
            join("join", inner, kNone, 60, 60, 0, false),
            join("join_condition_grace", inner, kNone, 120, 0, 15, true),
            join("left_join", left, kNone, 60, 30, 0, false),
            join("left_join_condition", left, kNone, 100, 0, 10, true),
            join("first", inner, kFirst, 200, 0, 0, false),
            join("first_left_condition", left, kFirst, 100, 50, 10, true),
            join("last_condition", inner, kLast, 200, 0, 0, true),
            join("last_left", left, kLast, 100, 0, 0, false),
            window("tumbling", WindowKind::kTumbling, 60, 60, 0),
            window("tumbling_grace", WindowKind::kTumbling, 60, 60, 30),
            window("hopping", WindowKind::kHopping, 120, 30, 0),
            window("hopping_uneven", WindowKind::kHopping, 100, 60, 10),
            window("hopping_many", WindowKind::kHopping, 300, 7, 5),
            window("hopping_more_panes_than_tables", WindowKind::kHopping, 1500, 3, 5),
            window("no_window", WindowKind::kNone, 0, 0, 0),
            window("global", WindowKind::kNone, 0, 0, 0, 0)};
}

std::vector<Event> events_of(const Case& c, uint64_t seed, std::mt19937_64& random) {
    StreamShape shape;
    shape.rows = 150;
    shape.duplicates = 25;
    shape.disorder = 150 * kSecond;
    shape.oversize = seed % 4 == 1;
    std::vector<std::vector<std::vector<Row>>> streams;
    for (int input = 0; input < c.inputs; ++input) {
        shape.source = static_cast<uint32_t>(input);
        streams.push_back(make_stream(random, shape));
    }
    return interleave(streams, random, shape.delay);
}

class StateCatalogTest : public testing::TestWithParam<Case> {};

TEST_P(StateCatalogTest, ARunWithAStopSaysWhatAStraightOneSays) {
    const Case& c = GetParam();
    for (uint64_t seed = 1; seed <= 6; ++seed) {
        std::mt19937_64 random(seed);
        const auto events = events_of(c, seed, random);
        Fleet straight(c.node, c.inputs, c.key_columns, 1);
        for (auto& e : events) straight.run(e);
        straight.end();
        std::vector<std::string> expected;
        straight.add_to(&expected);
        std::sort(expected.begin(), expected.end());
        ASSERT_FALSE(expected.empty());
        for (const auto& [from, to] : {std::pair{1, 1}, {1, 3}, {3, 2}}) {
            SCOPED_TRACE(testing::Message() << c.name << " seed " << seed << " " << from << " -> " << to);
            const size_t stop = events.size() / 4 + random() % (events.size() / 2);
            Fleet before(c.node, c.inputs, c.key_columns, from), after(c.node, c.inputs, c.key_columns, to);
            for (size_t i = 0; i < stop; ++i) before.run(events[i]);
            SavedState saved = before.save();
            for (auto& [name, entries] : saved) std::shuffle(entries.begin(), entries.end(), random);
            const Status loaded = after.load(saved);
            ASSERT_TRUE(loaded.ok()) << loaded.error().message;
            EXPECT_EQ(after.state_rows(), before.state_rows());
            EXPECT_EQ(after.counts().held, before.counts().held);
            after.begin_at(before.passed_on());
            for (size_t i = stop; i < events.size(); ++i) after.run(events[i]);
            after.end();
            std::vector<std::string> said;
            before.add_to(&said);
            after.add_to(&said);
            std::sort(said.begin(), said.end());
            EXPECT_EQ(said, expected);
            Fleet::Counts counts = before.counts();
            counts += after.counts();
            counts.held = 0;
            EXPECT_EQ(counts, straight.counts());
        }
    }
}

TEST_P(StateCatalogTest, SavedAndLoadedIsTheSameState) {
    const Case& c = GetParam();
    std::mt19937_64 random(7);
    const auto events = events_of(c, 1, random);
    Fleet before(c.node, c.inputs, c.key_columns, 2), after(c.node, c.inputs, c.key_columns, 2);
    for (size_t i = 0; i < events.size() / 2; ++i) before.run(events[i]);
    const SavedState saved = before.save();
    ASSERT_TRUE(after.load(saved).ok());
    auto sorted = [](const SavedState& state) {
        std::vector<std::string> lines;
        for (auto& [name, entries] : state)
            for (auto& e : entries) lines.push_back(name + std::to_string(e.group) + "\n" + e.key + "\n" + e.value);
        std::sort(lines.begin(), lines.end());
        EXPECT_EQ(std::adjacent_find(lines.begin(), lines.end()), lines.end());
        return lines;
    };
    EXPECT_TRUE(sorted(after.save()) == sorted(saved));
}

TEST_P(StateCatalogTest, DamagedEntriesAreRefusedOrHarmless) {
    const Case& c = GetParam();
    std::mt19937_64 random(11);
    const auto events = events_of(c, 1, random);
    Fleet before(c.node, c.inputs, c.key_columns, 1);
    for (size_t i = 0; i < events.size() / 2; ++i) before.run(events[i]);
    const SavedState saved = before.save();
    int refused = 0;
    for (int round = 0; round < 100; ++round) {
        SavedState damaged = saved;
        auto at = std::next(damaged.begin(), static_cast<int64_t>(random() % damaged.size()));
        if (at->second.empty()) continue;
        Saved& entry = at->second[random() % at->second.size()];
        std::string& bytes = random() % 2 ? entry.key : entry.value;
        switch (random() % 5) {
            case 0:
                if (!bytes.empty()) bytes.pop_back();
                break;
            case 1:
                bytes.push_back(static_cast<char>(random()));
                break;
            case 2:
                bytes.resize(bytes.size() / 2);
                break;
            case 3:
                entry.group = static_cast<uint8_t>(random() % kKeyGroups);
                break;
            default:
                if (!bytes.empty()) bytes[random() % bytes.size()] = static_cast<char>(random());
        }
        Fleet after(c.node, c.inputs, c.key_columns, 1);
        const Status status = after.load(damaged);
        if (!status) {
            EXPECT_EQ(status.error().code, ErrorCode::kState);
            ++refused;
        } else {
            after.end();
        }
    }
    EXPECT_GT(refused, 20);
}

INSTANTIATE_TEST_SUITE_P(All, StateCatalogTest, testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.name; });

TEST(StateCatalog, WatermarksBelowALoadedOneAreNoNews) {
    Case c = window("tumbling", WindowKind::kTumbling, 10, 10, 0);
    Fleet before(c.node, 1, 1, 1), after(c.node, 1, 1, 1);
    Row row;
    row.key = 1, row.time = 25 * kSecond;
    before.run({0, {row}, 0});
    before.run({0, {}, 20 * kSecond});
    ASSERT_TRUE(after.load(before.save()).ok());
    after.run({0, {}, 5 * kSecond});
    row.time = 15 * kSecond;  // its window is closed, although its own partition stands at the beginning
    after.run({0, {row}, 0});
    EXPECT_EQ(after.counts().idle, 1);
    after.end();
    EXPECT_EQ(after.counts().rows, 1);
}

TEST(StateCatalog, ALateSplitKeepsItsWatermark) {
    LateSplitNode split;
    split.grace = 5;
    Node node;
    node.output = kRowTypes;
    node.kind = split;
    Fleet before(node, 1, 1, 2), after(node, 1, 1, 3);
    before.run({0, {}, 100});
    ASSERT_TRUE(after.load(before.save()).ok());
    Row late, on_time;
    late.time = 94, on_time.time = 95, late.key = on_time.key = 1;
    after.run({0, {late, on_time}, 0});
    EXPECT_EQ(after.counts().idle, 1);
    EXPECT_EQ(after.counts().rows, 1);
}

TEST(StateCatalog, AWaitingRowNamesALineOfTheLedger) {
    Case c = dedup("ordered", true);
    Fleet before(c.node, 1, 1, 1);
    Row row;
    row.key = 1, row.time = 5;
    before.run({0, {row}, 0});
    SavedState saved = before.save();
    ASSERT_EQ(saved["waiting"].size(), 1u);
    const int32_t line = -2;
    saved["waiting"][0].value.replace(offsetof(StoredRow, line), sizeof line, reinterpret_cast<const char*>(&line),
                                      sizeof line);
    EXPECT_FALSE(Fleet(c.node, 1, 1, 1).load(saved).ok());
}

}  // namespace
}  // namespace streamql::test
