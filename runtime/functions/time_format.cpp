#include "runtime/functions/time_format.h"

#include <algorithm>
#include <utility>

#include "runtime/types/datetime.h"

namespace streamql {

namespace {

constexpr std::string_view kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                        "July",    "August",   "September", "October", "November", "December"};
constexpr std::string_view kDays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr std::string_view kRoman[] = {"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"};

/// What a pattern may ask for. Those of an interval have its sign.
struct Fields {
    int64_t year = 0, hour = 0;
    int month = 0, day = 0, minute = 0, second = 0, micros = 0;
    int64_t days = 0;  ///< since 1970
    bool interval = false;
    int32_t offset = 0;
    std::string_view zone;
};

struct Writer {
    const Fields& f;
    std::string& to;
    bool fill_mode = false;  // FM
    int64_t last_number = 0;
    bool wrote_number = false;

    /// At least so many places, of which the sign takes one.
    void number(int64_t v, int places) {
        last_number = v;
        wrote_number = true;
        std::string digits = std::to_string(v < 0 ? -v : v);
        if (v < 0) to.push_back('-'), --places;
        if (!fill_mode && static_cast<int>(digits.size()) < places)
            to.append(static_cast<size_t>(places) - digits.size(), '0');
        to.append(digits);
    }
    /// At least so many digits beside the sign.
    void digits(int64_t v, int least) { number(v, v < 0 ? least + 1 : least); }
    void fixed(int64_t v, int width) {  // FM does not cut fractions
        bool mode = std::exchange(fill_mode, false);
        number(v, width);
        fill_mode = mode;
    }
    void name(std::string_view text, char style, int width) {  // 'U' upper, 'C' capital, 'l' lower
        size_t begin = to.size();
        to.append(text);
        for (size_t i = begin; i < to.size(); ++i) {
            if (style == 'U' && to[i] >= 'a' && to[i] <= 'z') to[i] = static_cast<char>(to[i] - 32);
            if (style == 'l' && to[i] >= 'A' && to[i] <= 'Z') to[i] = static_cast<char>(to[i] + 32);
        }
        if (!fill_mode && static_cast<int>(text.size()) < width)
            to.append(static_cast<size_t>(width) - text.size(), ' ');
    }
    int64_t hour12() const { return f.hour % 12 == 0 ? 12 : f.hour % 12; }
    void meridian(bool upper, bool dots) {
        bool pm = f.hour % 24 >= 12;
        to.append(dots ? (upper ? (pm ? "P.M." : "A.M.") : (pm ? "p.m." : "a.m."))
                       : (upper ? (pm ? "PM" : "AM") : (pm ? "pm" : "am")));
    }
    void offset(bool minutes_too) {
        int32_t size = f.offset < 0 ? -f.offset : f.offset;
        to.push_back(f.offset < 0 ? '-' : '+');
        fixed(size / 3600, 2);
        if (minutes_too && size % 3600 != 0) to.push_back(':'), fixed(size / 60 % 60, 2);
    }
    void year_digits(int64_t year, int least, int64_t modulus) {
        if (!f.interval && year <= 0) year = 1 - year;
        number(modulus > 0 ? year % modulus : year, f.interval && f.year < 0 ? least + 1 : least);
    }
    void roman_month(char style) {
        if (f.month == 0 && f.year == 0) return;
        name(kRoman[f.month > 0 ? f.month - 1 : f.month < 0 ? f.month + 12 : f.year >= 0 ? 11 : 0], style, 4);
    }
    bool date_pattern(std::string_view p);
    bool time_pattern(std::string_view p);
};

// Longer ones before their beginnings.
constexpr std::string_view kPatterns[] = {
    "SSSSS", "SSSS",  "Y,YYY", "YYYY", "YYY", "YY", "Y",   "IYYY", "IYY",  "IY",   "IDDD", "ID",   "IW",  "I",
    "HH24",  "HH12",  "HH",    "MI",   "SS",  "MS", "US",  "FF1",  "FF2",  "FF3",  "FF4",  "FF5",  "FF6", "MONTH",
    "Month", "month", "MON",   "Mon",  "mon", "MM", "DAY", "Day",  "day",  "DDD",  "DD",   "DY",   "Dy",  "dy",
    "D",     "WW",    "W",     "Q",    "CC",  "J",  "RM",  "rm",   "A.M.", "P.M.", "a.m.", "p.m.", "AM",  "PM",
    "am",    "pm",    "A.D.",  "B.C.", "AD",  "BC", "TZH", "TZM",  "TZ",   "tz",   "OF"};

bool same_letters(std::string_view s, std::string_view pattern) {
    if (s.size() < pattern.size()) return false;
    for (size_t i = 0; i < pattern.size(); ++i)
        if ((s[i] | 32) != (pattern[i] | 32)) return false;
    return true;
}

/// Patterns whose spelling decides the case of what they print.
bool case_matters(std::string_view p) {
    constexpr std::string_view kCased[] = {"MONTH", "Month", "month", "MON", "Mon", "mon", "DAY",  "Day",
                                           "day",   "DY",    "Dy",    "dy",  "RM",  "rm",  "A.M.", "P.M.",
                                           "a.m.",  "p.m.",  "AM",    "PM",  "am",  "pm",  "TZ",   "tz"};
    return std::find(std::begin(kCased), std::end(kCased), p) != std::end(kCased);
}

std::string_view pattern_at(std::string_view s) {
    for (std::string_view p : kPatterns)
        if (case_matters(p) ? s.starts_with(p) : same_letters(s, p)) return p;
    return {};
}

bool Writer::time_pattern(std::string_view p) {
    int64_t seconds = f.hour * 3600 + f.minute * 60 + f.second;
    if (p == "HH24")
        digits(f.hour, 2);
    else if (p == "HH12" || p == "HH")
        number(hour12(), f.hour < 0 ? 3 : 2);
    else if (p == "MI")
        digits(f.minute, 2);
    else if (p == "SS")
        digits(f.second, 2);
    else if (p == "MS")
        fixed(f.micros / 1000, 3);
    else if (p == "US")
        fixed(f.micros, 6);
    else if (p.starts_with("FF")) {
        int64_t v = f.micros;
        for (int i = p[2] - '0'; i < 6; ++i) v /= 10;
        fixed(v, p[2] - '0');
    } else if (p == "SSSSS" || p == "SSSS")
        number(seconds, 0);
    else if ((p[0] | 32) == 'a' || (p[0] | 32) == 'p') {
        if ((p.size() > 1 && (p[1] | 32) == 'd') || (p.size() > 2 && (p[2] | 32) == 'd')) return false;
        meridian(p[0] < 'a', p.size() == 4);
    } else if (p == "TZ")
        to.append(f.zone);
    else if (p == "tz")
        name(f.zone, 'l', 0);
    else if (p == "TZH")
        offset(false);
    else if (p == "TZM")
        fixed((f.offset < 0 ? -f.offset : f.offset) / 60 % 60, 2);
    else if (p == "OF")
        offset(true);
    else
        return false;
    return true;
}

bool Writer::date_pattern(std::string_view p) {
    int64_t iso_year = 0;
    int week = iso_week(f.days, &iso_year), weekday = day_of_week(f.days);
    int64_t day_of_year = f.interval ? f.year * 360 + f.month * 30 + f.day : f.days - days_from_civil(f.year, 1, 1) + 1;
    char style = p[0] >= 'a' ? 'l' : p.size() > 1 && p[1] >= 'a' ? 'C' : 'U';
    if (p == "YYYY")
        year_digits(f.year, 4, 0);
    else if (p == "Y,YYY")
        number(f.year / 1000, 0), to.push_back(','), fixed(f.year % 1000, 3);
    else if (p == "YYY")
        year_digits(f.year, 3, 1000);
    else if (p == "YY")
        year_digits(f.year, 2, 100);
    else if (p == "Y")
        year_digits(f.year, 1, 10);
    else if (p == "IYYY")
        year_digits(iso_year, 4, 0);
    else if (p == "IYY")
        year_digits(iso_year, 3, 1000);
    else if (p == "IY")
        year_digits(iso_year, 2, 100);
    else if (p == "I")
        year_digits(iso_year, 1, 10);
    else if (p == "IW")
        number(week, 2);
    else if (p == "ID")
        number(weekday == 0 ? 7 : weekday, 0);
    else if (p == "IDDD")
        number((week - 1) * 7 + (weekday + 6) % 7 + 1, 3);
    else if (p == "MM")
        digits(f.month, 2);
    else if (p == "DD")
        number(f.day, 2);
    else if (p == "DDD")
        number(day_of_year, 3);
    else if (p == "D")
        number(weekday + 1, 0);
    else if (p == "WW")
        number((day_of_year - 1) / 7 + 1, 2);
    else if (p == "W")
        number((f.day - 1) / 7 + 1, 0);
    else if (p == "Q") {
        if (f.month != 0) number((f.month - 1) / 3 + 1, 0);
    } else if (p == "CC")
        digits(f.interval ? f.year / 100 : f.year > 0 ? (f.year - 1) / 100 + 1 : f.year / 100 - 1, 2);
    else if (p == "J")
        number(f.days + 2440588, 0);
    else if (p.size() == 2 && (p[1] | 32) == 'm')
        roman_month(style);
    else if (p.size() == 5 || p.size() == 3) {
        bool month = (p[0] | 32) == 'm', whole = p.size() == 5 || (p[0] | 32) == 'd';
        std::string_view text = month ? kMonths[f.month - 1] : kDays[weekday];
        name(whole ? text : text.substr(0, 3), style, whole ? 9 : 0);
    } else if ((p[0] | 32) == 'd')
        name(kDays[weekday].substr(0, 3), style, 0);
    else if ((p[0] | 32) == 'a' || (p[0] | 32) == 'b')
        to.append(p.size() == 4 ? (f.year > 0 ? "A.D." : "B.C.") : (f.year > 0 ? "AD" : "BC"));
    else
        return false;
    return true;
}

void ordinal(Writer& w, bool upper) {
    int64_t n = w.last_number % 100;
    std::string_view s = n >= 11 && n <= 13 ? "th"
                         : n % 10 == 1      ? "st"
                         : n % 10 == 2      ? "nd"
                         : n % 10 == 3      ? "rd"
                                            : "th";
    w.name(s, upper ? 'U' : 'C', 0);
}

/// Names of days and months, weekdays, eras and zones: an interval has none.
bool of_dates_alone(std::string_view p) {
    constexpr std::string_view kNames[] = {"D",   "ID",  "DY", "DAY", "MON", "MONTH", "TZ",
                                           "TZH", "TZM", "OF", "AD",  "BC",  "A.D.",  "B.C."};
    return std::any_of(std::begin(kNames), std::end(kNames),
                       [p](std::string_view name) { return p.size() == name.size() && same_letters(p, name); });
}

/// False if the pattern asks for what the value does not have.
bool format(std::string_view p, const Fields& f, std::string& to) {
    Writer w{f, to};
    while (!p.empty()) {
        if (p[0] == '"') {
            p.remove_prefix(1);
            while (!p.empty() && p[0] != '"') {
                if (p[0] == '\\' && p.size() > 1) p.remove_prefix(1);
                to.push_back(p[0]);
                p.remove_prefix(1);
            }
            if (!p.empty()) p.remove_prefix(1);
            continue;
        }
        w.fill_mode = false;
        size_t prefix = 0;
        while (same_letters(p.substr(prefix), "FM") || p.substr(prefix).starts_with("TM"))
            w.fill_mode = true, prefix += 2;
        std::string_view pattern = pattern_at(p.substr(prefix));
        if (pattern.empty()) {
            if (prefix == 0) {
                to.push_back(p[0]);
                prefix = 1;
            }
            p.remove_prefix(prefix);
            continue;
        }
        if (f.interval && of_dates_alone(pattern)) return false;
        p.remove_prefix(prefix + pattern.size());
        w.wrote_number = false;
        if (!w.time_pattern(pattern)) w.date_pattern(pattern);
        if (w.wrote_number && (p.starts_with("TH") || p.starts_with("th"))) {
            ordinal(w, p[0] == 'T');
            p.remove_prefix(2);
        }
    }
    return true;
}

/// The day of a year and month that need not be those of a date, as PostgreSQL counts it (Julian, less 1970's).
int64_t day_number(int64_t year, int64_t month, int64_t day) {
    year += month > 2 ? 4800 : 4799;
    month += month > 2 ? 1 : 13;
    int64_t century = year / 100;
    return year * 365 - 32167 + year / 4 - century + century / 4 + 7834 * month / 256 + day - 2440588;
}

Fields fields_of(int64_t local) {
    Fields f;
    int64_t time;
    f.days = floor_day(local, &time);
    CivilDate d = civil_from_days(f.days);
    CivilTime t = civil_time(time);
    f.year = d.year, f.month = d.month, f.day = d.day;
    f.hour = t.hour, f.minute = t.minute, f.second = t.second, f.micros = t.micros;
    return f;
}

}  // namespace

