// The small parts that all AST nodes are made of: identifiers, names, durations, written types.
//
// Invariants: an Identifier that was not quoted is folded to lower case; one in double quotes or backticks is kept as
// it is. Every node carries the Span of its text. Ownership: plain values. Threading: immutable after parsing.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "compiler/diagnostics/span.h"
#include "runtime/types/value.h"

namespace streamql::ast {

struct Identifier {
    std::string text;
    bool quoted = false;
    Span span;
};

/// One or more identifiers joined by dots: `clicks`, `c.device.os`.
struct Name {
    std::vector<Identifier> parts;
    Span span;

    const Identifier& last() const { return parts.back(); }
    /// The parts joined by dots, without quotes: for messages and lookup.
    std::string to_string() const;
};

/// A length of time as a clause takes it: `INTERVAL '5' MINUTE`, `5 MINUTES`, `'5 minutes'`.
struct Duration {
    Interval value;
    Span span;
};

struct TypeName;

/// A field of STRUCT<...> or ROW(...).
struct TypeField;

/// A type as written. `name` is lower case, its words joined by one space ("double precision", "timestamp with time
/// zone"); `T[]` is name "array" with one child.
struct TypeName {
    std::string name;
    std::vector<int> parameters;     ///< DECIMAL(12,2) -> {12, 2}; VARCHAR(20), TIMESTAMP(3)
    std::vector<TypeName> children;  ///< ARRAY: element; MAP: key, value
    std::vector<TypeField> fields;   ///< STRUCT
    Span span;
};

struct TypeField {
    Identifier name;
    TypeName type;
};

}  // namespace streamql::ast
