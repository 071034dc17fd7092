// Every scalar function and operator of the registry against PostgreSQL, on values that include the edges.
//
// The server is the one libpq's environment names (PGHOST ...); without one the test fails. A result that PostgreSQL
// gives with more than 38 digits, or a time past year 294246, must be kOverflow here; every other result must be equal
// as text, and an error an error.
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <map>
#include <random>
#include <set>

#include "compiler/functions/casts.h"
#include "compiler/functions/registry.h"
#include "runtime/functions/value_text.h"

namespace streamql {
namespace {

using K = TypeKind;
constexpr const char* kZone = "Europe/Berlin";
constexpr int kTuples = 24;

const std::map<K, std::vector<std::string>>& values() {
    static const std::map<K, std::vector<std::string>> v = {
        {K::kBoolean, {"true", "false"}},
        {K::kSmallint, {"0", "1", "-1", "7", "-13", "32767", "-32768"}},
        {K::kInteger, {"0", "1", "-1", "2", "3", "-4", "10", "100", "2024", "2147483647", "-2147483648"}},
        {K::kBigint, {"0", "1", "-1", "42", "-1000003", "9223372036854775807", "-9223372036854775808"}},
        {K::kReal, {"0", "-0", "1.5", "-2.25", "3.4e38", "1e-30", "NaN", "Infinity", "0.1", "123456.7"}},
        {K::kDouble,
         {"0", "-0", "1", "2.5", "-3.5", "0.1", "1e308", "-1e-300", "NaN", "Infinity", "-Infinity", "123456789.123",
          "0.5", "100"}},
        {K::kDecimal,
         {"0", "1", "-1", "0.5", "2.50", "-2.5", "3", "1000000", "0.001", "-123.456", "99999999999999", "1.10", "7.25",
          "0.0000012", "10"}},
        {K::kString,
         {"", "a", "Hello World", "a.b.c", "  trim me ", "straße", "日本語テキスト", "100%", "a_c", "abcabc", "x",
          "12,345.60", "b", "%b%", "-1"}},
        {K::kBytes, {"\\x", "\\x00ff", "\\x616263", "\\x68656c6c6f20776f726c6421"}},
        {K::kDate,
         {"1970-01-01", "2024-02-29", "1999-12-31", "2000-01-01", "0001-01-01", "2024-12-30", "1900-03-01",
          "0044-03-15 BC"}},
        {K::kTime, {"00:00:00", "23:59:59.999999", "12:30:45.5", "01:02:03"}},
        {K::kTimestamp,
         {"1970-01-01 00:00:00", "2024-02-29 12:34:56.789012", "1999-12-31 23:59:59.999999", "2024-03-31 02:30:00",
          "2024-10-27 02:30:00", "1969-07-20 20:17:40", "0044-03-15 10:00:00 BC", "2001-01-01 00:00:00"}},
        {K::kTimestampTz,
         {"1970-01-01 00:00:00+00", "2024-02-29 12:34:56.789012+00", "2024-03-31 01:30:00+00", "2024-10-27 00:30:00+00",
          "2024-10-27 01:30:00+00", "1969-07-20 20:17:40+00", "2050-07-01 12:00:00+00"}},
        {K::kInterval,
         {"0", "1 day", "1 mon", "-1 year 2 days", "26:03:04.5", "1 year 2 mons 3 days 04:05:06.789", "-00:00:01",
          "36 days", "15 minutes", "-3 years -4 mons -5 days -06:07:08.009", "-12 mons", "-30:00:00", "12 mons",
          "1000:00"}},
        {K::kJson,
         {"{\"a\":1,\"b\":[1,2,{\"c\":null}]}", "[1,\"two\",null,[4]]", "{\"a\":\"x\\u00e9\\n\"}", "3", "[]"}},
    };
    return v;
}

const char* postgres_type(K kind) {
    switch (kind) {
        case K::kBoolean:
            return "bool";
        case K::kSmallint:
            return "int2";
        case K::kInteger:
            return "int4";
        case K::kBigint:
            return "int8";
        case K::kReal:
            return "float4";
        case K::kDouble:
            return "float8";
        case K::kDecimal:
            return "numeric";
        case K::kString:
            return "text";
        case K::kBytes:
            return "bytea";
        case K::kDate:
            return "date";
        case K::kTime:
            return "time";
        case K::kTimestamp:
            return "timestamp";
        case K::kTimestampTz:
            return "timestamptz";
        case K::kInterval:
            return "interval";
        case K::kJson:
            return "json";
        default:
            return "?";
    }
}

/// Arguments whose words matter, by function and position.
std::vector<std::string> special_values(const std::string& name, size_t position, const ScalarFunction& f) {
    static const std::vector<std::string> fields = {"microseconds", "milliseconds", "second",     "minute",  "hour",
                                                    "day",          "week",         "month",      "quarter", "year",
                                                    "decade",       "century",      "millennium", "dow",     "isodow",
                                                    "doy",          "isoyear",      "epoch",      "julian",  "bogus"};
    if (position == 0 && (name == "date_trunc" || name == "extract" || name == "date_part")) return fields;
    if ((position == 0 && name == "timezone") || (name == "date_trunc" && position == 2))
        return {"UTC", "Europe/Berlin", "America/New_York", "+02", "Nowhere/None"};
    if (position == 1 && (name == "encode" || name == "decode")) return {"hex", "base64", "escape", "rot13"};
    if (position == 0 && name == "decode") return {"68656c6c6f", "aGVsbG8=", "abc\\\\d", "zz", ""};
    if (position == 0 && name == "to_char" && f.args[0].type == K::kDouble)
        return {"0", "1", "2.5", "-3.5", "0.1", "123456789.123", "0.5", "100"};
    if (position == 1 && name == "to_char" && Type(f.args[0].type).is_numeric())
        return {"999", "FM999,990.00", "000.00", "S999.9", "999PR", "9,999,999.99", "FM9999", "MI999", "0"};
    if (position == 1 && name == "to_char" && f.args[0].type == K::kInterval)
        return {"HH24:MI:SS",
                "DD",
                "YYYY MM",
                "FMDD HH24",
                "HH12:MI AM",
                "HH24 MS US FF3 SSSS",
                "DDD WW W",
                "Y,YYY YYY YY Y",
                "CC Q",
                "RM rm",
                "Day",
                "Month",
                "D ID",
                "J IYYY IW",
                "TZ",
                "OF",
                "BC",
                "HH24TH DDth FMHH24",
                "FMMI:FMSS FMMM"};
    if (position == 1 && name == "to_char")
        return {"YYYY-MM-DD HH24:MI:SS", "Dy, DD Mon YYYY HH12:MI:SS.MS AM",
                "FMDay FMDDth FMMonth",  "IYYY-IW-ID",
                "Q CC DDD US",           "HH24:MI:SS TZH:TZM OF"};
    if (position == 1 && name == "to_number") return {"99,999.99", "999", "S9999.9"};
    if (position == 1 && (name[0] == '~' || name[0] == '!' || name.starts_with("regexp")))
        return {"b", "^a", "[a-c]+", "(l+)o", "\\d+", "(", "x|W", "c$", "a|ab", "(a|ab)(c|bcd)?", "b*?c", "l+?"};
    if (position == 2 && name == "regexp_replace") return {"<\\1>", "X", "[\\&]"};
    if (position == 3 && name == "regexp_replace" && f.args[3].type == K::kInteger) return {"1", "2", "4", "99", "0"};
    if (position == 4 && name == "regexp_replace") return {"0", "1", "2", "-1"};
    if (position == 5 && name == "regexp_replace") return {"g", "i", "c"};
    if (position == 3 && name == "regexp_replace") return {"g", "i", "gi"};
    if (position == 1 && (name == "->" || name == "->>") && f.args[1].type == K::kString) return {"a", "b", "zz"};
    if (name == "regexp_match" && position == 2) return {"i", "n", "c"};
    if ((name == "left" || name == "right") && position == 1) return {"0", "1", "3", "-1", "-2", "100"};
    if ((name == "^" || name.starts_with("pow")) &&
        f.args[0].type == K::kDecimal)  // at a power of ten the estimates of digits differ by one
        return {"0", "1", "-1", "0.5", "2.50", "-2.5", "3", "10", "1.10", "7.25", "0.001", "-123.456"};
    if (name == "repeat" && position == 1) return {"0", "3", "-1"};
    if ((name == "lpad" || name == "rpad") && position == 1) return {"0", "3", "20", "-1"};
    return {};
}

struct Case {
    const ScalarFunction* function;
    std::vector<std::string> args;
    std::string sql;
};

std::string quoted(const std::string& text) {
    std::string s = "'";
    for (char c : text) s += c == '\'' ? "''" : std::string(1, c);
    return s + "'";
}

std::string sql_of(const ScalarFunction& f, const std::vector<std::string>& args) {
    std::vector<std::string> a;
    for (size_t i = 0; i < args.size(); ++i) {
        K kind = f.args[std::min(i, f.args.size() - 1)].type;
        a.push_back(quoted(args[i]) + "::" + postgres_type(kind));
    }
    bool word = (f.name[0] | 32) >= 'a' && (f.name[0] | 32) <= 'z';
    if (f.name.find("LIKE") != std::string::npos)
        return a[0] + " " + f.name + " " + a[1] + (a.size() > 2 ? " ESCAPE " + a[2] : "");
    if (!word) return a.size() == 1 ? f.name + " " + a[0] : a[0] + " " + f.name + " " + a[1];
    if (f.name == "extract") return "extract(" + args[0] + " from " + a[1] + ")";
    if (f.name == "position") return "position(" + a[0] + " in " + a[1] + ")";
    std::string s = f.name + "(";
    for (size_t i = 0; i < a.size(); ++i) s += (i > 0 ? ", " : "") + a[i];
    return s + ")";
}

/// What a function gives, as PostgreSQL prints it; "ERROR" for a row error.
std::string ours(const Case& c, KernelContext& ctx) {
    std::vector<Cell> cells(c.args.size());
    for (size_t i = 0; i < c.args.size(); ++i) {
        Type type(c.function->args[std::min(i, c.function->args.size() - 1)].type);
        EXPECT_EQ(parse_value(type, c.args[i], *find_timezone(kZone), *ctx.arena, &cells[i]), RowError::kOk)
            << c.args[i];
    }
    Cell out;
    RowError e = c.function->kernel(&ctx, cells.data(), static_cast<int32_t>(cells.size()), &out);
    if (e != RowError::kOk) return std::string("ERROR ") + row_error_name(e);
    if (out.null) return "NULL";
    std::string text;
    std::vector<Type> types;
    for (const TypePattern& p : c.function->args) types.push_back(p.type);
    append_text(c.function->result_type(types).kind, out, *find_timezone(kZone), text);
    return text;
}

bool has_exact_patterns(const ScalarFunction& f) {
    for (const TypePattern& p : f.args)
        if (p.kind != TypePattern::Kind::kExact) return false;
    return true;
}

/// Not in PostgreSQL 15, or not comparable (the clock).
const std::set<std::string>& skipped() {
    static const std::set<std::string> s = {"json_value", "url_host", "url_path", "url_param",
                                            "xxhash64",   "murmur2",  "now",      "current_timestamp"};
    return s;
}

bool same(const std::string& mine, const std::string& theirs, K result, int max_digits = 38) {
    if (mine == theirs) return true;
    bool my_error = mine.starts_with("ERROR"), their_error = theirs.starts_with("ERROR");
    if (my_error && their_error) return true;
    // Infinite times are not here, to_char prints no '###' for what no DECIMAL holds, make_interval does not wrap
    // around.
    if (mine == "ERROR overflow" && (theirs.find("nfinity") != std::string::npos ||
                                     theirs.find('#') != std::string::npos || result == K::kInterval))
        return true;
    if (mine == "ERROR overflow" && result == K::kDecimal) {
        int digits = 0, scale = 0;
        bool point = false;
        for (char ch : theirs) {
            if (ch == '.') point = true;
            if (ch >= '0' && ch <= '9') ++digits, scale += point;
        }
        return digits > max_digits || scale > 38 || theirs == "NaN" || theirs.find("nfinity") != std::string::npos;
    }
    if (my_error || their_error || (result != K::kDouble && result != K::kReal)) return false;
    return std::abs(std::stod(mine) - std::stod(theirs)) <=
           1e-14 * std::abs(std::stod(theirs));  // the last bit of libm
}

std::vector<Case> cases() {
    std::mt19937 random(20240501);
    std::vector<Case> list;
    for (const ScalarFunction& f : scalar_functions()) {
        if (!has_exact_patterns(f) || skipped().contains(f.name)) continue;
        for (int i = 0; i < kTuples; ++i) {
            Case c{&f, {}, {}};
            for (size_t a = 0; a < f.args.size() + (f.variadic ? 1 : 0); ++a) {
                auto pool = special_values(f.name, a, f);
                if (pool.empty()) pool = values().at(f.args[std::min(a, f.args.size() - 1)].type);
                c.args.push_back(pool[random() % pool.size()]);
            }
            c.sql = sql_of(f, c.args);
            list.push_back(std::move(c));
            if (f.args.empty()) break;
        }
    }
    return list;
}

class Postgres {
  public:
    Postgres() : c_(PQconnectdb("")) {
        if (PQstatus(c_) != CONNECTION_OK) return;
        PQclear(PQexec(c_, (std::string("SET timezone='") + kZone +
                            "'; SET client_min_messages=error;"
                            "CREATE OR REPLACE FUNCTION pg_temp.attempt(q text) RETURNS text LANGUAGE plpgsql AS $$ "
                            "DECLARE r text; BEGIN "
                            "EXECUTE 'SELECT (' || q || ')::text' INTO r; RETURN coalesce(r, 'NULL'); "
                            "EXCEPTION WHEN OTHERS THEN RETURN 'ERROR ' || SQLERRM; END $$")
                               .c_str()));
    }
    ~Postgres() { PQfinish(c_); }
    bool ok() const { return PQstatus(c_) == CONNECTION_OK; }
    std::string error() const { return PQerrorMessage(c_); }
    std::string attempt(const std::string& sql) {
        const char* params[] = {sql.c_str()};
        PGresult* r = PQexecParams(c_, "SELECT pg_temp.attempt($1)", 1, nullptr, params, nullptr, nullptr, 0);
        std::string text =
            PQresultStatus(r) == PGRES_TUPLES_OK ? PQgetvalue(r, 0, 0) : std::string("FAILED ") + PQerrorMessage(c_);
        PQclear(r);
        return text;
    }

