#include "runtime/types/datetime.h"

#include <algorithm>

namespace streamql {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_letter(char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }

class Cursor {
  public:
    explicit Cursor(std::string_view text) : p_(text.data()), end_(p_ + text.size()) {}
    bool done() const { return p_ == end_; }
    char peek() const { return p_ < end_ ? *p_ : '\0'; }
    bool take(char c) {
        if (peek() != c || done()) return false;
        ++p_;
        return true;
    }
    void spaces() {
        while (p_ < end_ && is_space(*p_)) ++p_;
    }
    /// Between least and most digits.
    bool number(int least, int most, int64_t* out, int* digits = nullptr) {
        int64_t v = 0;
        int n = 0;
        for (; n < most && p_ < end_ && is_digit(*p_); ++n) v = v * 10 + (*p_++ - '0');
        *out = v;
        if (digits != nullptr) *digits = n;
        return n >= least;
    }
    bool fraction(int64_t* micros) {
        int64_t v = 0;
        int n = 0;
        bool up = false;
        for (; p_ < end_ && is_digit(*p_); ++n, ++p_) {
            if (n < 6) v = v * 10 + (*p_ - '0');
            if (n == 6) up = *p_ >= '5';
        }
        for (int i = n; i < 6; ++i) v *= 10;
        *micros = v + (up ? 1 : 0);
        return true;
    }
    bool word(std::string_view w) {
        if (static_cast<size_t>(end_ - p_) < w.size()) return false;
        for (size_t i = 0; i < w.size(); ++i)
            if ((p_[i] | 32) != (w[i] | 32)) return false;
        if (p_ + w.size() < end_ && is_letter(p_[w.size()])) return false;
        p_ += w.size();
        return true;
    }
    std::string_view rest() const { return {p_, static_cast<size_t>(end_ - p_)}; }
    void skip(size_t n) { p_ += n; }

  private:
    const char *p_, *end_;
};

/// Y-M-D or YYYYMMDD.
bool take_date(Cursor& c, int64_t* year, int* month, int* day) {
    int64_t y, m, d;
    int digits;
    if (!c.number(4, 8, &y, &digits)) return false;
    if (digits == 8 && c.peek() != '-') {
        *year = y / 10000;
        *month = static_cast<int>(y / 100 % 100);
        *day = static_cast<int>(y % 100);
        return true;
    }
    if (digits > 7 || !c.take('-') || !c.number(1, 2, &m) || !c.take('-') || !c.number(1, 2, &d) || is_digit(c.peek()))
        return false;
    *year = y;
    *month = static_cast<int>(m);
    *day = static_cast<int>(d);
    return true;
}

bool valid_date(int64_t year, int month, int day) {
    return month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, month);
}

bool take_time(Cursor& c, int64_t* micros) {
    int64_t h, m, s = 0, fraction = 0;
    if (!c.number(1, 2, &h) || !c.take(':') || !c.number(2, 2, &m)) return false;
    if (c.take(':')) {
        if (!c.number(2, 2, &s)) return false;
        if (c.take('.')) c.fraction(&fraction);
    }
    if (h > 24 || m > 59 || s > 60 || (h == 24 && (m != 0 || s != 0 || fraction != 0))) return false;
    *micros = ((h * 60 + m) * 60 + s) * kMicrosPerSecond + fraction;
    return true;
}

/// Z, +hh, +hh:mm, +hhmm, +hh:mm:ss.
bool take_offset(Cursor& c, int32_t* seconds) {
    if (c.word("z")) {
        *seconds = 0;
        return true;
    }
    bool negative = c.peek() == '-';
    if (!c.take('+') && !c.take('-')) return false;
    int64_t h, m = 0, s = 0;
    int digits;
    if (!c.number(1, 4, &h, &digits)) return false;
    if (digits > 2) {
        m = h % 100;
        h /= 100;
    } else if (c.take(':')) {
        if (!c.number(2, 2, &m)) return false;
        if (c.take(':') && !c.number(2, 2, &s)) return false;
    }
    if (h > 15 || m > 59 || s > 59) return false;
    *seconds = static_cast<int32_t>((h * 60 + m) * 60 + s) * (negative ? -1 : 1);
    return true;
}

