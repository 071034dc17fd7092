#include "runtime/functions/time_functions.h"

#include <algorithm>
#include <cmath>

#include "runtime/functions/time_units.h"
#include "runtime/types/datetime.h"
#include "runtime/types/decimal.h"

namespace streamql {

namespace {

/// The first year of the decade, century or millennium of a year (1 BC is year 0).
int64_t period_start(int64_t year, TimeField field) {
    if (field == TimeField::kDecade) return year >= 0 ? year / 10 * 10 : -((8 - (year - 1)) / 10) * 10;
    int64_t size = field == TimeField::kCentury ? 100 : 1000;
    return year > 0 ? (year + size - 1) / size * size - (size - 1) : -((size - 1 - (year - 1)) / size) * size + 1;
}

bool truncate_local(int64_t local, TimeField field, int64_t* out) {
    int64_t time, days = floor_day(local, &time);
    auto cut = [&](int64_t unit) {
        *out = days * kMicrosPerDay + time / unit * unit;
        return true;
    };
    auto at = [out](int64_t year, int month, int day) {
        *out = days_from_civil(year, month, day) * kMicrosPerDay;
        return true;
    };
    CivilDate d = civil_from_days(days);
    switch (field) {
        case TimeField::kMicroseconds:
            return cut(1);
        case TimeField::kMilliseconds:
            return cut(1000);
        case TimeField::kSecond:
            return cut(kMicrosPerSecond);
        case TimeField::kMinute:
            return cut(60 * kMicrosPerSecond);
        case TimeField::kHour:
            return cut(3600 * kMicrosPerSecond);
        case TimeField::kDay:
            return cut(kMicrosPerDay);
        case TimeField::kWeek:
            *out = (days - (day_of_week(days) + 6) % 7) * kMicrosPerDay;
            return true;
        case TimeField::kMonth:
            return at(d.year, d.month, 1);
        case TimeField::kQuarter:
            return at(d.year, (d.month - 1) / 3 * 3 + 1, 1);
        case TimeField::kYear:
            return at(d.year, 1, 1);
        case TimeField::kDecade:
        case TimeField::kCentury:
        case TimeField::kMillennium:
            return at(period_start(d.year, field), 1, 1);
        default:
            return false;
    }
}

/// '+02' in AT TIME ZONE counts west, POSIX's way, as in PostgreSQL.
const TimeZone* zone_of(std::string_view name) {
    if (name.empty() || (name[0] != '+' && name[0] != '-')) return find_timezone(name);
    std::string turned(name);
    turned[0] = name[0] == '+' ? '-' : '+';
    return find_timezone(turned);
}

RowError trunc_tz(int64_t micros, TimeField field, const TimeZone& zone, Cell* out) {
    int64_t local;
    if (field < TimeField::kDay) {  // below a day the offset stays, so that the two hours of one name stay apart
        int64_t offset = zone.offset_seconds(micros) * kMicrosPerSecond;
        return truncate_local(micros + offset, field, &local) ? give(out, local - offset) : RowError::kInvalidArgument;
    }
    return truncate_local(zone.to_local(micros), field, &local) ? give(out, zone.from_local(local))
                                                                : RowError::kInvalidArgument;
}

Decimal with_scale(Int128 micros, int scale) {  // micros / 10^scale
    Decimal d;
    d.value = micros;
    d.scale = scale;
    return d;
}

RowError extract_civil(int64_t local, int64_t instant, TimeField field, Cell* out) {
    int64_t time, days = floor_day(local, &time), iso_year;
    CivilDate d = civil_from_days(days);
    auto whole = [out](int64_t v) { return give(out, with_scale(v, 0)); };
    int64_t year = d.year > 0 ? d.year : d.year - 1;
    switch (field) {
        case TimeField::kMicroseconds:
            return whole(time % (60 * kMicrosPerSecond));
        case TimeField::kMilliseconds:
            return give(out, with_scale(time % (60 * kMicrosPerSecond), 3));
        case TimeField::kSecond:
            return give(out, with_scale(time % (60 * kMicrosPerSecond), 6));
        case TimeField::kMinute:
            return whole(time / (60 * kMicrosPerSecond) % 60);
        case TimeField::kHour:
            return whole(time / (3600 * kMicrosPerSecond));
        case TimeField::kDay:
            return whole(d.day);
        case TimeField::kWeek:
            return whole(iso_week(days, &iso_year));
        case TimeField::kMonth:
            return whole(d.month);
        case TimeField::kQuarter:
            return whole((d.month - 1) / 3 + 1);
        case TimeField::kYear:
            return whole(year);
        case TimeField::kDecade:
            return whole(d.year >= 0 ? d.year / 10 : -((8 - (d.year - 1)) / 10));
        case TimeField::kCentury:
            return whole(year > 0 ? (year + 99) / 100 : -((99 - (d.year - 1)) / 100));
        case TimeField::kMillennium:
            return whole(year > 0 ? (year + 999) / 1000 : -((999 - (d.year - 1)) / 1000));
        case TimeField::kDow:
            return whole(day_of_week(days));
        case TimeField::kIsoDow:
            return whole((day_of_week(days) + 6) % 7 + 1);
        case TimeField::kDoy:
            return whole(days - days_from_civil(d.year, 1, 1) + 1);
        case TimeField::kIsoYear:
            iso_week(days, &iso_year);
            return whole(iso_year > 0 ? iso_year : iso_year - 1);
        case TimeField::kEpoch:
            return give(out, with_scale(instant, 6));
        default:
            return RowError::kInvalidArgument;
    }
}

RowError extract_zone(int32_t offset, TimeField field, Cell* out) {
    int64_t v = field == TimeField::kTimezone       ? offset
                : field == TimeField::kTimezoneHour ? offset / 3600
                                                    : offset % 3600 / 60;
    return give(out, with_scale(v, 0));
}

RowError extract_interval(const Interval& v, TimeField field, Cell* out) {
    auto whole = [out](int64_t x) { return give(out, with_scale(x, 0)); };
    int64_t minutes = v.micros / (60 * kMicrosPerSecond), rest = v.micros % (60 * kMicrosPerSecond);
    int64_t years = v.months / 12;
    switch (field) {
        case TimeField::kMicroseconds:
            return whole(rest);
        case TimeField::kMilliseconds:
            return give(out, with_scale(rest, 3));
        case TimeField::kSecond:
            return give(out, with_scale(rest, 6));
        case TimeField::kMinute:
            return whole(minutes % 60);
        case TimeField::kHour:
            return whole(minutes / 60);
        case TimeField::kDay:
            return whole(v.days);
        case TimeField::kMonth:
            return whole(v.months % 12);
        case TimeField::kQuarter:
            return whole(v.months % 12 / 3 + 1);
        case TimeField::kYear:
            return whole(years);
        case TimeField::kDecade:
            return whole(years / 10);
        case TimeField::kCentury:
            return whole(years / 100);
        case TimeField::kMillennium:
            return whole(years / 1000);
        case TimeField::kEpoch: {
            Int128 days = static_cast<Int128>(v.months % 12) * 30 + v.days;
            Int128 quarter_days = static_cast<Int128>(years) * 1461 + days * 4;  // a year is 365.25 days
            return give(out, with_scale(quarter_days * (kMicrosPerDay / 4) + v.micros, 6));
        }
        default:
            return RowError::kInvalidArgument;
    }
}

/// Julian day plus the time as a fraction of a day, divided as NUMERICs.
RowError extract_julian(int64_t local, Cell* out) {
    int64_t time, days = floor_day(local, &time);
    Decimal fraction, sum;
    if (!decimal_divide(with_scale(time, 0), with_scale(kMicrosPerDay, 0), &fraction)) return RowError::kOverflow;
    return decimal_add(with_scale(days + 2440588, 0), fraction, &sum) ? give(out, sum) : RowError::kOverflow;
}

RowError extract_timestamp(const Cell* a, int64_t local, int64_t instant, Cell* out) {
    auto field = time_field(a[0].str.view());
    if (!field) return RowError::kInvalidArgument;
    if (*field == TimeField::kJulian) return extract_julian(local, out);
    return extract_civil(local, instant, *field, out);
}

RowError as_double(RowError e, Cell* out) {
    if (e != RowError::kOk) return e;
    return give(out, decimal_to_double(Decimal(out->decimal)));
}

RowError age_between(int64_t x, int64_t y, Cell* out) {
    bool negative = x < y;
    int64_t time1, time2, days1 = floor_day(x, &time1), days2 = floor_day(y, &time2);
    CivilDate d1 = civil_from_days(days1), d2 = civil_from_days(days2);
    int sign = negative ? -1 : 1;
    int64_t time = (time1 - time2) * sign, months = ((d1.year - d2.year) * 12 + d1.month - d2.month) * sign;
    int64_t days = (d1.day - d2.day) * sign;
    if (time < 0) time += kMicrosPerDay, --days;
    const CivilDate& borrowed = negative ? d1 : d2;
    while (days < 0) days += days_in_month(borrowed.year, borrowed.month), --months;
    return give(out, Interval{time * sign, static_cast<int32_t>(days * sign), static_cast<int32_t>(months * sign)});
}

}  // namespace

std::optional<TimeField> time_field(std::string_view name) {
    struct Name {
        std::string_view text;
        TimeField field;
    };
    using F = TimeField;
    static constexpr Name kNames[] = {{"microseconds", F::kMicroseconds},
                                      {"microsecond", F::kMicroseconds},
                                      {"us", F::kMicroseconds},
                                      {"usec", F::kMicroseconds},
                                      {"microsecon", F::kMicroseconds},
                                      {"milliseconds", F::kMilliseconds},
                                      {"millisecond", F::kMilliseconds},
                                      {"ms", F::kMilliseconds},
                                      {"msec", F::kMilliseconds},
                                      {"second", F::kSecond},
                                      {"seconds", F::kSecond},
                                      {"sec", F::kSecond},
                                      {"s", F::kSecond},
                                      {"minute", F::kMinute},
                                      {"minutes", F::kMinute},
                                      {"min", F::kMinute},
                                      {"m", F::kMinute},
                                      {"hour", F::kHour},
                                      {"hours", F::kHour},
                                      {"hr", F::kHour},
                                      {"h", F::kHour},
                                      {"day", F::kDay},
                                      {"days", F::kDay},
                                      {"d", F::kDay},
                                      {"week", F::kWeek},
                                      {"weeks", F::kWeek},
                                      {"w", F::kWeek},
                                      {"month", F::kMonth},
                                      {"months", F::kMonth},
                                      {"mon", F::kMonth},
                                      {"quarter", F::kQuarter},
                                      {"qtr", F::kQuarter},
                                      {"year", F::kYear},
                                      {"years", F::kYear},
                                      {"yr", F::kYear},
                                      {"y", F::kYear},
                                      {"decade", F::kDecade},
                                      {"decades", F::kDecade},
                                      {"dec", F::kDecade},
                                      {"century", F::kCentury},
                                      {"centuries", F::kCentury},
                                      {"cent", F::kCentury},
                                      {"c", F::kCentury},
                                      {"millennium", F::kMillennium},
                                      {"millennia", F::kMillennium},
                                      {"mil", F::kMillennium},
                                      {"dow", F::kDow},
                                      {"isodow", F::kIsoDow},
                                      {"doy", F::kDoy},
                                      {"isoyear", F::kIsoYear},
                                      {"epoch", F::kEpoch},
                                      {"julian", F::kJulian},
                                      {"timezone", F::kTimezone},
                                      {"timezone_h", F::kTimezoneHour},
                                      {"timezone_hour", F::kTimezoneHour},
                                      {"timezone_m", F::kTimezoneMinute},
                                      {"timezone_minute", F::kTimezoneMinute}};
    for (const Name& n : kNames) {
        if (n.text.size() != name.size()) continue;
        bool same = true;
        for (size_t i = 0; i < name.size() && same; ++i)
            same = (name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]) == n.text[i];
        if (same) return n.field;
    }
    return std::nullopt;
}

