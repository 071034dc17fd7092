// The registry as a whole, overload resolution, aggregates and the parts of values that need no server to be checked.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <set>

#include "compiler/functions/casts.h"
#include "compiler/functions/resolve.h"
#include "runtime/functions/value_text.h"
#include "runtime/state/page_store.h"
#include "runtime/text/json_text.h"
#include "runtime/types/decimal.h"
#include "runtime/types/nested.h"

namespace streamql {
namespace {

using K = TypeKind;

std::string decimal_text(const Decimal& d) {
    std::string s;
    append_decimal(d, s);
    return s;
}

Decimal decimal(const char* text) {
    Decimal d;
    EXPECT_TRUE(parse_decimal(text, &d)) << text;
    return d;
}

std::string resolved(const char* name, std::vector<ArgumentType> args) {
    auto r = resolve(name, args);
    if (auto* ok = std::get_if<Resolved<ScalarFunction>>(&r))
        return signature(*ok->function) + " " + ok->result.to_string();
    return std::get<ResolveFailure>(r).ambiguous ? "ambiguous" : "none";
}

TEST(Registry, SymbolsAreUniqueAndNonNull) {
    std::set<std::string> seen;
    for (const auto& [symbol, address] : kernel_symbols()) {
        EXPECT_TRUE(seen.insert(symbol).second) << symbol;
        EXPECT_NE(address, nullptr) << symbol;
    }
    for (const AggregateFunction& f : aggregate_functions()) EXPECT_EQ(f.state_bytes % 16, 0) << f.symbol;
}

TEST(Resolve, FollowsPostgres) {
    EXPECT_EQ(resolved("+", {{K::kInteger}, {K::kBigint}}), "+(BIGINT, BIGINT) BIGINT");
    EXPECT_EQ(resolved("+", {{K::kSmallint}, {K::kSmallint}}), "+(SMALLINT, SMALLINT) SMALLINT");
    EXPECT_EQ(resolved("+", {{K::kInteger}, {K::kReal}}), "+(DOUBLE, DOUBLE) DOUBLE");
    EXPECT_EQ(resolved("*", {{Type::decimal(12, 2)}, {K::kInteger}}), "*(NUMERIC, NUMERIC) NUMERIC");
    EXPECT_EQ(resolved("*", {{Type::numeric()}, {K::kDouble}}), "*(DOUBLE, DOUBLE) DOUBLE");
    EXPECT_EQ(resolved("+", {{K::kTimestamp}, {K::kInterval}}), "+(TIMESTAMP, INTERVAL) TIMESTAMP");
    EXPECT_EQ(resolved("-", {{K::kTimestamp}, {K::kString, true}}), "-(TIMESTAMP, TIMESTAMP) INTERVAL");
    EXPECT_EQ(resolved("=", {{K::kDate}, {K::kString, true}}), "=(DATE, DATE) BOOLEAN");
    EXPECT_EQ(resolved("=", {{K::kDate}, {K::kTimestamp}}), "=(TIMESTAMP, TIMESTAMP) BOOLEAN");
    EXPECT_EQ(resolved("=", {{K::kString}, {K::kInteger}}), "none");
    EXPECT_EQ(resolved("||", {{K::kString}, {K::kInteger}}), "||(STRING, INTEGER) STRING");
    EXPECT_EQ(resolved("sqrt", {{K::kInteger}}), "sqrt(DOUBLE) DOUBLE");
    EXPECT_EQ(resolved("round", {{K::kInteger}}), "round(DOUBLE) DOUBLE");
    EXPECT_EQ(resolved("length", {{K::kString, true}}), "length(STRING) INTEGER");
    EXPECT_EQ(resolved("concat", {{K::kString}, {K::kInteger}}), "concat(STRING, ...) STRING");
    EXPECT_EQ(resolved("date_trunc", {{K::kString, true}, {K::kTimestamp}}), "date_trunc(STRING, TIMESTAMP) TIMESTAMP");
    EXPECT_EQ(resolved("[]", {{Type::array(K::kString)}, {K::kInteger}}), "[](ARRAY<T>, INTEGER) STRING");
    EXPECT_EQ(resolved("nothing", {{K::kInteger}}), "none");
}

TEST(Decimals, KeepPostgresScales) {
    struct Row {
        const char *a, *b, *quotient;
    };
    constexpr Row kRows[] = {{"1", "3", "0.33333333333333333333"},
                             {"1000000", "3", "333333.333333333333"},
                             {"2", "7", "0.28571428571428571429"},
                             {"10.50", "2", "5.2500000000000000"}};
    for (const Row& row : kRows) {
        Decimal q;
        ASSERT_TRUE(decimal_divide(decimal(row.a), decimal(row.b), &q));
        EXPECT_EQ(decimal_text(q), row.quotient);
    }
    Decimal most = decimal("99999999999999999999999999999999999999"), r;
    EXPECT_FALSE(decimal_add(most, decimal("1"), &r));
    EXPECT_FALSE(parse_decimal("100000000000000000000000000000000000000", &r));
}

/// Two states, merged.
std::string aggregated(const char* name, K kind, const std::vector<Cell>& values) {
    auto found = resolve_aggregate(name, {{kind}}, false);
    const AggregateFunction& f = *std::get<Resolved<AggregateFunction>>(found).function;
    alignas(16) char first[128], second[128];
    f.init(first);
    f.init(second);
    AggregateContext ctx;
    for (size_t i = 0; i < values.size(); ++i) {
        AggregateRow row{static_cast<int64_t>(i), {}};
        EXPECT_EQ(f.update(&ctx, i % 2 == 0 ? first : second, &values[i], &row), RowError::kOk);
    }
    EXPECT_EQ(f.merge(&ctx, first, second, nullptr), RowError::kOk);
    Cell out;
    EXPECT_EQ(f.finish(&ctx, first, &out), RowError::kOk);
    std::string text;
    if (out.null) return "NULL";
    append_text(f.result_type({kind}).kind, out, utc(), text);
    return text;
}

TEST(Aggregates, GiveWhatPostgresGives) {
    std::vector<Cell> v{Cell::of(int64_t{1}), Cell::of(int64_t{2}), Cell(), Cell::of(int64_t{5})};
    EXPECT_EQ(aggregated("count", K::kInteger, v), "3");
    EXPECT_EQ(aggregated("sum", K::kInteger, v), "8");
    EXPECT_EQ(aggregated("avg", K::kInteger, v), "2.6666666666666667");
    EXPECT_EQ(aggregated("variance", K::kInteger, v), "4.3333333333333333");
    EXPECT_EQ(aggregated("stddev", K::kInteger, v), "2.0816659994661327");
    EXPECT_EQ(aggregated("min", K::kInteger, v), "1");
    EXPECT_EQ(aggregated("max", K::kInteger, v), "5");
    EXPECT_EQ(aggregated("first_value", K::kInteger, v), "1");
    EXPECT_EQ(aggregated("last_value", K::kInteger, v), "5");
    EXPECT_EQ(aggregated("sum", K::kInteger, {Cell()}), "NULL");
    EXPECT_EQ(aggregated("sum", K::kBigint, {Cell::of(INT64_MAX), Cell::of(INT64_MAX)}), "18446744073709551614");
    EXPECT_EQ(aggregated("sum", K::kDouble, {Cell::of(1e16), Cell::of(1.0), Cell::of(-1e16)}), "1");
}

TEST(Aggregates, VarianceOfLargeNumbersIsExact) {
    // PostgreSQL's answers; N * sum(x^2) has 41 and more digits
    std::vector<Cell> times;
    for (int64_t i = 1; i <= 20'000; ++i) times.push_back(Cell::of(1'700'000'000'000'000 + i * 1'000'003));
    EXPECT_EQ(aggregated("variance", K::kBigint, times), "33335200010300015000");
    EXPECT_EQ(aggregated("stddev", K::kBigint, times), "5773664349");
    EXPECT_EQ(aggregated("var_pop", K::kBigint, times), "33333533250299499999");
    EXPECT_EQ(aggregated("stddev_pop", K::kBigint, times), "5773520005");
    std::vector<Cell> extremes{Cell::of(INT64_MAX), Cell::of(INT64_MIN), Cell::of(int64_t{0}), Cell::of(int64_t{5})};
    EXPECT_EQ(aggregated("variance", K::kBigint, extremes), "56713727820156410571080186547391518045");
    EXPECT_EQ(aggregated("stddev", K::kBigint, extremes), "7530851732716320752");
    EXPECT_EQ(aggregated("var_pop", K::kBigint, extremes), "42535295865117307928310139910543638534");
    EXPECT_EQ(aggregated("stddev_pop", K::kBigint, extremes), "6521908912666391106");
    std::vector<Cell> near{Cell::of(decimal("1000000000000000000")), Cell::of(decimal("1000000000000000001")),
                           Cell::of(decimal("1000000000000000003"))};
    EXPECT_EQ(aggregated("variance", K::kDecimal, near), "2.3333333333333333");
    EXPECT_EQ(aggregated("stddev_pop", K::kDecimal, near), "1.2472191289246471");
}

/// A call that fails touches nothing and was foreseen by its check; a call without a check does not fail.
TEST(Aggregates, AFailedUpdateLeavesTheStateAlone) {
    std::mt19937_64 random(5);
    auto value = [&](const Type& type) {
        switch (type.physical()) {
            case Physical::kI64:
                return Cell::of(static_cast<int64_t>(random() >> (random() % 64)) * (random() % 2 ? 1 : -1));
            case Physical::kInterval:
                return Cell::of(Interval{static_cast<int64_t>(random()), static_cast<int32_t>(random()),
                                         static_cast<int32_t>(random())});
            case Physical::kDecimal:
                return Cell::of(decimal_of(power_of_ten(static_cast<int>(random() % 38)) * (random() % 2 ? 9 : -7),
                                           static_cast<int>(random() % 39)));
            default:
                return Cell();
        }
    };
    int failed = 0;
    for (auto& f : aggregate_functions()) {
        if (f.args.size() != 1 || f.args[0].kind != TypePattern::Kind::kExact) continue;
        const bool in_pages = std::any_of(f.fields.begin(), f.fields.end(),
                                          [](auto& field) { return field.kind != StateField::Kind::kScale; });
        if (in_pages) continue;
        alignas(16) char state[256], before[256];
        AggregateContext ctx;
        for (int round = 0; round < 50; ++round) {
            f.init(state);
            for (int i = 0; i < 30; ++i) {
                const Cell v = value(Type(f.args[0].type));
                const AggregateRow row{i, {}};
                std::memcpy(before, state, sizeof state);
                const RowError foreseen = f.check ? f.check(&ctx, state, &v, &row) : RowError::kOk;
                ASSERT_EQ(std::memcmp(before, state, static_cast<size_t>(f.state_bytes)), 0) << f.symbol;
                ASSERT_EQ(f.update(&ctx, state, &v, &row), foreseen) << f.symbol;
                if (foreseen == RowError::kOk) continue;
                ASSERT_EQ(std::memcmp(before, state, static_cast<size_t>(f.state_bytes)), 0) << f.symbol;
                ++failed;
            }
        }
    }
    EXPECT_GT(failed, 1000);
}

TEST(Aggregates, DistinctDecimalsKeepTheirDigits) {
    for (auto [name, wanted] : {std::pair{"sum", "3.60"}, {"avg", "1.20000000000000000000"}, {"count", "3"}}) {
        auto found = resolve_aggregate(name, {{Type::decimal(10, 2)}}, true);
        const AggregateFunction& f = *std::get<Resolved<AggregateFunction>>(found).function;
        alignas(16) char first[128], second[128];
        f.init(first);
        f.init(second);
        PageStore pages;
        AggregateContext ctx;
        ctx.pages = &pages;
        for (const char* v : {"1.10", "1.10", "1.20", "1.30", "1.10"}) {
            Cell c = Cell::of(decimal(v));
            AggregateRow row{};
            ASSERT_EQ(f.update(&ctx, v[2] == '3' ? second : first, &c, &row), RowError::kOk);
        }
        ASSERT_EQ(f.merge(&ctx, first, second, &pages), RowError::kOk);
        Cell out;
        ASSERT_EQ(f.finish(&ctx, first, &out), RowError::kOk);
        std::string text;
        append_text(f.result_type({Type::decimal(10, 2)}).kind, out, utc(), text);
        EXPECT_EQ(text, wanted) << name;
    }
}

TEST(Nested, NullIsFoundByItsPosition) {
    Arena arena;
    KernelContext ctx{&arena, 0, nullptr};
    NestedBuilder b;
    b.begin(NestedForm::kArray);
    b.add(K::kInteger, Cell::of(int64_t{7}));
    b.add_null();
    const Cell args[] = {Cell::of(b.finish(arena)), Cell()};
    auto found = resolve("array_position", {{Type::array(K::kInteger)}, {K::kNull, true}});
    const ScalarFunction& f = *std::get<Resolved<ScalarFunction>>(found).function;
    EXPECT_FALSE(f.strict);
    Cell out;
    ASSERT_EQ(f.kernel(&ctx, args, 2, &out), RowError::kOk);
    EXPECT_FALSE(out.null);
    EXPECT_EQ(out.i64, 2);
    const Cell of_null[] = {Cell(), Cell()};
    ASSERT_EQ(f.kernel(&ctx, of_null, 2, &out), RowError::kOk);
    EXPECT_TRUE(out.null);
}

TEST(Json, HalfASurrogatePairIsTheReplacementCharacter) {
    Arena arena;
    for (auto [body, text] : {std::pair{R"(a\u00e9\n)", "a\u00e9\n"},
                              {R"(\ud83d\ude00)", "\U0001F600"},
                              {R"(\ud83d)", "\uFFFD"},
                              {R"(\ud83d\u0041)", "\uFFFDA"},
                              {R"(\ude00x)", "\uFFFDx"}})
        EXPECT_EQ(json_unescape(body, arena), text) << body;
}

TEST(Nested, GivesBackItsParts) {
    Arena arena;
    NestedBuilder b;
    b.begin(NestedForm::kArray);
    b.add(K::kString, Cell::of(Str::of("a")));
    b.add_null();
    b.add(K::kString, Cell::of(Str::of("x,y")));
    Cell array = Cell::of(b.finish(arena));
    std::string text;
    append_text(K::kArray, array, utc(), text);
    EXPECT_EQ(text, "{a,NULL,\"x,y\"}");
    Cell again;
    ASSERT_EQ(parse_value(Type::array(K::kString), text, utc(), arena, &again), RowError::kOk);
    EXPECT_EQ(again.str.view(), array.str.view());
    Type type = Type::structure({{"n", std::make_shared<const Type>(Type::decimal(5, 2))},
                                 {"a", std::make_shared<const Type>(Type::array(K::kDate))}});
    EXPECT_EQ(parse_descriptor(type_descriptor(type)), type);
}

}  // namespace
}  // namespace streamql
