#include "runtime/engine/epochs.h"

#include <algorithm>

namespace streamql {

namespace {
constexpr std::chrono::milliseconds kSlow{1000}, kQuick{250};  // from barrier to completion
}

void EpochBudget::refill() {
    was_used_up_ = used_up();
    rows_.store(bound_, std::memory_order_relaxed);
    bytes_.store(kBytes, std::memory_order_relaxed);
}

void EpochBudget::learn(std::chrono::steady_clock::duration took) {
    if (took > kSlow) bound_ = std::max(kLeastRows, bound_ / 2);
    if (took < kQuick && was_used_up_) bound_ = std::min(kMostRows, bound_ * 2);
}

Epochs::Epochs(size_t sources, size_t lines, int workers, size_t sinks, int used) : workers_(workers), sinks_(used) {
    parts_.positions.resize(sources);
    parts_.lines.resize(lines);
    parts_.prepared.resize(sinks);
}

int64_t Epochs::begin() {
    std::lock_guard lock(mutex_);
    workers_passed_ = sinks_prepared_ = 0;
    for (auto& source : parts_.positions) source.clear();
    for (auto& line : parts_.lines) line = {};
    budget_.refill();
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

void Epochs::worker_passed(std::vector<std::vector<SplitCommit>> positions, const std::vector<LedgerLine>& lines) {
    {
        std::lock_guard lock(mutex_);
        for (size_t s = 0; s < positions.size(); ++s)
            for (auto& position : positions[s]) parts_.positions[s].push_back(std::move(position));
        for (size_t i = 0; i < lines.size(); ++i) parts_.lines[i].add(lines[i]);
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
