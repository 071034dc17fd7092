// The functions of the runtime that generated code may call, beside the scalar and aggregate kernels. One list: codegen
// derives LLVM types and symbols from it (STREAMQL_ABI_FUNCTIONS), so nothing else of the runtime can be reached.
#pragma once
#include "runtime/abi/context.h"

extern "C" {
/// Decodes the wanted columns of every message into `out`, fills metadata columns and origin, sets status (0 or dead).
void sq_decode(streamql::ScanContext*, const streamql::RawBatch*, streamql::BatchView* out) noexcept;
/// Stamps event_time and lateness in order, moves the partition's watermark, refuses NULL and far-future times.
/// `column` is the event-time column, or -1 (no WATERMARK: event_time = kMinTime).
void sq_stamp(streamql::ScanContext*, streamql::BatchView*, int32_t column) noexcept;
/// Row `row` failed: reports it (in a scan also marks its status).
void sq_row_error(streamql::PipelineContext*, int64_t row, int32_t error, int32_t site) noexcept;
/// Compares bytes as memcmp does, shorter first on a tie: <0, 0, >0.
int32_t sq_compare_bytes(const char* a, uint64_t a_size, const char* b, uint64_t b_size) noexcept;
/// a <=> b by value: -1, 0, 1.
int32_t sq_compare_decimal(const streamql::Decimal* a, const streamql::Decimal* b) noexcept;
int32_t sq_compare_interval(const streamql::Interval* a, const streamql::Interval* b) noexcept;
/// Row `row` of an aggregate's input failed.
void sq_aggregate_error(streamql::AggregateContext*, int64_t row, int32_t error, int32_t site) noexcept;
}

#define STREAMQL_ABI_FUNCTIONS(X) \
    X(sq_decode)                  \
    X(sq_stamp) X(sq_row_error) X(sq_compare_bytes) X(sq_compare_decimal) X(sq_compare_interval) X(sq_aggregate_error)
