#include "runtime/connectors/file/file_reader.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "runtime/formats/csv_format.h"

namespace streamql {
namespace {

constexpr size_t kExcerpt = 200;                   ///< of a header, in a message
constexpr std::chrono::milliseconds kGlance{100};  ///< how often a followed file is looked at from outside

bool same_in_any_case(std::string_view a, std::string_view b) {
    auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return low(x) == low(y); });
}

}  // namespace

Status FileReader::open(std::unique_ptr<FileBytes> bytes, const FilePosition* resume, const SourceSpec* source) {
    source_ = source;
    position_ = FilePosition{};
    position_.path = path_;
    if (source && !is_pipe(bytes->file())) {
        auto first = open_file_bytes(path_);
        if (!first) return first.error();
        RecordSplitter splitter(std::move(*first), rules_, {});
        if (auto read = read_header(splitter); !read) return read.error();
        if (!resume) position_.place = splitter.place();
    }
    if (resume && !is_pipe(bytes->file())) position_ = *resume;
    if (Status s = bytes->skip_to(position_.place.offset); !s) return s;
    splitter_ = std::make_unique<RecordSplitter>(std::move(bytes), rules_, position_.place);
    return {};
}

/// Takes the first record as the names of the columns and finds every wanted one.
Result<Poll> FileReader::read_header(RecordSplitter& splitter) {
    std::vector<RawMessage> first;
    auto polled = splitter.next_batch(1, first);
    if (!polled || first.empty()) return polled;
    header_.assign(first[0].data, first[0].size);
    std::vector<std::string> names = csv_names(header_, rules_.delimiter);
    for (auto& c : source_->columns) {
        if (c.origin != ColumnOrigin::kRecord) continue;
        bool found = std::any_of(names.begin(), names.end(), [&](const std::string& n) {
            return n == c.column.name || (!c.exact_name && same_in_any_case(n, c.column.name));
        });
        if (!found)
            return Error{ErrorCode::kOutside, fmt::format("{} has no column \"{}\"", path_, c.column.name),
                         fmt::format("its first line is: {}{}; a file without names needs header = 'false'",
                                     header_.substr(0, kExcerpt), header_.size() > kExcerpt ? "..." : "")};
    }
    return polled;
}

Result<Poll> FileReader::poll(int64_t max, RawBatch& out) {
    messages_.clear();
    Result<Poll> polled = Poll::kNothing;
    const auto wants_header = [this] { return source_ && header_.empty(); };
    if (wants_header()) polled = read_header(*splitter_);  // of a pipe, or of a followed file that was empty
    if (polled && !wants_header()) polled = splitter_->next_batch(max, messages_);
    if (!polled) return polled;
    if (!header_.empty())
        for (auto& m : messages_) {
            m.key = header_.data();
            m.key_size = static_cast<uint32_t>(header_.size());
        }
    out.messages = messages_.data();
    out.count = static_cast<int64_t>(messages_.size());
    out.partition = partition_;
    out.padded = true;
    if (replaced_ && *polled == Poll::kEnd) {
        if (Status s = begin_new_file(); !s) return s.error();
        return Poll::kNothing;
    }
    ended_ = *polled == Poll::kEnd;
    if (rules_.follow && *polled == Poll::kNothing) {
        if (Status s = look_for_changes(); !s) return s.error();
    }
    return polled;
}

Status FileReader::look_for_changes() {
    const auto now = std::chrono::steady_clock::now();
    if (replaced_ || now - looked_at_ < kGlance || is_pipe(splitter_->file())) return {};
    looked_at_ = now;
    position_.identify(splitter_->file());
    struct stat read{}, named{};
    if (::fstat(splitter_->file().descriptor(), &read) != 0 || ::stat(path_.c_str(), &named) != 0)
        return {};  // between a rename and its replacement
    if (read.st_size < splitter_->bytes_read() || !position_.is_of(splitter_->file(), false)) {
        if (Status s = begin_new_file(); !s) return s;
        return Error{ErrorCode::kOutside, fmt::format("{} was cut short; it is read from its start", path_), "", true};
    }
    if (read.st_ino == named.st_ino && read.st_dev == named.st_dev) return {};
    replaced_ = true;
    splitter_->end_following();
    return Error{ErrorCode::kOutside, fmt::format("{} was replaced; the new file is read from its start", path_), "",
                 true};
}

Status FileReader::begin_new_file() {
    auto bytes = open_file_bytes(path_);
    if (!bytes) {
        bytes.error().retryable = true;  // it was there a moment ago
        return bytes.error();
    }
    replaced_ = false;
    header_.clear();
    return open(std::move(*bytes), nullptr, source_);
}

std::string FileReader::place_of(const RawMessage& message) const {
    return fmt::format("{}, line {}", path_, message.offset + 1);
}

std::string FileReader::position() const {
    position_.place = splitter_->place();
    position_.done = ended_;
    position_.identify(splitter_->file());
    return position_.text();
}

}  // namespace streamql
