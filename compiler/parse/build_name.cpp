#include <charconv>

#include <fmt/core.h>

#include "compiler/parse/builder.h"
#include "runtime/text/utf8.h"
#include "runtime/types/interval.h"

namespace streamql {
namespace {

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_char(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string folded(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = lower(c);
    return out;
}

std::string without_doubled(std::string_view text, char quote) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        out += text[i];
        if (text[i] == quote) ++i;
    }
    return out;
}

/// Reads up to `most` digits of a base; false if there is none.
bool take_digits(std::string_view raw, size_t& i, int base, size_t most, uint32_t& value) {
    size_t available = std::min(most, raw.size() - i);
    auto end = std::from_chars(raw.data() + i, raw.data() + i + available, value, base).ptr;
    bool any = end != raw.data() + i;
    i = static_cast<size_t>(end - raw.data());
    return any;
}

/// One backslash escape of E'...'; `i` stands behind the backslash and is moved on.
void append_escape(std::string& out, std::string_view raw, size_t& i) {
    char c = raw[i++];
    uint32_t value = 0;
    switch (c) {
        case 'b':
            out += '\b';
            return;
        case 'f':
            out += '\f';
            return;
        case 'n':
            out += '\n';
            return;
        case 'r':
            out += '\r';
            return;
        case 't':
            out += '\t';
            return;
        case 'x':
            if (take_digits(raw, i, 16, 2, value))
                out += static_cast<char>(value);
            else
                out += 'x';
            return;
        case 'u':
            if (take_digits(raw, i, 16, 4, value))
                append_utf8(value, out);
            else
                out += 'u';
            return;
        default:
            break;
    }
    if (c >= '0' && c <= '7') {
        --i;
        take_digits(raw, i, 8, 3, value);
        out += static_cast<char>(value);
        return;
    }
    out += c;
}

}  // namespace

Builder::Deeper::Deeper(Builder& builder, size_t levels, Span span) : builder_(builder), levels_(levels) {
    builder_.depth_ += levels_;
    if (fits() || builder_.too_deep_) return;
    builder_.too_deep_ = true;
    builder_.diagnostics_.error("too-deep", span, fmt::format("this expression is more than {} levels deep", kMaxDepth))
        .with_help("split it up with WITH or CREATE VIEW, or use IN (...) for a long chain of OR");
}

Span Builder::span_of(antlr4::ParserRuleContext* c) {
    auto begin = static_cast<uint32_t>(c->start->getStartIndex());
    auto end = static_cast<uint32_t>(c->stop->getStopIndex() + 1);
    return {begin, std::max(begin, end)};
}

Span Builder::span_of(antlr4::tree::TerminalNode* t) {
    return {static_cast<uint32_t>(t->getSymbol()->getStartIndex()),
            static_cast<uint32_t>(t->getSymbol()->getStopIndex() + 1)};
}

std::string Builder::lower_text(antlr4::ParserRuleContext* c) const { return folded(source_.text(span_of(c))); }

void Builder::duplicate(std::string_view clause, Span span) {
    diagnostics_.error("duplicate-clause", span, fmt::format("{} is given twice", clause));
}

/// Any context that is one word: a bare word is folded, a quoted one unquoted.
ast::Identifier Builder::identifier(antlr4::ParserRuleContext* c) {
    Span span = span_of(c);
    std::string_view text = source_.text(span);
    char quote = text.front();
    if (quote != '"' && quote != '`') return {folded(text), false, span};
    std::string inner = without_doubled(text.substr(1, text.size() - 2), quote);
    if (inner.empty()) diagnostics_.error("syntax", span, "a quoted name must not be empty");
    return {inner, true, span};
}

/// A context whose rule children are words with dots between them.
ast::Name Builder::name(antlr4::ParserRuleContext* c) {
    ast::Name out;
    out.span = span_of(c);
    for (antlr4::tree::ParseTree* child : c->children)
        if (auto* word = dynamic_cast<antlr4::ParserRuleContext*>(child)) out.parts.push_back(identifier(word));
    return out;
}

std::vector<ast::Identifier> Builder::identifiers(P::ColumnNamesContext* c) {
    std::vector<ast::Identifier> out;
    if (c)
        for (auto* i : c->identifier()) out.push_back(identifier(i));
    return out;
}

ast::TypeName Builder::type_name(P::TypeNameContext* c) {
    ast::TypeName type = type_base(c->typeBase());
    for (size_t i = 0; i < c->LBRACKET().size(); ++i) {
        ast::TypeName array;
        array.name = "array";
        array.span = {type.span.begin, span_of(c->RBRACKET(i)).end};
        array.children.push_back(std::move(type));
        type = std::move(array);
    }
    return type;
}

std::vector<int> Builder::type_parameters(P::TypeParametersContext* c) {
    std::vector<int> out;
    if (!c) return out;
    for (auto* t : c->INTEGER()) {
        std::string_view text = source_.text(span_of(t));
        int value = 0;
        if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc())
            diagnostics_.error("bad-number", span_of(t), "this number is too large");
        out.push_back(value);
    }
    return out;
}

