#include "runtime/state/page_store.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "runtime/base/result.h"

namespace streamql {

namespace {
constexpr size_t kAhead = 6;  // free blocks are prefetched so many allocations before they are given out
constexpr int64_t kSlabsFrom = 4 << 20;
}  // namespace

void PageStore::clear() {
    pages_.clear();
    pages_.emplace_back();  // page 0 is nobody's, so that ref 0 is no block
    free_pages_.clear();
    slabs_.clear();
    slab_left_ = 0;
    free_.reset();
    at_ = left_ = 0;
    next_page_ = kFirstPage;
    in_use_ = held_ = 0;
}

int PageStore::class_of(uint64_t bytes) {
    if (bytes <= 1024) return bytes == 0 ? 0 : static_cast<int>((bytes - 1) / 16);
    const int doubling = std::bit_width(bytes - 1) - 1;  // 2^doubling < bytes <= 2^(doubling + 1)
    const uint64_t step = (uint64_t{1} << doubling) / 4;
    return 64 + (doubling - 10) * 4 + static_cast<int>((bytes - (uint64_t{1} << doubling) - 1) / step);
}

uint64_t PageStore::class_bytes(int c) {
    if (c < 64) return (c + 1) * 16;
    const uint64_t base = uint64_t{1024} << ((c - 64) / 4);
    return base + base / 4 * ((c - 64) % 4 + 1);
}

StateRef PageStore::allocate(uint64_t bytes) {
    if (bytes > kLargestBlock) return allocate_page(bytes);
    const int c = class_of(bytes);
    const uint64_t size = class_bytes(c);
    in_use_ += static_cast<int64_t>(size);
    if (free_ && !(*free_)[c].empty()) {
        auto& stack = (*free_)[c];
        const StateRef ref = stack.back();
        stack.pop_back();
        if (stack.size() >= kAhead) {
            const char* const soon = read(stack[stack.size() - kAhead]);
            __builtin_prefetch(soon, 1);
            if (size > 64) __builtin_prefetch(soon + 64, 1);
        }
        return ref;
    }
    if (left_ < size) start_page(size);
    const StateRef ref = at_;
    at_ += size;
    left_ -= size;
    return ref;
}

void PageStore::free(StateRef ref, uint64_t bytes) {
    if (bytes > kLargestBlock) {
        Page& page = pages_[ref >> kOffsetBits];
        in_use_ -= static_cast<int64_t>(page.size);
        held_ -= static_cast<int64_t>(page.size);
        page = Page{};
        free_pages_.push_back(ref >> kOffsetBits);
    } else {
        const int c = class_of(bytes);
        in_use_ -= static_cast<int64_t>(class_bytes(c));
        free_list(c).push_back(ref);
    }
}

std::vector<StateRef>& PageStore::free_list(int c) {
    if (!free_) free_ = std::make_unique<FreeLists>();
    return (*free_)[c];
}

StateRef PageStore::add_page(uint64_t bytes, bool in_slab) {
    size_t number = pages_.size();
    if (free_pages_.empty()) {
        pages_.emplace_back();
    } else {
        number = free_pages_.back();
        free_pages_.pop_back();
    }
    SQ_CHECK(number < size_t{1} << (48 - kOffsetBits));
    Page& page = pages_[number];
    page = Page{nullptr, bytes, nullptr};
    if (in_slab) {
        if (slab_left_ == 0) {
            slabs_.emplace_back(huge_allocate(kHugePage));
            slab_left_ = kHugePage;
        }
        page.data = slabs_.back().get() + (kHugePage - slab_left_);
        slab_left_ -= bytes;
    } else {
        page.own.reset(new char[bytes]);
        page.data = page.own.get();
    }
    held_ += static_cast<int64_t>(bytes);
    return static_cast<StateRef>(number) << kOffsetBits;
}

StateRef PageStore::allocate_page(uint64_t bytes) {
    in_use_ += static_cast<int64_t>(bytes);
    return add_page(bytes, false);
}

void PageStore::start_page(uint64_t need) {
    // what is left of the old page serves later blocks of its size
    while (left_ >= 16) {
        int c = std::min(class_of(left_), kClasses - 1);
        while (class_bytes(c) > left_) --c;
        const uint64_t size = class_bytes(c);
        free_list(c).push_back(at_);
        at_ += size;
        left_ -= size;
    }
    while (next_page_ < need * 4 && next_page_ < kLargestPage) next_page_ *= 2;
    left_ = next_page_;
    at_ = add_page(left_, left_ == kLargestPage && held_ >= kSlabsFrom);
    next_page_ = std::min(next_page_ * 2, kLargestPage);
}

}  // namespace streamql
