// What FROM names: tables, subqueries, joins, functions, and the clauses that belong to them.
#include <fmt/core.h>

#include "compiler/parse/builder.h"

namespace streamql {

ast::Relation Builder::from(P::FromClauseContext* c) {
    auto parts = c->relation();
    Deeper deeper(*this, parts.size(), span_of(c));
    if (!deeper.fits()) return {};
    ast::Relation out = relation(parts[0]);
    for (size_t i = 1; i < parts.size(); ++i) {
        ast::Join cross;
        cross.kind = ast::JoinKind::kCross;
        cross.left = std::make_unique<ast::Relation>(std::move(out));
        cross.right = std::make_unique<ast::Relation>(relation(parts[i]));
        Span span = join(cross.left->span, cross.right->span);
        out = ast::Relation{std::move(cross), std::nullopt, std::nullopt, span};
    }
    return out;
}

ast::Relation Builder::relation(P::RelationContext* c) {
    auto tails = c->joinTail();
    Deeper deeper(*this, tails.size() + 1, span_of(c));
    if (!deeper.fits()) return {};
    ast::Relation out = relation_term(c->relationTerm());
    for (auto* tail : tails) out = joined(std::move(out), tail);
    return out;
}

ast::Relation Builder::joined(ast::Relation left, P::JoinTailContext* c) {
    ast::Join out;
    Span span = join(left.span, span_of(c));
    out.left = std::make_unique<ast::Relation>(std::move(left));
    out.right = std::make_unique<ast::Relation>(relation_term(c->relationTerm()));
    out.kind = c->CROSS()   ? ast::JoinKind::kCross
               : c->LEFT()  ? ast::JoinKind::kLeft
               : c->RIGHT() ? ast::JoinKind::kRight
               : c->FULL()  ? ast::JoinKind::kFull
                            : ast::JoinKind::kInner;
    out.asof = c->ASOF() != nullptr;
    if (c->within()) out.within = within(c->within());
    if (c->gracePeriod()) {
        out.grace = duration(c->gracePeriod()->duration());
        out.grace->span = span_of(c->gracePeriod());
    }
    if (auto* condition = c->joinCondition()) {
        out.on = optional_expression(condition->expression());
        out.using_columns = identifiers(condition->columnNames());
    } else if (!c->CROSS()) {
        auto end = static_cast<uint32_t>(c->stop->getStopIndex() + 1);
        diagnostics_.error("syntax", {end, end}, "this JOIN has no condition")
            .with_help("add ON left.key = right.key, or write CROSS JOIN");
    }
    if (c->attribute()) out.attribute = attribute(c->attribute());
    return {std::move(out), std::nullopt, std::nullopt, span};
}

ast::Relation Builder::relation_term(P::RelationTermContext* c) {
    ast::Relation out = relation_primary(c->relationPrimary());
    out.span = span_of(c);
    if (auto* time = c->systemTime()) {
        if (auto* table = std::get_if<ast::TableRef>(&out.node))
            table->system_time = box(operator_expression(time->operatorExpression()));
        else
            diagnostics_.error("syntax", span_of(time), "FOR SYSTEM_TIME AS OF belongs to a table");
    }
    if (auto* a = c->tableAlias()) {
        ast::Identifier alias = a->identifier() ? identifier(a->identifier()) : identifier(a->bareAlias());
        out.alias = ast::Alias{std::move(alias), identifiers(a->columnNames()), span_of(a)};
    }
    if (c->deduplicate()) out.deduplicate = deduplicate(c->deduplicate());
    return out;
}

ast::Relation Builder::relation_primary(P::RelationPrimaryContext* c) {
    Span span = span_of(c);
    if (auto* table = dynamic_cast<P::TableRelationContext*>(c))
        return {ast::TableRef{name(table->name()), nullptr}, std::nullopt, std::nullopt, span};
    if (auto* sub = dynamic_cast<P::SubqueryRelationContext*>(c))
        return {ast::SubqueryRef{query(sub->query()), sub->LATERAL() != nullptr}, std::nullopt, std::nullopt, span};
    if (auto* function = dynamic_cast<P::FunctionRelationContext*>(c)) return table_function(function->tableFunction());
    return relation(dynamic_cast<P::ParenthesizedRelationContext*>(c)->relation());
}

ast::Relation Builder::table_function(P::TableFunctionContext* c) {
    Span span = span_of(c);
    if (auto* window = dynamic_cast<P::WindowFunctionContext*>(c)) return window_function(window);
    if (auto* u = dynamic_cast<P::UnnestContext*>(c))
        return {ast::Unnest{expressions(u->expression()), u->ORDINALITY() != nullptr}, std::nullopt, std::nullopt,
                span};
    auto* f = dynamic_cast<P::OtherFunctionContext*>(c);
    return {ast::TableFunction{name(f->plainName()), expressions(f->expression()), f->ORDINALITY() != nullptr},
            std::nullopt, std::nullopt, span};
}

/// TUMBLE(s, ts, size [, offset]), HOP(s, ts, advance, size [, offset]), SESSION(s, ts, gap), CUMULATE(s, ts, step,
/// size
/// [, offset]); arguments may be named as in Flink (DATA, TIMECOL, SIZE, SLIDE, STEP, GAP, OFFSET).
ast::Relation Builder::window_function(P::WindowFunctionContext* c) {
    ast::WindowTable out;
    ast::TimeWindow& w = out.window;
    w.span = span_of(c);
    w.kind = c->TUMBLE()    ? ast::WindowKind::kTumbling
             : c->HOP()     ? ast::WindowKind::kHopping
             : c->SESSION() ? ast::WindowKind::kSession
                            : ast::WindowKind::kCumulating;
    std::vector<std::pair<std::string_view, std::optional<ast::Duration>*>> order;
    if (w.kind == ast::WindowKind::kHopping) order = {{"slide", &w.advance}};
    if (w.kind == ast::WindowKind::kCumulating) order = {{"step", &w.step}};
    if (w.kind == ast::WindowKind::kSession)
        order = {{"gap", &w.gap}};
    else
        order.insert(order.end(), {{"size", &w.size}, {"offset", &w.offset}});
    size_t next = 0;
    for (auto* a : c->windowArgument()) {
        Span span = span_of(a);
        if (a->query() || (a->name() && !a->DESCRIPTOR() && !out.input)) {
            out.input = std::make_unique<ast::Relation>();
            out.input->span = a->query() ? span_of(a->query()) : span_of(a->name());
            if (a->query())
                out.input->node = ast::SubqueryRef{query(a->query()), false};
            else
                out.input->node = ast::TableRef{name(a->name()), nullptr};
            if (a->PARTITION()) {
                ast::Expr key = expression(a->expression());
                w.partition_by.push_back(std::move(key));
            }
        } else if (a->name()) {
            if (w.time_column) duplicate("the time column", span);
            w.time_column = name(a->name());
        } else {
            std::string argument = a->identifier()       ? identifier(a->identifier()).text
                                   : next < order.size() ? std::string(order[next].first)
                                                         : "";
            auto slot = std::find_if(order.begin(), order.end(), [&](auto& o) { return o.first == argument; });
            if (slot == order.end() || slot->second->has_value()) {
                diagnostics_.error("bad-window", span, "this window function does not take this argument");
                continue;
            }
            *slot->second = duration(a->duration());
            (*slot->second)->span = span;
            ++next;
        }
    }
    if (!out.input) {
        diagnostics_.error("bad-window", w.span, "a window function needs a table")
            .with_help("write TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '5' MINUTE)");
        out.input = std::make_unique<ast::Relation>();
    }
    check_window(w);
    return {std::move(out), std::nullopt, std::nullopt, span_of(c)};
}

ast::Deduplicate Builder::deduplicate(P::DeduplicateContext* c) {
    ast::Deduplicate out;
    out.span = span_of(c);
    out.within = duration(c->duration());
    auto exprs = c->expression();
    if (c->ORDER()) {
        out.order_by = box(expression(exprs.back()));
        exprs.pop_back();
    }
    out.keys = expressions(exprs);
    if (c->name()) out.keys.push_back(make(ast::ColumnRef{name(c->name())}, span_of(c->name())));
    return out;
}

ast::Within Builder::within(P::WithinContext* c) {
    Span span = span_of(c);
    if (c->duration()) {
        Interval d = duration(c->duration()).value;
        return {d, d, true, span};
    }
    auto *first = c->withinSide(0), *second = c->withinSide(1);
    bool swapped = first->AFTER() || second->BEFORE();
    if (swapped && (first->BEFORE() || second->AFTER()))
        diagnostics_.error("syntax", span, "WITHIN needs one duration BEFORE and one AFTER");
    if (swapped) std::swap(first, second);
    Interval before = duration(first->duration()).value;
    return {before, duration(second->duration()).value, false, span};
}

ast::Attribute Builder::attribute(P::AttributeContext* c) {
    ast::Attribute out;
    out.span = span_of(c);
    using Model = ast::AttributionModel;
    out.model = c->FIRST()        ? Model::kFirst
                : c->LAST()       ? Model::kLast
                : c->LINEAR()     ? Model::kLinear
                : c->TIME_DECAY() ? Model::kTimeDecay
                                  : Model::kPosition;
    if (c->duration()) {
        out.half_life = duration(c->duration());
        if (out.half_life->value == Interval{})
            diagnostics_.error("bad-attribution", out.half_life->span, "the half-life must be longer than zero");
    }
    if (out.model == Model::kPosition) {
        out.first_percent = source_.text(span_of(c->number(0)));
        out.last_percent = source_.text(span_of(c->number(1)));
        if (std::stod(out.first_percent) + std::stod(out.last_percent) > 100)
            diagnostics_.error("bad-attribution", out.span, "the first and the last share add up to more than 100 %");
    }
    return out;
}

}  // namespace streamql
