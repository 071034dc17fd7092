// Random tables and random queries of every kind that is lowered.
#include <fmt/format.h>

#include <algorithm>

#include "tests/streams/case.h"
#include "tests/streams/random_expression.h"

namespace streamql::testing {

namespace {

constexpr int64_t kSecond = 1'000'000;

std::string time_literal(int64_t micros) {
    const int64_t s = micros / kSecond, day = s / 86400;
    return fmt::format("2024-05-{:02} {:02}:{:02}:{:02}.{:06}", 1 + day, s / 3600 % 24, s / 60 % 60, s % 60,
                       micros % kSecond);
}

class CaseMaker {
  public:
    explicit CaseMaker(uint64_t seed) : random_(seed) { case_.seed = seed; }

    Case make() {
        switch (below(9)) {
            case 0:
                projection();
                break;
            case 1:
                window(false);
                break;
            case 2:
                window(true);
                break;
            case 3:
                deduplicated_window();
                break;
            case 4:
                join(false);
                break;
            case 5:
                join(true);
                break;
            case 6:
                window_over_join();
                break;
            case 7:
                union_window();
                break;
            default:
                window_over_window();
                break;
        }
        return std::move(case_);
    }

  private:
    int below(int n) { return static_cast<int>(random_() % n); }
    bool chance(int percent) { return below(100) < percent; }

    // ---- data

    CaseTable& table(const std::string& name, int rows, bool copies, bool late = false) {
        CaseTable t;
        t.name = name;
        t.columns = {{"id", "INTEGER"},      {"k", "INTEGER"},          {"i", "INTEGER"},   {"l", "BIGINT"},
                     {"n", "NUMERIC(12,2)"}, {"d", "DOUBLE PRECISION"}, {"s", "TEXT"},      {"b", "BOOLEAN"},
                     {"a", "DATE"},          {"x", "BIGINT"},           {"ts", "TIMESTAMP"}};
        t.partitions = 1 + below(3);
        t.late = late;
        t.delay = below(4) == 0 ? 0 : below(120) * kSecond;
        const int64_t step = (1 + below(30)) * kSecond;
        std::vector<std::pair<int64_t, CaseRow>> arrivals;
        for (int r = 0; r < rows; ++r) {
            const int64_t ts = r * step + below(1'000'000) + (chance(20) ? 0 : below(static_cast<int>(step)));
            CaseRow row = random_row(r, ts);
            const auto arrival = [&] {
                const int64_t more = late && chance(12) ? t.delay + below(3600) * kSecond : 0;
                return ts + more + (t.delay ? static_cast<int64_t>(random_() % t.delay) : 0);
            };
            row.partition = below(t.partitions);
            arrivals.push_back({arrival(), row});
            while (copies && chance(30)) {
                row.partition = below(t.partitions);
                arrivals.push_back({arrival(), row});
            }
        }
        std::stable_sort(arrivals.begin(), arrivals.end(), [](auto& a, auto& b) { return a.first < b.first; });
        for (auto& [at, row] : arrivals) t.rows.push_back(std::move(row));
        case_.tables.push_back(std::move(t));
        return case_.tables.back();
    }

