// The contract of decoding formats: raw messages of one split -> typed columns of a batch, one virtual call a batch.
//
// What: the scanner calls decode() once a batch from sq_decode; JSON, CSV and raw are Decoders made for a source's
// columns. Invariants: decode() fills cells and validity of every ColumnOrigin::kRecord column for rows [0, raw.count)
// of `out` (the engine made room, and sets rows, hidden columns and metadata columns itself). A message that cannot be
// decoded is reported by RowErrorSink::row_error and its cells may be anything readable. A missing NOT NULL column is
// the decoder's kNotNull. Strings view the message's bytes or memory of the decoder that lives until its next decode().
// Threading: one Decoder a worker and source; never shared.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>

#include "runtime/abi/row_error.h"
#include "runtime/base/result.h"
#include "runtime/connectors/connector.h"
#include "runtime/record/batch.h"

namespace streamql {

/// Takes the decoder's row errors; implemented by the scanner.
class RowErrorSink {
  public:
    virtual ~RowErrorSink() = default;
    /// `column` is an index into SourceSpec::columns, or -1 when the whole record is at fault; `byte_offset` is where
    /// in the message. A decoder reports at most one error a row.
    virtual void row_error(int64_t row, RowError error, int column, uint32_t byte_offset) = 0;
    /// The same where the decoder can say more than the code's sentence: `reason` is a sentence of its own.
    virtual void row_error(int64_t row, RowError error, int column, uint32_t byte_offset, std::string_view reason) {
        row_error(row, error, column, byte_offset);
    }
};

class Decoder {
  public:
    virtual ~Decoder() = default;
    virtual void decode(const RawBatch& raw, BatchView& out, RowErrorSink& errors) = 0;
};

/// By option `format` (json where the connector has no such option). Error kQuery if the columns do not fit the format.
Result<std::unique_ptr<Decoder>> make_decoder(const SourceSpec& source);

}  // namespace streamql
