// How far a source has read one file: the path, which file it was, and the place in it.
//
// What: a file is known again by its inode and by a digest of its first bytes (a new file may get an old inode).
// Invariants: read() takes what text() gave. A pipe has no place to go back to. Threading: a value.
#pragma once
#include <string>

#include "runtime/base/file.h"
#include "runtime/connectors/file/record_splitter.h"

namespace streamql {

struct FilePosition {
    std::string path;
    uint64_t inode = 0;
    int64_t head = 0;  ///< how many of the first bytes the digest is of
    uint64_t digest = 0;
    bool done = false;  ///< bounded and read to its end
    SplitterPlace place;

    std::string text() const;
    static Result<FilePosition> read(const std::string& text);

    /// Notes which file this is, of which `place.offset` bytes are read.
    void identify(const File& file);
    /// Whether `file` is still the one that was identified, and not shorter than what was read of it (where it is not
    /// packed, so that its size says so).
    bool is_of(const File& file, bool packed) const;
};

}  // namespace streamql
