// Bounded channels between two threads: worker to worker (exchange) and worker to sink.
//
// What: one producer puts batches, watermarks and barriers in order; one consumer takes them. Batches belong to the
// channel and are recycled, so a steady flow allocates nothing. Invariants: order is kept. The bound is soft: producers
// look at has_credit() before they start work, and a batch under way may overshoot; barriers and watermarks are always
// taken, so that epochs cannot deadlock. A channel to a sink may also block its producer (wait_for_room), except while
// the consumer holds it at a barrier. Ownership: owned by the job; a taken batch goes back by recycle(). Threading: one
// producer thread, one consumer thread.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "runtime/record/batch.h"

namespace streamql {

/// Lets a thread sleep until somebody has news for it. A notice given while awake is not lost.
class Wakeup {
  public:
    void notify() {
        if (news_.exchange(true, std::memory_order_acq_rel)) return;
        {
            std::lock_guard lock(mutex_);
        }
        condition_.notify_one();
    }
    /// Returns at once if there was news since the last wait.
    void wait(std::chrono::microseconds timeout) {
        std::unique_lock lock(mutex_);
        condition_.wait_for(lock, timeout, [&] { return news_.load(std::memory_order_acquire); });
        news_.store(false, std::memory_order_release);
    }

  private:
    std::mutex mutex_;
    std::condition_variable condition_;
    std::atomic<bool> news_{false};
};

struct ChannelItem {
    enum class Kind : uint8_t { kNone, kRows, kWatermark, kBarrier };
    Kind kind = Kind::kNone;
    Batch* rows = nullptr;  ///< kRows; give back by recycle()
    int64_t value = 0;      ///< kWatermark: the watermark; kBarrier: the epoch
};

class Channel {
  public:
    static constexpr int kCredit = 8;  ///< batches queued above which producers do not start new work

    Channel(std::vector<Type> types, int64_t batch_rows, Wakeup& consumer, Wakeup& producer);

    // the producer's side
    /// An empty batch to fill.
    Batch* take_free();
    void push_rows(Batch* batch);
    void push_watermark(int64_t watermark) { push({ChannelItem::Kind::kWatermark, nullptr, watermark}); }
    void push_barrier(int64_t epoch) { push({ChannelItem::Kind::kBarrier, nullptr, epoch}); }
    bool has_credit() const { return queued_rows_.load(std::memory_order_relaxed) < kCredit; }
    bool empty() const { return queued_rows_.load(std::memory_order_relaxed) == 0; }
    /// Blocks while the channel is far over its bound; not while it is held at a barrier or closed.
    void wait_for_room();

    // the consumer's side
    ChannelItem::Kind front() const;
    ChannelItem pop();
    void recycle(Batch* batch);
    /// While held the consumer takes nothing: it waits for the same barrier in other channels.
    void set_held(bool held);

    /// At an abort: lets a blocked producer go. Any thread.
    void close();

  private:
    void push(ChannelItem item);
    std::vector<Type> types_;
    int64_t batch_rows_;
    Wakeup& consumer_;
    Wakeup& producer_;
    mutable std::mutex mutex_;
    std::condition_variable room_;
    std::vector<ChannelItem> ring_;  // power of two; grows when an overshoot needs it
    size_t head_ = 0, size_ = 0;
    std::vector<Batch*> free_;
    std::vector<std::unique_ptr<Batch>> batches_;
    std::atomic<int> queued_rows_{0};
    bool held_ = false, closed_ = false;
};

}  // namespace streamql
