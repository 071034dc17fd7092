// Text of one value -> a Cell: what JSON strings and numbers, CSV fields and quoted numbers mean for each scalar type.
//
// Invariants: those of text/number_text.h and text/iso_time.h, which do the work. Strings of the result view `text` or
// the arena. Threading: pure functions.
#pragma once
#include <string_view>

#include "runtime/abi/row_error.h"
#include "runtime/base/arena.h"
#include "runtime/types/value.h"

namespace streamql {

/// How timestamps are written in a format: option timestamp.format.
enum class TimestampFormat : uint8_t { kIso, kSeconds, kMillis, kMicros };
TimestampFormat timestamp_format(std::string_view name);
/// Digits from the format's unit to a microsecond.
int epoch_digits(TimestampFormat format);

/// Least and greatest value of an integer type.
int64_t least_of(TypeKind kind);
int64_t greatest_of(TypeKind kind);

/// Text of a scalar type as CSV holds it: numbers, true/false/t/f, ISO times, \x bytes, PostgreSQL intervals.
/// JSON-valued types (JSON, ARRAY, MAP, STRUCT) are not handled here.
RowError text_to_cell(const Type& type, std::string_view text, TimestampFormat format, Arena& arena, Cell& out);

}  // namespace streamql
