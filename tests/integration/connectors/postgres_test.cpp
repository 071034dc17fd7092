// The PostgreSQL sink against a real server.
#include <fmt/format.h>

#include <functional>
#include <limits>
#include <pqxx/pqxx>

#include "runtime/types/nested.h"
#include "tests/integration/connectors/harness.h"
#include "tests/support/servers.h"

namespace streamql::testing {
namespace {

using Rejected = std::vector<RejectedRow>;

pqxx::result query(const std::string& sql) {
    pqxx::connection c(postgres_url());
    pqxx::work tx(c);
    auto result = tx.exec(sql);
    tx.commit();
    return result;
}

std::string scalar(const std::string& sql) {
    auto r = query(sql);
    return r.empty() ? "" : r[0][0].is_null() ? "NULL" : r[0][0].c_str();
}

Given given(const std::string& table, const Given& more = {}) {
    Given out = more;
    if (!out.count("url") && !out.count("host")) out["url"] = postgres_url();
    out["table"] = table;
    return out;
}

std::vector<Type> types_of(const std::vector<ColumnSpec>& columns) {
    std::vector<Type> out;
    for (auto& c : columns) out.push_back(c.type);
    return out;
}

void expect_part(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
}

Decimal decimal(Int128 value, int scale) {
    Decimal d;
    d.value = value;
    d.scale = scale;
    return d;
}

template <typename Outcome>
void must(const Outcome& s) {
    ASSERT_TRUE(s.ok()) << s.error().message << " / " << s.error().help;
}

const std::vector<ColumnSpec> kKeyed = {{"id", TypeKind::kBigint, true}, {"v", TypeKind::kString}};

/// Rows (id, v) with ids from..from+n and one text.
void write_keyed(Sink& sink, int64_t from, int64_t n, const std::string& text, Rejected& rejected) {
    Batch batch(types_of(kKeyed), n);
    for (int64_t i = 0; i < n; ++i) {
        batch.set(0, i, Cell::of(from + i));
        batch.set(1, i, Cell::of(Str::of(text)));
    }
    batch.view().rows = n;
    must(sink.write(batch, rejected));
}

/// One row of every scalar type with extremes, one of NULLs, one of small values.
const std::vector<ColumnSpec> kAll = {{"k", TypeKind::kInteger, true},
                                      {"b", TypeKind::kBoolean},
                                      {"i2", TypeKind::kSmallint},
                                      {"i4", TypeKind::kInteger},
                                      {"i8", TypeKind::kBigint},
                                      {"f4", TypeKind::kReal},
                                      {"f8", TypeKind::kDouble},
                                      {"d", Type::decimal(38, 10)},
                                      {"n", Type::numeric()},
                                      {"s", TypeKind::kString},
                                      {"y", TypeKind::kBytes},
                                      {"dt", TypeKind::kDate},
                                      {"tm", TypeKind::kTime},
                                      {"ts", TypeKind::kTimestamp},
                                      {"tz", TypeKind::kTimestampTz},
                                      {"iv", TypeKind::kInterval},
                                      {"js", TypeKind::kJson},
                                      {"ai", Type::array(TypeKind::kInteger)},
                                      {"at", Type::array(TypeKind::kString)}};

void fill_all(Batch& batch, Arena& arena) {
    Int128 big = 1;
    for (int i = 0; i < 37; ++i) big *= 10;
    NestedBuilder ints, texts;
    ints.begin(NestedForm::kArray);
    ints.add(TypeKind::kInteger, Cell::of(int64_t{7}));
    ints.add_null();
    ints.add(TypeKind::kInteger, Cell::of(int64_t{-8}));
    texts.begin(NestedForm::kArray);
    texts.add(TypeKind::kString, Cell::of(Str::of("a\"b\\c,{}")));
    texts.add(TypeKind::kString, Cell::of(Str::of("")));
    const Cell rich[] = {Cell::of(int64_t{1}),
                         Cell::of(int64_t{1}),
                         Cell::of(int64_t{INT16_MIN}),
                         Cell::of(int64_t{INT32_MAX}),
                         Cell::of(INT64_MIN),
                         Cell::of(0.1f * 1.0),
                         Cell::of(-std::numeric_limits<double>::infinity()),
                         Cell::of(decimal(-(big * 9 + 12345), 10)),
                         Cell::of(decimal(5, 5)),
                         Cell::of(Str::of("h\u00e9 'q' \\ \t\u20ac")),
                         Cell::of(Str::of(std::string_view("\0\xff\x7f", 3))),
                         Cell::of(int64_t{-719162}),
                         Cell::of(int64_t{86'399'999'999}),
                         Cell::of(int64_t{1'714'557'600'123'456}),
                         Cell::of(int64_t{-1}),
                         Cell::of(Interval{3'600'000'001, -3, 14}),
                         Cell::of(Str::of(R"({"a": [1, null, "x"]})")),
                         Cell::of(ints.finish(arena)),
                         Cell::of(texts.finish(arena))};
    for (size_t c = 0; c < kAll.size(); ++c) {
        batch.set(static_cast<int>(c), 0, rich[c]);
        batch.set(static_cast<int>(c), 1, c == 0 ? Cell::of(int64_t{2}) : Cell());
        batch.set(static_cast<int>(c), 2, rich[c]);
    }
    batch.set(0, 2, Cell::of(int64_t{3}));
    batch.set(7, 2, Cell::of(decimal(0, 10)));
    batch.set(8, 2, Cell::of(decimal(Int128{123'456'789} * 1'000'000, 6)));
    batch.view().rows = 3;
}

std::string shown(const std::string& table, int key) {
    return scalar(
        fmt::format("SET timezone='UTC'; SET extra_float_digits=1; SELECT concat_ws('|', "
                    "b,i2,i4,i8,f4,f8,d,n,s,encode(y,'hex'),dt,tm,ts,tz,iv,js,ai,at) FROM {} WHERE k={}",
                    table, key));
}

TEST(PostgresSink, EveryTypeBothWays) {
    for (bool keyed : {false, true}) {
        std::string table = unique_name("alltypes");
        auto sink = make_sink("postgres", given(table, {{"create", "if_missing"}}), kAll,
                              keyed ? std::vector<int>{0} : std::vector<int>{});
        must(sink->open(nullptr));
        Batch batch(types_of(kAll), 3);
        Arena arena;
        fill_all(batch, arena);
        Rejected rejected;
        must(sink->write(batch, rejected));
        must(sink->prepare(1, rejected));
        EXPECT_TRUE(rejected.empty()) << (rejected.empty() ? "" : rejected[0].reason);
        EXPECT_EQ(
            shown(table, 1),
            "t|-32768|2147483647|-9223372036854775808|0.1|-Infinity|-9000000000000000000000000000.0000012345|0.00005|"
            "h\u00e9 'q' \\ \t\u20ac|00ff7f|0001-01-01|23:59:59.999999|2024-05-01 10:00:00.123456|1969-12-31 "
            "23:59:59.999999+00|"
            "1 year 2 mons -3 days +01:00:00.000001|{\"a\": [1, null, \"x\"]}|{7,NULL,-8}|{\"a\\\"b\\\\c,{}\",\"\"}");
        EXPECT_EQ(shown(table, 2), "");
        EXPECT_EQ(scalar("SELECT concat_ws('|', d, n) FROM " + table + " WHERE k=3"), "0.0000000000|123456789.000000");
        EXPECT_EQ(scalar("SELECT count(*) FROM pg_constraint WHERE contype='p' AND conrelid='" + table + "'::regclass"),
                  keyed ? "1" : "0");
    }
}

TEST(PostgresSink, OneTransactionAnEpoch) {
    std::string table = unique_name("epochs");
    auto sink = make_sink("postgres", given(table, {{"create", "if_missing"}}), kKeyed);
    must(sink->open(nullptr));
    Rejected rejected;
    for (int i = 0; i < 100; ++i) write_keyed(*sink, i * 1000, 1000, "some text that makes the row longer", rejected);
    EXPECT_EQ(scalar("SELECT count(*) FROM " + table), "0");
    must(sink->prepare(1, rejected));
    EXPECT_EQ(scalar("SELECT count(*) FROM " + table), "100000");
    must(sink->prepare(2, rejected));
    write_keyed(*sink, 0, 1, "x", rejected);
    must(sink->prepare(3, rejected));
    EXPECT_EQ(scalar("SELECT count(*) FROM " + table), "100001");
    must(sink->close(true));
}

TEST(PostgresSink, UpsertKeepsTheLastRowOfAKey) {
    std::string table = unique_name("upsert");
    auto sink = make_sink("postgres", given(table, {{"create", "if_missing"}}), kKeyed, {0});
    must(sink->open(nullptr));
    Rejected rejected;
    write_keyed(*sink, 0, 12'000, "first", rejected);
    write_keyed(*sink, 0, 6'000, "second", rejected);
    must(sink->prepare(1, rejected));
    EXPECT_EQ(
        scalar("SELECT string_agg(v || n, ',' ORDER BY v) FROM (SELECT v, count(*) n FROM " + table + " GROUP BY v) t"),
        "first6000,second6000");
    write_keyed(*sink, 11'999, 2, "third", rejected);
    must(sink->prepare(2, rejected));
    EXPECT_EQ(scalar("SELECT count(*) || ',' || count(*) FILTER (WHERE v='third') FROM " + table), "12001,2");
    EXPECT_TRUE(rejected.empty());
}

TEST(PostgresSink, RefusedRowsAreFoundAndTheOthersStored) {
    for (bool keyed : {false, true}) {
        std::string table = unique_name("refused");
        query("CREATE TABLE " + table +
              " (id bigint PRIMARY KEY, v varchar(5) CHECK (v <> 'bad'), w numeric(5,2), extra int DEFAULT 7)");
        std::vector<ColumnSpec> columns = {
            {"id", TypeKind::kBigint}, {"v", TypeKind::kString}, {"w", Type::decimal(20, 2)}};
        auto sink = make_sink("postgres", given(table), columns, keyed ? std::vector<int>{0} : std::vector<int>{});
        must(sink->open(nullptr));
        Batch batch(types_of(columns), 10'000);
        for (int64_t i = 0; i < 10'000; ++i) {
            batch.set(0, i, Cell::of(i));
            batch.set(1, i, Cell::of(Str::of(i % 2500 == 7 ? "bad" : "good")));
            batch.set(2, i, Cell::of(decimal(99'999, 2)));
        }
        batch.set(0, 100, Cell());
        batch.set(1, 200, Cell::of(Str::of(std::string_view("a\0b", 3))));
        batch.set(1, 300, Cell::of(Str::of("toolong")));
        batch.set(2, 400, Cell::of(decimal(100'000, 2)));
        batch.view().rows = 10'000;
        Rejected at_write, at_commit;
        must(sink->write(batch, at_write));
        must(sink->prepare(1, at_commit));
        ASSERT_EQ(at_write.size(), 4u);
        std::vector<int64_t> rows;
        for (auto& r : at_write) rows.push_back(r.row);
        EXPECT_EQ(rows, (std::vector<int64_t>{100, 200, 300, 400}));
        ASSERT_EQ(at_commit.size(), 4u);
        EXPECT_NE(at_commit[0].reason.find("check constraint"), std::string::npos) << at_commit[0].reason;
        EXPECT_NE(at_commit[0].reason.find("(7, bad, 999.99, 7)"), std::string::npos) << at_commit[0].reason;
        EXPECT_EQ(at_commit[0].text, R"(["7","bad","999.99"])");
        EXPECT_EQ(scalar("SELECT count(*) FROM " + table), "9992");
    }
}

TEST(PostgresSink, AppendToATableWithAKeyReportsTheRepeatedRow) {
    std::string table = unique_name("repeated");
    query("CREATE TABLE " + table + " (id bigint PRIMARY KEY, v text)");
    auto sink = make_sink("postgres", given(table), kKeyed);
    must(sink->open(nullptr));
    Rejected rejected;
    write_keyed(*sink, 0, 10, "a", rejected);
    write_keyed(*sink, 5, 1, "b", rejected);
    must(sink->prepare(1, rejected));
    ASSERT_EQ(rejected.size(), 1u);
    EXPECT_NE(rejected[0].reason.find("Key (id)=(5) already exists"), std::string::npos) << rejected[0].reason;
    EXPECT_EQ(scalar("SELECT count(*) FROM " + table), "10");
}

TEST(PostgresSink, LostConnectionSendsTheEpochAgain) {
    for (bool keyed : {false, true}) {
        std::string table = unique_name("cut");
        auto sink = make_sink("postgres", given(table, {{"create", "if_missing"}}), kKeyed,
                              keyed ? std::vector<int>{0} : std::vector<int>{});
        must(sink->open(nullptr));
        Rejected rejected;
        write_keyed(*sink, 0, 50'000, "before the cut", rejected);
        query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name='streamql' AND pid <> "
            "pg_backend_pid()");
        write_keyed(*sink, 50'000, 50'000, "after the cut", rejected);
        must(sink->prepare(1, rejected));
        EXPECT_EQ(scalar("SELECT count(*) FROM " + table), "100000");
        EXPECT_TRUE(rejected.empty());
    }
}

/// Calls prepare() until it is done; the errors on the way, which are all retryable.
std::vector<Error> insist_on_prepare(Sink& sink, Rejected& rejected, const std::function<void()>& between = {}) {
    std::vector<Error> errors;
    for (int tries = 0; tries < 100; ++tries) {
        auto prepared = sink.prepare(1, rejected);
        if (prepared.ok()) return errors;
        errors.push_back(prepared.error());
        EXPECT_TRUE(errors.back().retryable) << errors.back().message;
        if (!errors.back().retryable) return errors;
        if (between) between();
    }
    ADD_FAILURE() << "never done";
    return errors;
}

TEST(PostgresSink, ALockThatIsNotGivenIsTriedAgain) {
    for (bool keyed : {false, true}) {
        std::string table = unique_name("locked");
        query("CREATE TABLE " + table + " (id bigint PRIMARY KEY, v text)");
        auto url = postgres_url() + "?options=-c%20lock_timeout%3D50ms";
        auto sink = make_sink("postgres", given(table, {{"url", url}}), kKeyed,
                              keyed ? std::vector<int>{0} : std::vector<int>{});
        must(sink->open(nullptr));
        auto holder = std::make_unique<pqxx::connection>(postgres_url());
        auto lock = std::make_unique<pqxx::work>(*holder);
        lock->exec("LOCK TABLE " + table + " IN ACCESS EXCLUSIVE MODE");
        Rejected rejected;
        // enough that COPY starts while the epoch still runs, and finds the lock
        for (int64_t i = 0; i < 20; ++i) write_keyed(*sink, i * 1000, 1000, "a text of some length", rejected);
        auto errors = insist_on_prepare(*sink, rejected, [&] { lock.reset(); });
        ASSERT_FALSE(errors.empty());
        EXPECT_NE(errors[0].message.find("lock timeout"), std::string::npos) << errors[0].message;
        EXPECT_EQ(scalar("SELECT count(*) FROM " + table), "20000");
        EXPECT_TRUE(rejected.empty());
    }
}

TEST(PostgresSink, AServerThatDoesNotAnswerIsReportedAndWaitedFor) {
    std::string table = unique_name("silent");
    query("CREATE TABLE " + table + " (id bigint, v text)");
    auto sink = make_sink("postgres", given(table), kKeyed);
    must(sink->open(nullptr));
    auto holder = std::make_unique<pqxx::connection>(postgres_url());
    auto lock = std::make_unique<pqxx::work>(*holder);
    lock->exec("LOCK TABLE " + table + " IN ACCESS EXCLUSIVE MODE");
    Rejected rejected;
    for (int64_t i = 0; i < 20; ++i) write_keyed(*sink, i * 1000, 1000, "a text of some length", rejected);
    auto errors = insist_on_prepare(*sink, rejected, [&] { lock.reset(); });
    ASSERT_FALSE(errors.empty());
    EXPECT_NE(errors[0].message.find("no answer to COPY"), std::string::npos) << errors[0].message;
    EXPECT_EQ(scalar("SELECT count(*) FROM " + table), "20000");
    // and one that never answers does not keep the job from ending
    lock = std::make_unique<pqxx::work>(*holder);
    lock->exec("LOCK TABLE " + table + " IN ACCESS EXCLUSIVE MODE");
    write_keyed(*sink, 0, 10, "x", rejected);
    EXPECT_FALSE(sink->prepare(2, rejected).ok());
    must(sink->close(false));
}

TEST(PostgresSink, NothingIsSeenOfAnEpochBeforeItsEndHoweverLargeItIs) {
    std::string table = unique_name("large");
    query("CREATE TABLE " + table + " (id bigint, v text)");
    auto sink = make_sink("postgres", given(table), kKeyed);
    must(sink->open(nullptr));
    Rejected rejected;
    const std::string text(30'000, 'x');
    for (int64_t i = 0; i < 10; ++i) write_keyed(*sink, i * 1000, 1000, text, rejected);  // 300 MB
    EXPECT_EQ(scalar("SELECT count(*) FROM " + table), "0");
    (void)insist_on_prepare(*sink, rejected);
    EXPECT_EQ(scalar("SELECT count(*) FROM " + table), "10000");
    query("DROP TABLE " + table);
}

TEST(PostgresSink, MoreRefusedRowsThanBorneEndTheSearchForThem) {
    std::string table = unique_name("all_refused");
    query("CREATE TABLE " + table + " (id bigint, v text); CREATE FUNCTION " + table +
          "_no() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'not you, %', NEW.id USING ERRCODE = 'UE001'; END $$ "
          "LANGUAGE plpgsql; CREATE TRIGGER no BEFORE INSERT ON " +
          table + " FOR EACH ROW WHEN (NEW.v = 'bad') EXECUTE FUNCTION " + table + "_no()");
    struct Case {
        Given options;
        const char* message;
    };
    for (const Case& c : {Case{{}, "refuses 1000 of 1000 rows, the last one with: not you, 999; max_error_rate is 0.5"},
                          Case{{{"on_error", "fail"}}, "refuses a row under on_error = 'fail': not you, 0"}}) {
        auto sink = make_sink("postgres", given(table, c.options), kKeyed);
        must(sink->open(nullptr));
        Rejected rejected;
        write_keyed(*sink, 0, 5000, "bad", rejected);
        auto prepared = sink->prepare(1, rejected);
        ASSERT_FALSE(prepared.ok());
        EXPECT_EQ(prepared.error().code, ErrorCode::kData);
        EXPECT_FALSE(prepared.error().retryable);
        EXPECT_NE(prepared.error().message.find(c.message), std::string::npos) << prepared.error().message;
        EXPECT_NE(prepared.error().message.find("the row: [\""), std::string::npos) << prepared.error().message;
        EXPECT_EQ(scalar("SELECT count(*) FROM " + table), "0");
    }
    // who bears them all gets them all
    auto sink = make_sink("postgres", given(table, {{"max_error_rate", "1"}}), kKeyed);
    must(sink->open(nullptr));
    Rejected rejected;
    write_keyed(*sink, 0, 1500, "bad", rejected);
    write_keyed(*sink, 1500, 1, "good", rejected);
    (void)insist_on_prepare(*sink, rejected);
    ASSERT_EQ(rejected.size(), 1500u);
    EXPECT_EQ(rejected[1499].text, R"(["1499","bad"])");
    EXPECT_EQ(scalar("SELECT count(*) FROM " + table), "1");
}

TEST(PostgresSink, ARefusedRowOfEveryTypeIsReadable) {
    for (bool keyed : {false, true}) {
        std::string table = unique_name("refused_types");
        {
            auto maker = make_sink("postgres", given(table, {{"create", "if_missing"}}), kAll,
                                   keyed ? std::vector<int>{0} : std::vector<int>{});
            must(maker->open(nullptr));
        }
        query("ALTER TABLE " + table + " ADD CHECK (k > 3)");
        auto sink = make_sink("postgres", given(table, {{"max_error_rate", "1"}}), kAll,
                              keyed ? std::vector<int>{0} : std::vector<int>{});
        must(sink->open(nullptr));
        Batch batch(types_of(kAll), 3);
        Arena arena;
        fill_all(batch, arena);
        Rejected rejected;
        must(sink->write(batch, rejected));
        (void)insist_on_prepare(*sink, rejected);
        ASSERT_EQ(rejected.size(), 3u);
        EXPECT_EQ(
            rejected[0].text,
            "[\"1\",\"true\",\"-32768\",\"2147483647\",\"-9223372036854775808\",\"0.1\",\"-Infinity\","
            "\"-9000000000000000000000000000.0000012345\",\"0.00005\",\"h\u00e9 'q' \\\\ \\t\u20ac\",\"\\\\x00ff7f\","
            "\"0001-01-01\",\"23:59:59.999999\",\"2024-05-01T10:00:00.123456Z\",\"1969-12-31T23:59:59.999999Z\","
            "\"1 year 2 mons -3 days +01:00:00.000001\",\"{\\\"a\\\": [1, null, \\\"x\\\"]}\"," +
                std::string(keyed ? R"("{\"7\",NULL,\"-8\"}","{\"a\\\"b\\\\c,{}\",\"\"}"])"
                                  : R"("[7,null,-8]","[\"a\\\"b\\\\c,{}\",\"\"]"])"));
        EXPECT_EQ(
            rejected[1].text, "[\"2\"" + [] {
                std::string nulls;
                for (size_t i = 1; i < kAll.size(); ++i) nulls += ",null";
                return nulls;
            }() + "]");
        EXPECT_NE(rejected[2].text.find("\"0.0000000000\",\"123456789.000000\""), std::string::npos)
            << rejected[2].text;
    }
}

TEST(PostgresSink, ANameThatPostgresqlWouldCutIsAnError) {
    const std::string longest(63, 't');
    must(make_sink("postgres", given(longest, {{"create", "if_missing"}}), kKeyed)->open(nullptr));
    query("DROP TABLE " + longest);
    SinkSpec spec;
    spec.name = longest + "_and_more";
    spec.columns = kKeyed;
    spec.options = checked("postgres", {{"url", postgres_url()}}, false);
    auto made = find_connector("postgres")->make_sink(spec, {});
    ASSERT_FALSE(made.ok());
    expect_part(made.error().message, "has 72 bytes");
    spec.name = "fine";
    spec.columns[1].name = longest + "_";
    EXPECT_FALSE(find_connector("postgres")->make_sink(spec, {}).ok());
    std::vector<OptionProblem> problems;
    Options options;
    options.set("table", longest + "_");
    find_connector("postgres")->check(options, false, problems);
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0].key, "table");
}

TEST(PostgresSink, SetupRunsOnceBeforeTheChecks) {
    std::string table = unique_name("setup"), path = ::testing::TempDir() + table + ".sql";
    FILE* f = fopen(path.c_str(), "w");
    fputs(("CREATE TABLE " + table + " (id bigint, v text); INSERT INTO " + table + " VALUES (-1, 'seed');").c_str(),
          f);
    fclose(f);
    auto sink = make_sink("postgres", given(table, {{"setup", path}}), kKeyed);
    must(sink->open(nullptr));
    EXPECT_EQ(scalar("SELECT v FROM " + table), "seed");
    auto missing = make_sink("postgres", given(table, {{"setup", "/nowhere.sql"}}), kKeyed)->open(nullptr);
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().message, "cannot read the setup file /nowhere.sql");
}

TEST(PostgresSink, SchemaAndQuotedNames) {
    std::string schema = unique_name("Sche ma");
    std::vector<ColumnSpec> columns = {{"Odd \"name\"", TypeKind::kInteger}, {"order", TypeKind::kString}};
    auto sink = make_sink("postgres", given("Ta ble", {{"schema", schema}, {"create", "if_missing"}}), columns, {0});
    must(sink->open(nullptr));
    Batch batch(types_of(columns), 1);
    batch.set(0, 0, Cell::of(int64_t{1}));
    batch.set(1, 0, Cell::of(Str::of("x")));
    batch.view().rows = 1;
    Rejected rejected;
    must(sink->write(batch, rejected));
    must(sink->prepare(1, rejected));
    EXPECT_EQ(scalar("SELECT \"order\" FROM \"" + schema + "\".\"Ta ble\""), "x");
}

Error open_error(const Given& options, const std::vector<ColumnSpec>& columns = kKeyed, std::vector<int> key = {}) {
    auto sink = make_sink("postgres", options, columns, std::move(key));
    auto opened = sink->open(nullptr);
    EXPECT_FALSE(opened.ok());
    Error e = opened.ok() ? Error{} : opened.error();
    EXPECT_EQ(e.code, ErrorCode::kOutside) << e.message;
    EXPECT_FALSE(e.retryable);
    EXPECT_FALSE(e.help.empty()) << e.message;
    EXPECT_EQ((e.message + e.help).find("canary"), std::string::npos);
    return e;
}

TEST(PostgresSink, ErrorsSayWhatToDo) {
    std::string table = unique_name("errors");
    query("CREATE TABLE " + table + " (id bigint, v integer, must int NOT NULL)");
    std::string wrong = table;
    std::swap(wrong[0], wrong[1]);
    Error missing = open_error(given(wrong));
    expect_part(missing.message, "has no table " + wrong);
    expect_part(missing.help, "did you mean \"" + table + "\"?");
    expect_part(missing.help, "create = 'if_missing'");
    expect_part(open_error(given(table)).message,
                "column \"v\" of table " + table + " is integer, but the sink writes STRING");
    expect_part(open_error(given(table), {{"id", TypeKind::kBigint}, {"w", TypeKind::kString}}).message,
                "has no column \"w\"");
    expect_part(open_error(given(table), {{"id", TypeKind::kBigint}, {"v", TypeKind::kInteger}}).message,
                "\"must\" of table " + table + " is NOT NULL without a default");
    Error keyless = open_error(
        given(table), {{"id", TypeKind::kBigint}, {"v", TypeKind::kInteger}, {"must", TypeKind::kInteger}}, {0});
    expect_part(keyless.message, "no primary key or unique index on (id)");
    expect_part(keyless.help, "ADD PRIMARY KEY (id)");
    Error refused = open_error({{"host", "127.0.0.1"},
                                {"port", "1"},
                                {"password", "canary"},
                                {"connect_timeout", "1s"},
                                {"user", "u"},
                                {"database", "d"}});
    expect_part(refused.message, "refused");
    expect_part(refused.help, "is the server running at 127.0.0.1:1?");
    expect_part(open_error({{"url", guarded_postgres_url("canary")}}).message, "does not let user \"guarded\" in");
    std::string other = postgres_url();
    expect_part(open_error({{"url", other.substr(0, other.rfind('/')) + "/no_such_db"}}).help, "createdb no_such_db");
    Error denied = open_error(given(table, {{"url", guarded_postgres_url("guarded")}}),
                              {{"id", TypeKind::kBigint}, {"v", TypeKind::kInteger}, {"must", TypeKind::kInteger}});
    expect_part(denied.message, "may not INSERT on table " + table);
    expect_part(denied.help, "GRANT INSERT");
}

}  // namespace
}  // namespace streamql::testing
