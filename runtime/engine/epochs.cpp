#include "runtime/engine/epochs.h"

namespace streamql {

Epochs::Epochs(size_t sources, int workers, size_t sinks, int used) : workers_(workers), sinks_(used) {
    parts_.positions.resize(sources);
    parts_.prepared.resize(sinks);
}

int64_t Epochs::begin() {
    std::lock_guard lock(mutex_);
    workers_passed_ = sinks_prepared_ = 0;
    for (auto& source : parts_.positions) source.clear();
    return requested_.fetch_add(1, std::memory_order_acq_rel) + 1;
}

bool Epochs::complete() const {
    std::lock_guard lock(mutex_);
    return workers_passed_ == workers_ && sinks_prepared_ == sinks_;
}

EpochParts Epochs::take() {
    std::lock_guard lock(mutex_);
    return parts_;
}

void Epochs::worker_passed(std::vector<SourcePositions> positions) {
    {
        std::lock_guard lock(mutex_);
        for (size_t s = 0; s < positions.size(); ++s)
            for (auto& position : positions[s]) parts_.positions[s].push_back(std::move(position));
        ++workers_passed_;
    }
    wakeup_.notify();
}

void Epochs::sink_prepared(size_t sink, std::string prepared) {
    {
        std::lock_guard lock(mutex_);
        parts_.prepared[sink] = std::move(prepared);
        ++sinks_prepared_;
    }
    wakeup_.notify();
}

}  // namespace streamql
