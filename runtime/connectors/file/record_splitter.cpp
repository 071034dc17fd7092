#include "runtime/connectors/file/record_splitter.h"

#include <algorithm>
#include <cstring>

namespace streamql {
namespace {
constexpr size_t kBlock = 256 * 1024;
constexpr size_t kPadding = 64;
constexpr int kBlocksACall = 16;
}  // namespace

RecordSplitter::RecordSplitter(std::unique_ptr<FileBytes> bytes, SplitterRules rules, const SplitterPlace& place)
    : bytes_(std::move(bytes)),
      rules_(rules),
      buffer_(2 * kBlock + kPadding),
      base_(place.offset),
      line_(place.line),
      dropping_(place.dropping),
      started_(place.offset > 0) {
    scan_.state = place.state;
}

Result<size_t> RecordSplitter::fill() {
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        base_ += static_cast<int64_t>(begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ + kBlock + kPadding > buffer_.size())
        buffer_.resize(std::max(buffer_.size() * 2, end_ + kBlock + kPadding));
    auto n = bytes_->read(buffer_.data() + end_, kBlock);
    if (!n || *n == File::kNothingNow) return n;
    end_ += *n;
    if (!started_ && end_ >= 3) {
        started_ = true;
        if (std::memcmp(buffer_.data(), "\xEF\xBB\xBF", 3) == 0) begin_ = 3;
    }
    return n;
}

bool RecordSplitter::finish(size_t to, int64_t lines, bool line_end, RawMessage& out) {
    const size_t from = begin_;
    begin_ = to + (line_end ? 1 : 0);
    out = RawMessage{};
    out.data = buffer_.data() + from;
    out.offset = line_;
    line_ += lines + (line_end ? 1 : 0);
    scanned_ = 0;
    scan_ = CsvScan{};
    if (to > from && buffer_[to - 1] == '\r') --to;
    out.size = static_cast<uint32_t>(std::min<size_t>(to - from, static_cast<size_t>(rules_.max_bytes) + 1));
    return to > from || rules_.keep_empty;
}

void RecordSplitter::cut_oversized(RawMessage& out) {
    const CsvScan scan = scan_;
    record_offset_ = base_ + static_cast<int64_t>(begin_);
    record_line_ = line_;
    finish(end_, 0, false, out);
    dropping_ = true;
    if (!rules_.csv) return;
    scan_ = scan;
    scan_.forget(end_ - static_cast<size_t>(record_offset_ - base_));
}

bool RecordSplitter::go_back() {
    if (record_offset_ < 0 || scan_.line_end < 0) return false;
    const int64_t to = record_offset_ + scan_.line_end + 1;
    if (!bytes_->go_back(to)) return false;
    begin_ = end_ = 0;
    base_ = to;
    line_ = record_line_ + scan_.lines_before + 1;
    scan_ = CsvScan{};
    dropping_ = at_end_ = false;
    return true;
}

bool RecordSplitter::drop_rest() {
    if (!rules_.csv) {
        const size_t line_end = rest().find('\n');
        dropping_ = line_end == std::string_view::npos;
        begin_ = dropping_ ? end_ : begin_ + line_end + 1;
        line_ += dropping_ ? 0 : 1;
        return !dropping_;
    }
    const auto found = scan_.scan(rest(), rules_.delimiter);
    if (found == CsvScan::Found::kBrokenQuotes) {
        if (go_back()) return false;
        scan_.state = CsvScan::State::kPlain;
        scan_.line_end = -1;
        return true;
    }
    if (found == CsvScan::Found::kEnd) {
        begin_ += scan_.at + 1;
        line_ += scan_.lines + 1;
        scan_ = CsvScan{};
        dropping_ = false;
        return true;
    }
    // a \r behind a quote waits for what follows it
    begin_ += scan_.at;
    scan_.forget(scan_.at);
    return false;
}

bool RecordSplitter::cut_line(RawMessage& out) {
    const size_t line_end = rest().find('\n', scanned_);
    if (line_end != std::string_view::npos) return finish(begin_ + line_end, 0, true, out);
    scanned_ = end_ - begin_;
    if (!at_end_ || rules_.follow) return false;
    return finish(end_, 0, false, out);
}

bool RecordSplitter::cut_csv(RawMessage& out) {
    auto found = scan_.scan(rest(), rules_.delimiter);
    if (found == CsvScan::Found::kEnd) return finish(begin_ + scan_.at, scan_.lines, true, out);
    const bool last = at_end_ && !rules_.follow;
    const bool never_closed = last && scan_.state == CsvScan::State::kQuoted && scan_.line_end >= 0;
    if (found == CsvScan::Found::kBrokenQuotes || never_closed)
        return finish(begin_ + static_cast<size_t>(scan_.line_end), scan_.lines_before, true, out);
    return last && finish(end_, scan_.lines, false, out);
}

bool RecordSplitter::cut(RawMessage& out) {
    while (begin_ < end_) {
        if (dropping_) {
            if (!drop_rest()) return false;
            continue;
        }
        const size_t before = begin_;
        if (rules_.csv ? cut_csv(out) : cut_line(out)) return true;
        if (begin_ != before) continue;  // an empty line
        if (static_cast<int64_t>(end_ - begin_) <= rules_.max_bytes) return false;
        cut_oversized(out);
        return true;
    }
    return false;
}

Result<Poll> RecordSplitter::next_batch(int64_t max, std::vector<RawMessage>& out) {
    out.clear();
    RawMessage m;
    for (int blocks = 0; blocks < kBlocksACall; ++blocks) {
        while (static_cast<int64_t>(out.size()) < max && cut(m)) out.push_back(m);
        if (!out.empty()) return Poll::kData;
        if (at_end_ && !rules_.follow) {
            const bool in_quotes = dropping_ && rules_.csv && scan_.state == CsvScan::State::kQuoted;
            if (!in_quotes || !go_back()) return Poll::kEnd;
        }
        auto n = fill();
        if (!n) return n.error();
        if (*n == File::kNothingNow) return Poll::kNothing;
        at_end_ = *n == 0;
        if (at_end_ && rules_.follow) return Poll::kNothing;
    }
    return Poll::kNothing;
}

}  // namespace streamql
