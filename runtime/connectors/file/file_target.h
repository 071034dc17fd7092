// Where a file sink's rows go: the names of its files, the claim on them, and what earlier runs have left there.
//
// What: `path` is a file, a prefix whose files are numbered (NAME-00001.EXT, when it rotates), a folder (numbered
// too), or a device, pipe or socket that is written straight through. A symbolic link stands for its target. A file is
// NAME.JOB.tmp until it is whole. Invariants: while a claim is held no other sink, of this or another process, writes
// to the same path or prefix; it is a lock on a hidden file beside the target, which a crash releases. Numbers of
// finished files are never given again. Threading: one thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/program/program.h"

namespace streamql {

class FileTarget {
  public:
    FileTarget() = default;
    ~FileTarget() { release(); }
    FileTarget(const FileTarget&) = delete;
    FileTarget& operator=(const FileTarget&) = delete;

    /// Looks at what is there; `rotates`: the options ask for several files.
    Status find(const SinkSpec& sink, std::string_view job, bool rotates);
    bool straight() const { return straight_; }
    bool numbered() const { return numbered_; }
    const std::string& path() const { return path_; }  ///< symbolic links followed
    bool packed() const { return path_.ends_with(".gz"); }

    /// Makes the folder and takes the claim. Error kState if another holds it.
    Status claim();
    void release();
    /// Error if the target is, or would become, a file that one of the sources reads.
    Status check_sources(const std::vector<SourceSpec>& sources) const;

    std::string name_of(int64_t number) const;
    std::string temporary_of(int64_t number) const { return name_of(number) + tail_; }
    /// Removes this sink's unfinished files except `kept` (a temporary name, or empty).
    Status remove_unfinished(const std::string& kept) const;
    /// One more than the largest number among the finished files.
    int64_t next_number() const;

    std::string folder() const { return folder_.empty() ? "." : folder_; }

  private:
    std::string beside(const std::string& name) const;
    /// The number of a name of this sink without its tail; -1 if it is none. 0: the unnumbered one.
    int64_t number_of(std::string_view name) const;

    std::string sink_, path_, folder_, stem_, extension_, tail_;
    bool straight_ = false, numbered_ = false;
    std::string lock_path_;
    File lock_;
};

}  // namespace streamql
