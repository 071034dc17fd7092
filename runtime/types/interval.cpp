#include "runtime/types/interval.h"

#include <cstdlib>
#include <limits>

#include <fmt/core.h>

namespace streamql {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;
constexpr int64_t kMicrosPerDay = 24 * kMicrosPerHour;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

struct UnitWord {
    std::string_view word;
    IntervalUnit unit;
};

using enum IntervalUnit;
constexpr UnitWord kUnitWords[] = {
    {"us", kMicrosecond},
    {"usec", kMicrosecond},
    {"usecs", kMicrosecond},
    {"usecond", kMicrosecond},
    {"useconds", kMicrosecond},
    {"microsecond", kMicrosecond},
    {"microseconds", kMicrosecond},
    {"ms", kMillisecond},
    {"msec", kMillisecond},
    {"msecs", kMillisecond},
    {"msecond", kMillisecond},
    {"mseconds", kMillisecond},
    {"millisecond", kMillisecond},
    {"milliseconds", kMillisecond},
    {"s", kSecond},
    {"sec", kSecond},
    {"secs", kSecond},
    {"second", kSecond},
    {"seconds", kSecond},
    {"m", kMinute},
    {"min", kMinute},
    {"mins", kMinute},
    {"minute", kMinute},
    {"minutes", kMinute},
    {"h", kHour},
    {"hr", kHour},
    {"hrs", kHour},
    {"hour", kHour},
    {"hours", kHour},
    {"d", kDay},
    {"day", kDay},
    {"days", kDay},
    {"w", kWeek},
    {"week", kWeek},
    {"weeks", kWeek},
    {"mon", kMonth},
    {"mons", kMonth},
    {"month", kMonth},
    {"months", kMonth},
    {"qtr", kQuarter},
    {"quarter", kQuarter},
    {"quarters", kQuarter},
    {"y", kYear},
    {"yr", kYear},
    {"yrs", kYear},
    {"year", kYear},
    {"years", kYear},
    {"dec", kDecade},
    {"decs", kDecade},
    {"decade", kDecade},
    {"decades", kDecade},
    {"c", kCentury},
    {"cent", kCentury},
    {"century", kCentury},
    {"centuries", kCentury},
    {"mil", kMillennium},
    {"mils", kMillennium},
    {"millennium", kMillennium},
    {"millennia", kMillennium},
};

/// Digits with an optional fraction: value = whole + fraction / 10^digits, all of one sign.
struct Number {
    Int128 whole = 0;
    Int128 fraction = 0;
    Int128 scale = 1;
};

/// The sum under way; wider than an Interval so that only the end needs a range check.
struct Sum {
    Int128 months = 0, days = 0, micros = 0;

    void add_time(const Number& n, int64_t unit) { micros += n.whole * unit + rounded(n.fraction * unit, n.scale); }

    void add_days(const Number& n, int64_t days_each) {
        Int128 part = n.fraction * days_each;
        days += n.whole * days_each + part / n.scale;
        micros += rounded(part % n.scale * kMicrosPerDay, n.scale);
    }

    void add_months(const Number& n, int64_t months_each) {
        if (months_each > 1) {  // PostgreSQL rounds a part of a year to whole months
            months += n.whole * months_each + rounded(n.fraction * months_each, n.scale);
            return;
        }
        months += n.whole;
        add_days({0, n.fraction, n.scale}, 30);
    }

    static Int128 rounded(Int128 value, Int128 divisor) {
        Int128 half = value < 0 ? -divisor / 2 : divisor / 2;
        return (value + half) / divisor;
    }

    void add(const Number& n, IntervalUnit unit) {
        switch (unit) {
            case kMicrosecond:
                return add_time(n, 1);
            case kMillisecond:
                return add_time(n, 1000);
            case kSecond:
                return add_time(n, kMicrosPerSecond);
            case kMinute:
                return add_time(n, kMicrosPerMinute);
            case kHour:
                return add_time(n, kMicrosPerHour);
            case kDay:
                return add_days(n, 1);
            case kWeek:
                return add_days(n, 7);
            case kMonth:
                return add_months(n, 1);
            case kQuarter:
                return add_months(n, 3);
            case kYear:
                return add_months(n, 12);
            case kDecade:
                return add_months(n, 120);
            case kCentury:
                return add_months(n, 1200);
            case kMillennium:
                return add_months(n, 12000);
        }
    }

