#include "runtime/connectors/file/output_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>

namespace streamql {
namespace {

constexpr size_t kBlock = 64 * 1024;
constexpr int kLevel = 6, kGzip = 16;

int connect_to(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    path.copy(address.sun_path, path.size());
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    const int reason = errno;
    ::close(fd);
    errno = reason;
    return -1;
}

}  // namespace

void OutputFile::EndDeflate::operator()(z_stream_s* stream) const {
    deflateEnd(stream);
    delete stream;
}

OutputFile::OutputFile(const std::string& path, bool packed, bool straight) : file_("sink", path), straight_(straight) {
    if (!packed) return;
    deflate_.reset(new z_stream_s{});
    SQ_CHECK(deflateInit2(deflate_.get(), kLevel, Z_DEFLATED, MAX_WBITS + kGzip, 8, Z_DEFAULT_STRATEGY) == Z_OK);
}

OutputFile::~OutputFile() = default;

Status OutputFile::open(int64_t length, int64_t bytes) {
    bytes_ = bytes;
    return straight_ ? Status() : file_.open(length);
}

Status OutputFile::open_straight() {
    const std::string& path = file_.path();
    struct stat s{};
    if (::stat(path.c_str(), &s) == 0 && S_ISSOCK(s.st_mode)) {
        const int fd = connect_to(path);
        if (fd < 0) return file_error("connect to", path);
        straight_file_ = File("sink", path, fd);
        return {};
    }
    auto opened = File::open("sink", path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY);
    if (!opened) {
        if (errno == ENXIO) return Error{ErrorCode::kOutside, "nobody reads the pipe " + path + " yet", "", true};
        return opened.error();
    }
    straight_file_ = std::move(*opened);
    return {};
}

Status OutputFile::put(std::string& bytes) {
    if (!straight_) return file_.append(bytes);
    if (!straight_file_.is_open()) {
        if (Status s = open_straight(); !s) return s;
    }
    std::string_view rest = bytes;
    Status s = straight_file_.write(rest);
    bytes.erase(0, bytes.size() - rest.size());
    return s;
}

void OutputFile::pack(std::string_view bytes, bool end) {
    deflate_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    deflate_->avail_in = static_cast<uInt>(bytes.size());
    int done = Z_OK;
    do {
        const size_t at = packed_.size();
        packed_.resize(at + kBlock);
        deflate_->next_out = reinterpret_cast<Bytef*>(packed_.data() + at);
        deflate_->avail_out = kBlock;
        done = deflate(deflate_.get(), end ? Z_FINISH : Z_NO_FLUSH);
        packed_.resize(packed_.size() - deflate_->avail_out);
    } while (end ? done != Z_STREAM_END : deflate_->avail_out == 0);
    in_member_ = !end;
    if (end) deflateReset(deflate_.get());
}

Status OutputFile::write(std::string& bytes) {
    if (!deflate_) {
        const auto before = static_cast<int64_t>(bytes.size());
        Status s = put(bytes);
        bytes_ += before - static_cast<int64_t>(bytes.size());
        return s;
    }
    if (!bytes.empty()) pack(bytes, false);
    bytes_ += static_cast<int64_t>(bytes.size());
    bytes.clear();
    return put(packed_);
}

Result<int64_t> OutputFile::sync() {
    if (deflate_ && in_member_) pack({}, true);
    if (Status s = put(packed_); !s) return s.error();
    return straight_ ? Result<int64_t>(int64_t{0}) : file_.sync();
}

}  // namespace streamql
