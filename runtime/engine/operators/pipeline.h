// Filter and project: one call of the pipeline's generated function a batch.
//
// Invariants: output rows keep their line, times and origin; filtered rows and row errors are booked on the line.
// Threading: its worker's.
#pragma once
#include "runtime/engine/operator.h"

namespace streamql {

class PipelineOperator final : public Operator {
  public:
    explicit PipelineOperator(const OperatorContext& context);
    void process(int input, Batch& batch, Emitter& out) override;
    int64_t watermark(const std::vector<int64_t>& inputs, int64_t combined, Emitter& out) override { return combined; }

  private:
    static void row_error(void* self, int64_t row, RowError error, int32_t site);
    const PipelineNode& node_;
    std::vector<std::vector<Type>> inputs_;
    Clock* clock_;
    PipelineContext context_;
    Batch result_;
    const BatchView* current_ = nullptr;  // for row_error
    int current_input_ = 0;
    Emitter* emitter_ = nullptr;
};

}  // namespace streamql
