// VARIANCE and STDDEV (aggregates.h): of integers and decimals exact, from N, the sum and the sum of squares in 256
// bits, with PostgreSQL's digits; of floats in the steps of PostgreSQL's float8_accum.
#include <cmath>

#include "runtime/functions/aggregate_kernels.h"
#include "runtime/types/decimal.h"

namespace streamql {

namespace {

using K = TypeKind;
using namespace aggregate_kernels;

/// All values at one scale, the greatest seen; the squares have twice that.
struct VarianceDecimalState {
    Int128 sum;
    Uint256 squares;
    int64_t count;
    int32_t scale, pad;
};
static_assert(sizeof(VarianceDecimalState) == 64);
struct VarianceDoubleState {
    double n, sum, squares, pad;
};

Uint128 magnitude(Int128 v) { return v < 0 ? -static_cast<Uint128>(v) : static_cast<Uint128>(v); }

/// Zeros behind all values.
bool widen(VarianceDecimalState& s, int scale) {
    bool overflow = false;
    for (; s.scale < scale; ++s.scale) {
        overflow = __builtin_mul_overflow(s.sum, Int128{10}, &s.sum) || overflow;
        s.squares = multiply(s.squares, 100, &overflow);
    }
    return !overflow;
}

RowError joined(VarianceDecimalState x, VarianceDecimalState y, VarianceDecimalState* out) {
    if (!widen(x, y.scale) || !widen(y, x.scale) || __builtin_add_overflow(x.sum, y.sum, &x.sum))
        return RowError::kOverflow;
    const Uint256 squares = add(x.squares, y.squares);
    if (squares < x.squares) return RowError::kOverflow;
    *out = {x.sum, squares, x.count + y.count, x.scale, 0};
    return RowError::kOk;
}
template <bool decimal>
RowError variance_added(const VarianceDecimalState& s, const Cell& v, VarianceDecimalState* out) {
    const Int128 value = decimal ? v.decimal.value : v.i64;
    return joined(s, {value, multiply(magnitude(value), magnitude(value)), 1, decimal ? v.decimal.scale : 0, 0}, out);
}
template <bool decimal>
STREAMQL_UPDATE(variance_decimal_update) {
    if (a[0].null) return RowError::kOk;
    return variance_added<decimal>(at<VarianceDecimalState>(state), a[0], &at<VarianceDecimalState>(state));
}
template <bool decimal>
STREAMQL_UPDATE(variance_decimal_check) {
    VarianceDecimalState result;
    return a[0].null ? RowError::kOk : variance_added<decimal>(at<VarianceDecimalState>(state), a[0], &result);
}
STREAMQL_MERGE(variance_decimal_merge) {
    return joined(at<VarianceDecimalState>(into), at<VarianceDecimalState>(from), &at<VarianceDecimalState>(into));
}
/// (N * squares - sum^2) / (N * (N - 1) or N^2)
template <bool sample, bool root>
STREAMQL_FINISH(variance_decimal_finish) {
    const VarianceDecimalState& s = at<VarianceDecimalState>(state);
    if (s.count <= (sample ? 1 : 0)) return give_null(out);
    const auto n = static_cast<Uint128>(s.count);
    bool overflow = false;
    const Uint256 squares = multiply(s.squares, n, &overflow), square = multiply(magnitude(s.sum), magnitude(s.sum));
    if (overflow) return RowError::kOverflow;
    if (!(square < squares)) return give(out, decimal_of(0));
    Decimal r;
    if (!decimal_divide(subtract(squares, square), 2 * s.scale, n * (sample ? n - 1 : n), &r) ||
        (root && !decimal_square_root(r, r.scale, &r)))
        return RowError::kOverflow;
    return give(out, r);
}

STREAMQL_UPDATE(variance_double_update) {
    if (a[0].null) return RowError::kOk;
    VarianceDoubleState& s = at<VarianceDoubleState>(state);
    double x = a[0].f64;
    s.n += 1;
    s.sum += x;
    if (s.n > 1) {
        double t = x * s.n - s.sum;
        s.squares += t * t / (s.n * (s.n - 1));
    } else if (!std::isfinite(x)) {
        s.squares = NAN;
    }
    return RowError::kOk;
}
STREAMQL_MERGE(variance_double_merge) {
    VarianceDoubleState& s = at<VarianceDoubleState>(into);
    const VarianceDoubleState& f = at<VarianceDoubleState>(from);
    if (f.n == 0) return RowError::kOk;
    if (s.n == 0) {
        s = f;
        return RowError::kOk;
    }
    double n = s.n + f.n, t = s.sum / s.n - f.sum / f.n;
    s.squares += f.squares + s.n * f.n * t * t / n;
    s.sum += f.sum;
    s.n = n;
    return RowError::kOk;
}
template <bool sample, bool root>
STREAMQL_FINISH(variance_double_finish) {
    const VarianceDoubleState& s = at<VarianceDoubleState>(state);
    if (s.n <= (sample ? 1 : 0)) return give_null(out);
    double v = s.squares / (sample ? s.n - 1 : s.n);
    return give(out, root ? std::sqrt(v) : v);
}

template <bool sample, bool root>
AggregateKernels variance_of(K kind) {
    using Whole = VarianceDecimalState;
    if (Type(kind).is_float())
        return {sizeof(VarianceDoubleState),
                init<VarianceDoubleState>,
                variance_double_update,
                variance_double_merge,
                variance_double_finish<sample, root>,
                {},
                nullptr};
    const bool decimal = kind == K::kDecimal;
    return {sizeof(Whole),
            init<Whole>,
            decimal ? variance_decimal_update<true> : variance_decimal_update<false>,
            variance_decimal_merge,
            variance_decimal_finish<sample, root>,
            {{offsetof(Whole, scale), StateField::Kind::kScale}},
            decimal ? variance_decimal_check<true> : variance_decimal_check<false>};
}

}  // namespace

AggregateKernels variance_kernels(TypeKind k, bool sample, bool root) {
    if (sample) return root ? variance_of<true, true>(k) : variance_of<true, false>(k);
    return root ? variance_of<false, true>(k) : variance_of<false, false>(k);
}

}  // namespace streamql
