// How scalar kernels are written: one signature, and short ways to give a result.
//
// Invariants: a kernel sets *out on success; on an error *out is not looked at. Strict kernels see no NULL. Results of
// variable size lie in ctx->arena or view an argument or a constant. Threading: kernels keep no state but thread-local
// caches.
#pragma once
#include <string>
#include <string_view>

#include "runtime/abi/context.h"
#include "runtime/time/timezone.h"

#define STREAMQL_KERNEL(name)                                                                       \
    ::streamql::RowError name(::streamql::KernelContext* ctx, const ::streamql::Cell* a, int32_t n, \
                              ::streamql::Cell* out) noexcept

namespace streamql {

inline RowError give(Cell* out, int64_t v) {
    out->i64 = v;
    out->null = false;
    return RowError::kOk;
}
inline RowError give(Cell* out, bool v) { return give(out, static_cast<int64_t>(v)); }
inline RowError give(Cell* out, int v) { return give(out, static_cast<int64_t>(v)); }
inline RowError give(Cell* out, double v) {
    out->f64 = v;
    out->null = false;
    return RowError::kOk;
}
inline RowError give(Cell* out, Str v) {
    out->str = v;
    out->null = false;
    return RowError::kOk;
}
/// Views a constant or an argument.
inline RowError give(Cell* out, std::string_view v) { return give(out, Str::of(v)); }
inline RowError give(Cell* out, const Interval& v) {
    out->interval = v;
    out->null = false;
    return RowError::kOk;
}
inline RowError give(Cell* out, const Decimal& v) {
    out->decimal = v;
    out->null = false;
    return RowError::kOk;
}
inline RowError give_null(Cell* out) {
    out->null = true;
    return RowError::kOk;
}
inline RowError give_copy(KernelContext* ctx, Cell* out, std::string_view v) { return give(out, ctx->arena->copy(v)); }

inline const TimeZone& job_zone(const KernelContext* ctx) {
    return ctx->timezone != nullptr ? *static_cast<const TimeZone*>(ctx->timezone) : utc();
}
/// A buffer reused by this thread's kernels that build text; cleared.
inline std::string& scratch() {
    thread_local std::string buffer;
    buffer.clear();
    return buffer;
}

}  // namespace streamql
