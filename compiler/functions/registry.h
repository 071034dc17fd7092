// The registry of scalar functions, operators, casts and aggregates: one entry an overload.
//
// What: binder and codegen look everything up here; the grammar names no function. Operators are entries under their
// SQL spelling ("+", "||", "LIKE", "->>"; unary minus is "-" with one argument). Casts are found by functions/casts.h,
// overloads by functions/resolve.h. Kernels live in runtime/functions; `symbol` is the name generated code calls them
// by. Invariants: a kernel's arguments are exactly of the types resolve() gave (all coercions are Calls of casts), so
// their physical forms are fixed. Symbols are unique. Entries live forever and never move. Threading: immutable after
// the first call.
#pragma once
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/abi/context.h"
#include "runtime/types/type.h"

namespace streamql {

/// What a parameter accepts. kElement/kArray/kMapValue/kMapKey bind one type variable each across the parameters of an
/// entry.
struct TypePattern {
    enum class Kind : uint8_t {
        kExact,    ///< `type`'s kind (DECIMAL of any precision)
        kAny,      ///< anything, as it is
        kElement,  ///< the element type T
        kArray,    ///< ARRAY<T>
        kMap,      ///< MAP<K,V>
        kMapKey,   ///< K of the MAP
        kStruct,   ///< any STRUCT
    };
    Kind kind = Kind::kExact;
    TypeKind type = TypeKind::kNull;
    TypePattern(TypeKind t) : type(t) {}
    TypePattern(Kind k) : kind(k) {}
};

/// What codegen may emit in IR instead of calling the kernel. The operands' kind is args[0].type: kSmallint, kInteger
/// and kBigint lie in int64 and are checked against their own width (kOverflow); kReal rounds to float. All operands
/// are of one kind. Comparisons are per physical form of args[0] and give 0/1: kI64 signed; kF64 PostgreSQL's order
/// (NaN equal to itself and greatest, -0 = 0); kStr sq_compare_bytes; kDecimal / kInterval through exports.h. Entries
/// of nested and JSON types have kNone.
enum class Operation : uint8_t {
    kNone,
    kAdd,
    kSub,
    kMul,  ///< ints: overflow -> kOverflow. Floats: finite operands giving infinity -> kOverflow; for kMul a zero
           ///< from non-zero operands too (underflow), as PostgreSQL.
    kDiv,  ///< ints: by zero -> kDivisionByZero, MIN / -1 -> kOverflow, truncates. Floats: by zero -> kDivisionByZero,
           ///< infinity from finite, or zero from a non-zero over a finite -> kOverflow.
    kMod,  ///< ints only: by zero -> kDivisionByZero, x % -1 = 0, sign of the dividend
    kNeg,  ///< ints: of MIN -> kOverflow
    kEq,
    kNe,
    kLt,
    kLe,
    kGt,
    kGe,
    kCopy,         ///< cast whose result has the same bits: widening ints, REAL -> DOUBLE, STRING <-> STRING ...
    kIntToDouble,  ///< cast: int64 -> double (to REAL: not this one)
    kNarrowInt,    ///< cast: int64 range-checked against the result's kind -> kOverflow
};

using ResultRule = Type (*)(const std::vector<Type>& args);

/// An argument that chooses how a function works; a constant that the kernel can never take there (kInvalidArgument) is
/// an error of the query (constant_arguments.h).
struct JudgedArgument {
    size_t index = 0;
    const char* good = "";                           ///< text of a value that works
    const char* accepts = "";                        ///< one sentence for people
    std::string (*why)(std::string_view) = nullptr;  ///< of a STRING: what is wrong with it
};

struct ScalarFunction {
    std::string name;               ///< SQL name, lower case; operators by spelling; casts "cast"
    std::vector<TypePattern> args;  ///< of a variadic entry the last one repeats (zero or more times)
    bool variadic = false;
    Type result;  ///< when result_rule is null
    ResultRule result_rule = nullptr;
    bool strict = true;  ///< NULL in, NULL out without a call; the kernel of a non-strict one sees NULLs
    bool deterministic = true;
    bool fallible = false;  ///< may give a RowError
    bool nullable = false;  ///< strict, yet may give NULL for arguments that are not
    Operation op = Operation::kNone;
    std::vector<JudgedArgument> judged;
    ScalarKernel kernel = nullptr;  ///< never null, also where op is set
    std::string symbol;             ///< "sqk_..."
    std::string doc;                ///< one line for `streamql list functions`; empty for casts and comparison variants

