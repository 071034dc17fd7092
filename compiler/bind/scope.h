// Names in sight while a query is bound: the columns of its relations, and what a lookup of a name found.
//
// Invariants: a ScopeColumn's index is its place in the bound relation's plan node. Threading: none.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "compiler/ast/ast.h"
#include "compiler/plan/logical_plan.h"

namespace streamql::bind_detail {

struct ScopeColumn {
    std::string qualifier;  ///< the relation's alias or name
    std::string name;
    int index = 0;
    bool merged = false;  ///< the right half of a USING pair: not in `*`, not found without qualifier
};

/// A window that the relation has been put under and that has not been used by an aggregate yet.
struct PendingWindow {
    WindowSpec spec;
    Span span;
};

struct BoundRelation {
    plan::NodePtr node;
    std::vector<ScopeColumn> columns;
    std::optional<PendingWindow> window;
};

/// An expression, and whether it is a literal whose type is still open ('text' or NULL), as in PostgreSQL.
struct Bound {
    plan::ExprPtr expr;
    bool unknown = false;
    explicit operator bool() const { return expr != nullptr; }
    const Type& type() const { return expr->type; }
};

/// Column indexes from here on stand for results of the aggregates being collected (and the window's bounds).
inline constexpr int kAggregateBase = 1 << 20;
inline constexpr int kWindowStart = (1 << 20) - 2;
inline constexpr int kWindowEnd = (1 << 20) - 1;

/// The aggregates of one SELECT while its items are bound.
struct AggregateScope {
    std::vector<plan::Aggregate> aggregates;
    std::vector<Span> spans;
    bool windowed = false;
};

}  // namespace streamql::bind_detail
