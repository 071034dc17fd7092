#include "compiler/plan/expression.h"

#include <algorithm>

#include "compiler/functions/registry.h"
#include "runtime/base/result.h"

namespace streamql::plan {

namespace {

/// Calls visit(child) for each child, in evaluation order.
template <typename Visit>
void for_each_child(const Expr& e, Visit&& visit) {
    std::visit(overloaded{
                   [](const Literal&) {},
                   [](const Column&) {},
                   [&](const Call& n) {
                       for (auto& a : n.args) visit(a);
                   },
                   [&](const Logical& n) {
                       for (auto& a : n.args) visit(a);
                   },
                   [&](const Not& n) { visit(n.arg); },
                   [&](const IsNull& n) { visit(n.arg); },
                   [&](const NotDistinct& n) {
                       visit(n.left);
                       visit(n.right);
                   },
                   [&](const Case& n) {
                       for (auto& [when, then] : n.whens) {
                           visit(when);
                           visit(then);
                       }
                       visit(n.otherwise);
                   },
                   [&](const Coalesce& n) {
                       for (auto& a : n.args) visit(a);
                   },
               },
               e.node);
}

template <typename Predicate>
bool all_of(const ExprPtr& e, Predicate&& holds) {
    if (!holds(*e)) return false;
    bool ok = true;
    for_each_child(*e, [&](const ExprPtr& c) { ok = ok && all_of(c, holds); });
    return ok;
}

/// The same node over new children; `e` itself when no child changed.
template <typename Map>
ExprPtr with_children(const ExprPtr& e, Map&& map) {
    bool changed = false;
    auto step = [&](const ExprPtr& c) {
        ExprPtr m = map(c);
        changed = changed || m != c;
        return m;
    };
    auto steps = [&](std::vector<ExprPtr> args) {
        for (auto& a : args) a = step(a);
        return args;
    };
    auto node =
        std::visit(overloaded{
                       [](const Literal& n) -> decltype(Expr::node) { return n; },
                       [](const Column& n) -> decltype(Expr::node) { return n; },
                       [&](const Call& n) -> decltype(Expr::node) { return Call{n.function, steps(n.args)}; },
                       [&](const Logical& n) -> decltype(Expr::node) { return Logical{n.is_and, steps(n.args)}; },
                       [&](const Not& n) -> decltype(Expr::node) { return Not{step(n.arg)}; },
                       [&](const IsNull& n) -> decltype(Expr::node) { return IsNull{step(n.arg)}; },
                       [&](const NotDistinct& n) -> decltype(Expr::node) {
                           ExprPtr left = step(n.left);
                           return NotDistinct{left, step(n.right), n.equal};
                       },
                       [&](const Case& n) -> decltype(Expr::node) {
                           Case c;
                           for (auto& [when, then] : n.whens) {
                               ExprPtr w = step(when);
                               c.whens.emplace_back(w, step(then));
                           }
                           c.otherwise = step(n.otherwise);
                           return c;
                       },
                       [&](const Coalesce& n) -> decltype(Expr::node) { return Coalesce{steps(n.args)}; },
                   },
                   e->node);
    return changed ? make(std::move(node), e->type, e->span) : e;
}

bool deterministic_node(const Expr& e) {
    const auto* call = std::get_if<Call>(&e.node);
    return !call || call->function->deterministic;
}

}  // namespace

ExprPtr make(decltype(Expr::node) node, Type type, Span span) {
    auto e = std::make_shared<Expr>(Expr{std::move(node), std::move(type), span});
    constexpr int64_t kEnough = int64_t{1} << 40;  // far beyond kMaxWeight, far from an overflow
    for_each_child(*e, [&](const ExprPtr& c) { e->weight = std::min(kEnough, e->weight + c->weight); });
    return e;
}

ExprPtr literal(Cell value, Type type, Span span) {
    Literal l{value, nullptr};
    if (!value.null && type.physical() == Physical::kStr) {
        l.bytes = std::make_shared<const std::string>(value.str.view());
        l.value.str = Str::of(*l.bytes);
    }
    return make(std::move(l), std::move(type), span);
}

ExprPtr null_literal(Type type, Span span) { return make(Literal{}, std::move(type), span); }

ExprPtr boolean_literal(bool value, Span span) {
    return make(Literal{Cell::of(int64_t{value}), nullptr}, TypeKind::kBoolean, span);
}

ExprPtr column(int index, Type type, std::string name, Span span) {
    return make(Column{index, std::move(name)}, std::move(type), span);
}

void collect_columns(const ExprPtr& e, std::vector<int>& out) {
    if (const auto* c = std::get_if<Column>(&e->node)) out.push_back(c->index);
    for_each_child(*e, [&](const ExprPtr& child) { collect_columns(child, out); });
}

void collect_fallible(const ExprPtr& e, std::vector<ExprPtr>& out) {
    if (const auto* call = std::get_if<Call>(&e->node); call && call->function->fallible) out.push_back(e);
    for_each_child(*e, [&](const ExprPtr& child) { collect_fallible(child, out); });
}

void visit_functions(const ExprPtr& e, const std::function<void(const ScalarFunction&)>& visit) {
    if (const auto* call = std::get_if<Call>(&e->node)) visit(*call->function);
    if (const auto* n = std::get_if<NotDistinct>(&e->node)) visit(*n->equal);
    for_each_child(*e, [&](const ExprPtr& child) { visit_functions(child, visit); });
}

ExprPtr substitute(const ExprPtr& e, const std::vector<ExprPtr>& replacement) {
    if (const auto* c = std::get_if<Column>(&e->node)) {
        SQ_CHECK(c->index >= 0 && static_cast<size_t>(c->index) < replacement.size(), to_string(e));
        return replacement[c->index];
    }
    return with_children(e, [&](const ExprPtr& child) { return substitute(child, replacement); });
}

ExprPtr remap(const ExprPtr& e, const std::vector<int>& map) {
    if (const auto* c = std::get_if<Column>(&e->node)) {
        SQ_CHECK(c->index >= 0 && static_cast<size_t>(c->index) < map.size() && map[c->index] >= 0, to_string(e));
        return map[c->index] == c->index ? e : column(map[c->index], e->type, c->name, e->span);
    }
    return with_children(e, [&](const ExprPtr& child) { return remap(child, map); });
}

bool is_constant(const ExprPtr& e) {
    return all_of(e, [](const Expr& n) { return !std::holds_alternative<Column>(n.node) && deterministic_node(n); });
}

bool is_deterministic(const ExprPtr& e) { return all_of(e, deterministic_node); }

bool is_infallible(const ExprPtr& e) {
    return all_of(e, [](const Expr& n) {
        const auto* call = std::get_if<Call>(&n.node);
        return !call || !call->function->fallible;
    });
}

void split_conjunction(const ExprPtr& e, std::vector<ExprPtr>& out) {
    const auto* l = std::get_if<Logical>(&e->node);
    if (l && l->is_and) {
        for (auto& a : l->args) split_conjunction(a, out);
    } else {
        out.push_back(e);
    }
}

ExprPtr conjunction(std::vector<ExprPtr> parts) {
    if (parts.empty()) return boolean_literal(true);
    if (parts.size() == 1) return parts[0];
    Span span = parts[0]->span;
    for (auto& p : parts) span = join(span, p->span);
    return make(Logical{true, std::move(parts)}, TypeKind::kBoolean, span);
}

}  // namespace streamql::plan
