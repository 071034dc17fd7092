#include "runtime/time/watermark.h"

#include <algorithm>

namespace streamql {

ActiveMinimum active_minimum(const std::vector<const SplitProgress*>& splits) {
    ActiveMinimum result;
    for (auto* split : splits) {
        const SplitState state = split->state.load(std::memory_order_acquire);
        if (state == SplitState::kEnded) continue;
        if (state == SplitState::kIdle) {
            result.any_idle = true;
            continue;
        }
        const int64_t watermark = split->watermark.load(std::memory_order_acquire);
        if (!result.any_active || watermark < result.watermark) {
            result.watermark = watermark;
            result.holder = split;
        }
        result.any_active = true;
    }
    return result;
}

int64_t SourceWatermark::update(int64_t now) {
    const ActiveMinimum own = active_minimum(own_);
    int64_t value = own.watermark;  // kMaxTime when all own partitions have ended, or there are none
    if (!own.any_active && own.any_idle) {
        value = idle_value(now);
    } else {
        idle_since_ = kMinTime;
    }
    current_ = std::max(current_, value);
    return current_;
}

int64_t SourceWatermark::idle_value(int64_t now) {
    const ActiveMinimum all = active_minimum(all_);
    if (all.any_active) {  // the rest of the source goes on: follow it
        idle_since_ = kMinTime;
        return all.watermark;
    }
    if (!idle_advance_) return current_;
    if (idle_since_ == kMinTime) {
        idle_since_ = now;
        idle_base_ = current_;
    }
    return idle_base_ == kMinTime ? kMinTime : idle_base_ + (now - idle_since_);
}

}  // namespace streamql
