// Checks an expression against the invariants of expression.h; run after each pass that rewrites expressions.
#pragma once
#include <string>
#include <vector>

#include "compiler/plan/expression.h"

namespace streamql::plan {

/// Empty if the expression is sound over a row of these types, else what is wrong with it (our bug, never the user's).
std::string verify(const ExprPtr&, const std::vector<Type>& input);

}  // namespace streamql::plan
