// Expressions as text: to_string for people, fingerprint for machines.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cctype>

#include "compiler/functions/registry.h"
#include "compiler/plan/expression.h"
#include "runtime/base/result.h"

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

std::string digits(Int128 v) {
    bool negative = v < 0;
    unsigned __int128 u = negative ? -static_cast<unsigned __int128>(v) : static_cast<unsigned __int128>(v);
    std::string out;
    do {
        out += static_cast<char>('0' + static_cast<int>(u % 10));
        u /= 10;
    } while (u);
    if (negative) out += '-';
    std::reverse(out.begin(), out.end());
    return out;
}

std::string decimal_text(const Decimal& d) {
    std::string s = digits(d.value);
    if (d.scale <= 0) return s;
    bool negative = s[0] == '-';
    if (negative) s.erase(0, 1);
    if (s.size() <= static_cast<size_t>(d.scale)) s.insert(0, d.scale + 1 - s.size(), '0');
    s.insert(s.size() - d.scale, ".");
    return (negative ? "-" : "") + s;
}

/// Days since 1970-01-01 as a date of the proleptic Gregorian calendar.
std::string date_text(int64_t days) {
    int64_t shifted = days + 719468;  // days since 0000-03-01
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t of_era = shifted - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * of_year + 2) / 153;
    int64_t day = of_year - (153 * month_from_march + 2) / 5 + 1;
    int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
    return fmt::format("{:04}-{:02}-{:02}", year, month, day);
}

std::string clock_text(int64_t micros) {
    std::string s =
        fmt::format("{:02}:{:02}:{:02}", micros / 3'600'000'000, micros / 60'000'000 % 60, micros / 1'000'000 % 60);
    if (int64_t rest = micros % 1'000'000) s += fmt::format(".{:06}", rest);
    return s;
}

std::string timestamp_text(int64_t micros) {
    constexpr int64_t kDay = 86'400'000'000;
    int64_t days = micros / kDay, rest = micros % kDay;
    if (rest < 0) {
        rest += kDay;
        --days;
    }
    return date_text(days) + " " + clock_text(rest);
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
            return decimal_text(c.decimal);
        case TypeKind::kString:
            return quoted(c.str.view());
        case TypeKind::kDate:
            return "DATE " + quoted(date_text(c.i64));
        case TypeKind::kTime:
            return "TIME " + quoted(clock_text(c.i64));
        case TypeKind::kTimestamp:
            return "TIMESTAMP " + quoted(timestamp_text(c.i64));
        case TypeKind::kTimestampTz:
            return "TIMESTAMPTZ " + quoted(timestamp_text(c.i64) + "+00");
        case TypeKind::kInterval:
            return "INTERVAL " + quoted(interval_text(c.interval));
        case TypeKind::kJson:
            return "JSON " + quoted(c.str.view());
        default:
            break;
    }
    std::string hex;
    for (char b : c.str.view()) hex += fmt::format("{:02x}", static_cast<unsigned char>(b));
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
            return fmt::format("{}e{}", digits(c.decimal.value), c.decimal.scale);
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
