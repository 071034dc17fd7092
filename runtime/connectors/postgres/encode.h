// Values -> PostgreSQL's binary field form, which COPY and array parameters share: a length, then the bytes; -1 for
// NULL.
//
// Invariants: what encode_field() appends is always one whole field; after a refusal the caller cuts `out` back.
// Threading: pure functions over an immutable Column.
#pragma once
#include <cstdint>
#include <string>

#include "runtime/types/value.h"

namespace streamql::postgres {

/// How a column travels. kArrayLiteral: an array inside an array parameter, which unnest would take apart, goes as
/// text.
enum class Wire : uint8_t {
    kBool,
    kInt2,
    kInt4,
    kInt8,
    kFloat4,
    kFloat8,
    kNumeric,
    kText,
    kBytes,
    kDate,
    kTime,
    kTimestamp,
    kInterval,
    kJson,
    kJsonb,
    kArray,
    kArrayLiteral,
};

struct Column {
    std::string name;
    Type type;       ///< ours
    int source = 0;  ///< index in the sink's batch
    Wire wire = Wire::kText;
    Wire element = Wire::kText;  ///< kArray
    uint32_t element_oid = 0;    ///< kArray
    uint32_t oid = 0;            ///< of the wire form
    std::string sql_type;        ///< the table's, with its modifiers
    bool not_null = false;
    int digits = -1, scale = 0;  ///< numeric(p,s): digits before the point, and behind; -1 = any
    int max_characters = -1;     ///< varchar(n), char(n)
};

inline constexpr int64_t kEpochDays = 10957;  ///< 2000-01-01, from which PostgreSQL counts
inline constexpr int64_t kEpochMicros = kEpochDays * 86'400'000'000;

/// Appends one field. Null on success; else why the value cannot be stored.
const char* encode_field(const Column& column, const Cell& value, std::string& out);

void append_int16(std::string& out, int16_t v);
void append_int32(std::string& out, int32_t v);

/// Oids of PostgreSQL's built-in types, which never change.
namespace oid {
inline constexpr uint32_t kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25, kJson = 114,
                          kFloat4 = 700, kFloat8 = 701, kBpchar = 1042, kVarchar = 1043, kDate = 1082, kTime = 1083,
                          kTimestamp = 1114, kTimestampTz = 1184, kInterval = 1186, kNumeric = 1700, kJsonb = 3802;
}

}  // namespace streamql::postgres
