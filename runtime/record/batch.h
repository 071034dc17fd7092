// A batch: typed columns of up to `capacity` rows, with validity, plus the hidden facts each row carries.
//
// What: the unit that moves between source, generated pipeline, operator, exchange and sink.
// Invariants: all columns hold `rows` cells; cell i of a column lies at data + i * physical_width; valid[i] is 0 for
// NULL (the cell is then undefined, but readable). Strings view memory that outlives the push of this batch: either the
// batch's own arena or the buffers of the batch it came from. Whoever keeps a row past the push copies it (exchange,
// breaker). Hidden per-row columns (always present, so that ties and lateness are properties of the data):
//   event_time  the row's event time in microseconds (kMinTime where the relation has none)
//   lateness    the watermark of the row's own partition just before the row (kMinTime past the first timed operator)
//   origin      where it came from: source, partition, offset; the tie-break of LANGUAGE ("event time, source,
//   partition,
//               offset")
//   status      0 = live; a scan marks rows that are accounted for already, and the pipeline behind it skips them
// Ownership: a Batch owns its column memory and an arena; reuse by clear(). Threading: one thread at a time.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/types/value.h"

namespace streamql {

struct Origin {
    uint32_t source = 0;  ///< index of the source in the program
    uint32_t partition = 0;
    int64_t offset = 0;
    auto operator<=>(const Origin&) const = default;
};

/// What generated code and C++ operators see of a column. Layout is mirrored in codegen.
struct ColumnView {
    char* data;
    uint8_t* valid;  ///< one byte a row, 1 = present
};

enum class Op : uint8_t { kInsert = 0, kUpdateBefore = 1, kUpdateAfter = 2, kDelete = 3 };

/// The plain struct that generated code reads and writes; Batch keeps it up to date.
/// Layout is mirrored in codegen/emit.
struct BatchView {
    int64_t rows = 0;
    int64_t capacity = 0;
    ColumnView* columns = nullptr;
    int64_t* event_time = nullptr;
    int64_t* lateness = nullptr;
    Origin* origin = nullptr;
    uint8_t* status = nullptr;  ///< 0 = live, else a RowError: accounted for already (only behind a scan)
    Op* op = nullptr;           ///< null: every row is an insert (insert_only)
    int64_t line = -1;          ///< line of the ledger that these source rows are booked on; -1 = derived rows
};

class Batch {
  public:
    Batch(std::vector<Type> types, int64_t capacity);
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

    const std::vector<Type>& types() const { return types_; }
    BatchView& view() { return view_; }
    const BatchView& view() const { return view_; }
    int64_t rows() const { return view_.rows; }
    int64_t capacity() const { return view_.capacity; }
    Arena& arena() { return arena_; }
    void clear() {
        view_.rows = 0;
        arena_.reset();
    }
    /// Grows to hold at least `rows` (contents of present rows are kept).
    void reserve(int64_t rows);

    bool is_null(int column, int64_t row) const { return !view_.columns[column].valid[row]; }
    template <typename T>
    T& cell(int column, int64_t row) {
        return reinterpret_cast<T*>(view_.columns[column].data)[row];
    }
    template <typename T>
    const T& cell(int column, int64_t row) const {
        return reinterpret_cast<const T*>(view_.columns[column].data)[row];
    }
    Cell get(int column, int64_t row) const;
    void set(int column, int64_t row, const Cell& c);  ///< strings are not copied
    /// Appends row `row` of `from` (same types), copying strings into this batch's arena. Grows if full.
    void append_copy(const BatchView& from, int64_t row);
    /// Appends rows[0..n) of `from` (null: its first n rows) column by column, as append_copy does row by row.
    void append_rows(const BatchView& from, const int32_t* rows, int64_t n);

  private:
    std::vector<Type> types_;
    std::vector<Physical> physical_;
    std::vector<ColumnView> columns_;
    BatchView view_;
    Arena arena_;
    std::vector<std::unique_ptr<char[]>> memory_;
};

}  // namespace streamql
