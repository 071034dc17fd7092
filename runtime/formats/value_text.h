// Values -> text: JSON values by the rules of LANGUAGE.md "JSON out", and the plain text that CSV and the console show.
//
// Invariants: the decoders read back what is written here, for every type. Threading: pure functions.
#pragma once
#include <string>
#include <string_view>

#include "runtime/formats/scalar_text.h"

namespace streamql {

/// `value` may be NULL.
void append_json_value(const Type& type, const Cell& value, TimestampFormat format, std::string& out);
/// Text without quotes; numbers, ISO times and \x bytes; nested values as JSON. `value` is not NULL.
void append_plain_value(const Type& type, const Cell& value, TimestampFormat format, std::string& out);

}  // namespace streamql
