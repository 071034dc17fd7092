// Numbers as text, and the numbers of JSON as values.
//
// Invariants: numbers keep every digit or fail (kOutOfRange); more fractional digits than a DECIMAL declares are
// rounded half away from zero, as PostgreSQL does; DOUBLE is correctly rounded, and printed as the shortest text that
// reads back the same, in PostgreSQL's way. (DECIMAL's text is in types/decimal.h.) Threading: pure functions.
#pragma once
#include <string>
#include <string_view>

#include "runtime/abi/row_error.h"
#include "runtime/types/value.h"

namespace streamql {

void append_int(int64_t v, std::string& to);
/// A REAL with `real`. NaN, Infinity and -Infinity are written as these words.
void append_double(double v, bool real, std::string& to);

/// Whether `text` is a number of RFC 8259 and nothing else.
bool is_json_number(std::string_view text);

/// `text` is a number of RFC 8259. An integer may be written 1.0 or 1e3 if that is exact.
RowError number_to_integer(std::string_view text, int64_t least, int64_t greatest, int64_t& out);
RowError number_to_double(std::string_view text, bool single, double& out);
/// precision 0: NUMERIC, which keeps the digits behind the point as its scale.
RowError number_to_decimal(std::string_view text, int precision, int scale, Decimal& out);
/// The number times 10^digits, rounded, as microseconds since 1970; kOutOfRange outside the calendar.
RowError number_to_timestamp(std::string_view text, int digits, int64_t& micros);

}  // namespace streamql
