// A savepoint: the entries of all state containers of a job, in one file, written at an orderly stop.
//
// What: SavepointWriter appends entries and seals the file with their count and a checksum; read_savepoint() hands them
// out. Invariants: a file without its seal, or with a wrong one, is refused before its first entry is handed out; a
// commit names the file only after finish() has synced it. Errors: kState for a file that is not whole, kOutside for
// one that cannot be written. Threading: one thread.
#pragma once
#include <xxhash.h>

#include <functional>
#include <memory>
#include <string>

#include "runtime/base/file.h"
#include "runtime/state/state_catalog.h"

namespace streamql {

/// Where an entry belongs: an operator of Commit::operators and one of its containers by name.
struct SavedEntry {
    uint32_t operator_index = 0;
    std::string_view container;
    StateEntry entry;
};

class SavepointWriter {
  public:
    static Result<SavepointWriter> open(const std::string& path);
    Status add(const SavedEntry& entry);
    /// Seals and syncs the file; gives the number of entries.
    Result<int64_t> finish();
    int64_t entries() const { return entries_; }
    int64_t bytes() const { return bytes_; }

  private:
    SavepointWriter(File file);
    Status flush();
    struct FreeHash {
        void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
    };
    File file_;
    std::unique_ptr<XXH3_state_t, FreeHash> hash_;
    std::string buffer_;
    int64_t entries_ = 0, bytes_ = 0;
};

Status read_savepoint(const std::string& path, int64_t entries, const std::function<Status(const SavedEntry&)>& take);

}  // namespace streamql
