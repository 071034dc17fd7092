// The value forms that columns, state rows, kernels and generated code share.
//
// Invariants: layouts are fixed (static_asserts below; codegen/emit mirrors them). A Str never owns its bytes: it views
// a batch's buffers, a state page or an arena whose owner says how long it lives.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "runtime/types/type.h"

namespace streamql {

using Int128 = __int128;

struct Str {
    const char* data = nullptr;
    uint64_t size = 0;
    std::string_view view() const { return {data, size}; }
    static Str of(std::string_view s) { return {s.data(), s.size()}; }
};

/// PostgreSQL's interval: three fields that do not mix.
struct Interval {
    int64_t micros = 0;
    int32_t days = 0;
    int32_t months = 0;
    bool operator==(const Interval&) const = default;
};

/// value / 10^scale; |value| < 10^38, 0 <= scale <= 38 (as PostgreSQL's dscale: 1.50 keeps scale 2).
struct alignas(16) Decimal {
    Int128 value = 0;
    int32_t scale = 0;
    int32_t pad_ = 0;
    int64_t pad2_ = 0;
};

/// One value with its null flag, as kernels take and give it. Which member is live follows from the static type.
struct alignas(16) Cell {
    union {
        int64_t i64;
        double f64;
        Str str;
        Interval interval;
        Decimal decimal;
    };
    bool null = true;  // at offset 32

    Cell() : decimal{} {}
    static Cell of(int64_t v) {
        Cell c;
        c.i64 = v;
        c.null = false;
        return c;
    }
    static Cell of(double v) {
        Cell c;
        c.f64 = v;
        c.null = false;
        return c;
    }
    static Cell of(Str v) {
        Cell c;
        c.str = v;
        c.null = false;
        return c;
    }
    static Cell of(Interval v) {
        Cell c;
        c.interval = v;
        c.null = false;
        return c;
    }
    static Cell of(Decimal v) {
        Cell c;
        c.decimal = v;
        c.null = false;
        return c;
    }
};

static_assert(sizeof(Str) == 16 && sizeof(Interval) == 16 && sizeof(Decimal) == 32 && sizeof(Cell) == 48);

}  // namespace streamql
