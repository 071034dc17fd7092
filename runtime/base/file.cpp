#include "runtime/base/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "runtime/base/faults.h"

namespace streamql {
namespace {

/// Whether the plan lets the call be made; errno is what it fails with.
bool passes(const char* area, const char* operation) {
    const int error = fault_at(area, operation);
    if (error == 0) return true;
    errno = error == kTornWrite ? EIO : error;
    return false;
}

[[noreturn]] void tear(int fd, std::string_view bytes) {
    [[maybe_unused]] ssize_t n = ::write(fd, bytes.data(), bytes.size() / 2);
    std::raise(SIGKILL);
    std::abort();
}

ssize_t write_once(const char* area, int fd, std::string_view bytes) {
    const int error = fault_at(area, "write");
    if (error == kTornWrite) tear(fd, bytes);
    if (error != 0) {
        errno = error;
        return -1;
    }
    return ::write(fd, bytes.data(), bytes.size());
}

}  // namespace

Error file_error(const char* what, const std::string& path, const char* help) {
    const int code = errno;
    return {ErrorCode::kOutside, std::string("cannot ") + what + " " + path + ": " + std::strerror(code), help,
            code == EAGAIN};
}

File& File::operator=(File&& other) noexcept {
    if (this == &other) return *this;
    if (fd_ >= 0) ::close(fd_);
    area_ = other.area_;
    path_ = std::move(other.path_);
    fd_ = std::exchange(other.fd_, -1);
    return *this;
}

File::~File() {
    if (fd_ >= 0) ::close(fd_);
}

Result<File> File::open(const char* area, const std::string& path, int flags, const char* help) {
    const int fd = passes(area, "open") ? ::open(path.c_str(), flags | O_CLOEXEC, 0644) : -1;
    if (fd < 0) return file_error((flags & O_CREAT) != 0 ? "create" : "open", path, help);
    return File(area, path, fd);
}

Result<size_t> File::read(char* to, size_t size) {
    while (true) {
        const ssize_t n = passes(area_, "read") ? ::read(fd_, to, size) : -1;
        if (n >= 0) return static_cast<size_t>(n);
        if (errno == EAGAIN) return kNothingNow;
        if (errno != EINTR) return file_error("read", path_);
    }
}

Status File::write(std::string_view& bytes) {
    while (!bytes.empty()) {
        const ssize_t n = write_once(area_, fd_, bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return file_error("write", path_);
        bytes.remove_prefix(static_cast<size_t>(n));
    }
    return {};
}

Status File::sync() {
    if (!passes(area_, "fsync") || ::fsync(fd_) != 0) return file_error("sync", path_);
    return {};
}

Status File::truncate(int64_t length) {
    if (!passes(area_, "truncate") || ::ftruncate(fd_, length) != 0 || ::lseek(fd_, length, SEEK_SET) < 0)
        return file_error("cut", path_);
    return {};
}

Result<int64_t> File::size() const {
    struct stat s{};
    if (::fstat(fd_, &s) != 0) return file_error("look at", path_);
    return static_cast<int64_t>(s.st_size);
}

Status File::close() {
    if (::close(std::exchange(fd_, -1)) != 0) return file_error("write", path_);
    return {};
}

Status rename_file(const char* area, const std::string& from, const std::string& to) {
    if (!passes(area, "rename") || ::rename(from.c_str(), to.c_str()) != 0) return file_error("rename", from);
    return {};
}

Status remove_file(const char* area, const std::string& path) {
    if (passes(area, "unlink") && ::unlink(path.c_str()) == 0) return {};
    if (errno == ENOENT) return {};
    return file_error("remove", path);
}

Status sync_folder(const char* area, const std::string& folder) {
    auto opened = File::open(area, folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
    return opened ? opened->sync() : Status(opened.error());
}

std::string folder_of(const std::string& path) {
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos) return {};
    return path.substr(0, slash == 0 ? 1 : slash);
}

}  // namespace streamql
