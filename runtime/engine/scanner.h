// The scanner: raw messages of one split -> a stamped batch, by the source's scan function and the abi's sq_decode,
// sq_stamp.
//
// What: one Scanner a worker and source. It is the `scanner` of ScanContext: it owns the decoder, fills hidden and
// metadata columns, keeps each row's fate in `status`, and moves the watermark of the partition that is being read.
// Invariants: after scan() the batch has one row a message; a row with status != 0 has been booked as a row error.
// Threading: its worker's.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "runtime/engine/row_errors.h"
#include "runtime/formats/decoder.h"
#include "runtime/time/watermark.h"

namespace streamql {

class Scanner final : public RowErrorSink {
  public:
    Scanner(const SourceSpec& spec, int source, std::string place, std::unique_ptr<Decoder> decoder, RowErrors& errors,
            Clock& clock, const void* timezone);

    /// What became of the batch's rows that are not live.
    struct Counts {
        int64_t dead_letters = 0, skipped = 0;
    };
    /// Scans into `out`; `watermark` is the partition's, before and after.
    Counts scan(const RawBatch& raw, const SplitReader& reader, int64_t& watermark, Batch& out);

    // for sq_decode, sq_stamp and sq_row_error
    void decode(const RawBatch& raw, BatchView& out);
    void stamp(BatchView& out, int column);
    void row_error(int64_t row, RowError error, int column, uint32_t byte_offset) override;
    void row_error(int64_t row, RowError error, int column, uint32_t byte_offset, std::string_view reason) override;
    void site_error(int64_t row, RowError error, int32_t site);

  private:
    void fail(int64_t row, RowError error, std::string_view column, std::string_view reason = {});
    /// Marks messages that no decoder should see; gives the batch to decode.
    const RawBatch& without_unfit(const RawBatch& raw);
    void fill_metadata(const RawBatch& raw, BatchView& out);

    const SourceSpec& spec_;
    int source_;
    std::string place_;
    std::unique_ptr<Decoder> decoder_;
    RowErrors& errors_;
    Clock& clock_;
    ScanContext context_;
    int64_t max_future_, max_record_bytes_;
    StampRule rule_;
    // of the batch being scanned
    const RawBatch* raw_ = nullptr;
    const SplitReader* reader_ = nullptr;
    Batch* out_ = nullptr;
    int64_t watermark_ = kMinTime;
    Counts counts_;
    std::vector<RawMessage> patched_;
    RawBatch patched_batch_;
};

}  // namespace streamql
