// Kernels of + - * / on dates, times, timestamps and intervals, as PostgreSQL computes them.
//
// Threading: pure functions.
#pragma once
#include "runtime/functions/kernel.h"

namespace streamql {

/// timestamptz + interval: months and days by the wall clock of the zone, the rest in real time.
bool add_interval_tz(int64_t micros, const Interval& interval, const TimeZone& zone, int64_t* out);

STREAMQL_KERNEL(sqk_date_add_days);
STREAMQL_KERNEL(sqk_days_add_date);
STREAMQL_KERNEL(sqk_date_sub_days);
STREAMQL_KERNEL(sqk_date_sub_date);
STREAMQL_KERNEL(sqk_date_add_time);
STREAMQL_KERNEL(sqk_time_add_date);
STREAMQL_KERNEL(sqk_date_add_interval);
STREAMQL_KERNEL(sqk_interval_add_date);
STREAMQL_KERNEL(sqk_date_sub_interval);
STREAMQL_KERNEL(sqk_timestamp_add_interval);
STREAMQL_KERNEL(sqk_interval_add_timestamp);
STREAMQL_KERNEL(sqk_timestamp_sub_interval);
STREAMQL_KERNEL(sqk_timestamptz_add_interval);
STREAMQL_KERNEL(sqk_interval_add_timestamptz);
STREAMQL_KERNEL(sqk_timestamptz_sub_interval);
STREAMQL_KERNEL(sqk_timestamp_sub_timestamp);
STREAMQL_KERNEL(sqk_time_add_interval);
STREAMQL_KERNEL(sqk_interval_add_time);
STREAMQL_KERNEL(sqk_time_sub_interval);
STREAMQL_KERNEL(sqk_time_sub_time);
STREAMQL_KERNEL(sqk_interval_add);
STREAMQL_KERNEL(sqk_interval_sub);
STREAMQL_KERNEL(sqk_interval_neg);
STREAMQL_KERNEL(sqk_interval_mul);
STREAMQL_KERNEL(sqk_double_mul_interval);
STREAMQL_KERNEL(sqk_interval_div);

}  // namespace streamql
