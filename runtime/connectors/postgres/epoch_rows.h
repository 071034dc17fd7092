// The rows of the epoch under way, encoded, kept until their transaction is committed so that they can be sent again.
//
// Invariants: upsert holds the last row of each key only, in the order in which keys first came. Threading: one thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace streamql::postgres {

class EpochRows {
  public:
    /// Encode a row at the end of this, then add it, or cut() what was appended.
    std::string& bytes() { return bytes_; }
    size_t begin() const { return bytes_.size(); }
    void cut(size_t begin) { bytes_.resize(begin); }
    void append(size_t begin) { rows_.push_back({begin, bytes_.size() - begin, 0, 0}); }
    /// The key is bytes [key_begin, key_end) of the row.
    void upsert(size_t begin, size_t key_begin, size_t key_end);

    size_t count() const { return rows_.size(); }
    std::string_view row(size_t i) const { return {bytes_.data() + rows_[i].begin, rows_[i].size}; }
    /// Appended rows lie behind one another.
    std::string_view range(size_t from, size_t to) const;
    void clear();

  private:
    struct Row {
        size_t begin, size;
        uint32_t key_size;
        uint64_t hash;
    };
    std::string_view key(const Row& r) const { return {bytes_.data() + r.begin + 2, r.key_size}; }
    void grow();

    std::string bytes_;
    std::vector<Row> rows_;
    std::vector<uint32_t> slots_;  ///< open addressing: row + 1; a power of two, at most half full
};

}  // namespace streamql::postgres
