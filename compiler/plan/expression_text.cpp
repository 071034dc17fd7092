// Expressions as text: to_string for people, fingerprint for machines.
#include <fmt/format.h>

#include <bit>
#include <cctype>

#include "compiler/functions/registry.h"
#include "compiler/plan/expression.h"
#include "runtime/base/result.h"
#include "runtime/text/bytes_text.h"
#include "runtime/types/datetime.h"
#include "runtime/types/decimal.h"

namespace streamql::plan {

namespace {

std::string quoted(std::string_view s) {
    std::string out = "'";
    for (char c : s) {
        if (c == '\'') out += '\'';
        out += c;
    }
    return out + "'";
}

/// The text that `format` (of types/datetime.h or decimal.h) writes.
template <typename Format, typename Value>
std::string printed(Format format, const Value& value) {
    char text[kMaxTimestampText];
    return {text, format(value, text)};
}

std::string interval_text(const Interval& i) {
    std::string s;
    if (i.months) s += fmt::format("{} months ", i.months);
    if (i.days) s += fmt::format("{} days ", i.days);
    if (i.micros || s.empty()) {
        if (i.micros % 1'000'000)
            s += fmt::format("{} microseconds ", i.micros);
        else
            s += fmt::format("{} seconds ", i.micros / 1'000'000);
    }
    s.pop_back();
    return s;
}

std::string literal_text(const Cell& c, const Type& type) {
    if (c.null) return "NULL";
    switch (type.kind) {
        case TypeKind::kBoolean:
            return c.i64 ? "TRUE" : "FALSE";
        case TypeKind::kSmallint:
        case TypeKind::kInteger:
        case TypeKind::kBigint:
            return fmt::format("{}", c.i64);
        case TypeKind::kReal:
        case TypeKind::kDouble:
            return fmt::format("{}", c.f64);
        case TypeKind::kDecimal:
            return printed(format_decimal, c.decimal);
        case TypeKind::kString:
            return quoted(c.str.view());
        case TypeKind::kDate:
            return "DATE " + quoted(printed(format_date, c.i64));
        case TypeKind::kTime:
            return "TIME " + quoted(printed(format_time, c.i64));
        case TypeKind::kTimestamp:
            return "TIMESTAMP " + quoted(printed(format_timestamp, c.i64));
        case TypeKind::kTimestampTz:
            return "TIMESTAMPTZ " + quoted(printed(format_timestamp, c.i64) + "+00");
        case TypeKind::kInterval:
            return "INTERVAL " + quoted(interval_text(c.interval));
        case TypeKind::kJson:
            return "JSON " + quoted(c.str.view());
        default:
            break;
    }
    std::string hex;
    append_hex(c.str.view(), hex);
    return fmt::format("{} '\\x{}'", type.to_string(), hex);
}

/// Operators are entries under their own spelling; functions are in lower case.
bool is_operator(const std::string& name) {
    return !(std::islower(static_cast<unsigned char>(name[0])) || name[0] == '_');
}

bool is_compound(const ExprPtr& e) {
    if (const auto* c = std::get_if<Call>(&e->node)) return is_operator(c->function->name) && c->function->name != ".";
    return std::holds_alternative<Logical>(e->node) || std::holds_alternative<Not>(e->node) ||
           std::holds_alternative<IsNull>(e->node) || std::holds_alternative<NotDistinct>(e->node);
}

std::string operand(const ExprPtr& e) { return is_compound(e) ? "(" + to_string(e) + ")" : to_string(e); }

std::string joined(const std::vector<ExprPtr>& args, const char* separator, std::string (*text)(const ExprPtr&)) {
    std::string s;
    for (size_t i = 0; i < args.size(); ++i) s += (i ? separator : "") + text(args[i]);
    return s;
}

std::string call_text(const Call& n, const Type& type) {
    const std::string& name = n.function->name;
    if (name == "cast") return fmt::format("CAST({} AS {})", to_string(n.args[0]), type.to_string());
    if (n.function == &not_null_function()) return operand(n.args[0]) + " NOT NULL";
    if (name == "." && n.args.size() == 2) return fmt::format("{}.{}", operand(n.args[0]), to_string(n.args[1]));
    if (is_operator(name) && n.args.size() == 2) return operand(n.args[0]) + " " + name + " " + operand(n.args[1]);
    if (is_operator(name) && n.args.size() == 1) return name + operand(n.args[0]);
    return fmt::format("{}({})", name, joined(n.args, ", ", to_string));
}

std::string literal_bits(const Cell& c, const Type& type) {
    if (c.null) return "null";
    switch (type.physical()) {
        case Physical::kI64:
            return fmt::format("{}", c.i64);
        case Physical::kF64:
            return fmt::format("0x{:x}", std::bit_cast<uint64_t>(c.f64));
        case Physical::kStr:
            return fmt::format("{}:{}", c.str.size, c.str.view());
        case Physical::kInterval:
            return fmt::format("{}/{}/{}", c.interval.months, c.interval.days, c.interval.micros);
        case Physical::kDecimal:
            return fmt::format("{}e{}", c.decimal.value, c.decimal.scale);
    }
    return {};
}

}  // namespace

std::string to_string(const ExprPtr& e) {
    return std::visit(
        overloaded{
            [&](const Literal& n) { return literal_text(n.value, e->type); },
            [&](const Column& n) { return n.name.empty() ? fmt::format("#{}", n.index) : n.name; },
            [&](const Call& n) { return call_text(n, e->type); },
            [&](const Logical& n) { return joined(n.args, n.is_and ? " AND " : " OR ", operand); },
            [&](const Not& n) {
                if (const auto* null = std::get_if<IsNull>(&n.arg->node)) return operand(null->arg) + " IS NOT NULL";
                return "NOT " + operand(n.arg);
            },
            [&](const IsNull& n) { return operand(n.arg) + " IS NULL"; },
            [&](const NotDistinct& n) { return operand(n.left) + " IS NOT DISTINCT FROM " + operand(n.right); },
            [&](const Case& n) {
                std::string s = "CASE";
                for (auto& [when, then] : n.whens) s += " WHEN " + to_string(when) + " THEN " + to_string(then);
                return s + " ELSE " + to_string(n.otherwise) + " END";
            },
            [&](const Coalesce& n) { return "COALESCE(" + joined(n.args, ", ", to_string) + ")"; },
        },
        e->node);
}

std::string fingerprint(const ExprPtr& e) {
    std::string body = std::visit(
        overloaded{
            [&](const Literal& n) { return "lit " + literal_bits(n.value, e->type); },
            [&](const Column& n) { return fmt::format("col {}", n.index); },
            [&](const Call& n) { return fmt::format("{} {}", n.function->symbol, joined(n.args, " ", fingerprint)); },
            [&](const Logical& n) { return (n.is_and ? "and " : "or ") + joined(n.args, " ", fingerprint); },
            [&](const Not& n) { return "not " + fingerprint(n.arg); },
            [&](const IsNull& n) { return "isnull " + fingerprint(n.arg); },
            [&](const NotDistinct& n) {
                return fmt::format("same {} {} {}", n.equal->symbol, fingerprint(n.left), fingerprint(n.right));
            },
            [&](const Case& n) {
                std::string s = "case";
                for (auto& [when, then] : n.whens) s += " " + fingerprint(when) + " " + fingerprint(then);
                return s + " " + fingerprint(n.otherwise);
            },
            [&](const Coalesce& n) { return "coalesce " + joined(n.args, " ", fingerprint); },
        },
        e->node);
    return fmt::format("({}:{})", body, e->type.to_string());
}

}  // namespace streamql::plan
