// One file that a sink is writing: plain or packed (.gz), in a .tmp that can be cut back to what a commit recorded, or
// straight into a device, pipe or socket.
//
// What: sync() makes all bytes so far durable and says their length; of a packed file it ends a gzip member, so that
// the file can be cut there. A device, pipe or socket is opened at the first write and has no length. Invariants:
// write() and sync() may be called again after a retryable Error; nothing is lost or repeated then. Ownership: owns
// its descriptor. Threading: one thread.
#pragma once
#include <memory>
#include <string>

#include "runtime/base/append_file.h"

struct z_stream_s;

namespace streamql {

class OutputFile {
  public:
    /// `path`: what is written. `packed`: as gzip. `straight`: it is no regular file.
    OutputFile(const std::string& path, bool packed, bool straight);
    ~OutputFile();
    /// Cuts to `length`, the one that sync() gave; `bytes` are those before packing.
    Status open(int64_t length, int64_t bytes);
    /// Takes all of `bytes` or fails.
    Status write(std::string& bytes);
    Result<int64_t> sync();
    Status close() { return file_.is_open() ? file_.close() : Status(); }
    int64_t length() const { return file_.length(); }
    int64_t bytes() const { return bytes_; }  ///< before packing

  private:
    struct EndDeflate {
        void operator()(z_stream_s* stream) const;
    };
    Status open_straight();
    Status put(std::string& bytes);
    void pack(std::string_view bytes, bool end);

    AppendFile file_;
    File straight_file_;
    std::unique_ptr<z_stream_s, EndDeflate> deflate_;
    bool straight_, in_member_ = false;
    std::string packed_;  ///< packed bytes that are not written yet
    int64_t bytes_ = 0;
};

}  // namespace streamql
