// LATE DATA TO: rows on time leave by port 0, late rows by port 1 with how far they were behind.
//
// What: late as the operator behind it would decide (WindowRows, or event time plus grace against the row's lateness).
// A batch without late rows passes through untouched. Invariants: late rows are booked here (count_late) and leave as
// derived rows (line -1), so that they end once in the ledger. Ownership: own batches for split rows. Threading:
// single.
#pragma once
#include <optional>

#include "runtime/engine/operator.h"
#include "runtime/engine/operators/window_rows.h"

namespace streamql {

class LateSplit final : public Operator {
  public:
    explicit LateSplit(const OperatorContext& context);
    void process(int input, Batch& batch, Emitter& out) override;
    int64_t watermark(const std::vector<int64_t>& inputs, int64_t combined, Emitter& out) override;
    void register_state(StateCatalog& catalog) override { catalog.add("watermark", watermark_state_); }

  private:
    /// How far behind the row is, or -1 when it is on time; *after_idle when only the operator's watermark had passed
    /// it.
    int64_t late_by(const BatchView& in, int64_t row, bool* after_idle) const;

    std::optional<WindowRows> window_;
    int64_t grace_;
    int64_t watermark_ = kMinTime;
    WatermarkState watermark_state_;
    Batch on_time_, late_;
    std::vector<int32_t> kept_, late_rows_;
    std::vector<int64_t> behind_;
};

}  // namespace streamql
