// UNION ALL: hands batches on as they come; its watermark is the least of its inputs'.
#pragma once
#include "runtime/engine/operator.h"

namespace streamql {

class UnionOperator final : public Operator {
  public:
    explicit UnionOperator(const OperatorContext&) {}
    void process(int, Batch& batch, Emitter& out) override { out.emit(batch); }
    int64_t watermark(const std::vector<int64_t>&, int64_t combined, Emitter&) override { return combined; }
};

}  // namespace streamql
