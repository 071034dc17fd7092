#include "runtime/functions/value_text.h"

#include "runtime/text/bytes_text.h"
#include "runtime/text/json_text.h"
#include "runtime/text/number_text.h"
#include "runtime/types/decimal.h"
#include "runtime/types/interval.h"
#include "runtime/types/nested.h"

namespace streamql {

namespace {

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

}  // namespace

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

}  // namespace streamql
