#include "runtime/engine/operators/pipeline.h"

namespace streamql {

PipelineOperator::PipelineOperator(const OperatorContext& context)
    : node_(std::get<PipelineNode>(context.node->kind)),
      inputs_(context.inputs),
      clock_(context.clock),
      result_(context.node->output, context.batch_rows) {
    context_.kernel.timezone = context.timezone;
    context_.callbacks.row_error = row_error;
    context_.self = this;
    context_.user = node_.function->user;
}

void PipelineOperator::process(int input, Batch& batch, Emitter& out) {
    result_.clear();
    result_.reserve(batch.rows());
    result_.view().line = batch.view().line;
    context_.kernel.arena = &result_.arena();
    context_.kernel.now_micros = clock_->now_micros();
    context_.filtered = 0;
    current_ = &batch.view();
    current_input_ = input;
    emitter_ = &out;
    node_.function->get<PipelineFunction>()(&context_, &batch.view(), &result_.view());
    if (context_.filtered > 0) out.count_filtered(batch.view().line, context_.filtered);
    if (result_.rows() > 0) out.emit(result_);
}

void PipelineOperator::row_error(void* self, int64_t row, RowError error, int32_t site) {
    auto* me = static_cast<PipelineOperator*>(self);
    me->emitter_->row_error(*me->current_, me->inputs_[me->current_input_], row, error, site);
}

}  // namespace streamql
