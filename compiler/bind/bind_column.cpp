#include <fmt/format.h>

#include "compiler/bind/binder.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/functions/resolve.h"

namespace streamql::bind_detail {

std::string qualifier_help(const std::string& name, const std::vector<ScopeColumn>& columns) {
    std::set<std::string> names;
    for (auto& c : columns)
        if (!c.qualifier.empty()) names.insert(c.qualifier);
    std::string help = did_you_mean(name, {names.begin(), names.end()});
    return help.empty() && !names.empty() ? fmt::format("relations here: {}", fmt::join(names, ", ")) : help;
}

Bound Binder::bind_field(Bound base, const std::string& field, Span span) {
    if (base.type().kind == TypeKind::kStruct) {
        std::vector<std::string> names;
        for (size_t i = 0; i < base.type().fields->size(); ++i) {
            auto& f = (*base.type().fields)[i];
            names.push_back(f.name);
            if (f.name != field) continue;
            auto index = plan::literal(Cell::of(static_cast<int64_t>(i)), TypeKind::kBigint, span);
            return {
                plan::make(plan::Call{&struct_field_function(f.type->physical()), {base.expr, index}}, *f.type, span)};
        }
        diags_.error("unknown-field", span, fmt::format("{} has no field \"{}\"", base.type().to_string(), field))
            .with_help(did_you_mean(field, names));
        return {};
    }
    diags_.error("not-a-struct", span, fmt::format("{} has no fields", base.type().to_string()))
        .with_help(base.type().kind == TypeKind::kJson ? fmt::format("write -> '{}' or ->> '{}'", field, field) : "");
    return {};
}

Bound Binder::bind_column(const ast::ColumnRef& ref, const ExprContext& context, Span span) {
    auto& parts = ref.name.parts;
    if (context.parameters && parts.size() == 1)
        if (auto it = context.parameters->find(parts[0].text); it != context.parameters->end()) return it->second;
    // unqualified, the bounds are those of the window of this SELECT, also over an input that was windowed before
    if (context.aggregates && context.aggregates->windowed && !context.inside_aggregate && parts.size() == 1)
        if (parts[0].text == "window_start" || parts[0].text == "window_end")
            return {plan::column(parts[0].text == "window_start" ? kWindowStart : kWindowEnd, TypeKind::kTimestamp,
                                 parts[0].text, span)};
    auto find = [&](const std::string* qualifier, const std::string& name, int& count) {
        const ScopeColumn* found = nullptr;
        for (auto& c : *context.columns)
            if (c.name == name && (qualifier ? c.qualifier == *qualifier : !c.merged)) {
                found = &c;
                ++count;
            }
        return found;
    };
    // a.b may be table.column or column.field
    for (size_t used = std::min<size_t>(parts.size(), 2); used >= 1; --used) {
        int count = 0;
        const ScopeColumn* c =
            used == 2 ? find(&parts[0].text, parts[1].text, count) : find(nullptr, parts[0].text, count);
        if (!c) continue;
        if (count > 1) {
            std::string help = "write ";
            for (auto& x : *context.columns)
                if (x.name == c->name) help += (help.size() > 6 ? " or " : "") + x.qualifier + "." + x.name;
            diags_.error("ambiguous-column", span, fmt::format("column \"{}\" is ambiguous", c->name)).with_help(help);
            return {};
        }
        Bound b{plan::column(c->index, context.node->columns[c->index].type, c->name, span)};
        for (size_t i = used; i < parts.size() && b; ++i) b = bind_field(b, parts[i].text, span);
        return b;
    }
    if (context.aggregates && context.aggregates->windowed && parts.size() <= 2) {
        const std::string& n = parts.back().text;
        if (n == "window_start" || n == "window_end") {
            if (context.inside_aggregate)
                return diags_.error("misplaced-window", span, fmt::format("{} cannot stand inside an aggregate", n)),
                       Bound{};
            return {plan::column(n == "window_start" ? kWindowStart : kWindowEnd, TypeKind::kTimestamp, n, span)};
        }
    }
    unknown_column(ref, context, span);
    return {};
}

void Binder::unknown_column(const ast::ColumnRef& ref, const ExprContext& context, Span span) {
    auto& parts = ref.name.parts;
    const std::string& name = parts.back().text;
    std::vector<std::string> names;
    bool known_qualifier = parts.size() == 1;
    std::set<std::string> qualifiers;
    for (auto& c : *context.columns) {
        qualifiers.insert(c.qualifier);
        if (parts.size() == 1 || c.qualifier == parts[0].text) names.push_back(c.name), known_qualifier = true;
    }
    if (!known_qualifier) {
        diags_.error("unknown-relation", parts[0].span, fmt::format("there is no relation \"{}\" here", parts[0].text))
            .with_help(qualifier_help(parts[0].text, *context.columns));
        return;
    }
    if (context.before_window && (name == "window_start" || name == "window_end")) {
        diags_.error("no-window", span, fmt::format("{} is not known in WHERE, which comes before the window", name))
            .with_help("use HAVING to filter by it");
        return;
    }
    if (name == "window_start" || name == "window_end") {
        diags_.error("no-window", span, fmt::format("{} needs a WINDOW clause", name))
            .with_help("add WINDOW TUMBLING (SIZE 5 MINUTES)");
        return;
    }
    const Span at = parts.back().span;
    std::string where = "no relation here has a";
    if (parts.size() > 1)
        where = fmt::format("\"{}\" has no", parts[0].text);
    else if (qualifiers.size() == 1)
        where = fmt::format("\"{}\" has no", *qualifiers.begin());
    diags_.error("unknown-column", at, fmt::format("{} column \"{}\"", where, name))
        .with_help(did_you_mean(name, names));
}

}  // namespace streamql::bind_detail
