#include "runtime/formats/value_text.h"

#include <cmath>

#include "runtime/formats/json_nested.h"
#include "runtime/text/bytes_text.h"
#include "runtime/text/iso_time.h"
#include "runtime/text/json_text.h"
#include "runtime/text/number_text.h"
#include "runtime/types/decimal.h"
#include "runtime/types/interval.h"

namespace streamql {
namespace {

/// Epoch numbers keep their microseconds as a fraction, which is cut where it is zero.
void append_epoch(int64_t micros, TimestampFormat format, std::string& out) {
    Decimal number;
    number.value = micros;
    number.scale = epoch_digits(format);
    append_decimal(number, out);
    if (number.scale == 0) return;
    while (out.back() == '0') out.pop_back();
    if (out.back() == '.') out.pop_back();
}

void append_bytes(std::string_view bytes, const char* lead, std::string& out) {
    out += lead;
    append_hex(bytes, out);
}

bool is_time_number(const Type& type, TimestampFormat format) {
    return type.is_timestamp() && format != TimestampFormat::kIso;
}

}  // namespace

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
            append_decimal(value.decimal, out);
            return;
        case TypeKind::kString:
        case TypeKind::kJson:
            out += value.str.view();
            return;
        case TypeKind::kBytes:
            append_bytes(value.str.view(), "\\x", out);
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
            append_json_string(value.str.view(), out);
            return;
        case TypeKind::kBytes:
            out += '"';
            append_bytes(value.str.view(), "\\\\x", out);
            out += '"';
            return;
        case TypeKind::kReal:
        case TypeKind::kDouble: {
            const bool quoted = !std::isfinite(value.f64);
            if (quoted) out += '"';
            append_double(value.f64, type.kind == TypeKind::kReal, out);
            if (quoted) out += '"';
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
