// The registry's functions of dates and times.
#include "compiler/functions/entries.h"
#include "runtime/functions/time_format.h"
#include "runtime/functions/time_functions.h"

namespace streamql {

namespace {

constexpr const char* kUnits =
    "the units are microseconds, milliseconds, second, minute, hour, day, week, month, quarter, year, decade, century "
    "and millennium";
constexpr const char* kIntervalUnits =
    "the units of an interval are microseconds, milliseconds, second, minute, hour, day, month, quarter, year, decade, "
    "century and millennium";
constexpr const char* kFields =
    "the fields are microseconds, milliseconds, second, minute, hour, day, week, month, quarter, year, decade, "
    "century, "
    "millennium, dow, isodow, doy, isoyear, epoch and julian";
constexpr const char* kZonedFields =
    "the fields are microseconds, milliseconds, second, minute, hour, day, week, month, quarter, year, decade, "
    "century, "
    "millennium, dow, isodow, doy, isoyear, epoch, julian, timezone, timezone_hour and timezone_minute";
constexpr const char* kDateFields =
    "the fields of a date are day, week, month, quarter, year, decade, century, millennium, dow, isodow, doy, isoyear, "
    "epoch and julian";
constexpr const char* kTimeFields =
    "the fields of a time of day are microseconds, milliseconds, second, minute, hour and epoch";
constexpr const char* kIntervalFields =
    "the fields of an interval are microseconds, milliseconds, second, minute, hour, day, month, quarter, year, "
    "decade, "
    "century, millennium and epoch";

Traits unit(const char* units) { return kFails.judging({{0, "day", units}}); }
Traits field(const char* fields, const char* good = "day") { return kFails.judging({{0, good, fields}}); }
const JudgedArgument kStride{0, "1 day", "a stride is longer than zero and has no months or years"};
JudgedArgument zone(size_t index) {
    return {index, "UTC", "a zone is a name such as 'Europe/Berlin', or hours such as '+02:00'"};
}

}  // namespace

void add_time(Entries& to) {
    to.add("date_trunc", "s(ts)", sqk_date_trunc, unit(kUnits), "cut to a unit: second ... millennium");
    to.add("date_trunc", "z(tz)", sqk_date_trunc_tz, unit(kUnits), "in the job's time zone");
    to.add("date_trunc", "z(tzt)", sqk_date_trunc_tz, kFails.judging({{0, "day", kUnits}, zone(2)}), "in a time zone");
    to.add("date_trunc", "v(tv)", sqk_date_trunc_interval, unit(kIntervalUnits));
    to.add("date_bin", "s(vss)", sqk_date_bin, kFails.judging({kStride}),
           "the bin of a width, counted from an origin, that holds the time");
    to.add("date_bin", "z(vzz)", sqk_date_bin, kFails.judging({kStride}));
    to.add("extract", "n(ts)", sqk_extract_timestamp, field(kFields), "extract(field, time): a field as NUMERIC");
    to.add("extract", "n(tz)", sqk_extract_timestamptz, field(kZonedFields));
    to.add("extract", "n(tD)", sqk_extract_date, field(kDateFields));
    to.add("extract", "n(tT)", sqk_extract_time, field(kTimeFields, "hour"));
    to.add("extract", "n(tv)", sqk_extract_interval, field(kIntervalFields));
    to.add("date_part", "d(ts)", sqk_date_part_timestamp, field(kFields), "a field as DOUBLE");
    to.add("date_part", "d(tz)", sqk_date_part_timestamptz, field(kZonedFields));
    to.add("date_part", "d(tD)", sqk_date_part_date, field(kFields));
    to.add("date_part", "d(tT)", sqk_date_part_time, field(kTimeFields, "hour"));
    to.add("date_part", "d(tv)", sqk_date_part_interval, field(kIntervalFields));
    to.add("to_timestamp", "z(d)", sqk_to_timestamp, kFails, "seconds since 1970 as a time");
    to.add("age", "v(ss)", sqk_age, kFails, "years, months, days and time between two times");
    to.add("age", "v(zz)", sqk_age_tz, kFails);
    to.add("make_date", "D(iii)", sqk_make_date,
           kFails.judging({{0, "2024", "years count from 1, and from -1 before Christ"},
                           {1, "1", "months go from 1 to 12"},
                           {2, "1", "days go from 1 to 31"}}),
           "date of year, month, day");
    to.add("make_interval", "v(iiiiiid)", sqk_make_interval, kFails,
           "interval of years, months, weeks, days, hours, minutes, seconds");
    to.add("justify_hours", "v(v)", sqk_justify_hours, kFails, "24 hours as days");
    to.add("now", "z()", sqk_now, Traits{.deterministic = false, .fallible = false}, "processing time");
    to.add("current_timestamp", "z()", sqk_now, Traits{.deterministic = false, .fallible = false}, "processing time");
    to.add("timezone", "s(tz)", sqk_timezone_tz, kFails.judging({zone(0)}), "AT TIME ZONE: the wall clock of a zone");
    to.add("timezone", "z(ts)", sqk_timezone_local, kFails.judging({zone(0)}),
           "AT TIME ZONE: the instant of a zone's wall clock");
    to.add("to_char", "t(st)", sqk_to_char_timestamp, kFailsNullable,
           "a time by a pattern such as 'YYYY-MM-DD HH24:MI:SS'");
    to.add("to_char", "t(zt)", sqk_to_char_timestamptz, kFailsNullable);
    to.add("to_char", "t(vt)", sqk_to_char_interval,
           kFailsNullable.judging(
               {{1, "DD", "an interval has no names of days or months, no weekday, no era and no time zone"}}));
}

}  // namespace streamql
