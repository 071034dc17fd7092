// Dead letters: the file they go to, one JSON object a line, and their form.
//
// What: `<state_dir>/dead_letters/<job>.jsonl`, or `<job>.trial.jsonl` of a run that keeps no state and so must not
// touch the other, made at the first letter. Workers hand over finished lines of a batch; sync(), which every epoch
// calls before it commits, makes those of the epoch durable; what a worker that is past the barrier has handed over
// waits for the next. Invariants: the length that sync() has left is part of the commit: a job that goes on from one
// cuts the file back to it, any other begins it anew. Threading: append() from any thread.
#pragma once
#include <mutex>
#include <string>
#include <string_view>

#include "runtime/abi/row_error.h"
#include "runtime/base/append_file.h"
#include "runtime/base/result.h"
#include "runtime/record/batch.h"

namespace streamql {

struct DeadLetter {
    std::string_view source;  ///< empty for derived rows
    uint32_t partition = 0;
    int64_t offset = 0;
    int64_t time = 0;  ///< processing time, microseconds
    RowError code = RowError::kOk;
    std::string_view reason;         ///< empty: the code's sentence
    std::string_view column;         ///< column or expression; may be empty
    std::string_view bytes;          ///< the record; data() null = not at hand (behind an exchange), or derived
    std::string_view operator_name;  ///< derived rows, and source rows whose bytes are gone
    std::string_view key, row;       ///< JSON arrays of texts; may be empty
};

/// One line of JSON with its newline.
void append_letter(std::string& to, const DeadLetter& letter);
/// One row of a sink, by column name: source partition offset time code reason column bytes text operator key row.
void append_letter(Batch& to, const std::vector<std::string>& columns, const DeadLetter& letter);
/// JSON array of the texts of columns [first, last) of a row.
std::string row_text(const BatchView& batch, const std::vector<Type>& types, int64_t row, size_t first, size_t last);

class DeadLetterFile {
  public:
    DeadLetterFile(std::string folder, const std::string& job)
        : folder_(std::move(folder)), file_("dead_letters", folder_ + "/" + job + ".jsonl") {}
    /// Before any letter: epochs go on behind this one.
    void begin_after(int64_t epoch) { synced_epoch_ = epoch; }
    /// Before any letter: goes on behind `bytes`, which hold `letters`.
    Status go_on_from(int64_t bytes, int64_t letters);
    /// `passed`: the last barrier that whoever hands them over has passed.
    Status append(std::string_view lines, int64_t letters, int64_t passed);
    /// `last`: nothing comes behind this epoch, so all of it belongs to it.
    Status sync(int64_t epoch, bool last);
    int64_t letters() const;
    /// What sync() has made durable: bytes, and the letters in them.
    int64_t synced_letters() const;
    int64_t bytes() const;
    /// Empty if no letter was written.
    std::string path() const;

  private:
    Status open(int64_t length);
    std::string folder_;
    mutable std::mutex mutex_;
    AppendFile file_;
    int64_t synced_epoch_ = 0;
    std::string waiting_, later_;  ///< of the epoch under way, and behind its barrier
    int64_t letters_ = 0, later_letters_ = 0, synced_letters_ = 0, synced_bytes_ = 0;
};

}  // namespace streamql
