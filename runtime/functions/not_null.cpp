#include "runtime/functions/not_null.h"

namespace streamql {

STREAMQL_KERNEL(sqk_not_null) {
    *out = a[0];
    return out->null ? RowError::kNotNull : RowError::kOk;
}

}  // namespace streamql
