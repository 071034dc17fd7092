// Kernels of plain text functions. Lengths and positions count UTF-8 characters; letters are ASCII's, as in
// PostgreSQL's C locale.
//
// Threading: pure functions.
#pragma once
#include "runtime/functions/kernel.h"

namespace streamql {

/// a || b where one side is of kind `other` and printed.
ScalarKernel concat_kernel(TypeKind other, bool other_first);
/// Longest text a function makes (PostgreSQL's 1 GB limit is an error too).
inline constexpr uint64_t kMaxTextBytes = 64 << 20;

STREAMQL_KERNEL(sqk_concat2);
STREAMQL_KERNEL(sqk_char_length);
STREAMQL_KERNEL(sqk_octet_length);
STREAMQL_KERNEL(sqk_lower);
STREAMQL_KERNEL(sqk_upper);
STREAMQL_KERNEL(sqk_initcap);
STREAMQL_KERNEL(sqk_reverse);
STREAMQL_KERNEL(sqk_repeat);
STREAMQL_KERNEL(sqk_ascii);
STREAMQL_KERNEL(sqk_chr);
STREAMQL_KERNEL(sqk_btrim);
STREAMQL_KERNEL(sqk_ltrim);
STREAMQL_KERNEL(sqk_rtrim);
STREAMQL_KERNEL(sqk_substring);
STREAMQL_KERNEL(sqk_position);
STREAMQL_KERNEL(sqk_strpos);
STREAMQL_KERNEL(sqk_replace);
STREAMQL_KERNEL(sqk_translate);
STREAMQL_KERNEL(sqk_split_part);
STREAMQL_KERNEL(sqk_left);
STREAMQL_KERNEL(sqk_right);
STREAMQL_KERNEL(sqk_lpad);
STREAMQL_KERNEL(sqk_rpad);
STREAMQL_KERNEL(sqk_concat);
STREAMQL_KERNEL(sqk_concat_ws);
STREAMQL_KERNEL(sqk_starts_with);

}  // namespace streamql
