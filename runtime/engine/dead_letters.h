// Dead letters: the file they go to, one JSON object a line, and their form.
//
// What: `<state_dir>/dead_letters/<job>.jsonl`, made at the first letter. Workers hand over finished lines of a batch;
// they lie in memory until flush(), which every epoch calls before it commits.
// Invariants: what flush() has said ok to is with the operating system. A job that will read its input again from the
// start (state, or bounded sources) begins its file anew; one that goes on from committed positions appends.
// Threading: append() from any thread.
#pragma once
#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>

#include "runtime/abi/row_error.h"
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
    DeadLetterFile(std::string folder, std::string job, bool append)
        : folder_(std::move(folder)), path_(folder_ + "/" + job + ".jsonl"), append_(append) {}
    ~DeadLetterFile();
    Status append(std::string_view lines, int64_t letters);
    Status flush();
    int64_t letters() const;
    /// Empty if no letter was written.
    std::string path() const;

  private:
    Status open();
    std::string folder_, path_;
    bool append_;
    mutable std::mutex mutex_;
    std::FILE* file_ = nullptr;
    int64_t letters_ = 0;
};

}  // namespace streamql
