#include "runtime/journal/state_folder.h"

#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <random>

namespace streamql {

namespace {

namespace fs = std::filesystem;
constexpr char kArea[] = "state";
constexpr char kHelp[] = "set --state-dir to a folder that can be written";

std::string new_id() {
    std::random_device random;
    auto word = [&] { return static_cast<uint32_t>(random()); };
    return fmt::format("{:08x}{:08x}{:08x}{:08x}", word(), word(), word(), word());
}

/// Who holds the lock, as it has written it there.
std::string holder_of(File& lock) {
    char text[32] = {};
    auto n = lock.read(text, sizeof text - 1);
    if (!n || *n == File::kNothingNow) return "another process";
    const std::string pid(text, *n);
    return pid.empty() ? "another process" : "process " + pid;
}

}  // namespace

Result<StateFolder> StateFolder::open(const std::string& path) {
    StateFolder folder;
    folder.path_ = path;
    std::error_code failed;
    fs::create_directories(path, failed);
    if (failed) {
        errno = failed.value();
        return file_error("make the state folder", path, kHelp);
    }
    auto lock = File::open(kArea, path + "/lock", O_RDWR | O_CREAT, kHelp);
    if (!lock) return lock.error();
    if (::flock(lock->descriptor(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return file_error("lock", path + "/lock", kHelp);
        return Error{ErrorCode::kState, fmt::format("this job is running already: {} holds {}", holder_of(*lock), path),
                     "stop it first; two jobs of one name need a --state-dir of their own", false};
    }
    const std::string pid = std::to_string(::getpid());
    std::string_view rest = pid;
    if (Status s = lock->truncate(0); !s) return s.error();
    if (Status s = lock->write(rest); !s) return s.error();
    folder.lock_ = std::move(*lock);
    if (Status s = folder.read_last(); !s) return s.error();
    folder.remove_leftovers(folder.last_ ? folder.last_->savepoint : std::string());
    return folder;
}

Status StateFolder::read_last() {
    const std::string path = path_ + "/commit";
    id_ = new_id();
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return {};
    auto file = File::open(kArea, path, O_RDONLY);
    if (!file) return file.error();
    std::string bytes;
    char part[65536];
    while (true) {
        auto n = file->read(part, sizeof part);
        if (!n) return n.error();
        if (*n == 0 || *n == File::kNothingNow) break;
        bytes.append(part, *n);
    }
    auto commit = read_commit(bytes, path);
    if (!commit) return commit.error();
    id_ = commit->folder_id;
    last_ = std::move(*commit);
    return {};
}

void StateFolder::remove_leftovers(const std::string& keep) const {
    std::error_code ignored;
    for (auto& entry : fs::directory_iterator(path_, ignored)) {
        const std::string name = entry.path().filename().string();
        const bool left = name == "commit.tmp" || (name.starts_with("savepoint-") && name != keep);
        if (left) fs::remove(entry.path(), ignored);
    }
}

std::string StateFolder::savepoint_name(int64_t epoch) { return "savepoint-" + std::to_string(epoch); }

Result<SavepointWriter> StateFolder::write_savepoint(int64_t epoch) const {
    return SavepointWriter::open(path_ + "/" + savepoint_name(epoch));
}

Status StateFolder::load_savepoint(const std::function<Status(const SavedEntry&)>& take) const {
    if (!last_ || last_->savepoint.empty()) return {};
    return read_savepoint(path_ + "/" + last_->savepoint, last_->savepoint_entries, take);
}

Status StateFolder::store(const Commit& commit) {
    const std::string to = path_ + "/commit", from = to + ".tmp";
    auto file = File::open(kArea, from, O_WRONLY | O_CREAT | O_TRUNC, kHelp);
    if (!file) return file.error();
    const std::string bytes = commit_bytes(commit);
    std::string_view rest = bytes;
    if (Status s = file->write(rest); !s) return s;
    if (Status s = file->sync(); !s) return s;
    if (Status s = file->close(); !s) return s;
    if (Status s = rename_file(kArea, from, to); !s) return s;
    if (Status s = sync_folder(kArea, path_); !s) return s;
    if (!commit.savepoint.empty() || (last_ && !last_->savepoint.empty())) remove_leftovers(commit.savepoint);
    return {};
}

}  // namespace streamql