    CaseRow random_row(int id, int64_t ts) {
        auto null_or = [&](int percent, std::string v) {
            return chance(percent) ? std::nullopt : std::optional(std::move(v));
        };
        static const char* const kTexts[] = {
            "a", "b", "abc", "", "Zürich", "x y", "it's", "b_b", "quote\" back\\", "tab\there"};
        static const char* const kExtremes[] = {"9223372036854775807", "-9223372036854775808", "0", "-1",
                                                "9007199254740993"};
        CaseRow row;
        row.values = {std::to_string(id),
                      null_or(10, std::to_string(below(5))),
                      null_or(15, std::to_string(below(2001) - 1000)),
                      null_or(15, std::to_string(static_cast<int64_t>(below(2'000'000)) * 5000 - 5'000'000'000)),
                      null_or(15, fmt::format("{}{}.{:02}", below(2) ? "-" : "", below(100000), below(100))),
                      null_or(15, fmt::format("{}", (below(8001) - 4000) / 4.0)),
                      null_or(15, kTexts[below(10)]),
                      null_or(20, below(2) ? "true" : "false"),
                      null_or(20, fmt::format("2024-{:02}-{:02}", 1 + below(12), 1 + below(28))),
                      null_or(20, kExtremes[below(5)]),
                      time_literal(ts)};
        return row;
    }

    std::vector<TypedName> names(const std::string& alias) const {
        const std::string p = alias.empty() ? "" : alias + ".";
        return {{p + "k", 'I'}, {p + "i", 'I'}, {p + "l", 'L'}, {p + "n", 'N'},  {p + "d", 'D'}, {p + "s", 'S'},
                {p + "b", 'B'}, {p + "a", 'A'}, {p + "x", 'X'}, {p + "ts", 'T'}, {p + "id", 'I'}};
    }
    ExpressionMaker maker(const std::string& alias) { return {random_, names(alias)}; }
    ExpressionMaker maker(const std::string& a, const std::string& b) {
        auto all = names(a), more = names(b);
        all.insert(all.end(), more.begin(), more.end());
        return {random_, std::move(all)};
    }
    void item(std::string same) { case_.items.push_back({same, same}); }

    // ---- kinds of query

    void projection() {
        case_.form = "projection";
        table("t0", 60, false);
        auto e = maker("a");
        for (int i = 1 + below(5); i > 0; --i) item(e.make(e.any_type(), 1 + below(3)));
        case_.stream_from = case_.postgres_from = "FROM t0 a" + (chance(70) ? " WHERE " + e.condition(2) : "");
    }

    struct Window {
        int64_t size, advance, offset;
        bool hopping;
    };
    Window random_window(bool hopping) {
        static const int kSizes[] = {10, 60, 300, 90, 3600};
        Window w{kSizes[below(5)] * kSecond, 0, chance(30) ? below(60) * kSecond : 0, hopping};
        w.advance = w.size;
        if (hopping) {
            static const int kParts[] = {2, 3, 5, 1};
            w.advance = std::max<int64_t>(w.size / kParts[below(4)], kSecond);
            if (chance(10)) w.advance = w.size * 2;
            if (chance(15)) w.advance = w.size * 2 / 3 / kSecond * kSecond;
            if (w.advance <= 0) w.advance = kSecond;
        }
        return w;
    }
    static std::string seconds(int64_t micros) { return fmt::format("{} SECONDS", micros / kSecond); }
    static std::string interval(int64_t micros) { return fmt::format("INTERVAL '{} seconds'", micros / kSecond); }
    std::string window_clause(const Window& w) {
        std::string s =
            w.hopping ? fmt::format(" WINDOW HOPPING (SIZE {}, ADVANCE BY {}", seconds(w.size), seconds(w.advance))
                      : fmt::format(" WINDOW TUMBLING (SIZE {}", seconds(w.size));
        return s + (w.offset ? ", OFFSET " + seconds(w.offset) : "") + ")";
    }
    /// The rows of a table that are not late for a deduplication or a join.
    static std::string on_time(const std::string& name, bool late) {
        return late ? fmt::format("(SELECT * FROM {} WHERE _wm IS NULL OR ts >= _wm)", name) : name;
    }
    /// `relation` with window_start and window_end, one row a window it is in; `late`: and that was open when it came.
    std::string windowed(const std::string& relation, const std::string& alias, const std::string& ts, const Window& w,
                         std::string where, bool late = false) {
        if (late)
            where += fmt::format("{} ({}._wm IS NULL OR start_ + {} > {}._wm)", where.empty() ? " WHERE" : " AND",
                                 alias, interval(w.size), alias);
        const std::string first =
            fmt::format("date_bin({}, {}, TIMESTAMP '1970-01-01' + {})", interval(w.advance), ts, interval(w.offset));
        return fmt::format(
            "(SELECT {0}.*, start_ AS window_start, start_ + {1} AS window_end FROM {2} CROSS JOIN LATERAL "
            "generate_series({3}, {4} - {1} + INTERVAL '1 microsecond', - {5}) start_{6}) {0}",
            alias, interval(w.size), relation, first, ts, interval(w.advance), where);
    }

    void aggregate_items(ExpressionMaker& e, const std::string& alias, bool plain = false) {
        const int n = 1 + below(5);
        for (int i = 0; i < n; ++i) {
            std::string filter = chance(25) ? fmt::format(" FILTER (WHERE {})", e.condition(1)) : "";
            const int depth = plain ? 0 : below(2);
            switch (below(13)) {
                case 0:
                    item("count(*)" + filter);
                    break;
                case 1:
                    item(fmt::format("count({})", e.make(e.any_type(), depth)) + filter);
                    break;
                case 2:
                    item(fmt::format("count(DISTINCT {})", e.make("ISLN"[below(4)], depth)) + filter);
                    break;
                case 3:
                    item(fmt::format("sum({})", e.make('I', depth)) + filter);
                    break;
                case 4:
                    item(fmt::format("sum({})", e.leaf('L')) + filter);
                    break;
                case 5:
                    item(fmt::format("sum({})", e.make('N', depth)) + filter);
                    break;
                case 6:
                    item(fmt::format("avg({})", e.make("IN"[below(2)], 0)) + filter);
                    break;
                case 7:
                case 8:
                    item(fmt::format("{}({})", below(2) ? "min" : "max", e.make("ILNDSTAX"[below(8)], depth)) + filter);
                    break;
                case 9:
                    item(fmt::format("sum({})", e.leaf('D')) + filter);
                    break;
                case 10:
                    item(fmt::format("avg({})", e.leaf('D')) + filter);
                    break;
                default: {
                    const bool first = below(2);
                    const std::string x = e.leaf("INSDTX"[below(6)]), p = alias + ".";
                    const std::string order = fmt::format("{0}ts{1}, {0}_part{1}, {0}_off{1}", p, first ? "" : " DESC");
                    case_.items.push_back({fmt::format("{}({})", first ? "first_value" : "last_value", x) + filter,
                                           fmt::format("(array_agg({} ORDER BY {}){})[1]", x, order, filter)});
                }
            }
        }
    }

    void window(bool hopping) {
        case_.form = hopping ? "hopping" : "tumbling";
        const bool late = chance(50);
        table("t0", 150, false, late);
        windowed_aggregate("t0 a", "t0 a", random_window(hopping), false, late);
    }
    void deduplicated_window() {
        case_.form = "deduplicate";
        const bool late = chance(40);
        table("t0", 80, true, late);
        const std::string ordered = chance(40) ? " ORDER BY ts" : "";
        const std::string stream = "t0 a DEDUPLICATE BY (id)" + ordered + " WITHIN 10 MINUTES";
        // copies differ only in where they lie; the ordered form keeps the least (ts, partition, offset)
        const std::string postgres =
            fmt::format("(SELECT DISTINCT ON (id) * FROM {} r ORDER BY id, ts, _part, _off) a", on_time("t0", late));
        if (chance(30)) {
            auto e = maker("a");
            for (int i = 1 + below(4); i > 0; --i) item(e.make(e.any_type(), 1));
            const std::string where = chance(60) ? " WHERE " + e.condition(2) : "";
            case_.stream_from = "FROM " + stream + where;
            case_.postgres_from = "FROM " + postgres + where;
            return;
        }
        windowed_aggregate(stream, postgres, random_window(chance(30)), !ordered.empty() ? false : true);
    }
    void windowed_aggregate(const std::string& stream, const std::string& postgres, const Window& w,
                            bool no_ties = false, bool late = false) {
        auto e = maker("a");
        const std::string where = chance(50) ? " WHERE (" + e.condition(2) + ")" : "";
        std::vector<std::string> keys;
        for (int i = below(3); i > 0; --i) {
            std::string key = e.make("IISBDNA"[below(7)], below(2));
            if (key.find("a.") != std::string::npos) keys.push_back(std::move(key));  // a constant would be a position
        }
        std::string group = "window_start, window_end";
        if (chance(80)) item("window_start");
        if (chance(50)) item("window_end");
        for (auto& k : keys) {
            group += ", " + k;
            item(k);
        }
        if (no_ties) {  // which copy stays is open, and with it the order of equal times
            auto before = case_.items.size();
            aggregate_items(e, "a");
            for (size_t i = before; i < case_.items.size(); ++i)
                if (case_.items[i].stream != case_.items[i].postgres) case_.items[i] = {"count(*)", "count(*)"};
        } else {
            aggregate_items(e, "a");
        }
        const std::string having = chance(25) ? fmt::format(" HAVING count(*) > {}", below(3)) : "";
        case_.stream_from = "FROM " + stream + window_clause(w) + where + " GROUP BY " + group + having +
                            (chance(50) ? " EMIT FINAL" : "");
        case_.postgres_from = "FROM " + windowed(postgres, "a", "a.ts", w, where, late) + " GROUP BY " + group + having;
    }

    struct JoinText {
        std::string stream, postgres;
        bool left;
    };
    JoinText join_text(bool attribute) {
        const bool late = chance(40);
        table("t0", 60, false, late);
        table("t1", 90, chance(30), late);
        const std::string t0 = on_time("t0", late), t1 = on_time("t1", late);
        const int64_t before = (below(4) ? below(600) : 0) * kSecond, after = (below(3) ? 0 : below(120)) * kSecond;
        const bool left = chance(40);
        auto e = maker("a", "b");
        std::string residual;
        if (chance(35)) residual = " AND " + e.condition(1);
        const char* key = chance(80) ? "k" : "s";
        std::string on = fmt::format("a.{0} = b.{0}", key);
        if (chance(20)) on += " AND a.b = b.b";
        const std::string range =
            fmt::format(" AND b.ts BETWEEN a.ts - {} AND a.ts + {}", interval(before), interval(after));
        std::string within = fmt::format(" WITHIN ({} BEFORE, {} AFTER)", seconds(before), seconds(after));
        std::string stream_on = on + residual;
        if (!attribute && chance(30)) {
            within.clear();
            stream_on = on + range + residual;
        }
        JoinText t;
        t.left = left;
        t.stream = fmt::format("t0 a {}JOIN t1 b{} ON {}", left ? "LEFT " : "", within, stream_on);
        if (attribute) {
            const bool first = chance(50);
            t.stream += first ? " ATTRIBUTE FIRST" : " ATTRIBUTE LAST";
            const char* way = first ? "" : " DESC";
            t.postgres = fmt::format(
                "{} a {}JOIN LATERAL (SELECT * FROM {} b WHERE {}{}{} ORDER BY b.ts{}, b._part{}, b._off{} LIMIT 1) b "
                "ON TRUE",
                t0, left ? "LEFT " : "", t1, on, range, residual, way, way, way);
        } else {
            t.postgres = fmt::format("{} a {}JOIN {} b ON {}{}{}", t0, left ? "LEFT " : "", t1, on, range, residual);
        }
        return t;
    }
    void join(bool attribute) {
        case_.form = attribute ? "attribute" : "join";
        const JoinText t = join_text(attribute);
        auto e = maker("a", "b");
        item("a.id");
        item("b.id");
        for (int i = below(4); i > 0; --i) item(e.make(e.any_type(), below(3)));
        const std::string where = chance(40) ? " WHERE " + e.condition(2) : "";
        case_.stream_from = "FROM " + t.stream + where;
        case_.postgres_from = "FROM " + t.postgres + where;
    }

    void window_over_join() {
        case_.form = "window over join";
        const JoinText t = join_text(chance(30));
        auto e = maker("a", "b");
        if (chance(40)) return window_beside_join(t, e);
        const std::string columns = fmt::format(
            "a.k AS k, {} AS i, b.l AS l, a.n AS n, b.d AS d, b.s AS s, a.b AS b, a.a AS a, b.x AS x, b.id AS id, a.ts "
            "AS at",
            e.make('I', 1));
        const Window w = random_window(chance(30));
        const std::string on = chance(25) ? "ON at, " : "";
        std::vector<TypedName> visible = {{"j.k", 'I'}, {"j.i", 'I'},  {"j.l", 'L'}, {"j.n", 'N'},
                                          {"j.d", 'D'}, {"j.s", 'S'},  {"j.b", 'B'}, {"j.a", 'A'},
                                          {"j.x", 'X'}, {"j.id", 'I'}, {"j.at", 'T'}};
        ExpressionMaker outer(random_, visible);
        item("window_start");
        item("j.k");
        const size_t first = case_.items.size();
        aggregate_items(outer, "j");
        for (size_t i = first; i < case_.items.size(); ++i)
            if (case_.items[i].stream != case_.items[i].postgres) case_.items[i] = {"count(*)", "count(*)"};
        std::string clause = window_clause(w);
        clause.insert(clause.find('(') + 1, on);
        case_.stream_from = fmt::format("FROM (SELECT {} FROM {}) j{} GROUP BY window_start, window_end, j.k", columns,
                                        t.stream, clause);
        case_.postgres_from =
            fmt::format("FROM {} GROUP BY window_start, window_end, j.k",
                        windowed(fmt::format("(SELECT {}, GREATEST(a.ts, b.ts) AS ts FROM {}) j", columns, t.postgres),
                                 "j", on.empty() ? "j.ts" : "j.at", w, ""));
    }

    /// The window in the join's own SELECT: equal column names of both sides stand beside each other.
    void window_beside_join(const JoinText& t, ExpressionMaker& e) {
        const Window w = random_window(chance(30));
        case_.items.push_back({"window_start", "start_"});
        const std::string key = chance(50) ? "a.k" : "b.id";
        item(key);
        const size_t first = case_.items.size();
        aggregate_items(e, "a");
        item("sum(a.i)");
        item("sum(b.i)");
        for (size_t i = first; i < case_.items.size(); ++i)
            if (case_.items[i].stream != case_.items[i].postgres) case_.items[i] = {"count(*)", "count(*)"};
        const std::string first_start = fmt::format("date_bin({}, GREATEST(a.ts, b.ts), TIMESTAMP '1970-01-01' + {})",
                                                    interval(w.advance), interval(w.offset));
        case_.stream_from =
            fmt::format("FROM {}{} GROUP BY window_start, window_end, {}", t.stream, window_clause(w), key);
        case_.postgres_from = fmt::format(
            "FROM {} CROSS JOIN LATERAL generate_series({}, GREATEST(a.ts, b.ts) - {} + INTERVAL '1 microsecond', - "
            "{}) start_ GROUP BY start_, {}",
            t.postgres, first_start, interval(w.size), interval(w.advance), key);
    }

    void union_window() {
        case_.form = "union";
        table("t0", 70, false);
        table("t1", 70, false);
        const Window w = random_window(false);
        auto side = [&](const char* name) {
            auto e = maker("a");
            return fmt::format("SELECT {} AS k, {} AS i, {} AS n, {} AS s, a.ts AS ts FROM {} a{}", e.make('I', 1),
                               e.make("IL"[below(2)], 1), e.make('N', 0), e.make('S', 1), name,
                               chance(40) ? " WHERE " + e.condition(1) : "");
        };
        const std::string both = side("t0") + " UNION ALL " + side("t1");
        if (chance(30)) {
            for (const char* c : {"u.k", "u.i", "u.n", "u.s", "u.ts"}) item(c);
            case_.stream_from = case_.postgres_from = fmt::format("FROM ({}) u", both);
            return;
        }
        item("window_end");
        item("count(*)");
        item("sum(u.i)");
        item("sum(u.n)");
        item("max(u.s)");
        item("count(DISTINCT u.k)");
        case_.stream_from = fmt::format("FROM ({}) u{} GROUP BY window_start, window_end", both, window_clause(w));
        case_.postgres_from = fmt::format("FROM {} GROUP BY window_start, window_end",
                                          windowed(fmt::format("({}) u", both), "u", "u.ts", w, ""));
    }

    void window_over_window() {
        case_.form = "window over window";
        table("t0", 150, false);
        Window inner = random_window(chance(30)), outer = random_window(false);
        inner.offset = 0;
        auto e = maker("a");
        const std::string key = chance(50) ? "a.k" : "a.s";
        const std::string columns = fmt::format(
            "{} AS g, count(*) AS c, sum(a.i) AS t, max(a.n) AS m, window_start AS ws, window_end AS we", key);
        const std::string stream = fmt::format("(SELECT {} FROM t0 a{} GROUP BY window_start, window_end, {}) w",
                                               columns, window_clause(inner), key);
        const std::string postgres = fmt::format("(SELECT {} FROM {} GROUP BY window_start, window_end, {}) w", columns,
                                                 windowed("t0 a", "a", "a.ts", inner, ""), key);
        if (chance(40)) {  // GROUP BY the inner window
            for (const char* c : {"w.ws", "w.we", "max(w.c)", "sum(w.t)", "count(*)"}) item(c);
            case_.stream_from = "FROM " + stream + " GROUP BY w.ws, w.we";
            case_.postgres_from = "FROM " + postgres + " GROUP BY w.ws, w.we";
            return;
        }
        for (const char* c : {"window_start", "sum(w.c)", "sum(w.t)", "max(w.m)", "count(DISTINCT w.g)"}) item(c);
        case_.stream_from = "FROM " + stream + window_clause(outer) + " GROUP BY window_start, window_end";
        case_.postgres_from = "FROM " + windowed(postgres, "w", "(w.we - INTERVAL '1 microsecond')", outer, "") +
                              " GROUP BY window_start, window_end";
    }

    std::mt19937_64 random_;
    Case case_;
};

}  // namespace

Case random_case(uint64_t seed) { return CaseMaker(seed).make(); }

}  // namespace streamql::testing
