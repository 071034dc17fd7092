#include "runtime/functions/value_text.h"

#include <charconv>
#include <cmath>

#include "runtime/types/decimal.h"
#include "runtime/types/interval.h"
#include "runtime/types/nested.h"

namespace streamql {

namespace {

constexpr char kHex[] = "0123456789abcdef";

void append_hex(std::string_view bytes, std::string& to) {
    for (unsigned char c : bytes) {
        to.push_back(kHex[c >> 4]);
        to.push_back(kHex[c & 15]);
    }
}

/// PostgreSQL quotes an element that is empty, NULL-like or holds delimiters.
void append_quoted_part(std::string_view text, bool row, std::string& to) {
    bool quote = text.empty() && !row;
    if (text.empty() && row) quote = true;
    if (!row && text.size() == 4 && (text == "NULL" || text == "null")) quote = true;
    std::string_view special = row ? "(),\"\\" : "{},\"\\";
    for (char c : text)
        if (special.find(c) != std::string_view::npos || c == ' ' || (c >= '\t' && c <= '\r')) quote = true;
    if (!quote) {
        to.append(text);
        return;
    }
    to.push_back('"');
    for (char c : text) {
        if (c == '"' || c == '\\') to.push_back(row ? c : '\\');
        to.push_back(c);
    }
    to.push_back('"');
}

void append_map(const NestedView& map, const TimeZone& zone, std::string& to);

void append_nested(Str encoded, const TimeZone& zone, std::string& to) {
    NestedView view(encoded);
    if (view.form() == NestedForm::kMap) return append_map(view, zone, to);
    bool row = view.form() == NestedForm::kStruct;
    to.push_back(row ? '(' : '{');
    std::string part;
    for (uint32_t i = 0; i < view.count(); ++i) {
        if (i > 0) to.push_back(',');
        TypeKind kind = view.kind(i);
        if (kind == TypeKind::kNull) {
            if (!row) to.append("NULL");
            continue;
        }
        part.clear();
        append_text(kind, view.get(i), zone, part);
        if (kind == TypeKind::kArray && !row)
            to.append(part);
        else
            append_quoted_part(part, row, to);
    }
    to.push_back(row ? ')' : '}');
}

void append_map(const NestedView& map, const TimeZone& zone, std::string& to) {
    to.push_back('{');
    for (uint32_t i = 0; i + 1 < map.count(); i += 2) {
        if (i > 0) to.append(", ");
        std::string part;
        append_text(map.kind(i), map.get(i), zone, part);
        append_json_string(part, to);
        to.append(": ");
        part.clear();
        if (map.kind(i + 1) == TypeKind::kNull)
            to.append("null");
        else
            append_text(map.kind(i + 1), map.get(i + 1), zone, part), append_json_string(part, to);
    }
    to.push_back('}');
}

void append_int(int64_t v, std::string& to) {
    char digits[24];
    to.append(digits, static_cast<size_t>(std::to_chars(digits, digits + 24, v).ptr - digits));
}

}  // namespace

void append_double(double v, bool real, std::string& to) {
    if (std::isnan(v)) {
        to.append("NaN");
        return;
    }
    if (std::isinf(v)) {
        to.append(v < 0 ? "-Infinity" : "Infinity");
        return;
    }
    if (std::signbit(v)) to.push_back('-');
    v = std::fabs(v);
    if (v == 0) {
        to.push_back('0');
        return;
    }
    char text[40];
    auto end = real ? std::to_chars(text, text + 40, static_cast<float>(v), std::chars_format::scientific).ptr
                    : std::to_chars(text, text + 40, v, std::chars_format::scientific).ptr;
    char* e = text;
    std::string_view digits;
    char packed[24];
    size_t count = 0;
    for (; *e != 'e'; ++e)
        if (*e != '.') packed[count++] = *e;
    digits = {packed, count};
    int exponent = 0;
    std::from_chars(e[1] == '+' ? e + 2 : e + 1, end, exponent);
    int limit = real ? 6 : 15;
    if (exponent < -4 || exponent >= limit) {
        to.push_back(digits[0]);
        if (count > 1) to.append(".").append(digits.substr(1));
        to.push_back('e');
        to.push_back(exponent < 0 ? '-' : '+');
        int size = exponent < 0 ? -exponent : exponent;
        if (size < 10) to.push_back('0');
        append_int(size, to);
    } else if (exponent < 0) {
        to.append("0.").append(static_cast<size_t>(-exponent - 1), '0').append(digits);
    } else if (static_cast<int>(count) <= exponent + 1) {
        to.append(digits).append(static_cast<size_t>(exponent + 1) - count, '0');
    } else {
        to.append(digits.substr(0, static_cast<size_t>(exponent) + 1))
            .append(".")
            .append(digits.substr(static_cast<size_t>(exponent) + 1));
    }
}

void append_text(TypeKind kind, const Cell& value, const TimeZone& zone, std::string& to) {
    char buffer[kMaxTimestampText];
    switch (kind) {
        case TypeKind::kNull:
            break;
        case TypeKind::kBoolean:
            to.append(value.i64 != 0 ? "true" : "false");
            break;
        case TypeKind::kSmallint:
        case TypeKind::kInteger:
        case TypeKind::kBigint:
            append_int(value.i64, to);
            break;
        case TypeKind::kReal:
            append_double(value.f64, true, to);
            break;
        case TypeKind::kDouble:
            append_double(value.f64, false, to);
            break;
        case TypeKind::kDecimal:
            append_decimal(value.decimal, to);
            break;
        case TypeKind::kString:
        case TypeKind::kJson:
            to.append(value.str.view());
            break;
        case TypeKind::kBytes:
            to.append("\\x"), append_hex(value.str.view(), to);
            break;
        case TypeKind::kDate:
            to.append(buffer, format_date(value.i64, buffer));
            break;
        case TypeKind::kTime:
            to.append(buffer, format_time(value.i64, buffer));
            break;
        case TypeKind::kTimestamp:
            to.append(buffer, format_timestamp(value.i64, buffer));
            break;
        case TypeKind::kTimestampTz:
            to.append(buffer, format_timestamp_tz(value.i64, zone.offset_seconds(value.i64), buffer));
            break;
        case TypeKind::kInterval:
            to.append(to_string(value.interval));
            break;
        case TypeKind::kArray:
        case TypeKind::kMap:
        case TypeKind::kStruct:
            append_nested(value.str, zone, to);
            break;
    }
}

void append_json_string(std::string_view text, std::string& to) {
    to.push_back('"');
    size_t from = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        unsigned char c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        to.append(text.substr(from, i - from));
        from = i + 1;
        switch (c) {
            case '"':
                to.append("\\\"");
                break;
            case '\\':
                to.append("\\\\");
                break;
            case '\n':
                to.append("\\n");
                break;
            case '\r':
                to.append("\\r");
                break;
            case '\t':
                to.append("\\t");
                break;
            case '\b':
                to.append("\\b");
                break;
            case '\f':
                to.append("\\f");
                break;
            default:
                to.append("\\u00");
                to.push_back(kHex[c >> 4]);
                to.push_back(kHex[c & 15]);
        }
    }
    to.append(text.substr(from));
    to.push_back('"');
}

