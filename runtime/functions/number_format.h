// Kernels of to_char and to_number for numbers: patterns of 9 0 . , D G S MI PL SG PR FM and "text".
//
// Threading: pure functions.
#pragma once
#include "runtime/functions/kernel.h"

namespace streamql {

STREAMQL_KERNEL(sqk_to_char_int);
STREAMQL_KERNEL(sqk_to_char_decimal);
STREAMQL_KERNEL(sqk_to_char_double);
STREAMQL_KERNEL(sqk_to_number);

}  // namespace streamql
