// The abstract syntax tree of a script: the whole of LANGUAGE.md, as written, with a Span on every node.
//
// What: Script -> Statement -> (columns, options, Query -> Relation, Expr). Nothing is resolved here: no name, type or
// function is known. Visit with std::visit(overloaded{...}) and no catch-all. Flink's spellings give the same nodes;
// the INSERTs of EXECUTE STATEMENT SET stand in the script like any other. Ownership: the Script owns everything; nodes
// are move-only. Threading: immutable after parsing.
#pragma once
#include "compiler/ast/query.h"
#include "runtime/base/result.h"  // overloaded

namespace streamql::ast {

/// The value of a WITH option or of SET. `text` is what it says: a string's value, a number as written, true / false,
/// an identifier in lower case; for kDuration as written. kSecret: SECRET 'env:NAME', never printed.
struct OptionValue {
    enum class Kind { kString, kNumber, kBool, kIdentifier, kDuration, kSecret } kind = Kind::kString;
    std::string text;
    Interval duration;
    Span span;
};

struct Option {
    std::string key;  ///< lower case unless quoted, parts joined by dots: "lookup.cache.ttl"
    Span key_span;
    OptionValue value;
};

struct Set {
    Option option;
};

struct Metadata {
    std::string key;  ///< FROM '...' or the column's own name
    Span span;
};

/// Exactly one of `type` alone, type + metadata, or `computed` (with or without a type) is given. CREATE SINK's columns
/// may be bare names.
struct ColumnDef {
    Identifier name;
    std::optional<TypeName> type;
    bool not_null = false;
    ExprPtr computed;  ///< hour AS date_trunc(...)
    std::optional<Metadata> metadata;
    Span span;
};

struct Check {
    std::optional<Identifier> name;  ///< CONSTRAINT name CHECK (...)
    ExprPtr condition;
    Span span;
};

/// WATERMARK FOR column AS expr.
struct Watermark {
    Name column;
    ExprPtr expr;
    Span span;
};

struct PrimaryKey {
    std::vector<Identifier> columns;
    Span span;
};

enum class RelationRole { kStream, kTable, kSink };

/// CREATE STREAM | TABLE | SINK.
struct CreateRelation {
    RelationRole role = RelationRole::kStream;
    bool if_not_exists = false;
    Name name;
    std::vector<ColumnDef> columns;
    std::vector<Check> checks;  ///< of the table and of its columns
    std::optional<Watermark> watermark;
    std::optional<PrimaryKey> primary_key;
    std::vector<Identifier> partitioned_by;
    std::vector<Option> options;
    Span options_span;  ///< WITH (...), or the end of the statement: where a missing option is reported
};

struct CreateView {
    bool if_not_exists = false;
    Name name;
    std::vector<Identifier> columns;
    QueryPtr query;
};

struct Parameter {
    Identifier name;
    TypeName type;
};

/// A macro: the body's text is parsed at once; its spans point into the script.
struct CreateFunction {
    bool if_not_exists = false;
    Name name;
    std::vector<Parameter> parameters;
    TypeName returns;
    ExprPtr body;
    Span body_span;
};

struct Insert {
    Name target;
    std::vector<Identifier> columns;
    QueryPtr query;  ///< a SELECT or VALUES
};

struct SelectStatement {
    QueryPtr query;
};

struct Statement;
struct Explain {
    bool analyze = false;
    std::unique_ptr<Statement> statement;  ///< Insert or SelectStatement
};

struct Statement {
    using Node = std::variant<Set, CreateRelation, CreateView, CreateFunction, Insert, SelectStatement, Explain>;
    Node node;
    Span span;
};

struct Script {
    std::vector<Statement> statements;
};

}  // namespace streamql::ast
