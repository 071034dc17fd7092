#include "runtime/journal/savepoint.h"

#include <cstring>

namespace streamql {

namespace {

constexpr char kArea[] = "state";
constexpr char kMagic[8] = {'S', 'Q', 'L', 'S', 'A', 'V', '0', '1'};
constexpr size_t kFlushFrom = 1 << 20;

struct EntryHead {
    uint32_t operator_index, container_bytes, key_bytes, value_bytes;
    uint64_t group;
};

/// The end of the file: the count of entries, the checksum of all before.
struct Seal {
    uint64_t entries, checksum;
};

Error broken(const std::string& path, const char* why) {
    return {ErrorCode::kState, "the savepoint " + path + " is not whole: " + why,
            "remove the state folder to begin anew at `start`", false};
}

Result<std::string> read_whole(const std::string& path) {
    auto file = File::open(kArea, path, O_RDONLY);
    if (!file) {
        file.error().code = ErrorCode::kState;
        file.error().help = "put it back, or remove the state folder to begin anew at `start`";
        return file.error();
    }
    auto size = file->size();
    if (!size) return size.error();
    std::string bytes(static_cast<size_t>(*size), '\0');
    size_t at = 0;
    while (at < bytes.size()) {
        auto n = file->read(bytes.data() + at, bytes.size() - at);
        if (!n) return n.error();
        if (*n == 0 || *n == File::kNothingNow) return broken(path, "it ends early");
        at += *n;
    }
    return bytes;
}

}  // namespace

SavepointWriter::SavepointWriter(File file) : file_(std::move(file)), hash_(XXH3_createState()) {
    XXH3_64bits_reset(hash_.get());
    buffer_.assign(kMagic, sizeof kMagic);
}

Result<SavepointWriter> SavepointWriter::open(const std::string& path) {
    auto file = File::open(kArea, path, O_WRONLY | O_CREAT | O_TRUNC, "free some space, or set another --state-dir");
    if (!file) return file.error();
    return SavepointWriter(std::move(*file));
}

Status SavepointWriter::add(const SavedEntry& e) {
    const EntryHead head{e.operator_index, static_cast<uint32_t>(e.container.size()),
                         static_cast<uint32_t>(e.entry.key.size()), static_cast<uint32_t>(e.entry.value.size()),
                         e.entry.group};
    buffer_.append(reinterpret_cast<const char*>(&head), sizeof head);
    buffer_.append(e.container).append(e.entry.key).append(e.entry.value);
    ++entries_;
    return buffer_.size() >= kFlushFrom ? flush() : Status();
}

Status SavepointWriter::flush() {
    XXH3_64bits_update(hash_.get(), buffer_.data(), buffer_.size());
    bytes_ += static_cast<int64_t>(buffer_.size());
    std::string_view rest = buffer_;
    Status written = file_.write(rest);
    buffer_.clear();
    return written;
}

Result<int64_t> SavepointWriter::finish() {
    if (Status s = flush(); !s) return s.error();
    const Seal seal{static_cast<uint64_t>(entries_), XXH3_64bits_digest(hash_.get())};
    std::string_view bytes(reinterpret_cast<const char*>(&seal), sizeof seal);
    if (Status s = file_.write(bytes); !s) return s.error();
    if (Status s = file_.sync(); !s) return s.error();
    if (Status s = file_.close(); !s) return s.error();
    return entries_;
}

Status read_savepoint(const std::string& path, int64_t entries, const std::function<Status(const SavedEntry&)>& take) {
    auto whole = read_whole(path);
    if (!whole) return whole.error();
    const std::string& bytes = *whole;
    if (bytes.size() < sizeof kMagic + sizeof(Seal) || std::memcmp(bytes.data(), kMagic, sizeof kMagic) != 0)
        return broken(path, "it is not one of StreamQL's, or of another version");
    const size_t end = bytes.size() - sizeof(Seal);
    Seal seal;
    std::memcpy(&seal, bytes.data() + end, sizeof seal);
    if (XXH3_64bits(bytes.data(), end) != seal.checksum) return broken(path, "its checksum is wrong");
    if (static_cast<int64_t>(seal.entries) != entries)
        return broken(path, "the commit names another number of entries");
    size_t at = sizeof kMagic;
    while (at < end) {
        EntryHead head;
        if (end - at < sizeof head) return broken(path, "an entry is cut");
        std::memcpy(&head, bytes.data() + at, sizeof head);
        at += sizeof head;
        const uint64_t size = uint64_t{head.container_bytes} + head.key_bytes + head.value_bytes;
        if (size > end - at || head.group >= 128) return broken(path, "an entry is cut");
        const std::string_view text(bytes.data() + at, size);
        at += size;
        SavedEntry entry{head.operator_index,
                         text.substr(0, head.container_bytes),
                         {static_cast<uint8_t>(head.group), text.substr(head.container_bytes, head.key_bytes),
                          text.substr(head.container_bytes + head.key_bytes)}};
        if (Status s = take(entry); !s) return s;
    }
    return {};
}

}  // namespace streamql
