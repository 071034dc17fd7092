// The operators that keep state (and LateSplit, which decides as they do), by node: the state's half of make_operator.
#pragma once
#include "runtime/engine/operator.h"

namespace streamql {

/// Null when the node is of another kind.
std::unique_ptr<Operator> make_stateful_operator(const OperatorContext& context);

}  // namespace streamql
