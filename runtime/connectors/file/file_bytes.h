// The bytes of a file in order, whatever it is packed with (.gz, .zst or plain, by its name).
//
// What: a pipe is read without blocking, so that nobody waits for its writer. Fault points: source.open, source.read.
// Ownership: a FileBytes owns its descriptor. Threading: one thread at a time.
#pragma once
#include <memory>
#include <string>

#include "runtime/base/file.h"

namespace streamql {

class FileBytes {
  public:
    virtual ~FileBytes() = default;
    /// Up to `size` bytes; 0 = at the end (of a plain file: for now); File::kNothingNow: a pipe whose writer is silent.
    virtual Result<size_t> read(char* to, size_t size) = 0;
    /// Goes on at byte `offset` (of the unpacked bytes). Only before the first read.
    virtual Status skip_to(int64_t offset) = 0;
    /// Reads again from byte `offset`, where the kind of file can; false if it cannot.
    virtual bool go_back(int64_t offset) { return false; }
    /// The file below, for those who ask for its size or inode.
    virtual const File& file() const = 0;
};

Result<std::unique_ptr<FileBytes>> open_file_bytes(const std::string& path);
/// A pipe, a terminal or another thing whose bytes are there only once.
bool is_pipe(const File& file);

}  // namespace streamql
