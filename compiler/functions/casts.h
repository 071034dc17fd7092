// Casts: from each type to each other, as PostgreSQL's pg_cast has them.
//
// A cast is a ScalarFunction named "cast". Its kernel takes the value and, where cast_parameters() gives some, those as
// further constant BIGINT arguments: to DECIMAL(p,s) {p, s}. All casts are strict. Casts of arrays (element by element)
// and to structs take a constant STRING argument, the target's type_descriptor (types/nested.h).
#pragma once
#include <vector>

#include "compiler/functions/registry.h"

namespace streamql {

enum class CastContext : uint8_t {
    kImplicit,    ///< in expressions: arguments, comparisons, CASE
    kAssignment,  ///< INSERT into a column
    kExplicit,    ///< CAST(x AS t), x::t
};

/// Null if there is no such cast in this context. Where from == to (or only DECIMAL's precision is dropped) the cast
/// is a no-op: is_no_op_cast() tells, and find_cast gives the copy entry. From kNull everything goes (kCopy; use a
/// typed NULL literal).
const ScalarFunction* find_cast(const Type& from, const Type& to, CastContext context);
bool is_no_op_cast(const Type& from, const Type& to);

/// The constant arguments that follow the value. `text` is the descriptor for nested targets, empty otherwise.
struct CastParameters {
    std::vector<int64_t> numbers;
    std::string text;
};
CastParameters cast_parameters(const Type& from, const Type& to);
/// Every cast there is.
const std::vector<const ScalarFunction*>& all_casts();

}  // namespace streamql
