// Kernels that take a URL apart; NULL where the part is missing.
//
// Threading: pure functions.
#pragma once
#include "runtime/functions/kernel.h"

namespace streamql {

STREAMQL_KERNEL(sqk_url_host);
STREAMQL_KERNEL(sqk_url_path);
STREAMQL_KERNEL(sqk_url_param);

}  // namespace streamql