namespace {

void append_json_map(const Type& type, const NestedView& map, std::string& to) {
    bool object = type.key->kind == TypeKind::kString;
    to.push_back(object ? '{' : '[');
    for (uint32_t i = 0; i + 1 < map.count(); i += 2) {
        if (i > 0) to.push_back(',');
        if (!object) to.push_back('[');
        append_json(*type.key, map.get(i), to);
        to.push_back(object ? ':' : ',');
        append_json(*type.element, map.get(i + 1), to);
        if (!object) to.push_back(']');
    }
    to.push_back(object ? '}' : ']');
}

}  // namespace

void append_json(const Type& type, const Cell& value, std::string& to) {
    if (value.null) {
        to.append("null");
        return;
    }
    char buffer[kMaxTimestampText];
    switch (type.kind) {
        case TypeKind::kReal:
        case TypeKind::kDouble:
            if (std::isfinite(value.f64)) return append_double(value.f64, type.kind == TypeKind::kReal, to);
            to.push_back('"');
            append_double(value.f64, false, to);
            to.push_back('"');
            return;
        case TypeKind::kNull:
        case TypeKind::kBoolean:
        case TypeKind::kSmallint:
        case TypeKind::kInteger:
        case TypeKind::kBigint:
        case TypeKind::kDecimal:
        case TypeKind::kJson:
            return append_text(type.kind, value, utc(), to);
        case TypeKind::kString:
            return append_json_string(value.str.view(), to);
        case TypeKind::kBytes:
            to.append("\"\\\\x");
            append_hex(value.str.view(), to);
            to.push_back('"');
            return;
        case TypeKind::kTimestamp:
        case TypeKind::kTimestampTz:
            to.push_back('"');
            to.append(buffer, format_timestamp(value.i64, buffer, true));
            to.push_back('"');
            return;
        case TypeKind::kDate:
        case TypeKind::kTime:
        case TypeKind::kInterval:
            to.push_back('"');
            append_text(type.kind, value, utc(), to);
            to.push_back('"');
            return;
        case TypeKind::kMap:
            return append_json_map(type, NestedView(value.str), to);
        case TypeKind::kArray:
        case TypeKind::kStruct: {
            NestedView view(value.str);
            bool object = type.kind == TypeKind::kStruct;
            to.push_back(object ? '{' : '[');
            for (uint32_t i = 0; i < view.count(); ++i) {
                if (i > 0) to.push_back(',');
                if (object) append_json_string((*type.fields)[i].name, to), to.push_back(':');
                append_json(object ? *(*type.fields)[i].type : *type.element, view.get(i), to);
            }
            to.push_back(object ? '}' : ']');
        }
    }
}

}  // namespace streamql
