#include "runtime/formats/value_text.h"

#include <charconv>
#include <cmath>

#include "runtime/formats/iso_time.h"
#include "runtime/formats/json_nested.h"
#include "runtime/types/interval.h"

namespace streamql {
namespace {

void append_int(int64_t v, std::string& out) {
    char text[24];
    out.append(text, std::to_chars(text, text + sizeof text, v).ptr);
}

/// False for NaN and infinities, which are no JSON numbers; their names are appended all the same.
bool append_double(double v, bool single, std::string& out) {
    if (std::isnan(v)) {
        out += "NaN";
        return false;
    }
    if (std::isinf(v)) {
        out += v < 0 ? "-Infinity" : "Infinity";
        return false;
    }
    char text[40];
    auto end = single ? std::to_chars(text, text + sizeof text, static_cast<float>(v)).ptr
                      : std::to_chars(text, text + sizeof text, v).ptr;
    out.append(text, end);
    return true;
}

void append_decimal_digits(Int128 value, int scale, std::string& out) {
    bool negative = value < 0;
    auto v = negative ? -static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value);
    char text[48];
    char* at = text + sizeof text;
    for (int n = 0; v != 0 || n <= scale; ++n) {
        if (n == scale && scale > 0) *--at = '.';
        *--at = static_cast<char>('0' + static_cast<int>(v % 10));
        v /= 10;
    }
    if (negative) *--at = '-';
    out.append(at, text + sizeof text);
}

/// Epoch numbers keep their microseconds as a fraction, which is cut where it is zero.
void append_epoch(int64_t micros, TimestampFormat format, std::string& out) {
    int scale = format == TimestampFormat::kSeconds ? 6 : format == TimestampFormat::kMillis ? 3 : 0;
    append_decimal_digits(micros, scale, out);
    if (scale == 0) return;
    while (out.back() == '0') out.pop_back();
    if (out.back() == '.') out.pop_back();
}

void append_hex(Str bytes, const char* lead, std::string& out) {
    static constexpr char kHex[] = "0123456789abcdef";
    out += lead;
    for (unsigned char c : bytes.view()) {
        out += kHex[c >> 4];
        out += kHex[c & 15];
    }
}

bool is_time_number(const Type& type, TimestampFormat format) {
    return type.is_timestamp() && format != TimestampFormat::kIso;
}

}  // namespace

void append_json_quoted(std::string_view text, std::string& out) {
    out += '"';
    size_t from = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        unsigned char c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\') [[likely]]
            continue;
        out.append(text, from, i - from);
        from = i + 1;
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default: {
                static constexpr char kHex[] = "0123456789abcdef";
                out += "\\u00";
                out += kHex[c >> 4];
                out += kHex[c & 15];
            }
        }
    }
    out.append(text, from);
    out += '"';
}

void append_plain_value(const Type& type, const Cell& value, TimestampFormat format, std::string& out) {
    switch (type.kind) {
        case TypeKind::kNull:
            return;
        case TypeKind::kBoolean:
            out += value.i64 ? "true" : "false";
            return;
        case TypeKind::kSmallint:
        case TypeKind::kInteger:
        case TypeKind::kBigint:
            append_int(value.i64, out);
            return;
        case TypeKind::kReal:
            append_double(value.f64, true, out);
            return;
        case TypeKind::kDouble:
            append_double(value.f64, false, out);
            return;
        case TypeKind::kDecimal:
            append_decimal_digits(value.decimal.value, value.decimal.scale, out);
            return;
        case TypeKind::kString:
        case TypeKind::kJson:
            out += value.str.view();
            return;
        case TypeKind::kBytes:
            append_hex(value.str, "\\x", out);
            return;
        case TypeKind::kDate:
            append_iso_date(value.i64, out);
            return;
        case TypeKind::kTime:
            append_iso_time(value.i64, out);
            return;
        case TypeKind::kTimestamp:
        case TypeKind::kTimestampTz:
            if (is_time_number(type, format))
                append_epoch(value.i64, format, out);
            else
                append_iso_timestamp(value.i64, out);
            return;
        case TypeKind::kInterval:
            out += to_string(value.interval);
            return;
        case TypeKind::kArray:
        case TypeKind::kMap:
        case TypeKind::kStruct:
            append_json_value(type, value, format, out);
            return;
    }
}

void append_json_value(const Type& type, const Cell& value, TimestampFormat format, std::string& out) {
    if (value.null) {
        out += "null";
        return;
    }
    switch (type.kind) {
        case TypeKind::kString:
            append_json_quoted(value.str.view(), out);
            return;
        case TypeKind::kBytes:
            out += '"';
            append_hex(value.str, "\\\\x", out);
            out += '"';
            return;
        case TypeKind::kReal:
        case TypeKind::kDouble: {
            size_t at = out.size();
            if (append_double(value.f64, type.kind == TypeKind::kReal, out)) return;
            out.insert(at, 1, '"');
            out += '"';
            return;
        }
        case TypeKind::kNull:
            out += "null";
            return;
        case TypeKind::kBoolean:
        case TypeKind::kSmallint:
        case TypeKind::kInteger:
        case TypeKind::kBigint:
        case TypeKind::kDecimal:
        case TypeKind::kJson:
            append_plain_value(type, value, format, out);
            return;
        case TypeKind::kDate:
        case TypeKind::kTime:
        case TypeKind::kInterval:
        case TypeKind::kTimestamp:
        case TypeKind::kTimestampTz: {
            bool quoted = !is_time_number(type, format);
            if (quoted) out += '"';
            append_plain_value(type, value, format, out);
            if (quoted) out += '"';
            return;
        }
        case TypeKind::kArray:
        case TypeKind::kMap:
        case TypeKind::kStruct:
            append_json_nested(type, value.str, format, out);
            return;
    }
}

}  // namespace streamql
