// Generated code against the interpreter: same rows, same NULLs, same failures in the same places, same counts.
#include "compiler/codegen/codegen.h"
#include "compiler/functions/resolve.h"
#include "runtime/types/decimal.h"
#include "tests/unit/codegen/generator.h"
#include "tests/unit/codegen/harness.h"

namespace streamql::test {
namespace {

using plan::ExprPtr;

const Type kBoolean = TypeKind::kBoolean;

std::vector<Type> twice(const std::vector<Type>& types) {
    std::vector<Type> all = types;
    all.insert(all.end(), types.begin(), types.end());
    return all;
}

const ScalarFunction* function(const std::string& name, std::vector<TypeKind> args) {
    for (const ScalarFunction* f : find_scalar_functions(name)) {
        bool fits = f->args.size() == args.size();
        for (size_t i = 0; fits && i < args.size(); ++i)
            fits = f->args[i].kind == TypePattern::Kind::kExact && f->args[i].type == args[i];
        if (fits) return f;
    }
    ADD_FAILURE() << name;
    return nullptr;
}
ExprPtr call(const std::string& name, std::vector<ExprPtr> args, Type type) {
    std::vector<TypeKind> kinds;
    for (auto& a : args) kinds.push_back(a->type.kind);
    return plan::make(plan::Call{function(name, kinds), std::move(args)}, type);
}
ExprPtr integer(int64_t v) { return plan::literal(Cell::of(v), TypeKind::kBigint); }
ExprPtr bigint(int c) { return plan::column(c, TypeKind::kBigint, "c" + std::to_string(c)); }

/// Runs the function in both compiled tiers and compares with the interpreter.
template <typename Function, typename Run>
Ran agree(const Function& plan, Run&& run) {
    Ran expected = run(compile_in(jit::Tier::kInterpret, plan));
    EXPECT_EQ(run(compile_in(jit::Tier::kO0, plan)), expected) << "O0\n" << physical::to_string(plan);
    EXPECT_EQ(run(compile_in(jit::Tier::kO2, plan)), expected) << "O2\n" << physical::to_string(plan);
    return expected;
}

TEST(Codegen, RandomPipelinesAgreeWithTheInterpreter) {
    std::vector<Type> columns = twice(ExpressionGenerator::types());
    size_t rows = 0, failures = 0;
    for (uint64_t seed = 1; seed <= 40; ++seed) {
        ExpressionGenerator generate(columns, seed);
        physical::Pipeline plan{"p", columns, {}, {}};
        physical::ProjectStep first, second;
        std::vector<Type> middle;
        for (int i = 0; i < 8; ++i) {
            middle.push_back(generate.any_type());
            first.expressions.push_back(generate.make(middle.back(), 3));
        }
        ExpressionGenerator over(middle, seed + 1000);
        for (int i = 0; i < 4; ++i) {
            plan.output.push_back(middle[static_cast<size_t>(i)]);
            second.expressions.push_back(over.make(plan.output.back(), 1));
        }
        if (seed % 2) plan.steps.push_back(physical::FilterStep{generate.make(kBoolean, 2)});
        plan.steps.push_back(std::move(first));
        if (seed % 3 == 0) plan.steps.push_back(physical::FilterStep{over.make(kBoolean, 2)});
        plan.steps.push_back(std::move(second));
        auto in = random_batch(columns, 60, seed);
        Ran ran = agree(plan, [&](const jit::Compiled& code) { return run_pipeline(code, plan, *in); });
        rows += ran.rows.size();
        failures += ran.failures.size();
        if (HasFailure()) FAIL() << "seed " << seed;
    }
    EXPECT_GT(rows, 200u);
    EXPECT_GT(failures, 100u);
}

/// Every operation that is emitted as IR, over all pairs of interesting values, without a tree around it.
TEST(Codegen, EveryOperationAgreesWithItsKernel) {
    for (auto& f : scalar_functions()) {
        if (f.op == Operation::kNone) continue;
        physical::Pipeline plan{"p", {}, {}, {}};
        std::vector<ExprPtr> args;
        for (auto& p : f.args) {
            args.push_back(plan::column(static_cast<int>(args.size()), p.type, ""));
            plan.input.push_back(p.type);
        }
        plan.output = {f.result_type(plan.input)};
        plan.steps.push_back(physical::ProjectStep{{plan::make(plan::Call{&f, args}, plan.output[0])}});
        auto in = random_batch(plan.input, 300, 7);
        Ran expected = run_pipeline(compile_in(jit::Tier::kInterpret, plan), plan, *in);
        EXPECT_EQ(run_pipeline(compile_in(jit::Tier::kO2, plan), plan, *in), expected) << f.symbol;
    }
}

TEST(Codegen, FiltersCountWhatTheyDrop) {
    physical::Pipeline plan{"p", {TypeKind::kBigint, TypeKind::kBigint}, {}, {TypeKind::kBigint}};
    plan.steps.push_back(physical::FilterStep{call(">", {bigint(0), integer(0)}, kBoolean)});
    plan.steps.push_back(physical::ProjectStep{{bigint(1)}});
    auto in = random_batch(plan.input, 500, 3);
    Ran ran = agree(plan, [&](const jit::Compiled& code) { return run_pipeline(code, plan, *in); });
    EXPECT_GT(ran.rows.size(), 50u);
    EXPECT_GT(ran.filtered, 50);
}

TEST(Codegen, GuardedDivisionNeverFails) {
    physical::Pipeline plan{"p", {TypeKind::kBigint, TypeKind::kBigint}, {}, {TypeKind::kBigint, kBoolean}};
    ExprPtr quotient = call("/", {bigint(0), bigint(1)}, TypeKind::kBigint);
    ExprPtr guarded = plan::make(
        plan::Case{{{call("<>", {bigint(1), integer(0)}, kBoolean), quotient}}, plan::null_literal(TypeKind::kBigint)},
        TypeKind::kBigint);
    ExprPtr logical = plan::make(
        plan::Logical{true,
                      {call("<>", {bigint(1), integer(0)}, kBoolean), call(">", {quotient, integer(0)}, kBoolean)}},
        kBoolean);
    plan.steps.push_back(physical::ProjectStep{{guarded, logical}});
    auto in = random_batch(plan.input, 500, 5);
    Ran ran = agree(plan, [&](const jit::Compiled& code) { return run_pipeline(code, plan, *in); });
    for (auto& f : ran.failures) EXPECT_EQ(f.find("division-by-zero"), std::string::npos) << f;
}

TEST(Codegen, ProjectedExpressionsAreComputedOnlyWhereNeeded) {
    physical::Pipeline plan{"p", {TypeKind::kBigint, TypeKind::kBigint}, {}, {TypeKind::kBigint}};
    ExprPtr quotient = call("/", {bigint(0), bigint(1)}, TypeKind::kBigint);
    plan.steps.push_back(physical::ProjectStep{{bigint(0), bigint(1), quotient}});
    plan.steps.push_back(physical::FilterStep{call("<>", {bigint(1), integer(0)}, kBoolean)});
    plan.steps.push_back(physical::ProjectStep{{bigint(2)}});
    auto in = random_batch(plan.input, 300, 9);
    Ran ran = agree(plan, [&](const jit::Compiled& code) { return run_pipeline(code, plan, *in); });
    for (auto& f : ran.failures) EXPECT_EQ(f.find("division-by-zero"), std::string::npos) << f;
    EXPECT_GT(ran.rows.size(), 100u);
}

TEST(Codegen, ScansComputeCheckAndStamp) {
    for (uint64_t seed = 1; seed <= 8; ++seed) {
        physical::Scan plan{"s", twice(ExpressionGenerator::types()), {}, {}, 10, {}};
        ExpressionGenerator generate(plan.columns, seed);
        for (int column : {1, 7, 6, 12})
            plan.computed.emplace_back(column, generate.make(plan.columns[static_cast<size_t>(column)], 3));
        plan.not_null = {{7, "name"}, {1, "small"}};
        plan.checks = {
            generate.make(kBoolean, 3),
            call(">", {plan::column(2, TypeKind::kInteger, "i"), plan::column(15, TypeKind::kInteger, "j")}, kBoolean)};
        auto records = random_batch(plan.columns, 80, seed);
        Ran ran = agree(plan, [&](const jit::Compiled& code) { return run_scan(code, plan, *records); });
        EXPECT_GT(ran.failures.size(), 5u);
        if (HasFailure()) FAIL() << "seed " << seed;
    }
}

TEST(Codegen, ConditionsKeepOnlyWhatIsTrue) {
    std::vector<Type> columns = twice(ExpressionGenerator::types());
    for (uint64_t seed = 1; seed <= 10; ++seed) {
        physical::Condition plan{"c", columns, ExpressionGenerator(columns, seed).make(kBoolean, 4)};
        auto pairs = random_batch(columns, 100, seed, false);
        agree(plan, [&](const jit::Compiled& code) { return run_condition(code, plan, *pairs); });
    }
}

TEST(Codegen, AggregatesOfEveryKindAgreeWithTheirKernels) {
    std::vector<Type> columns = ExpressionGenerator::types();
    columns.push_back(kBoolean);
    physical::Aggregate plan{"a", columns, {}, 0};
    auto flush = [&] {
        if (plan.calls.empty()) return;
        auto in = random_batch(columns, 200, 11, false);
        Ran ran = agree(plan, [&](const jit::Compiled& code) { return run_aggregate(code, plan, *in, 3); });
        EXPECT_EQ(ran.rows.size(), 4u);
        plan.calls.clear();
        plan.state_bytes = 0;
    };
    int count = 0;
    for (auto& f : aggregate_functions()) {
        if (f.args.size() > 1) continue;
        physical::AggregateCall call{&f, {}, -1, f.distinct, {}, plan.state_bytes, f.state_bytes};
        std::vector<Type> args;
        if (!f.args.empty()) {
            TypeKind kind = f.args[0].kind == TypePattern::Kind::kAny ? TypeKind::kString : f.args[0].type;
            auto at = std::find(columns.begin(), columns.end(), Type(kind));
            if (at == columns.end()) continue;
            call.args = {static_cast<int>(at - columns.begin())};
            args = {kind};
        }
        if (++count % 3 == 0) call.filter = static_cast<int>(columns.size()) - 1;
        call.type = f.result_type(args);
        plan.state_bytes += f.state_bytes;
        plan.calls.push_back(call);
        // A failing call ends its row, so calls are few together.
        if (plan.calls.size() == 3) flush();
    }
    flush();
    EXPECT_GT(count, 40);
}

TEST(Codegen, ARowThatFailsIsInNoneOfItsAggregates) {
    const std::vector<Type> columns{TypeKind::kInteger, Type::numeric(), TypeKind::kInterval};
    physical::Aggregate plan{"a", columns, {}, 0};
    auto add = [&](const char* name, std::vector<int> args) {
        std::vector<ArgumentType> types;
        for (int a : args) types.push_back({columns[static_cast<size_t>(a)]});
        const auto& f = *std::get<Resolved<AggregateFunction>>(resolve_aggregate(name, types, false)).function;
        std::vector<Type> kinds;
        for (auto& t : types) kinds.push_back(t.type);
        plan.calls.push_back({&f, args, -1, false, f.result_type(kinds), plan.state_bytes, f.state_bytes});
        plan.state_bytes += f.state_bytes;
    };
    add("count", {});
    add("sum", {0});
    add("avg", {1});
    add("sum", {1});
    add("max", {0});
    add("sum", {2});
    add("variance", {0});
    Batch in(columns, 12);
    auto row = [&](int64_t i, const char* n, int32_t months) {
        Decimal d;
        ASSERT_TRUE(parse_decimal(n, &d));
        for (int group = 0; group < 2; ++group) {
            const int64_t at = in.view().rows++;
            in.set(0, at, Cell::of(i));
            in.set(1, at, Cell::of(d));
            in.set(2, at, Cell::of(Interval{0, 0, months}));
            in.view().event_time[at] = at;
            in.view().status[at] = 0;
        }
    };
    row(1, "99999999999999999999", 1);
    row(100, "0.0000000000000000001", 2);  // the sum would need 39 digits
    row(10, "1", INT32_MAX);               // too many months
    row(INT64_MAX, "1", 0);                // too large a sum
    row(3, "1", 4);
    Ran ran = agree(plan, [&](const jit::Compiled& code) { return run_aggregate(code, plan, in, 2); });
    EXPECT_EQ(ran.failures.size(), 6u) << ran;
    ASSERT_EQ(ran.rows.size(), 3u);
    // of the first and the last row: an average of 5e19, a sum of 1e20, a variance of 2
    EXPECT_NE(ran.rows[2].find("1 | 2 | 4 | 2:b5e3af16b1880000e0 | 5:6bc75e2d63100000e0 | 3 | 5m0d0u | "
                               "0:470de4df820000e16 |"),
              std::string::npos)
        << ran;
}

TEST(Codegen, CallsWithEqualArgumentsAreMadeOnceARow) {
    physical::Pipeline plan{"p", {TypeKind::kString}, {}, {TypeKind::kString, TypeKind::kString}};
    auto upper = [] { return call("upper", {plan::column(0, TypeKind::kString, "s")}, TypeKind::kString); };
    plan.steps.push_back(physical::ProjectStep{{upper(), call("reverse", {upper()}, TypeKind::kString)}});
    std::string ir = jit::dump(physical::Module{{plan}}, "ir");
    const std::string wanted = "@" + function("upper", {TypeKind::kString})->symbol + "(";
    size_t calls = 0;
    for (size_t at = ir.find(wanted); at != std::string::npos; at = ir.find(wanted, at + 1)) ++calls;
    EXPECT_EQ(calls, 2u) << "one call and the declaration\n" << ir;
}

}  // namespace
}  // namespace streamql::test
