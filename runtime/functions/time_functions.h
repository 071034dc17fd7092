// Kernels of date_trunc, date_bin, extract, date_part, age, AT TIME ZONE and the like.
//
// Threading: pure functions.
#pragma once
#include "runtime/functions/kernel.h"

namespace streamql {

STREAMQL_KERNEL(sqk_date_trunc);
STREAMQL_KERNEL(sqk_date_trunc_tz);
STREAMQL_KERNEL(sqk_date_trunc_interval);
STREAMQL_KERNEL(sqk_date_bin);
STREAMQL_KERNEL(sqk_extract_timestamp);
STREAMQL_KERNEL(sqk_extract_timestamptz);
STREAMQL_KERNEL(sqk_extract_date);
STREAMQL_KERNEL(sqk_extract_time);
STREAMQL_KERNEL(sqk_extract_interval);
STREAMQL_KERNEL(sqk_date_part_timestamp);
STREAMQL_KERNEL(sqk_date_part_timestamptz);
STREAMQL_KERNEL(sqk_date_part_date);
STREAMQL_KERNEL(sqk_date_part_time);
STREAMQL_KERNEL(sqk_date_part_interval);
STREAMQL_KERNEL(sqk_to_timestamp);
STREAMQL_KERNEL(sqk_age);
STREAMQL_KERNEL(sqk_age_tz);
STREAMQL_KERNEL(sqk_make_date);
STREAMQL_KERNEL(sqk_make_interval);
STREAMQL_KERNEL(sqk_justify_hours);
STREAMQL_KERNEL(sqk_now);
STREAMQL_KERNEL(sqk_timezone_tz);
STREAMQL_KERNEL(sqk_timezone_local);

}  // namespace streamql
