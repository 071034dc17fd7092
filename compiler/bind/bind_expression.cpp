#include <fmt/format.h>

#include "compiler/bind/binder.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/plan/evaluate.h"

namespace streamql::bind_detail {

namespace {

constexpr size_t kMaxInList = 5000;  // each item is a comparison in the generated code

const char* operator_name(ast::BinaryOp op) {
    using enum ast::BinaryOp;
    switch (op) {
        case kOr:
            return "OR";
        case kAnd:
            return "AND";
        case kEq:
            return "=";
        case kNe:
            return "<>";
        case kLt:
            return "<";
        case kLe:
            return "<=";
        case kGt:
            return ">";
        case kGe:
            return ">=";
        case kAdd:
            return "+";
        case kSub:
            return "-";
        case kMul:
            return "*";
        case kDiv:
            return "/";
        case kMod:
            return "%";
        case kPow:
            return "^";
        case kConcat:
            return "||";
        case kJsonGet:
            return "->";
        case kJsonGetText:
            return "->>";
        case kJsonPath:
            return "#>";
        case kJsonPathText:
            return "#>>";
        case kMatch:
            return "~";
        case kNotMatch:
            return "!~";
        case kMatchNoCase:
            return "~*";
        case kNotMatchNoCase:
            return "!~*";
        case kContains:
            return "@>";
        case kContainedBy:
            return "<@";
        case kOverlaps:
            return "&&";
        case kBitAnd:
            return "&";
        case kBitOr:
            return "|";
        case kBitXor:
            return "#";
    }
    return "?";
}

}  // namespace

plan::ExprPtr Binder::boolean(const ast::Expr& expr, const ExprContext& context) {
    Bound b = bind_expr(expr, context);
    if (!b) return nullptr;
    if (b.unknown) return coerce(b, TypeKind::kBoolean, Coercion::kImplicit, expr.span, context.clause);
    if (b.type().kind == TypeKind::kBoolean) return b.expr;
    diags_.error("type-mismatch", expr.span,
                 fmt::format("{} must be BOOLEAN, not {}", context.clause, b.type().to_string()));
    return nullptr;
}

Bound Binder::bind_expr(const ast::Expr& expr, const ExprContext& context) {
    const Span span = expr.span;
    auto unsupported = [&](const char* what) { return not_supported(span, what), Bound{}; };
    return std::visit(
        overloaded{[&](const ast::NullLiteral&) -> Bound { return {plan::null_literal(TypeKind::kNull, span), true}; },
                   [&](const ast::BoolLiteral& l) -> Bound { return {plan::boolean_literal(l.value, span)}; },
                   [&](const ast::IntegerLiteral& l) -> Bound { return bind_number(l.text, span); },
                   [&](const ast::DecimalLiteral& l) -> Bound { return bind_number(l.text, span); },
                   [&](const ast::FloatLiteral& l) -> Bound { return bind_float(l.text, span); },
                   [&](const ast::StringLiteral& l) -> Bound { return bind_text(l.value, span); },
                   [&](const ast::IntervalLiteral& l) -> Bound {
                       return {plan::literal(Cell::of(l.value), TypeKind::kInterval, span)};
                   },
                   [&](const ast::TypedLiteral& l) -> Bound {
                       auto t = bind_type(l.type);
                       return t ? bind_literal_text(l.text, *t, l.text_span) : Bound{};
                   },
                   [&](const ast::ColumnRef& c) -> Bound { return bind_column(c, context, span); },
                   [&](const ast::Star&) -> Bound {
                       diags_.error("misplaced-star", span, "* stands only in SELECT and COUNT(*)");
                       return {};
                   },
                   [&](const ast::Unary& u) -> Bound { return bind_unary(u, context, span); },
                   [&](const ast::Binary& b) -> Bound { return bind_binary(b, context, span); },
                   [&](const ast::Like& l) -> Bound { return bind_like(l, context, span); },
                   [&](const ast::IsTest& t) -> Bound { return bind_is_test(t, context, span); },
                   [&](const ast::IsDistinctFrom& d) -> Bound {
                       Bound l = bind_expr(*d.left, context), r = bind_expr(*d.right, context);
                       if (!l || !r) return {};
                       Bound same = not_distinct(l, r, span);
                       if (!same || d.negated) return same;
                       return {plan::make(plan::Not{same.expr}, TypeKind::kBoolean, span)};
                   },
                   [&](const ast::Between& b) -> Bound { return bind_between(b, context, span); },
                   [&](const ast::InList& in) -> Bound { return bind_in_list(in, context, span); },
                   [&](const ast::InSubquery&) -> Bound { return unsupported("IN (SELECT ...)"); },
                   [&](const ast::Exists&) -> Bound { return unsupported("EXISTS"); },
                   [&](const ast::ScalarSubquery&) -> Bound { return unsupported("a subquery as a value"); },
                   [&](const ast::Quantified&) -> Bound { return unsupported("ANY / ALL"); },
                   [&](const ast::Case& c) -> Bound { return bind_case(c, context, span); },
                   [&](const ast::Cast& c) -> Bound { return bind_cast(c, context, span); },
                   [&](const ast::FunctionCall& f) -> Bound { return bind_function(f, context, span); },
                   [&](const ast::Subscript& s) -> Bound {
                       Bound base = bind_expr(*s.base, context), index = bind_expr(*s.index, context);
                       return base && index ? call("[]", {base, index}, span) : Bound{};
                   },
                   [&](const ast::Slice&) -> Bound { return unsupported("an array slice"); },
                   [&](const ast::FieldAccess& f) -> Bound {
                       Bound base = bind_expr(*f.base, context);
                       return base ? bind_field(base, f.field.text, span) : Bound{};
                   },
                   [&](const ast::ArrayLiteral&) -> Bound { return unsupported("an ARRAY literal"); },
                   [&](const ast::RowLiteral&) -> Bound { return unsupported("a ROW literal"); },
                   [&](const ast::MapLiteral&) -> Bound { return unsupported("a MAP literal"); }},
        expr.node);
}

Bound Binder::bind_unary(const ast::Unary& u, const ExprContext& context, Span span) {
    if (u.op == ast::UnaryOp::kNot) {
        ExprContext inner = context;
        inner.clause = "NOT";
        auto e = boolean(*u.operand, inner);
        return e ? Bound{plan::make(plan::Not{e}, TypeKind::kBoolean, span)} : Bound{};
    }
    if (u.op == ast::UnaryOp::kMinus) {  // -9223372036854775808 is one literal
        if (auto* i = std::get_if<ast::IntegerLiteral>(&u.operand->node); i && i->text == "9223372036854775808")
            return {plan::literal(Cell::of(INT64_MIN), TypeKind::kBigint, span)};
        if (auto* i = std::get_if<ast::IntegerLiteral>(&u.operand->node); i && i->text == "2147483648")
            return {plan::literal(Cell::of(int64_t{INT32_MIN}), TypeKind::kInteger, span)};
    }
    Bound operand = bind_expr(*u.operand, context);
    if (!operand || u.op == ast::UnaryOp::kPlus) return operand;
    return call(u.op == ast::UnaryOp::kMinus ? "-" : "~", {operand}, span);
}

Bound Binder::bind_like(const ast::Like& l, const ExprContext& context, Span span) {
    Bound v = bind_expr(*l.value, context), p = bind_expr(*l.pattern, context);
    if (!v || !p) return {};
    if (l.kind == ast::Like::Kind::kSimilar) return not_supported(span, "SIMILAR TO"), Bound{};
    std::vector<Bound> args{v, p};
    if (l.escape) {
        args.push_back(bind_expr(*l.escape, context));
        if (!args.back()) return {};
    }
    Bound r = call(l.kind == ast::Like::Kind::kLike ? "LIKE" : "ILIKE", args, span);
    return r && l.negated ? Bound{plan::make(plan::Not{r.expr}, TypeKind::kBoolean, span)} : r;
}

Bound Binder::bind_is_test(const ast::IsTest& t, const ExprContext& context, Span span) {
    Bound v = bind_expr(*t.value, context);
    if (!v) return {};
    plan::ExprPtr e;
    if (t.kind == ast::IsTest::Kind::kNull) {
        e = plan::make(plan::IsNull{v.expr}, TypeKind::kBoolean, span);
    } else {
        ExprContext inner = context;
        inner.clause = "IS";
        auto b = boolean(*t.value, inner);
        if (!b) return {};
        auto same = t.kind == ast::IsTest::Kind::kFalse ? plan::make(plan::Not{b}, TypeKind::kBoolean, span) : b;
        e = t.kind == ast::IsTest::Kind::kUnknown
                ? plan::make(plan::IsNull{b}, TypeKind::kBoolean, span)
                : plan::make(plan::Coalesce{{same, plan::boolean_literal(false, span)}}, TypeKind::kBoolean, span);
    }
    return {t.negated ? plan::make(plan::Not{e}, TypeKind::kBoolean, span) : e};
}

Bound Binder::bind_binary(const ast::Binary& b, const ExprContext& context, Span span) {
    if (b.op == ast::BinaryOp::kAnd || b.op == ast::BinaryOp::kOr) {
        ExprContext inner = context;
        inner.clause = operator_name(b.op);
        auto l = boolean(*b.left, inner), r = boolean(*b.right, inner);
        if (!l || !r) return {};
        plan::Logical node;
        node.is_and = b.op == ast::BinaryOp::kAnd;
        auto add = [&](const plan::ExprPtr& e) {
            if (auto* same = std::get_if<plan::Logical>(&e->node); same && same->is_and == node.is_and)
                node.args.insert(node.args.end(), same->args.begin(), same->args.end());
            else
                node.args.push_back(e);
        };
        add(l);
        add(r);
        return {plan::make(node, TypeKind::kBoolean, span)};
    }
    Bound l = bind_expr(*b.left, context), r = bind_expr(*b.right, context);
    if (!l || !r) return {};
    if (b.op == ast::BinaryOp::kNotMatch || b.op == ast::BinaryOp::kNotMatchNoCase) {
        Bound m = call(b.op == ast::BinaryOp::kNotMatch ? "~" : "~*", {l, r}, span);
        return m ? Bound{plan::make(plan::Not{m.expr}, TypeKind::kBoolean, span)} : m;
    }
    return call(operator_name(b.op), {l, r}, span);
}

Bound Binder::not_distinct(Bound l, Bound r, Span span) {
    Bound equal = call("=", {l, r}, span);
    if (!equal) return {};
    auto* c = std::get_if<plan::Call>(&equal.expr->node);
    if (!c)
        return {plan::make(plan::IsNull{l.unknown ? r.expr : l.expr}, TypeKind::kBoolean,
                           span)};  // = NULL folded to a NULL literal
    return {plan::make(plan::NotDistinct{c->args[0], c->args[1], c->function}, TypeKind::kBoolean, span)};
}

Bound Binder::bind_between(const ast::Between& b, const ExprContext& context, Span span) {
    Bound v = bind_expr(*b.value, context), lo = bind_expr(*b.low, context), hi = bind_expr(*b.high, context);
    if (!v || !lo || !hi) return {};
    auto range = [&](const Bound& low, const Bound& high) -> plan::ExprPtr {
        Bound x = call(">=", {v, low}, span), y = call("<=", {v, high}, span);
        return x && y ? plan::make(plan::Logical{true, {x.expr, y.expr}}, TypeKind::kBoolean, span) : nullptr;
    };
    auto e = range(lo, hi);
    if (!e) return {};
    if (b.symmetric) {
        auto other = range(hi, lo);
        if (!other) return {};
        e = plan::make(plan::Logical{false, {e, other}}, TypeKind::kBoolean, span);
    }
    return {b.negated ? plan::make(plan::Not{e}, TypeKind::kBoolean, span) : e};
}

Bound Binder::bind_in_list(const ast::InList& in, const ExprContext& context, Span span) {
    Bound v = bind_expr(*in.value, context);
    if (!v) return {};
    std::vector<Bound> items{v};
    for (auto& i : in.items) {
        items.push_back(bind_expr(i, context));
        if (!items.back()) return {};
    }
    if (in.items.size() > kMaxInList)
        return diags_
                   .error(
                       "too-long", span,
                       fmt::format("an IN list has at most {} items, and this one has {}", kMaxInList, in.items.size()))
                   .with_help("read the values as a stream and JOIN it"),
               Bound{};
    auto type = common_type(items, span, "IN");
    if (!type) return {};
    std::vector<plan::ExprPtr> parts;
    for (size_t i = 1; i < items.size(); ++i) {
        Bound equal = call("=",
                           {Bound{coerce(v, *type, Coercion::kImplicit, span, "IN")},
                            Bound{coerce(items[i], *type, Coercion::kImplicit, items[i].expr->span, "IN")}},
                           span);
        if (!equal) return {};
        parts.push_back(equal.expr);
    }
    auto e = parts.size() == 1 ? parts[0] : plan::make(plan::Logical{false, parts}, TypeKind::kBoolean, span);
    return {in.negated ? plan::make(plan::Not{e}, TypeKind::kBoolean, span) : e};
}

Bound Binder::bind_case(const ast::Case& c, const ExprContext& context, Span span) {
    plan::Case node;
    std::vector<plan::ExprPtr> conditions;
    std::vector<Bound> values;
    Bound operand;
    if (c.operand) {
        operand = bind_expr(*c.operand, context);
        if (!operand) return {};
    }
    for (auto& arm : c.arms) {
        if (c.operand) {
            Bound when = bind_expr(*arm.when, context);
            Bound equal = when ? call("=", {operand, when}, arm.when->span) : Bound{};
            if (!equal) return {};
            conditions.push_back(equal.expr);
        } else {
            ExprContext inner = context;
            inner.clause = "WHEN";
            auto w = boolean(*arm.when, inner);
            if (!w) return {};
            conditions.push_back(w);
        }
        values.push_back(bind_expr(*arm.then, context));
        if (!values.back()) return {};
    }
    values.push_back(c.otherwise ? bind_expr(*c.otherwise, context)
                                 : Bound{plan::null_literal(TypeKind::kNull, span), true});
    if (!values.back()) return {};
    auto type = common_type(values, span, "CASE");
    if (!type) return {};
    for (size_t i = 0; i < values.size(); ++i) {
        auto v = coerce(values[i], *type, Coercion::kImplicit, values[i].expr->span, "CASE");
        if (!v) return {};
        if (i < conditions.size())
            node.whens.push_back({conditions[i], v});
        else
            node.otherwise = v;
    }
    return {plan::make(node, *type, span)};
}

Bound Binder::bind_cast(const ast::Cast& c, const ExprContext& context, Span span) {
    if (c.try_cast) return not_supported(span, "TRY_CAST"), Bound{};
    Bound v = bind_expr(*c.value, context);
    auto type = bind_type(c.type);
    if (!v || !type) return {};
    auto e = coerce(v, *type, Coercion::kExplicit, span, "CAST");
    return {e};
}

}  // namespace streamql::bind_detail
