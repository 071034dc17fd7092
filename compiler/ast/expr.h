// Expressions as written, before any name or type is known.
//
// What: `Expr` is a Span and a variant of node structs; operators spelled several ways (`<>`, `!=`; `::`, CAST) give
// one node. Functions with a grammar of their own become plain calls with PostgreSQL's names: EXTRACT(f FROM x) is
// extract('f', x), POSITION(a IN b) position(a, b), SUBSTRING(x FROM a FOR b) substring(x, a, b), TRIM ltrim / rtrim /
// btrim, OVERLAY overlay, x AT TIME ZONE z timezone(z, x), CURRENT_TIMESTAMP current_timestamp(). Ownership: a node
// owns its children. Threading: immutable after parsing. Include compiler/ast/ast.h, not this file alone.
#pragma once
#include <memory>
#include <variant>

#include "compiler/ast/name.h"

namespace streamql::ast {

struct Expr;
struct Query;
using ExprPtr = std::unique_ptr<Expr>;
using QueryPtr = std::unique_ptr<Query>;

enum class UnaryOp { kNot, kMinus, kPlus, kBitNot };

enum class BinaryOp {
    kOr,
    kAnd,
    kEq,
    kNe,
    kLt,
    kLe,
    kGt,
    kGe,
    kAdd,
    kSub,
    kMul,
    kDiv,
    kMod,
    kPow,
    kConcat,  ///< ||
    kJsonGet,
    kJsonGetText,  ///< -> ->>
    kJsonPath,
    kJsonPathText,  ///< #> #>>
    kMatch,
    kNotMatch,
    kMatchNoCase,
    kNotMatchNoCase,  ///< ~ !~ ~* !~*
    kContains,
    kContainedBy,
    kOverlaps,  ///< @> <@ &&
    kBitAnd,
    kBitOr,
    kBitXor,  ///< & | #
};

// ---- literals
struct NullLiteral {};
struct BoolLiteral {
    bool value = false;
};
/// Digits only, of any length.
struct IntegerLiteral {
    std::string text;
};
/// With a point, without an exponent: exact.
struct DecimalLiteral {
    std::string text;
};
/// With an exponent. (PostgreSQL's numeric as well; the binder decides.)
struct FloatLiteral {
    std::string text;
};
/// The value: quotes taken off, '' undoubled, ${NAME} replaced.
struct StringLiteral {
    std::string value;
};
/// INTERVAL '5' MINUTE and all of PostgreSQL's spellings.
struct IntervalLiteral {
    Interval value;
};
/// DATE '...', TIMESTAMP '...', TIMESTAMPTZ '...', TIME '...', BYTES '...', JSON '...': the text is checked by the
/// binder.
struct TypedLiteral {
    TypeName type;
    std::string text;
    Span text_span;
};

// ---- names
/// `a`, `a.b`, `a.b.c`: table, column and field are told apart by the binder.
struct ColumnRef {
    Name name;
};
/// `*` or `a.*`: a select item only.
struct Star {
    std::optional<Name> qualifier;
};

// ---- operators
struct Unary {
    UnaryOp op;
    ExprPtr operand;
};
struct Binary {
    BinaryOp op;
    ExprPtr left, right;
    Span op_span;
};
/// [NOT] LIKE | ILIKE | SIMILAR TO, with ESCAPE.
struct Like {
    enum class Kind { kLike, kIlike, kSimilar } kind = Kind::kLike;
    bool negated = false;
    ExprPtr value, pattern;
    ExprPtr escape;  ///< may be null
};
struct IsTest {
    enum class Kind { kNull, kTrue, kFalse, kUnknown } kind = Kind::kNull;
    bool negated = false;
    ExprPtr value;
};
/// IS [NOT] DISTINCT FROM; negated means "is the same as, NULLs too".
struct IsDistinctFrom {
    bool negated = false;
    ExprPtr left, right;
};
struct Between {
    bool negated = false;
    bool symmetric = false;
    ExprPtr value, low, high;
};
/// WITHIN of a join, an EXISTS or an IN: right.time lies in [left.time - before, left.time + after].
struct Within {
    Interval before, after;
    bool symmetric = false;  ///< written with one duration (earns the lint)
    Span span;
};
struct InList {
    bool negated = false;
    ExprPtr value;
    std::vector<Expr> items;
};
/// x [NOT] IN (SELECT ...) [WITHIN ...]; also x = ANY (SELECT ...). A row on the left is a RowLiteral.
struct InSubquery {
    bool negated = false;
    ExprPtr value;
    QueryPtr query;
    std::optional<Within> within;
};
struct Exists {
    QueryPtr query;
    std::optional<Within> within;
};
struct ScalarSubquery {
    QueryPtr query;
};
/// left op ANY (array) | left op ALL (array).
struct Quantified {
    BinaryOp op;
    bool all = false;
    ExprPtr left, array;
};

struct CaseArm {
    ExprPtr when, then;
};
struct Case {
    ExprPtr operand;  ///< null for CASE WHEN cond THEN ...
    std::vector<CaseArm> arms;
    ExprPtr otherwise;  ///< null without ELSE
};
/// CAST(x AS t), x::t, TRY_CAST(x AS t).
struct Cast {
    bool try_cast = false;
    ExprPtr value;
    TypeName type;
};

// ---- calls
enum class NullsOrder { kDefault, kFirst, kLast };
struct OrderItem {
    ExprPtr expr;
    bool descending = false;
    NullsOrder nulls = NullsOrder::kDefault;  ///< default: last when ascending, first when descending
    Span span;
};
struct FrameBound {
    enum class Kind { kUnboundedPreceding, kPreceding, kCurrentRow, kFollowing, kUnboundedFollowing };
    Kind kind = Kind::kCurrentRow;
    ExprPtr offset;  ///< with kPreceding and kFollowing
};
struct Frame {
    enum class Unit { kRows, kRange, kGroups } unit = Unit::kRange;
    FrameBound start, end;  ///< end is CURRENT ROW if it was not written
    Span span;
};
/// OVER (...) or OVER name; a WINDOW w AS (...) definition too.
struct OverClause {
    std::optional<Identifier> base;  ///< a named window, alone or extended
    std::vector<Expr> partition_by;
    std::vector<OrderItem> order_by;
    std::optional<Frame> frame;
    Span span;
};
struct NamedArgument {
    Identifier name;
    ExprPtr value;
};
struct FunctionCall {
    Name name;
    bool star = false;  ///< count(*)
    bool distinct = false;
    std::vector<Expr> args;
    std::vector<NamedArgument> named_args;  ///< f(x => 1); they follow `args`
    std::vector<OrderItem> order_by;        ///< string_agg(x, ',' ORDER BY y)
    std::vector<OrderItem> within_group;    ///< percentile_cont(0.5) WITHIN GROUP (ORDER BY x)
    ExprPtr filter;                         ///< FILTER (WHERE ...); may be null
    std::unique_ptr<OverClause> over;       ///< may be null
};

// ---- nested values
struct Subscript {
    ExprPtr base, index;
};
/// base[low:high]; either may be null.
struct Slice {
    ExprPtr base, low, high;
};
/// (expr).field, tags[1].name; a plain dotted name is a ColumnRef.
struct FieldAccess {
    ExprPtr base;
    Identifier field;
};
struct ArrayLiteral {
    std::vector<Expr> items;
};
/// ROW(a, b) and (a, b).
struct RowLiteral {
    std::vector<Expr> items;
};
/// MAP['a', 1, 'b', 2]: keys and values of equal count.
struct MapLiteral {
    std::vector<Expr> keys, values;
};

struct Expr {
    using Node = std::variant<NullLiteral, BoolLiteral, IntegerLiteral, DecimalLiteral, FloatLiteral, StringLiteral,
                              IntervalLiteral, TypedLiteral, ColumnRef, Star, Unary, Binary, Like, IsTest,
                              IsDistinctFrom, Between, InList, InSubquery, Exists, ScalarSubquery, Quantified, Case,
                              Cast, FunctionCall, Subscript, Slice, FieldAccess, ArrayLiteral, RowLiteral, MapLiteral>;
    Node node;
    Span span;
};

}  // namespace streamql::ast
