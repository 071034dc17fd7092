#include "runtime/functions/time_arithmetic.h"

#include <cmath>

#include "runtime/types/datetime.h"

namespace streamql {

namespace {

RowError give_date(int64_t days, Cell* out) {
    return days >= kMinDate && days < kEndDate ? give(out, days) : RowError::kOverflow;
}

RowError give_sum(int64_t micros, const Interval& interval, Cell* out) {
    int64_t r;
    return add_interval(micros, interval, &r) ? give(out, r) : RowError::kOverflow;
}

RowError give_difference(int64_t micros, const Interval& interval, Cell* out) {
    Interval negative;
    return negate_interval(interval, &negative) ? give_sum(micros, negative, out) : RowError::kOverflow;
}

RowError give_date_sum(int64_t days, const Interval& interval, bool minus, Cell* out) {
    int64_t micros;
    if (__builtin_mul_overflow(days, kMicrosPerDay, &micros) || !timestamp_in_range(micros)) return RowError::kOverflow;
    return minus ? give_difference(micros, interval, out) : give_sum(micros, interval, out);
}

RowError give_sum_tz(KernelContext* ctx, int64_t micros, const Interval& interval, Cell* out) {
    int64_t r;
    return add_interval_tz(micros, interval, job_zone(ctx), &r) ? give(out, r) : RowError::kOverflow;
}

RowError give_time(int64_t micros, Cell* out) {
    int64_t time;
    floor_day(micros, &time);
    return give(out, time);
}

bool to_int32(double v, int32_t* out) {
    if (!(v >= -2147483648.0 && v < 2147483648.0)) return false;
    *out = static_cast<int32_t>(v);
    return true;
}

double round_micros(double v) { return std::rint(v * 1e6) / 1e6; }

/// span * factor, or span / factor: what is left of months goes to days (30 a month), of days to the time.
RowError scale_interval(const Interval& span, double factor, bool divide, Cell* out) {
    auto times = [factor, divide](double v) { return divide ? v / factor : v * factor; };
    Interval r;
    double months = times(span.months), days = times(span.days);
    if (!to_int32(months, &r.months) || !to_int32(days, &r.days)) return RowError::kOverflow;
    double month_days = round_micros((months - r.months) * 30);
    double seconds = round_micros((days - r.days + month_days - static_cast<int>(month_days)) * 86400);
    if (std::fabs(seconds) >= 86400) {
        int whole = static_cast<int>(seconds / 86400);
        r.days += whole;
        seconds -= whole * 86400.0;
    }
    r.days += static_cast<int32_t>(month_days);
    double micros = std::rint(times(static_cast<double>(span.micros)) + seconds * 1e6);
    if (!(micros >= -9223372036854775808.0 && micros < 9223372036854775808.0)) return RowError::kOverflow;
    r.micros = static_cast<int64_t>(micros);
    return give(out, r);
}

}  // namespace

bool add_interval_tz(int64_t micros, const Interval& interval, const TimeZone& zone, int64_t* out) {
    if (interval.months != 0 || interval.days != 0) {
        int64_t local;
        if (!add_interval(zone.to_local(micros), {0, interval.days, interval.months}, &local)) return false;
        micros = zone.from_local(local);
    }
    return !__builtin_add_overflow(micros, interval.micros, out) && timestamp_in_range(*out);
}

STREAMQL_KERNEL(sqk_date_add_days) { return give_date(a[0].i64 + a[1].i64, out); }
STREAMQL_KERNEL(sqk_days_add_date) { return give_date(a[0].i64 + a[1].i64, out); }
STREAMQL_KERNEL(sqk_date_sub_days) { return give_date(a[0].i64 - a[1].i64, out); }
STREAMQL_KERNEL(sqk_date_sub_date) {
    int64_t days = a[0].i64 - a[1].i64;
    return days >= INT32_MIN && days <= INT32_MAX ? give(out, days) : RowError::kOverflow;
}
STREAMQL_KERNEL(sqk_date_add_time) { return give_date_sum(a[0].i64, Interval{a[1].i64, 0, 0}, false, out); }
STREAMQL_KERNEL(sqk_time_add_date) { return give_date_sum(a[1].i64, Interval{a[0].i64, 0, 0}, false, out); }
STREAMQL_KERNEL(sqk_date_add_interval) { return give_date_sum(a[0].i64, a[1].interval, false, out); }
STREAMQL_KERNEL(sqk_interval_add_date) { return give_date_sum(a[1].i64, a[0].interval, false, out); }
STREAMQL_KERNEL(sqk_date_sub_interval) { return give_date_sum(a[0].i64, a[1].interval, true, out); }
STREAMQL_KERNEL(sqk_timestamp_add_interval) { return give_sum(a[0].i64, a[1].interval, out); }
STREAMQL_KERNEL(sqk_interval_add_timestamp) { return give_sum(a[1].i64, a[0].interval, out); }
STREAMQL_KERNEL(sqk_timestamp_sub_interval) { return give_difference(a[0].i64, a[1].interval, out); }
STREAMQL_KERNEL(sqk_timestamptz_add_interval) { return give_sum_tz(ctx, a[0].i64, a[1].interval, out); }
STREAMQL_KERNEL(sqk_interval_add_timestamptz) { return give_sum_tz(ctx, a[1].i64, a[0].interval, out); }
STREAMQL_KERNEL(sqk_timestamptz_sub_interval) {
    Interval negative;
    return negate_interval(a[1].interval, &negative) ? give_sum_tz(ctx, a[0].i64, negative, out) : RowError::kOverflow;
}
STREAMQL_KERNEL(sqk_timestamp_sub_timestamp) {
    int64_t micros;
    if (__builtin_sub_overflow(a[0].i64, a[1].i64, &micros)) return RowError::kOverflow;
    return give(out, Interval{micros % kMicrosPerDay, static_cast<int32_t>(micros / kMicrosPerDay), 0});
}
STREAMQL_KERNEL(sqk_time_add_interval) { return give_time(a[0].i64 + a[1].interval.micros % kMicrosPerDay, out); }
STREAMQL_KERNEL(sqk_interval_add_time) { return give_time(a[1].i64 + a[0].interval.micros % kMicrosPerDay, out); }
STREAMQL_KERNEL(sqk_time_sub_interval) { return give_time(a[0].i64 - a[1].interval.micros % kMicrosPerDay, out); }
STREAMQL_KERNEL(sqk_time_sub_time) { return give(out, Interval{a[0].i64 - a[1].i64, 0, 0}); }
STREAMQL_KERNEL(sqk_interval_add) {
    Interval r;
    return add_intervals(a[0].interval, a[1].interval, &r) ? give(out, r) : RowError::kOverflow;
}
STREAMQL_KERNEL(sqk_interval_sub) {
    Interval negative, r;
    if (!negate_interval(a[1].interval, &negative) || !add_intervals(a[0].interval, negative, &r))
        return RowError::kOverflow;
    return give(out, r);
}
STREAMQL_KERNEL(sqk_interval_neg) {
    Interval r;
    return negate_interval(a[0].interval, &r) ? give(out, r) : RowError::kOverflow;
}
STREAMQL_KERNEL(sqk_interval_mul) { return scale_interval(a[0].interval, a[1].f64, false, out); }
STREAMQL_KERNEL(sqk_double_mul_interval) { return scale_interval(a[1].interval, a[0].f64, false, out); }
STREAMQL_KERNEL(sqk_interval_div) {
    if (a[1].f64 == 0) return RowError::kDivisionByZero;
    return scale_interval(a[0].interval, a[1].f64, true, out);
}

}  // namespace streamql
