// State is pages: relocatable bytes addressed by 64-bit refs, never pointers or live C++ objects.
//
// What: an allocator over pages of 512 bytes to 256 KiB (small tables stay small) and one page of its own for each
// larger block; a large store takes its pages from slabs of 2 MiB in huge pages. Free blocks lie on a stack of refs per
// size class, so that neither freeing nor allocating waits for a block's own (cold) memory. Invariants: blocks are
// aligned to 16; a ref is below 2^48 and 0 is no block; addresses are stable until the block is freed. Pages are memory
// only: what is saved is entries (state_catalog.h). Ownership: the store owns its pages; clear() drops all blocks at
// once. Threading: one worker's.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/state/huge_pages.h"

namespace streamql {

using StateRef = uint64_t;

class PageStore {
  public:
    PageStore() { clear(); }

    StateRef allocate(uint64_t bytes);
    /// `bytes` as given to allocate().
    void free(StateRef ref, uint64_t bytes);
    const char* read(StateRef ref) const { return pages_[ref >> kOffsetBits].data + (ref & kOffsetMask); }
    char* write(StateRef ref) { return pages_[ref >> kOffsetBits].data + (ref & kOffsetMask); }
    /// Frees all blocks and pages.
    void clear();

    /// Bytes of live blocks (rounded to their size class).
    int64_t bytes_in_use() const { return in_use_; }
    /// Bytes of all pages held.
    int64_t bytes_held() const { return held_; }

  private:
    static constexpr int kOffsetBits = 18;
    static constexpr uint64_t kOffsetMask = (uint64_t{1} << kOffsetBits) - 1;
    static constexpr uint64_t kFirstPage = 512, kLargestPage = uint64_t{1} << kOffsetBits;
    static constexpr uint64_t kLargestBlock = kLargestPage / 4;
    static constexpr int kClasses = 64 + 6 * 4;  ///< 16 .. 1024 by 16, then four steps a doubling up to kLargestBlock

    struct Page {
        char* data = nullptr;
        uint64_t size = 0;
        std::unique_ptr<char[]> own;  ///< null: lies in a slab
    };
    static int class_of(uint64_t bytes);
    static uint64_t class_bytes(int c);
    StateRef allocate_page(uint64_t bytes);
    StateRef add_page(uint64_t bytes, bool in_slab);
    void start_page(uint64_t need);
    std::vector<StateRef>& free_list(int c);

    std::vector<Page> pages_;
    std::vector<HugeMemory> slabs_;  ///< of the largest pages, once the store is large
    uint64_t slab_left_ = 0;
    std::vector<size_t> free_pages_;  ///< page numbers of freed own-page blocks
    using FreeLists = std::array<std::vector<StateRef>, kClasses>;
    std::unique_ptr<FreeLists> free_;  ///< made by the first block freed
    StateRef at_ = 0;                  ///< next byte of the page being filled
    uint64_t left_ = 0, next_page_ = kFirstPage;
    int64_t in_use_ = 0, held_ = 0;
};

}  // namespace streamql
