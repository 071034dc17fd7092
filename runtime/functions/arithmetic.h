// + - * / % and comparisons of every scalar type, as kernels (codegen emits most of them itself; the evaluator calls
// these).
//
// Threading: pure functions.
#pragma once
#include "runtime/functions/kernel.h"

namespace streamql {

/// op: '+', '-', '*', '/', '%', 'n' (negate), 'a' (abs); kind: the integers, REAL, DOUBLE, DECIMAL. Null where
/// PostgreSQL has none.
ScalarKernel arithmetic_kernel(char op, TypeKind kind);
/// op: index into "= <> < <= > >=".
ScalarKernel comparison_kernel(int op, const Type& kind);
/// greatest / least: not strict, NULLs ignored, NULL if there is nothing else.
ScalarKernel extreme_kernel(bool greatest, const Type& kind);

/// Limits of the integer kinds.
inline bool int_fits(TypeKind kind, int64_t v) {
    if (kind == TypeKind::kSmallint) return v >= INT16_MIN && v <= INT16_MAX;
    return kind != TypeKind::kInteger || (v >= INT32_MIN && v <= INT32_MAX);
}

}  // namespace streamql
