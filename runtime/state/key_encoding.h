// The canonical bytes of a key: what exchanges hash, tables compare and windows decode again.
//
// What: NULL bits of all key columns (ceil(n / 8) bytes), then each non-NULL column: 8 bytes for integers, times and
// doubles; 17 for decimals (scale, integer); 16 for intervals; length (4) and bytes for strings and nested values.
// Invariants: two keys are equal in SQL's sense (IS NOT DISTINCT FROM) exactly when their bytes are: -0 = 0, one NaN,
// 1.50 = 1.5, '1 month' = '30 days'; NULL differs from every value. Decoding gives a value equal to the encoded one: a
// DECIMAL(p,s) at its declared scale, a NUMERIC without trailing zeros, an interval with full months and days carried.
// Ownership: EncodedKeys is reused batch after batch; its views live until the next encode. Threading: none shared.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "runtime/record/batch.h"

namespace streamql {

/// The keys of one batch, back to back.
class EncodedKeys {
  public:
    int64_t size() const { return static_cast<int64_t>(ends_.size()) - 1; }
    std::string_view operator[](int64_t i) const { return {bytes_.get() + ends_[i], ends_[i + 1] - ends_[i]}; }
    /// Some column of key i is NULL (it never matches in a join).
    bool has_null(int64_t i) const { return has_null_[i] != 0; }

  private:
    friend class KeyEncoder;
    char* reserve(size_t bytes);
    std::unique_ptr<char[]> bytes_;
    size_t capacity_ = 0;
    std::vector<uint64_t> ends_{0};
    std::vector<uint8_t> has_null_;
};

class KeyEncoder {
  public:
    /// The key is the leading `key_columns` columns of batches of `types`. No columns: every key is the empty string.
    KeyEncoder(const std::vector<Type>& types, int key_columns);

    /// All of `types` are key columns.
    explicit KeyEncoder(const std::vector<Type>& types) : KeyEncoder(types, static_cast<int>(types.size())) {}

    /// Encodes the keys of all rows.
    void encode(const BatchView& in, EncodedKeys& out) const;
    /// Encodes one row; the view lives until the next call of this.
    std::string_view encode(const BatchView& in, int64_t row);
    /// True if any key column of the row is NULL.
    bool has_null(const BatchView& in, int64_t row) const;
    /// Writes the key into columns [first_column, ...) of row `row`. Strings view `key`.
    void decode(std::string_view key, BatchView& out, int64_t row, int first_column) const;
    int columns() const { return static_cast<int>(types_.size()); }
    /// True for bytes that decode() may be given; of saved keys nothing is taken for granted.
    bool is_valid(std::string_view key) const;

  private:
    char* encode_row(const BatchView& in, int64_t row, char* at, uint8_t* has_null) const;
    char* encode_value(const BatchView& in, size_t column, int64_t row, char* at) const;
    size_t most_bytes(const BatchView& in, int64_t begin, int64_t end) const;
    void encode_words(const BatchView& in, EncodedKeys& out) const;
    void encode_string(const BatchView& in, EncodedKeys& out) const;

    std::vector<Type> types_;
    std::vector<Physical> physical_;
    size_t null_bytes_ = 0;
    std::vector<char> row_bytes_;
    bool words_only_ = false;  ///< all columns lie in an int64
};

}  // namespace streamql
