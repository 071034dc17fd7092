// Kernels of arrays, maps and structs (types/nested.h).
//
// Threading: pure functions.
#pragma once
#include "runtime/functions/kernel.h"

namespace streamql {

STREAMQL_KERNEL(sqk_struct_field);
STREAMQL_KERNEL(sqk_make_array);
STREAMQL_KERNEL(sqk_make_struct);
STREAMQL_KERNEL(sqk_array_at);
STREAMQL_KERNEL(sqk_map_at);
STREAMQL_KERNEL(sqk_array_length);
STREAMQL_KERNEL(sqk_cardinality);
STREAMQL_KERNEL(sqk_map_size);
STREAMQL_KERNEL(sqk_array_contains);
STREAMQL_KERNEL(sqk_array_position);
STREAMQL_KERNEL(sqk_array_to_string);
STREAMQL_KERNEL(sqk_array_concat);
STREAMQL_KERNEL(sqk_map_keys);
STREAMQL_KERNEL(sqk_map_values);

}  // namespace streamql
