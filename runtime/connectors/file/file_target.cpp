#include "runtime/connectors/file/file_target.h"

#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "runtime/connectors/file/file_list.h"

namespace streamql {
namespace {

namespace fs = std::filesystem;

/// Follows symbolic links whose last target need not be there.
Result<std::string> follow_links(std::string path) {
    constexpr int kMostLinks = 40;  // as the kernel
    for (int i = 0; i < kMostLinks; ++i) {
        std::error_code ec;
        const fs::path target = fs::read_symlink(path, ec);
        if (ec) return path;
        path = target.is_absolute() ? target.string() : (fs::path(path).parent_path() / target).string();
    }
    errno = ELOOP;
    return file_error("follow", path);
}

bool same_file(const std::string& a, const std::string& b) {
    struct stat x{}, y{};
    return ::stat(a.c_str(), &x) == 0 && ::stat(b.c_str(), &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/// By its place: /dev/stdout may lead to a regular file.
bool is_device(const std::string& path) { return path.starts_with("/dev/") || path.starts_with("/proc/"); }

bool is_straight(const std::string& path) {
    struct stat s{};
    if (is_device(path)) return true;
    return ::stat(path.c_str(), &s) == 0 && !S_ISREG(s.st_mode) && !S_ISDIR(s.st_mode);
}

}  // namespace

Status FileTarget::find(const SinkSpec& sink, std::string_view job, bool rotates) {
    sink_ = sink.name;
    path_ = sink.options.text("path");
    straight_ = is_straight(path_);
    if (straight_) {
        if (rotates)
            return Error{ErrorCode::kQuery,
                         fmt::format("sink \"{}\" cannot rotate {}, which is no regular file", sink_, path_),
                         "leave the rotate options out, or name a file"};
        if (::access(path_.c_str(), W_OK) != 0) return file_error("write to", path_, "check the option path");
        return {};
    }
    std::error_code missing;
    numbered_ = rotates || path_.ends_with('/') || fs::is_directory(path_, missing);
    if (!numbered_) {
        auto target = follow_links(path_);
        if (!target) return target.error();
        path_ = *target;
    }
    if (path_.ends_with('/') || fs::is_directory(path_, missing)) {
        folder_ = path_;
        while (folder_.size() > 1 && folder_.back() == '/') folder_.pop_back();
        stem_ = "part";
        extension_ = "." + sink.options.text("format");
    } else {
        folder_ = folder_of(path_);
        const std::string name = fs::path(path_).filename().string();
        const size_t dot = name.find('.', 1);
        stem_ = name.substr(0, dot);
        extension_ = dot == std::string::npos ? "" : name.substr(dot);
    }
    tail_ = fmt::format(".{}.tmp", job);
    std::replace(tail_.begin(), tail_.end(), '/', '_');
    return {};
}

Status FileTarget::claim() {
    std::error_code ec;
    fs::create_directories(folder(), ec);
    if (ec)
        return Error{ErrorCode::kOutside,
                     fmt::format("cannot make the folder {} of sink \"{}\": {}", folder(), sink_, ec.message()),
                     "check the option path"};
    if (::access(folder().c_str(), W_OK) != 0)
        return Error{
            ErrorCode::kOutside,
            fmt::format("cannot write into the folder {} of sink \"{}\": {}", folder(), sink_, std::strerror(errno)),
            "check the option path"};
    lock_path_ = beside(fmt::format(".{}{}.lock", stem_, extension_));
    while (true) {
        auto opened = File::open("sink", lock_path_, O_RDWR | O_CREAT, "check the option path");
        if (!opened) return opened.error();
        if (::flock(opened->descriptor(), LOCK_EX | LOCK_NB) != 0)
            return Error{
                ErrorCode::kState,
                fmt::format("{} is being written by another sink or another streamql (sink \"{}\")", path_, sink_),
                "give one of them another path, or end the other one first"};
        // the one before may have removed the file between our open and our lock
        struct stat held{}, named{};
        if (::fstat(opened->descriptor(), &held) == 0 && ::stat(lock_path_.c_str(), &named) == 0 &&
            held.st_ino == named.st_ino) {
            lock_ = std::move(*opened);
            return {};
        }
    }
}

void FileTarget::release() {
    if (!lock_.is_open()) return;
    ::unlink(lock_path_.c_str());
    lock_ = File();
}

Status FileTarget::check_sources(const std::vector<SourceSpec>& sources) const {
    for (const SourceSpec& source : sources) {
        if (source.connector != "file") continue;
        const std::string read = source.options.text("path");
        bool same = !straight_ && would_list(read, name_of(numbered_ ? 1 : 0));
        if (auto files = list_files(read); files && !numbered_ && !is_device(path_))
            for (auto& file : *files) same |= same_file(file, path_);
        if (same)
            return Error{ErrorCode::kQuery,
                         fmt::format("sink \"{}\" would write {}, which source \"{}\" reads ({})", sink_, path_,
                                     source.name, read),
                         "give the sink another path"};
    }
    return {};
}

std::string FileTarget::beside(const std::string& name) const {
    return folder_.empty() ? name : (fs::path(folder_) / name).string();
}

std::string FileTarget::name_of(int64_t number) const {
    return beside(number > 0 ? fmt::format("{}-{:05}{}", stem_, number, extension_) : stem_ + extension_);
}

int64_t FileTarget::number_of(std::string_view name) const {
    if (name.size() < stem_.size() + extension_.size() || !name.starts_with(stem_) || !name.ends_with(extension_))
        return -1;
    std::string_view digits = name.substr(stem_.size(), name.size() - stem_.size() - extension_.size());
    if (digits.empty()) return 0;
    int64_t number = -1;
    if (digits[0] != '-' || digits.size() < 2 || digits[1] < '0' || digits[1] > '9') return -1;
    auto [end, error] = std::from_chars(digits.data() + 1, digits.data() + digits.size(), number);
    return error == std::errc() && end == digits.data() + digits.size() ? number : -1;
}

Status FileTarget::remove_unfinished(const std::string& kept) const {
    std::error_code ec;
    for (auto& entry : fs::directory_iterator(folder(), ec)) {
        const std::string name = entry.path().filename().string();
        if (!name.ends_with(tail_)) continue;
        const int64_t number = number_of(std::string_view(name).substr(0, name.size() - tail_.size()));
        if (numbered_ ? number <= 0 : number != 0) continue;
        const std::string path = beside(name);
        if (path == kept) continue;
        if (Status s = remove_file("sink", path); !s) return s;
    }
    return {};
}

int64_t FileTarget::next_number() const {
    std::error_code ec;
    int64_t next = 1;
    for (auto& entry : fs::directory_iterator(folder(), ec))
        next = std::max(next, number_of(entry.path().filename().string()) + 1);
    return next;
}

}  // namespace streamql
