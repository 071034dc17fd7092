// JSON arrays and objects <-> ARRAY, STRUCT and MAP values (types/nested.h).
//
// What: a STRUCT takes its fields by name (exactly, else in any case), leaves unknown keys out and fills missing ones
// with NULL; a MAP whose keys are text is an object, any MAP may be an array of pairs. Invariants: `json` is one
// checked value, as for json_to_cell(). Threading: pure functions.
#pragma once
#include <string>
#include <string_view>

#include "runtime/formats/scalar_text.h"

namespace streamql {

/// `json` starts with '[' or '{'.
RowError json_to_nested(const Type& type, std::string_view json, TimestampFormat format, Arena& arena, Cell& out);
void append_json_nested(const Type& type, Str value, TimestampFormat format, std::string& out);

}  // namespace streamql
