// Epochs: the coordinator asks for barrier e, workers pass it on, sinks prepare it, and one place commits the epoch.
//
// What: Epochs is the meeting point of the coordinator (run()'s thread), the workers and the sink threads. At most one
// epoch is under way. Job::commit_epoch is where it is decided. Invariants: an epoch is complete when every worker has
// given the positions of its splits at the barrier and every sink has prepared. Threading: all members from any thread.
#pragma once
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "runtime/connectors/connector.h"
#include "runtime/engine/channel.h"

namespace streamql {

/// What a barrier has gathered.
struct EpochParts {
    std::vector<SourcePositions> positions;  ///< by source
    std::vector<std::string> prepared;       ///< by sink: what Sink::prepare() recorded
};

class Epochs {
  public:
    /// `used`: the sinks, of all the program's, that take part.
    Epochs(size_t sources, int workers, size_t sinks, int used);

    /// Coordinator: asks for the next epoch; gives its number.
    int64_t begin();
    /// The epoch last asked for; workers compare it with the last one they passed.
    int64_t requested() const { return requested_.load(std::memory_order_acquire); }
    bool under_way() const { return requested() > committed_.load(std::memory_order_acquire); }
    bool complete() const;
    /// Coordinator, when complete.
    EpochParts take();
    void set_committed(int64_t epoch) { committed_.store(epoch, std::memory_order_release); }
    int64_t committed() const { return committed_.load(std::memory_order_acquire); }

    /// Worker: its scans have passed the barrier at these positions, by source.
    void worker_passed(std::vector<SourcePositions> positions);
    /// Sink thread: everything before the barrier is safe.
    void sink_prepared(size_t sink, std::string prepared);

    /// The coordinator sleeps here; workers and sinks wake it.
    Wakeup& wakeup() { return wakeup_; }

  private:
    std::atomic<int64_t> requested_{0}, committed_{0};
    mutable std::mutex mutex_;
    EpochParts parts_;
    int workers_, sinks_, workers_passed_ = 0, sinks_prepared_ = 0;
    Wakeup wakeup_;
};

}  // namespace streamql
