// A file of the outside world: the only way in which the engine opens, reads, writes, syncs, cuts and renames files.
//
// What: thin calls whose failures are Errors with the path in them, and which ask runtime/base/faults.h first. A file
// names the area it belongs to (sink, source, dead_letters, state), which is the first half of its fault points.
// Invariants: write() writes all or says how far it came; after sync() the bytes survive a crash, after sync_folder()
// the name does too. Ownership: a File owns its descriptor. Threading: one thread at a time.
#pragma once
#include <fcntl.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace streamql {

class File {
  public:
    /// read(): nothing there now, and it is not the end (pipes).
    static constexpr size_t kNothingNow = SIZE_MAX;

    File() = default;
    File(const char* area, std::string path, int descriptor) : area_(area), path_(std::move(path)), fd_(descriptor) {}
    File(File&& other) noexcept { *this = std::move(other); }
    File& operator=(File&& other) noexcept;
    ~File();
    /// `flags` as of open(2); O_CLOEXEC is added.
    static Result<File> open(const char* area, const std::string& path, int flags, const char* help = "");

    bool is_open() const { return fd_ >= 0; }
    int descriptor() const { return fd_; }
    const std::string& path() const { return path_; }
    /// Up to `size` bytes; 0 = at the end, for now; or kNothingNow.
    Result<size_t> read(char* to, size_t size);
    /// Writes all of `bytes` and takes what it has written off their front. Retryable where the other side of a pipe
    /// does not take them now.
    Status write(std::string_view& bytes);
    Status sync();
    /// Cuts to `length` and goes on there.
    Status truncate(int64_t length);
    Result<int64_t> size() const;
    Status close();

  private:
    const char* area_ = "";
    std::string path_;
    int fd_ = -1;
};

Status rename_file(const char* area, const std::string& from, const std::string& to);
/// A file that is not there is no error.
Status remove_file(const char* area, const std::string& path);
/// Makes names in `folder` ("" = here) durable.
Status sync_folder(const char* area, const std::string& folder);
/// The folder part of a path; "" if it has none.
std::string folder_of(const std::string& path);
/// Error kOutside: "cannot WHAT PATH: reason of errno".
Error file_error(const char* what, const std::string& path, const char* help = "");

}  // namespace streamql