  private:
    PGconn* c_;
};

TEST(Differential, FunctionsAndOperators) {
    Postgres postgres;
    ASSERT_TRUE(postgres.ok()) << postgres.error();
    Arena arena;
    KernelContext ctx{&arena, 0, find_timezone(kZone)};
    std::map<std::string, int> failed;
    for (const Case& c : cases()) {
        arena.reset();
        std::string mine = ours(c, ctx), theirs = postgres.attempt(c.sql);
        K result = c.function->result_rule ? K::kArray : c.function->result.kind;
        bool power = c.function->name == "^" || c.function->name.starts_with("pow");  // 33 digits where it is not exact
        if (same(mine, theirs, result, power ? 33 : 38) || ++failed[c.function->name] > 4) continue;
        ADD_FAILURE() << c.sql << "\n  ours:       " << mine << "\n  PostgreSQL: " << theirs;
    }
}

/// TIME(p), TIMESTAMP(p) and TIMESTAMPTZ(p).
TEST(Differential, DigitsOfTheSecond) {
    Postgres postgres;
    ASSERT_TRUE(postgres.ok()) << postgres.error();
    Arena arena;
    KernelContext ctx{&arena, 0, find_timezone(kZone)};
    for (K kind : {K::kTime, K::kTimestamp, K::kTimestampTz})
        for (int digits = 0; digits < 6; ++digits)
            for (std::string v :
                 {"12:34:56.789012", "00:00:00.499999", "00:00:00.5", "23:59:59.9999995", "01:00:00.05"}) {
                for (std::string day : {"2024-02-29 ", "1969-07-20 "}) {
                    std::string text = kind == K::kTime ? v : day + v, printed;
                    Cell args[2], out;
                    ASSERT_EQ(parse_value(kind, text, *find_timezone(kZone), arena, &args[0]), RowError::kOk) << text;
                    args[1] = Cell::of(time_unit(time_type(kind, digits)));
                    const ScalarFunction* cast = find_cast(kind, kind, CastContext::kImplicit);
                    ASSERT_EQ(cast->kernel(&ctx, args, 2, &out), RowError::kOk);
                    append_text(kind, out, *find_timezone(kZone), printed);
                    std::string sql =
                        streamql::quoted(text) + "::" + postgres_type(kind) + "(" + std::to_string(digits) + ")";
                    EXPECT_EQ(printed, postgres.attempt(sql)) << sql;
                }
            }
}

/// What the random tuples above may miss.
TEST(Differential, KeptCases) {
    Postgres postgres;
    ASSERT_TRUE(postgres.ok()) << postgres.error();
    Arena arena;
    KernelContext ctx{&arena, 0, find_timezone(kZone)};
    struct Kept {
        const char* name;
        size_t arguments;
        K last;
        std::vector<std::string> args;
    };
    const Kept kept[] = {
        {"regexp_replace", 3, K::kString, {"tab", "a|ab", "x"}},
        {"regexp_replace", 4, K::kString, {"abcabcd", "(a|ab)(c|bcd)", "<\\1,\\2>", "g"}},
        {"regexp_replace", 4, K::kInteger, {"aaaa", "a", "X", "3"}},
        {"regexp_replace", 4, K::kInteger, {"aaaa", "^a", "X", "2"}},
        {"regexp_replace", 5, K::kInteger, {"straße straße", "s", "X", "2", "2"}},
        {"regexp_replace", 5, K::kInteger, {"abc", "x*", "-", "2", "0"}},
        {"regexp_replace", 6, K::kString, {"aAaA", "A", "x", "2", "2", "i"}},
        {"regexp_match", 2, K::kString, {"foobarbequebaz", "ba.|barbeq"}},
        {"substring", 2, K::kString, {"XY1234Z", "Y*([0-9]{1,3})"}},
        {"substring", 2, K::kString, {"XY1234Z", "Y*?([0-9]{1,3}?)"}},
        {"ILIKE", 2, K::kString, {"ÄRGER", "ärg%"}},
        {"ILIKE", 2, K::kString, {"ärger", "%ÄRGER"}},
        {"ILIKE", 2, K::kString, {"STRASSE", "straße"}},
        {"ILIKE", 2, K::kString, {"Привет", "приВ_т"}},
        {"ILIKE", 3, K::kString, {"AxB", "aXB", "X"}},
        {"LIKE", 3, K::kString, {"a%b", "aß%b", "ß"}},
        {"LIKE", 3, K::kString, {"a\\b", "a\\b", ""}},
        {"to_char", 2, K::kString, {"100:20:30", "HH24:MI:SS"}},
        {"to_char", 2, K::kString, {"3 days 100:20:30", "Day"}},
        {"to_char", 2, K::kString, {"1 year 2 mons 3 days", "J DDD IW IYYY RM"}},
    };
    for (const Kept& k : kept) {
        arena.reset();
        const ScalarFunction* found = nullptr;
        bool interval = std::string(k.name) == "to_char";
        for (const ScalarFunction* f : find_scalar_functions(k.name))
            if (f->args.size() == k.arguments && f->args.back().type == k.last &&
                f->args[0].type == (interval ? K::kInterval : K::kString))
                found = f;
        ASSERT_NE(found, nullptr) << k.name;
        Case c{found, k.args, sql_of(*found, k.args)};
        std::string mine = ours(c, ctx), theirs = postgres.attempt(c.sql);
        EXPECT_TRUE(same(mine, theirs, found->result_rule ? K::kArray : found->result.kind))
            << c.sql << "\n  ours:       " << mine << "\n  PostgreSQL: " << theirs;
    }
}

TEST(Differential, Casts) {
    Postgres postgres;
    ASSERT_TRUE(postgres.ok()) << postgres.error();
    Arena arena;
    KernelContext ctx{&arena, 0, find_timezone(kZone)};
    for (const ScalarFunction* f : all_casts()) {
        K from = f->args[0].type, to = f->result.kind;
        if (!values().contains(from) || !values().contains(to)) continue;
        for (const std::string& v : values().at(from == K::kString ? to : from)) {
            arena.reset();
            Case c{f, {v}, quoted(v) + "::" + postgres_type(from) + "::" + postgres_type(to)};
            std::string mine = ours(c, ctx), theirs = postgres.attempt(c.sql);
            if (!same(mine, theirs, to))
                ADD_FAILURE() << c.sql << "\n  ours:       " << mine << "\n  PostgreSQL: " << theirs;
        }
    }
}

}  // namespace
}  // namespace streamql
