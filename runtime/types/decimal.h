// Arithmetic of DECIMAL / NUMERIC values with PostgreSQL's result scales, exact to 38 digits.
//
// Invariants: inputs and results hold |value| < 10^38 and 0 <= scale <= 38; an operation whose exact PostgreSQL result
// needs more gives false (RowError::kOverflow to the user). Rounding is half away from zero. Threading: pure functions.
#pragma once
#include <string>
#include <string_view>

#include "runtime/types/value.h"
#include "runtime/types/wide.h"

namespace streamql {

inline constexpr int kMaxDecimalDigits = 38;

/// 10^n, 0 <= n <= 38.
Int128 power_of_ten(int n);
inline bool decimal_fits(Int128 value) {
    const Int128 limit = power_of_ten(kMaxDecimalDigits);
    return value < limit && value > -limit;
}
inline Decimal decimal_of(Int128 value, int scale = 0) {
    Decimal d;
    d.value = value;
    d.scale = scale;
    return d;
}

bool decimal_add(const Decimal& a, const Decimal& b, Decimal* out);
bool decimal_subtract(const Decimal& a, const Decimal& b, Decimal* out);
bool decimal_multiply(const Decimal& a, const Decimal& b, Decimal* out);
/// b is not zero. The scale is PostgreSQL's: 1/3 has 20 decimals, 1000000/3 has 12.
bool decimal_divide(const Decimal& a, const Decimal& b, Decimal* out);
/// numerator / 10^scale / divisor (not zero), with the scale that the quotient of such NUMERICs has.
bool decimal_divide(const Uint256& numerator, int scale, Uint128 divisor, Decimal* out);
/// b is not zero; the sign of a.
bool decimal_modulo(const Decimal& a, const Decimal& b, Decimal* out);
/// The quotient cut to an integer; b is not zero.
bool decimal_divide_truncated(const Decimal& a, const Decimal& b, Decimal* out);
int decimal_compare(const Decimal& a, const Decimal& b);
inline Decimal decimal_negate(Decimal a) { return decimal_of(-a.value, a.scale); }
inline int decimal_sign(const Decimal& a) { return a.value > 0 ? 1 : a.value < 0 ? -1 : 0; }
/// The value divided by 10^-scale exactly or rounded; scale may be larger (zeros added) or smaller (0 <= scale <= 38).
bool decimal_rescale(const Decimal& a, int scale, Decimal* out);
/// As DECIMAL(precision, scale) keeps it; precision 0 leaves it as it is.
bool decimal_to_precision(const Decimal& a, int precision, int scale, Decimal* out);
/// round(a, digits) and trunc(a, digits); digits may be negative.
bool decimal_round(const Decimal& a, int digits, Decimal* out);
bool decimal_truncate(const Decimal& a, int digits, Decimal* out);
bool decimal_floor(const Decimal& a, Decimal* out);
bool decimal_ceil(const Decimal& a, Decimal* out);
/// a is not negative.
bool decimal_square_root(const Decimal& a, Decimal* out);
/// To a given scale.
bool decimal_square_root(const Decimal& a, int scale, Decimal* out);
/// Scale of a / b as PostgreSQL selects it.
int decimal_division_scale(const Decimal& a, const Decimal& b);
/// Rounded to an integer; false if it does not fit 64 bits.
bool decimal_to_int64(const Decimal& a, int64_t* out);
/// The value only if it is an integer that fits.
bool decimal_to_exact_int64(const Decimal& a, int64_t* out);
double decimal_to_double(const Decimal& a);
/// With `digits` significant digits (PostgreSQL: 15 from DOUBLE, 6 from REAL); false for NaN, infinity or too large.
bool decimal_from_double(double v, int digits, Decimal* out);
/// Digits, sign, point, exponent; no spaces. False if malformed; *overflow if well-formed but past 38 digits.
bool parse_decimal(std::string_view text, Decimal* out, bool* overflow = nullptr);
/// At most 42 characters; gives their number.
size_t format_decimal(const Decimal& a, char* to);
inline void append_decimal(const Decimal& a, std::string& to) {
    char buffer[48];
    to.append(buffer, format_decimal(a, buffer));
}

}  // namespace streamql