    std::optional<Interval> to_interval() const {
        auto fits = [](Int128 v, auto limit) {
            return v >= std::numeric_limits<decltype(limit)>::min() && v <= std::numeric_limits<decltype(limit)>::max();
        };
        if (!fits(months, int32_t{}) || !fits(days, int32_t{}) || !fits(micros, int64_t{})) return std::nullopt;
        return Interval{static_cast<int64_t>(micros), static_cast<int32_t>(days), static_cast<int32_t>(months)};
    }
};

/// Reads the text from the left; each field names its unit by the word (or time) behind it.
class Reader {
  public:
    Reader(std::string_view text, std::optional<IntervalUnit> unit) : text_(text), unit_(unit) {}

    std::optional<Interval> read() {
        skip_space();
        if (peek() == '@') ++at_, skip_space();
        if (at_ == text_.size()) return std::nullopt;
        bool good = lower(peek()) == 'p' ? read_iso() : read_fields();
        if (!good) return std::nullopt;
        return sum_.to_interval();
    }

  private:
    char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    void skip_space() {
        while (is_space(peek())) ++at_;
    }
    int take_sign() {
        int sign = peek() == '-' ? -1 : 1;
        if (peek() == '-' || peek() == '+') ++at_, skip_space();
        return sign;
    }

