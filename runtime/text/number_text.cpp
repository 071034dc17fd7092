#include "runtime/text/number_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "runtime/types/datetime.h"

namespace streamql {

namespace {

using UInt128 = unsigned __int128;

constexpr int kMaxDigits = 38;

UInt128 power_of_ten(int n) {
    UInt128 v = 1;
    for (int i = 0; i < n; ++i) v *= 10;
    return v;
}

/// A number's text taken apart: (-1)^negative * digits * 10^exponent, exact unless `lossy`.
struct Parts {
    UInt128 digits = 0;
    int count = 0;  ///< significant digits held
    int64_t exponent = 0;
    int next_digit = -1;  ///< the first digit that did not fit, -1 = all fit
    bool lossy = false;   ///< a digit other than 0 did not fit
    bool negative = false;
};

Parts take_apart(std::string_view text) {
    Parts p;
    size_t i = 0;
    if (text[0] == '-') {
        p.negative = true;
        i = 1;
    }
    bool fraction = false;
    for (; i < text.size(); ++i) {
        char c = text[i];
        if (c == '.') {
            fraction = true;
            continue;
        }
        if (c == 'e' || c == 'E') break;
        int digit = c - '0';
        if (p.count == 0 && digit == 0) {
            p.exponent -= fraction;
        } else if (p.count < kMaxDigits) {
            p.digits = p.digits * 10 + static_cast<unsigned>(digit);
            ++p.count;
            p.exponent -= fraction;
        } else {
            if (p.next_digit < 0) p.next_digit = digit;
            p.lossy |= digit != 0;
            p.exponent += !fraction;
        }
    }
    if (i < text.size()) {
        ++i;
        bool minus = text[i] == '-';
        if (text[i] == '-' || text[i] == '+') ++i;
        int64_t e = 0;
        for (; i < text.size(); ++i) e = std::min<int64_t>(e * 10 + (text[i] - '0'), 1'000'000);
        p.exponent += minus ? -e : e;
    }
    return p;
}

/// The magnitude of digits * 10^(exponent + scale), rounded half away from zero; false if it has more than 38 digits.
bool scaled(const Parts& p, int scale, UInt128& out) {
    if (p.count == 0) {
        out = 0;
        return true;
    }
    int64_t shift = p.exponent + scale;
    if (shift >= 0) {
        if (p.count + shift > kMaxDigits || (shift > 0 && p.lossy)) return false;
        out = p.digits * power_of_ten(static_cast<int>(shift)) + (shift == 0 && p.next_digit >= 5);
    } else if (-shift > kMaxDigits) {
        out = 0;
    } else {
        UInt128 unit = power_of_ten(static_cast<int>(-shift));
        out = p.digits / unit;
        UInt128 rest = p.digits - out * unit;
        if (rest >= unit - rest) ++out;
    }
    return out < power_of_ten(kMaxDigits);
}

}  // namespace

void append_int(int64_t v, std::string& to) {
    char digits[24];
    to.append(digits, std::to_chars(digits, digits + sizeof digits, v).ptr);
}

void append_double(double v, bool real, std::string& to) {
    if (std::isnan(v)) {
        to.append("NaN");
        return;
    }
    if (std::isinf(v)) {
        to.append(v < 0 ? "-Infinity" : "Infinity");
        return;
    }
    if (std::signbit(v)) to.push_back('-');
    v = std::fabs(v);
    if (v == 0) {
        to.push_back('0');
        return;
    }
    char text[40];
    auto end = real ? std::to_chars(text, text + 40, static_cast<float>(v), std::chars_format::scientific).ptr
                    : std::to_chars(text, text + 40, v, std::chars_format::scientific).ptr;
    char* e = text;
    std::string_view digits;
    char packed[24];
    size_t count = 0;
    for (; *e != 'e'; ++e)
        if (*e != '.') packed[count++] = *e;
    digits = {packed, count};
    int exponent = 0;
    std::from_chars(e[1] == '+' ? e + 2 : e + 1, end, exponent);
    int limit = real ? 6 : 15;
    if (exponent < -4 || exponent >= limit) {
        to.push_back(digits[0]);
        if (count > 1) to.append(".").append(digits.substr(1));
        to.push_back('e');
        to.push_back(exponent < 0 ? '-' : '+');
        int size = exponent < 0 ? -exponent : exponent;
        if (size < 10) to.push_back('0');
        append_int(size, to);
    } else if (exponent < 0) {
        to.append("0.").append(static_cast<size_t>(-exponent - 1), '0').append(digits);
    } else if (static_cast<int>(count) <= exponent + 1) {
        to.append(digits).append(static_cast<size_t>(exponent + 1) - count, '0');
    } else {
        to.append(digits.substr(0, static_cast<size_t>(exponent) + 1))
            .append(".")
            .append(digits.substr(static_cast<size_t>(exponent) + 1));
    }
}

bool is_json_number(std::string_view s) {
    size_t i = 0;
    auto digits = [&] {
        size_t from = i;
        while (i < s.size() && s[i] >= '0' && s[i] <= '9') ++i;
        return i - from;
    };
    if (i < s.size() && s[i] == '-') ++i;
    size_t first = i;
    size_t n = digits();
    if (n == 0 || (n > 1 && s[first] == '0')) return false;
    if (i < s.size() && s[i] == '.') {
        ++i;
        if (digits() == 0) return false;
    }
    if (i < s.size() && (s[i] == 'e' || s[i] == 'E')) {
        ++i;
        if (i < s.size() && (s[i] == '+' || s[i] == '-')) ++i;
        if (digits() == 0) return false;
    }
    return i == s.size();
}

RowError number_to_integer(std::string_view text, int64_t least, int64_t greatest, int64_t& out) {
    Parts p = take_apart(text);
    UInt128 v = 0;
    if (p.count > 0) {
        if (p.lossy) return RowError::kOutOfRange;
        if (p.exponent >= 0) {
            if (p.count + p.exponent > 19) return RowError::kOutOfRange;
            v = p.digits * power_of_ten(static_cast<int>(p.exponent));
        } else {
            if (-p.exponent > kMaxDigits) return RowError::kOutOfRange;
            UInt128 unit = power_of_ten(static_cast<int>(-p.exponent));
            v = p.digits / unit;
            if (v * unit != p.digits) return RowError::kOutOfRange;
        }
    }
    if (v > UInt128(1) << 63) return RowError::kOutOfRange;
    Int128 value = p.negative ? -static_cast<Int128>(v) : static_cast<Int128>(v);
    if (value < least || value > greatest) return RowError::kOutOfRange;
    out = static_cast<int64_t>(value);
    return RowError::kOk;
}

RowError number_to_double(std::string_view text, bool single, double& out) {
    const char* end = text.data() + text.size();
    if (single) {
        float v = 0;
        auto r = std::from_chars(text.data(), end, v);
        if (r.ec != std::errc() || r.ptr != end) return RowError::kOutOfRange;
        out = v;
        return RowError::kOk;
    }
    auto r = std::from_chars(text.data(), end, out);
    return r.ec != std::errc() || r.ptr != end ? RowError::kOutOfRange : RowError::kOk;
}

RowError number_to_decimal(std::string_view text, int precision, int scale, Decimal& out) {
    Parts p = take_apart(text);
    UInt128 v = 0;
    if (precision == 0) {
        if (p.exponent < -kMaxDigits || p.lossy) return RowError::kOutOfRange;
        scale = static_cast<int>(p.exponent < 0 ? -p.exponent : 0);
    }
    if (!scaled(p, scale, v)) return RowError::kOutOfRange;
    if (precision > 0 && v >= power_of_ten(precision)) return RowError::kOutOfRange;
    out = Decimal{};
    out.value = p.negative ? -static_cast<Int128>(v) : static_cast<Int128>(v);
    out.scale = scale;
    return RowError::kOk;
}

RowError number_to_timestamp(std::string_view text, int digits, int64_t& micros) {
    Parts p = take_apart(text);
    UInt128 v = 0;
    if (!scaled(p, digits, v) || v >= UInt128(INT64_MAX)) return RowError::kOutOfRange;
    micros = p.negative ? -static_cast<int64_t>(v) : static_cast<int64_t>(v);
    return timestamp_in_range(micros) ? RowError::kOk : RowError::kOutOfRange;
}

}  // namespace streamql
