#include "compiler/plan/expression.h"

#include <gtest/gtest.h>

#include "compiler/functions/casts.h"
#include "compiler/plan/evaluate.h"
#include "compiler/plan/verify.h"

namespace streamql::plan {
namespace {

const Type kBigint = TypeKind::kBigint, kBoolean = TypeKind::kBoolean, kString = TypeKind::kString;

const ScalarFunction* function(std::string_view name, TypeKind first, size_t count) {
    for (const ScalarFunction* f : find_scalar_functions(name)) {
        if (f->args.size() == count && f->args[0].kind == TypePattern::Kind::kExact && f->args[0].type == first)
            return f;
    }
    ADD_FAILURE() << name;
    return nullptr;
}
ExprPtr number(int64_t v) { return literal(Cell::of(v), kBigint); }
ExprPtr text(std::string_view v) { return literal(Cell::of(Str::of(v)), kString); }
ExprPtr binary(const char* op, ExprPtr a, ExprPtr b, Type type) {
    TypeKind kind = a->type.kind;
    return make(Call{function(op, kind, 2), {std::move(a), std::move(b)}}, std::move(type));
}
ExprPtr plus(ExprPtr a, ExprPtr b) { return binary("+", std::move(a), std::move(b), kBigint); }
ExprPtr divided(ExprPtr a, ExprPtr b) { return binary("/", std::move(a), std::move(b), kBigint); }
ExprPtr less(ExprPtr a, ExprPtr b) { return binary("<", std::move(a), std::move(b), kBoolean); }
ExprPtr a() { return column(0, kBigint, "a"); }
ExprPtr b() { return column(1, kBigint, "b"); }

TEST(ExpressionText, ReadsLikeSql) {
    EXPECT_EQ(to_string(plus(a(), divided(b(), number(2)))), "a + (b / 2)");
    EXPECT_EQ(
        to_string(make(Logical{true, {less(a(), b()), make(Not{make(IsNull{a()}, kBoolean)}, kBoolean)}}, kBoolean)),
        "(a < b) AND (a IS NOT NULL)");
    EXPECT_EQ(to_string(make(Case{{{less(a(), b()), text("it's")}}, null_literal(kString)}, kString)),
              "CASE WHEN a < b THEN 'it''s' ELSE NULL END");
    EXPECT_EQ(to_string(make(Coalesce{{a(), number(0)}}, kBigint)), "COALESCE(a, 0)");
    EXPECT_EQ(to_string(make(Call{find_cast(kBigint, kString, CastContext::kAssignment), {a()}}, kString)),
              "CAST(a AS STRING)");
}

TEST(ExpressionText, LiteralsOfEveryKind) {
    auto of = [](Cell c, Type t) { return to_string(literal(c, std::move(t))); };
    EXPECT_EQ(of(Cell::of(int64_t{1}), kBoolean), "TRUE");
    EXPECT_EQ(of(Cell::of(int64_t{-1}), TypeKind::kDate), "DATE '1969-12-31'");
    EXPECT_EQ(of(Cell::of(int64_t{19782}), TypeKind::kDate), "DATE '2024-02-29'");
    EXPECT_EQ(of(Cell::of(int64_t{-1}), TypeKind::kTimestamp), "TIMESTAMP '1969-12-31 23:59:59.999999'");
    EXPECT_EQ(of(Cell::of(int64_t{3'600'000'000}), TypeKind::kTime), "TIME '01:00:00'");
    EXPECT_EQ(of(Cell::of(Interval{5'000'000, 2, 1}), TypeKind::kInterval), "INTERVAL '1 months 2 days 5 seconds'");
    EXPECT_EQ(of(Cell::of(1.5), TypeKind::kDouble), "1.5");
    Decimal d;
    d.value = -5;
    d.scale = 2;
    EXPECT_EQ(of(Cell::of(d), Type::numeric()), "-0.05");
    EXPECT_EQ(of(Cell::of(Str::of("\x01\xff")), TypeKind::kBytes), "BYTES '\\x01ff'");
}

TEST(ExpressionText, FingerprintsTellColumnsAndTypesApart) {
    EXPECT_EQ(fingerprint(plus(a(), b())), fingerprint(plus(column(0, kBigint, "x"), b())));
    EXPECT_NE(fingerprint(a()), fingerprint(column(1, kBigint, "a")));
    EXPECT_NE(fingerprint(number(1)), fingerprint(literal(Cell::of(int64_t{1}), TypeKind::kInteger)));
    EXPECT_NE(fingerprint(literal(Cell::of(0.0), TypeKind::kDouble)),
              fingerprint(literal(Cell::of(-0.0), TypeKind::kDouble)));
}

TEST(Expression, LiteralsOwnTheirBytes) {
    ExprPtr x;
    {
        std::string gone = "a string that is longer than the small one";
        x = text(gone);
        gone.assign(gone.size(), '?');
    }
    EXPECT_EQ(to_string(x), "'a string that is longer than the small one'");
}

TEST(Expression, SubstituteRemapAndColumns) {
    ExprPtr x = plus(a(), plus(b(), a()));
    std::vector<int> used;
    collect_columns(x, used);
    EXPECT_EQ(used, (std::vector<int>{0, 1, 0}));
    EXPECT_EQ(to_string(substitute(x, {number(7), plus(a(), a())})), "7 + ((a + a) + 7)");
    EXPECT_EQ(fingerprint(remap(x, {1, 0})), fingerprint(plus(b(), plus(a(), b()))));
    EXPECT_EQ(remap(x, {0, 1}), x) << "nothing changed: the same tree";
}

TEST(Expression, Traits) {
    EXPECT_TRUE(is_constant(plus(number(1), number(2))));
    EXPECT_FALSE(is_constant(plus(number(1), a())));
    EXPECT_TRUE(is_infallible(less(a(), b())));
    EXPECT_FALSE(is_infallible(make(IsNull{divided(a(), b())}, kBoolean)));
    EXPECT_FALSE(is_deterministic(make(Call{find_scalar_functions("now").at(0), {}}, TypeKind::kTimestampTz)));
    std::vector<ExprPtr> fallible;
    collect_fallible(plus(divided(a(), b()), a()), fallible);
    ASSERT_EQ(fallible.size(), 2u);
    EXPECT_EQ(to_string(fallible[0]), "(a / b) + a");
}

TEST(Expression, Conjunctions) {
    ExprPtr x = less(a(), b()), y = less(b(), a()), z = make(IsNull{a()}, kBoolean);
    std::vector<ExprPtr> parts;
    split_conjunction(conjunction({x, conjunction({y, z})}), parts);
    EXPECT_EQ(parts, (std::vector<ExprPtr>{x, y, z}));
    EXPECT_EQ(to_string(conjunction({})), "TRUE");
    EXPECT_EQ(conjunction({x}), x);
}

struct Outcome {
    std::string value;
    std::string failed_at;
};
Outcome run(const ExprPtr& x, std::vector<Cell> row) {
    Arena arena;
    KernelContext context{&arena, 0, nullptr};
    Cell out;
    const Expr* failed = nullptr;
    RowError error = evaluate(x, row, context, &out, &failed);
    if (error == RowError::kOk) return {out.null ? "NULL" : std::to_string(out.i64), ""};
    return {row_error_name(error), failed == x.get() ? "root" : "inside"};
}

TEST(Evaluate, ThreeValuedLogicStopsEarly) {
    ExprPtr fails = less(divided(a(), number(0)), a());
    auto both = [&](bool is_and, ExprPtr first) {
        return run(make(Logical{is_and, {first, fails}}, kBoolean), {Cell::of(int64_t{1})}).value;
    };
    EXPECT_EQ(both(true, boolean_literal(false)), "0");
    EXPECT_EQ(both(false, boolean_literal(true)), "1");
    EXPECT_EQ(both(true, boolean_literal(true)), "division-by-zero");
    EXPECT_EQ(both(true, null_literal(kBoolean)), "division-by-zero");
    auto known = [](bool is_and, ExprPtr p, ExprPtr q) {
        return run(make(Logical{is_and, {p, q}}, kBoolean), {}).value;
    };
    EXPECT_EQ(known(true, null_literal(kBoolean), boolean_literal(false)), "0");
    EXPECT_EQ(known(true, null_literal(kBoolean), boolean_literal(true)), "NULL");
    EXPECT_EQ(known(false, null_literal(kBoolean), boolean_literal(true)), "1");
    EXPECT_EQ(known(false, null_literal(kBoolean), boolean_literal(false)), "NULL");
}

TEST(Evaluate, ArgumentsComeBeforeStrictness) {
    EXPECT_EQ(run(plus(null_literal(kBigint), number(1)), {}).value, "NULL");
    Outcome o = run(plus(null_literal(kBigint), divided(number(1), number(0))), {});
    EXPECT_EQ(o.value, "division-by-zero");
    EXPECT_EQ(o.failed_at, "inside");
    EXPECT_EQ(run(divided(number(1), number(0)), {}).failed_at, "root");
}

TEST(Evaluate, NotDistinctIsNeverNull) {
    auto same = [](ExprPtr x, ExprPtr y) {
        return run(make(NotDistinct{x, y, function("=", TypeKind::kBigint, 2)}, kBoolean), {}).value;
    };
    EXPECT_EQ(same(null_literal(kBigint), null_literal(kBigint)), "1");
    EXPECT_EQ(same(number(1), null_literal(kBigint)), "0");
    EXPECT_EQ(same(number(1), number(1)), "1");
}

TEST(Fold, ConstantsButNotFailures) {
    EXPECT_EQ(to_string(fold(plus(number(1), number(2)))), "3");
    ExprPtr fails = divided(number(1), number(0));
    EXPECT_EQ(fold(fails), fails);
    EXPECT_EQ(to_string(fold(make(Call{function("upper", TypeKind::kString, 1), {text("straw")}}, kString))),
              "'STRAW'");
    ExprPtr varies = plus(a(), number(1));
    EXPECT_EQ(fold(varies), varies);
}

TEST(Verify, NamesWhatIsWrong) {
    std::vector<Type> row = {kBigint, kBigint};
    EXPECT_EQ(verify(plus(a(), b()), row), "");
    EXPECT_NE(verify(column(2, kBigint, "c"), row), "");
    EXPECT_NE(verify(column(0, kString, "a"), row), "");
    EXPECT_NE(verify(make(Not{a()}, kBoolean), row), "");
    EXPECT_NE(verify(make(Call{function("+", TypeKind::kBigint, 2), {a()}}, kBigint), row), "");
    EXPECT_NE(verify(make(Call{function("+", TypeKind::kBigint, 2), {a(), text("x")}}, kBigint), row), "");
    EXPECT_NE(verify(make(Coalesce{{a(), text("x")}}, kBigint), row), "");
    EXPECT_NE(verify(nullptr, row), "");
}

}  // namespace
}  // namespace streamql::plan
