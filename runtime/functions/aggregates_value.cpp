// Aggregates that keep a value or a set of values (aggregates.h): MIN, MAX, FIRST_VALUE, LAST_VALUE and the DISTINCT
// forms.
#include <cmath>
#include <limits>
#include <tuple>

#include "runtime/functions/aggregate_kernels.h"
#include "runtime/state/aggregate_memory.h"
#include "runtime/types/decimal.h"
#include "runtime/types/nested.h"

namespace streamql {

namespace {

using K = TypeKind;
using namespace aggregate_kernels;

/// How a value of each physical form is kept in a state.
template <Physical>
struct Kept;
template <>
struct Kept<Physical::kI64> {
    int64_t v;
    Cell load(const void*) const { return Cell::of(v); }
    void store(void*, const Cell& c) { v = c.i64; }
    static constexpr K kind = K::kBigint;
};
template <>
struct Kept<Physical::kF64> {
    double v;
    Cell load(const void*) const { return Cell::of(v); }
    void store(void*, const Cell& c) { v = c.f64; }
    static constexpr K kind = K::kDouble;
};
template <>
struct Kept<Physical::kStr> {
    StateBytes v;
    Cell load(const void* pages) const { return Cell::of(Str::of(get_bytes(pages, v))); }
    void store(void* pages, const Cell& c) { set_bytes(pages, &v, c.str.view()); }
    static constexpr K kind = K::kString;
};
template <>
struct Kept<Physical::kInterval> {
    Interval v;
    Cell load(const void*) const { return Cell::of(v); }
    void store(void*, const Cell& c) { v = c.interval; }
    static constexpr K kind = K::kInterval;
};
template <>
struct Kept<Physical::kDecimal> {
    Decimal v;
    Cell load(const void*) const { return Cell::of(v); }
    void store(void*, const Cell& c) { v = c.decimal; }
    static constexpr K kind = K::kDecimal;
};

/// Of a state that begins with a Kept<p>.
template <Physical p>
std::vector<StateField> kept_fields() {
    if (p == Physical::kStr) return {{0, StateField::Kind::kBytes}};
    if (p == Physical::kDecimal) return {{offsetof(Decimal, scale), StateField::Kind::kScale}};
    return {};
}

template <Physical p>
struct alignas(16) ExtremeState {
    Kept<p> value;
    int64_t seen;
};
static_assert(sizeof(ExtremeState<Physical::kI64>) == sizeof(ExtremeI64State) &&
              sizeof(ExtremeState<Physical::kF64>) == sizeof(ExtremeF64State));

template <Physical p, bool greatest, K kind>
STREAMQL_UPDATE(extreme_update) {
    auto& s = at<ExtremeState<p>>(state);
    if (a[0].null) return RowError::kOk;
    if (s.seen != 0) {
        int order = cell_compare(kind, a[0], s.value.load(ctx->pages));
        if (greatest ? order <= 0 : order >= 0) return RowError::kOk;
    }
    s.value.store(ctx->pages, a[0]);
    s.seen = 1;
    return RowError::kOk;
}
template <Physical p, bool greatest, K kind>
STREAMQL_MERGE(extreme_merge) {
    const auto& f = at<ExtremeState<p>>(from);
    if (f.seen == 0) return RowError::kOk;
    Cell value = f.value.load(from_pages);
    return extreme_update<p, greatest, kind>(ctx, into, &value, nullptr);
}
template <Physical p>
STREAMQL_FINISH(extreme_finish) {
    const auto& s = at<ExtremeState<p>>(state);
    if (s.seen == 0) return give_null(out);
    *out = s.value.load(ctx->pages);
    return RowError::kOk;
}

template <Physical p, bool greatest, K kind = Kept<p>::kind>
AggregateKernels extreme_of() {
    using State = ExtremeState<p>;
    return {sizeof(State),     init<State>,     extreme_update<p, greatest, kind>, extreme_merge<p, greatest, kind>,
            extreme_finish<p>, kept_fields<p>()};
}

template <Physical p>
struct alignas(16) OrderedState {
    Kept<p> value;
    int64_t event_time;
    Origin origin;
    int32_t seen;  // 1 a value, 2 NULL
};

bool before(const AggregateRow& x, int64_t time, const Origin& origin) {
    return std::tie(x.event_time, x.origin) < std::tie(time, origin);
}

template <Physical p, bool last>
STREAMQL_UPDATE(ordered_update) {
    auto& s = at<OrderedState<p>>(state);
    if (s.seen != 0 && before(*row, s.event_time, s.origin) == last) return RowError::kOk;
    s.event_time = row->event_time;
    s.origin = row->origin;
    s.seen = a[0].null ? 2 : 1;
    if (!a[0].null) s.value.store(ctx->pages, a[0]);
    return RowError::kOk;
}
template <Physical p, bool last>
STREAMQL_MERGE(ordered_merge) {
    const auto& f = at<OrderedState<p>>(from);
    if (f.seen == 0) return RowError::kOk;
    Cell value = f.seen == 1 ? f.value.load(from_pages) : Cell();
    AggregateRow row{f.event_time, f.origin};
    return ordered_update<p, last>(ctx, into, &value, &row);
}
template <Physical p>
STREAMQL_FINISH(ordered_finish) {
    const auto& s = at<OrderedState<p>>(state);
    if (s.seen != 1) return give_null(out);
    *out = s.value.load(ctx->pages);
    return RowError::kOk;
}
template <Physical p, bool last>
AggregateKernels ordered_of() {
    using State = OrderedState<p>;
    return {sizeof(State),          init<State>,       ordered_update<p, last>,
            ordered_merge<p, last>, ordered_finish<p>, kept_fields<p>()};
}

struct alignas(16) DistinctState {
    StateSet values;
    int32_t scale;  ///< DECIMAL: the most digits after the point that came; equal values differ in them
};

/// Equal values have equal bytes.
template <Physical p>
std::string_view canonical(const Cell& c, char* buffer) {
    if constexpr (p == Physical::kStr) return c.str.view();
    auto put = [buffer](const auto& v) {
        std::memcpy(buffer, &v, sizeof(v));
        return std::string_view(buffer, sizeof(v));
    };
    if constexpr (p == Physical::kI64) return put(c.i64);
    if constexpr (p == Physical::kF64)
        return put(c.f64 == 0 ? 0.0 : std::isnan(c.f64) ? std::numeric_limits<double>::quiet_NaN() : c.f64);
    if constexpr (p == Physical::kInterval) return put(interval_span(c.interval));
    if constexpr (p == Physical::kDecimal) {
        Decimal d = c.decimal;
        while (d.scale > 0 && d.value % 10 == 0) d.value /= 10, --d.scale;
        std::memcpy(buffer, &d.value, 16);
        std::memcpy(buffer + 16, &d.scale, 4);
        return {buffer, 20};
    }
}

template <Physical p>
Cell from_canonical(std::string_view bytes) {
    Cell c;
    c.null = false;
    if constexpr (p == Physical::kI64) std::memcpy(&c.i64, bytes.data(), 8);
    if constexpr (p == Physical::kF64) std::memcpy(&c.f64, bytes.data(), 8);
    if constexpr (p == Physical::kDecimal) {
        Int128 value;
        int32_t scale;
        std::memcpy(&value, bytes.data(), 16);
        std::memcpy(&scale, bytes.data() + 16, 4);
        c.decimal = decimal_of(value, scale);
    }
    return c;
}

template <Physical p>
STREAMQL_UPDATE(distinct_update) {
    char buffer[32];
    DistinctState& s = at<DistinctState>(state);
    if (a[0].null) return RowError::kOk;
    set_insert(ctx->pages, &s.values, canonical<p>(a[0], buffer));
    if constexpr (p == Physical::kDecimal) s.scale = std::max(s.scale, a[0].decimal.scale);
    return RowError::kOk;
}
STREAMQL_MERGE(distinct_merge) {
    DistinctState& s = at<DistinctState>(into);
    s.scale = std::max(s.scale, at<DistinctState>(from).scale);
    set_for_each(from_pages, at<DistinctState>(from).values,
                 [&](std::string_view v) { set_insert(ctx->pages, &s.values, v); });
    return RowError::kOk;
}
STREAMQL_FINISH(distinct_count) { return give(out, static_cast<int64_t>(at<DistinctState>(state).values.size)); }

/// The plain aggregate over the set.
template <AggregateKernels (*plain)(K), K kind>
STREAMQL_FINISH(distinct_finish) {
    static const AggregateKernels inner = plain(kind);
    alignas(16) char folded[64];
    inner.init(folded);
    RowError error = RowError::kOk;
    set_for_each(ctx->pages, at<DistinctState>(state).values, [&](std::string_view v) {
        Cell c = from_canonical < kind == K::kDecimal     ? Physical::kDecimal
                 : kind == K::kDouble || kind == K::kReal ? Physical::kF64
                                                          : Physical::kI64 > (v);
        if constexpr (kind == K::kDecimal) {  // what has too many digits so stays as it is
            Decimal shown;
            if (decimal_rescale(c.decimal, at<DistinctState>(state).scale, &shown)) c.decimal = shown;
        }
        RowError e = inner.update(ctx, folded, &c, nullptr);
        if (e != RowError::kOk) error = e;
    });
    return error != RowError::kOk ? error : inner.finish(ctx, folded, out);
}

AggregateKernels distinct(const Type& type, AggregateFinish finish) {
    using Kind = StateField::Kind;
    AggregateKernels k{sizeof(DistinctState), init<DistinctState>, nullptr, distinct_merge, finish, {}};
    auto set_of = [&k](Kind kind, int32_t bytes) { k.fields = {{offsetof(DistinctState, values), kind, bytes}}; };
    switch (type.physical()) {
        case Physical::kI64:
            k.update = distinct_update<Physical::kI64>;
            set_of(Kind::kSet, 8);
            break;
        case Physical::kF64:
            k.update = distinct_update<Physical::kF64>;
            set_of(Kind::kSet, 8);
            break;
        case Physical::kStr:
            k.update = distinct_update<Physical::kStr>;
            set_of(Kind::kSet, 0);
            break;
        case Physical::kInterval:
            k.update = distinct_update<Physical::kInterval>;
            set_of(Kind::kSet, 16);
            break;
        case Physical::kDecimal:
            k.update = distinct_update<Physical::kDecimal>;
            set_of(Kind::kDecimalSet, 20);
            k.fields.push_back({offsetof(DistinctState, scale), Kind::kScale});
            break;
    }
    return k;
}

template <AggregateKernels (*plain)(K)>
AggregateKernels distinct_of(K kind) {
    switch (kind) {
        case K::kSmallint:
            return distinct(kind, distinct_finish<plain, K::kSmallint>);
        case K::kInteger:
            return distinct(kind, distinct_finish<plain, K::kInteger>);
        case K::kBigint:
            return distinct(kind, distinct_finish<plain, K::kBigint>);
        case K::kReal:
            return distinct(kind, distinct_finish<plain, K::kReal>);
        case K::kDouble:
            return distinct(kind, distinct_finish<plain, K::kDouble>);
        case K::kDecimal:
            return distinct(kind, distinct_finish<plain, K::kDecimal>);
        default:
            return {};
    }
}

template <bool greatest>
AggregateKernels extreme_for(const Type& type) {
    if (type.is_nested()) return extreme_of<Physical::kStr, greatest, K::kArray>();
    switch (type.physical()) {
        case Physical::kI64:
            return extreme_of<Physical::kI64, greatest>();
        case Physical::kF64:
            return extreme_of<Physical::kF64, greatest>();
        case Physical::kStr:
            return extreme_of<Physical::kStr, greatest>();
        case Physical::kInterval:
            return extreme_of<Physical::kInterval, greatest>();
        case Physical::kDecimal:
            return extreme_of<Physical::kDecimal, greatest>();
    }
    return {};
}

template <bool last>
AggregateKernels ordered_for(const Type& type) {
    switch (type.physical()) {
        case Physical::kI64:
            return ordered_of<Physical::kI64, last>();
        case Physical::kF64:
            return ordered_of<Physical::kF64, last>();
        case Physical::kStr:
            return ordered_of<Physical::kStr, last>();
        case Physical::kInterval:
            return ordered_of<Physical::kInterval, last>();
        case Physical::kDecimal:
            return ordered_of<Physical::kDecimal, last>();
    }
    return {};
}

}  // namespace

AggregateKernels extreme_kernels(bool greatest, const Type& t) {
    return greatest ? extreme_for<true>(t) : extreme_for<false>(t);
}
AggregateKernels first_last_kernels(bool last, const Type& t) {
    return last ? ordered_for<true>(t) : ordered_for<false>(t);
}
AggregateKernels count_distinct_kernels(const Type& argument) { return distinct(argument, distinct_count); }
AggregateKernels sum_distinct_kernels(TypeKind k) { return distinct_of<sum_kernels>(k); }
AggregateKernels avg_distinct_kernels(TypeKind k) { return distinct_of<avg_kernels>(k); }

}  // namespace streamql