STREAMQL_KERNEL(sqk_to_char_timestamp) {
    std::string& text = scratch();
    format(a[1].str.view(), fields_of(a[0].i64), text);
    return text.empty() ? give_null(out) : give_copy(ctx, out, text);
}
STREAMQL_KERNEL(sqk_to_char_timestamptz) {
    const TimeZone::Offset& offset = job_zone(ctx).offset_at(a[0].i64);
    Fields f = fields_of(a[0].i64 + offset.seconds * kMicrosPerSecond);
    f.offset = offset.seconds;
    f.zone = offset.abbreviation;
    std::string& text = scratch();
    format(a[1].str.view(), f, text);
    return text.empty() ? give_null(out) : give_copy(ctx, out, text);
}
STREAMQL_KERNEL(sqk_to_char_interval) {
    const Interval& v = a[0].interval;
    Fields f;
    f.interval = true;
    f.year = v.months / 12;
    f.month = v.months % 12;
    f.day = v.days;
    f.days = day_number(f.year, f.month, f.day);
    int64_t size = v.micros;
    f.hour = size / (3600 * kMicrosPerSecond);
    f.minute = static_cast<int>(size / (60 * kMicrosPerSecond) % 60);
    f.second = static_cast<int>(size / kMicrosPerSecond % 60);
    f.micros = static_cast<int>(size % kMicrosPerSecond);
    std::string& text = scratch();
    if (!format(a[1].str.view(), f, text)) return RowError::kInvalidArgument;
    return text.empty() ? give_null(out) : give_copy(ctx, out, text);
}

}  // namespace streamql
