// Text of one value -> a Cell: what JSON strings and numbers, CSV fields and quoted numbers mean for each scalar type.
//
// Invariants: numbers keep every digit or fail (kOutOfRange); more fractional digits than a DECIMAL declares are
// rounded half away from zero, as PostgreSQL does; DOUBLE is correctly rounded. Strings of the result view `text` or
// the arena. Threading: pure functions.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "runtime/abi/row_error.h"
#include "runtime/base/arena.h"
#include "runtime/types/value.h"

namespace streamql {

/// How timestamps are written in a format: option timestamp.format.
enum class TimestampFormat : uint8_t { kIso, kSeconds, kMillis, kMicros };
TimestampFormat timestamp_format(std::string_view name);

/// Whether `text` is a number of RFC 8259 and nothing else.
bool is_json_number(std::string_view text);

/// `text` is a number of RFC 8259. An integer may be written 1.0 or 1e3 if that is exact.
RowError number_to_integer(std::string_view text, int64_t least, int64_t greatest, int64_t& out);
RowError number_to_double(std::string_view text, bool single, double& out);
/// precision 0: NUMERIC, which keeps the digits behind the point as its scale.
RowError number_to_decimal(std::string_view text, int precision, int scale, Decimal& out);
RowError number_to_timestamp(std::string_view text, TimestampFormat format, int64_t& micros);

/// Least and greatest value of an integer type.
int64_t least_of(TypeKind kind);
int64_t greatest_of(TypeKind kind);

/// Text of a scalar type as CSV holds it: numbers, true/false/t/f, ISO times, \x bytes, PostgreSQL intervals.
/// JSON-valued types (JSON, ARRAY, MAP, STRUCT) are not handled here.
RowError text_to_cell(const Type& type, std::string_view text, TimestampFormat format, Arena& arena, Cell& out);

/// \x0aff, or PostgreSQL's escape form.
bool parse_bytes_text(std::string_view text, Arena& arena, Str& out);

/// Whether all of `text` is UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

}  // namespace streamql
