// The check of a NOT NULL column that a query writes to.
//
// Threading: pure functions.
#pragma once
#include "runtime/functions/kernel.h"

namespace streamql {

/// Its first argument as it is, kNotNull if that is NULL. The second one is for people: the column's name.
STREAMQL_KERNEL(sqk_not_null);

}  // namespace streamql
