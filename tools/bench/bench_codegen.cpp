// Compile times and nanoseconds a row of generated pipelines, by tier.
//     bench_codegen [rows a batch = 1024]
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "compiler/functions/registry.h"
#include "compiler/jit/jit.h"
#include "runtime/base/result.h"
#include "runtime/record/batch.h"
#include "runtime/record/hidden.h"

using namespace streamql;
using plan::ExprPtr;

namespace {

using Clock = std::chrono::steady_clock;
double milliseconds_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

ExprPtr call(std::string_view name, std::vector<ExprPtr> args, Type type) {
    for (const ScalarFunction* f : find_scalar_functions(name)) {
        if (f->args.size() == args.size() && f->args[0].kind == TypePattern::Kind::kExact &&
            f->args[0].type == args[0]->type.kind) {
            return plan::make(plan::Call{f, std::move(args)}, std::move(type));
        }
    }
    SQ_CHECK(false, std::string(name));
    return nullptr;
}

const std::vector<Type> kInput = {TypeKind::kBigint, TypeKind::kBigint, TypeKind::kDouble, TypeKind::kString,
                                  TypeKind::kString};
ExprPtr column(int c) { return plan::column(c, kInput[static_cast<size_t>(c)], "c" + std::to_string(c)); }
ExprPtr number(int64_t v) { return plan::literal(Cell::of(v), TypeKind::kBigint); }
ExprPtr text(std::string_view v) { return plan::literal(Cell::of(Str::of(v)), TypeKind::kString); }

struct Case {
    const char* what;
    physical::Pipeline plan;
};

std::vector<Case> cases() {
    auto of = [](const char* name, std::vector<ExprPtr> filters, std::vector<ExprPtr> output) {
        physical::Pipeline p{name, kInput, {}, {}};
        for (auto& f : filters) p.steps.push_back(physical::FilterStep{f});
        for (auto& x : output) p.output.push_back(x->type);
        p.steps.push_back(physical::ProjectStep{std::move(output)});
        return p;
    };
    ExprPtr few = call("<", {column(0), number(28)}, TypeKind::kBoolean);
    ExprPtr is_purchase = call("=", {column(3), text("purchase")}, TypeKind::kBoolean);
    return {{"copy of 3 columns", of("copy", {}, {column(1), column(2), column(4)})},
            {"filter 28 %, 2 columns", of("filter", {few}, {column(1), column(2)})},
            {"filter 28 %, checked sum",
             of("sum", {few}, {call("+", {column(0), column(1)}, TypeKind::kBigint), column(2)})},
            {"text = constant, 3 columns", of("text_equal", {is_purchase}, {column(1), column(2), column(4)})},
            {"upper(text)", of("kernel", {}, {call("upper", {column(4)}, TypeKind::kString)})}};
}

void fill(Batch& batch, int64_t rows) {
    uint64_t random = 88172645463325252;
    batch.view().rows = rows;
    for (int64_t row = 0; row < rows; ++row) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        batch.set(0, row, Cell::of(static_cast<int64_t>(random % 100)));
        batch.set(1, row, Cell::of(row));
        batch.set(2, row, Cell::of(static_cast<double>(row) / 3));
        batch.set(3, row, Cell::of(Str::of(random / 100 % 3 ? "click" : "purchase")));
        batch.set(4, row, Cell::of(Str::of("https://example.org/some/page")));
        derive_hidden(batch.view(), row, row, {0, 0, row});
    }
}

double nanoseconds_a_row(const jit::Compiled& code, const physical::Pipeline& plan, const Batch& in, int rounds) {
    Batch out(plan.output, in.rows());
    Arena arena;
    PipelineContext context;
    const FunctionSlot& slot = *code.slots.at(plan.name);
    context.kernel.arena = &arena;
    context.user = slot.user;
    double best = 1e9;
    for (int run = 0; run < 5; ++run) {
        auto start = Clock::now();
        for (int i = 0; i < rounds; ++i) {
            arena.reset();
            slot.get<PipelineFunction>()(&context, &in.view(), &out.view());
        }
        best = std::min(best, milliseconds_since(start) * 1e6 / rounds / static_cast<double>(in.rows()));
    }
    return best;
}

}  // namespace

int main(int argc, char** argv) {
    int64_t rows = argc > 1 ? std::atoll(argv[1]) : 1024;
    Batch in(kInput, rows);
    fill(in, rows);
    auto all = cases();
    fmt::print("{:28} {:>9} {:>9} {:>9} {:>9} {:>9}\n", "", "O0 ms", "O2 ms", "interp ns", "O0 ns", "O2 ns");
    for (auto& c : all) {
        double ms[3], ns[3];
        for (auto tier : {jit::Tier::kInterpret, jit::Tier::kO0, jit::Tier::kO2}) {
            auto start = Clock::now();
            jit::JitOptions options;
            options.tier = tier;
            auto code = jit::compile(physical::Module{{c.plan}}, options);
            int i = static_cast<int>(tier);
            ms[i] = milliseconds_since(start);
            ns[i] = nanoseconds_a_row(code, c.plan, in, tier == jit::Tier::kInterpret ? 20 : 1000);
        }
        fmt::print("{:28} {:9.2f} {:9.2f} {:9.2f} {:9.2f} {:9.2f}\n", c.what, ms[1], ms[2], ns[0], ns[1], ns[2]);
    }
    physical::Module job;
    for (auto& c : all) job.functions.push_back(c.plan);
    for (auto tier : {jit::Tier::kO0, jit::Tier::kO2}) {
        auto start = Clock::now();
        jit::JitOptions options;
        options.tier = tier;
        jit::compile(job, options);
        fmt::print("all five as one job, {}: {:.2f} ms\n", tier == jit::Tier::kO0 ? "O0" : "O2",
                   milliseconds_since(start));
    }
}
