#include "tests/unit/codegen/generator.h"

#include <algorithm>

#include "compiler/functions/casts.h"

namespace streamql::test {

using plan::ExprPtr;

const std::vector<Type>& ExpressionGenerator::types() {
    static const std::vector<Type> all = {
        TypeKind::kBoolean,   TypeKind::kSmallint,    TypeKind::kInteger, TypeKind::kBigint, TypeKind::kReal,
        TypeKind::kDouble,    TypeKind::kDecimal,     TypeKind::kString,  TypeKind::kDate,   TypeKind::kTime,
        TypeKind::kTimestamp, TypeKind::kTimestampTz, TypeKind::kInterval};
    return all;
}

ExpressionGenerator::ExpressionGenerator(std::vector<Type> columns, uint64_t seed)
    : columns_(std::move(columns)), random_(seed) {
    auto known = [](const Type& t) { return std::find(types().begin(), types().end(), t) != types().end(); };
    // Texts whose size is an argument may take all memory there is.
    auto greedy = [](const std::string& name) { return name == "repeat" || name == "lpad" || name == "rpad"; };
    for (auto& f : scalar_functions()) {
        if (!f.deterministic || f.variadic || greedy(f.name)) continue;
        std::vector<Type> args;
        for (auto& p : f.args) {
            if (p.kind == TypePattern::Kind::kExact) args.push_back(p.type);
        }
        if (args.size() != f.args.size() || !std::all_of(args.begin(), args.end(), known)) continue;
        by_result_[f.result_type(args).kind].push_back(&f);
    }
}

const Type& ExpressionGenerator::any_type() { return types()[random_() % types().size()]; }

ExprPtr ExpressionGenerator::make(const Type& type, int depth) {
    if (depth == 0) return leaf(type);
    switch (random_() % 8) {
        case 0:
            return leaf(type);
        case 1:
        case 2:
            return control(type, depth - 1);
        case 3:
            return cast(type, depth - 1);
        default:
            return call(type, depth - 1);
    }
}

ExprPtr ExpressionGenerator::leaf(const Type& type) {
    std::vector<int> fitting;
    for (size_t i = 0; i < columns_.size(); ++i) {
        if (columns_[i].kind == type.kind) fitting.push_back(static_cast<int>(i));
    }
    if (!fitting.empty() && random_() % 4) return plan::column(fitting[random_() % fitting.size()], type, "");
    if (random_() % 4 == 0) return plan::null_literal(type);
    int64_t n = static_cast<int64_t>(random_() % 7) - 2;
    switch (type.physical()) {
        case Physical::kI64:
            return plan::literal(Cell::of(type.kind == TypeKind::kBoolean ? n & 1
                                          : type.kind == TypeKind::kTime  ? n * n
                                                                          : n),
                                 type);
        case Physical::kF64:
            return plan::literal(Cell::of(static_cast<double>(n) / 2), type);
        case Physical::kStr:
            return plan::literal(Cell::of(Str::of(n > 2 ? "ab" : n > 0 ? "a%" : "")), type);
        case Physical::kInterval:
            return plan::literal(Cell::of(Interval{n * 1'000'000, static_cast<int32_t>(n), 1}), type);
        case Physical::kDecimal: {
            Decimal d;
            d.value = n * 15;
            d.scale = 1;
            return plan::literal(Cell::of(d), type);
        }
    }
    return plan::null_literal(type);
}

ExprPtr ExpressionGenerator::call(const Type& type, int depth) {
    auto& functions = by_result_[type.kind];
    if (functions.empty()) return leaf(type);
    const ScalarFunction* f = functions[random_() % functions.size()];
    // Half of the time something that is emitted as IR, where there is something.
    for (int tries = 0; tries < 8 && f->op == Operation::kNone && random_() % 2; ++tries)
        f = functions[random_() % functions.size()];
    std::vector<ExprPtr> args;
    for (auto& p : f->args) args.push_back(make(p.type, depth));
    return plan::make(plan::Call{f, std::move(args)}, type);
}

ExprPtr ExpressionGenerator::cast(const Type& type, int depth) {
    for (int tries = 0; tries < 10; ++tries) {
        const Type& from = any_type();
        const ScalarFunction* f = find_cast(from, type, CastContext::kExplicit);
        if (f) return plan::make(plan::Call{f, {make(from, depth)}}, type);
    }
    return leaf(type);
}

ExprPtr ExpressionGenerator::control(const Type& type, int depth) {
    auto boolean = [&] { return make(TypeKind::kBoolean, depth); };
    if (type.kind == TypeKind::kBoolean && random_() % 4) {
        switch (random_() % 4) {
            case 0:
                return plan::make(plan::Not{boolean()}, type);
            case 1:
                return plan::make(plan::IsNull{make(any_type(), depth)}, type);
            case 2: {
                const Type& t = any_type();
                for (const ScalarFunction* f : find_scalar_functions("=")) {
                    if (f->args[0].kind == TypePattern::Kind::kExact && f->args[0].type == t.kind) {
                        return plan::make(plan::NotDistinct{make(t, depth), make(t, depth), f}, type);
                    }
                }
                return leaf(type);
            }
            default:
                return plan::make(plan::Logical{random_() % 2 == 0, {boolean(), boolean(), boolean()}}, type);
        }
    }
    if (random_() % 2) return plan::make(plan::Coalesce{{make(type, depth), make(type, depth), leaf(type)}}, type);
    return plan::make(plan::Case{{{boolean(), make(type, depth)}, {boolean(), make(type, depth)}}, make(type, depth)},
                      type);
}

}  // namespace streamql::test
