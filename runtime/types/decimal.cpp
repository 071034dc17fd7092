#include "runtime/types/decimal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace streamql {

namespace {

constexpr std::array<Int128, 39> make_powers() {
    std::array<Int128, 39> p{};
    p[0] = 1;
    for (int i = 1; i < 39; ++i) p[i] = p[i - 1] * 10;
    return p;
}
constexpr std::array<Int128, 39> kPowers = make_powers();

constexpr int kGroupDigits = 4;  // PostgreSQL keeps numerics in base 10000, and its scales follow from that
constexpr int kMinSignificant = 16;

Uint128 magnitude(Int128 v) { return v < 0 ? -static_cast<Uint128>(v) : static_cast<Uint128>(v); }

bool store(bool negative, const Uint256& v, int scale, Decimal* out) {
    if (v.hi != 0 || v.lo >= static_cast<Uint128>(kPowers[38]) || scale > kMaxDecimalDigits) return false;
    Int128 value = static_cast<Int128>(v.lo);
    *out = decimal_of(negative ? -value : value, scale);
    return true;
}

bool scale_up(const Uint256& v, int by, Uint256* out) {
    bool overflow = false;
    *out = v;
    for (; by > 0 && !overflow; by -= 38)
        *out = multiply(*out, static_cast<Uint128>(kPowers[std::min(by, 38)]), &overflow);
    return !overflow;
}

/// v / 10^digits, rounded half away from zero or cut.
Int128 drop_digits(Int128 v, int digits, bool round) {
    if (digits <= 0) return v;
    if (digits > 38) return 0;
    Int128 unit = kPowers[digits], quotient = v / unit, rest = v % unit;
    if (round) {
        if (rest < 0) rest = -rest;
        if (rest >= unit - rest) quotient += v < 0 ? -1 : 1;
    }
    return quotient;
}

bool align(const Decimal& a, const Decimal& b, Int128* x, Int128* y, int* scale) {
    *scale = std::max(a.scale, b.scale);
    return !__builtin_mul_overflow(a.value, kPowers[*scale - a.scale], x) &&
           !__builtin_mul_overflow(b.value, kPowers[*scale - b.scale], y);
}

struct GroupHead {
    int weight = 0;  // of the first base-10000 digit
    int digit = 0;
};
GroupHead group_head(Uint128 m, int scale) {
    if (m == 0) return {};
    int digits =
        static_cast<int>(std::upper_bound(kPowers.begin(), kPowers.end(), static_cast<Int128>(m)) - kPowers.begin());
    int exponent = digits - 1 - scale;  // of the leading decimal digit
    int weight = exponent >= 0 ? exponent / kGroupDigits : -((-exponent + kGroupDigits - 1) / kGroupDigits);
    int drop = weight * kGroupDigits + scale;  // the group's digit is floor(m / 10^drop)
    Uint128 digit = drop >= 0 ? m / static_cast<Uint128>(kPowers[drop]) : m * static_cast<Uint128>(kPowers[-drop]);
    return {weight, static_cast<int>(digit)};
}
GroupHead group_head(const Decimal& a) { return group_head(magnitude(a.value), a.scale); }
/// Cutting low digits leaves the head as it is.
GroupHead group_head(Uint256 m, int scale) {
    Uint256 rest;
    for (; m.hi != 0 || m.lo >= static_cast<Uint128>(kPowers[38]); scale -= kGroupDigits)
        m = divide(m, {0, static_cast<Uint128>(kPowers[kGroupDigits])}, &rest);
    return group_head(m.lo, scale);
}

int division_scale(const GroupHead& x, const GroupHead& y) {
    int weight = x.weight - y.weight;
    if (x.digit <= y.digit) --weight;
    return std::max(kMinSignificant - weight * kGroupDigits, 0);
}

/// Rounded half away from zero.
Uint256 divide_rounded(const Uint256& numerator, const Uint256& divisor) {
    Uint256 rest;
    const Uint256 quotient = divide(numerator, divisor, &rest);
    return add(rest, rest) < divisor ? quotient : add(quotient, {0, 1});
}

}  // namespace

Int128 power_of_ten(int n) { return kPowers[n]; }

bool decimal_add(const Decimal& a, const Decimal& b, Decimal* out) {
    Int128 x, y, sum;
    int scale;
    if (!align(a, b, &x, &y, &scale) || __builtin_add_overflow(x, y, &sum) || !decimal_fits(sum)) return false;
    *out = decimal_of(sum, scale);
    return true;
}

bool decimal_subtract(const Decimal& a, const Decimal& b, Decimal* out) {
    return decimal_add(a, decimal_negate(b), out);
}

bool decimal_multiply(const Decimal& a, const Decimal& b, Decimal* out) {
    Int128 product;
    int scale = a.scale + b.scale;
    if (scale > kMaxDecimalDigits || __builtin_mul_overflow(a.value, b.value, &product) || !decimal_fits(product))
        return false;
    *out = decimal_of(product, scale);
    return true;
}

