// A row as it was encoded for PostgreSQL -> text again, for the dead letter of a row that the server refused.
//
// Invariants: takes what encode.h made, nothing else. Threading: pure functions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/postgres/encode.h"

namespace streamql::postgres {

/// The row (int16 number of fields, then fields) as a JSON array of its values' texts, in the order of the sink's
/// columns; NULL is null.
std::string json_of_row(const std::vector<Column>& columns, std::string_view row);

}  // namespace streamql::postgres
