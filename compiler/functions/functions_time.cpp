// The registry's functions of dates and times.
#include "compiler/functions/entries.h"
#include "runtime/functions/time_format.h"
#include "runtime/functions/time_functions.h"

namespace streamql {

void add_time(Entries& to) {
    to.add("date_trunc", "s(ts)", sqk_date_trunc, kFails, "cut to a unit: second ... millennium");
    to.add("date_trunc", "z(tz)", sqk_date_trunc_tz, kFails, "in the job's time zone");
    to.add("date_trunc", "z(tzt)", sqk_date_trunc_tz, kFails, "in a time zone");
    to.add("date_trunc", "v(tv)", sqk_date_trunc_interval, kFails);
    to.add("date_bin", "s(vss)", sqk_date_bin, kFails,
           "the bin of a width, counted from an origin, that holds the time");
    to.add("date_bin", "z(vzz)", sqk_date_bin, kFails);
    to.add("extract", "n(ts)", sqk_extract_timestamp, kFails, "extract(field, time): a field as NUMERIC");
    to.add("extract", "n(tz)", sqk_extract_timestamptz, kFails);
    to.add("extract", "n(tD)", sqk_extract_date, kFails);
    to.add("extract", "n(tT)", sqk_extract_time, kFails);
    to.add("extract", "n(tv)", sqk_extract_interval, kFails);
    to.add("date_part", "d(ts)", sqk_date_part_timestamp, kFails, "a field as DOUBLE");
    to.add("date_part", "d(tz)", sqk_date_part_timestamptz, kFails);
    to.add("date_part", "d(tD)", sqk_date_part_date, kFails);
    to.add("date_part", "d(tT)", sqk_date_part_time, kFails);
    to.add("date_part", "d(tv)", sqk_date_part_interval, kFails);
    to.add("to_timestamp", "z(d)", sqk_to_timestamp, kFails, "seconds since 1970 as a time");
    to.add("age", "v(ss)", sqk_age, kFails, "years, months, days and time between two times");
    to.add("age", "v(zz)", sqk_age_tz, kFails);
    to.add("make_date", "D(iii)", sqk_make_date, kFails, "date of year, month, day");
    to.add("make_interval", "v(iiiiiid)", sqk_make_interval, kFails,
           "interval of years, months, weeks, days, hours, minutes, seconds");
    to.add("justify_hours", "v(v)", sqk_justify_hours, kFails, "24 hours as days");
    to.add("now", "z()", sqk_now, Traits{.deterministic = false, .fallible = false}, "processing time");
    to.add("current_timestamp", "z()", sqk_now, Traits{.deterministic = false, .fallible = false}, "processing time");
    to.add("timezone", "s(tz)", sqk_timezone_tz, kFails, "AT TIME ZONE: the wall clock of a zone");
    to.add("timezone", "z(ts)", sqk_timezone_local, kFails, "AT TIME ZONE: the instant of a zone's wall clock");
    to.add("to_char", "t(st)", sqk_to_char_timestamp, kFailsNullable,
           "a time by a pattern such as 'YYYY-MM-DD HH24:MI:SS'");
    to.add("to_char", "t(zt)", sqk_to_char_timestamptz, kFailsNullable);
    to.add("to_char", "t(vt)", sqk_to_char_interval, kFailsNullable);
}

}  // namespace streamql
