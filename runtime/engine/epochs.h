// Epochs: the coordinator asks for barrier e, workers pass it on, sinks prepare it, and one place commits the epoch.
//
// What: Epochs is the meeting point of the coordinator (run()'s thread), the workers and the sink threads. At most one
// epoch is under way. Job::commit_epoch is where it is decided. Invariants: an epoch is complete when every worker has
// given the positions of its splits at the barrier and every sink has prepared. Threading: all members from any thread.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "runtime/connectors/connector.h"
#include "runtime/engine/channel.h"
#include "runtime/journal/commit.h"

namespace streamql {

/// What a barrier has gathered.
struct EpochParts {
    std::vector<std::vector<SplitCommit>> positions;  ///< by source
    std::vector<LedgerLine> lines;                    ///< booked until the scans passed it
    std::vector<std::string> prepared;                ///< by sink: what Sink::prepare() recorded
};

/// What may be read until the next barrier, so that no epoch outgrows what its sinks take in about a second.
///
/// What: workers take() what they have read and read no more once it is used up; the coordinator, at each commit, says
/// how long the epoch took to complete, and the bound on rows follows. Bytes have a fixed bound. Threading: any.
class EpochBudget {
  public:
    void take(int64_t rows, int64_t bytes) {
        rows_.fetch_sub(rows, std::memory_order_relaxed);
        bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    }
    bool used_up() const {
        return rows_.load(std::memory_order_relaxed) <= 0 || bytes_.load(std::memory_order_relaxed) <= 0;
    }
    /// A new epoch begins to be read.
    void refill();
    /// The epoch took so long from its barrier to its completion.
    void learn(std::chrono::steady_clock::duration took);

  private:
    std::atomic<int64_t> rows_{kFirstRows}, bytes_{kBytes};
    int64_t bound_ = kFirstRows;
    bool was_used_up_ = false;
    static constexpr int64_t kFirstRows = 1 << 16, kLeastRows = 1 << 11, kMostRows = 1 << 22;
    static constexpr int64_t kBytes = int64_t{256} << 20;
};

class Epochs {
  public:
    /// `used`: the sinks, of all the program's, that take part.
    Epochs(size_t sources, size_t lines, int workers, size_t sinks, int used);

    /// Before any thread starts: numbers go on behind `epoch`.
    void go_on_after(int64_t epoch) { requested_ = epoch, committed_ = epoch; }
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

    /// Worker: its scans have passed the barrier at these positions, by source, with this on its ledger.
    void worker_passed(std::vector<std::vector<SplitCommit>> positions, const std::vector<LedgerLine>& lines);
    /// Sink thread: everything before the barrier is safe.
    void sink_prepared(size_t sink, std::string prepared);

    EpochBudget& budget() { return budget_; }
    /// The coordinator sleeps here; workers and sinks wake it.
    Wakeup& wakeup() { return wakeup_; }

  private:
    std::atomic<int64_t> requested_{0}, committed_{0};
    mutable std::mutex mutex_;
    EpochParts parts_;
    int workers_, sinks_, workers_passed_ = 0, sinks_prepared_ = 0;
    EpochBudget budget_;
    Wakeup wakeup_;
};

}  // namespace streamql
