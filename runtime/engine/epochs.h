// Epochs: the coordinator asks for barrier e, workers pass it on, sinks commit at it, and one place commits the epoch.
//
// What: Epochs is the meeting point of the coordinator (run()'s thread), the workers and the sink threads. At most one
// epoch is under way. commit_epoch (query.cpp calls it) is where a durable journal will decide. Invariants: an epoch is
// complete when every worker has given the positions of its splits at the barrier and every sink has committed.
// Threading: all members from any thread.
#pragma once
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "runtime/engine/channel.h"

namespace streamql {

/// Positions of one source at a barrier, by partition.
using SourcePositions = std::vector<std::pair<uint32_t, std::string>>;

class Epochs {
  public:
    Epochs(size_t sources, int workers, int sinks) : positions_(sources), workers_(workers), sinks_(sinks) {}

    /// Coordinator: asks for the next epoch; gives its number.
    int64_t begin();
    /// The epoch last asked for; workers compare it with the last one they passed.
    int64_t requested() const { return requested_.load(std::memory_order_acquire); }
    bool under_way() const { return requested() > committed_.load(std::memory_order_acquire); }
    bool complete() const;
    /// Coordinator, when complete: takes the positions, by source.
    std::vector<SourcePositions> take_positions();
    void set_committed(int64_t epoch) { committed_.store(epoch, std::memory_order_release); }
    int64_t committed() const { return committed_.load(std::memory_order_acquire); }

    /// Worker: its scans have passed the barrier at these positions, by source.
    void worker_passed(std::vector<SourcePositions> positions);
    /// Sink thread: everything before the barrier is safe at the other side.
    void sink_committed();

    /// The coordinator sleeps here; workers and sinks wake it.
    Wakeup& wakeup() { return wakeup_; }

  private:
    std::atomic<int64_t> requested_{0}, committed_{0};
    mutable std::mutex mutex_;
    std::vector<SourcePositions> positions_;
    int workers_, sinks_, workers_passed_ = 0, sinks_committed_ = 0;
    Wakeup wakeup_;
};

}  // namespace streamql
