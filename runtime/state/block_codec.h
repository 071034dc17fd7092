// A state block of aggregates <-> bytes without refs: what an aggregation saves of a group, and copies of one.
//
// What: the fixed bytes with every StateBytes and StateSet zeroed, then the StateBytes' values, each with its size; the
// elements of sets are entries of their own (set fields are numbered in the order of `fields`). Invariants: load()
// takes nothing for granted and never follows a ref that it read. Ownership: memory of variable size lies in the pages
// given. Threading: that of the pages.
#pragma once
#include <string_view>
#include <vector>

#include "runtime/abi/context.h"
#include "runtime/state/aggregate_memory.h"
#include "runtime/state/entry_codec.h"

namespace streamql {

class BlockCodec {
  public:
    BlockCodec(int block_bytes, const std::vector<StateField>& fields);

    void save(const void* pages, const char* block, EntryWriter& to) const;
    /// `block` is as init left it (or was loaded before: its sets stay). False for bytes that save() never gives.
    bool load(std::string_view bytes, void* pages, char* block) const;

    int sets() const { return static_cast<int>(sets_.size()); }
    const StateSet& set(const char* block, int number) const {
        return *reinterpret_cast<const StateSet*>(block + sets_[number].offset);
    }
    /// Adds an element that set_for_each() gave; false when it can be none of this set, or is in it already.
    bool load_element(int number, std::string_view element, void* pages, char* block) const;
    /// Frees what the block refers to.
    void free(void* pages, char* block) const;
    bool refers() const { return !bytes_.empty() || !sets_.empty(); }

  private:
    size_t block_bytes_;
    std::vector<StateField> bytes_, sets_, scales_;
};

}  // namespace streamql