ast::TypeName Builder::type_base(P::TypeBaseContext* c) {
    Deeper deeper(*this, 1, span_of(c));
    ast::TypeName out;
    out.span = span_of(c);
    auto fields = [&](const std::vector<P::TypeFieldContext*>& cs) {
        for (auto* f : cs) out.fields.push_back({identifier(f->identifier()), type_name(f->typeName())});
    };
    if (auto* array = dynamic_cast<P::ArrayTypeContext*>(c)) {
        out.name = "array";
        out.children.push_back(type_name(array->typeName()));
    } else if (auto* map = dynamic_cast<P::MapTypeContext*>(c)) {
        out.name = "map";
        for (auto* t : map->typeName()) out.children.push_back(type_name(t));
    } else if (auto* structure = dynamic_cast<P::StructTypeContext*>(c)) {
        out.name = "struct";
        fields(structure->typeField());
    } else if (dynamic_cast<P::DoubleTypeContext*>(c)) {
        out.name = "double precision";
    } else if (auto* text = dynamic_cast<P::CharacterTypeContext*>(c)) {
        out.name = "character varying";
        out.parameters = type_parameters(text->typeParameters());
    } else {
        auto* named = dynamic_cast<P::NamedTypeContext*>(c);
        out.name = named->identifier()
                       ? folded(identifier(named->identifier()).text)
                       : folded(source_.text(span_of(dynamic_cast<antlr4::tree::TerminalNode*>(named->children[0]))));
        if (named->ZONE()) {
            out.name += named->WITH() ? " with" : " without";
            out.name += named->LOCAL() ? " local time zone" : " time zone";
        }
        out.parameters = type_parameters(named->typeParameters());
    }
    return out;
}

std::string Builder::string_value(P::StringContext* c) {
    Span span = span_of(c);
    bool escapes = c->ESCAPE_STRING() != nullptr;
    uint32_t skip = escapes ? 2 : 1;
    std::string_view raw = source_.text(span);
    return replace_variables(raw.substr(skip, raw.size() - skip - 1), span.begin + skip, escapes);
}

/// The value of a string literal's inside: '' undoubled, escapes read, ${NAME} and ${NAME:-default} replaced.
std::string Builder::replace_variables(std::string_view raw, uint32_t offset, bool escapes) {
    std::string out;
    for (size_t i = 0; i < raw.size();) {
        if (raw[i] == '\'') {
            out += '\'';
            i += 2;
            continue;
        }
        if (escapes && raw[i] == '\\' && i + 1 < raw.size()) {
            append_escape(out, raw, ++i);
            continue;
        }
        size_t end = i + 2;
        if (raw.substr(i, 2) == "${" && end < raw.size() && is_name_start(raw[end])) {
            while (end < raw.size() && is_name_char(raw[end])) ++end;
            std::string_view variable = raw.substr(i + 2, end - i - 2);
            size_t close = raw.find('}', end);
            bool has_default = raw.substr(end, 2) == ":-";
            if (close != std::string_view::npos && (close == end || has_default)) {
                if (auto value = environment_(variable)) {
                    out += *value;
                } else if (has_default) {
                    out += without_doubled(raw.substr(end + 2, close - end - 2), '\'');
                } else {
                    Span place{offset + static_cast<uint32_t>(i), offset + static_cast<uint32_t>(close + 1)};
                    diagnostics_
                        .error("missing-variable", place,
                               fmt::format("the environment variable {} is not set", variable))
                        .with_help(fmt::format("set it, or give a default: ${{{}:-value}}", variable));
                }
                i = close + 1;
                continue;
            }
        }
        out += raw[i++];
    }
    return out;
}

Interval Builder::interval_text(std::string text, std::optional<IntervalUnit> unit, Span span) {
    if (auto value = parse_interval(text, unit)) return *value;
    diagnostics_.error("bad-interval", span, fmt::format("\"{}\" is not an interval", text))
        .with_help("write it like INTERVAL '5' MINUTE or INTERVAL '1 day 02:30:00'");
    return {};
}

Interval Builder::interval(P::StringContext* text, P::IntervalUnitsContext* units, Span span) {
    std::string value = string_value(text);
    if (!units) return interval_text(value, std::nullopt, span);
    auto first = interval_unit(lower_text(units->timeUnit(0)));
    if (!units->TO()) return interval_text(value, first, span);
    auto last = interval_unit(lower_text(units->timeUnit(1)));
    bool minutes = first == IntervalUnit::kMinute && last == IntervalUnit::kSecond;
    size_t colon = value.find(':');  // '12:30' MINUTE TO SECOND: a fraction marks minutes and seconds
    if (minutes && colon != std::string::npos && value.find_first_of(":.", colon + 1) == std::string::npos)
        value += ".0";
    return interval_text(value, last, span);
}

ast::Duration Builder::duration(P::DurationContext* c) {
    Span span = span_of(c);
    if (c->string()) return {interval(c->string(), c->intervalUnits(), span), span};
    std::string text;
    for (antlr4::tree::ParseTree* child : c->children) {
        auto* unit = dynamic_cast<antlr4::ParserRuleContext*>(child);
        Span part = unit ? span_of(unit) : span_of(dynamic_cast<antlr4::tree::TerminalNode*>(child));
        text += std::string(text.empty() ? "" : " ") + std::string(source_.text(part));
    }
    return {interval_text(text, std::nullopt, span), span};
}

}  // namespace streamql
