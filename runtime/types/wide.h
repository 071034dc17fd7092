// 256-bit unsigned integers, as far as decimals of 38 digits need them between the steps of one operation.
//
// Invariants: no overflow checks beyond what the functions say; callers bound their operands. Threading: pure.
#pragma once
#include <cstdint>

namespace streamql {

using Uint128 = unsigned __int128;

struct Uint256 {
    Uint128 hi = 0, lo = 0;
    bool operator==(const Uint256&) const = default;
    bool operator<(const Uint256& o) const { return hi != o.hi ? hi < o.hi : lo < o.lo; }
    bool is_zero() const { return hi == 0 && lo == 0; }
};

Uint256 multiply(Uint128 a, Uint128 b);
/// a * b; *overflow is set when it does not fit.
Uint256 multiply(const Uint256& a, Uint128 b, bool* overflow);
Uint256 add(const Uint256& a, const Uint256& b);
Uint256 subtract(const Uint256& a, const Uint256& b);
/// a / b, b != 0; the remainder to *rest.
Uint256 divide(const Uint256& a, const Uint256& b, Uint256* rest);
/// Largest r with r*r <= a.
Uint128 square_root(const Uint256& a);

}  // namespace streamql
