#include "runtime/connectors/file/file_bytes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cerrno>
#include <vector>

#include "runtime/base/file.h"

namespace streamql {
namespace {

class PlainBytes final : public FileBytes {
  public:
    PlainBytes(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
    ~PlainBytes() override { ::close(fd_); }
    Result<size_t> read(char* to, size_t size) override {
        while (true) {
            ssize_t n = ::read(fd_, to, size);
            if (n >= 0) return static_cast<size_t>(n);
            if (errno != EINTR) return file_error("read", path_);
        }
    }

  private:
    int fd_;
    std::string path_;
};

class GzipBytes final : public FileBytes {
  public:
    GzipBytes(gzFile file, std::string path) : file_(file), path_(std::move(path)) { gzbuffer(file_, 128 * 1024); }
    ~GzipBytes() override { gzclose(file_); }
    Result<size_t> read(char* to, size_t size) override {
        int n = gzread(file_, to, static_cast<unsigned>(size));
        int code = Z_OK;
        const char* text = gzerror(file_, &code);
        // a file that is cut short gives its last bytes first, and Z_BUF_ERROR
        if (n < 0 || (n == 0 && code == Z_BUF_ERROR))
            return Error{ErrorCode::kOutside, fmt::format("cannot unpack {}: {}", path_, text),
                         "the file is damaged or cut short", false};
        return static_cast<size_t>(n);
    }

  private:
    gzFile file_;
    std::string path_;
};

class ZstdBytes final : public FileBytes {
  public:
    ZstdBytes(int fd, std::string path)
        : packed_(fd, path), path_(std::move(path)), stream_(ZSTD_createDStream()), in_(ZSTD_DStreamInSize()) {}
    ~ZstdBytes() override { ZSTD_freeDStream(stream_); }
    Result<size_t> read(char* to, size_t size) override {
        ZSTD_outBuffer out{to, size, 0};
        while (out.pos == 0) {
            if (at_.pos == at_.size) {
                auto n = packed_.read(in_.data(), in_.size());
                if (!n) return n.error();
                if (*n == 0) {
                    if (hint_ != 0) return damaged("it ends early");
                    return size_t{0};
                }
                at_ = {in_.data(), *n, 0};
            }
            hint_ = ZSTD_decompressStream(stream_, &out, &at_);
            if (ZSTD_isError(hint_)) return damaged(ZSTD_getErrorName(hint_));
        }
        return out.pos;
    }

  private:
    Error damaged(const char* why) const {
        return {ErrorCode::kOutside, fmt::format("cannot unpack {}: {}", path_, why),
                "the file is damaged or cut short", false};
    }
    PlainBytes packed_;
    std::string path_;
    ZSTD_DStream* stream_;
    std::vector<char> in_;
    ZSTD_inBuffer at_{nullptr, 0, 0};
    size_t hint_ = 0;  ///< 0 = a frame is complete
};

}  // namespace

Result<std::unique_ptr<FileBytes>> open_file_bytes(const std::string& path) {
    int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return file_error("open", path, "check the option path, and that the file may be read");
    struct stat s{};
    if (::fstat(fd, &s) == 0 && S_ISDIR(s.st_mode)) {
        ::close(fd);
        errno = EISDIR;
        return file_error("read", path);
    }
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    if (path.ends_with(".gz")) return std::unique_ptr<FileBytes>(std::make_unique<GzipBytes>(gzdopen(fd, "rb"), path));
    if (path.ends_with(".zst")) return std::unique_ptr<FileBytes>(std::make_unique<ZstdBytes>(fd, path));
    return std::unique_ptr<FileBytes>(std::make_unique<PlainBytes>(fd, path));
}

}  // namespace streamql