bool take_zone(Cursor& c, TimestampText* out) {
    char p = c.peek();
    if (p == '+' || p == '-' || ((p | 32) == 'z' && c.rest().size() == 1)) {
        out->has_zone = true;
        return take_offset(c, &out->offset_seconds);
    }
    if (!is_letter(p)) return true;
    std::string_view name = c.rest();
    size_t n = 0;
    while (n < name.size() && !is_space(name[n])) ++n;
    name = name.substr(0, n);
    if (name == "BC" || name == "bc" || name == "AD" || name == "ad") return true;
    out->has_zone = true;
    out->zone_name = name;
    c.skip(n);
    return true;
}

char* put_number(char* to, int64_t v, int width) {
    char digits[24];
    int n = 0;
    for (; v != 0 || n == 0; v /= 10) digits[n++] = static_cast<char>('0' + v % 10);
    for (int i = n; i < width; ++i) *to++ = '0';
    while (n > 0) *to++ = digits[--n];
    return to;
}

char* put_time(char* to, int64_t micros) {
    CivilTime t = civil_time(micros);
    to = put_number(to, t.hour, 2);
    *to++ = ':';
    to = put_number(to, t.minute, 2);
    *to++ = ':';
    to = put_number(to, t.second, 2);
    if (t.micros == 0) return to;
    *to++ = '.';
    to = put_number(to, t.micros, 6);
    while (to[-1] == '0') --to;
    return to;
}

/// The date without its era; *before_christ when " BC" must follow.
char* put_date(char* to, int64_t days, bool* before_christ) {
    CivilDate d = civil_from_days(days);
    *before_christ = d.year <= 0;
    to = put_number(to, d.year > 0 ? d.year : 1 - d.year, 4);
    *to++ = '-';
    to = put_number(to, d.month, 2);
    *to++ = '-';
    return put_number(to, d.day, 2);
}

char* put_text(char* to, std::string_view text) { return std::copy(text.begin(), text.end(), to); }

}  // namespace

CivilDate civil_from_days(int64_t days) {
    days += 719468;
    const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const int64_t doe = days - era * 146097;
    const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const int64_t mp = (5 * doy + 2) / 153;
    const int month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
    return {yoe + era * 400 + (month <= 2 ? 1 : 0), month, static_cast<int>(doy - (153 * mp + 2) / 5 + 1)};
}

int days_in_month(int64_t year, int month) {
    constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : kDays[month - 1];
}

CivilTime civil_time(int64_t t) {
    return {static_cast<int>(t / (3600 * kMicrosPerSecond)), static_cast<int>(t / (60 * kMicrosPerSecond) % 60),
            static_cast<int>(t / kMicrosPerSecond % 60), static_cast<int>(t % kMicrosPerSecond)};
}

bool parse_timestamp_text(std::string_view text, TimestampText* out) {
    Cursor c(text);
    int64_t year, time = 0;
    int month, day;
    *out = {};
    c.spaces();
    if (!take_date(c, &year, &month, &day)) return false;
    char p = c.peek();
    bool after_t = p == 'T' || p == 't';
    if (after_t)
        c.skip(1);
    else
        c.spaces();
    if (is_digit(c.peek())) {
        if (!take_time(c, &time)) return false;
        out->has_time = true;
    } else if (after_t) {
        return false;
    }
    c.spaces();
    if (!take_zone(c, out)) return false;
    c.spaces();
    if (c.word("bc"))
        year = 1 - year;
    else if (!c.word("ad") && year == 0)
        return false;
    c.spaces();
    if (!c.done() || !valid_date(year, month, day)) return false;
    int64_t days = days_from_civil(year, month, day);
    if (days < kMinDate || days > kEndTimestamp / kMicrosPerDay) return false;
    return !__builtin_add_overflow(days * kMicrosPerDay, time, &out->local_micros) &&
           timestamp_in_range(out->local_micros);
}

bool parse_timestamp(std::string_view text, int64_t* micros, bool* had_zone) {
    TimestampText parts;
    if (!parse_timestamp_text(text, &parts) || !parts.zone_name.empty()) return false;
    *micros = parts.local_micros - parts.offset_seconds * kMicrosPerSecond;
    if (had_zone != nullptr) *had_zone = parts.has_zone;
    return timestamp_in_range(*micros);
}

