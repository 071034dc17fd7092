// The canonical bytes of a key: equal keys (IS NOT DISTINCT FROM) have equal bytes, on every machine and in every batch.
//
// What: each column is one byte (0 NULL, 1 present) and its value: integers and times 8 bytes, DOUBLE with -0 and NaN made
// one, text and nested values a length and the bytes, INTERVAL as its span, DECIMAL without trailing zeros.
// Ownership: encode() gives a view that lives until the next encode(). Threading: one encoder a thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "runtime/record/batch.h"

namespace streamql {

class KeyEncoder {
  public:
    /// The key is the leading `types.size()` columns of the batches given.
    explicit KeyEncoder(const std::vector<Type>& types);
    std::string_view encode(const BatchView& batch, int64_t row);
    /// True if any key column of the row is NULL.
    bool has_null(const BatchView& batch, int64_t row) const;

  private:
    std::vector<Physical> physical_;
    std::string bytes_;
};

}  // namespace streamql
