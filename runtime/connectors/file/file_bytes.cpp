#include "runtime/connectors/file/file_bytes.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace streamql {
namespace {

constexpr size_t kPackedBlock = 128 * 1024;
constexpr int kGzip = 16;

class PlainBytes final : public FileBytes {
  public:
    PlainBytes(File file, bool pipe) : file_(std::move(file)), pipe_(pipe) {}
    Result<size_t> read(char* to, size_t size) override {
        if (pipe_ && !is_ready()) return File::kNothingNow;
        return file_.read(to, size);
    }
    Status skip_to(int64_t offset) override {
        if (pipe_ || ::lseek(file_.descriptor(), offset, SEEK_SET) == offset) return {};
        return file_error("read", file_.path());
    }
    bool go_back(int64_t offset) override { return !pipe_ && skip_to(offset).ok(); }
    const File& file() const override { return file_; }

  private:
    /// A pipe that no writer has opened yet reads as if it were at its end; poll(2) knows the difference.
    bool is_ready() const {
        pollfd wanted{file_.descriptor(), POLLIN, 0};
        return ::poll(&wanted, 1, 1) > 0 && (wanted.revents & (POLLIN | POLLHUP | POLLERR)) != 0;
    }
    File file_;
    bool pipe_;
};

/// What the packed kinds share: blocks of packed bytes, and skipping by unpacking.
class PackedBytes : public FileBytes {
  public:
    explicit PackedBytes(std::unique_ptr<FileBytes> packed) : packed_(std::move(packed)), block_(kPackedBlock) {}
    Status skip_to(int64_t offset) override {
        std::vector<char> dropped(static_cast<size_t>(std::min<int64_t>(offset, 1 << 20)));
        while (offset > 0) {
            auto n = read(dropped.data(), std::min(dropped.size(), static_cast<size_t>(offset)));
            if (!n) return n.error();
            if (*n == 0) return damaged("it is shorter than it was");
            if (*n != File::kNothingNow) offset -= static_cast<int64_t>(*n);
        }
        return {};
    }
    const File& file() const override { return packed_->file(); }

  protected:
    Result<size_t> next_block() { return packed_->read(block_.data(), block_.size()); }
    Error damaged(const char* why) const {
        return {ErrorCode::kOutside, fmt::format("cannot unpack {}: {}", file().path(), why),
                "the file is damaged or cut short", false};
    }
    std::unique_ptr<FileBytes> packed_;
    std::vector<char> block_;
};

class GzipBytes final : public PackedBytes {
  public:
    explicit GzipBytes(std::unique_ptr<FileBytes> packed) : PackedBytes(std::move(packed)) {
        SQ_CHECK(inflateInit2(&stream_, MAX_WBITS + kGzip) == Z_OK);
    }
    ~GzipBytes() override { inflateEnd(&stream_); }
    Result<size_t> read(char* to, size_t size) override {
        stream_.next_out = reinterpret_cast<Bytef*>(to);
        stream_.avail_out = static_cast<uInt>(size);
        while (stream_.avail_out == size) {
            if (stream_.avail_in == 0) {
                auto n = next_block();
                if (!n || *n == File::kNothingNow) return n;
                if (*n == 0) return inside_ ? Result<size_t>(damaged("it ends early")) : size_t{0};
                stream_.next_in = reinterpret_cast<Bytef*>(block_.data());
                stream_.avail_in = static_cast<uInt>(*n);
            }
            inside_ = true;
            const int code = inflate(&stream_, Z_NO_FLUSH);
            if (code == Z_STREAM_END) {  // a file may have several members
                inside_ = false;
                inflateReset(&stream_);
            } else if (code != Z_OK && code != Z_BUF_ERROR) {
                return damaged(stream_.msg ? stream_.msg : "it is no gzip");
            }
        }
        return size - stream_.avail_out;
    }

  private:
    z_stream stream_{};
    bool inside_ = false;  ///< a member has begun and not ended
};

class ZstdBytes final : public PackedBytes {
  public:
    explicit ZstdBytes(std::unique_ptr<FileBytes> packed)
        : PackedBytes(std::move(packed)), stream_(ZSTD_createDStream()) {}
    ~ZstdBytes() override { ZSTD_freeDStream(stream_); }
    Result<size_t> read(char* to, size_t size) override {
        ZSTD_outBuffer out{to, size, 0};
        while (out.pos == 0) {
            if (at_.pos == at_.size) {
                auto n = next_block();
                if (!n || *n == File::kNothingNow) return n;
                if (*n == 0) return hint_ != 0 ? Result<size_t>(damaged("it ends early")) : size_t{0};
                at_ = {block_.data(), *n, 0};
            }
            hint_ = ZSTD_decompressStream(stream_, &out, &at_);
            if (ZSTD_isError(hint_)) return damaged(ZSTD_getErrorName(hint_));
        }
        return out.pos;
    }

  private:
    ZSTD_DStream* stream_;
    ZSTD_inBuffer at_{nullptr, 0, 0};
    size_t hint_ = 0;  ///< 0 = a frame is complete
};

}  // namespace

bool is_pipe(const File& file) {
    struct stat s{};
    return ::fstat(file.descriptor(), &s) == 0 && !S_ISREG(s.st_mode);
}

Result<std::unique_ptr<FileBytes>> open_file_bytes(const std::string& path) {
    auto file = File::open("source", path, O_RDONLY | O_NONBLOCK | O_NOCTTY,
                           "check the option path, and that the file may be read");
    if (!file) return file.error();
    struct stat s{};
    if (::fstat(file->descriptor(), &s) != 0) return file_error("read", path);
    if (S_ISDIR(s.st_mode)) {
        errno = EISDIR;
        return file_error("read", path);
    }
    if (S_ISREG(s.st_mode)) ::posix_fadvise(file->descriptor(), 0, 0, POSIX_FADV_SEQUENTIAL);
    std::unique_ptr<FileBytes> plain = std::make_unique<PlainBytes>(std::move(*file), !S_ISREG(s.st_mode));
    if (path.ends_with(".gz")) return std::unique_ptr<FileBytes>(std::make_unique<GzipBytes>(std::move(plain)));
    if (path.ends_with(".zst")) return std::unique_ptr<FileBytes>(std::make_unique<ZstdBytes>(std::move(plain)));
    return plain;
}

}  // namespace streamql
