#include "runtime/engine/operators/stateful_operators.h"

#include "runtime/engine/operators/deduplicate.h"
#include "runtime/engine/operators/late_split.h"
#include "runtime/engine/operators/window_aggregate.h"
#include "runtime/engine/operators/within_join.h"

namespace streamql {

std::unique_ptr<Operator> make_stateful_operator(const OperatorContext& context) {
    const auto& kind = context.node->kind;
    if (std::holds_alternative<LateSplitNode>(kind)) return std::make_unique<LateSplit>(context);
    if (std::holds_alternative<DeduplicateNode>(kind)) return std::make_unique<Deduplicate>(context);
    if (std::holds_alternative<WithinJoinNode>(kind)) return std::make_unique<WithinJoin>(context);
    if (std::holds_alternative<WindowAggregateNode>(kind)) return std::make_unique<WindowAggregate>(context);
    return nullptr;
}

}  // namespace streamql
