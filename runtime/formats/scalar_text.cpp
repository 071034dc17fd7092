#include "runtime/formats/scalar_text.h"

#include <limits>

#include "runtime/text/bytes_text.h"
#include "runtime/text/iso_time.h"
#include "runtime/text/number_text.h"
#include "runtime/types/datetime.h"
#include "runtime/types/interval.h"

namespace streamql {
namespace {

RowError text_to_number(const Type& type, std::string_view text, Cell& out) {
    if (type.is_float() && (text == "NaN" || text == "Infinity" || text == "-Infinity")) {
        double inf = std::numeric_limits<double>::infinity();
        out = Cell::of(text == "NaN" ? std::numeric_limits<double>::quiet_NaN() : text[0] == '-' ? -inf : inf);
        return RowError::kOk;
    }
    if (!is_json_number(text)) return RowError::kBadText;
    if (type.is_integer()) {
        int64_t v = 0;
        RowError e = number_to_integer(text, least_of(type.kind), greatest_of(type.kind), v);
        out = Cell::of(v);
        return e;
    }
    if (type.is_float()) {
        double v = 0;
        RowError e = number_to_double(text, type.kind == TypeKind::kReal, v);
        out = Cell::of(v);
        return e;
    }
    Decimal d;
    RowError e = number_to_decimal(text, type.precision, type.scale, d);
    out = Cell::of(d);
    return e;
}

RowError boolean_text(std::string_view text, Cell& out) {
    if (text == "true" || text == "t" || text == "TRUE" || text == "True" || text == "1")
        out = Cell::of(int64_t{1});
    else if (text == "false" || text == "f" || text == "FALSE" || text == "False" || text == "0")
        out = Cell::of(int64_t{0});
    else
        return RowError::kBadText;
    return RowError::kOk;
}

template <typename T>
RowError parsed(std::optional<T> value, Cell& out) {
    if (!value) return RowError::kBadText;
    out = Cell::of(*value);
    return RowError::kOk;
}

/// To the digits that TIME(p) and TIMESTAMP(p) keep.
RowError rounded(const Type& type, RowError e, Cell& out) {
    if (e != RowError::kOk || type.precision == 0) return e;
    out.i64 = round_time(out.i64, time_unit(type));
    return type.is_timestamp() && !timestamp_in_range(out.i64) ? RowError::kOutOfRange : RowError::kOk;
}

}  // namespace

TimestampFormat timestamp_format(std::string_view name) {
    if (name == "epoch_s") return TimestampFormat::kSeconds;
    if (name == "epoch_ms") return TimestampFormat::kMillis;
    if (name == "epoch_us") return TimestampFormat::kMicros;
    return TimestampFormat::kIso;
}

int epoch_digits(TimestampFormat format) {
    return format == TimestampFormat::kSeconds ? 6 : format == TimestampFormat::kMillis ? 3 : 0;
}

int64_t least_of(TypeKind kind) {
    return kind == TypeKind::kSmallint ? INT16_MIN : kind == TypeKind::kInteger ? INT32_MIN : INT64_MIN;
}
int64_t greatest_of(TypeKind kind) {
    return kind == TypeKind::kSmallint ? INT16_MAX : kind == TypeKind::kInteger ? INT32_MAX : INT64_MAX;
}

RowError text_to_cell(const Type& type, std::string_view text, TimestampFormat format, Arena& arena, Cell& out) {
    switch (type.kind) {
        case TypeKind::kBoolean:
            return boolean_text(text, out);
        case TypeKind::kSmallint:
        case TypeKind::kInteger:
        case TypeKind::kBigint:
        case TypeKind::kReal:
        case TypeKind::kDouble:
        case TypeKind::kDecimal:
            return text_to_number(type, text, out);
        case TypeKind::kString:
            out = Cell::of(Str::of(text));
            return RowError::kOk;
        case TypeKind::kBytes: {
            Str bytes;
            if (!parse_bytes_text(text, arena, &bytes)) return RowError::kBadText;
            out = Cell::of(bytes);
            return RowError::kOk;
        }
        case TypeKind::kDate:
            return parsed(parse_iso_date(text), out);
        case TypeKind::kTime:
            return rounded(type, parsed(parse_iso_time(text), out), out);
        case TypeKind::kTimestamp:
        case TypeKind::kTimestampTz: {
            if (format == TimestampFormat::kIso) return rounded(type, parsed(parse_iso_timestamp(text), out), out);
            if (!is_json_number(text)) return RowError::kBadText;
            int64_t micros = 0;
            RowError e = number_to_timestamp(text, epoch_digits(format), micros);
            out = Cell::of(micros);
            return rounded(type, e, out);
        }
        case TypeKind::kInterval:
            return parsed(parse_interval(text), out);
        case TypeKind::kNull:
        case TypeKind::kJson:
        case TypeKind::kArray:
        case TypeKind::kMap:
        case TypeKind::kStruct:
            break;
    }
    return RowError::kWrongType;
}

}  // namespace streamql
