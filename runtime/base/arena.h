// A bump allocator that is reset, not freed, between batches: after warm-up it does not allocate.
//
// Invariants: pointers stay valid until reset(); reset() keeps all blocks. Single-threaded.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace streamql {

class Arena {
  public:
    explicit Arena(size_t block_bytes = 64 * 1024) : block_bytes_(block_bytes) {}
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    /// Uninitialised memory, aligned to 16.
    char* allocate(size_t bytes) {
        bytes = (bytes + 15) & ~size_t{15};
        if (static_cast<size_t>(end_ - at_) < bytes) [[unlikely]]
            grow(bytes);
        char* p = at_;
        at_ += bytes;
        return p;
    }
    std::string_view copy(std::string_view s) {
        char* p = allocate(s.size());
        if (!s.empty()) std::memcpy(p, s.data(), s.size());  // an empty view may have no address
        return {p, s.size()};
    }
    /// Forgets everything; blocks are kept for reuse.
    void reset() {
        block_ = 0;
        if (blocks_.empty()) return;
        at_ = blocks_[0].bytes.get();
        end_ = at_ + blocks_[0].size;
    }
    /// Bytes of all blocks held; grows only while warming up (tests count it).
    size_t capacity() const { return capacity_; }

  private:
    struct Block {
        std::unique_ptr<char[]> bytes;
        size_t size;
    };
    void grow(size_t bytes);
    std::vector<Block> blocks_;
    size_t block_ = 0, block_bytes_, capacity_ = 0;
    char *at_ = nullptr, *end_ = nullptr;
};

}  // namespace streamql
