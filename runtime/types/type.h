// Types of SQL values and their five physical forms.
//
// What: `Type` is what the binder reasons about; `Physical` is how a value lies in a column, a Cell and generated code.
// Invariants: every logical type has exactly one physical form; a column's cell width is physical_width(). BOOLEAN,
// SMALLINT, INTEGER, BIGINT, DATE, TIME, TIMESTAMP, TIMESTAMPTZ all lie in an int64 (bool 0/1; date = days, times =
// microseconds since 1970-01-01); REAL and DOUBLE in a double (REAL rounded to float after each step). DECIMAL(p,s) and
// NUMERIC share one form: an integer of at most 38 digits with its scale, as PostgreSQL's numeric carries a display
// scale. STRING, BYTES and JSON (its text) are views; ARRAY, STRUCT and MAP are views of one encoded value
// (types/nested.h). Ownership: Type is a small value; nested types share immutable children. Threading: immutable.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace streamql {

enum class TypeKind : uint8_t {
    kNull,  ///< the type of a bare NULL before coercion
    kBoolean,
    kSmallint,
    kInteger,
    kBigint,
    kReal,
    kDouble,
    kDecimal,
    kString,
    kBytes,
    kDate,
    kTime,
    kTimestamp,
    kTimestampTz,
    kInterval,
    kJson,
    kArray,
    kMap,
    kStruct,
};

enum class Physical : uint8_t { kI64, kF64, kStr, kInterval, kDecimal };

struct Type;
struct Field {
    std::string name;
    std::shared_ptr<const Type> type;
    bool operator==(const Field& o) const;
};

struct Type {
    TypeKind kind = TypeKind::kNull;
    int precision = 0;  ///< DECIMAL(p,s); 0 = NUMERIC without a scale. VARCHAR(n) is STRING, n unused.
    int scale = 0;
    std::shared_ptr<const Type> element;               ///< ARRAY's element, MAP's value
    std::shared_ptr<const Type> key;                   ///< MAP's key
    std::shared_ptr<const std::vector<Field>> fields;  ///< STRUCT

    Type() = default;
    Type(TypeKind k) : kind(k) {}
    static Type decimal(int p, int s) {
        Type t(TypeKind::kDecimal);
        t.precision = p;
        t.scale = s;
        return t;
    }
    static Type numeric() { return Type(TypeKind::kDecimal); }
    static Type array(Type element);
    static Type map(Type key, Type value);
    static Type structure(std::vector<Field> fields);

    bool operator==(const Type& o) const;
    /// Same kind and children, DECIMAL's precision and scale ignored.
    bool same_kind(const Type& o) const;
    bool is_integer() const {
        return kind == TypeKind::kSmallint || kind == TypeKind::kInteger || kind == TypeKind::kBigint;
    }
    bool is_float() const { return kind == TypeKind::kReal || kind == TypeKind::kDouble; }
    bool is_numeric() const { return is_integer() || is_float() || kind == TypeKind::kDecimal; }
    bool is_timestamp() const { return kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampTz; }
    bool is_nested() const { return kind == TypeKind::kArray || kind == TypeKind::kMap || kind == TypeKind::kStruct; }
    Physical physical() const;
    /// SQL spelling, e.g. "DECIMAL(12,2)", "ARRAY<STRING>", "STRUCT<os STRING, model STRING>".
    std::string to_string() const;
};

/// Bytes a cell of this form takes in a column: kI64 8, kF64 8, kStr 16, kInterval 16, kDecimal 32.
constexpr int physical_width(Physical p) {
    switch (p) {
        case Physical::kI64:
        case Physical::kF64:
            return 8;
        case Physical::kStr:
        case Physical::kInterval:
            return 16;
        case Physical::kDecimal:
            return 32;
    }
    return 0;
}

inline constexpr int64_t kMinTime = INT64_MIN;  ///< a watermark that promises nothing
inline constexpr int64_t kMaxTime = INT64_MAX;  ///< the end of time

}  // namespace streamql
