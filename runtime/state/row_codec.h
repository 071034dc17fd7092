// A batch row <-> relocatable bytes in a page: what a join or an ordered deduplication keeps of a row.
//
// What: a StoredRow header (event time, origin, ledger line, flags, size), NULL bits, the cells in column order
// (strings as offset and size), then the strings' bytes. Invariants: no pointers in the bytes; decoded strings view the
// page and live as long as the row. Ownership: rows are blocks of the PageStore given. Threading: that of the store.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/record/batch.h"
#include "runtime/state/page_store.h"

namespace streamql {

struct StoredRow {
    int64_t event_time;
    Origin origin;
    int32_t line;
    uint32_t flags;  ///< the operator's own
    uint64_t bytes;  ///< of the whole block
};
static_assert(sizeof(StoredRow) == 40);

class RowCodec {
  public:
    explicit RowCodec(const std::vector<Type>& types);
    /// Copies row `row` into a new block.
    StateRef store(const BatchView& in, int64_t row, PageStore& pages) const;
    /// A stored row's bytes as they may be kept elsewhere, and back: 0 when no store() gives such bytes.
    static std::string_view bytes(const char* stored) { return {stored, header(stored).bytes}; }
    StateRef restore(std::string_view bytes, PageStore& pages) const;
    /// Writes the cells of a stored row into columns [first_column, ...) of row `row`; hidden columns are the caller's.
    void load(const char* stored, BatchView& out, int64_t row, int first_column) const;
    /// Does not read the row when all rows have one size.
    void free(StateRef ref, PageStore& pages) const {
        pages.free(ref, strings_.empty() ? fixed_bytes_ : header(pages.read(ref)).bytes);
    }
    bool one_size() const { return strings_.empty(); }
    static const StoredRow& header(const char* stored) { return *reinterpret_cast<const StoredRow*>(stored); }
    static StoredRow& header(char* stored) { return *reinterpret_cast<StoredRow*>(stored); }
    int columns() const { return static_cast<int>(physical_.size()); }

  private:
    bool is_valid(const char* stored, uint64_t size) const;

    std::vector<Physical> physical_;
    std::vector<uint32_t> offsets_;  ///< of each cell in the block
    std::vector<int> strings_;       ///< columns of strings
    uint32_t fixed_bytes_ = 0;       ///< header, NULL bits and cells
};

}  // namespace streamql
