// The state folder of a job: the one process that may run it, its last commit, its savepoint.
//
// What: `<state_dir>/<job>/` holds `lock` (flock(2), held while the job runs), `commit` (runtime/journal/commit.h) and
// `savepoint-<epoch>`. store() replaces the commit by a rename, so that it is whole or the one before. Invariants: a
// savepoint is deleted only when no commit names it. Errors: kState where the folder belongs to a running process or
// holds what cannot be read; kOutside where it cannot be written. Ownership: owns the lock. Threading: the thread that
// runs the job.
#pragma once
#include <optional>
#include <string>

#include "runtime/base/file.h"
#include "runtime/journal/commit.h"
#include "runtime/journal/savepoint.h"

namespace streamql {

class StateFolder {
  public:
    /// Makes the folder if it is missing, locks it, removes what an interrupted commit left, reads the last commit.
    static Result<StateFolder> open(const std::string& path);

    const std::string& path() const { return path_; }
    const std::string& id() const { return id_; }
    /// The last commit of an earlier run.
    const std::optional<Commit>& last() const { return last_; }
    Result<SavepointWriter> write_savepoint(int64_t epoch) const;
    static std::string savepoint_name(int64_t epoch);
    Status load_savepoint(const std::function<Status(const SavedEntry&)>& take) const;
    /// Durable when it returns; savepoints that it does not name are removed.
    Status store(const Commit& commit);

  private:
    Status read_last();
    void remove_leftovers(const std::string& keep) const;
    std::string path_, id_;
    File lock_;
    std::optional<Commit> last_;
};

}  // namespace streamql
