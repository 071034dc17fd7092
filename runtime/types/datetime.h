// Dates and times: the calendar, and ISO text both ways as PostgreSQL reads and prints it (DateStyle ISO).
//
// What: DATE is days, TIME microseconds of a day, TIMESTAMP / TIMESTAMPTZ microseconds, all since 1970-01-01 00:00 (UTC
// for TIMESTAMPTZ). Range as PostgreSQL's: years -4712 (4713 BC) to 294247 (64 bits since 1970). Parsers never read
// past the text. Threading: pure functions.
#pragma once
#include <string>
#include <string_view>

#include "runtime/types/value.h"

namespace streamql {

inline constexpr int64_t kMicrosPerSecond = 1'000'000;
inline constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;
inline constexpr int64_t kMinTimestamp = -210'866'803'200'000'000;  ///< 4714-11-24 BC
inline constexpr int64_t kEndTimestamp =
    9'223'372'022'400'000'000;  ///< 294247-01-10, the last whole day that 64 bits hold
inline constexpr int64_t kMinDate = -2'440'588;
inline constexpr int64_t kEndDate = 2'145'042'906;  ///< 5874898-01-01

struct CivilDate {
    int64_t year;
    int month;
    int day;
};
struct CivilTime {
    int hour;
    int minute;
    int second;
    int micros;
};

constexpr int64_t days_from_civil(int64_t y, int m, int d) {
    y -= m <= 2;
    const int64_t era = (y >= 0 ? y : y - 399) / 400;
    const int64_t yoe = y - era * 400;
    const int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}
CivilDate civil_from_days(int64_t days);
int days_in_month(int64_t year, int month);
inline bool timestamp_in_range(int64_t micros) { return micros >= kMinTimestamp && micros < kEndTimestamp; }
/// Day and time of day; the time is never negative.
inline int64_t floor_day(int64_t micros, int64_t* time_of_day) {
    int64_t days = micros / kMicrosPerDay, rest = micros % kMicrosPerDay;
    if (rest < 0) {
        rest += kMicrosPerDay;
        --days;
    }
    *time_of_day = rest;
    return days;
}
CivilTime civil_time(int64_t time_of_day);

/// TIME(p), TIMESTAMP(p), TIMESTAMPTZ(p) keep p digits of the second: Type::precision is p + 1, and 0 where all six are
/// kept. A value of such a type is rounded already.
inline Type time_type(TypeKind kind, int digits) {
    Type t(kind);
    t.precision = digits < 6 ? digits + 1 : 0;
    return t;
}
/// Microseconds in a unit of the last digit that the type keeps; 1 of any other type.
inline int64_t time_unit(const Type& t) {
    constexpr int64_t kUnits[] = {1, 1'000'000, 100'000, 10'000, 1'000, 100, 10};
    return t.kind == TypeKind::kTime || t.is_timestamp() ? kUnits[t.precision] : 1;
}
/// To whole units, halves away from zero.
inline int64_t round_time(int64_t micros, int64_t unit) {
    return (micros + (micros < 0 ? -unit / 2 : unit / 2)) / unit * unit;
}

/// The parts of a timestamp's text.
struct TimestampText {
    int64_t local_micros = 0;  ///< as written, zone ignored
    bool has_zone = false;
    int32_t offset_seconds = 0;  ///< east of UTC; if has_zone and zone_name is empty
    std::string_view zone_name;  ///< e.g. "Europe/Berlin", not looked up; views the text
    bool has_time = false;
};
/// `2024-05-01`, `2024-05-01T10:00:00.123456Z`, space for T, `+02`, `+02:30`, `+0230`, a zone's name, `BC`; seconds may
/// be left out; surrounding spaces allowed; more than six fractional digits are rounded. False if malformed or out of
/// range.
bool parse_timestamp_text(std::string_view text, TimestampText* out);
/// The fast path of records: the instant, a zone applied (without one: as UTC). No zone names. *had_zone may be null.
bool parse_timestamp(std::string_view text, int64_t* micros, bool* had_zone);
/// Days; a time that follows is ignored, as PostgreSQL does.
bool parse_date(std::string_view text, int64_t* days);
/// Microseconds of the day; 24:00:00 allowed; a zone is ignored.
bool parse_time(std::string_view text, int64_t* micros);

/// Longest text of any of these.
inline constexpr size_t kMaxTimestampText = 64;
size_t format_date(int64_t days, char* to);
size_t format_time(int64_t micros, char* to);
/// "2024-05-01 10:00:00.5".
size_t format_timestamp(int64_t micros, char* to);
/// "2024-05-01 12:00:00+02" for the local time at this offset.
size_t format_timestamp_tz(int64_t micros, int32_t offset_seconds, char* to);

/// timestamp + interval: months (day clipped to the month's end), then days, then the time. False if out of range.
bool add_interval(int64_t micros, const Interval& interval, int64_t* out);
bool add_intervals(const Interval& a, const Interval& b, Interval* out);
bool negate_interval(const Interval& a, Interval* out);

/// ISO 8601 week of a day, and the year it belongs to.
int iso_week(int64_t days, int64_t* year);
/// 0 = Sunday.
inline int day_of_week(int64_t days) {
    int d = static_cast<int>((days + 4) % 7);
    return d < 0 ? d + 7 : d;
}

}  // namespace streamql
