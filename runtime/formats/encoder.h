// Encoders: rows of a batch -> bytes, for sinks.
//
// What: an Encoder appends one record a row to a buffer; the caller frames it (a line end, a Kafka message).
// Invariants: what encode_row() appends is one whole record without a line end (a quoted CSV field may hold line
// breaks). decode(encode(row)) = row for every type. Ownership: keeps copies of types and names. Threading: one thread
// at a time.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/connectors/options.h"
#include "runtime/program/program.h"
#include "runtime/record/batch.h"

namespace streamql {

class Encoder {
  public:
    virtual ~Encoder() = default;
    /// Appends row `row` to `out`.
    virtual void encode_row(const BatchView& batch, int64_t row, std::string& out) = 0;
    /// The line before the first record (CSV's names), without a line end; empty = none.
    virtual std::string header() const { return {}; }
    /// What follows every record where records lie in one file.
    virtual std::string_view separator() const { return "\n"; }
};

/// `columns` are those of the batch; `which` names the ones to write, in order (empty: all). `format` is a name of
/// format_list(); `options` gives its options (timestamp.format, delimiter, null).
Result<std::unique_ptr<Encoder>> make_encoder(std::string_view format, const Options& options,
                                              const std::vector<ColumnSpec>& columns, std::vector<int> which = {});

}  // namespace streamql
