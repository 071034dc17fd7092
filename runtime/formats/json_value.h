// One JSON value, already known to be well formed, -> a Cell of any type: the cold half of JSON decoding.
//
// What: the record parser converts common values in place and hands everything else here: quoted numbers, exponents,
// escaped strings, dates, bytes, intervals, JSON and nested columns. Invariants: `json` is exactly one checked RFC 8259
// value without blanks around it. Results view `json` or the arena. Threading: pure functions.
#pragma once
#include <string_view>

#include "runtime/formats/scalar_text.h"

namespace streamql {

RowError json_to_cell(const Type& type, std::string_view json, TimestampFormat format, Arena& arena, Cell& out);

/// Whether `text` is one value of RFC 8259 with nothing but blanks around it; `value` is set to it without them.
bool is_json_text(std::string_view text, Arena& arena, std::string_view& value);

/// Writes a cell of physical form `p` to column memory.
void store_cell(Physical p, const Cell& cell, char* to);
/// Reads it back; not NULL.
Cell load_cell(Physical p, const char* from);

}  // namespace streamql
