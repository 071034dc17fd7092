// Some rows of a batch as a batch: strings are not copied, so it lives no longer than the batch they came from.
#pragma once
#include "runtime/record/batch.h"

namespace streamql {

/// `to` becomes rows[0..n) of `from` (its first `columns` columns), hidden columns and line included.
void select_rows(const BatchView& from, const int32_t* rows, int64_t n, int columns, Batch& to);

/// out.columns[first_column ...] = rows[0..n) of the first `columns` columns of `from`; no hidden columns.
void gather_columns(const BatchView& from, const int32_t* rows, int64_t n, int columns, Batch& to, int first_column);

}  // namespace streamql
