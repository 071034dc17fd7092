#include "runtime/connectors/file/file_position.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <sstream>

namespace streamql {
namespace {

constexpr int64_t kHead = 256;

/// FNV-1a of the first `count` bytes; 0 if there are fewer.
uint64_t digest_of(const File& file, int64_t count) {
    std::array<char, kHead> head{};
    const ssize_t n = ::pread(file.descriptor(), head.data(), static_cast<size_t>(count), 0);
    if (n != count) return 0;
    uint64_t hash = 0xcbf29ce484222325;
    for (ssize_t i = 0; i < n; ++i)
        hash = (hash ^ static_cast<unsigned char>(head[static_cast<size_t>(i)])) * 0x100000001b3;
    return hash;
}

}  // namespace

// file 1 INODE HEAD DIGEST DONE OFFSET LINE DROPPING STATE PATH
std::string FilePosition::text() const {
    return fmt::format("file 1 {} {} {} {} {} {} {} {} {}", inode, head, digest, done ? 1 : 0, place.offset, place.line,
                       place.dropping ? 1 : 0, static_cast<int>(place.state), path);
}

Result<FilePosition> FilePosition::read(const std::string& text) {
    FilePosition p;
    std::istringstream in(text);
    std::string kind;
    int version = 0, state = 0;
    in >> kind >> version >> p.inode >> p.head >> p.digest >> p.done >> p.place.offset >> p.place.line >>
        p.place.dropping >> state;
    if (in && kind == "file" && version == 1 && in.get() == ' ' && p.head <= kHead) {
        p.place.state = static_cast<CsvScan::State>(state);
        std::getline(in, p.path, '\0');
        return p;
    }
    return Error{ErrorCode::kState, "the position of a file source cannot be read",
                 "begin anew with another state folder"};
}

void FilePosition::identify(const File& file) {
    struct stat s{};
    if (::fstat(file.descriptor(), &s) != 0 || !S_ISREG(s.st_mode)) return;
    const int64_t wanted = std::min({kHead, static_cast<int64_t>(s.st_size), std::max<int64_t>(place.offset, 0)});
    if (inode == s.st_ino && head == wanted) return;
    inode = s.st_ino;
    head = wanted;
    digest = digest_of(file, head);
}

bool FilePosition::is_of(const File& file, bool packed) const {
    struct stat s{};
    if (::fstat(file.descriptor(), &s) != 0 || s.st_ino != inode) return false;
    if (!packed && s.st_size < place.offset) return false;
    return digest_of(file, head) == digest;
}

}  // namespace streamql
