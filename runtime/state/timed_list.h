// A short list of (time, value) in order of time, inside a state block: the live rows of one key.
//
// What: one item lies inline, more in an array in the pages with a moving head, so that appending the newest and
// dropping the oldest cost O(1) also for keys with very many rows. Zeroed bytes = empty. Invariants: relocatable;
// items() is valid until the next change of the list. Ownership: the block it lies in. Threading: of the pages.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "runtime/state/page_store.h"

namespace streamql {

struct TimedItem {
    int64_t time;
    StateRef value;
};

struct TimedList {
    uint64_t first;   ///< capacity 0: the item's time, else the array
    uint64_t second;  ///< capacity 0: the item's value, else the index of the first item
    uint32_t count;
    uint32_t capacity;

    const TimedItem* items(const PageStore& pages) const {
        return capacity ? reinterpret_cast<const TimedItem*>(pages.read(first)) + second
                        : reinterpret_cast<const TimedItem*>(this);
    }
    /// Index of the first item with time >= t.
    uint32_t lower_bound(const PageStore& pages, int64_t t) const {
        const TimedItem* const all = items(pages);
        if (count <= 8) {
            uint32_t at = 0;
            while (at < count && all[at].time < t) ++at;
            return at;
        }
        return static_cast<uint32_t>(
            std::partition_point(all, all + count, [t](const TimedItem& i) { return i.time < t; }) - all);
    }
    /// Inserts before index `at`; the list itself stays where it is.
    void insert(PageStore& pages, uint32_t at, TimedItem item) {
        if (count == 0 && capacity == 0) {
            std::memcpy(static_cast<void*>(this), &item, sizeof item);
            count = 1;
            return;
        }
        make_room(pages);
        TimedItem* const all = reinterpret_cast<TimedItem*>(pages.write(first)) + second;
        std::memmove(static_cast<void*>(all + at + 1), all + at, (count - at) * sizeof(TimedItem));
        all[at] = item;
        ++count;
    }
    void pop_front(PageStore& pages) {
        --count;
        if (capacity == 0) return;
        ++second;
        if (count > 1) return;
        // back to the inline form
        const StateRef array = first;
        const uint64_t bytes = capacity * sizeof(TimedItem);
        TimedItem rest{};
        if (count) rest = *items(pages);
        std::memcpy(static_cast<void*>(this), &rest, sizeof rest);
        capacity = 0;
        pages.free(array, bytes);
    }

  private:
    void make_room(PageStore& pages) {
        if (capacity && second + count < capacity) return;
        if (capacity && second >= capacity / 2) {
            TimedItem* const array = reinterpret_cast<TimedItem*>(pages.write(first));
            std::memmove(static_cast<void*>(array), array + second, count * sizeof(TimedItem));
            second = 0;
            return;
        }
        const uint32_t larger = capacity ? capacity * 2 : 4;
        const StateRef array = pages.allocate(larger * sizeof(TimedItem));
        std::memcpy(pages.write(array), items(pages), count * sizeof(TimedItem));
        if (capacity) pages.free(first, capacity * sizeof(TimedItem));
        first = array;
        second = 0;
        capacity = larger;
    }
};
static_assert(sizeof(TimedList) == 24 && sizeof(TimedItem) == 16);

}  // namespace streamql
