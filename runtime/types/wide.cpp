#include "runtime/types/wide.h"

namespace streamql {

namespace {

int bit_length(const Uint256& a) {
    auto length = [](Uint128 v) {
        uint64_t high = static_cast<uint64_t>(v >> 64), low = static_cast<uint64_t>(v);
        if (high != 0) return 128 - __builtin_clzll(high);
        return low != 0 ? 64 - __builtin_clzll(low) : 0;
    };
    return a.hi != 0 ? 128 + length(a.hi) : length(a.lo);
}

Uint256 shift_left(const Uint256& a, int n) {
    if (n == 0) return a;
    if (n >= 128) return {a.lo << (n - 128), 0};
    return {(a.hi << n) | (a.lo >> (128 - n)), a.lo << n};
}

Uint256 divide_by_word(const Uint256& a, uint64_t b, Uint256* rest) {
    uint64_t words[4] = {static_cast<uint64_t>(a.lo), static_cast<uint64_t>(a.lo >> 64), static_cast<uint64_t>(a.hi),
                         static_cast<uint64_t>(a.hi >> 64)};
    Uint128 r = 0;
    for (int i = 3; i >= 0; --i) {
        Uint128 n = (r << 64) | words[i];
        words[i] = static_cast<uint64_t>(n / b);
        r = n % b;
    }
    *rest = {0, r};
    return {(static_cast<Uint128>(words[3]) << 64) | words[2], (static_cast<Uint128>(words[1]) << 64) | words[0]};
}

}  // namespace

Uint256 multiply(Uint128 a, Uint128 b) {
    constexpr Uint128 kLow = ~uint64_t{0};
    Uint128 a0 = a & kLow, a1 = a >> 64, b0 = b & kLow, b1 = b >> 64;
    Uint128 p00 = a0 * b0, p01 = a0 * b1, p10 = a1 * b0, p11 = a1 * b1;
    Uint128 middle = (p00 >> 64) + (p01 & kLow) + (p10 & kLow);
    return {p11 + (p01 >> 64) + (p10 >> 64) + (middle >> 64), (middle << 64) | (p00 & kLow)};
}

Uint256 multiply(const Uint256& a, Uint128 b, bool* overflow) {
    Uint256 low = multiply(a.lo, b);
    Uint256 high = multiply(a.hi, b);
    if (high.hi != 0 || __builtin_add_overflow(low.hi, high.lo, &low.hi)) *overflow = true;
    return low;
}

Uint256 add(const Uint256& a, const Uint256& b) {
    Uint128 lo = a.lo + b.lo;
    return {a.hi + b.hi + (lo < a.lo ? 1 : 0), lo};
}

Uint256 subtract(const Uint256& a, const Uint256& b) { return {a.hi - b.hi - (a.lo < b.lo ? 1 : 0), a.lo - b.lo}; }

Uint256 divide(const Uint256& a, const Uint256& b, Uint256* rest) {
    if (a.hi == 0 && b.hi == 0) {
        *rest = {0, a.lo % b.lo};
        return {0, a.lo / b.lo};
    }
    if (b.hi == 0 && (b.lo >> 64) == 0) return divide_by_word(a, static_cast<uint64_t>(b.lo), rest);
    Uint256 quotient, left = a;
    for (int shift = bit_length(a) - bit_length(b); shift >= 0; --shift) {
        Uint256 part = shift_left(b, shift);
        if (left < part) continue;
        left = subtract(left, part);
        quotient = add(quotient, shift_left({0, 1}, shift));
    }
    *rest = left;
    return quotient;
}

Uint128 square_root(const Uint256& a) {
    Uint128 root = 0;
    for (int bit = (bit_length(a) + 1) / 2; bit >= 0; --bit) {
        if (bit > 127) continue;
        Uint128 candidate = root | (static_cast<Uint128>(1) << bit);
        Uint256 square = multiply(candidate, candidate);
        if (!(a < square)) root = candidate;
    }
    return root;
}

}  // namespace streamql
