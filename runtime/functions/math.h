// Kernels of the mathematical functions; errors as PostgreSQL raises them.
//
// NUMERIC forms compute with 113-bit floats and round to PostgreSQL's number of digits (16 significant at least).
// Threading: pure functions.
#pragma once
#include "runtime/functions/kernel.h"

namespace streamql {

STREAMQL_KERNEL(sqk_power);
STREAMQL_KERNEL(sqk_power_decimal);
STREAMQL_KERNEL(sqk_sqrt);
STREAMQL_KERNEL(sqk_sqrt_decimal);
STREAMQL_KERNEL(sqk_cbrt);
STREAMQL_KERNEL(sqk_exp);
STREAMQL_KERNEL(sqk_exp_decimal);
STREAMQL_KERNEL(sqk_ln);
STREAMQL_KERNEL(sqk_ln_decimal);
STREAMQL_KERNEL(sqk_log10);
STREAMQL_KERNEL(sqk_log10_decimal);
STREAMQL_KERNEL(sqk_log_decimal);
STREAMQL_KERNEL(sqk_sign);
STREAMQL_KERNEL(sqk_sign_decimal);
STREAMQL_KERNEL(sqk_ceil);
STREAMQL_KERNEL(sqk_ceil_decimal);
STREAMQL_KERNEL(sqk_floor);
STREAMQL_KERNEL(sqk_floor_decimal);
STREAMQL_KERNEL(sqk_round);
STREAMQL_KERNEL(sqk_round_decimal);
STREAMQL_KERNEL(sqk_trunc);
STREAMQL_KERNEL(sqk_trunc_decimal);
STREAMQL_KERNEL(sqk_div_decimal);
STREAMQL_KERNEL(sqk_degrees);
STREAMQL_KERNEL(sqk_radians);
STREAMQL_KERNEL(sqk_pi);
STREAMQL_KERNEL(sqk_sin);
STREAMQL_KERNEL(sqk_cos);
STREAMQL_KERNEL(sqk_tan);
STREAMQL_KERNEL(sqk_asin);
STREAMQL_KERNEL(sqk_acos);
STREAMQL_KERNEL(sqk_atan);
STREAMQL_KERNEL(sqk_atan2);

}  // namespace streamql
