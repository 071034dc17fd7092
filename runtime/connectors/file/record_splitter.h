// Cuts a stream of bytes into records: lines, or CSV records whose quoted fields may hold line breaks.
//
// What: holds one buffer that is refilled by big blocks; records view it until the next next_batch(). Line ends (LF or
// CRLF) are cut off, a byte order mark at the start too, empty lines are left out (not from `raw`). A record longer
// than max_bytes is handed out cut to max_bytes + 1, so that the decoder calls it too long, and its rest is dropped
// unread. Invariants: 64 readable bytes lie behind every record. Threading: one thread at a time.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "runtime/connectors/connector.h"
#include "runtime/connectors/file/file_bytes.h"

namespace streamql {

struct SplitterRules {
    bool csv = false;  ///< line breaks between quotes belong to the record
    bool keep_empty = false;
    bool follow = false;  ///< a last line without its end is not complete yet
    int64_t max_bytes = 16 << 20;
};

class RecordSplitter {
  public:
    RecordSplitter(std::unique_ptr<FileBytes> bytes, SplitterRules rules);
    /// Appends up to `max` records (offset = line number). kNothing: only when following. Records given before are
    /// gone.
    Result<Poll> next_batch(int64_t max, std::vector<RawMessage>& out);
    int64_t line() const { return line_; }

  private:
    /// Next record in the buffer; false if there is no complete one.
    bool cut(RawMessage& out);
    bool cut_oversized(RawMessage& out);
    bool drop_rest();
    const char* record_end(const char* from) const;
    bool finish(size_t from, size_t to, size_t next, RawMessage& out);
    Result<size_t> fill();

    std::unique_ptr<FileBytes> bytes_;
    SplitterRules rules_;
    std::vector<char> buffer_;
    size_t begin_ = 0, end_ = 0;  ///< unread bytes of the buffer
    size_t scanned_ = 0;          ///< of them, known to hold no line end (lines only)
    int64_t line_ = 0;
    bool at_end_ = false;
    bool dropping_ = false;  ///< inside the rest of a record that was too long
    bool started_ = false;
};

}  // namespace streamql
