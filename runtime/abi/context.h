// The structs that generated code and C++ kernels are handed, and the signatures of generated functions.
//
// What: the visible half of the seam; the other half, functions callable from generated code, is abi/exports.h.
// Invariants: generated functions are noexcept, never unwind, keep no pointer past the call, and touch only what is
// here. Threading: one context per worker and node; never shared.
#pragma once
#include <cstdint>

#include "runtime/abi/row_error.h"
#include "runtime/base/arena.h"
#include "runtime/record/batch.h"

namespace streamql {

/// What a scalar kernel may use beside its arguments.
struct KernelContext {
    Arena* arena = nullptr;          ///< for results; valid until the batch has been handed on
    int64_t now_micros = 0;          ///< processing time of this batch (now())
    const void* timezone = nullptr;  ///< the job's time zone (runtime/time/timezone.h: const TimeZone*)
};

/// A scalar kernel. Strict functions never see a NULL argument. `out->null` is always set by the kernel. Must not
/// throw. `args` are `count` Cells.
using ScalarKernel = RowError (*)(KernelContext*, const Cell* args, int32_t count, Cell* out) noexcept;

/// Calls back into the engine; `self` is the engine's node.
struct NodeCallbacks {
    /// Row `row` of the input failed; it will not be in the output. `site` names the expression (index into the
    /// node's table of sites: column or expression text for the dead letter).
    void (*row_error)(void* self, int64_t row, RowError error, int32_t site) = nullptr;
};

struct PipelineContext {
    KernelContext kernel;  // first member: a PipelineContext* is a KernelContext*
    NodeCallbacks callbacks;
    void* self = nullptr;        ///< the engine's node, for callbacks
    const void* user = nullptr;  ///< for interpreted programs (FunctionSlot::user); unused by generated code
    int64_t filtered = 0;        ///< rows dropped by filters; the function adds to it
};

/// in -> out: filters and projects. Skips input rows whose status is not 0. Writes out dense, at most in->rows rows
/// (the engine made room), sets out->rows, copies event_time, lateness, origin of passing rows, sets their status to 0.
using PipelineFunction = void (*)(PipelineContext*, const BatchView* in, BatchView* out);

/// Sets keep[i] = 1 where the condition is TRUE on row i of the pair batch, else 0 (errors are reported, keep 0).
using ConditionFunction = void (*)(PipelineContext*, const BatchView* pairs, uint8_t* keep);

struct RawBatch;
struct ScanContext {
    PipelineContext pipeline;  // first member
    void* scanner =
        nullptr;  ///< runtime/engine's scanner: decoder and the partition's watermark; opaque to generated code
};
/// One whole batch of raw messages -> columns of `out`, with status set (0 = live). Calls sq_decode, computes computed
/// columns, calls sq_stamp (event time, lateness, max_future), runs CHECKs. out->rows = in->count.
using ScanFunction = void (*)(ScanContext*, const RawBatch* in, BatchView* out);

/// What an aggregate kernel may use: memory for values that do not fit the fixed state, in the table's own pages.
struct AggregateContext {
    KernelContext kernel;   // first member
    void* pages = nullptr;  ///< runtime/state PageStore* of the table that the state belongs to
    NodeCallbacks callbacks;
    void* self = nullptr;
    const void* user = nullptr;
};
/// The hidden facts of the row being added.
struct AggregateRow {
    int64_t event_time;
    Origin origin;
};
/// C++ kernels of an aggregate; generated code has fast paths for the simple ones and calls these for the rest.
/// State blocks are 16-byte aligned, relocatable bytes without pointers.
using AggregateInit = void (*)(char* state) noexcept;
using AggregateUpdate = RowError (*)(AggregateContext*, char* state, const Cell* args, const AggregateRow*) noexcept;
/// `from` may lie in other pages than `into` (from_pages).
using AggregateMerge = RowError (*)(AggregateContext*, char* into, const char* from, void* from_pages) noexcept;
using AggregateFinish = RowError (*)(AggregateContext*, const char* state, Cell* out) noexcept;

/// A place in a state block that is more than its own bytes: it refers to the table's pages, or has a range to keep to.
/// State that is saved is read and checked by these.
struct StateField {
    enum class Kind : uint8_t {
        kBytes,       ///< a StateBytes (state/aggregate_memory.h)
        kSet,         ///< a StateSet of values of `value_bytes` each, 0 = any
        kDecimalSet,  ///< a StateSet of decimals: 16 bytes of value, 4 of scale
        kScale,       ///< the int32 scale of a decimal
    };
    int32_t offset = 0;
    Kind kind = Kind::kBytes;
    int32_t value_bytes = 0;
};

/// All aggregates of one operator together. `states[i]` is the state block of row rows[i] of `in`, i < n.
using UpdateFunction = void (*)(AggregateContext*, const BatchView* in, const int32_t* rows, char* const* states,
                                int64_t n);
using InitFunction = void (*)(AggregateContext*, char* state);
/// Gives a RowError.
using MergeFunction = int32_t (*)(AggregateContext*, char* into, const char* from, void* from_pages);
/// Writes the results into columns [first_column, ...) of row `row`; gives a RowError.
using FinishFunction = int32_t (*)(AggregateContext*, const char* state, BatchView* out, int64_t row,
                                   int32_t first_column);

}  // namespace streamql
