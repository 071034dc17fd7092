// Kernels of hashes and of encode / decode.
//
// Threading: pure functions.
#pragma once
#include "runtime/functions/kernel.h"

namespace streamql {

STREAMQL_KERNEL(sqk_md5);
STREAMQL_KERNEL(sqk_sha224);
STREAMQL_KERNEL(sqk_sha256);
STREAMQL_KERNEL(sqk_sha384);
STREAMQL_KERNEL(sqk_sha512);
STREAMQL_KERNEL(sqk_encode);
STREAMQL_KERNEL(sqk_decode);
STREAMQL_KERNEL(sqk_xxhash64);
STREAMQL_KERNEL(sqk_murmur2);

}  // namespace streamql
