// Any value as text and back, as PostgreSQL's casts to and from text do it.
//
// What: used by casts, `||` and concat. Parsers take surrounding spaces where PostgreSQL does. Threading: pure
// functions.
#pragma once
#include <string>
#include <string_view>

#include "runtime/abi/row_error.h"
#include "runtime/base/arena.h"
#include "runtime/time/timezone.h"
#include "runtime/types/value.h"

namespace streamql {

/// Appends a value that is not NULL. Struct as (a,b), array as {a,b}, map as JSON-like {"k": v}.
void append_text(TypeKind kind, const Cell& value, const TimeZone& zone, std::string& to);

/// Text -> value of `type`. kBadCast if malformed, kOverflow if out of range. Strings in the result view `text` or
/// `arena`.
RowError parse_value(const Type& type, std::string_view text, const TimeZone& zone, Arena& arena, Cell* out);
bool parse_bool(std::string_view text, int64_t* out);
RowError parse_int(TypeKind kind, std::string_view text, int64_t* out);
RowError parse_double(std::string_view text, bool real, double* out);
/// RFC 8259, whole text.
bool is_json(std::string_view text);

}  // namespace streamql
