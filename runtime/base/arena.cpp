#include "runtime/base/arena.h"

#include <algorithm>

namespace streamql {

void Arena::grow(size_t bytes) {
    while (block_ + 1 < blocks_.size()) {
        ++block_;
        at_ = blocks_[block_].bytes.get();
        end_ = at_ + blocks_[block_].size;
        if (static_cast<size_t>(end_ - at_) >= bytes) return;
    }
    size_t size = std::max({bytes, block_bytes_, capacity_});  // doubles, so that a big batch needs few blocks
    blocks_.push_back({std::unique_ptr<char[]>(new char[size]), size});
    capacity_ += size;
    block_ = blocks_.size() - 1;
    at_ = blocks_[block_].bytes.get();
    end_ = at_ + size;
}

}  // namespace streamql