STREAMQL_KERNEL(sqk_date_trunc) {
    auto field = time_field(a[0].str.view());
    int64_t r;
    if (!field || !truncate_local(a[1].i64, *field, &r)) return RowError::kInvalidArgument;
    return give(out, r);
}
STREAMQL_KERNEL(sqk_date_trunc_tz) {
    auto field = time_field(a[0].str.view());
    const TimeZone* zone = n > 2 ? zone_of(a[2].str.view()) : &job_zone(ctx);
    if (!field || zone == nullptr) return RowError::kInvalidArgument;
    return trunc_tz(a[1].i64, *field, *zone, out);
}
STREAMQL_KERNEL(sqk_date_trunc_interval) {
    auto field = time_field(a[0].str.view());
    Interval v = a[1].interval;
    if (!field) return RowError::kInvalidArgument;
    auto cut = [&](int64_t unit) { return give(out, Interval{v.micros / unit * unit, v.days, v.months}); };
    auto months = [&](int32_t unit) { return give(out, Interval{0, 0, v.months / unit * unit}); };
    switch (*field) {
        case TimeField::kMicroseconds:
            return cut(1);
        case TimeField::kMilliseconds:
            return cut(1000);
        case TimeField::kSecond:
            return cut(kMicrosPerSecond);
        case TimeField::kMinute:
            return cut(60 * kMicrosPerSecond);
        case TimeField::kHour:
            return cut(3600 * kMicrosPerSecond);
        case TimeField::kDay:
            return give(out, Interval{0, v.days, v.months});
        case TimeField::kMonth:
            return months(1);
        case TimeField::kQuarter:
            return months(3);
        case TimeField::kYear:
            return months(12);
        case TimeField::kDecade:
            return months(120);
        case TimeField::kCentury:
            return months(1200);
        case TimeField::kMillennium:
            return months(12000);
        default:
            return RowError::kInvalidArgument;
    }
}
STREAMQL_KERNEL(sqk_date_bin) {
    const Interval& width = a[0].interval;
    int64_t stride, diff;
    if (width.months != 0) return RowError::kInvalidArgument;
    if (__builtin_mul_overflow(static_cast<int64_t>(width.days), kMicrosPerDay, &stride) ||
        __builtin_add_overflow(stride, width.micros, &stride) || __builtin_sub_overflow(a[1].i64, a[2].i64, &diff))
        return RowError::kOverflow;
    if (stride <= 0) return RowError::kInvalidArgument;
    int64_t into = diff % stride;
    return give(out, a[2].i64 + diff - into - (into < 0 ? stride : 0));
}

