#include "compiler/parse/parse.h"

#include <array>
#include <random>

#include <gtest/gtest.h>

#include "compiler/ast/print.h"
#include "compiler/diagnostics/render.h"
#include "tests/unit/parse/sample_script.h"

namespace streamql {
namespace {

std::optional<std::string> no_environment(std::string_view name) {
    return name == "HOST" ? std::optional<std::string>("kafka") : std::nullopt;
}

/// The dump of a script, or what the parser says about it.
std::string parsed(const std::string& text) {
    SourceText source("test.sql", text);
    Diagnostics diagnostics;
    ast::Script script = parse(source, diagnostics, no_environment);
    return diagnostics.has_errors() ? render(diagnostics, source) : ast::dump(script);
}

std::string expr(const std::string& text) {
    std::string out = parsed("SELECT " + text + ";");
    return out.starts_with("SELECT ") ? out.substr(7, out.size() - 9) : out;
}

std::string query(const std::string& text) {
    std::string out = parsed(text + ";");
    if (out.ends_with(";\n")) out.resize(out.size() - 2);
    for (char& c : out)
        if (c == '\n') c = ' ';
    return out;
}

TEST(ParseExpression, PrecedenceAsInPostgres) {
    EXPECT_EQ(expr("a OR b AND NOT c = d"), "a OR b AND NOT c = d");
    EXPECT_EQ(expr("(a OR b) AND c"), "(a OR b) AND c");
    EXPECT_EQ(expr("a = b IS NULL"), "a = b IS NULL");
    EXPECT_EQ(expr("a = (b IS NULL)"), "a = (b IS NULL)");
    EXPECT_EQ(expr("a + b * c ^ d - -e"), "a + b * c ^ d - -e");
    EXPECT_EQ(expr("(a + b) * c"), "(a + b) * c");
    EXPECT_EQ(expr("a - (b - c)"), "a - (b - c)");
    EXPECT_EQ(expr("a -> 'b' ->> 'c' = 'd'"), "a -> 'b' ->> 'c' = 'd'");
    EXPECT_EQ(expr("a || b + 1"), "a || b + 1");
    EXPECT_EQ(expr("a < b + 1 AND x BETWEEN 1 AND 2 AND y"), "a < b + 1 AND x BETWEEN 1 AND 2 AND y");
    EXPECT_EQ(expr("-a::int"), "-CAST(a AS INT)");
    EXPECT_EQ(expr("- - a"), "- -a");
    EXPECT_EQ(expr("a LIKE 'x%' = b"), "a LIKE 'x%' = b");
    EXPECT_EQ(expr("(a = b) = c"), "a = b = c");
}

TEST(ParseExpression, Forms) {
    EXPECT_EQ(expr("a NOT LIKE 'x' ESCAPE '!', b ILIKE c, d SIMILAR TO e"),
              "a NOT LIKE 'x' ESCAPE '!', b ILIKE c, d SIMILAR TO e");
    EXPECT_EQ(expr("a IS NOT DISTINCT FROM b, c IS UNKNOWN, d NOTNULL, e isnull"),
              "a IS NOT DISTINCT FROM b, c IS UNKNOWN, d IS NOT NULL, e IS NULL");
    EXPECT_EQ(expr("a NOT BETWEEN SYMMETRIC 1 AND 2, b NOT IN (1, 2), c IN (SELECT x FROM t)"),
              "a NOT BETWEEN SYMMETRIC 1 AND 2, b NOT IN (1, 2), c IN (SELECT x FROM t)");
    EXPECT_EQ(expr("EXISTS (SELECT 1 FROM t) WITHIN 5 MINUTES"), "EXISTS (SELECT 1 FROM t) WITHIN INTERVAL '00:05:00'");
    EXPECT_EQ(expr("a = ANY (b), a <> ALL (ARRAY[1]), a = ANY (SELECT 1)"),
              "a = ANY (b), a <> ALL (ARRAY[1]), a IN (SELECT 1)");
    EXPECT_EQ(expr("CASE a WHEN 1 THEN 'x' END, CASE WHEN a THEN b ELSE c END"),
              "CASE a WHEN 1 THEN 'x' END, CASE WHEN a THEN b ELSE c END");
    EXPECT_EQ(
        expr("CAST(a AS DECIMAL(12, 2)), TRY_CAST(b AS ARRAY<STRUCT<x INT, y MAP<STRING, INT>>>), c::text[]"),
        "CAST(a AS DECIMAL(12, 2)), TRY_CAST(b AS ARRAY<STRUCT<x INT, y MAP<STRING, INT>>>), CAST(c AS ARRAY<TEXT>)");
    EXPECT_EQ(expr("a::timestamp(3) with time zone, b::double precision"),
              "CAST(a AS TIMESTAMP(3) WITH TIME ZONE), CAST(b AS DOUBLE PRECISION)");
    EXPECT_EQ(expr("EXTRACT(hour FROM ts), POSITION('a' IN b), SUBSTRING(a FROM 2 FOR 3), substring(a, 2), substring(a "
                   "FOR 3)"),
              "extract('hour', ts), position('a', b), substring(a, 2, 3), substring(a, 2), substring(a, 1, 3)");
    EXPECT_EQ(expr("TRIM(a), TRIM(LEADING 'x' FROM a), trim(trailing from a), overlay(a placing b from 1 for 2)"),
              "btrim(a), ltrim(a, 'x'), rtrim(a), overlay(a, b, 1, 2)");
    EXPECT_EQ(expr("ts AT TIME ZONE 'UTC', CURRENT_TIMESTAMP, left(a, 1)"),
              "timezone('UTC', ts), current_timestamp(), left(a, 1)");
    EXPECT_EQ(expr("a.b.c, (f(x)).y, tags[1].name, a[1:2], a[:2], (1, 2), ROW(), MAP['k', 1]"),
              "a.b.c, f(x).y, tags[1].name, a[1:2], a[:2], ROW(1, 2), ROW(), MAP['k', 1]");
    EXPECT_EQ(expr("DATE '2024-01-01', TIMESTAMP WITH TIME ZONE '2024-01-01', E'a\\n\\'b', 1.5, 1e3, .5"),
              "DATE '2024-01-01', TIMESTAMP WITH TIME ZONE '2024-01-01', 'a\n''b', 1.5, 1e3, .5");
    EXPECT_EQ(expr("INTERVAL '5' MINUTE, INTERVAL '1-2' YEAR TO MONTH, INTERVAL '12:30' MINUTE TO SECOND"),
              "INTERVAL '00:05:00', INTERVAL '1 year 2 mons', INTERVAL '00:12:30'");
    EXPECT_EQ(expr("Abc, \"Abc\", `x y`, \"a\"\"b\""), "abc, \"Abc\", \"x y\", \"a\"\"b\"");
    EXPECT_EQ(expr("date, timestamp, year, minute, window, key, map, interval"),
              "date, timestamp, year, minute, window, key, map, interval");
}

TEST(ParseExpression, Calls) {
    EXPECT_EQ(expr("count(*), count(DISTINCT a) FILTER (WHERE b > 1), f(x, y => 1)"),
              "count(*), count(DISTINCT a) FILTER (WHERE b > 1), f(x, y => 1)");
    EXPECT_EQ(expr("string_agg(a, ',' ORDER BY b DESC NULLS LAST)"), "string_agg(a, ',' ORDER BY b DESC NULLS LAST)");
    EXPECT_EQ(expr("percentile_cont(0.5) WITHIN GROUP (ORDER BY a)"), "percentile_cont(0.5) WITHIN GROUP (ORDER BY a)");
    EXPECT_EQ(expr("row_number() OVER (PARTITION BY a ORDER BY b), sum(x) OVER w"),
              "row_number() OVER (PARTITION BY a ORDER BY b), sum(x) OVER w");
    EXPECT_EQ(expr("sum(x) OVER (ORDER BY ts RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW)"),
              "sum(x) OVER (ORDER BY ts RANGE BETWEEN INTERVAL '01:00:00' PRECEDING AND CURRENT ROW)");
    EXPECT_EQ(expr("sum(x) OVER (ROWS 5 PRECEDING)"), "sum(x) OVER (ROWS BETWEEN 5 PRECEDING AND CURRENT ROW)");
    EXPECT_EQ(expr("sum(x) OVER (RANGE 10 MINUTES PRECEDING)"),
              "sum(x) OVER (RANGE BETWEEN INTERVAL '00:10:00' PRECEDING AND CURRENT ROW)");
}

TEST(ParseQuery, Clauses) {
    EXPECT_EQ(query("SELECT DISTINCT ON (a) a, b.*, * FROM t AS x (p, q) WHERE a GROUP BY ROLLUP (a, (b, c)), GROUPING "
                    "SETS ((), a) HAVING b QUALIFY c"),
              "SELECT DISTINCT ON (a) a, b.*, * FROM t AS x(p, q) WHERE a GROUP BY ROLLUP (a, (b, c)), GROUPING SETS "
              "((), a) HAVING b QUALIFY c");
    EXPECT_EQ(query("SELECT a FROM t EMIT CHANGES LIMIT 5"), "SELECT a FROM t LIMIT 5 EMIT CHANGES");
    EXPECT_EQ(query("SELECT a FROM t ORDER BY a DESC, b NULLS FIRST OFFSET 2 ROWS FETCH FIRST 3 ROWS ONLY"),
              "SELECT a FROM t ORDER BY a DESC, b NULLS FIRST LIMIT 3 OFFSET 2");
    EXPECT_EQ(query("SELECT a FROM t LATE DATA TO late EMIT PERIODIC 10 SECONDS"),
              "SELECT a FROM t EMIT PERIODIC INTERVAL '00:00:10' LATE DATA TO late");
    EXPECT_EQ(query("WITH a AS (SELECT 1), b (x) AS (VALUES (1), (2)) SELECT x FROM b"),
              "WITH a AS (SELECT 1), b (x) AS (VALUES (1), (2)) SELECT x FROM b");
    EXPECT_EQ(query("SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3 EXCEPT (SELECT 4 LIMIT 1)"),
              "SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3 EXCEPT (SELECT 4 LIMIT 1)");
    EXPECT_EQ(query("SELECT x FROM t WINDOW w AS (PARTITION BY a), v AS (w ORDER BY b)"),
              "SELECT x FROM t WINDOW w AS (PARTITION BY a), v AS (w ORDER BY b)");
}

TEST(ParseQuery, Windows) {
    const char* expected =
        "SELECT count(*) FROM t WINDOW TUMBLING (ON t.ts, SIZE INTERVAL '00:05:00', OFFSET INTERVAL '-00:01:00', "
        "TIMEZONE 'Europe/Berlin', GRACE PERIOD INTERVAL '01:00:00') WHERE a GROUP BY b";
    const char* window =
        "WINDOW TUMBLING (SIZE 5 MINUTES, OFFSET -1 MINUTE, TIMEZONE 'Europe/Berlin', GRACE PERIOD 1 HOUR, ON t.ts)";
    EXPECT_EQ(query(std::string("SELECT count(*) FROM t ") + window + " WHERE a GROUP BY b"), expected);
    EXPECT_EQ(query(std::string("SELECT count(*) FROM t WHERE a ") + window + " GROUP BY b"), expected);
    EXPECT_EQ(query("SELECT 1 FROM t WINDOW SESSION (30 MINUTES)"),
              "SELECT 1 FROM t WINDOW SESSION (GAP INTERVAL '00:30:00')");
    EXPECT_EQ(query("SELECT 1 FROM t WINDOW CUMULATING (SIZE 1 DAY, STEP 1 HOUR)"),
              "SELECT 1 FROM t WINDOW CUMULATING (SIZE INTERVAL '1 day', STEP INTERVAL '01:00:00')");
    EXPECT_EQ(
        query("SELECT 1 FROM TABLE(HOP(TABLE bid, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '10' SECOND)) AS b"),
        "SELECT 1 FROM HOP(TABLE bid, DESCRIPTOR(ts), INTERVAL '00:00:02', INTERVAL '00:00:10') AS b");
    EXPECT_EQ(query("SELECT 1 FROM TUMBLE(bid, ts, INTERVAL '10 seconds')"),
              "SELECT 1 FROM TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '00:00:10')");
    EXPECT_EQ(query("SELECT 1 FROM TUMBLE(DATA => TABLE b, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '10' MINUTES)"),
              "SELECT 1 FROM TUMBLE(TABLE b, DESCRIPTOR(ts), INTERVAL '00:10:00')");
    EXPECT_EQ(query("SELECT 1 FROM SESSION(TABLE b PARTITION BY k, DESCRIPTOR(ts), INTERVAL '5' MINUTE)"),
              "SELECT 1 FROM SESSION(TABLE b PARTITION BY k, DESCRIPTOR(ts), INTERVAL '00:05:00')");
}

TEST(ParseQuery, Relations) {
    EXPECT_EQ(
        query("SELECT 1 FROM a JOIN b WITHIN 30 MINUTES GRACE PERIOD 1 DAY ON a.k = b.k ATTRIBUTE TIME_DECAY (7 DAYS)"),
        "SELECT 1 FROM a JOIN b WITHIN INTERVAL '00:30:00' GRACE PERIOD INTERVAL '1 day' ON a.k = b.k ATTRIBUTE "
        "TIME_DECAY (INTERVAL '7 days')");
    EXPECT_EQ(
        query(
            "SELECT 1 FROM a LEFT OUTER JOIN b WITHIN (1 HOUR, 0 SECONDS) ON a.k = b.k ATTRIBUTE POSITION (40 %, 40)"),
        "SELECT 1 FROM a LEFT JOIN b WITHIN (INTERVAL '01:00:00' BEFORE, INTERVAL '00:00:00' AFTER) ON a.k = b.k "
        "ATTRIBUTE POSITION (40 %, 40 %)");
    EXPECT_EQ(query("SELECT 1 FROM a JOIN b WITHIN (1 HOUR AFTER, 2 HOURS BEFORE) USING (k)"),
              "SELECT 1 FROM a JOIN b WITHIN (INTERVAL '02:00:00' BEFORE, INTERVAL '01:00:00' AFTER) USING (k)");
    EXPECT_EQ(query("SELECT 1 FROM o JOIN r FOR SYSTEM_TIME AS OF o.ts AS x ON o.c = x.c"),
              "SELECT 1 FROM o JOIN r FOR SYSTEM_TIME AS OF o.ts AS x ON o.c = x.c");
    EXPECT_EQ(query("SELECT 1 FROM l ASOF LEFT JOIN r ON l.k = r.k AND l.ts >= r.ts"),
              "SELECT 1 FROM l ASOF LEFT JOIN r ON l.k = r.k AND l.ts >= r.ts");
    EXPECT_EQ(query("SELECT 1 FROM a x DEDUPLICATE BY (id, k) ORDER BY ts WITHIN 30 MINUTES JOIN b ON x.k = b.k"),
              "SELECT 1 FROM a AS x DEDUPLICATE BY (id, k) ORDER BY ts WITHIN INTERVAL '00:30:00' JOIN b ON x.k = b.k");
    EXPECT_EQ(query("SELECT 1 FROM a, LATERAL (SELECT 2) s, UNNEST(a.tags) WITH ORDINALITY AS u (tag, n), "
                    "generate_series(1, 3) g"),
              "SELECT 1 FROM a CROSS JOIN LATERAL (SELECT 2) AS s CROSS JOIN UNNEST(a.tags) WITH ORDINALITY AS u(tag, "
              "n) CROSS JOIN generate_series(1, 3) AS g");
    EXPECT_EQ(query("SELECT 1 FROM ((SELECT 1) UNION ALL (SELECT 2)) AS u FULL JOIN (b CROSS JOIN c) ON TRUE"),
              "SELECT 1 FROM ((SELECT 1) UNION ALL (SELECT 2)) AS u FULL JOIN (b CROSS JOIN c) ON TRUE");
}

TEST(ParseStatement, AllKinds) {
    EXPECT_EQ(parsed("set state.dir to 'x'; SET 'a-b' = 10 SECONDS;"),
              "SET 'state.dir' = 'x';\nSET 'a-b' = INTERVAL '00:00:10';\n");
    EXPECT_EQ(parsed("CREATE TABLE IF NOT EXISTS t (id INT PRIMARY KEY NOT ENFORCED, b ROW<x INT> METADATA VIRTUAL "
                     "CHECK (b > 1)) WITH ('null' = '', end = latest, x.y = true, n = -5, p = SECRET 'env:P');"),
              "CREATE TABLE IF NOT EXISTS t (\n  id INT,\n  b STRUCT<x INT> METADATA FROM 'b',\n  CHECK (b > 1),\n  "
              "PRIMARY KEY (id)\n) WITH (\n"
              "  'null' = '',\n  'end' = latest,\n  'x.y' = true,\n  'n' = -5,\n  'p' = SECRET 'env:P'\n);\n");
    EXPECT_EQ(parsed("CREATE SINK k (a, b) PARTITIONED BY (a) WITH (path = '${HOST}:${PORT:-9092}$x');"),
              "CREATE SINK k (\n  a,\n  b\n) PARTITIONED BY (a) WITH (\n  'path' = 'kafka:9092$x'\n);\n");
    EXPECT_EQ(parsed("CREATE TEMPORARY VIEW v (x) AS SELECT 1; CREATE FUNCTION f(x DOUBLE) RETURNS DOUBLE AS 'x * 2';"),
              "CREATE VIEW v (x) AS\n  SELECT 1;\nCREATE FUNCTION f(x DOUBLE) RETURNS DOUBLE AS 'x * 2';\n");
    EXPECT_EQ(parsed("EXECUTE STATEMENT SET BEGIN INSERT INTO k (a) SELECT 1; INSERT INTO k VALUES (1, 2); END;"),
              "INSERT INTO k (a)\n  SELECT 1;\nINSERT INTO k\n  VALUES (1, 2);\n");
    EXPECT_EQ(parsed("EXPLAIN SELECT 1; EXPLAIN ANALYZE INSERT INTO k SELECT 1 -- end"),
              "EXPLAIN SELECT 1;\nEXPLAIN ANALYZE INSERT INTO k\n  SELECT 1;\n");
    EXPECT_EQ(parsed(" ;; -- nothing\n /* at all */"), "");
}

TEST(ParseStatement, SpansPointIntoTheText) {
    SourceText source("s", "SELECT 1;\nCREATE FUNCTION f(x INT) RETURNS INT AS 'x + yy';");
    Diagnostics diagnostics;
    ast::Script script = parse(source, diagnostics, no_environment);
    ASSERT_EQ(script.statements.size(), 2u);
    EXPECT_EQ(source.text(script.statements[0].span), "SELECT 1");
    const auto& f = std::get<ast::CreateFunction>(script.statements[1].node);
    EXPECT_EQ(source.text(std::get<ast::Binary>(f.body->node).right->span), "yy");
}

TEST(Parse, DumpParsesToItself) {
    std::string first = parsed(kSampleScript);
    ASSERT_EQ(first.find("error["), std::string::npos) << first;
    EXPECT_EQ(parsed(first), first);
}

TEST(Parse, LongFlatTextsAreFine) {
    std::string list = "SELECT a FROM t WHERE a IN (0";
    for (int i = 1; i < 20000; ++i) list += "," + std::to_string(i);
    EXPECT_EQ(parsed(list + ");").find("error["), std::string::npos);
    std::string chain = "SELECT a FROM t WHERE a = 0";
    for (int i = 1; i < 500; ++i) chain += " OR a = " + std::to_string(i);
    EXPECT_EQ(parsed(chain + ";").find("error["), std::string::npos);
}

TEST(Parse, HostileDepthIsAnErrorNotACrash) {
    auto repeat = [](const std::string& s, int n) {
        std::string out;
        for (int i = 0; i < n; ++i) out += s;
        return out;
    };
    for (const std::string& text :
         {repeat("(", 50000), "SELECT " + repeat("NOT ", 50000) + "a", "SELECT " + repeat("- ", 50000) + "a",
          "SELECT a" + repeat("::int", 50000), "SELECT a" + repeat(" + a", 50000),
          "SELECT a" + repeat(" IS NULL", 9000), "SELECT " + repeat("CASE WHEN ", 9000),
          "SELECT CAST(a AS " + repeat("ARRAY<", 9000), "SELECT 1" + repeat(" UNION SELECT 1", 5000),
          "SELECT 1 FROM a" + repeat(", a", 5000), "SELECT a" + repeat("[1]", 5000), repeat("SELECT (", 5000)})
        EXPECT_NE(parsed(text).find("error["), std::string::npos) << text.substr(0, 40);
    EXPECT_NE(parsed("SELECT " + repeat("(", 190) + "1" + repeat(")", 190) + ";").find("SELECT 1"), std::string::npos);
    EXPECT_NE(parsed("SELECT '" + repeat("x", 2 << 20) + "';").find("error[too-long]"), std::string::npos);
}

// Words dropped, doubled, swapped and replaced, bytes flipped: whatever comes out, the parser ends and says something
// or gives a tree whose dump parses to itself.
TEST(Parse, DamagedScriptsNeitherCrashNorHang) {
    std::mt19937 random(20240501);
    std::string text = kSampleScript;
    auto pick = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
    for (int round = 0; round < 150; ++round) {
        std::string damaged = text;
        for (size_t hits = 1 + pick(3); hits > 0; --hits) {
            size_t at = pick(damaged.size()), length = std::min(pick(12) + 1, damaged.size() - at);
            switch (pick(4)) {
                case 0:
                    damaged.erase(at, length);
                    break;
                case 1:
                    damaged.insert(at, damaged.substr(pick(damaged.size() - 12), 12));
                    break;
                case 2:
                    damaged[at] = static_cast<char>(pick(256));
                    break;
                default:
                    damaged.replace(at, length,
                                    std::array{" ( ", ")", "'", ";", " FROM ", "\"", ",", " END "}[pick(8)]);
            }
        }
        std::string first = parsed(damaged);
        if (first.find("error[") == std::string::npos) {
            EXPECT_EQ(parsed(first), first) << damaged;
        }
    }
}

}  // namespace
}  // namespace streamql
