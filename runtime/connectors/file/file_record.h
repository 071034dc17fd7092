// What a file sink records in a commit: its open .tmp's synced length and the closed files that still want their name.
//
// Invariants: read() takes what text() gave and nothing else. Threading: a value.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace streamql {

struct FileRecord {
    struct Part {
        int64_t number = 0;  ///< 0: the unnumbered file
        int64_t length = 0;  ///< durable bytes
    };
    std::string path;
    int64_t next = 1;
    std::vector<Part> closed;
    bool has_open = false;
    Part open;
    int64_t rows = 0, bytes = 0, opened_at = 0;  ///< of the open one: what rotation counts

    std::string text() const;
    static Result<FileRecord> read(const std::string& text);
};

}  // namespace streamql
