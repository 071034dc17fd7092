// Kernels of to_char for times: PostgreSQL's template patterns.
//
// Threading: pure functions.
#pragma once
#include "runtime/functions/kernel.h"

namespace streamql {

STREAMQL_KERNEL(sqk_to_char_timestamp);
STREAMQL_KERNEL(sqk_to_char_timestamptz);
STREAMQL_KERNEL(sqk_to_char_interval);

}  // namespace streamql
