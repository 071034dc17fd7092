#include "runtime/text/iso_time.h"

#include <charconv>

#include "runtime/types/datetime.h"

namespace streamql {
namespace {

/// Reads `text` from left to right.
struct Reader {
    std::string_view text;
    bool done() const { return text.empty(); }
    char peek() const { return text.empty() ? '\0' : text[0]; }
    bool take(char c) {
        if (peek() != c) return false;
        text.remove_prefix(1);
        return true;
    }
    /// Between `least` and `most` digits.
    std::optional<int64_t> digits(size_t least, size_t most) {
        size_t n = 0;
        int64_t v = 0;
        while (n < text.size() && n < most && text[n] >= '0' && text[n] <= '9') v = v * 10 + (text[n++] - '0');
        if (n < least) return std::nullopt;
        text.remove_prefix(n);
        return v;
    }
    /// Digits behind a point as microseconds, rounded.
    int64_t fraction() {
        int64_t v = 0, weight = 100'000;
        bool round_up = false, first_dropped = true;
        while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
            int digit = text[0] - '0';
            if (weight > 0)
                v += digit * weight;
            else if (first_dropped) {
                round_up = digit >= 5;
                first_dropped = false;
            }
            weight /= 10;
            text.remove_prefix(1);
        }
        return v + round_up;
    }
};

std::optional<int64_t> read_date(Reader& r) {
    bool before_year_zero = r.take('-');
    auto y = r.digits(4, 7);
    if (!y || !r.take('-') || (before_year_zero && *y == 0)) return std::nullopt;
    if (before_year_zero) y = -*y;
    auto m = r.digits(2, 2);
    if (!m || !r.take('-')) return std::nullopt;
    auto d = r.digits(2, 2);
    const int month = static_cast<int>(*m);
    if (!d || month < 1 || month > 12 || *d < 1 || *d > days_in_month(*y, month)) return std::nullopt;
    int64_t days = days_from_civil(*y, month, static_cast<int>(*d));
    return days >= kMinDate && days < kEndDate ? std::optional(days) : std::nullopt;
}

std::optional<int64_t> read_time(Reader& r) {
    auto h = r.digits(2, 2);
    if (!h || !r.take(':')) return std::nullopt;
    auto m = r.digits(2, 2);
    if (!m) return std::nullopt;
    int64_t s = 0, fraction = 0;
    if (r.take(':')) {
        auto v = r.digits(2, 2);
        if (!v) return std::nullopt;
        s = *v;
        if (r.take('.')) {
            if (r.peek() < '0' || r.peek() > '9') return std::nullopt;
            fraction = r.fraction();
        }
    }
    int64_t total = ((*h * 60 + *m) * 60 + s) * 1'000'000 + fraction;
    if (*m > 59 || s > 60 || *h > 24 || total > kMicrosPerDay) return std::nullopt;
    return total;
}

/// Microseconds to subtract; nullopt if no zone can be read.
std::optional<int64_t> read_zone(Reader& r) {
    if (r.take('Z') || r.take('z')) return 0;
    int64_t sign = r.peek() == '-' ? -1 : 1;
    if (!r.take('-') && !r.take('+')) return std::nullopt;
    auto h = r.digits(2, 2);
    if (!h || *h > 15) return std::nullopt;
    int64_t m = 0;
    if (r.take(':') || !r.done()) {
        auto v = r.digits(2, 2);
        if (!v || *v > 59) return std::nullopt;
        m = *v;
    }
    return sign * (*h * 60 + m) * 60'000'000;
}

void append_padded(int64_t v, int width, std::string& out) {
    char text[24];
    auto end = std::to_chars(text, text + sizeof text, v).ptr;
    for (int64_t n = end - text; n < width; ++n) out += '0';
    out.append(text, end);
}

void append_fraction(int64_t micros, std::string& out) {
    if (micros == 0) return;
    out += '.';
    append_padded(micros, 6, out);
    while (out.back() == '0') out.pop_back();
}

}  // namespace

std::optional<int64_t> parse_iso_date(std::string_view text) {
    Reader r{text};
    auto days = read_date(r);
    return r.done() ? days : std::nullopt;
}

std::optional<int64_t> parse_iso_time(std::string_view text) {
    Reader r{text};
    auto micros = read_time(r);
    return r.done() ? micros : std::nullopt;
}

std::optional<int64_t> parse_iso_timestamp(std::string_view text) {
    Reader r{text};
    auto days = read_date(r);
    if (!days) return std::nullopt;
    int64_t micros = 0, zone = 0;
    if (!r.done()) {
        if (!r.take('T') && !r.take('t') && !r.take(' ')) return std::nullopt;
        auto time = read_time(r);
        if (!time) return std::nullopt;
        micros = *time;
        if (!r.done()) {
            r.take(' ');
            auto z = read_zone(r);
            if (!z || !r.done()) return std::nullopt;
            zone = *z;
        }
    }
    int64_t instant;
    if (__builtin_mul_overflow(*days, kMicrosPerDay, &instant) ||
        __builtin_add_overflow(instant, micros - zone, &instant))
        return std::nullopt;
    return timestamp_in_range(instant) ? std::optional(instant) : std::nullopt;
}

void append_iso_date(int64_t days, std::string& out) {
    const CivilDate date = civil_from_days(days);
    if (date.year < 0) out += '-';
    append_padded(date.year < 0 ? -date.year : date.year, 4, out);
    out += '-';
    append_padded(date.month, 2, out);
    out += '-';
    append_padded(date.day, 2, out);
}

void append_iso_time(int64_t micros, std::string& out) {
    append_padded(micros / 3'600'000'000, 2, out);
    out += ':';
    append_padded(micros / 60'000'000 % 60, 2, out);
    out += ':';
    append_padded(micros / 1'000'000 % 60, 2, out);
    append_fraction(micros % 1'000'000, out);
}

void append_iso_timestamp(int64_t micros, std::string& out) {
    int64_t time;
    append_iso_date(floor_day(micros, &time), out);
    out += 'T';
    append_iso_time(time, out);
    out += 'Z';
}

}  // namespace streamql