int decimal_division_scale(const Decimal& a, const Decimal& b) {
    return std::max({division_scale(group_head(a), group_head(b)), a.scale, b.scale});
}

bool decimal_divide(const Decimal& a, const Decimal& b, Decimal* out) {
    int scale = decimal_division_scale(a, b);
    Uint256 numerator;
    if (scale > kMaxDecimalDigits || !scale_up({0, magnitude(a.value)}, scale + b.scale - a.scale, &numerator))
        return false;
    return store((a.value < 0) != (b.value < 0), divide_rounded(numerator, {0, magnitude(b.value)}), scale, out);
}

bool decimal_divide(const Uint256& numerator, int scale, Uint128 divisor, Decimal* out) {
    const int wanted = std::max(division_scale(group_head(numerator, scale), group_head(divisor, 0)), scale);
    Uint256 scaled;
    if (wanted > kMaxDecimalDigits || !scale_up(numerator, wanted - scale, &scaled)) return false;
    return store(false, divide_rounded(scaled, {0, divisor}), wanted, out);
}

bool decimal_modulo(const Decimal& a, const Decimal& b, Decimal* out) {
    int scale = std::max(a.scale, b.scale);
    Uint256 x, y, rest;
    if (!scale_up({0, magnitude(a.value)}, scale - a.scale, &x) ||
        !scale_up({0, magnitude(b.value)}, scale - b.scale, &y))
        return false;
    divide(x, y, &rest);
    return store(a.value < 0, rest, scale, out);
}

bool decimal_divide_truncated(const Decimal& a, const Decimal& b, Decimal* out) {
    int scale = std::max(a.scale, b.scale);
    Uint256 x, y, rest;
    if (!scale_up({0, magnitude(a.value)}, scale - a.scale, &x) ||
        !scale_up({0, magnitude(b.value)}, scale - b.scale, &y))
        return false;
    return store((a.value < 0) != (b.value < 0), divide(x, y, &rest), 0, out);
}

int decimal_compare(const Decimal& a, const Decimal& b) {
    if (a.scale == b.scale) return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
    int sa = decimal_sign(a), sb = decimal_sign(b);
    if (sa != sb) return sa < sb ? -1 : 1;
    Int128 x, y;
    int scale;
    if (align(a, b, &x, &y, &scale)) return x < y ? -1 : x > y ? 1 : 0;
    Uint256 p, q;
    scale_up({0, magnitude(a.value)}, scale - a.scale, &p);
    scale_up({0, magnitude(b.value)}, scale - b.scale, &q);
    return p == q ? 0 : (p < q) == (sa > 0) ? -1 : 1;
}

bool decimal_rescale(const Decimal& a, int scale, Decimal* out) {
    if (scale < 0 || scale > kMaxDecimalDigits) return false;
    if (scale <= a.scale) {
        Int128 v = drop_digits(a.value, a.scale - scale, true);
        if (!decimal_fits(v)) return false;
        *out = decimal_of(v, scale);
        return true;
    }
    Int128 v;
    if (__builtin_mul_overflow(a.value, kPowers[scale - a.scale], &v) || !decimal_fits(v)) return false;
    *out = decimal_of(v, scale);
    return true;
}

bool decimal_to_precision(const Decimal& a, int precision, int scale, Decimal* out) {
    if (precision == 0) {
        *out = a;
        return true;
    }
    if (!decimal_rescale(a, scale, out)) return false;
    return out->value < kPowers[precision] && out->value > -kPowers[precision];
}

bool decimal_round(const Decimal& a, int digits, Decimal* out) {
    if (digits >= 0) return decimal_rescale(a, digits, out);
    Int128 v = drop_digits(a.value, a.scale - digits, true);
    if (v == 0) {
        *out = decimal_of(0);
        return true;
    }
    if (-digits > kMaxDecimalDigits || __builtin_mul_overflow(v, kPowers[-digits], &v) || !decimal_fits(v))
        return false;
    *out = decimal_of(v);
    return true;
}

bool decimal_truncate(const Decimal& a, int digits, Decimal* out) {
    if (digits >= a.scale) return decimal_rescale(a, digits, out);
    Int128 v = drop_digits(a.value, a.scale - digits, false);
    if (digits < 0 && v != 0) v *= kPowers[-digits];
    *out = decimal_of(v, std::max(digits, 0));
    return true;
}

bool decimal_floor(const Decimal& a, Decimal* out) {
    Int128 unit = kPowers[a.scale], v = a.value / unit;
    if (a.value % unit < 0) --v;
    *out = decimal_of(v);
    return decimal_fits(v);
}

bool decimal_ceil(const Decimal& a, Decimal* out) {
    if (!decimal_floor(decimal_negate(a), out)) return false;
    out->value = -out->value;
    return true;
}