STREAMQL_KERNEL(sqk_extract_timestamp) { return extract_timestamp(a, a[1].i64, a[1].i64, out); }
STREAMQL_KERNEL(sqk_extract_timestamptz) {
    int32_t offset = job_zone(ctx).offset_seconds(a[1].i64);
    auto field = time_field(a[0].str.view());
    if (field && *field >= TimeField::kTimezone) return extract_zone(offset, *field, out);
    return extract_timestamp(a, a[1].i64 + offset * kMicrosPerSecond, a[1].i64, out);
}
STREAMQL_KERNEL(sqk_extract_date) {
    auto field = time_field(a[0].str.view());
    if (!field || *field < TimeField::kDay) return RowError::kInvalidArgument;
    if (*field == TimeField::kEpoch) return give(out, with_scale(static_cast<Int128>(a[1].i64) * 86400, 0));
    if (*field == TimeField::kJulian) return give(out, with_scale(a[1].i64 + 2440588, 0));
    if (a[1].i64 > kEndTimestamp / kMicrosPerDay) return RowError::kOverflow;
    return extract_civil(a[1].i64 * kMicrosPerDay, 0, *field, out);
}
STREAMQL_KERNEL(sqk_extract_time) {
    auto field = time_field(a[0].str.view());
    if (!field) return RowError::kInvalidArgument;
    if (*field == TimeField::kEpoch) return give(out, with_scale(a[1].i64, 6));
    if (*field > TimeField::kHour) return RowError::kInvalidArgument;
    if (*field == TimeField::kHour) return give(out, with_scale(a[1].i64 / (3600 * kMicrosPerSecond), 0));
    return extract_civil(a[1].i64, 0, *field, out);
}
STREAMQL_KERNEL(sqk_extract_interval) {
    auto field = time_field(a[0].str.view());
    return field ? extract_interval(a[1].interval, *field, out) : RowError::kInvalidArgument;
}
STREAMQL_KERNEL(sqk_date_part_timestamp) { return as_double(sqk_extract_timestamp(ctx, a, n, out), out); }
STREAMQL_KERNEL(sqk_date_part_timestamptz) { return as_double(sqk_extract_timestamptz(ctx, a, n, out), out); }
STREAMQL_KERNEL(sqk_date_part_date) {
    Cell args[2] = {a[0], a[1]};
    auto field = time_field(a[0].str.view());
    if (field && *field < TimeField::kDay &&
        a[1].i64 < kEndTimestamp / kMicrosPerDay) {  // date_part casts to timestamp first
        args[1].i64 = a[1].i64 * kMicrosPerDay;
        return sqk_date_part_timestamp(ctx, args, 2, out);
    }
    return as_double(sqk_extract_date(ctx, a, n, out), out);
}
STREAMQL_KERNEL(sqk_date_part_time) { return as_double(sqk_extract_time(ctx, a, n, out), out); }
STREAMQL_KERNEL(sqk_date_part_interval) { return as_double(sqk_extract_interval(ctx, a, n, out), out); }

