#include "runtime/functions/aggregates.h"

#include <cmath>

#include "runtime/functions/aggregate_kernels.h"
#include "runtime/functions/time_arithmetic.h"
#include "runtime/types/decimal.h"

namespace streamql {

namespace {

using K = TypeKind;
using namespace aggregate_kernels;

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
template <class State>
AggregateKernels kernels(AggregateUpdate update, AggregateMerge merge, AggregateFinish finish,
                         AggregateUpdate check = nullptr) {
    static_assert(sizeof(State) % 16 == 0);
    std::vector<StateField> fields;
    if constexpr (std::is_same_v<State, SumDecimalState>)
        fields = {{offsetof(SumDecimalState, scale), StateField::Kind::kScale}};
    return {sizeof(State), init<State>, update, merge, finish, fields, check};
}

/// Of an aggregate whose added(state, value, result) gives the state with one value more, or fails: the update, and
/// the question whether it would fail.
template <class State, auto added>
STREAMQL_UPDATE(adding_update) {
    if (a[0].null) return RowError::kOk;
    State result;
    const RowError error = added(at<State>(state), a[0], &result);
    if (error == RowError::kOk) at<State>(state) = result;
    return error;
}
template <class State, auto added>
STREAMQL_UPDATE(adding_check) {
    State result;
    return a[0].null ? RowError::kOk : added(at<State>(state), a[0], &result);
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

RowError sum_i64_added(const SumI64State& s, const Cell& v, SumI64State* out) {
    out->count = s.count + 1;
    return __builtin_add_overflow(s.sum, v.i64, &out->sum) ? RowError::kOverflow : RowError::kOk;
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

RowError add_decimal(const SumDecimalState& s, const Decimal& v, int64_t count, SumDecimalState* out) {
    Decimal sum;
    if (!decimal_add(decimal_of(s.sum, s.scale), v, &sum)) return RowError::kOverflow;
    *out = {sum.value, s.count + count, sum.scale, 0};
    return RowError::kOk;
}
RowError sum_decimal_added(const SumDecimalState& s, const Cell& v, SumDecimalState* out) {
    return add_decimal(s, v.decimal, 1, out);
}
STREAMQL_UPDATE(sum_integer_update) {
    if (a[0].null) return RowError::kOk;
    SumDecimalState& s = at<SumDecimalState>(state);
    ++s.count;
    s.sum += a[0].i64;  // 2^63 values of 2^63 fit
    return RowError::kOk;
}
STREAMQL_MERGE(sum_decimal_merge) {
    const SumDecimalState& f = at<SumDecimalState>(from);
    return add_decimal(at<SumDecimalState>(into), decimal_of(f.sum, f.scale), f.count, &at<SumDecimalState>(into));
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

RowError sum_interval_added(const SumIntervalState& s, const Cell& v, SumIntervalState* out) {
    out->count = s.count + 1;
    out->pad = 0;
    return add_intervals(s.sum, v.interval, &out->sum) ? RowError::kOk : RowError::kOverflow;
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

}  // namespace

AggregateKernels count_star_kernels() { return kernels<CountState>(count_star_update, count_merge, count_finish); }
AggregateKernels count_kernels() { return kernels<CountState>(count_update, count_merge, count_finish); }

namespace {
template <bool average>
AggregateKernels decimal_sums(K k) {
    if (k != K::kDecimal)
        return kernels<SumDecimalState>(sum_integer_update, sum_decimal_merge, sum_decimal_finish<average>);
    return kernels<SumDecimalState>(adding_update<SumDecimalState, sum_decimal_added>, sum_decimal_merge,
                                    sum_decimal_finish<average>, adding_check<SumDecimalState, sum_decimal_added>);
}
template <bool average>
AggregateKernels interval_sums() {
    return kernels<SumIntervalState>(adding_update<SumIntervalState, sum_interval_added>, sum_interval_merge,
                                     sum_interval_finish<average>, adding_check<SumIntervalState, sum_interval_added>);
}
}  // namespace

AggregateKernels sum_kernels(TypeKind k) {
    switch (k) {
        case K::kSmallint:
        case K::kInteger:
            return kernels<SumI64State>(adding_update<SumI64State, sum_i64_added>, sum_i64_merge, sum_i64_finish,
                                        adding_check<SumI64State, sum_i64_added>);
        case K::kBigint:
        case K::kDecimal:
            return decimal_sums<false>(k);
        case K::kReal:
            return kernels<SumF64State>(sum_f64_update, sum_f64_merge, sum_f64_finish<false, true>);
        case K::kDouble:
            return kernels<SumF64State>(sum_f64_update, sum_f64_merge, sum_f64_finish<false, false>);
        case K::kInterval:
            return interval_sums<false>();
        default:
            return {};
    }
}

AggregateKernels avg_kernels(TypeKind k) {
    switch (k) {
        case K::kSmallint:
        case K::kInteger:
        case K::kBigint:
        case K::kDecimal:
            return decimal_sums<true>(k);
        case K::kReal:
        case K::kDouble:
            return kernels<SumF64State>(sum_f64_update, sum_f64_merge, sum_f64_finish<true, false>);
        case K::kInterval:
            return interval_sums<true>();
        default:
            return {};
    }
}

AggregateKernels bool_kernels(bool all) {
    return all ? kernels<BoolState>(bool_update<true>, bool_merge<true>, bool_finish)
               : kernels<BoolState>(bool_update<false>, bool_merge<false>, bool_finish);
}

}  // namespace streamql