bool decimal_square_root(const Decimal& a, Decimal* out) {
    // PostgreSQL: 16 significant digits, counted from the weight of the result's first base-10000 digit.
    int weight = group_head(a).weight;
    int root_weight = (weight + 1) * kGroupDigits / 2 - 1;
    return decimal_square_root(a, std::max({kMinSignificant - root_weight, a.scale, 0}), out);
}

bool decimal_square_root(const Decimal& a, int scale, Decimal* out) {
    if (a.value == 0) return decimal_rescale(a, std::min(scale, kMaxDecimalDigits), out);
    Uint256 square;
    if (scale > kMaxDecimalDigits || 2 * scale < a.scale ||
        !scale_up({0, magnitude(a.value)}, 2 * scale - a.scale, &square))
        return false;
    Uint128 root = square_root(square);
    Uint256 below = multiply(root, root);
    if (Uint256{0, root} < subtract(square, below)) ++root;  // square > (root + 1/2)^2
    return store(false, {0, root}, scale, out);
}

bool decimal_to_int64(const Decimal& a, int64_t* out) {
    Int128 v = drop_digits(a.value, a.scale, true);
    if (v < INT64_MIN || v > INT64_MAX) return false;
    *out = static_cast<int64_t>(v);
    return true;
}

bool decimal_to_exact_int64(const Decimal& a, int64_t* out) {
    return a.value % kPowers[a.scale] == 0 && decimal_to_int64(a, out);
}

double decimal_to_double(const Decimal& a) {
    constexpr Int128 kExact = Int128{1} << 53;
    if (a.value < kExact && a.value > -kExact && a.scale <= 22)
        return static_cast<double>(static_cast<int64_t>(a.value)) / static_cast<double>(kPowers[a.scale]);
    char text[48];
    size_t n = format_decimal(a, text);
    double v = 0;
    std::from_chars(text, text + n, v);
    return v;
}

bool decimal_from_double(double v, int digits, Decimal* out) {
    if (!std::isfinite(v)) return false;
    char text[40];
    int n = std::snprintf(text, sizeof(text), "%.*g", digits, v);
    return parse_decimal({text, static_cast<size_t>(n)}, out);
}

bool parse_decimal(std::string_view text, Decimal* out, bool* overflow) {
    const char *p = text.data(), *end = p + text.size();
    bool negative = false, any = false, lost = false;
    if (p < end && (*p == '-' || *p == '+')) negative = *p++ == '-';
    Int128 value = 0;
    int digits = 0, scale = 0;
    for (bool point = false; p < end; ++p) {
        if (*p == '.') {
            if (point) return false;
            point = true;
            continue;
        }
        unsigned digit = static_cast<unsigned char>(*p) - '0';
        if (digit > 9) break;
        any = true;
        if (value != 0 || digit != 0) ++digits;
        if (digits > kMaxDecimalDigits) {
            lost = true;
            continue;
        }
        value = value * 10 + digit;
        if (point) ++scale;
        if (scale > kMaxDecimalDigits) lost = true;
    }
    if (!any) return false;
    int64_t exponent = 0;
    if (p < end) {
        if (*p != 'e' && *p != 'E') return false;
        ++p;
        if (p < end && *p == '+' && end - p > 1 && p[1] != '-') ++p;
        auto [after, error] = std::from_chars(p, end, exponent);
        if (error == std::errc::result_out_of_range)
            exponent = 100000;
        else if (error != std::errc{})
            return false;
        if (after != end) return false;
    }
    if (overflow != nullptr) *overflow = true;
    if (lost) return false;
    int64_t shifted = scale - exponent;
    if (exponent > 1000 || exponent < -1000) return false;
    if (shifted < 0) {
        if (value == 0)
            shifted = 0;
        else {
            if (shifted < -kMaxDecimalDigits || __builtin_mul_overflow(value, kPowers[-shifted], &value) ||
                !decimal_fits(value))
                return false;
            shifted = 0;
        }
    }
    if (shifted > kMaxDecimalDigits) return false;
    if (overflow != nullptr) *overflow = false;
    *out = decimal_of(negative ? -value : value, static_cast<int>(shifted));
    return true;
}

size_t format_decimal(const Decimal& a, char* to) {
    char digits[40];
    Uint128 m = magnitude(a.value);
    int n = 0;
    while (m > UINT64_MAX) {
        digits[n++] = static_cast<char>('0' + static_cast<int>(m % 10));
        m /= 10;
    }
    for (uint64_t low = static_cast<uint64_t>(m); low != 0 || n <= a.scale; low /= 10)
        digits[n++] = static_cast<char>('0' + low % 10);
    char* at = to;
    if (a.value < 0) *at++ = '-';
    while (n > a.scale) *at++ = digits[--n];
    if (a.scale > 0) {
        *at++ = '.';
        while (n > 0) *at++ = digits[--n];
    }
    return static_cast<size_t>(at - to);
}

}  // namespace streamql
