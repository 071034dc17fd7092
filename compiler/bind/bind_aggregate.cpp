#include <fmt/format.h>

#include "compiler/bind/binder.h"

namespace streamql::bind_detail {

namespace {

/// Brings expressions over (input columns, aggregate placeholders, window bounds) to the aggregate's output columns.
struct OutputMapper {
    const plan::WindowAggregate& node;
    Diagnostics& diags;
    const plan::Node& input;
    std::vector<std::string> key_prints;
    bool ok = true;

    int first() const { return node.window.kind == WindowKind::kNone ? 0 : 2; }

    plan::ExprPtr map(const plan::ExprPtr& e) {
        const std::string print = plan::fingerprint(e);
        for (size_t k = 0; k < node.keys.size(); ++k)
            if (key_prints[k] == print)
                return plan::column(first() + static_cast<int>(k), e->type, plan::to_string(e), e->span);
        if (auto* c = std::get_if<plan::Column>(&e->node)) {
            if (c->index == kWindowStart || c->index == kWindowEnd)
                return plan::column(c->index == kWindowStart ? 0 : 1, e->type, c->name, e->span);
            if (c->index >= kAggregateBase)
                return plan::column(first() + static_cast<int>(node.keys.size()) + c->index - kAggregateBase, e->type,
                                    c->name, e->span);
            diags
                .error("not-grouped", e->span,
                       fmt::format("column \"{}\" must be in GROUP BY or inside an aggregate", c->name))
                .with_help(fmt::format("add it to GROUP BY, or write FIRST_VALUE({0}), MIN({0}) ...", c->name));
            ok = false;
            return e;
        }
        auto copy = std::make_shared<plan::Expr>(*e);
        std::visit(overloaded{[](plan::Literal&) {}, [](plan::Column&) {},
                              [&](plan::Call& x) {
                                  for (auto& a : x.args) a = map(a);
                              },
                              [&](plan::Logical& x) {
                                  for (auto& a : x.args) a = map(a);
                              },
                              [&](plan::Not& x) { x.arg = map(x.arg); }, [&](plan::IsNull& x) { x.arg = map(x.arg); },
                              [&](plan::NotDistinct& x) {
                                  x.left = map(x.left);
                                  x.right = map(x.right);
                              },
                              [&](plan::Case& x) {
                                  for (auto& w : x.whens) {
                                      w.first = map(w.first);
                                      w.second = map(w.second);
                                  }
                                  x.otherwise = map(x.otherwise);
                              },
                              [&](plan::Coalesce& x) {
                                  for (auto& a : x.args) a = map(a);
                              }},
                   copy->node);
        return copy;
    }
};

/// The window of an aggregate. GROUP BY over window_start or window_end of an inner window: the same windows again.
WindowSpec window_of(const BoundRelation& input, const std::vector<plan::ExprPtr>& keys) {
    if (input.window) return input.window->spec;
    WindowSpec window;
    if (input.node->traits.window) {
        const plan::WindowColumns& w = *input.node->traits.window;
        bool start = false, end = false;
        for (auto& k : keys)
            if (auto* c = std::get_if<plan::Column>(&k->node)) {
                start |= c->index == w.start;
                end |= c->index == w.end;
            }
        if (start || end) {
            window.kind = WindowKind::kTumbling;
            window.size = window.advance = w.advance;
            // an inner window [s, s + size) has event time s + size - 1us: it falls into the outer pane that ends at s
            // + size
            window.offset = ((w.offset + w.size) % w.advance + w.advance) % w.advance;
            window.timezone = w.timezone;
        }
    }
    return window;
}

}  // namespace

std::vector<plan::ExprPtr> Binder::group_keys(const ast::Select& s, const BoundRelation& input) {
    ExprContext context;
    context.columns = &input.columns;
    context.node = input.node.get();
    context.clause = "GROUP BY";
    std::vector<plan::ExprPtr> keys;
    auto add_key = [&](const ast::Expr& e) {
        const ast::Expr* expr = &e;
        if (auto* i = std::get_if<ast::IntegerLiteral>(&e.node)) {  // GROUP BY 1
            const size_t at = std::strtoul(i->text.c_str(), nullptr, 10);
            if (at < 1 || at > s.items.size())
                return void(diags_.error("bad-position", e.span,
                                         fmt::format("GROUP BY position {} is not in the select list", i->text)));
            expr = &s.items[at - 1].expr;
        } else if (auto* c = std::get_if<ast::ColumnRef>(&e.node);
                   c && c->name.parts.size() == 1) {  // an output name, if no input column has it
            const std::string& n = c->name.parts[0].text;
            const bool is_column =
                std::any_of(input.columns.begin(), input.columns.end(), [&](auto& x) { return x.name == n; });
            if (!is_column && !(input.window.has_value() && (n == "window_start" || n == "window_end")))
                for (auto& item : s.items)
                    if (item.alias && item.alias->text == n) expr = &item.expr;
        }
        ExprContext key_context = context;
        AggregateScope bounds;  // window_start and window_end are known, aggregates are not
        bounds.windowed = input.window.has_value();
        key_context.aggregates = &bounds;
        Bound b = bind_expr(*expr, key_context);
        if (!b) return;
        if (!bounds.aggregates.empty())
            return void(diags_.error("misplaced-aggregate", e.span, "an aggregate cannot stand in GROUP BY"));
        if (b.unknown) b = {coerce(b, TypeKind::kString, Coercion::kImplicit, e.span, "GROUP BY")};
        std::vector<int> used;
        plan::collect_columns(b.expr, used);
        const auto is_bound = [](int c) { return c == kWindowStart || c == kWindowEnd; };
        if (!used.empty() && std::all_of(used.begin(), used.end(), is_bound)) return;  // the window tells it
        if (std::any_of(used.begin(), used.end(), is_bound))
            return void(
                not_supported(e.span, "window_start and window_end beside other columns in one GROUP BY expression")
                    .with_help("group by the other part alone: the window belongs to the group anyway"));
        if (!plan::is_deterministic(b.expr))
            diags_.warning("non-deterministic-key", e.span,
                           "a GROUP BY key that is not deterministic gives another answer after a restart");
        keys.push_back(b.expr);
    };
    for (auto& g : s.group_by)
        for (auto& e : g.exprs) add_key(e);
    return keys;
}

std::optional<BoundRelation> Binder::bind_aggregation(const ast::Select& s, BoundRelation input, Span span) {
    AggregateScope aggregates;
    aggregates.windowed = input.window.has_value();
    ExprContext context;
    context.columns = &input.columns;
    context.node = input.node.get();
    const size_t before = diags_.error_count();
    plan::WindowAggregate node;
    std::vector<plan::ExprPtr> keys = group_keys(s, input);
    if (diags_.error_count() != before) return std::nullopt;
    node.window = window_of(input, keys);
    node.keys = keys;

    context.aggregates = &aggregates;
    context.clause = "SELECT";
    std::vector<plan::ExprPtr> items;
    std::vector<std::string> names;
    for (auto& item : s.items) {
        if (std::holds_alternative<ast::Star>(item.expr.node)) {
            diags_.error("misplaced-star", item.span, "* cannot stand beside GROUP BY or aggregates")
                .with_help("name the columns");
            continue;
        }
        Bound b = bind_expr(item.expr, context);
        if (b && b.unknown) b = {coerce(b, TypeKind::kString, Coercion::kImplicit, item.span, "SELECT")};
        if (!b) continue;
        items.push_back(b.expr);
        names.push_back(item.alias ? item.alias->text : default_name(item.expr));
    }
    plan::ExprPtr having;
    if (s.having) {
        context.clause = "HAVING";
        having = boolean(*s.having, context);
    }
    if (diags_.error_count() != before) return std::nullopt;
    node.aggregates = aggregates.aggregates;
    if (node.window.kind == WindowKind::kNone && !input.node->traits.bounded && emit_ &&
        emit_->mode == ast::Emit::Mode::kFinal) {
        diags_
            .error("never-final", span,
                   "this aggregate has no window, and a source below it never ends: its result can never be final")
            .with_help("add WINDOW TUMBLING (SIZE 5 MINUTES), or make the sources bounded (end = 'latest')");
        return std::nullopt;
    }
    if (node.window.kind == WindowKind::kNone && !input.node->traits.bounded) {
        diags_
            .error("not-supported", span,
                   "an aggregate without a window over a source that never ends (EMIT CHANGES) is not supported yet")
            .with_help("add WINDOW TUMBLING (SIZE 5 MINUTES), or make the sources bounded (end = 'latest')");
        return std::nullopt;
    }
    std::vector<std::string> node_names;
    for (auto& k : node.keys) node_names.push_back(plan::to_string(k));
    for (auto& a : node.aggregates) node_names.push_back(a.name);
    auto aggregate = plan::make_node(node, {input.node}, node_names, span);

    OutputMapper mapper{node, diags_, *input.node, {}, true};
    for (auto& k : node.keys) mapper.key_prints.push_back(plan::fingerprint(k));
    plan::NodePtr result = aggregate;
    if (having) {
        auto h = mapper.map(having);
        if (!mapper.ok) return std::nullopt;
        result = plan::make_node(plan::Filter{h}, {result}, {}, s.having->span);
    }
    for (auto& i : items) i = mapper.map(i);
    if (!mapper.ok) return std::nullopt;
    result = plan::make_node(plan::Project{items}, {result}, names, span);
    BoundRelation out;
    out.node = result;
    for (size_t i = 0; i < result->columns.size(); ++i)
        out.columns.push_back({"", result->columns[i].name, static_cast<int>(i)});
    return out;
}

}  // namespace streamql::bind_detail
