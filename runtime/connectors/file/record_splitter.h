// Cuts a stream of bytes into records: lines, or CSV records whose quoted fields may hold line breaks.
//
// What: holds one buffer that is refilled by big blocks; records view it until the next next_batch(). Line ends (LF or
// CRLF) are cut off, a byte order mark at the start too, empty lines are left out (not from `raw`). A record longer
// than max_bytes is handed out cut to max_bytes + 1, so that the decoder calls it too long, and its rest is dropped
// unread. Where a CSV record ends is csv_scan.h's. Invariants: 64 readable bytes lie behind every record; one call
// reads a bounded number of blocks, however long a record is; place() lies behind the last record handed out.
// Threading: one thread at a time.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "runtime/connectors/connector.h"
#include "runtime/connectors/file/csv_scan.h"
#include "runtime/connectors/file/file_bytes.h"

namespace streamql {

struct SplitterRules {
    bool csv = false;  ///< line breaks between quotes belong to the record
    char delimiter = ',';
    bool keep_empty = false;
    bool follow = false;  ///< a last line without its end is not complete yet
    int64_t max_bytes = 16 << 20;
};

/// Where a splitter is in its file, between two records or in the rest of one that was too long.
struct SplitterPlace {
    int64_t offset = 0;  ///< bytes, after unpacking
    int64_t line = 0;
    bool dropping = false;
    CsvScan::State state = CsvScan::State::kFieldStart;
};

class RecordSplitter {
  public:
    /// `bytes` stand at place.offset.
    RecordSplitter(std::unique_ptr<FileBytes> bytes, SplitterRules rules, const SplitterPlace& place);
    /// Appends up to `max` records (offset = line number from 0). kNothing: none now. Records given before are gone.
    Result<Poll> next_batch(int64_t max, std::vector<RawMessage>& out);
    SplitterPlace place() const {
        return {base_ + static_cast<int64_t>(begin_), line_, dropping_,
                dropping_ ? scan_.state : SplitterPlace{}.state};
    }
    /// Of the bytes read so far, whether they became records or not.
    int64_t bytes_read() const { return base_ + static_cast<int64_t>(end_); }
    /// No more will come: a last line without its end is complete.
    void end_following() { rules_.follow = false; }
    const File& file() const { return bytes_->file(); }

  private:
    /// Next record in the buffer; false if there is no complete one.
    bool cut(RawMessage& out);
    bool cut_line(RawMessage& out);
    bool cut_csv(RawMessage& out);
    /// False if the buffer holds nothing else.
    bool drop_rest();
    void cut_oversized(RawMessage& out);
    /// The record's text ends at `to`, `lines` line ends lie in it. False if it is an empty line.
    bool finish(size_t to, int64_t lines, bool line_end, RawMessage& out);
    /// A quoted field that is not one was taken for the rest of a too long record: goes back to its first line end.
    bool go_back();
    std::string_view rest() const { return {buffer_.data() + begin_, end_ - begin_}; }
    Result<size_t> fill();

    std::unique_ptr<FileBytes> bytes_;
    SplitterRules rules_;
    std::vector<char> buffer_;
    size_t begin_ = 0, end_ = 0;  ///< unread bytes of the buffer
    int64_t base_;                ///< the buffer's first byte in the file
    size_t scanned_ = 0;          ///< of the unread bytes, known to hold no line end (lines only)
    CsvScan scan_;
    int64_t line_;
    int64_t record_offset_ = -1, record_line_ = 0;  ///< of the record whose rest is dropped; -1 = not known
    bool at_end_ = false;
    bool dropping_;
    bool started_;
};

}  // namespace streamql
