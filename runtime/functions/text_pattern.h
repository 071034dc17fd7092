// Kernels of LIKE and regular expressions (RE2). Compiled expressions are kept per thread.
//
// PostgreSQL's dialect differs from RE2's in details: no back references and no look-around here (kInvalidArgument).
// Threading: thread-local caches only.
#pragma once
#include "runtime/functions/kernel.h"

namespace streamql {

STREAMQL_KERNEL(sqk_like);
STREAMQL_KERNEL(sqk_not_like);
STREAMQL_KERNEL(sqk_ilike);
STREAMQL_KERNEL(sqk_not_ilike);
STREAMQL_KERNEL(sqk_matches);
STREAMQL_KERNEL(sqk_imatches);
STREAMQL_KERNEL(sqk_not_matches);
STREAMQL_KERNEL(sqk_not_imatches);
STREAMQL_KERNEL(sqk_substring_regex);
STREAMQL_KERNEL(sqk_regexp_match);
STREAMQL_KERNEL(sqk_regexp_replace);

}  // namespace streamql