    Type result_type(const std::vector<Type>& arg_types) const { return result_rule ? result_rule(arg_types) : result; }
};

/// Codegen's fast paths. State layouts (little structs, zeroed by init; offsets in bytes):
enum class AggregateOperation : uint8_t {
    kNone,
    kCountStar,  ///< {i64 count @0}; no argument
    kCount,      ///< {i64 count @0}; counts non-NULL arguments
    kSumI64,     ///< {i64 sum @0, i64 count @8}; overflow -> kOverflow; NULL if count is 0
    kSumF64,     ///< {f64 sum @0, f64 compensation @8, i64 count @16}; Neumaier (functions/aggregates.h)
    kMinI64,
    kMaxI64,  ///< {i64 value @0, i64 seen @8}
    kMinF64,
    kMaxF64,  ///< {f64 value @0, i64 seen @8}; PostgreSQL's order
};

struct AggregateFunction {
    std::string name;
    std::vector<TypePattern> args;  ///< empty: COUNT(*)
    bool distinct = false;          ///< this entry is the DISTINCT form
    Type result;
    ResultRule result_rule = nullptr;
    int32_t state_bytes = 0;  ///< multiple of 16
    AggregateInit init = nullptr;
    /// Sees NULL arguments too (they are skipped inside where PostgreSQL skips them); touches nothing when it fails.
    AggregateUpdate update = nullptr;
    AggregateUpdate check = nullptr;  ///< what update would say, nothing touched; null: it cannot fail
    AggregateMerge merge = nullptr;
    AggregateFinish finish = nullptr;
    AggregateUpdate retract = nullptr;  ///< removes a row again; null: not supported
    AggregateOperation op = AggregateOperation::kNone;
    bool order_sensitive = false;    ///< looks at AggregateRow (FIRST_VALUE, LAST_VALUE)
    bool fallible = false;           ///< update or finish may give a RowError
    std::vector<StateField> fields;  ///< of the state, by offset in it
    std::string symbol;  ///< "sqa_..."; kernels are symbol + "_init", "_update", "_check", "_merge", "_finish"
    std::string doc;

    Type result_type(const std::vector<Type>& arg_types) const { return result_rule ? result_rule(arg_types) : result; }
};

/// All entries, in a fixed order (by area, then name). Casts are not in it (casts.h).
const std::deque<ScalarFunction>& scalar_functions();
const std::deque<AggregateFunction>& aggregate_functions();

/// Entries of this name (case folded by the caller); empty if there is none.
const std::vector<const ScalarFunction*>& find_scalar_functions(std::string_view name);
const std::vector<const AggregateFunction*>& find_aggregate_functions(std::string_view name);
inline bool is_scalar_function(std::string_view name) { return !find_scalar_functions(name).empty(); }
inline bool is_aggregate_function(std::string_view name) { return !find_aggregate_functions(name).empty(); }

/// Names without operators, sorted, for "did you mean".
std::vector<std::string> function_names();
/// e.g. "substring(STRING, INTEGER, INTEGER)".
std::string signature(const ScalarFunction&);
std::string signature(const AggregateFunction&);

/// Field `index` (second argument, a BIGINT constant) of a STRUCT. The binder knows the result type: result_rule is
/// null and `result` means nothing here. Name "." in plans.
const ScalarFunction& struct_field_function(Physical result);
/// ROW(...) / ARRAY[...]: variadic, non-strict; first argument a constant STRING, the descriptor given by nested.h
/// `type_descriptor(type)` of the value made.
const ScalarFunction& make_array_function();
const ScalarFunction& make_struct_function();
/// A value that its place needs: NULL is RowError::kNotNull. Second argument: the column's name, a constant STRING,
/// which names the error's site. The binder knows the result type, as for a field.
const ScalarFunction& not_null_function();
/// sq_ symbols aside, every symbol that generated code may call: name -> address (kernels, casts, aggregates).
std::vector<std::pair<std::string, void*>> kernel_symbols();

}  // namespace streamql
