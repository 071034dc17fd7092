// Typed expressions: what the binder gives, the optimizer rewrites, the evaluator runs and codegen emits.
//
// What: immutable trees shared by pointer; every node has its type and the place in the user's text. Columns are
// indexes into the input row of the operator that holds the expression. Everything that can be a function of the
// registry is a Call (operators and casts too); only what decides whether something is evaluated at all is a node of
// its own. Invariants: types are final (all coercions are explicit Calls); AND/OR/CASE/COALESCE evaluate left to right
// and stop as soon as the result is known, so that a guarded division never fails. Threading: immutable.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "compiler/diagnostics/span.h"
#include "runtime/types/value.h"

namespace streamql {
struct ScalarFunction;
}

namespace streamql::plan {

struct Expr;
using ExprPtr = std::shared_ptr<const Expr>;

/// A constant. A Str value views `bytes` (set by literal()).
struct Literal {
    Cell value;
    std::shared_ptr<const std::string> bytes;
};
struct Column {
    int index = 0;
    std::string name;  ///< for people only
};
/// A function, operator or cast. If function->strict, a NULL argument gives NULL without a call.
struct Call {
    const ScalarFunction* function = nullptr;
    std::vector<ExprPtr> args;
};
/// Three-valued AND / OR over two or more BOOLEANs.
struct Logical {
    bool is_and = true;
    std::vector<ExprPtr> args;
};
struct Not {
    ExprPtr arg;
};
/// IS NULL; IS NOT NULL is Not over it.
struct IsNull {
    ExprPtr arg;
};
/// a IS NOT DISTINCT FROM b: `equal` is the type's "=" function; never NULL.
struct NotDistinct {
    ExprPtr left, right;
    const ScalarFunction* equal = nullptr;
};
/// WHEN conditions are BOOLEAN; the first TRUE one wins; `otherwise` may be a NULL literal, never null.
struct Case {
    std::vector<std::pair<ExprPtr, ExprPtr>> whens;
    ExprPtr otherwise;
};
/// The first argument that is not NULL.
struct Coalesce {
    std::vector<ExprPtr> args;
};

struct Expr {
    std::variant<Literal, Column, Call, Logical, Not, IsNull, NotDistinct, Case, Coalesce> node;
    Type type;
    Span span;
    int64_t weight = 1;  ///< nodes of the tree, shared ones as often as they are used; what bounds every walk over it
};

/// An expression of more nodes is refused by the binder, and not made by the optimizer: walks and generated code follow
/// the tree, and sharing makes it easy to write one of 2^30 nodes in thirty lines.
inline constexpr int64_t kMaxWeight = 50'000;

ExprPtr make(decltype(Expr::node) node, Type type, Span span = {});
ExprPtr literal(Cell value, Type type, Span span = {});  ///< copies a Str's bytes
ExprPtr null_literal(Type type, Span span = {});
ExprPtr boolean_literal(bool value, Span span = {});
ExprPtr column(int index, Type type, std::string name, Span span = {});

/// SQL-like text, for explain, error sites and plan hashes. Equal trees give equal text.
std::string to_string(const ExprPtr&);
/// Text for machines: columns by index, functions by symbol, every type. Equal exactly when the trees are (spans and
/// column names aside); what the optimizer compares and the object cache hashes.
std::string fingerprint(const ExprPtr&);
/// Column indexes used, appended.
void collect_columns(const ExprPtr&, std::vector<int>& out);
/// The tree with every column replaced: column i becomes replacement[i].
ExprPtr substitute(const ExprPtr&, const std::vector<ExprPtr>& replacement);
/// The tree with column i renumbered to map[i] (>= 0).
ExprPtr remap(const ExprPtr&, const std::vector<int>& map);
bool is_constant(const ExprPtr&);  ///< no column, all functions deterministic
bool is_deterministic(const ExprPtr&);
/// Calls in the tree that may raise a row error, appended in evaluation order (outer before inner).
void collect_fallible(const ExprPtr&, std::vector<ExprPtr>& out);
/// Every function of the tree, equalities of NotDistinct included.
void visit_functions(const ExprPtr&, const std::function<void(const ScalarFunction&)>& visit);
/// Cannot raise a row error.
bool is_infallible(const ExprPtr&);
/// A AND B AND C as a list; and back (TRUE for an empty list).
void split_conjunction(const ExprPtr&, std::vector<ExprPtr>& out);
ExprPtr conjunction(std::vector<ExprPtr> parts);

}  // namespace streamql::plan
