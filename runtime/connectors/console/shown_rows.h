// The rows of an epoch that wait to be shown, and the order they are shown in.
//
// What: rows come from several workers as they come; within an epoch they are shown by event time, then (rows as they
// were read) by their place in the source, then column by column (NULL last), so that a result looks the same whatever
// the number of workers. Changes (+ and -) keep their order: it is their meaning. Ownership: copies what it keeps.
// Threading: one thread.
#pragma once
#include <string>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/program/program.h"
#include "runtime/record/batch.h"

namespace streamql {

class ShownRows {
  public:
    struct Row {
        int64_t time = kMinTime;
        Origin origin;            ///< the same for all rows that an operator made
        std::vector<Cell> cells;  ///< to order by; strings lie in the arena
        std::vector<uint8_t> valid;
        std::string sign;                ///< of a change: "+ " or "- "
        std::vector<std::string> texts;  ///< what is shown: a text a column, or the whole line
    };

    explicit ShownRows(const std::vector<ColumnSpec>& columns);
    void add(const BatchView& view, int64_t row, std::string sign, std::vector<std::string> texts);
    size_t size() const { return rows_.size(); }
    /// The rows in their order.
    const std::vector<Row>& in_order();
    /// Leaves only the last `count` in their order; gives how many went.
    int64_t keep_last(size_t count);
    void clear();

  private:
    bool before(const Row& a, const Row& b) const;

    std::vector<Type> types_;
    std::vector<Row> rows_;
    Arena arena_;
    bool changes_ = false;
};

}  // namespace streamql
