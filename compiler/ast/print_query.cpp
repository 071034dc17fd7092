#include <fmt/core.h>

#include "compiler/ast/print.h"
#include "compiler/ast/print_parts.h"

namespace streamql::ast {
namespace {

using Lines = std::vector<std::string>;

std::string relation_sql(const Relation& r);

std::string names_sql(const std::vector<Identifier>& names) {
    return "(" + joined(names, [](const Identifier& i) { return to_sql(i); }) + ")";
}

std::string expressions_sql(const std::vector<Expr>& exprs) {
    return joined(exprs, [](const Expr& e) { return to_sql(e); });
}

std::string window_sql(const TimeWindow& w) {
    static constexpr const char* kKinds[] = {"TUMBLING", "HOPPING", "SESSION", "CUMULATING"};
    Lines parts;
    auto add = [&](const char* word, const std::optional<Duration>& d) {
        if (d) parts.push_back(fmt::format("{} {}", word, to_sql(d->value)));
    };
    if (w.time_column) parts.push_back("ON " + to_sql(*w.time_column));
    add("SIZE", w.size);
    add("ADVANCE BY", w.advance);
    add("GAP", w.gap);
    add("STEP", w.step);
    add("OFFSET", w.offset);
    if (w.timezone) parts.push_back("TIMEZONE " + quoted(w.timezone->text));
    add("GRACE PERIOD", w.grace);
    return fmt::format("WINDOW {} ({})", kKinds[static_cast<int>(w.kind)],
                       joined(parts, [](const std::string& s) { return s; }));
}

std::string window_table_sql(const WindowTable& t) {
    static constexpr const char* kNames[] = {"TUMBLE", "HOP", "SESSION", "CUMULATE"};
    const TimeWindow& w = t.window;
    std::string out = fmt::format("{}(TABLE {}", kNames[static_cast<int>(w.kind)], relation_sql(*t.input));
    if (!w.partition_by.empty()) out += " PARTITION BY " + expressions_sql(w.partition_by);
    if (w.time_column) out += ", DESCRIPTOR(" + to_sql(*w.time_column) + ")";
    for (const auto* d : {&w.advance, &w.step, &w.gap, &w.size, &w.offset})
        if (*d) out += ", " + to_sql((*d)->value);
    return out + ")";
}

std::string attribute_sql(const Attribute& a) {
    switch (a.model) {
        case AttributionModel::kFirst:
            return "ATTRIBUTE FIRST";
        case AttributionModel::kLast:
            return "ATTRIBUTE LAST";
        case AttributionModel::kLinear:
            return "ATTRIBUTE LINEAR";
        case AttributionModel::kTimeDecay:
            return "ATTRIBUTE TIME_DECAY (" + to_sql(a.half_life->value) + ")";
        case AttributionModel::kPosition:
            return fmt::format("ATTRIBUTE POSITION ({} %, {} %)", a.first_percent, a.last_percent);
    }
    return "";
}

std::string join_sql(const Join& j) {
    static constexpr const char* kKinds[] = {"JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN"};
    bool nested = std::holds_alternative<Join>(j.right->node) && !j.right->alias;
    std::string right = relation_sql(*j.right);
    std::string out = fmt::format("{} {}{} {}", relation_sql(*j.left), j.asof ? "ASOF " : "",
                                  kKinds[static_cast<int>(j.kind)], nested ? "(" + right + ")" : right);
    if (j.within) out += " " + within_sql(*j.within);
    if (j.grace) out += " GRACE PERIOD " + to_sql(j.grace->value);
    if (j.on) out += " ON " + to_sql(*j.on);
    if (!j.using_columns.empty()) out += " USING " + names_sql(j.using_columns);
    if (j.attribute) out += " " + attribute_sql(*j.attribute);
    return out;
}

std::string relation_sql(const Relation& r) {
    std::string out = std::visit(
        overloaded{
            [](const TableRef& t) {
                return to_sql(t.name) + (t.system_time ? " FOR SYSTEM_TIME AS OF " + to_sql(*t.system_time) : "");
            },
            [](const SubqueryRef& s) {
                return std::string(s.lateral ? "LATERAL " : "") + "(" + to_sql(*s.query) + ")";
            },
            [](const WindowTable& t) { return window_table_sql(t); },
            [](const Unnest& u) {
                return "UNNEST(" + expressions_sql(u.arrays) + ")" + (u.with_ordinality ? " WITH ORDINALITY" : "");
            },
            [](const TableFunction& f) {
                return to_sql(f.name) + "(" + expressions_sql(f.args) + ")" +
                       (f.with_ordinality ? " WITH ORDINALITY" : "");
            },
            [&](const Join& j) { return r.alias || r.deduplicate ? "(" + join_sql(j) + ")" : join_sql(j); },
        },
        r.node);
    if (r.alias) out += " AS " + to_sql(r.alias->name) + (r.alias->columns.empty() ? "" : names_sql(r.alias->columns));
    if (!r.deduplicate) return out;
    out += " DEDUPLICATE BY (" + expressions_sql(r.deduplicate->keys) + ")";
    if (r.deduplicate->order_by) out += " ORDER BY " + to_sql(*r.deduplicate->order_by);
    return out + " WITHIN " + to_sql(r.deduplicate->within.value);
}

std::string group_sql(const GroupItem& g) {
    static constexpr const char* kWords[] = {"", "ROLLUP ", "CUBE ", "GROUPING SETS "};
    if (g.kind == GroupItem::Kind::kSet)
        return g.exprs.size() == 1 ? to_sql(g.exprs[0]) : "(" + expressions_sql(g.exprs) + ")";
    return fmt::format("{}({})", kWords[static_cast<int>(g.kind)],
                       joined(g.items, [](const GroupItem& i) { return group_sql(i); }));
}

void select_clauses(const Select& s, Lines& out) {
    std::string head = s.distinct ? "SELECT DISTINCT " : "SELECT ";
    if (!s.distinct_on.empty()) head += "DISTINCT ON (" + expressions_sql(s.distinct_on) + ") ";
    out.push_back(head + joined(s.items, [](const SelectItem& i) {
                      return to_sql(i.expr) + (i.alias ? " AS " + to_sql(*i.alias) : "");
                  }));
    if (s.from) out.push_back("FROM " + relation_sql(*s.from));
    if (s.window) out.push_back(window_sql(*s.window));
    if (s.where) out.push_back("WHERE " + to_sql(*s.where));
    if (s.has_group_by)
        out.push_back("GROUP BY " + joined(s.group_by, [](const GroupItem& g) { return group_sql(g); }));
    if (s.having) out.push_back("HAVING " + to_sql(*s.having));
    if (!s.named_windows.empty())
        out.push_back("WINDOW " + joined(s.named_windows, [](const NamedWindow& w) {
                          return to_sql(w.name) + " AS (" + over_sql(w.definition) + ")";
                      }));
    if (s.qualify) out.push_back("QUALIFY " + to_sql(*s.qualify));
}

void body_clauses(const QueryBody& body, Lines& out) {
    auto side = [&](const QueryBody& b, bool wrap) {
        if (wrap) out.push_back("(");
        body_clauses(b, out);
        if (wrap) out.push_back(")");
    };
    std::visit(overloaded{
                   [&](const Select& s) { select_clauses(s, out); },
                   [&](const Values& v) {
                       out.push_back("VALUES " + joined(v.rows, [](const std::vector<Expr>& row) {
                                         return "(" + expressions_sql(row) + ")";
                                     }));
                   },
                   [&](const SetOperation& s) {
                       static constexpr const char* kWords[] = {"UNION", "INTERSECT", "EXCEPT"};
                       auto looser = [&](const QueryBody& b) {
                           const auto* inner = std::get_if<SetOperation>(&b.node);
                           return inner && s.op == SetOp::kIntersect && inner->op != SetOp::kIntersect;
                       };
                       side(*s.left, looser(*s.left));
                       out.push_back(std::string(kWords[static_cast<int>(s.op)]) + (s.all ? " ALL" : ""));
                       side(*s.right, looser(*s.right));
                   },
                   [&](const QueryPtr& q) { out.push_back("(" + to_sql(*q) + ")"); },
               },
               body.node);
}

}  // namespace

std::vector<std::string> query_clauses(const Query& q) {
    Lines out;
    if (!q.with.empty())
        out.push_back("WITH " + joined(q.with, [](const Cte& c) {
                          return to_sql(c.name) + (c.columns.empty() ? "" : " " + names_sql(c.columns)) + " AS (" +
                                 to_sql(*c.query) + ")";
                      }));
    body_clauses(q.body, out);
    if (!q.order_by.empty())
        out.push_back("ORDER BY " + joined(q.order_by, [](const OrderItem& i) { return order_item_sql(i); }));
    if (q.limit) out.push_back("LIMIT " + to_sql(*q.limit));
    if (q.offset) out.push_back("OFFSET " + to_sql(*q.offset));
    if (q.emit && q.emit->mode == Emit::Mode::kFinal) out.push_back("EMIT FINAL");
    if (q.emit && q.emit->mode == Emit::Mode::kChanges) out.push_back("EMIT CHANGES");
    if (q.emit && q.emit->period) out.push_back("EMIT PERIODIC " + to_sql(q.emit->period->value));
    if (q.late_data_to) out.push_back("LATE DATA TO " + to_sql(*q.late_data_to));
    return out;
}

std::string to_sql(const Query& q) {
    std::string out;
    for (const std::string& line : query_clauses(q)) out += (out.empty() ? "" : " ") + line;
    return out;
}

}  // namespace streamql::ast
