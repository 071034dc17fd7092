#include <fmt/core.h>

#include "compiler/ast/print.h"
#include "compiler/ast/print_parts.h"
#include "runtime/types/interval.h"

namespace streamql::ast {
namespace {

/// How tightly an expression binds when written; the higher the tighter. Operands looser than their place get
/// parentheses.
enum Level {
    kOrLevel = 1,
    kAndLevel,
    kNotLevel,
    kIsLevel,
    kCompareLevel,
    kRangeLevel,
    kOtherLevel,
    kAddLevel,
    kMulLevel,
    kPowLevel,
    kUnaryLevel,
    kPostfixLevel,
    kPrimaryLevel
};

int level(BinaryOp op) {
    switch (op) {
        case BinaryOp::kOr:
            return kOrLevel;
        case BinaryOp::kAnd:
            return kAndLevel;
        case BinaryOp::kEq:
        case BinaryOp::kNe:
        case BinaryOp::kLt:
        case BinaryOp::kLe:
        case BinaryOp::kGt:
        case BinaryOp::kGe:
            return kCompareLevel;
        case BinaryOp::kAdd:
        case BinaryOp::kSub:
            return kAddLevel;
        case BinaryOp::kMul:
        case BinaryOp::kDiv:
        case BinaryOp::kMod:
            return kMulLevel;
        case BinaryOp::kPow:
            return kPowLevel;
        default:
            return kOtherLevel;
    }
}

int level(const Expr& e) {
    return std::visit(overloaded{
                          [](const Binary& b) { return level(b.op); },
                          [](const Unary& u) { return u.op == UnaryOp::kNot ? int{kNotLevel} : int{kUnaryLevel}; },
                          [](const IsTest&) { return int{kIsLevel}; },
                          [](const IsDistinctFrom&) { return int{kIsLevel}; },
                          [](const Quantified&) { return int{kCompareLevel}; },
                          [](const Between&) { return int{kRangeLevel}; },
                          [](const InList&) { return int{kRangeLevel}; },
                          [](const InSubquery&) { return int{kRangeLevel}; },
                          [](const Like&) { return int{kRangeLevel}; },
                          [](const Subscript&) { return int{kPostfixLevel}; },
                          [](const Slice&) { return int{kPostfixLevel}; },
                          [](const FieldAccess&) { return int{kPostfixLevel}; },
                          [](const auto&) { return int{kPrimaryLevel}; },
                      },
                      e.node);
}

/// The operand, in parentheses if it binds looser than `least`.
std::string operand(const Expr& e, int least) { return level(e) < least ? "(" + to_sql(e) + ")" : to_sql(e); }

/// What postfix operators may follow; a dotted name must not swallow a field.
std::string base(const Expr& e) {
    return std::holds_alternative<ColumnRef>(e.node) ? "(" + to_sql(e) + ")" : operand(e, kPostfixLevel);
}

std::string within_clause(const std::optional<Within>& within) { return within ? " " + within_sql(*within) : ""; }

std::string order_list(const std::vector<OrderItem>& items) {
    return "ORDER BY " + joined(items, [](const OrderItem& i) { return order_item_sql(i); });
}

std::string bound_sql(const FrameBound& b) {
    switch (b.kind) {
        case FrameBound::Kind::kUnboundedPreceding:
            return "UNBOUNDED PRECEDING";
        case FrameBound::Kind::kPreceding:
            return to_sql(*b.offset) + " PRECEDING";
        case FrameBound::Kind::kCurrentRow:
            return "CURRENT ROW";
        case FrameBound::Kind::kFollowing:
            return to_sql(*b.offset) + " FOLLOWING";
        case FrameBound::Kind::kUnboundedFollowing:
            return "UNBOUNDED FOLLOWING";
    }
    return "";
}

std::string call_sql(const FunctionCall& f) {
    std::string args = f.star ? "*" : f.distinct ? "DISTINCT " : "";
    args += joined(f.args, [](const Expr& e) { return to_sql(e); });
    for (const NamedArgument& a : f.named_args)
        args += (args.empty() ? "" : ", ") + to_sql(a.name) + " => " + to_sql(*a.value);
    if (!f.order_by.empty()) args += " " + order_list(f.order_by);
    std::string out = to_sql(f.name) + "(" + args + ")";
    if (!f.within_group.empty()) out += " WITHIN GROUP (" + order_list(f.within_group) + ")";
    if (f.filter) out += " FILTER (WHERE " + to_sql(*f.filter) + ")";
    if (f.over) {
        std::string spec = over_sql(*f.over);
        bool alone = f.over->base && f.over->partition_by.empty() && f.over->order_by.empty() && !f.over->frame;
        out += alone ? " OVER " + spec : " OVER (" + spec + ")";
    }
    return out;
}

std::string case_sql(const Case& c) {
    std::string out = "CASE";
    if (c.operand) out += " " + to_sql(*c.operand);
    for (const CaseArm& arm : c.arms) out += " WHEN " + to_sql(*arm.when) + " THEN " + to_sql(*arm.then);
    if (c.otherwise) out += " ELSE " + to_sql(*c.otherwise);
    return out + " END";
}

std::string like_sql(const Like& l) {
    const char* word = l.kind == Like::Kind::kLike ? "LIKE" : l.kind == Like::Kind::kIlike ? "ILIKE" : "SIMILAR TO";
    std::string out = fmt::format("{}{} {} {}", operand(*l.value, kRangeLevel), l.negated ? " NOT" : "", word,
                                  operand(*l.pattern, kOtherLevel));
    return l.escape ? out + " ESCAPE " + operand(*l.escape, kOtherLevel) : out;
}

std::string is_sql(const IsTest& t) {
    static constexpr const char* kWords[] = {"NULL", "TRUE", "FALSE", "UNKNOWN"};
    return fmt::format("{} IS {}{}", operand(*t.value, kIsLevel), t.negated ? "NOT " : "",
                       kWords[static_cast<int>(t.kind)]);
}

std::string map_sql(const MapLiteral& m) {
    std::string out = "MAP[";
    for (size_t i = 0; i < m.keys.size(); ++i)
        out += fmt::format("{}{}, {}", i ? ", " : "", to_sql(m.keys[i]), to_sql(m.values[i]));
    return out + "]";
}

std::string binary_sql(const Binary& b) {
    int own = level(b.op);
    return fmt::format("{} {} {}", operand(*b.left, own), to_sql(b.op), operand(*b.right, own + 1));
}

std::string unary_sql(const Unary& u) {
    if (u.op == UnaryOp::kNot) return "NOT " + operand(*u.operand, kNotLevel);
    const char* sign = u.op == UnaryOp::kMinus ? "-" : u.op == UnaryOp::kPlus ? "+" : "~";
    std::string value = operand(*u.operand, kUnaryLevel);
    return (value[0] == sign[0] ? std::string(sign) + " " : std::string(sign)) + value;  // never "--"
}

}  // namespace

std::string over_sql(const OverClause& o) {
    std::string out = o.base ? to_sql(*o.base) : "";
    auto add = [&](const std::string& text) { out += (out.empty() ? "" : " ") + text; };
    if (!o.partition_by.empty()) add("PARTITION BY " + joined(o.partition_by, [](const Expr& e) { return to_sql(e); }));
    if (!o.order_by.empty()) add(order_list(o.order_by));
    if (o.frame) {
        static constexpr const char* kUnits[] = {"ROWS", "RANGE", "GROUPS"};
        add(fmt::format("{} BETWEEN {} AND {}", kUnits[static_cast<int>(o.frame->unit)], bound_sql(o.frame->start),
                        bound_sql(o.frame->end)));
    }
    return out;
}

std::string order_item_sql(const OrderItem& i) {
    const char* nulls = i.nulls == NullsOrder::kDefault ? ""
                        : i.nulls == NullsOrder::kFirst ? " NULLS FIRST"
                                                        : " NULLS LAST";
    return to_sql(*i.expr) + (i.descending ? " DESC" : "") + nulls;
}

std::string within_sql(const Within& w) {
    if (w.symmetric) return "WITHIN " + to_sql(w.before);
    return fmt::format("WITHIN ({} BEFORE, {} AFTER)", to_sql(w.before), to_sql(w.after));
}

const char* to_sql(BinaryOp op) {
    static constexpr const char* kSpellings[] = {"OR", "AND", "=",   "<>", "<",  "<=", ">",   ">=", "+",   "-",
                                                 "*",  "/",   "%",   "^",  "||", "->", "->>", "#>", "#>>", "~",
                                                 "!~", "~*",  "!~*", "@>", "<@", "&&", "&",   "|",  "#"};
    return kSpellings[static_cast<int>(op)];
}

std::string quoted(std::string_view text) {
    std::string out = "'";
    for (char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
    return out + "'";
}

std::string to_sql(const Interval& interval) { return "INTERVAL " + quoted(streamql::to_string(interval)); }

std::string to_sql(const Identifier& i) {
    if (!i.quoted) return i.text;
    std::string out = "\"";
    for (char c : i.text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"";
}

std::string to_sql(const Name& name) {
    std::string out;
    for (const Identifier& part : name.parts) out += (out.empty() ? "" : ".") + to_sql(part);
    return out;
}

std::string to_sql(const TypeName& t) {
    std::string inner = joined(t.children, [](const TypeName& c) { return to_sql(c); });
    inner += joined(t.fields, [](const TypeField& f) { return to_sql(f.name) + " " + to_sql(f.type); });
    std::string out = t.name;
    for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    if (!inner.empty()) out += "<" + inner + ">";
    if (t.parameters.empty()) return out;
    std::string parameters = "(" + joined(t.parameters, [](int p) { return std::to_string(p); }) + ")";
    size_t zone = out.find(" WITH");  // TIMESTAMP(3) WITH TIME ZONE
    return zone == std::string::npos ? out + parameters : out.insert(zone, parameters);
}

std::string to_sql(const Expr& e) {
    auto list = [](const std::vector<Expr>& items) { return joined(items, [](const Expr& i) { return to_sql(i); }); };
    auto negation = [](bool negated) { return negated ? " NOT" : ""; };
    return std::visit(
        overloaded{
            [](const NullLiteral&) -> std::string { return "NULL"; },
            [](const BoolLiteral& l) -> std::string { return l.value ? "TRUE" : "FALSE"; },
            [](const IntegerLiteral& l) { return l.text; },
            [](const DecimalLiteral& l) { return l.text; },
            [](const FloatLiteral& l) { return l.text; },
            [](const StringLiteral& l) { return quoted(l.value); },
            [](const IntervalLiteral& l) { return to_sql(l.value); },
            [](const TypedLiteral& l) { return to_sql(l.type) + " " + quoted(l.text); },
            [](const ColumnRef& c) { return to_sql(c.name); },
            [](const Star& s) { return s.qualifier ? to_sql(*s.qualifier) + ".*" : std::string("*"); },
            [](const Unary& u) { return unary_sql(u); },
            [](const Binary& b) { return binary_sql(b); },
            [](const Like& l) { return like_sql(l); },
            [](const IsTest& t) { return is_sql(t); },
            [](const IsDistinctFrom& d) {
                return fmt::format("{} IS {}DISTINCT FROM {}", operand(*d.left, kIsLevel), d.negated ? "NOT " : "",
                                   operand(*d.right, kCompareLevel));
            },
            [&](const Between& b) {
                return fmt::format("{}{} BETWEEN {}{} AND {}", operand(*b.value, kRangeLevel), negation(b.negated),
                                   b.symmetric ? "SYMMETRIC " : "", operand(*b.low, kOtherLevel),
                                   operand(*b.high, kOtherLevel));
            },
            [&](const InList& i) {
                return fmt::format("{}{} IN ({})", operand(*i.value, kRangeLevel), negation(i.negated), list(i.items));
            },
            [&](const InSubquery& i) {
                return fmt::format("{}{} IN ({}){}", operand(*i.value, kRangeLevel), negation(i.negated),
                                   to_sql(*i.query), within_clause(i.within));
            },
            [](const Exists& x) { return "EXISTS (" + to_sql(*x.query) + ")" + within_clause(x.within); },
            [](const ScalarSubquery& s) { return "(" + to_sql(*s.query) + ")"; },
            [](const Quantified& q) {
                return fmt::format("{} {} {} ({})", operand(*q.left, kCompareLevel), to_sql(q.op),
                                   q.all ? "ALL" : "ANY", to_sql(*q.array));
            },
            [](const Case& c) { return case_sql(c); },
            [](const Cast& c) {
                return fmt::format("{}({} AS {})", c.try_cast ? "TRY_CAST" : "CAST", to_sql(*c.value), to_sql(c.type));
            },
            [](const FunctionCall& f) { return call_sql(f); },
            [](const Subscript& s) { return fmt::format("{}[{}]", operand(*s.base, kPostfixLevel), to_sql(*s.index)); },
            [](const Slice& s) {
                return fmt::format("{}[{}:{}]", operand(*s.base, kPostfixLevel), s.low ? to_sql(*s.low) : "",
                                   s.high ? to_sql(*s.high) : "");
            },
            [](const FieldAccess& f) { return base(*f.base) + "." + to_sql(f.field); },
            [&](const ArrayLiteral& a) { return "ARRAY[" + list(a.items) + "]"; },
            [&](const RowLiteral& r) { return "ROW(" + list(r.items) + ")"; },
            [](const MapLiteral& m) { return map_sql(m); },
        },
        e.node);
}

}  // namespace streamql::ast
