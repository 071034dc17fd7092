#include "runtime/connectors/file/record_splitter.h"

#include <algorithm>
#include <cstring>

namespace streamql {
namespace {
constexpr size_t kBlock = 256 * 1024;
constexpr size_t kPadding = 64;
}  // namespace

RecordSplitter::RecordSplitter(std::unique_ptr<FileBytes> bytes, SplitterRules rules)
    : bytes_(std::move(bytes)), rules_(rules), buffer_(2 * kBlock + kPadding) {}

Result<size_t> RecordSplitter::fill() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (end_ + kBlock + kPadding > buffer_.size())
        buffer_.resize(std::max(buffer_.size() * 2, end_ + kBlock + kPadding));
    auto n = bytes_->read(buffer_.data() + end_, kBlock);
    if (!n) return n;
    end_ += *n;
    if (!started_ && end_ >= 3) {
        started_ = true;
        if (std::memcmp(buffer_.data(), "\xEF\xBB\xBF", 3) == 0) begin_ = 3;
    }
    return n;
}

const char* RecordSplitter::record_end(const char* from) const {
    const char* end = buffer_.data() + end_;
    const char* start = from;
    bool inside = false;
    if (!rules_.csv) start += scanned_;
    while (true) {
        auto line_end = static_cast<const char*>(std::memchr(start, '\n', static_cast<size_t>(end - start)));
        if (!line_end || !rules_.csv) return line_end;
        inside ^= std::count(start, line_end, '"') % 2 != 0;
        if (!inside) return line_end;
        start = line_end + 1;
    }
}

bool RecordSplitter::finish(size_t from, size_t to, size_t next, RawMessage& out) {
    out = RawMessage{};
    out.data = buffer_.data() + from;
    out.offset = line_;
    line_ += rules_.csv ? std::max<int64_t>(1, std::count(buffer_.data() + from, buffer_.data() + next, '\n')) : 1;
    begin_ = next;
    scanned_ = 0;
    if (to > from && buffer_[to - 1] == '\r') --to;
    out.size = static_cast<uint32_t>(std::min<size_t>(to - from, static_cast<size_t>(rules_.max_bytes) + 1));
    return to > from || rules_.keep_empty;
}

bool RecordSplitter::drop_rest() {
    char* from = buffer_.data() + begin_;
    auto line_end = static_cast<char*>(std::memchr(from, '\n', end_ - begin_));
    begin_ = line_end ? static_cast<size_t>(line_end + 1 - buffer_.data()) : end_;
    dropping_ = !line_end;
    return line_end;
}

bool RecordSplitter::cut_oversized(RawMessage& out) {
    if (static_cast<int64_t>(end_ - begin_) <= rules_.max_bytes) return false;
    finish(begin_, begin_ + static_cast<size_t>(rules_.max_bytes) + 1, end_, out);
    dropping_ = true;
    return true;
}

bool RecordSplitter::cut(RawMessage& out) {
    while (begin_ < end_) {
        if (dropping_ && !drop_rest()) return false;
        if (begin_ == end_) return false;
        const char* from = buffer_.data() + begin_;
        const char* line_end = record_end(from);
        if (!line_end) {
            if (cut_oversized(out)) return true;
            scanned_ = end_ - begin_;
            if (!at_end_ || rules_.follow) return false;
            return finish(begin_, end_, end_, out);
        }
        auto to = static_cast<size_t>(line_end - buffer_.data());
        if (finish(begin_, to, to + 1, out)) return true;
    }
    return false;
}

Result<Poll> RecordSplitter::next_batch(int64_t max, std::vector<RawMessage>& out) {
    out.clear();
    RawMessage m;
    while (true) {
        while (static_cast<int64_t>(out.size()) < max && cut(m)) out.push_back(m);
        if (!out.empty()) return Poll::kData;
        if (at_end_ && !rules_.follow) return Poll::kEnd;
        auto n = fill();
        if (!n) return n.error();
        at_end_ = *n == 0;
        if (at_end_ && rules_.follow) return Poll::kNothing;
    }
}

}  // namespace streamql