    /// At most 18 digits on either side of the point are used; more before it cannot fit any unit.
    std::optional<Number> take_number(int sign) {
        Number n;
        size_t digits = 0;
        for (; is_digit(peek()); ++at_, ++digits) {
            if (digits >= 18) return std::nullopt;
            n.whole = n.whole * 10 + sign * (peek() - '0');
        }
        if (peek() == '.' && (digits > 0 || is_digit(peek(1)))) {
            ++at_;
            for (; is_digit(peek()); ++at_, ++digits) {
                if (n.scale >= Int128(1'000'000'000'000'000)) continue;
                n.fraction = n.fraction * 10 + sign * (peek() - '0');
                n.scale *= 10;
            }
        }
        if (digits == 0) return std::nullopt;
        return n;
    }

    std::string_view take_word() {
        size_t begin = at_;
        while (is_letter(peek())) ++at_;
        return text_.substr(begin, at_ - begin);
    }

    bool mark(IntervalUnit unit) {
        uint32_t bit = 1u << static_cast<int>(unit);
        bool fresh = (seen_ & bit) == 0;
        seen_ |= bit;
        return fresh;
    }

    bool read_fields() {
        bool any = false;
        for (skip_space(); at_ < text_.size(); skip_space()) {
            if (is_letter(peek())) {
                if (!any || !is_ago(take_word())) return false;
                skip_space();
                sum_ = {-sum_.months, -sum_.days, -sum_.micros};
                return at_ == text_.size();
            }
            if (!read_field()) return false;
            any = true;
        }
        return any;
    }

    static bool is_ago(std::string_view w) {
        return w.size() == 3 && lower(w[0]) == 'a' && lower(w[1]) == 'g' && lower(w[2]) == 'o';
    }

    bool read_field() {
        int sign = take_sign();
        auto number = take_number(sign);
        if (!number) return false;
        if (peek() == ':') return number->scale == 1 && read_time(sign, number->whole);
        if (peek() == '-' && is_digit(peek(1))) return number->scale == 1 && read_year_month(sign, number->whole);
        skip_space();
        std::optional<IntervalUnit> unit;
        size_t before = at_;
        if (is_letter(peek())) {
            std::string_view word = take_word();
            if (is_ago(word))
                at_ = before;
            else if (unit = interval_unit(word); !unit)
                return false;
        }
        if (!unit) unit = next_is_time() ? std::optional(kDay) : unit_;  // '1 02:03' is a day and a time
        if (!unit) unit = kSecond;
        if (!mark(*unit)) return false;
        sum_.add(*number, *unit);
        return true;
    }

    bool next_is_time() const {
        size_t i = at_;
        if (i < text_.size() && (text_[i] == '+' || text_[i] == '-')) ++i;
        size_t begin = i;
        while (i < text_.size() && is_digit(text_[i])) ++i;
        return i > begin && i < text_.size() && text_[i] == ':';
    }

    /// h:m, h:m:s[.f], or m:s.f; the first number has been read.
    bool read_time(int sign, Int128 first) {
        ++at_;
        auto second = take_number(sign);
        if (!second) return false;
        if (!mark(kHour) || !mark(kMinute)) return false;
        if (second->scale > 1) {
            if (second->whole * sign >= 60) return false;
            sum_.add_time({first, 0, 1}, kMicrosPerMinute);
            sum_.add_time(*second, kMicrosPerSecond);
            return mark(kSecond);
        }
        if (second->whole * sign >= 60) return false;
        sum_.add_time({first, 0, 1}, kMicrosPerHour);
        sum_.add_time(*second, kMicrosPerMinute);
        if (peek() != ':') return true;
        ++at_;
        auto third = take_number(sign);
        if (!third || third->whole * sign > 60) return false;
        sum_.add_time(*third, kMicrosPerSecond);
        return mark(kSecond);
    }

    bool read_year_month(int sign, Int128 years) {
        ++at_;
        auto months = take_number(sign);
        if (!months || months->scale != 1 || months->whole * sign >= 12) return false;
        sum_.months += years * 12 + months->whole;
        return mark(kYear) && mark(kMonth);
    }

    /// P1Y2M3W4DT5H6M7.8S
    bool read_iso() {
        ++at_;
        bool in_time = false;
        bool any = false;
        while (at_ < text_.size()) {
            if (!in_time && lower(peek()) == 't') {
                in_time = true;
                ++at_;
                continue;
            }
            auto number = take_number(take_sign());
            if (!number || at_ == text_.size()) return false;
            auto unit = iso_unit(lower(text_[at_++]), in_time);
            if (!unit || !mark(*unit)) return false;
            sum_.add(*number, *unit);
            any = true;
        }
        return any;
    }

    static std::optional<IntervalUnit> iso_unit(char c, bool in_time) {
        if (in_time) return c == 'h' || c == 'm' || c == 's' ? interval_unit({&c, 1}) : std::nullopt;
        if (c == 'm') return kMonth;
        return c == 'y' || c == 'w' || c == 'd' ? interval_unit({&c, 1}) : std::nullopt;
    }

    std::string_view text_;
    std::optional<IntervalUnit> unit_;
    size_t at_ = 0;
    uint32_t seen_ = 0;
    Sum sum_;
};

void cut_below(Interval& v, IntervalUnit unit) {
    switch (unit) {
        case kYear:
            v.months = v.months / 12 * 12;
            [[fallthrough]];
        case kMonth:
            v.days = 0;
            [[fallthrough]];
        case kDay:
            v.micros = 0;
            break;
        case kHour:
            v.micros = v.micros / kMicrosPerHour * kMicrosPerHour;
            break;
        case kMinute:
            v.micros = v.micros / kMicrosPerMinute * kMicrosPerMinute;
            break;
        default:
            break;
    }
}

void append_part(std::string& out, int32_t value, const char* unit, bool& after_negative) {
    if (value == 0) return;
    out += fmt::format("{}{}{} {}{}", out.empty() ? "" : " ", after_negative && value > 0 ? "+" : "", value, unit,
                       value == 1 ? "" : "s");
    after_negative = value < 0;
}

}  // namespace

std::optional<IntervalUnit> interval_unit(std::string_view word) {
    for (const UnitWord& u : kUnitWords) {
        if (u.word.size() != word.size()) continue;
        size_t i = 0;
        while (i < word.size() && lower(word[i]) == u.word[i]) ++i;
        if (i == word.size()) return u.unit;
    }
    return std::nullopt;
}

std::optional<Interval> parse_interval(std::string_view text, std::optional<IntervalUnit> unit) {
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    auto value = Reader(text, unit).read();
    if (value && unit) cut_below(*value, *unit);
    return value;
}

std::string to_string(const Interval& interval) {
    std::string out;
    bool after_negative = false;
    append_part(out, interval.months / 12, "year", after_negative);
    append_part(out, interval.months % 12, "mon", after_negative);
    append_part(out, interval.days, "day", after_negative);
    if (!out.empty() && interval.micros == 0) return out;
    bool negative = interval.micros < 0;
    uint64_t micros = negative ? -static_cast<uint64_t>(interval.micros) : static_cast<uint64_t>(interval.micros);
    const char* sign = negative ? "-" : after_negative ? "+" : "";
    out += fmt::format("{}{}{:02}:{:02}:{:02}", out.empty() ? "" : " ", sign, micros / kMicrosPerHour,
                       micros / kMicrosPerMinute % 60, micros / kMicrosPerSecond % 60);
    if (uint64_t part = micros % kMicrosPerSecond) {
        out += fmt::format(".{:06}", part);
        out.resize(out.find_last_not_of('0') + 1);
    }
    return out;
}

}  // namespace streamql
