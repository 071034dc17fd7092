// What expires when: (time, ref) items in time buckets, so that state is dropped at a cost of O(1) a row.
//
// What: items lie unsorted in buckets of equal width. take_due() is exact: the bucket that the limit has reached
// becomes a heap; take_buckets() is coarse: whole buckets only, unsorted, for state whose dropping nobody sees.
// Invariants: an index over state that lies in pages, rebuilt from it; a queue is used in one of the two ways only.
// take_due() gives items in order of time. Threading: one worker's.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "runtime/state/page_store.h"

namespace streamql {

class ExpiryQueue {
  public:
    struct Item {
        int64_t time;
        StateRef ref;
    };

    explicit ExpiryQueue(int64_t width) : width_(std::max<int64_t>(width, 1)) {}

    int64_t bucket_of(int64_t time) const { return time / width_ - (time % width_ < 0); }

    void add(int64_t time, StateRef ref) {
        ++size_;
        const int64_t bucket = bucket_of(time);
        if (!heap_.empty() && bucket <= heap_bucket_) {
            heap_.push_back({time, ref});
            std::push_heap(heap_.begin(), heap_.end(), later);
            return;
        }
        if (!last_ || bucket != last_bucket_) {
            auto [at, fresh] = buckets_.try_emplace(bucket);
            if (fresh && !spare_.empty()) {
                at->second = std::move(spare_.back());
                spare_.pop_back();
            }
            last_ = &at->second;
            last_bucket_ = bucket;
        }
        last_->push_back({time, ref});
    }

    /// visit(time, ref) for every item with time < limit, in order of time. The visit must not add.
    template <typename Visit>
    void take_due(int64_t limit, Visit&& visit) {
        for (;;) {
            if (heap_.empty() && !open_bucket(limit)) return;
            if (heap_.front().time >= limit) return;
            std::pop_heap(heap_.begin(), heap_.end(), later);
            const Item item = heap_.back();
            heap_.pop_back();
            --size_;
            visit(item.time, item.ref);
        }
    }

    /// visit(bucket, ref) for every item of the buckets that lie wholly before `limit`; ahead(step, ref) is called 48,
    /// 32 and 16 items before (steps 0, 1, 2), to prefetch.
    template <typename Visit, typename Ahead>
    void take_buckets(int64_t limit, Visit&& visit, Ahead&& ahead) {
        const int64_t open = bucket_of(limit);  // limit = kMaxTime: its bucket holds nothing that could still come
        while (!buckets_.empty() && (buckets_.begin()->first < open || limit == INT64_MAX)) {
            const int64_t bucket = buckets_.begin()->first;
            std::vector<Item> items = remove_first();
            for (size_t i = 0; i < items.size(); ++i) {
                for (int step = 0; step < 3; ++step) {
                    const size_t later = i + 48 - 16 * step;
                    if (later < items.size()) ahead(step, items[later].ref);
                }
                visit(bucket, items[i].ref);
            }
            recycle(std::move(items));
        }
    }

    /// The least time of all items, INT64_MAX when there are none. Only with take_due().
    int64_t earliest() {
        if (heap_.empty() && !open_bucket(INT64_MAX)) return INT64_MAX;
        return heap_.front().time;
    }
    int64_t size() const { return size_; }
    int64_t bytes() const { return size_ * static_cast<int64_t>(sizeof(Item)); }

  private:
    static bool later(const Item& a, const Item& b) { return a.time > b.time; }
    bool open_bucket(int64_t limit) {
        if (buckets_.empty() || buckets_.begin()->first > bucket_of(limit)) return false;
        heap_bucket_ = buckets_.begin()->first;
        recycle(std::exchange(heap_, {}));
        const auto items = buckets_.begin()->second.size();
        heap_ = remove_first();
        size_ += static_cast<int64_t>(items);
        std::make_heap(heap_.begin(), heap_.end(), later);
        return true;
    }
    std::vector<Item> remove_first() {
        auto first = buckets_.begin();
        std::vector<Item> items = std::move(first->second);
        if (last_ == &first->second) last_ = nullptr;
        buckets_.erase(first);
        size_ -= static_cast<int64_t>(items.size());
        return items;
    }
    void recycle(std::vector<Item>&& items) {
        if (items.capacity() == 0 || spare_.size() >= 4) return;
        items.clear();
        spare_.push_back(std::move(items));
    }

    int64_t width_;
    std::map<int64_t, std::vector<Item>> buckets_;
    std::vector<Item>* last_ = nullptr;  ///< the bucket added to last; map nodes are stable
    int64_t last_bucket_ = 0;
    std::vector<Item> heap_;
    int64_t heap_bucket_ = 0;
    std::vector<std::vector<Item>> spare_;
    int64_t size_ = 0;
};

}  // namespace streamql
