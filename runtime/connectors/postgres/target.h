// The table a sink writes to: made when asked, checked against the sink's columns, and described for the writer.
//
// Invariants: after prepare_target() every sink column has a table column that takes every value of its type (or the
// row is refused by name), and upsert has a unique index on exactly the key. Key columns come first. Threading: called
// once.
#pragma once
#include <string>
#include <vector>

#include "runtime/connectors/postgres/conninfo.h"
#include "runtime/connectors/postgres/encode.h"
#include "runtime/program/program.h"

namespace streamql::postgres {

struct Target {
    std::string shown;            ///< schema.table for people
    std::string quoted;           ///< for SQL
    std::vector<Column> columns;  ///< in the order they are sent
    int key_columns = 0;          ///< leading; 0 = append
    /// COPY ... FROM STDIN, or INSERT ... SELECT FROM unnest ... ON CONFLICT.
    std::string copy_sql() const;
    std::string upsert_sql() const;
};

/// Connects (waiting at most connect_timeout), runs `setup`, makes and checks the table.
Result<Target> prepare_target(const SinkSpec& spec, const Conninfo& where);

}  // namespace streamql::postgres
