#include <fmt/core.h>

#include "compiler/ast/print.h"
#include "compiler/ast/print_parts.h"

namespace streamql::ast {
namespace {

void indent(std::string& out, const std::vector<std::string>& lines) {
    for (const std::string& line : lines) out += "  " + line + "\n";
}

std::string option_sql(const Option& o) {
    using Kind = OptionValue::Kind;
    std::string value = o.value.text;
    if (o.value.kind == Kind::kString) value = quoted(value);
    if (o.value.kind == Kind::kSecret) value = "SECRET " + quoted(value);
    if (o.value.kind == Kind::kDuration) value = to_sql(o.value.duration);
    return fmt::format("{} = {}", quoted(o.key), value);
}

std::string names_sql(const std::vector<Identifier>& names) {
    return "(" + joined(names, [](const Identifier& i) { return to_sql(i); }) + ")";
}

std::string column_sql(const ColumnDef& c) {
    std::string out = to_sql(c.name);
    if (c.type) out += " " + to_sql(*c.type);
    if (c.computed) out += " AS " + to_sql(*c.computed);
    if (c.metadata) out += " METADATA FROM " + quoted(c.metadata->key);
    if (c.not_null) out += " NOT NULL";
    return out;
}

std::string relation_dump(const CreateRelation& r) {
    static constexpr const char* kRoles[] = {"STREAM", "TABLE", "SINK"};
    std::string out = fmt::format("CREATE {}{} {}", kRoles[static_cast<int>(r.role)],
                                  r.if_not_exists ? " IF NOT EXISTS" : "", to_sql(r.name));
    std::vector<std::string> parts;
    for (const ColumnDef& c : r.columns) parts.push_back(column_sql(c));
    for (const Check& c : r.checks)
        parts.push_back((c.name ? "CONSTRAINT " + to_sql(*c.name) + " " : "") + "CHECK (" + to_sql(*c.condition) + ")");
    if (r.watermark)
        parts.push_back(fmt::format("WATERMARK FOR {} AS {}", to_sql(r.watermark->column), to_sql(*r.watermark->expr)));
    if (r.primary_key) parts.push_back("PRIMARY KEY " + names_sql(r.primary_key->columns));
    if (!parts.empty()) {
        out += " (\n";
        for (size_t i = 0; i < parts.size(); ++i) out += "  " + parts[i] + (i + 1 < parts.size() ? ",\n" : "\n");
        out += ")";
    }
    if (!r.partitioned_by.empty()) out += " PARTITIONED BY " + names_sql(r.partitioned_by);
    if (!r.options.empty()) {
        out += " WITH (\n";
        for (size_t i = 0; i < r.options.size(); ++i)
            out += "  " + option_sql(r.options[i]) + (i + 1 < r.options.size() ? ",\n" : "\n");
        out += ")";
    }
    return out + "\n";
}

}  // namespace

std::string dump(const Statement& statement) {
    return std::visit(
        overloaded{
            [](const Set& s) { return "SET " + option_sql(s.option) + "\n"; },
            [](const CreateRelation& r) { return relation_dump(r); },
            [](const CreateView& v) {
                std::string out =
                    fmt::format("CREATE VIEW {}{}", v.if_not_exists ? "IF NOT EXISTS " : "", to_sql(v.name));
                if (!v.columns.empty()) out += " " + names_sql(v.columns);
                out += " AS\n";
                indent(out, query_clauses(*v.query));
                return out;
            },
            [](const CreateFunction& f) {
                std::string parameters =
                    joined(f.parameters, [](const Parameter& p) { return to_sql(p.name) + " " + to_sql(p.type); });
                return fmt::format("CREATE FUNCTION {}{}({}) RETURNS {} AS {}\n",
                                   f.if_not_exists ? "IF NOT EXISTS " : "", to_sql(f.name), parameters,
                                   to_sql(f.returns), quoted(to_sql(*f.body)));
            },
            [](const Insert& i) {
                std::string out =
                    "INSERT INTO " + to_sql(i.target) + (i.columns.empty() ? "" : " " + names_sql(i.columns)) + "\n";
                indent(out, query_clauses(*i.query));
                return out;
            },
            [](const SelectStatement& s) {
                std::string out;
                for (const std::string& line : query_clauses(*s.query)) out += line + "\n";
                return out;
            },
            [](const Explain& e) {
                return std::string(e.analyze ? "EXPLAIN ANALYZE " : "EXPLAIN ") + dump(*e.statement);
            },
        },
        statement.node);
}

std::string dump(const Script& script) {
    std::string out;
    for (const Statement& s : script.statements) {
        std::string text = dump(s);
        text.insert(text.size() - 1, ";");
        out += text;
    }
    return out;
}

}  // namespace streamql::ast
