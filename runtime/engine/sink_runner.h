// The thread of one sink: takes batches from all workers, writes them, prepares at each aligned barrier and applies
// once the epoch is decided.
//
// What: one channel a worker and SinkNode (or dead-letter feed). A retryable Error is tried again with growing pauses
// while the job shows DEGRADED; any other ends the job. Refused rows become dead letters. Invariants: a channel that
// has given barrier e is held until all have; prepare(e) then covers exactly the rows before e. Nothing is written
// between prepare(e) and apply(e). Threading: run() is the sink's thread; add_channel() before it starts; rows() and
// rejected() from any thread.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "runtime/connectors/connector.h"
#include "runtime/engine/channel.h"
#include "runtime/engine/row_errors.h"
#include "runtime/metrics/counter.h"

namespace streamql {

struct Job;

class SinkRunner {
  public:
    /// `index`: of the sink in the program.
    SinkRunner(const SinkSpec& spec, size_t index, std::unique_ptr<Sink> sink);
    Channel& add_channel(int64_t batch_rows, Wakeup& producer);
    Sink& sink() { return *sink_; }

    void start(std::shared_ptr<Job> job);
    /// The thread has ended. Any thread.
    bool done() const { return done_.load(std::memory_order_acquire); }
    /// Joins the thread; after `patience` it is left behind instead.
    void join(std::chrono::milliseconds patience);
    void wake() { wakeup_.notify(); }
    void close_channels();
    /// Rows of decided epochs.
    int64_t rows() const { return rows_.get(); }
    int64_t rejected() const { return rejected_.get(); }

  private:
    void run(Job& job);
    bool take_one(Job& job, size_t channel);
    void prepare(Job& job);
    bool apply(Job& job);
    void write(Job& job, const Batch& batch);
    bool persist(Job& job, const std::function<Status()>& attempt);
    void keep_refused(Job& job, const Batch* batch);

    const SinkSpec& spec_;
    size_t index_;
    std::string name_;
    std::unique_ptr<Sink> sink_;
    std::vector<Type> types_;
    Wakeup wakeup_;
    std::vector<std::unique_ptr<Channel>> channels_;
    std::vector<bool> held_;
    size_t at_barrier_ = 0;
    int64_t epoch_ = 0, applied_ = 0;  ///< the last barrier prepared, and applied
    std::vector<RejectedRow> refused_;
    int64_t offered_ = 0;    ///< rows taken since the last barrier
    int64_t unapplied_ = 0;  ///< rows taken since the last epoch that was applied
    ErrorPolicy policy_;
    Counter rows_, rejected_;
    std::thread thread_;
    std::atomic<bool> done_{false};
};

}  // namespace streamql
