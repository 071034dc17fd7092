// Queries and relations as written.
//
// What: a Query is WITH + a body (SELECT, VALUES, a set operation or a parenthesised query) + ORDER BY, LIMIT and how
// its result leaves (EMIT, LATE DATA TO). A Relation is what FROM names. The WINDOW clause and the table functions
// TUMBLE, HOP, SESSION and CUMULATE share TimeWindow. Invariants: the parser has checked that a TimeWindow has what its
// kind needs (TUMBLING size; HOPPING size, advance; SESSION gap; CUMULATING size, step) and nothing else. Ownership: a
// node owns its children. Threading: immutable after parsing. Include compiler/ast/ast.h, not this file alone.
#pragma once
#include "compiler/ast/expr.h"

namespace streamql::ast {

struct Relation;
using RelationPtr = std::unique_ptr<Relation>;

struct Alias {
    Identifier name;
    std::vector<Identifier> columns;
    Span span;
};

/// DEDUPLICATE BY (keys) [ORDER BY ts] WITHIN d.
struct Deduplicate {
    std::vector<Expr> keys;
    ExprPtr order_by;  ///< null: the first to arrive is kept
    Duration within;
    Span span;
};

enum class WindowKind { kTumbling, kHopping, kSession, kCumulating };
struct TimeWindow {
    WindowKind kind = WindowKind::kTumbling;
    std::optional<Name> time_column;  ///< ON b.ts, DESCRIPTOR(b.ts)
    std::optional<Duration> size, advance, gap, step, offset, grace;
    std::optional<Identifier> timezone;  ///< TIMEZONE '...': text is the zone's name as written
    std::vector<Expr> partition_by;      ///< SESSION(TABLE s PARTITION BY k, ...)
    Span span;
};

/// A name in FROM. FOR SYSTEM_TIME AS OF gives the time of a lookup or temporal join.
struct TableRef {
    Name name;
    ExprPtr system_time;  ///< may be null
};
struct SubqueryRef {
    QueryPtr query;
    bool lateral = false;
};
/// TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '5' MINUTE) and its kin, bare or in TABLE(...).
struct WindowTable {
    RelationPtr input;
    TimeWindow window;
};
/// UNNEST(a [, b]) [WITH ORDINALITY].
struct Unnest {
    std::vector<Expr> arrays;
    bool with_ordinality = false;
};
/// Any other function in FROM: generate_series(1, 10).
struct TableFunction {
    Name name;
    std::vector<Expr> args;
    bool with_ordinality = false;
};

enum class AttributionModel { kFirst, kLast, kLinear, kTimeDecay, kPosition };
struct Attribute {
    AttributionModel model = AttributionModel::kFirst;
    std::optional<Duration> half_life;        ///< TIME_DECAY
    std::string first_percent, last_percent;  ///< POSITION: decimal text, "40" or "12.5"
    Span span;
};

enum class JoinKind { kInner, kLeft, kRight, kFull, kCross };
struct Join {
    JoinKind kind = JoinKind::kInner;
    bool asof = false;
    RelationPtr left, right;
    std::optional<Within> within;
    std::optional<Duration> grace;
    ExprPtr on;  ///< null with USING and CROSS
    std::vector<Identifier> using_columns;
    std::optional<Attribute> attribute;
};

struct Relation {
    using Node = std::variant<TableRef, SubqueryRef, WindowTable, Unnest, TableFunction, Join>;
    Node node;
    std::optional<Alias> alias;
    std::optional<Deduplicate> deduplicate;
    Span span;
};

struct SelectItem {
    Expr expr;  ///< may be a Star
    std::optional<Identifier> alias;
    Span span;
};

/// An element of GROUP BY. kSet is a plain expression (one) or a parenthesised list (any number, also none); the other
/// kinds hold their elements in `items`.
struct GroupItem {
    enum class Kind { kSet, kRollup, kCube, kGroupingSets } kind = Kind::kSet;
    std::vector<Expr> exprs;
    std::vector<GroupItem> items;
    Span span;
};

struct NamedWindow {
    Identifier name;
    OverClause definition;
};

struct Select {
    bool distinct = false;
    std::vector<Expr> distinct_on;
    std::vector<SelectItem> items;
    std::optional<Relation> from;
    std::optional<TimeWindow> window;
    ExprPtr where;  ///< null where not written; so are having and qualify
    std::vector<GroupItem> group_by;
    bool has_group_by = false;  ///< tells GROUP BY () from none
    ExprPtr having;
    std::vector<NamedWindow> named_windows;
    ExprPtr qualify;
};

struct Values {
    std::vector<std::vector<Expr>> rows;
};

struct QueryBody;
enum class SetOp { kUnion, kIntersect, kExcept };
struct SetOperation {
    SetOp op = SetOp::kUnion;
    bool all = false;
    std::unique_ptr<QueryBody> left, right;
};

/// A QueryPtr is a query in parentheses with clauses of its own.
struct QueryBody {
    std::variant<Select, Values, SetOperation, QueryPtr> node;
    Span span;
};

struct Cte {
    Identifier name;
    std::vector<Identifier> columns;
    QueryPtr query;
    Span span;
};

struct Emit {
    enum class Mode { kFinal, kChanges, kPeriodic } mode = Mode::kFinal;
    std::optional<Duration> period;  ///< with kPeriodic
    Span span;
};

struct Query {
    std::vector<Cte> with;
    QueryBody body;
    std::vector<OrderItem> order_by;
    ExprPtr limit, offset;  ///< null where not written
    std::optional<Emit> emit;
    std::optional<Name> late_data_to;
    Span span;
};

}  // namespace streamql::ast
