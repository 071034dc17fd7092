#include <variant>

#include "runtime/base/result.h"
#include "runtime/engine/operator.h"
#include "runtime/engine/operators/pipeline.h"
#include "runtime/engine/operators/stateful_operators.h"
#include "runtime/engine/operators/union.h"

namespace streamql {

std::unique_ptr<Operator> make_operator(const OperatorContext& context) {
    if (std::holds_alternative<PipelineNode>(context.node->kind)) return std::make_unique<PipelineOperator>(context);
    if (std::holds_alternative<UnionNode>(context.node->kind)) return std::make_unique<UnionOperator>();
    auto stateful = make_stateful_operator(context);
    SQ_CHECK(stateful, context.node->name + " is no operator");
    return stateful;
}

}  // namespace streamql
