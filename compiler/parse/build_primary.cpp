// Operands: literals, names, calls and what stands in parentheses or brackets.
#include <fmt/core.h>

#include "compiler/parse/builder.h"

namespace streamql {

ast::Expr Builder::primary(P::PrimaryContext* c) {
    Span span = span_of(c);
    if (auto* word = dynamic_cast<P::WordPrimaryContext*>(c)) {
        ast::Identifier first = word->identifier() ? identifier(word->identifier())
                                                   : ast::Identifier{word->LEFT() ? "left" : "right", false, span};
        Span first_span = first.span;
        ast::Name one{{std::move(first)}, first_span};
        if (!word->callTail()) return make(ast::ColumnRef{std::move(one)}, span);
        return function_call(std::move(one), word->callTail(), span);
    }
    if (auto* lit = dynamic_cast<P::LiteralPrimaryContext*>(c)) return literal(lit->literal());
    if (auto* paren = dynamic_cast<P::ParenthesizedContext*>(c)) return parenthesized(paren);
    if (auto* sub = dynamic_cast<P::SubqueryPrimaryContext*>(c))
        return make(ast::ScalarSubquery{query(sub->query())}, span);
    if (auto* row = dynamic_cast<P::RowPrimaryContext*>(c))
        return make(ast::RowLiteral{expressions(row->expression())}, span);
    if (auto* array = dynamic_cast<P::ArrayPrimaryContext*>(c))
        return make(ast::ArrayLiteral{expressions(array->expression())}, span);
    if (auto* map = dynamic_cast<P::MapPrimaryContext*>(c)) {
        std::vector<ast::Expr> items = expressions(map->expression());
        if (items.size() % 2 != 0)
            diagnostics_.error("syntax", span, "a MAP literal needs a value for each key")
                .with_help("write MAP[key, value, key, value]");
        ast::MapLiteral out;
        for (size_t i = 0; i < items.size(); ++i) (i % 2 == 0 ? out.keys : out.values).push_back(std::move(items[i]));
        return make(std::move(out), span);
    }
    if (auto* choice = dynamic_cast<P::CasePrimaryContext*>(c)) return case_expression(choice);
    if (auto* cast = dynamic_cast<P::CastPrimaryContext*>(c))
        return make(
            ast::Cast{cast->TRY_CAST() != nullptr, box(expression(cast->expression())), type_name(cast->typeName())},
            span);
    if (auto* exists = dynamic_cast<P::ExistsPrimaryContext*>(c)) {
        ast::Exists out{query(exists->query()), std::nullopt};
        if (exists->within()) out.within = within(exists->within());
        return make(std::move(out), span);
    }
    if (auto* form = dynamic_cast<P::FormPrimaryContext*>(c)) return form_call(form->formCall());
    auto* now = dynamic_cast<P::NowPrimaryContext*>(c);
    return call(lower_text(now->nowWord()), span, {});
}

ast::Expr Builder::parenthesized(P::ParenthesizedContext* c) {
    auto items = c->expression();
    if (items.size() > 1) return make(ast::RowLiteral{expressions(items)}, span_of(c));
    ast::Expr out = expression(items[0]);
    out.span = span_of(c);
    return out;
}

ast::Expr Builder::case_expression(P::CasePrimaryContext* c) {
    ast::Case out;
    out.operand = optional_expression(c->operand);
    for (auto* arm : c->caseArm())
        out.arms.push_back({box(expression(arm->expression(0))), box(expression(arm->expression(1)))});
    out.otherwise = optional_expression(c->otherwise);
    return make(std::move(out), span_of(c));
}

ast::Expr Builder::literal(P::LiteralContext* c) {
    Span span = span_of(c);
    if (auto* n = dynamic_cast<P::NumberLiteralContext*>(c)) {
        std::string text(source_.text(span));
        if (n->number()->INTEGER()) return make(ast::IntegerLiteral{text}, span);
        if (n->number()->DECIMAL()) return make(ast::DecimalLiteral{text}, span);
        return make(ast::FloatLiteral{text}, span);
    }
    if (auto* s = dynamic_cast<P::StringLiteralContext*>(c))
        return make(ast::StringLiteral{string_value(s->string())}, span);
    if (auto* b = dynamic_cast<P::BoolLiteralContext*>(c)) return make(ast::BoolLiteral{b->TRUE() != nullptr}, span);
    if (auto* i = dynamic_cast<P::IntervalLiteralContext*>(c))
        return make(ast::IntervalLiteral{interval(i->string(), i->intervalUnits(), span)}, span);
    if (auto* t = dynamic_cast<P::TypedLiteralContext*>(c)) {
        ast::TypedLiteral out;
        out.type.span = {span.begin, static_cast<uint32_t>(t->start->getStopIndex() + 1)};
        out.type.name = t->DATE()            ? "date"
                        : t->TIME()          ? "time"
                        : t->TIMESTAMP()     ? "timestamp"
                        : t->TIMESTAMPTZ()   ? "timestamptz"
                        : t->TIMESTAMP_LTZ() ? "timestamp_ltz"
                        : t->JSON()          ? "json"
                                             : "bytes";
        out.text = string_value(t->string());
        out.text_span = span_of(t->string());
        return make(std::move(out), span);
    }
    if (auto* z = dynamic_cast<P::ZonedLiteralContext*>(c)) {
        ast::TypedLiteral out;
        out.text_span = span_of(z->string());
        out.type.name = z->TIMESTAMP() ? "timestamp" : "time";
        out.type.name += z->WITH() ? " with" : " without";
        out.type.name += z->LOCAL() ? " local time zone" : " time zone";
        out.type.span = {span.begin, span_of(z->ZONE()).end};
        out.text = string_value(z->string());
        return make(std::move(out), span);
    }
    return make(ast::NullLiteral{}, span);
}

/// Functions with keywords between their arguments, as plain calls (ast/expr.h says which).
ast::Expr Builder::form_call(P::FormCallContext* c) {
    Span span = span_of(c);
    std::vector<ast::Expr> args;
    if (c->POSITION()) {
        for (auto* e : c->operatorExpression()) args.push_back(operator_expression(e));
        return call("position", span, std::move(args));
    }
    args = expressions(c->expression());
    if (c->EXTRACT()) {
        if (auto* field = std::get_if<ast::ColumnRef>(&args[0].node); field && field->name.parts.size() == 1) {
            std::string text = field->name.parts[0].text;
            args[0].node = ast::StringLiteral{std::move(text)};
        }
        return call("extract", span, std::move(args));
    }
    if (c->TRIM()) {
        if (c->FROM() && args.size() == 2) std::swap(args[0], args[1]);  // TRIM(characters FROM text)
        return call(c->LEADING() ? "ltrim" : c->TRAILING() ? "rtrim" : "btrim", span, std::move(args));
    }
    form_tail(c->formTail(), args);
    return call(c->SUBSTRING() ? "substring" : "overlay", span, std::move(args));
}

void Builder::form_tail(P::FormTailContext* c, std::vector<ast::Expr>& args) {
    if (!c || c->children.empty()) return;
    if (!c->from && !c->length) {
        for (auto* e : c->expression()) args.push_back(expression(e));
        return;
    }
    if (c->from)
        args.push_back(expression(c->from));
    else
        args.push_back(make(ast::IntegerLiteral{"1"}, span_of(c->length)));
    if (c->length) args.push_back(expression(c->length));
}

ast::Expr Builder::function_call(ast::Name function, P::CallTailContext* c, Span span) {
    ast::FunctionCall out;
    out.name = std::move(function);
    out.star = c->STAR() != nullptr;
    out.distinct = c->DISTINCT() != nullptr;
    for (auto* a : c->argument()) {
        if (a->identifier()) {
            out.named_args.push_back({identifier(a->identifier()), box(expression(a->expression()))});
        } else {
            if (!out.named_args.empty())
                diagnostics_.error("syntax", span_of(a), "an argument without a name follows one with a name");
            out.args.push_back(expression(a->expression()));
        }
    }
    auto orders = c->orderBy();
    bool within_group = c->GROUP() != nullptr;
    for (auto* o : orders) (within_group && o == orders.back() ? out.within_group : out.order_by) = order_by(o);
    if (c->FILTER()) out.filter = box(expression(c->expression()));
    if (c->OVER()) {
        out.over = std::make_unique<ast::OverClause>();
        if (c->windowSpec()) {
            *out.over = window_spec(c->windowSpec());
        } else {
            out.over->base = identifier(c->identifier());
            out.over->span = span_of(c->identifier());
        }
    }
    return make(std::move(out), span);
}

}  // namespace streamql
