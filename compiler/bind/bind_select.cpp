#include <fmt/format.h>

#include "compiler/bind/binder.h"

namespace streamql::bind_detail {

std::string default_name(const ast::Expr& e) {
    if (auto* c = std::get_if<ast::ColumnRef>(&e.node)) return c->name.last().text;
    if (auto* f = std::get_if<ast::FunctionCall>(&e.node)) return f->name.last().text;
    if (auto* a = std::get_if<ast::FieldAccess>(&e.node)) return a->field.text;
    if (auto* s = std::get_if<ast::Subscript>(&e.node)) return default_name(*s->base);
    if (auto* c = std::get_if<ast::Cast>(&e.node)) {
        std::string inner = default_name(*c->value);
        return inner == "?column?" ? c->type.name : inner;
    }
    if (auto* c = std::get_if<ast::Case>(&e.node)) {
        std::string inner = c->otherwise ? default_name(*c->otherwise) : "?column?";
        return inner == "?column?" ? "case" : inner;
    }
    if (auto* t = std::get_if<ast::TypedLiteral>(&e.node)) return t->type.name;
    if (std::holds_alternative<ast::IntervalLiteral>(e.node)) return "interval";
    if (std::holds_alternative<ast::BoolLiteral>(e.node)) return "bool";
    if (std::holds_alternative<ast::ArrayLiteral>(e.node)) return "array";
    if (std::holds_alternative<ast::RowLiteral>(e.node)) return "row";
    return "?column?";
}

namespace {

template <typename... P>
bool any_of(const std::function<bool(const ast::Expr&)>& test, const P&... parts) {
    return (... || [&](const auto& p) {
        if constexpr (requires { *p; })
            return p && test(*p);
        else if constexpr (requires { p.begin(); }) {
            for (auto& x : p)
                if (test(x)) return true;
            return false;
        } else
            return test(p);
    }(parts));
}

std::vector<ScopeColumn> output_scope(const plan::Node& node) {
    std::vector<ScopeColumn> columns;
    for (size_t i = 0; i < node.columns.size(); ++i) columns.push_back({"", node.columns[i].name, static_cast<int>(i)});
    return columns;
}

}  // namespace

bool contains_aggregate(const ast::Expr& expr, const std::function<bool(const std::string&)>& is_aggregate) {
    const std::function<bool(const ast::Expr&)> in = [&](const ast::Expr& e) {
        return contains_aggregate(e, is_aggregate);
    };
    return std::visit(overloaded{[](const ast::NullLiteral&) { return false; },
                                 [](const ast::BoolLiteral&) { return false; },
                                 [](const ast::IntegerLiteral&) { return false; },
                                 [](const ast::DecimalLiteral&) { return false; },
                                 [](const ast::FloatLiteral&) { return false; },
                                 [](const ast::StringLiteral&) { return false; },
                                 [](const ast::IntervalLiteral&) { return false; },
                                 [](const ast::TypedLiteral&) { return false; },
                                 [](const ast::ColumnRef&) { return false; },
                                 [](const ast::Star&) { return false; },
                                 [](const ast::Exists&) { return false; },
                                 [](const ast::ScalarSubquery&) { return false; },
                                 [&](const ast::Unary& x) { return any_of(in, x.operand); },
                                 [&](const ast::Binary& x) { return any_of(in, x.left, x.right); },
                                 [&](const ast::Like& x) { return any_of(in, x.value, x.pattern, x.escape); },
                                 [&](const ast::IsTest& x) { return any_of(in, x.value); },
                                 [&](const ast::IsDistinctFrom& x) { return any_of(in, x.left, x.right); },
                                 [&](const ast::Between& x) { return any_of(in, x.value, x.low, x.high); },
                                 [&](const ast::InList& x) { return any_of(in, x.value, x.items); },
                                 [&](const ast::InSubquery& x) { return any_of(in, x.value); },
                                 [&](const ast::Quantified& x) { return any_of(in, x.left, x.array); },
                                 [&](const ast::Case& x) {
                                     if (any_of(in, x.operand, x.otherwise)) return true;
                                     for (auto& a : x.arms)
                                         if (any_of(in, a.when, a.then)) return true;
                                     return false;
                                 },
                                 [&](const ast::Cast& x) { return any_of(in, x.value); },
                                 [&](const ast::FunctionCall& x) {
                                     return (!x.over && is_aggregate(x.name.to_string())) || any_of(in, x.args);
                                 },
                                 [&](const ast::Subscript& x) { return any_of(in, x.base, x.index); },
                                 [&](const ast::Slice& x) { return any_of(in, x.base, x.low, x.high); },
                                 [&](const ast::FieldAccess& x) { return any_of(in, x.base); },
                                 [&](const ast::ArrayLiteral& x) { return any_of(in, x.items); },
                                 [&](const ast::RowLiteral& x) { return any_of(in, x.items); },
                                 [&](const ast::MapLiteral& x) { return any_of(in, x.keys, x.values); }},
                      expr.node);
}

std::optional<BoundRelation> Binder::bind_query(const ast::Query& query) {
    const ast::Emit* outer_emit = emit_;
    if (query.emit) emit_ = &*query.emit;
    ctes_.push_back({});
    for (auto& c : query.with) {
        auto bound = bind_query(*c.query);
        ctes_.back()[c.name.text] = std::nullopt;
        if (!bound) continue;
        roots_.emplace(bound->node, owner_ + "." + c.name.text);
        for (size_t i = 0; i < bound->columns.size(); ++i) {
            bound->columns[i].qualifier = c.name.text;
            if (i < c.columns.size()) bound->columns[i].name = c.columns[i].text;
        }
        ctes_.back()[c.name.text] = *bound;
    }
    auto body = bind_body(query.body);
    ctes_.pop_back();
    emit_ = outer_emit;
    if (!body) return std::nullopt;
    const size_t before = diags_.error_count();
    if (!query.order_by.empty()) not_supported(query.order_by.front().span, "ORDER BY");
    if (query.limit) not_supported(query.limit->span, "LIMIT");
    if (query.offset) not_supported(query.offset->span, "OFFSET");
    if (!check_emission(query, body->node)) return std::nullopt;
    if (query.late_data_to) {
        if (!divert_late(*query.late_data_to, body->node)) return std::nullopt;
    }
    if (diags_.error_count() != before) return std::nullopt;
    return body;
}

bool Binder::check_emission(const ast::Query& query, const plan::NodePtr& node) {
    if (!query.emit) return true;
    const Span span = query.emit->span;
    if (query.emit->mode == ast::Emit::Mode::kPeriodic) return not_supported(span, "EMIT PERIODIC"), false;
    std::set<const plan::Node*> seen;
    const std::function<bool(const plan::NodePtr&)> aggregated = [&](const plan::NodePtr& n) {
        return seen.insert(n.get()).second && (std::holds_alternative<plan::WindowAggregate>(n->kind) ||
                                               std::any_of(n->inputs.begin(), n->inputs.end(), aggregated));
    };
    if (query.emit->mode == ast::Emit::Mode::kChanges && aggregated(node)) {
        not_supported(span, "EMIT CHANGES over an aggregate").with_help("leave EMIT away, or write EMIT FINAL");
        return false;
    }
    return true;  // an insert-only result is its own changelog
}

bool Binder::check_width(size_t columns, Span span) {
    if (columns <= kMaxColumns) return true;
    diags_
        .error("too-large", span,
               fmt::format("a relation has at most {} columns, and this one has {}", kMaxColumns, columns))
        .with_help("name the columns that are needed in place of *");
    return false;
}

std::optional<BoundRelation> Binder::bind_body(const ast::QueryBody& body) {
    return std::visit(overloaded{[&](const ast::Select& s) { return bind_select(s, body.span); },
                                 [&](const ast::Values&) -> std::optional<BoundRelation> {
                                     return not_supported(body.span, "VALUES"), std::nullopt;
                                 },
                                 [&](const ast::SetOperation& s) { return bind_union(s, body.span); },
                                 [&](const ast::QueryPtr& q) { return bind_query(*q); }},
                      body.node);
}

std::optional<BoundRelation> Binder::bind_union(const ast::SetOperation& op, Span span) {
    if (op.op == ast::SetOp::kIntersect) return not_supported(span, "INTERSECT"), std::nullopt;
    if (op.op == ast::SetOp::kExcept) return not_supported(span, "EXCEPT"), std::nullopt;
    if (!op.all)
        return not_supported(span, "UNION without ALL").with_help("UNION ALL keeps every row and needs no state"),
               std::nullopt;
    auto l = bind_body(*op.left), r = bind_body(*op.right);
    if (!l || !r) return std::nullopt;
    const size_t n = l->node->columns.size();
    if (n != r->node->columns.size()) {
        diags_.error("union-columns", op.right->span,
                     fmt::format("UNION ALL joins queries of {} and {} columns", n, r->node->columns.size()));
        return std::nullopt;
    }
    auto column = [](const BoundRelation& x, size_t i) {  // NULL and 'text' take the other branch's type
        const auto& c = x.node->columns[i];
        auto* items = std::get_if<plan::Project>(&x.node->kind);
        if (items && c.type.kind == TypeKind::kString)
            if (auto* l = std::get_if<plan::Literal>(&items->expressions[i]->node))
                return Bound{l->value.null ? plan::null_literal(TypeKind::kNull) : items->expressions[i], true};
        return Bound{plan::column(static_cast<int>(i), c.type, c.name)};
    };
    std::vector<Type> types;
    for (size_t i = 0; i < n; ++i) {
        auto t = common_type({column(*l, i), column(*r, i)}, op.right->span,
                             fmt::format("column {} of UNION ALL", i + 1).c_str());
        if (!t) return std::nullopt;
        types.push_back(*t);
    }
    bool ok = true;
    auto fit = [&](BoundRelation& x) {
        std::vector<plan::ExprPtr> items;
        std::vector<std::string> names;
        bool change = false;
        for (size_t i = 0; i < n; ++i) {
            const auto& c = x.node->columns[i];
            const bool same = c.type == types[i];
            items.push_back(same ? plan::column(static_cast<int>(i), c.type, c.name)
                                 : coerce(column(x, i), types[i], Coercion::kImplicit, op.right->span, "UNION ALL"));
            ok &= items.back() != nullptr;
            names.push_back(l->node->columns[i].name);
            change |= !same;
        }
        return change && ok ? plan::make_node(plan::Project{items}, {x.node}, names, span) : x.node;
    };
    BoundRelation out;
    std::vector<plan::NodePtr> branches{fit(*l), fit(*r)};
    if (!ok) return std::nullopt;
    out.node = plan::make_node(plan::Union{}, branches, {}, span);
    out.columns = output_scope(*out.node);
    return out;
}

bool Binder::refuse_unlowered(const ast::Select& s) {
    const size_t before = diags_.error_count();
    if (s.distinct || !s.distinct_on.empty())
        not_supported(s.items.empty() ? Span{} : s.items.front().span,
                      s.distinct_on.empty() ? "SELECT DISTINCT" : "SELECT DISTINCT ON")
            .with_help("DEDUPLICATE BY (...) WITHIN ... removes copies; GROUP BY within a window gives distinct rows");
    if (s.qualify) not_supported(s.qualify->span, "QUALIFY");
    if (!s.named_windows.empty()) not_supported(s.named_windows.front().name.span, "a named window (OVER)");
    for (auto& g : s.group_by)
        if (g.kind != ast::GroupItem::Kind::kSet)
            not_supported(g.span, g.kind == ast::GroupItem::Kind::kRollup ? "ROLLUP"
                                  : g.kind == ast::GroupItem::Kind::kCube ? "CUBE"
                                                                          : "GROUPING SETS");
    if (!s.from)
        diags_.error("no-from", s.items.empty() ? Span{} : s.items.front().span, "a streaming SELECT needs FROM");
    return diags_.error_count() == before;
}

std::optional<BoundRelation> Binder::bind_select(const ast::Select& s, Span span) {
    if (!refuse_unlowered(s)) return std::nullopt;
    const size_t before = diags_.error_count();
    auto input = bind_relation(*s.from);
    if (!input) return std::nullopt;
    if (s.window) {
        if (input->window)
            return diags_.error("nested-window", s.window->span, "this relation is windowed already"), std::nullopt;
        auto w = bind_window(*s.window, *input);
        if (!w) return std::nullopt;
        input->window = PendingWindow{*w, s.window->span};
    }
    const auto is_aggregate = [this](const std::string& n) { return is_aggregate_name(n); };
    bool aggregated = s.has_group_by || s.having;
    for (auto& i : s.items) aggregated |= contains_aggregate(i.expr, is_aggregate);
    if (input->window && !aggregated) {
        materialise_window(*input);
        if (diags_.error_count() != before) return std::nullopt;
    }
    if (s.where) {
        ExprContext context;
        context.columns = &input->columns;
        context.node = input->node.get();
        context.clause = "WHERE";
        context.before_window = input->window.has_value();
        if (auto where = boolean(*s.where, context))  // if not, the rest of the query still has its say
            input->node = plan::make_node(plan::Filter{where}, {input->node}, {}, s.where->span);
    }
    auto result = aggregated ? bind_aggregation(s, std::move(*input), span) : bind_projection(s, std::move(*input));
    return diags_.error_count() == before ? result : std::nullopt;
}

std::optional<BoundRelation> Binder::bind_projection(const ast::Select& s, BoundRelation input) {
    std::vector<plan::ExprPtr> items;
    std::vector<std::string> names;
    ExprContext context;
    context.columns = &input.columns;
    context.node = input.node.get();
    context.clause = "SELECT";
    bool ok = true;
    for (auto& item : s.items) {
        if (auto* star = std::get_if<ast::Star>(&item.expr.node)) {
            bool any = false;
            for (auto& c : input.columns) {
                if (star->qualifier ? c.qualifier != star->qualifier->to_string() : c.merged) continue;
                any = true;
                items.push_back(plan::column(c.index, input.node->columns[c.index].type, c.name, item.span));
                names.push_back(c.name);
            }
            if (!any) {
                diags_
                    .error("unknown-relation", item.span,
                           fmt::format("there is no relation \"{}\" here", star->qualifier->to_string()))
                    .with_help(qualifier_help(star->qualifier->to_string(), input.columns));
                ok = false;
            }
            continue;
        }
        Bound b = bind_expr(item.expr, context);
        if (b && b.unknown) b = {coerce(b, TypeKind::kString, Coercion::kImplicit, item.span, "SELECT")};
        ok &= static_cast<bool>(b);
        items.push_back(b.expr);
        names.push_back(item.alias ? item.alias->text : default_name(item.expr));
    }
    if (!ok || !check_width(items.size(), s.items.front().span)) return std::nullopt;
    BoundRelation out;
    out.node = plan::make_node(plan::Project{items}, {input.node}, names, s.items.front().span);
    out.columns = output_scope(*out.node);
    return out;
}

}  // namespace streamql::bind_detail
