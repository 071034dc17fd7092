// The bytes of a file in order, whatever it is packed with (.gz, .zst or plain, by its name).
//
// Ownership: a FileBytes owns its descriptor. Threading: one thread at a time.
#pragma once
#include <memory>
#include <string>

#include "runtime/base/result.h"

namespace streamql {

class FileBytes {
  public:
    virtual ~FileBytes() = default;
    /// Up to `size` bytes; 0 = at the end (of a plain file: for now).
    virtual Result<size_t> read(char* to, size_t size) = 0;
};

Result<std::unique_ptr<FileBytes>> open_file_bytes(const std::string& path);

}  // namespace streamql
