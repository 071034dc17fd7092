// The registry's mathematics.
#include "compiler/functions/entries.h"
#include "runtime/functions/arithmetic.h"
#include "runtime/functions/math.h"

namespace streamql {

void add_math(Entries& to) {
    to.add("^", "d(dd)", sqk_power, kFails, "power");
    to.add("^", "n(nn)", sqk_power_decimal, kFails);
    to.add("power", "d(dd)", sqk_power, kFails, "power");
    to.add("power", "n(nn)", sqk_power_decimal, kFails);
    to.add("pow", "d(dd)", sqk_power, kFails, "power");
    to.add("pow", "n(nn)", sqk_power_decimal, kFails);
    to.add("sqrt", "d(d)", sqk_sqrt, kFails, "square root");
    to.add("sqrt", "n(n)", sqk_sqrt_decimal, kFails);
    to.add("cbrt", "d(d)", sqk_cbrt, kSafe, "cube root");
    to.add("exp", "d(d)", sqk_exp, kFails, "e to the power of");
    to.add("exp", "n(n)", sqk_exp_decimal, kFails);
    to.add("ln", "d(d)", sqk_ln, kFails, "natural logarithm");
    to.add("ln", "n(n)", sqk_ln_decimal, kFails);
    to.add("log", "d(d)", sqk_log10, kFails, "logarithm to base 10");
    to.add("log", "n(n)", sqk_log10_decimal, kFails);
    to.add("log", "n(nn)", sqk_log_decimal, kFails, "logarithm to a base");
    to.add("log10", "d(d)", sqk_log10, kFails, "logarithm to base 10");
    to.add("log10", "n(n)", sqk_log10_decimal, kFails);
    to.add("sign", "d(d)", sqk_sign, kSafe, "-1, 0 or 1");
    to.add("sign", "n(n)", sqk_sign_decimal, kSafe);
    to.add("ceil", "d(d)", sqk_ceil, kSafe, "smallest whole number not below");
    to.add("ceil", "n(n)", sqk_ceil_decimal, kFails);
    to.add("ceiling", "d(d)", sqk_ceil, kSafe, "smallest whole number not below");
    to.add("ceiling", "n(n)", sqk_ceil_decimal, kFails);
    to.add("floor", "d(d)", sqk_floor, kSafe, "largest whole number not above");
    to.add("floor", "n(n)", sqk_floor_decimal, kFails);
    to.add("round", "d(d)", sqk_round, kSafe,
           "nearest whole number; of DOUBLE halves go to even, of NUMERIC away from zero");
    to.add("round", "n(n)", sqk_round_decimal, kFails);
    to.add("round", "n(ni)", sqk_round_decimal, kFails, "rounded to digits after the point");
    to.add("trunc", "d(d)", sqk_trunc, kSafe, "toward zero");
    to.add("trunc", "n(n)", sqk_trunc_decimal, kFails);
    to.add("trunc", "n(ni)", sqk_trunc_decimal, kFails, "cut to digits after the point");
    to.add("div", "n(nn)", sqk_div_decimal, kFails, "whole part of the quotient");
    to.add("degrees", "d(d)", sqk_degrees, kFails, "radians to degrees");
    to.add("radians", "d(d)", sqk_radians, kSafe, "degrees to radians");
    to.add("pi", "d()", sqk_pi, kSafe, "3.14159...");
    to.add("sin", "d(d)", sqk_sin, kFails, "sine of radians");
    to.add("cos", "d(d)", sqk_cos, kFails, "cosine of radians");
    to.add("tan", "d(d)", sqk_tan, kFails, "tangent of radians");
    to.add("asin", "d(d)", sqk_asin, kFails, "inverse sine");
    to.add("acos", "d(d)", sqk_acos, kFails, "inverse cosine");
    to.add("atan", "d(d)", sqk_atan, kSafe, "inverse tangent");
    to.add("atan2", "d(dd)", sqk_atan2, kSafe, "inverse tangent of y/x");
}

}  // namespace streamql
