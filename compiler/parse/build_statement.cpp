// Statements: SET, CREATE, INSERT, SELECT, EXPLAIN, with columns and options.
#include <fmt/core.h>

#include "compiler/parse/builder.h"
#include "compiler/parse/syntax.h"

namespace streamql {

ast::Statement Builder::statement(P::StatementContext* c) {
    Span span = span_of(c);
    if (c->setStatement()) return {set(c->setStatement()), span};
    if (c->createRelation()) return {create_relation(c->createRelation()), span};
    if (c->createView()) return {create_view(c->createView()), span};
    if (c->createFunction()) return {create_function(c->createFunction()), span};
    if (c->insert()) return {insert(c->insert()), span};
    if (c->query()) return {ast::SelectStatement{query(c->query())}, span};
    return {explain(c->explain()), span};
}

ast::Set Builder::set(P::SetStatementContext* c) { return {option(c->option())}; }

ast::Option Builder::option(P::OptionContext* c) {
    ast::Option out;
    auto* key = c->optionKey();
    out.key_span = span_of(key);
    if (key->STRING()) {
        std::string_view raw = source_.text(out.key_span);
        out.key = replace_variables(raw.substr(1, raw.size() - 2), out.key_span.begin + 1, false);
    } else {
        out.key = name(key).to_string();
    }
    out.value = option_value(c->optionValue());
    return out;
}

ast::OptionValue Builder::option_value(P::OptionValueContext* c) {
    using Kind = ast::OptionValue::Kind;
    ast::OptionValue out;
    out.span = span_of(c);
    out.text = source_.text(out.span);
    if (auto* secret = dynamic_cast<P::SecretValueContext*>(c)) {
        out.kind = Kind::kSecret;
        out.text = string_value(secret->string());
    } else if (auto* text = dynamic_cast<P::StringValueContext*>(c)) {
        out.text = string_value(text->string());
    } else if (auto* time = dynamic_cast<P::IntervalValueContext*>(c)) {
        out.kind = Kind::kDuration;
        out.duration = interval(time->string(), time->intervalUnits(), out.span);
    } else if (auto* number = dynamic_cast<P::NumberValueContext*>(c)) {
        out.kind = number->timeUnit() ? Kind::kDuration : Kind::kNumber;
        if (number->timeUnit()) {
            std::string value(source_.text(span_of(number->number())));
            std::string unit = lower_text(number->timeUnit());
            out.duration = interval_text((number->MINUS() ? "-" : "") + value + " " + unit, std::nullopt, out.span);
        }
    } else if (dynamic_cast<P::BoolValueContext*>(c)) {
        out.kind = Kind::kBool;
        out.text = lower_text(c);
    } else {
        out.kind = Kind::kIdentifier;
        out.text = name(c).to_string();
    }
    return out;
}

std::vector<ast::Option> Builder::options(P::WithOptionsContext* c) {
    std::vector<ast::Option> out;
    for (auto* o : c->option()) {
        ast::Option next = option(o);
        for (const ast::Option& before : out)
            if (before.key == next.key)
                diagnostics_.error("duplicate-option", next.key_span,
                                   fmt::format("the option \"{}\" is given twice", next.key));
        out.push_back(std::move(next));
    }
    return out;
}

ast::CreateRelation Builder::create_relation(P::CreateRelationContext* c) {
    ast::CreateRelation out;
    auto* role = c->relationRole();
    out.role = role->STREAM()  ? ast::RelationRole::kStream
               : role->TABLE() ? ast::RelationRole::kTable
                               : ast::RelationRole::kSink;
    out.if_not_exists = c->ifNotExists() != nullptr;
    out.name = name(c->name());
    for (auto* e : c->tableElement()) table_element(e, out);
    for (auto* i : c->identifier()) out.partitioned_by.push_back(identifier(i));
    uint32_t end = span_of(c).end;
    out.options_span = {end, end};
    if (c->withOptions()) {
        out.options = options(c->withOptions());
        out.options_span = span_of(c->withOptions());
    }
    return out;
}

void Builder::set_primary_key(ast::PrimaryKey key, ast::CreateRelation& out) {
    if (out.primary_key) duplicate("PRIMARY KEY", key.span);
    out.primary_key = std::move(key);
}

void Builder::table_element(P::TableElementContext* c, ast::CreateRelation& out) {
    Span span = span_of(c);
    if (auto* col = dynamic_cast<P::ColumnElementContext*>(c)) return column(col, out);
    if (auto* w = dynamic_cast<P::WatermarkElementContext*>(c)) {
        if (out.watermark) duplicate("WATERMARK", span);
        out.watermark = ast::Watermark{name(w->name()), box(expression(w->expression())), span};
    } else if (auto* key = dynamic_cast<P::PrimaryKeyElementContext*>(c)) {
        set_primary_key({identifiers(key->primaryKey()->columnNames()), span}, out);
    } else {
        auto* check = dynamic_cast<P::CheckElementContext*>(c);
        ast::Check next;
        if (check->identifier()) next.name = identifier(check->identifier());
        next.condition = box(expression(check->expression()));
        next.span = span;
        out.checks.push_back(std::move(next));
    }
}

void Builder::column(P::ColumnElementContext* c, ast::CreateRelation& out) {
    ast::ColumnDef column;
    column.name = identifier(c->identifier());
    column.span = span_of(c);
    if (c->typeName()) column.type = type_name(c->typeName());
    column.computed = optional_expression(c->expression());
    for (auto* k : c->columnConstraint()) column_constraint(k, column, out);
    if (!column.type && !column.computed && out.role != ast::RelationRole::kSink)
        diagnostics_.error("syntax", column.span, fmt::format("the column \"{}\" has no type", column.name.text))
            .with_help(fmt::format("write {} STRING, or {} AS expression", column.name.text, column.name.text));
    out.columns.push_back(std::move(column));
}

void Builder::column_constraint(P::ColumnConstraintContext* c, ast::ColumnDef& column, ast::CreateRelation& out) {
    Span span = span_of(c);
    if (dynamic_cast<P::NotNullConstraintContext*>(c)) {
        column.not_null = true;
    } else if (dynamic_cast<P::KeyConstraintContext*>(c)) {
        set_primary_key({{column.name}, span}, out);
    } else if (auto* meta = dynamic_cast<P::MetadataConstraintContext*>(c)) {
        if (column.metadata) duplicate("METADATA", span);
        column.metadata = ast::Metadata{meta->string() ? string_value(meta->string()) : column.name.text, span};
    } else if (auto* check = dynamic_cast<P::CheckConstraintContext*>(c)) {
        out.checks.push_back({std::nullopt, box(expression(check->expression())), span});
    }
}

ast::CreateView Builder::create_view(P::CreateViewContext* c) {
    return {c->ifNotExists() != nullptr, name(c->name()), identifiers(c->columnNames()), query(c->query())};
}

ast::CreateFunction Builder::create_function(P::CreateFunctionContext* c) {
    ast::CreateFunction out;
    out.if_not_exists = c->ifNotExists() != nullptr;
    out.name = name(c->name());
    for (auto* p : c->parameter()) out.parameters.push_back({identifier(p->identifier()), type_name(p->typeName())});
    out.returns = type_name(c->typeName());
    out.body_span = span_of(c->string());
    out.body = function_body(c->string());
    return out;
}

/// Parses the text in the literal where it stands: blanks in front give its words their place in the script.
ast::ExprPtr Builder::function_body(P::StringContext* c) {
    Span span = span_of(c);
    std::string value = string_value(c);
    uint32_t begin = span.begin + (c->ESCAPE_STRING() ? 2 : 1);
    SourceText body(source_.name(), std::string(begin, ' ') + value);
    auto nothing = box(make(ast::NullLiteral{}, span));
    size_t errors = diagnostics_.error_count();
    std::vector<Word> words = read_words(body, {begin, body.size()}, diagnostics_);
    if (diagnostics_.error_count() > errors) return nothing;
    ParseRun run(words, Start::kExpression);
    if (run.first_error()) {
        explain_syntax_error(body, words, *run.first_error(), Start::kExpression, diagnostics_);
        return nothing;
    }
    return box(Builder(body, diagnostics_, environment_).expression(run.expression()));
}

ast::Insert Builder::insert(P::InsertContext* c) {
    return {name(c->name()), identifiers(c->columnNames()), query(c->query())};
}

ast::Explain Builder::explain(P::ExplainContext* c) {
    ast::Explain out;
    out.analyze = c->ANALYZE() != nullptr;
    out.statement = std::make_unique<ast::Statement>();
    if (c->insert())
        *out.statement = {insert(c->insert()), span_of(c->insert())};
    else
        *out.statement = {ast::SelectStatement{query(c->query())}, span_of(c->query())};
    return out;
}

}  // namespace streamql
