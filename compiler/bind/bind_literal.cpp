// Literals, and the coercions that bring a value to the type of its place.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/bind/binder.h"
#include "compiler/functions/casts.h"
#include "compiler/functions/resolve.h"
#include "compiler/plan/evaluate.h"

namespace streamql::bind_detail {

/// 'text', whose type is open.
Bound Binder::bind_text(const std::string& text, Span span) {
    return {plan::literal(Cell::of(Str::of(text)), TypeKind::kString, span), true};
}

plan::ExprPtr Binder::coerce(const Bound& value, const Type& to, Coercion how, Span span, const std::string& what) {
    if (to.kind != TypeKind::kDecimal && to.precision > 0 && value.type().precision != to.precision) {
        // TIMESTAMP(0): a cast to TIMESTAMP, then to the digits it keeps
        auto whole = coerce(value, Type(to.kind), how, span, what);
        if (!whole) return nullptr;
        const int64_t unit = cast_parameters(Type(to.kind), to).numbers[0];
        auto cast = find_cast(Type(to.kind), Type(to.kind), CastContext::kImplicit);
        return plan::fold(
            plan::make(plan::Call{cast, {whole, plan::literal(Cell::of(unit), TypeKind::kBigint, span)}}, to, span),
            zone_);
    }
    const Type from = value.unknown && value.type().kind != TypeKind::kNull ? Type(TypeKind::kString) : value.type();
    if (from == to && !(value.unknown && to.kind != TypeKind::kString)) return value.expr;
    auto* lit = std::get_if<plan::Literal>(&value.expr->node);
    if (from.kind == TypeKind::kNull || (value.unknown && lit && lit->value.null))
        return plan::null_literal(to, value.expr->span);
    if (value.unknown && to.kind == TypeKind::kString) return value.expr;
    const CastContext context = value.unknown || how == Coercion::kExplicit ? CastContext::kExplicit
                                : how == Coercion::kAssignment              ? CastContext::kAssignment
                                                                            : CastContext::kImplicit;
    if (from.kind == to.kind && from.kind != TypeKind::kDecimal && !from.is_nested()) return value.expr;
    const ScalarFunction* cast = find_cast(from, to, context);
    if (!cast) {
        auto& d =
            diags_.error("type-mismatch", span,
                         how == Coercion::kExplicit
                             ? fmt::format("{} cannot be cast to {}", from.to_string(), to.to_string())
                             : fmt::format("{} needs {}, and this is {}", what, to.to_string(), from.to_string()));
        if (find_cast(from, to, CastContext::kExplicit))
            d.with_help(fmt::format("write CAST(... AS {})", to.to_string()));
        return nullptr;
    }
    std::vector<plan::ExprPtr> args{value.expr};
    CastParameters parameters = cast_parameters(from, to);
    for (int64_t n : parameters.numbers) args.push_back(plan::literal(Cell::of(n), TypeKind::kBigint, span));
    if (!parameters.text.empty())
        args.push_back(plan::literal(Cell::of(Str::of(parameters.text)), TypeKind::kString, span));
    auto result = plan::make(plan::Call{cast, std::move(args)}, to, span);
    if (!value.unknown) return result;
    // 'text' as a literal of the other type: a bad one is an error of the query
    auto folded = plan::fold(result, zone_);
    if (!std::holds_alternative<plan::Literal>(folded->node)) {
        diags_.error("bad-literal", value.expr->span,
                     fmt::format("'{}' is no value of type {}", lit ? lit->value.str.view() : "", to.to_string()));
        return nullptr;
    }
    return folded;
}

std::optional<Type> Binder::common_type(const std::vector<Bound>& values, Span span, const char* what) {
    std::vector<ArgumentType> types;
    for (auto& v : values) types.push_back({v.type(), v.unknown});
    Type t;
    if (streamql::common_type(types, &t)) {
        const bool text = std::any_of(values.begin(), values.end(),
                                      [](auto& v) { return v.unknown && v.type().kind != TypeKind::kNull; });
        return text && t.kind == TypeKind::kDecimal ? Type::numeric() : t;  // a literal keeps all its digits
    }
    std::string list;
    for (auto& v : values) list += (list.empty() ? "" : ", ") + v.type().to_string();
    diags_.error("type-mismatch", span, fmt::format("{} has values of types that do not go together: {}", what, list));
    return std::nullopt;
}

Bound Binder::bind_number(const std::string& text, Span span) {
    if (text.find_first_not_of("0123456789") == std::string::npos && text.size() <= 19) {
        errno = 0;
        const long long v = std::strtoll(text.c_str(), nullptr, 10);
        if (errno == 0)
            return {plan::literal(Cell::of(static_cast<int64_t>(v)),
                                  v <= INT32_MAX ? TypeKind::kInteger : TypeKind::kBigint, span)};
    }
    Bound b = bind_text(text, span);
    auto e = coerce(b, Type::numeric(), Coercion::kExplicit, span, "a number");
    return {e};
}

// 1e3 is NUMERIC, as in PostgreSQL; what has no place in 38 digits (1e40, 1e-60) is DOUBLE.
Bound Binder::bind_float(const std::string& text, Span span) {
    const size_t e = text.find_first_of("eE");
    const long exponent = std::strtol(text.c_str() + e + 1, nullptr, 10);
    const std::string_view digits = std::string_view(text).substr(0, e);
    const long dot = static_cast<long>(std::min(digits.find('.'), digits.size()));
    const long fraction = static_cast<long>(digits.size()) - dot;
    if (dot + exponent <= 38 && fraction - exponent <= 38) return bind_number(text, span);
    return {coerce(bind_text(text, span), TypeKind::kDouble, Coercion::kExplicit, span, "a number")};
}

Bound Binder::bind_literal_text(const std::string& text, const Type& type, Span span) {
    return {coerce(bind_text(text, span), type, Coercion::kExplicit, span, "this literal")};
}

}  // namespace streamql::bind_detail
