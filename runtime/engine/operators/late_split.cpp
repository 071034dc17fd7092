#include "runtime/engine/operators/late_split.h"

#include <algorithm>

#include "runtime/engine/operators/select_rows.h"

namespace streamql {

namespace {
std::vector<Type> with_late_by(std::vector<Type> types) {
    types.emplace_back(TypeKind::kInterval);
    return types;
}
}  // namespace

LateSplit::LateSplit(const OperatorContext& context)
    : grace_(std::get<LateSplitNode>(context.node->kind).grace),
      watermark_state_(context.worker, context.workers, {&watermark_}),
      on_time_(context.inputs[0], context.batch_rows),
      late_(with_late_by(context.inputs[0]), 16) {
    const auto& node = std::get<LateSplitNode>(context.node->kind);
    if (node.window) window_.emplace(*node.window);
}

int64_t LateSplit::late_by(const BatchView& in, int64_t row, bool* after_idle) const {
    *after_idle = false;
    if (!window_) {
        const int64_t passed = add_time(in.event_time[row], grace_);
        *after_idle = passed >= in.lateness[row];
        const int64_t limit = *after_idle ? watermark_ : in.lateness[row];
        return passed < limit ? add_time(limit, -passed) : -1;
    }
    const uint8_t* const valid = window_->valid(in);
    if (valid && !valid[row]) return -1;
    const int64_t lateness = window_->lagged(in.lateness[row]), watermark = window_->lagged(watermark_);
    int64_t pane;
    const RowFate fate = window_->judge(window_->times(in)[row], lateness, watermark, &pane);
    if (fate != RowFate::kLate && fate != RowFate::kLateAfterIdle) return -1;
    *after_idle = fate == RowFate::kLateAfterIdle;
    const Windows& windows = window_->windows();
    return add_time(*after_idle ? watermark : lateness, -windows.closes(windows.last_window(pane)));
}

void LateSplit::process(int, Batch& batch, Emitter& out) {
    const BatchView& in = batch.view();
    kept_.clear();
    late_rows_.clear();
    behind_.clear();
    int64_t own = 0, idle = 0;
    for (int64_t i = 0; i < in.rows; ++i) {
        bool after_idle;
        const int64_t behind = late_by(in, i, &after_idle);
        if (behind < 0) {
            kept_.push_back(static_cast<int32_t>(i));
        } else {
            ++(after_idle ? idle : own);
            late_rows_.push_back(static_cast<int32_t>(i));
            behind_.push_back(behind);
        }
    }
    if (late_rows_.empty()) {
        if (in.rows) out.emit(batch);
        return;
    }
    if (own) out.count_late(in.line, own, false);
    if (idle) out.count_late(in.line, idle, true);
    const int late_columns = static_cast<int>(on_time_.types().size());
    select_rows(in, late_rows_.data(), static_cast<int64_t>(late_rows_.size()), late_columns, late_);
    for (size_t i = 0; i < behind_.size(); ++i) {
        late_.set(late_columns, static_cast<int64_t>(i), Cell::of(Interval{behind_[i], 0, 0}));
    }
    late_.view().line = -1;
    out.emit(late_, 1);
    if (kept_.empty()) return;
    select_rows(in, kept_.data(), static_cast<int64_t>(kept_.size()), late_columns, on_time_);
    out.emit(on_time_);
}

int64_t LateSplit::watermark(const std::vector<int64_t>&, int64_t combined, Emitter&) {
    return watermark_ = std::max(watermark_, combined);
}

}  // namespace streamql
