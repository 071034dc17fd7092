// Queries: WITH, set operations, SELECT and the clauses behind it.
#include "compiler/parse/builder.h"

namespace streamql {

ast::QueryPtr Builder::query(P::QueryContext* c) {
    auto out = std::make_unique<ast::Query>();
    out->span = span_of(c);
    Deeper deeper(*this, 1, out->span);
    if (!deeper.fits()) return out;
    for (auto* cte : c->cte())
        out->with.push_back(
            {identifier(cte->identifier()), identifiers(cte->columnNames()), query(cte->query()), span_of(cte)});
    out->body = query_body(c->queryBody());
    for (auto* tail : c->queryTail()) query_tail(tail, *out);
    return out;
}

void Builder::query_tail(P::QueryTailContext* c, ast::Query& out) {
    Span span = span_of(c);
    auto once = [&](bool given, std::string_view clause) {
        if (given) duplicate(clause, span);
    };
    if (auto* order = dynamic_cast<P::OrderByTailContext*>(c)) {
        once(!out.order_by.empty(), "ORDER BY");
        out.order_by = order_by(order->orderBy());
    } else if (auto* limit = dynamic_cast<P::LimitTailContext*>(c)) {
        once(out.limit != nullptr, "LIMIT");
        out.limit = optional_expression(limit->expression());
    } else if (auto* offset = dynamic_cast<P::OffsetTailContext*>(c)) {
        once(out.offset != nullptr, "OFFSET");
        out.offset = box(expression(offset->expression()));
    } else if (auto* fetch = dynamic_cast<P::FetchTailContext*>(c)) {
        once(out.limit != nullptr, "LIMIT");
        out.limit =
            fetch->expression() ? box(expression(fetch->expression())) : box(make(ast::IntegerLiteral{"1"}, span));
    } else if (auto* emit = dynamic_cast<P::EmitTailContext*>(c)) {
        once(out.emit.has_value(), "EMIT");
        out.emit.emplace();
        out.emit->span = span;
        out.emit->mode = emit->FINAL()     ? ast::Emit::Mode::kFinal
                         : emit->CHANGES() ? ast::Emit::Mode::kChanges
                                           : ast::Emit::Mode::kPeriodic;
        if (emit->duration()) out.emit->period = duration(emit->duration());
    } else {
        auto* late = dynamic_cast<P::LateTailContext*>(c);
        once(out.late_data_to.has_value(), "LATE DATA TO");
        out.late_data_to = name(late->name());
    }
}

ast::QueryBody Builder::query_body(P::QueryBodyContext* c) {
    auto parts = c->intersection();
    Deeper deeper(*this, parts.size() - 1, span_of(c));
    if (!deeper.fits()) return {ast::Values{}, span_of(c)};
    ast::QueryBody out = intersection(parts[0]);
    auto op = ast::SetOp::kUnion;
    bool all = false;
    size_t part = 1;
    for (size_t i = 1; i < c->children.size(); ++i) {
        if (auto* word = dynamic_cast<antlr4::tree::TerminalNode*>(c->children[i])) {
            size_t type = word->getSymbol()->getType();
            if (type == P::ALL) all = true;
            if (type == P::UNION) op = ast::SetOp::kUnion;
            if (type == P::EXCEPT) op = ast::SetOp::kExcept;
            continue;
        }
        ast::QueryBody right = intersection(parts[part++]);
        Span span = join(out.span, right.span);
        out = {ast::SetOperation{op, all, std::make_unique<ast::QueryBody>(std::move(out)),
                                 std::make_unique<ast::QueryBody>(std::move(right))},
               span};
        all = false;
    }
    return out;
}

ast::QueryBody Builder::intersection(P::IntersectionContext* c) {
    auto parts = c->queryTerm();
    Deeper deeper(*this, parts.size() - 1, span_of(c));
    if (!deeper.fits()) return {ast::Values{}, span_of(c)};
    ast::QueryBody out = query_term(parts[0]);
    bool all = false;
    size_t part = 1;
    for (size_t i = 1; i < c->children.size(); ++i) {
        if (auto* word = dynamic_cast<antlr4::tree::TerminalNode*>(c->children[i])) {
            if (word->getSymbol()->getType() == P::ALL) all = true;
            continue;
        }
        ast::QueryBody right = query_term(parts[part++]);
        Span span = join(out.span, right.span);
        out = {ast::SetOperation{ast::SetOp::kIntersect, all, std::make_unique<ast::QueryBody>(std::move(out)),
                                 std::make_unique<ast::QueryBody>(std::move(right))},
               span};
        all = false;
    }
    return out;
}

ast::QueryBody Builder::query_term(P::QueryTermContext* c) {
    if (c->select()) return {select(c->select()), span_of(c)};
    if (c->query()) return {query(c->query()), span_of(c)};
    ast::Values values;
    for (auto* row : c->values()->valuesRow()) values.rows.push_back(expressions(row->expression()));
    return {std::move(values), span_of(c)};
}

ast::Select Builder::select(P::SelectContext* c) {
    ast::Select out;
    if (auto* q = c->selectQuantifier()) {
        out.distinct = q->DISTINCT() && !q->ON();
        out.distinct_on = expressions(q->expression());
    }
    for (auto* item : c->selectItem()) out.items.push_back(select_item(item));
    if (c->fromClause()) out.from = from(c->fromClause());
    for (auto* w : c->windowClause()) window_clause(w, out);
    out.where = optional_expression(c->where);
    if (c->groupBy()) {
        out.has_group_by = true;
        out.group_by = group_items(c->groupBy()->groupItem());
    }
    out.having = optional_expression(c->having);
    out.qualify = optional_expression(c->qualify);
    return out;
}

ast::SelectItem Builder::select_item(P::SelectItemContext* c) {
    Span span = span_of(c);
    if (dynamic_cast<P::StarItemContext*>(c)) return {make(ast::Star{}, span), std::nullopt, span};
    auto* item = dynamic_cast<P::ExpressionItemContext*>(c);
    ast::SelectItem out{expression(item->expression()), std::nullopt, span};
    if (item->identifier()) out.alias = identifier(item->identifier());
    if (item->bareAlias()) out.alias = identifier(item->bareAlias());
    return out;
}

std::vector<ast::GroupItem> Builder::group_items(const std::vector<P::GroupItemContext*>& cs) {
    std::vector<ast::GroupItem> out;
    for (auto* c : cs) out.push_back(group_item(c));
    return out;
}

ast::GroupItem Builder::group_item(P::GroupItemContext* c) {
    using Kind = ast::GroupItem::Kind;
    Deeper deeper(*this, 1, span_of(c));
    Span span = span_of(c);
    if (auto* r = dynamic_cast<P::RollupItemContext*>(c)) return {Kind::kRollup, {}, group_items(r->groupItem()), span};
    if (auto* u = dynamic_cast<P::CubeItemContext*>(c)) return {Kind::kCube, {}, group_items(u->groupItem()), span};
    if (auto* s = dynamic_cast<P::GroupingSetsItemContext*>(c))
        return {Kind::kGroupingSets, {}, group_items(s->groupItem()), span};
    ast::GroupItem out{Kind::kSet, {}, {}, span};
    if (auto* e = dynamic_cast<P::ExpressionGroupContext*>(c)) {
        ast::Expr expr = expression(e->expression());
        auto* row = std::get_if<ast::RowLiteral>(&expr.node);
        if (row && source_.text(expr.span).front() == '(')
            out.exprs = std::move(row->items);
        else
            out.exprs.push_back(std::move(expr));
    }
    return out;
}

std::vector<ast::OrderItem> Builder::order_by(P::OrderByContext* c) {
    std::vector<ast::OrderItem> out;
    for (auto* item : c->orderItem()) {
        auto nulls = item->FIRST()  ? ast::NullsOrder::kFirst
                     : item->LAST() ? ast::NullsOrder::kLast
                                    : ast::NullsOrder::kDefault;
        out.push_back({box(expression(item->expression())), item->DESC() != nullptr, nulls, span_of(item)});
    }
    return out;
}

}  // namespace streamql