bool parse_date(std::string_view text, int64_t* days) {
    Cursor c(text);
    int64_t year;
    int month, day;
    c.spaces();
    if (!take_date(c, &year, &month, &day)) return false;
    c.spaces();
    if (c.word("bc"))
        year = 1 - year;
    else if (!c.word("ad") && year == 0)
        return false;
    c.spaces();
    if (!c.done()) {
        int64_t time;
        TimestampText zone;
        c.take('T');
        if (!take_time(c, &time)) return false;
        c.spaces();
        if (!take_zone(c, &zone)) return false;
        c.spaces();
        if (!c.done()) return false;
    }
    if (!valid_date(year, month, day)) return false;
    *days = days_from_civil(year, month, day);
    return *days >= kMinDate && *days < kEndDate;
}

bool parse_time(std::string_view text, int64_t* micros) {
    Cursor c(text);
    TimestampText zone;
    c.spaces();
    if (!take_time(c, micros)) return false;
    c.spaces();
    if (!take_zone(c, &zone) || !zone.zone_name.empty()) return false;
    c.spaces();
    return c.done() && *micros <= kMicrosPerDay;
}

size_t format_date(int64_t days, char* to) {
    bool before_christ;
    char* at = put_date(to, days, &before_christ);
    if (before_christ) at = put_text(at, " BC");
    return static_cast<size_t>(at - to);
}

size_t format_time(int64_t micros, char* to) { return static_cast<size_t>(put_time(to, micros) - to); }

size_t format_timestamp(int64_t micros, char* to) {
    int64_t time;
    bool before_christ;
    char* at = put_date(to, floor_day(micros, &time), &before_christ);
    *at++ = ' ';
    at = put_time(at, time);
    if (before_christ) at = put_text(at, " BC");
    return static_cast<size_t>(at - to);
}

size_t format_timestamp_tz(int64_t micros, int32_t offset, char* to) {
    int64_t time;
    bool before_christ;
    char* at = put_date(to, floor_day(micros + offset * kMicrosPerSecond, &time), &before_christ);
    *at++ = ' ';
    at = put_time(at, time);
    *at++ = offset < 0 ? '-' : '+';
    int32_t seconds = offset < 0 ? -offset : offset;
    at = put_number(at, seconds / 3600, 2);
    if (seconds % 3600 != 0) {
        *at++ = ':';
        at = put_number(at, seconds / 60 % 60, 2);
        if (seconds % 60 != 0) {
            *at++ = ':';
            at = put_number(at, seconds % 60, 2);
        }
    }
    if (before_christ) at = put_text(at, " BC");
    return static_cast<size_t>(at - to);
}

bool add_interval(int64_t micros, const Interval& interval, int64_t* out) {
    if (interval.months != 0 || interval.days != 0) {
        int64_t time;
        int64_t days = floor_day(micros, &time);
        if (interval.months != 0) {
            CivilDate d = civil_from_days(days);
            int64_t month = d.year * 12 + (d.month - 1) + interval.months;
            int64_t year = month >= 0 ? month / 12 : -((11 - month) / 12);
            int m = static_cast<int>(month - year * 12) + 1;
            days = days_from_civil(year, m, std::min(d.day, days_in_month(year, m)));
        }
        days += interval.days;
        if (days < kMinDate - 1 || days > kEndTimestamp / kMicrosPerDay + 1) return false;
        if (__builtin_mul_overflow(days, kMicrosPerDay, &micros) || __builtin_add_overflow(micros, time, &micros))
            return false;
        if (!timestamp_in_range(micros)) return false;
    }
    return !__builtin_add_overflow(micros, interval.micros, out) && timestamp_in_range(*out);
}

bool add_intervals(const Interval& a, const Interval& b, Interval* out) {
    return !__builtin_add_overflow(a.micros, b.micros, &out->micros) &&
           !__builtin_add_overflow(a.days, b.days, &out->days) &&
           !__builtin_add_overflow(a.months, b.months, &out->months);
}

bool negate_interval(const Interval& a, Interval* out) {
    if (a.micros == INT64_MIN || a.days == INT32_MIN || a.months == INT32_MIN) return false;
    *out = {-a.micros, -a.days, -a.months};
    return true;
}

int iso_week(int64_t days, int64_t* year) {
    int weekday = (day_of_week(days) + 6) % 7;  // Monday 0
    int64_t thursday = days - weekday + 3;
    CivilDate d = civil_from_days(thursday);
    *year = d.year;
    return static_cast<int>((thursday - days_from_civil(d.year, 1, 1)) / 7) + 1;
}

}  // namespace streamql
