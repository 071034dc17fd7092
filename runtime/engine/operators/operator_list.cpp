// The one list of operators: a node's kind and what runs it.
#include <variant>

#include "runtime/base/result.h"
#include "runtime/engine/operator.h"
#include "runtime/engine/operators/deduplicate.h"
#include "runtime/engine/operators/late_split.h"
#include "runtime/engine/operators/pipeline.h"
#include "runtime/engine/operators/union.h"
#include "runtime/engine/operators/window_aggregate.h"
#include "runtime/engine/operators/within_join.h"

namespace streamql {

namespace {
template <typename Kind, typename Made>
std::unique_ptr<Operator> made_of(const OperatorContext& context) {
    return std::holds_alternative<Kind>(context.node->kind) ? std::make_unique<Made>(context) : nullptr;
}
constexpr std::unique_ptr<Operator> (*kOperators[])(const OperatorContext&) = {
    made_of<PipelineNode, PipelineOperator>, made_of<UnionNode, UnionOperator>,
    made_of<LateSplitNode, LateSplit>,       made_of<DeduplicateNode, Deduplicate>,
    made_of<WithinJoinNode, WithinJoin>,     made_of<WindowAggregateNode, WindowAggregate>,
};
}  // namespace

std::unique_ptr<Operator> make_operator(const OperatorContext& context) {
    for (auto* make : kOperators) {
        if (auto op = make(context)) return op;
    }
    SQ_CHECK(false, context.node->name + " is no operator");
}

}  // namespace streamql
