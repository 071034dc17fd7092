#include "runtime/functions/math.h"

#include <quadmath.h>

#include <algorithm>
#include <cmath>

#include "runtime/types/decimal.h"

namespace streamql {

namespace {

constexpr int kMinSignificant = 16;
constexpr int kQuadDigits = 33;

RowError checked(double r, bool finite_input, Cell* out) {
    if (std::isinf(r) && finite_input) return RowError::kOverflow;
    return give(out, r);
}

__float128 to_quad(const Decimal& d) {
    return static_cast<__float128>(d.value) / static_cast<__float128>(power_of_ten(d.scale));
}

/// Rounded half away from zero to `scale` digits.
RowError give_quad(__float128 v, int scale, Cell* out) {
    scale = std::max(scale, 0);
    if (scale > kMaxDecimalDigits || !finiteq(v)) return RowError::kOverflow;
    __float128 scaled = roundq(v * static_cast<__float128>(power_of_ten(scale)));
    if (fabsq(scaled) >= static_cast<__float128>(power_of_ten(kQuadDigits)))
        return RowError::kOverflow;  // no digits to trust
    return give(out, decimal_of(static_cast<Int128>(scaled), scale));
}

/// Power of ten of a logarithm's size, cut toward zero as PostgreSQL estimates it.
int weight_of(__float128 v) { return v == 0 ? 0 : static_cast<int>(log10q(fabsq(v))); }

/// base^exponent exactly, as long as it fits.
bool exact_power(Decimal base, int64_t exponent, Decimal* out) {
    Decimal r = decimal_of(1);
    for (; exponent > 0; exponent >>= 1) {
        if ((exponent & 1) != 0 && !decimal_multiply(r, base, &r)) return false;
        if (exponent > 1 && !decimal_multiply(base, base, &base)) return false;
    }
    *out = r;
    return true;
}

}  // namespace

STREAMQL_KERNEL(sqk_power) {
    double x = a[0].f64, y = a[1].f64;
    if (std::isnan(x) || std::isnan(y)) return give(out, std::isnan(x) ? (y == 0 ? 1.0 : x) : (x == 1 ? 1.0 : y));
    if (x == 0 && y < 0) return RowError::kInvalidArgument;
    if (x < 0 && std::floor(y) != y) return RowError::kInvalidArgument;
    double r = std::pow(x, y);
    bool finite = !std::isinf(x) && !std::isinf(y);
    if (finite && r == 0 && x != 0) return RowError::kOverflow;
    return checked(r, finite, out);
}

STREAMQL_KERNEL(sqk_power_decimal) {
    const Decimal &x = a[0].decimal, &y = a[1].decimal;
    if (x.value == 0 && y.value < 0) return RowError::kInvalidArgument;
    int64_t whole;
    bool whole_number = decimal_to_exact_int64(y, &whole);
    bool integral = whole_number && whole >= INT32_MIN && whole <= INT32_MAX;  // as far as PostgreSQL multiplies
    if (x.value < 0 && !whole_number) return RowError::kInvalidArgument;
    int scale = std::max(kMinSignificant, x.scale);
    if (!integral) scale = std::max(scale, y.scale);
    if (y.value == 0)
        return decimal_rescale(decimal_of(1), kMinSignificant, &out->decimal) ? give(out, Decimal(out->decimal))
                                                                              : RowError::kOverflow;
    if (x.value == 0) return give(out, decimal_of(0, kMinSignificant));
    Decimal r;
    if (integral && whole > 0 && whole < 1000 && exact_power(x, whole, &r))
        return decimal_rescale(r, scale, &r) ? give(out, r) : RowError::kOverflow;
    __float128 v = powq(to_quad(x), to_quad(y)), digits = to_quad(y) * log10q(fabsq(to_quad(x)));
    if (fabsq(digits) > 100 && !integral) return RowError::kOverflow;
    if (!integral)
        scale = std::max({kMinSignificant - static_cast<int>(static_cast<double>(digits)), x.scale, y.scale, 0});
    return give_quad(v, scale, out);
}

STREAMQL_KERNEL(sqk_sqrt) {
    if (a[0].f64 < 0) return RowError::kInvalidArgument;
    return give(out, std::sqrt(a[0].f64));
}
STREAMQL_KERNEL(sqk_sqrt_decimal) {
    if (a[0].decimal.value < 0) return RowError::kInvalidArgument;
    Decimal r;
    return decimal_square_root(a[0].decimal, &r) ? give(out, r) : RowError::kOverflow;
}
STREAMQL_KERNEL(sqk_cbrt) { return give(out, std::cbrt(a[0].f64)); }

STREAMQL_KERNEL(sqk_exp) {
    double x = a[0].f64, r = std::exp(x);
    if (r == 0 && !std::isinf(x)) return RowError::kOverflow;
    return checked(r, !std::isinf(x), out);
}
STREAMQL_KERNEL(sqk_exp_decimal) {
    const Decimal& x = a[0].decimal;
    double weight = decimal_to_double(x) * 0.434294481903252;
    if (weight > 40) return RowError::kOverflow;
    weight = std::max(weight, -100.0);
    return give_quad(expq(to_quad(x)), std::max({kMinSignificant - static_cast<int>(weight), x.scale, 0}), out);
}

STREAMQL_KERNEL(sqk_ln) {
    if (a[0].f64 <= 0) return RowError::kInvalidArgument;
    return give(out, std::log(a[0].f64));
}
STREAMQL_KERNEL(sqk_ln_decimal) {
    const Decimal& x = a[0].decimal;
    if (x.value <= 0) return RowError::kInvalidArgument;
    __float128 r = logq(to_quad(x));
    return give_quad(r, std::max({kMinSignificant - weight_of(r), x.scale, 0}), out);
}
STREAMQL_KERNEL(sqk_log10) {
    if (a[0].f64 <= 0) return RowError::kInvalidArgument;
    return give(out, std::log10(a[0].f64));
}
STREAMQL_KERNEL(sqk_log10_decimal) {
    const Decimal& x = a[0].decimal;
    if (x.value <= 0) return RowError::kInvalidArgument;
    return give_quad(log10q(to_quad(x)), std::max({kMinSignificant - weight_of(logq(to_quad(x))), x.scale, 0}), out);
}
STREAMQL_KERNEL(sqk_log_decimal) {
    const Decimal &base = a[0].decimal, &x = a[1].decimal;
    if (base.value <= 0 || x.value <= 0) return RowError::kInvalidArgument;
    __float128 divisor = logq(to_quad(base));
    if (divisor == 0) return RowError::kDivisionByZero;
    __float128 dividend = logq(to_quad(x));
    int weight = weight_of(dividend) - weight_of(divisor);
    return give_quad(dividend / divisor, std::max({kMinSignificant - weight, base.scale, x.scale, 0}), out);
}

STREAMQL_KERNEL(sqk_sign) { return give(out, a[0].f64 > 0 ? 1.0 : a[0].f64 < 0 ? -1.0 : 0.0); }
STREAMQL_KERNEL(sqk_sign_decimal) { return give(out, decimal_of(decimal_sign(a[0].decimal))); }
STREAMQL_KERNEL(sqk_ceil) { return give(out, std::ceil(a[0].f64)); }
STREAMQL_KERNEL(sqk_floor) { return give(out, std::floor(a[0].f64)); }
STREAMQL_KERNEL(sqk_round) { return give(out, std::rint(a[0].f64)); }
STREAMQL_KERNEL(sqk_trunc) { return give(out, std::trunc(a[0].f64)); }
STREAMQL_KERNEL(sqk_ceil_decimal) {
    Decimal r;
    return decimal_ceil(a[0].decimal, &r) ? give(out, r) : RowError::kOverflow;
}
STREAMQL_KERNEL(sqk_floor_decimal) {
    Decimal r;
    return decimal_floor(a[0].decimal, &r) ? give(out, r) : RowError::kOverflow;
}
STREAMQL_KERNEL(sqk_round_decimal) {
    Decimal r;
    int digits = n > 1 ? static_cast<int>(std::clamp<int64_t>(a[1].i64, -2000, 2000)) : 0;
    return decimal_round(a[0].decimal, digits, &r) ? give(out, r) : RowError::kOverflow;
}
STREAMQL_KERNEL(sqk_trunc_decimal) {
    Decimal r;
    int digits = n > 1 ? static_cast<int>(std::clamp<int64_t>(a[1].i64, -2000, 2000)) : 0;
    return decimal_truncate(a[0].decimal, digits, &r) ? give(out, r) : RowError::kOverflow;
}
STREAMQL_KERNEL(sqk_div_decimal) {
    if (a[1].decimal.value == 0) return RowError::kDivisionByZero;
    Decimal r;
    return decimal_divide_truncated(a[0].decimal, a[1].decimal, &r) ? give(out, r) : RowError::kOverflow;
}
STREAMQL_KERNEL(sqk_degrees) { return checked(a[0].f64 / (M_PI / 180.0), !std::isinf(a[0].f64), out); }
STREAMQL_KERNEL(sqk_radians) { return give(out, a[0].f64 * (M_PI / 180.0)); }
STREAMQL_KERNEL(sqk_pi) { return give(out, M_PI); }
STREAMQL_KERNEL(sqk_sin) { return std::isinf(a[0].f64) ? RowError::kInvalidArgument : give(out, std::sin(a[0].f64)); }
STREAMQL_KERNEL(sqk_cos) { return std::isinf(a[0].f64) ? RowError::kInvalidArgument : give(out, std::cos(a[0].f64)); }
STREAMQL_KERNEL(sqk_tan) { return std::isinf(a[0].f64) ? RowError::kInvalidArgument : give(out, std::tan(a[0].f64)); }
STREAMQL_KERNEL(sqk_asin) {
    return std::fabs(a[0].f64) > 1 ? RowError::kInvalidArgument : give(out, std::asin(a[0].f64));
}
STREAMQL_KERNEL(sqk_acos) {
    return std::fabs(a[0].f64) > 1 ? RowError::kInvalidArgument : give(out, std::acos(a[0].f64));
}
STREAMQL_KERNEL(sqk_atan) { return give(out, std::atan(a[0].f64)); }
STREAMQL_KERNEL(sqk_atan2) { return give(out, std::atan2(a[0].f64, a[1].f64)); }

}  // namespace streamql
