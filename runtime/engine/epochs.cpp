#include "runtime/engine/epochs.h"

namespace streamql {

int64_t Epochs::begin() {
    std::lock_guard lock(mutex_);
    workers_passed_ = sinks_committed_ = 0;
    for (auto& source : positions_) source.clear();
    return requested_.fetch_add(1, std::memory_order_acq_rel) + 1;
}

bool Epochs::complete() const {
    std::lock_guard lock(mutex_);
    return workers_passed_ == workers_ && sinks_committed_ == sinks_;
}

std::vector<SourcePositions> Epochs::take_positions() {
    std::lock_guard lock(mutex_);
    std::vector<SourcePositions> taken(positions_.size());
    taken.swap(positions_);
    return taken;
}

void Epochs::worker_passed(std::vector<SourcePositions> positions) {
    {
        std::lock_guard lock(mutex_);
        for (size_t s = 0; s < positions.size(); ++s)
            for (auto& position : positions[s]) positions_[s].push_back(std::move(position));
        ++workers_passed_;
    }
    wakeup_.notify();
}

void Epochs::sink_committed() {
    {
        std::lock_guard lock(mutex_);
        ++sinks_committed_;
    }
    wakeup_.notify();
}

}  // namespace streamql
