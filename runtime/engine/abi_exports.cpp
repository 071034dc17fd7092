// The functions that generated code may call (runtime/abi/exports.h): thin, noexcept, each handing on to its owner.
#include <algorithm>
#include <cstring>

#include "runtime/abi/exports.h"
#include "runtime/engine/scanner.h"

using namespace streamql;

namespace {

/// floor(|v| / 10^n) and what is cut off, as (quotient, remainder); n may exceed 38.
struct Scaled {
    unsigned __int128 whole, rest;
};
Scaled divide_by_power(unsigned __int128 v, int n) {
    if (n > 38) return {0, v};
    unsigned __int128 power = 1;
    for (int i = 0; i < n; ++i) power *= 10;
    return {v / power, v % power};
}

/// |a| <=> |b| without leaving 128 bits: the side with more fraction digits is cut, and its rest breaks a tie.
int compare_magnitude(unsigned __int128 a, int a_scale, unsigned __int128 b, int b_scale) {
    if (a_scale == b_scale) return a < b ? -1 : a > b;
    if (a_scale < b_scale) return -compare_magnitude(b, b_scale, a, a_scale);
    const Scaled cut = divide_by_power(a, a_scale - b_scale);
    if (cut.whole != b) return cut.whole < b ? -1 : 1;
    return cut.rest > 0;
}

unsigned __int128 magnitude(Int128 v) {
    return v < 0 ? -static_cast<unsigned __int128>(v) : static_cast<unsigned __int128>(v);
}

Int128 span_of(const Interval& i) {
    return Int128{i.micros} + (Int128{i.days} + Int128{i.months} * 30) * 86'400'000'000;
}

}  // namespace

void sq_decode(ScanContext* context, const RawBatch* raw, BatchView* out) noexcept {
    static_cast<Scanner*>(context->scanner)->decode(*raw, *out);
}

void sq_stamp(ScanContext* context, BatchView* out, int32_t column) noexcept {
    static_cast<Scanner*>(context->scanner)->stamp(*out, column);
}

void sq_row_error(PipelineContext* context, int64_t row, int32_t error, int32_t site) noexcept {
    context->callbacks.row_error(context->self, row, static_cast<RowError>(error), site);
}

void sq_aggregate_error(AggregateContext* context, int64_t row, int32_t error, int32_t site) noexcept {
    context->callbacks.row_error(context->self, row, static_cast<RowError>(error), site);
}

int32_t sq_compare_bytes(const char* a, uint64_t a_size, const char* b, uint64_t b_size) noexcept {
    const uint64_t shorter = std::min(a_size, b_size);
    const int order = shorter ? std::memcmp(a, b, shorter) : 0;
    if (order != 0) return order < 0 ? -1 : 1;
    return a_size < b_size ? -1 : a_size > b_size;
}

int32_t sq_compare_decimal(const Decimal* a, const Decimal* b) noexcept {
    const int a_sign = a->value < 0 ? -1 : a->value > 0, b_sign = b->value < 0 ? -1 : b->value > 0;
    if (a_sign != b_sign) return a_sign < b_sign ? -1 : 1;
    const int order = compare_magnitude(magnitude(a->value), a->scale, magnitude(b->value), b->scale);
    return a_sign < 0 ? -order : order;
}

int32_t sq_compare_interval(const Interval* a, const Interval* b) noexcept {
    const Int128 x = span_of(*a), y = span_of(*b);
    return x < y ? -1 : x > y;
}
