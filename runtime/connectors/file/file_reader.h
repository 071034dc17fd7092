// Reads one file of a file source: records, their places, and what becomes of a followed file.
//
// What: poll() hands out records cut by a RecordSplitter; position() says where it is, for open(resume). A followed
// file that is replaced under its name is read to its end first, then the new one from its start; one that is cut short
// is read from its start. Either is told once, as a retryable Error. Threading: as SplitReader.
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "runtime/connectors/file/file_position.h"
#include "runtime/connectors/file/record_splitter.h"

namespace streamql {

class FileReader final : public SplitReader {
  public:
    FileReader(std::string path, SplitterRules rules, uint32_t partition)
        : path_(std::move(path)), rules_(rules), partition_(partition) {}

    /// `bytes` stand at the file's start. `source`: its columns are looked for in the first line; null: no header.
    Status open(std::unique_ptr<FileBytes> bytes, const FilePosition* resume, const SourceSpec* source);
    Result<Poll> poll(int64_t max, RawBatch& out) override;
    std::string position() const override;
    std::string place_of(const RawMessage& message) const override;

  private:
    Result<Poll> read_header(RecordSplitter& splitter);
    /// At the end of a followed file: an Error that tells of a new beginning.
    Status look_for_changes();
    Status begin_new_file();

    std::string path_;
    SplitterRules rules_;
    uint32_t partition_;
    const SourceSpec* source_ = nullptr;
    std::unique_ptr<RecordSplitter> splitter_;
    mutable FilePosition position_;
    std::string header_;
    std::vector<RawMessage> messages_;
    bool replaced_ = false, ended_ = false;
    std::chrono::steady_clock::time_point looked_at_{};
};

}  // namespace streamql
