// The reference evaluator: what an expression means, in the simplest code that says it.
//
// What: folds constants, runs interpreted programs (--jit=off) and is one of the oracles for generated code. NULL and
// error rules: all arguments of a Call are evaluated, left to right, before strictness is looked at (as PostgreSQL
// does); AND, OR, CASE and COALESCE stop as soon as the result is known; the first error ends the evaluation.
// Ownership: results view the row, the literals, or the context's arena. Threading: pure, but for the arena.
#pragma once
#include <span>

#include "compiler/plan/expression.h"
#include "runtime/abi/context.h"

namespace streamql::plan {

/// Where the evaluator finds columns; a column may be computed when it is asked for.
class ColumnSource {
  public:
    virtual ~ColumnSource() = default;
    /// `failed` is set to the failing Call when the result is not kOk.
    virtual RowError get(int column, KernelContext& context, Cell* out, const Expr** failed) = 0;
};

RowError evaluate(const ExprPtr&, ColumnSource& columns, KernelContext& context, Cell* out, const Expr** failed);
RowError evaluate(const ExprPtr&, std::span<const Cell> row, KernelContext& context, Cell* out,
                  const Expr** failed = nullptr);

/// The literal that a constant expression is worth (its span kept); the expression itself where it is not constant or
/// where it fails (a row that reaches it shall fail then, and not the query). `timezone` as in KernelContext.
ExprPtr fold(const ExprPtr&, const void* timezone = nullptr);

}  // namespace streamql::plan