STREAMQL_KERNEL(sqk_to_timestamp) {
    double micros = std::rint(a[0].f64 * 1e6);
    if (std::isnan(micros)) return RowError::kInvalidArgument;
    if (!(micros >= static_cast<double>(kMinTimestamp) && micros < static_cast<double>(kEndTimestamp)))
        return RowError::kOverflow;
    return give(out, static_cast<int64_t>(micros));
}
STREAMQL_KERNEL(sqk_age) { return age_between(a[0].i64, a[1].i64, out); }
STREAMQL_KERNEL(sqk_age_tz) {
    const TimeZone& zone = job_zone(ctx);
    return age_between(zone.to_local(a[0].i64), zone.to_local(a[1].i64), out);
}
STREAMQL_KERNEL(sqk_make_date) {
    int64_t year = a[0].i64 < 0 ? a[0].i64 + 1 : a[0].i64;
    if (a[0].i64 == 0 || a[1].i64 < 1 || a[1].i64 > 12 || a[2].i64 < 1) return RowError::kInvalidArgument;
    int month = static_cast<int>(a[1].i64);
    if (a[2].i64 > days_in_month(year, month)) return RowError::kInvalidArgument;
    int64_t days = days_from_civil(year, month, static_cast<int>(a[2].i64));
    return days >= kMinDate && days < kEndDate ? give(out, days) : RowError::kOverflow;
}
STREAMQL_KERNEL(sqk_make_interval) {
    if (!std::isfinite(a[6].f64)) return RowError::kInvalidArgument;
    Int128 months = static_cast<Int128>(a[0].i64) * 12 + a[1].i64, days = static_cast<Int128>(a[2].i64) * 7 + a[3].i64;
    double seconds = std::rint(a[6].f64 * 1e6);
    if (std::fabs(seconds) > 9e18 || months > INT32_MAX || months < INT32_MIN || days > INT32_MAX || days < INT32_MIN)
        return RowError::kOverflow;
    Int128 micros =
        (static_cast<Int128>(a[4].i64) * 60 + a[5].i64) * 60 * kMicrosPerSecond + static_cast<int64_t>(seconds);
    if (micros > INT64_MAX || micros < INT64_MIN) return RowError::kOverflow;
    return give(out, Interval{static_cast<int64_t>(micros), static_cast<int32_t>(days), static_cast<int32_t>(months)});
}
STREAMQL_KERNEL(sqk_justify_hours) {
    Interval v = a[0].interval;
    int64_t days = v.micros / kMicrosPerDay;
    v.micros %= kMicrosPerDay;
    if (__builtin_add_overflow(static_cast<int64_t>(v.days), days, &days)) return RowError::kOverflow;
    if (days > 0 && v.micros < 0)
        v.micros += kMicrosPerDay, --days;
    else if (days < 0 && v.micros > 0)
        v.micros -= kMicrosPerDay, ++days;
    if (days > INT32_MAX || days < INT32_MIN) return RowError::kOverflow;
    v.days = static_cast<int32_t>(days);
    return give(out, v);
}
STREAMQL_KERNEL(sqk_now) { return give(out, ctx->now_micros); }
STREAMQL_KERNEL(sqk_timezone_tz) {
    const TimeZone* zone = zone_of(a[0].str.view());
    return zone != nullptr ? give(out, zone->to_local(a[1].i64)) : RowError::kInvalidArgument;
}
STREAMQL_KERNEL(sqk_timezone_local) {
    const TimeZone* zone = zone_of(a[0].str.view());
    return zone != nullptr ? give(out, zone->from_local(a[1].i64)) : RowError::kInvalidArgument;
}

}  // namespace streamql
