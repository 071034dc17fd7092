// The hidden columns of a row (event time, lateness, origin, status), written in one place.
//
// What: copy_hidden and gather_hidden carry them from row to row, derive_hidden begins those of a row that an operator
// makes, stamp_origin those of a row that a scan reads. Generated code has one twin of copy_hidden (codegen's
// HiddenColumns). The ledger's line is a fact of the batch (BatchView::line), and stays with whoever builds it.
// Invariants: tools/check_layering.py lets nobody else write an origin, so that a hidden column more is added here.
// What is written is live (status 0). Ownership, threading: of the batches.
#pragma once
#include <cstring>

#include "runtime/record/batch.h"

namespace streamql {

inline void copy_hidden(const BatchView& from, int64_t row, BatchView& to, int64_t to_row) {
    to.event_time[to_row] = from.event_time[row];
    to.lateness[to_row] = from.lateness[row];
    to.origin[to_row] = from.origin[row];
    to.status[to_row] = 0;
}

/// Rows [at, at + n) of `to` are rows[0..n) of `from` (null: its first n rows).
inline void gather_hidden(const BatchView& from, const int32_t* rows, int64_t n, BatchView& to, int64_t at) {
    if (rows) {
        for (int64_t i = 0; i < n; ++i) to.event_time[at + i] = from.event_time[rows[i]];
        for (int64_t i = 0; i < n; ++i) to.lateness[at + i] = from.lateness[rows[i]];
        for (int64_t i = 0; i < n; ++i) to.origin[at + i] = from.origin[rows[i]];
    } else {
        std::memcpy(to.event_time + at, from.event_time, static_cast<size_t>(n) * sizeof(int64_t));
        std::memcpy(to.lateness + at, from.lateness, static_cast<size_t>(n) * sizeof(int64_t));
        std::memcpy(to.origin + at, from.origin, static_cast<size_t>(n) * sizeof(Origin));
    }
    std::memset(to.status + at, 0, static_cast<size_t>(n));
}

/// A row that an operator makes: nothing is late any more, its own partition is past.
inline void derive_hidden(BatchView& to, int64_t row, int64_t event_time, const Origin& origin) {
    to.event_time[row] = event_time;
    to.lateness[row] = kMinTime;
    to.origin[row] = origin;
    to.status[row] = 0;
}

/// A row that a scan reads; its time and lateness follow when they are known (sq_stamp).
inline void stamp_origin(BatchView& to, int64_t row, const Origin& origin) { to.origin[row] = origin; }

}  // namespace streamql
