#include "runtime/functions/aggregates.h"

#include <cmath>

#include "runtime/functions/time_arithmetic.h"
#include "runtime/types/decimal.h"

namespace streamql {

namespace {

using K = TypeKind;
#define STREAMQL_UPDATE(name) \
    RowError name(AggregateContext* ctx, char* state, const Cell* a, const AggregateRow* row) noexcept
#define STREAMQL_MERGE(name) \
    RowError name(AggregateContext* ctx, char* into, const char* from, void* from_pages) noexcept
#define STREAMQL_FINISH(name) RowError name(AggregateContext* ctx, const char* state, Cell* out) noexcept

template <class State>
State& at(char* p) {
    return *reinterpret_cast<State*>(p);
}
template <class State>
const State& at(const char* p) {
    return *reinterpret_cast<const State*>(p);
}

template <class State>
void init(char* state) noexcept {
    std::memset(state, 0, sizeof(State));
}

struct SumDecimalState {
    Int128 sum;
    int64_t count;
    int32_t scale, pad;
};
struct SumIntervalState {
    Interval sum;
    int64_t count, pad;
};
struct BoolState {
    int64_t seen, value;
};
struct VarianceDecimalState {
    Int128 sum, squares;
    int64_t count;
    int32_t scale, squares_scale;
};
struct VarianceDoubleState {
    double n, sum, squares, pad;
};

template <class State>
std::vector<StateField> fields_of() {
    auto scale = [](size_t offset) { return StateField{static_cast<int32_t>(offset), StateField::Kind::kScale}; };
    if constexpr (std::is_same_v<State, SumDecimalState>) return {scale(offsetof(State, scale))};
    if constexpr (std::is_same_v<State, VarianceDecimalState>)
        return {scale(offsetof(State, scale)), scale(offsetof(State, squares_scale))};
    return {};
}

template <class State>
AggregateKernels kernels(AggregateUpdate update, AggregateMerge merge, AggregateFinish finish) {
    static_assert(sizeof(State) % 16 == 0);
    return {sizeof(State), init<State>, update, merge, finish, fields_of<State>()};
}

STREAMQL_UPDATE(count_star_update) {
    ++at<CountState>(state).count;
    return RowError::kOk;
}
STREAMQL_UPDATE(count_update) {
    at<CountState>(state).count += !a[0].null;
    return RowError::kOk;
}
STREAMQL_MERGE(count_merge) {
    at<CountState>(into).count += at<CountState>(from).count;
    return RowError::kOk;
}
STREAMQL_FINISH(count_finish) { return give(out, at<CountState>(state).count); }

STREAMQL_UPDATE(sum_i64_update) {
    if (a[0].null) return RowError::kOk;
    SumI64State& s = at<SumI64State>(state);
    if (__builtin_add_overflow(s.sum, a[0].i64, &s.sum)) return RowError::kOverflow;
    ++s.count;
    return RowError::kOk;
}
STREAMQL_MERGE(sum_i64_merge) {
    SumI64State& s = at<SumI64State>(into);
    s.count += at<SumI64State>(from).count;
    return __builtin_add_overflow(s.sum, at<SumI64State>(from).sum, &s.sum) ? RowError::kOverflow : RowError::kOk;
}
STREAMQL_FINISH(sum_i64_finish) {
    const SumI64State& s = at<SumI64State>(state);
    return s.count == 0 ? give_null(out) : give(out, s.sum);
}

STREAMQL_UPDATE(sum_f64_update) {
    if (a[0].null) return RowError::kOk;
    at<SumF64State>(state).add(a[0].f64);
    ++at<SumF64State>(state).count;
    return RowError::kOk;
}
STREAMQL_MERGE(sum_f64_merge) {
    SumF64State& s = at<SumF64State>(into);
    const SumF64State& f = at<SumF64State>(from);
    if (f.count == 0) return RowError::kOk;
    s.add(f.sum);
    s.compensation += f.compensation;
    s.count += f.count;
    return RowError::kOk;
}
template <bool average, bool real>
STREAMQL_FINISH(sum_f64_finish) {
    const SumF64State& s = at<SumF64State>(state);
    if (s.count == 0) return give_null(out);
    double v = average ? s.total() / static_cast<double>(s.count) : s.total();
    return give(out, real ? static_cast<double>(static_cast<float>(v)) : v);
}

RowError add_decimal(SumDecimalState& s, const Decimal& v) {
    Decimal sum;
    if (!decimal_add(decimal_of(s.sum, s.scale), v, &sum)) return RowError::kOverflow;
    s.sum = sum.value;
    s.scale = sum.scale;
    return RowError::kOk;
}
template <bool decimal>
STREAMQL_UPDATE(sum_decimal_update) {
    if (a[0].null) return RowError::kOk;
    SumDecimalState& s = at<SumDecimalState>(state);
    ++s.count;
    if constexpr (decimal) return add_decimal(s, a[0].decimal);
    s.sum += a[0].i64;  // 2^63 values of 2^63 fit
    return RowError::kOk;
}
STREAMQL_MERGE(sum_decimal_merge) {
    const SumDecimalState& f = at<SumDecimalState>(from);
    at<SumDecimalState>(into).count += f.count;
    return add_decimal(at<SumDecimalState>(into), decimal_of(f.sum, f.scale));
}
template <bool average>
STREAMQL_FINISH(sum_decimal_finish) {
    const SumDecimalState& s = at<SumDecimalState>(state);
    if (s.count == 0) return give_null(out);
    Decimal sum = decimal_of(s.sum, s.scale);
    if (!decimal_fits(s.sum) || (average && !decimal_divide(sum, decimal_of(s.count), &sum)))
        return RowError::kOverflow;
    return give(out, sum);
}

STREAMQL_UPDATE(sum_interval_update) {
    if (a[0].null) return RowError::kOk;
    SumIntervalState& s = at<SumIntervalState>(state);
    ++s.count;
    return add_intervals(s.sum, a[0].interval, &s.sum) ? RowError::kOk : RowError::kOverflow;
}
STREAMQL_MERGE(sum_interval_merge) {
    SumIntervalState& s = at<SumIntervalState>(into);
    s.count += at<SumIntervalState>(from).count;
    return add_intervals(s.sum, at<SumIntervalState>(from).sum, &s.sum) ? RowError::kOk : RowError::kOverflow;
}
template <bool average>
STREAMQL_FINISH(sum_interval_finish) {
    const SumIntervalState& s = at<SumIntervalState>(state);
    if (s.count == 0) return give_null(out);
    if (!average) return give(out, s.sum);
    Cell args[2] = {Cell::of(s.sum), Cell::of(static_cast<double>(s.count))};
    return sqk_interval_div(&ctx->kernel, args, 2, out);
}

template <bool all>
STREAMQL_UPDATE(bool_update) {
    if (a[0].null) return RowError::kOk;
    BoolState& s = at<BoolState>(state);
    s.value = s.seen == 0 ? a[0].i64 : all ? s.value & a[0].i64 : s.value | a[0].i64;
    s.seen = 1;
    return RowError::kOk;
}
template <bool all>
STREAMQL_MERGE(bool_merge) {
    const BoolState& f = at<BoolState>(from);
    Cell value = Cell::of(f.value);
    return f.seen == 0 ? RowError::kOk : bool_update<all>(ctx, into, &value, nullptr);
}
STREAMQL_FINISH(bool_finish) {
    const BoolState& s = at<BoolState>(state);
    return s.seen == 0 ? give_null(out) : give(out, s.value);
}

RowError add_square(VarianceDecimalState& s, const Decimal& sum, const Decimal& squares) {
    Decimal x, y;
    if (!decimal_add(decimal_of(s.sum, s.scale), sum, &x) ||
        !decimal_add(decimal_of(s.squares, s.squares_scale), squares, &y))
        return RowError::kOverflow;
    s.sum = x.value, s.scale = x.scale;
    s.squares = y.value, s.squares_scale = y.scale;
    return RowError::kOk;
}
template <bool decimal>
STREAMQL_UPDATE(variance_decimal_update) {
    if (a[0].null) return RowError::kOk;
    Decimal v = decimal ? a[0].decimal : decimal_of(a[0].i64), square;
    if (!decimal_multiply(v, v, &square)) return RowError::kOverflow;
    ++at<VarianceDecimalState>(state).count;
    return add_square(at<VarianceDecimalState>(state), v, square);
}
STREAMQL_MERGE(variance_decimal_merge) {
    const VarianceDecimalState& f = at<VarianceDecimalState>(from);
    at<VarianceDecimalState>(into).count += f.count;
    return add_square(at<VarianceDecimalState>(into), decimal_of(f.sum, f.scale),
                      decimal_of(f.squares, f.squares_scale));
}
template <bool sample, bool root>
STREAMQL_FINISH(variance_decimal_finish) {
    const VarianceDecimalState& s = at<VarianceDecimalState>(state);
    if (s.count <= (sample ? 1 : 0)) return give_null(out);
    Decimal squares = decimal_of(s.squares, s.squares_scale), sum = decimal_of(s.sum, s.scale), n = decimal_of(s.count),
            divisor;
    if (!decimal_multiply(n, squares, &squares) || !decimal_multiply(sum, sum, &sum) ||
        !decimal_subtract(squares, sum, &squares) ||
        !decimal_multiply(n, decimal_of(sample ? s.count - 1 : s.count), &divisor))
        return RowError::kOverflow;
    if (squares.value <= 0) return give(out, decimal_of(0));
    Decimal r;
    if (!decimal_divide(squares, divisor, &r) || (root && !decimal_square_root(r, r.scale, &r)))
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
    if (Type(kind).is_float())
        return kernels<VarianceDoubleState>(variance_double_update, variance_double_merge,
                                            variance_double_finish<sample, root>);
    AggregateUpdate update = kind == K::kDecimal ? variance_decimal_update<true> : variance_decimal_update<false>;
    return kernels<VarianceDecimalState>(update, variance_decimal_merge, variance_decimal_finish<sample, root>);
}

}  // namespace

AggregateKernels count_star_kernels() { return kernels<CountState>(count_star_update, count_merge, count_finish); }
AggregateKernels count_kernels() { return kernels<CountState>(count_update, count_merge, count_finish); }

AggregateKernels sum_kernels(TypeKind k) {
    switch (k) {
        case K::kSmallint:
        case K::kInteger:
            return kernels<SumI64State>(sum_i64_update, sum_i64_merge, sum_i64_finish);
        case K::kBigint:
            return kernels<SumDecimalState>(sum_decimal_update<false>, sum_decimal_merge, sum_decimal_finish<false>);
        case K::kDecimal:
            return kernels<SumDecimalState>(sum_decimal_update<true>, sum_decimal_merge, sum_decimal_finish<false>);
        case K::kReal:
            return kernels<SumF64State>(sum_f64_update, sum_f64_merge, sum_f64_finish<false, true>);
        case K::kDouble:
            return kernels<SumF64State>(sum_f64_update, sum_f64_merge, sum_f64_finish<false, false>);
        case K::kInterval:
            return kernels<SumIntervalState>(sum_interval_update, sum_interval_merge, sum_interval_finish<false>);
        default:
            return {};
    }
}

AggregateKernels avg_kernels(TypeKind k) {
    switch (k) {
        case K::kSmallint:
        case K::kInteger:
        case K::kBigint:
            return kernels<SumDecimalState>(sum_decimal_update<false>, sum_decimal_merge, sum_decimal_finish<true>);
        case K::kDecimal:
            return kernels<SumDecimalState>(sum_decimal_update<true>, sum_decimal_merge, sum_decimal_finish<true>);
        case K::kReal:
        case K::kDouble:
            return kernels<SumF64State>(sum_f64_update, sum_f64_merge, sum_f64_finish<true, false>);
        case K::kInterval:
            return kernels<SumIntervalState>(sum_interval_update, sum_interval_merge, sum_interval_finish<true>);
        default:
            return {};
    }
}

AggregateKernels bool_kernels(bool all) {
    return all ? kernels<BoolState>(bool_update<true>, bool_merge<true>, bool_finish)
               : kernels<BoolState>(bool_update<false>, bool_merge<false>, bool_finish);
}

AggregateKernels variance_kernels(TypeKind k, bool sample, bool root) {
    if (sample) return root ? variance_of<true, true>(k) : variance_of<true, false>(k);
    return root ? variance_of<false, true>(k) : variance_of<false, false>(k);
}

#undef STREAMQL_UPDATE
#undef STREAMQL_MERGE
#undef STREAMQL_FINISH

}  // namespace streamql
