// A file that only grows, whose length is part of a commit: what came after the commit is cut off when a job resumes.
//
// What: append() writes, sync() makes it durable and says the length to record, open() takes the recorded length back.
// Invariants: bytes before the length that sync() gave are never changed again; a failed append() has taken off its
// argument what it has written, so that it can be called again. Ownership: owns the descriptor. Threading: one thread.
#pragma once
#include "runtime/base/file.h"

namespace streamql {

class AppendFile {
  public:
    AppendFile(const char* area, std::string path) : area_(area), path_(std::move(path)) {}
    /// Made if it is missing, and cut to `length`: what the last commit recorded, 0 to begin anew. Error kState if it
    /// is shorter than that.
    Status open(int64_t length);
    bool is_open() const { return file_.is_open(); }
    /// Takes what it has written off the front of `bytes`.
    Status append(std::string& bytes);
    /// The length that is now durable.
    Result<int64_t> sync();
    int64_t length() const { return length_; }
    const std::string& path() const { return path_; }
    Status close() { return file_.close(); }

  private:
    const char* area_;
    std::string path_;
    File file_;
    int64_t length_ = 0, synced_ = -1;
    bool named_ = false;  ///< its name is durable
};

}  // namespace streamql
