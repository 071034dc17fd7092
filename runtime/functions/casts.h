// Kernels of casts; compiler/functions/casts.h pairs them with types.
//
// What: cast_kernel(from, to) is the kernel of PostgreSQL's cast between two kinds, null where there is none. Further
// arguments: to DECIMAL precision and scale (two BIGINTs), to an array from text or another array the target's
// type_descriptor. Threading: pure functions.
#pragma once
#include "runtime/functions/kernel.h"

namespace streamql {

ScalarKernel cast_kernel(TypeKind from, TypeKind to);

}  // namespace streamql
