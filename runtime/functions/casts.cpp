#include "runtime/functions/casts.h"

#include <cmath>

#include "runtime/functions/arithmetic.h"
#include "runtime/functions/value_text.h"
#include "runtime/types/decimal.h"
#include "runtime/types/nested.h"

namespace streamql {

namespace {

using K = TypeKind;

STREAMQL_KERNEL(copy) {
    *out = a[0];
    return RowError::kOk;
}

template <K from>
STREAMQL_KERNEL(to_text) {
    if constexpr (from == K::kBoolean) return give(out, std::string_view(a[0].i64 != 0 ? "true" : "false"));
    std::string& text = scratch();
    // The parts of nested values use their own buffers, so this one can be kept.
    append_text(from, a[0], job_zone(ctx), text);
    return give_copy(ctx, out, text);
}

template <K to>
STREAMQL_KERNEL(from_text) {
    Type type(to);
    if (to == K::kDecimal && n > 2) type = Type::decimal(static_cast<int>(a[1].i64), static_cast<int>(a[2].i64));
    return parse_value(type, a[0].str.view(), job_zone(ctx), *ctx->arena, out);
}

STREAMQL_KERNEL(nested_from_text) {
    return parse_value(parse_descriptor(a[1].str.view()), a[0].str.view(), job_zone(ctx), *ctx->arena, out);
}

template <K to>
STREAMQL_KERNEL(int_to_int) {
    return int_fits(to, a[0].i64) ? give(out, a[0].i64) : RowError::kOverflow;
}
STREAMQL_KERNEL(int_to_double) { return give(out, static_cast<double>(a[0].i64)); }
STREAMQL_KERNEL(int_to_real) { return give(out, static_cast<double>(static_cast<float>(a[0].i64))); }
STREAMQL_KERNEL(int_to_bool) { return give(out, a[0].i64 != 0); }

RowError give_decimal(const Cell* a, int32_t n, const Decimal& d, Cell* out) {
    Decimal r = d;
    if (n > 2 && !decimal_to_precision(d, static_cast<int>(a[1].i64), static_cast<int>(a[2].i64), &r))
        return RowError::kOverflow;
    return give(out, r);
}
STREAMQL_KERNEL(int_to_decimal) { return give_decimal(a, n, decimal_of(a[0].i64), out); }
STREAMQL_KERNEL(decimal_to_decimal) { return give_decimal(a, n, Decimal(a[0].decimal), out); }
template <int digits>
STREAMQL_KERNEL(float_to_decimal) {
    Decimal d;
    return decimal_from_double(a[0].f64, digits, &d) ? give_decimal(a, n, d, out) : RowError::kOverflow;
}

template <K to>
STREAMQL_KERNEL(float_to_int) {
    double v = std::rint(a[0].f64);
    if (!(v >= -9223372036854775808.0 && v < 9223372036854775808.0)) return RowError::kOverflow;
    int64_t r = static_cast<int64_t>(v);
    return int_fits(to, r) ? give(out, r) : RowError::kOverflow;
}
STREAMQL_KERNEL(double_to_real) {
    double v = a[0].f64, r = static_cast<double>(static_cast<float>(v));
    if ((std::isinf(r) && !std::isinf(v)) || (r == 0 && v != 0)) return RowError::kOverflow;
    return give(out, r);
}

template <K to>
STREAMQL_KERNEL(decimal_to_int) {
    int64_t v;
    if (!decimal_to_int64(a[0].decimal, &v) || !int_fits(to, v)) return RowError::kOverflow;
    return give(out, v);
}
STREAMQL_KERNEL(decimal_to_f64) { return give(out, decimal_to_double(a[0].decimal)); }
STREAMQL_KERNEL(decimal_to_real) {
    return give(out, static_cast<double>(static_cast<float>(decimal_to_double(a[0].decimal))));
}

STREAMQL_KERNEL(date_to_timestamp) {
    int64_t r;
    if (__builtin_mul_overflow(a[0].i64, kMicrosPerDay, &r) || !timestamp_in_range(r)) return RowError::kOverflow;
    return give(out, r);
}
STREAMQL_KERNEL(date_to_timestamptz) {
    int64_t r;
    if (__builtin_mul_overflow(a[0].i64, kMicrosPerDay, &r) || !timestamp_in_range(r)) return RowError::kOverflow;
    return give(out, job_zone(ctx).from_local(r));
}
STREAMQL_KERNEL(timestamp_to_timestamptz) { return give(out, job_zone(ctx).from_local(a[0].i64)); }
STREAMQL_KERNEL(timestamptz_to_timestamp) { return give(out, job_zone(ctx).to_local(a[0].i64)); }
/// A time to the digits of a second that its type keeps: the unit is the second argument.
template <K kind>
STREAMQL_KERNEL(time_to_time) {
    int64_t v = n > 1 ? round_time(a[0].i64, a[1].i64) : a[0].i64;
    return kind == K::kTime || timestamp_in_range(v) ? give(out, v) : RowError::kOverflow;
}
template <K from, K to>
STREAMQL_KERNEL(timestamp_part) {
    int64_t time, local = from == K::kTimestampTz ? job_zone(ctx).to_local(a[0].i64) : a[0].i64;
    int64_t days = floor_day(local, &time);
    return give(out, to == K::kDate ? days : time);
}
STREAMQL_KERNEL(interval_to_time) {
    int64_t time;
    floor_day(a[0].interval.micros, &time);
    return give(out, time);
}
STREAMQL_KERNEL(time_to_interval) { return give(out, Interval{a[0].i64, 0, 0}); }

/// Element by element through the element's own cast.
STREAMQL_KERNEL(array_to_array) {
    Type type = parse_descriptor(a[1].str.view());
    NestedView from(a[0].str);
    NestedBuilder builder;
    builder.begin(NestedForm::kArray);
    for (uint32_t i = 0; i < from.count(); ++i) {
        if (from.kind(i) == K::kNull) {
            builder.add_null();
            continue;
        }
        ScalarKernel kernel = cast_kernel(from.kind(i), type.element->kind);
        if (kernel == nullptr) return RowError::kBadCast;
        std::string inner = type_descriptor(*type.element);
        Cell args[3], result;
        args[0] = from.get(i);
        int32_t count = 1;
        if (type.element->is_nested()) args[count++] = Cell::of(Str::of(inner));
        if (type.element->kind == K::kDecimal && type.element->precision > 0) {
            args[count++] = Cell::of(static_cast<int64_t>(type.element->precision));
            args[count++] = Cell::of(static_cast<int64_t>(type.element->scale));
        }
        RowError e = kernel(ctx, args, count, &result);
        if (e != RowError::kOk) return e;
        builder.add(type.element->kind, result);
    }
    return give(out, builder.finish(*ctx->arena));
}

ScalarKernel to_text_kernel(K from) {
    switch (from) {
        case K::kBoolean:
            return to_text<K::kBoolean>;
        case K::kSmallint:
        case K::kInteger:
        case K::kBigint:
            return to_text<K::kBigint>;
        case K::kReal:
            return to_text<K::kReal>;
        case K::kDouble:
            return to_text<K::kDouble>;
        case K::kDecimal:
            return to_text<K::kDecimal>;
        case K::kString:
        case K::kJson:
            return copy;
        case K::kBytes:
            return to_text<K::kBytes>;
        case K::kDate:
            return to_text<K::kDate>;
        case K::kTime:
            return to_text<K::kTime>;
        case K::kTimestamp:
            return to_text<K::kTimestamp>;
        case K::kTimestampTz:
            return to_text<K::kTimestampTz>;
        case K::kInterval:
            return to_text<K::kInterval>;
        case K::kArray:
        case K::kMap:
        case K::kStruct:
            return to_text<K::kArray>;
        case K::kNull:
            return nullptr;
    }
    return nullptr;
}

ScalarKernel from_text_kernel(K to) {
    switch (to) {
        case K::kBoolean:
            return from_text<K::kBoolean>;
        case K::kSmallint:
            return from_text<K::kSmallint>;
        case K::kInteger:
            return from_text<K::kInteger>;
        case K::kBigint:
            return from_text<K::kBigint>;
        case K::kReal:
            return from_text<K::kReal>;
        case K::kDouble:
            return from_text<K::kDouble>;
        case K::kDecimal:
            return from_text<K::kDecimal>;
        case K::kString:
            return copy;
        case K::kBytes:
            return from_text<K::kBytes>;
        case K::kDate:
            return from_text<K::kDate>;
        case K::kTime:
            return from_text<K::kTime>;
        case K::kTimestamp:
            return from_text<K::kTimestamp>;
        case K::kTimestampTz:
            return from_text<K::kTimestampTz>;
        case K::kInterval:
            return from_text<K::kInterval>;
        case K::kJson:
            return from_text<K::kJson>;
        case K::kArray:
            return nested_from_text;
        case K::kMap:
        case K::kStruct:
        case K::kNull:
            return nullptr;
    }
    return nullptr;
}

bool is_int(K k) { return Type(k).is_integer(); }

ScalarKernel number_kernel(K from, K to) {
    if (is_int(from)) {
        if (to == K::kSmallint) return int_to_int<K::kSmallint>;
        if (to == K::kInteger) return int_to_int<K::kInteger>;
        if (to == K::kBigint) return copy;
        if (to == K::kDouble) return int_to_double;
        if (to == K::kReal) return int_to_real;
        if (to == K::kDecimal) return int_to_decimal;
        return to == K::kBoolean && from == K::kInteger ? int_to_bool : nullptr;
    }
    if (Type(from).is_float()) {
        if (to == K::kSmallint) return float_to_int<K::kSmallint>;
        if (to == K::kInteger) return float_to_int<K::kInteger>;
        if (to == K::kBigint) return float_to_int<K::kBigint>;
        if (to == K::kReal) return from == K::kReal ? copy : double_to_real;
        if (to == K::kDouble) return copy;
        if (to == K::kDecimal) return from == K::kReal ? float_to_decimal<6> : float_to_decimal<15>;
        return nullptr;
    }
    if (to == K::kSmallint) return decimal_to_int<K::kSmallint>;
    if (to == K::kInteger) return decimal_to_int<K::kInteger>;
    if (to == K::kBigint) return decimal_to_int<K::kBigint>;
    if (to == K::kDouble) return decimal_to_f64;
    if (to == K::kReal) return decimal_to_real;
    return to == K::kDecimal ? decimal_to_decimal : nullptr;
}

ScalarKernel time_kernel(K from, K to) {
    if (from == K::kTime && to == K::kTime) return time_to_time<K::kTime>;
    if (from == K::kTimestamp && to == K::kTimestamp) return time_to_time<K::kTimestamp>;
    if (from == K::kTimestampTz && to == K::kTimestampTz) return time_to_time<K::kTimestampTz>;
    if (from == K::kDate && to == K::kTimestamp) return date_to_timestamp;
    if (from == K::kDate && to == K::kTimestampTz) return date_to_timestamptz;
    if (from == K::kTimestamp && to == K::kTimestampTz) return timestamp_to_timestamptz;
    if (from == K::kTimestampTz && to == K::kTimestamp) return timestamptz_to_timestamp;
    if (from == K::kTimestamp && to == K::kDate) return timestamp_part<K::kTimestamp, K::kDate>;
    if (from == K::kTimestamp && to == K::kTime) return timestamp_part<K::kTimestamp, K::kTime>;
    if (from == K::kTimestampTz && to == K::kDate) return timestamp_part<K::kTimestampTz, K::kDate>;
    if (from == K::kTimestampTz && to == K::kTime) return timestamp_part<K::kTimestampTz, K::kTime>;
    if (from == K::kInterval && to == K::kTime) return interval_to_time;
    return from == K::kTime && to == K::kInterval ? time_to_interval : nullptr;
}

}  // namespace

ScalarKernel cast_kernel(TypeKind from, TypeKind to) {
    if (to == K::kString) return to_text_kernel(from);
    if (from == K::kString) return from_text_kernel(to);
    if (from == K::kArray && to == K::kArray) return array_to_array;
    bool has_digits = from == K::kDecimal || from == K::kTime || Type(from).is_timestamp();
    if (from == to && !has_digits) return copy;
    if (from == K::kNull) return copy;
    if (from == K::kBoolean) return to == K::kInteger ? copy : nullptr;
    if (Type(from).is_numeric()) return number_kernel(from, to);
    return time_kernel(from, to);
}

}  // namespace streamql
