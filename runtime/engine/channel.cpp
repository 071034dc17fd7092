#include "runtime/engine/channel.h"

namespace streamql {

Channel::Channel(std::vector<Type> types, int64_t batch_rows, Wakeup& consumer, Wakeup& producer)
    : types_(std::move(types)), batch_rows_(batch_rows), consumer_(consumer), producer_(producer), ring_(64) {}

Batch* Channel::take_free() {
    std::lock_guard lock(mutex_);
    if (free_.empty()) {
        batches_.push_back(std::make_unique<Batch>(types_, batch_rows_));
        free_.reserve(batches_.size());
        return batches_.back().get();
    }
    Batch* batch = free_.back();
    free_.pop_back();
    return batch;
}

void Channel::push(ChannelItem item) {
    {
        std::lock_guard lock(mutex_);
        if (size_ == ring_.size()) {
            std::vector<ChannelItem> larger(ring_.size() * 2);
            for (size_t i = 0; i < size_; ++i) larger[i] = ring_[(head_ + i) & (ring_.size() - 1)];
            ring_ = std::move(larger);
            head_ = 0;
        }
        // a watermark replaces one that nobody has looked at yet
        const size_t last = (head_ + size_ - 1) & (ring_.size() - 1);
        if (item.kind == ChannelItem::Kind::kWatermark && size_ > 0 &&
            ring_[last].kind == ChannelItem::Kind::kWatermark) {
            ring_[last].value = item.value;
        } else {
            ring_[(head_ + size_++) & (ring_.size() - 1)] = item;
        }
        if (item.kind == ChannelItem::Kind::kRows) queued_rows_.fetch_add(1, std::memory_order_relaxed);
    }
    consumer_.notify();
}

void Channel::push_rows(Batch* batch) { push({ChannelItem::Kind::kRows, batch, 0}); }

void Channel::wait_for_room() {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return closed_ || held_ || queued_rows_.load(std::memory_order_relaxed) < 4 * kCredit; });
}

ChannelItem::Kind Channel::front() const {
    std::lock_guard lock(mutex_);
    return size_ == 0 ? ChannelItem::Kind::kNone : ring_[head_].kind;
}

ChannelItem Channel::pop() {
    std::lock_guard lock(mutex_);
    ChannelItem item = ring_[head_];
    head_ = (head_ + 1) & (ring_.size() - 1);
    --size_;
    return item;
}

void Channel::recycle(Batch* batch) {
    int before;
    {
        std::lock_guard lock(mutex_);
        batch->clear();
        free_.push_back(batch);
        before = queued_rows_.fetch_sub(1, std::memory_order_relaxed);
    }
    if (before <= 4 * kCredit) room_.notify_one();
    if (before == kCredit) producer_.notify();
}

void Channel::set_held(bool held) {
    {
        std::lock_guard lock(mutex_);
        held_ = held;
    }
    room_.notify_one();
}

void Channel::close() {
    {
        std::lock_guard lock(mutex_);
        closed_ = true;
    }
    room_.notify_all();
}

}  // namespace streamql
