#include "runtime/engine/scanner.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/abi/exports.h"
#include "runtime/record/hidden.h"

namespace streamql {

namespace {

constexpr int64_t kDefaultMaxFuture = 3'600'000'000;
const char kNothing[64] = {};  // padded empty message

void scan_row_error(void* self, int64_t row, RowError error, int32_t site) {
    static_cast<Scanner*>(self)->site_error(row, error, site);
}

}  // namespace

Scanner::Scanner(const SourceSpec& spec, int source, std::string place, std::unique_ptr<Decoder> decoder,
                 RowErrors& errors, Clock& clock, const void* timezone)
    : spec_(spec),
      source_(source),
      place_(std::move(place)),
      decoder_(std::move(decoder)),
      errors_(errors),
      clock_(clock) {
    max_future_ = spec.options.has("max_future") ? spec.options.duration("max_future") : kDefaultMaxFuture;
    max_record_bytes_ = spec.options.has("max_record_bytes") ? spec.options.bytes("max_record_bytes") : INT64_MAX;
    rule_.delay = spec.watermark_delay;
    context_.scanner = this;
    context_.pipeline.self = this;
    context_.pipeline.callbacks.row_error = scan_row_error;
    context_.pipeline.kernel.timezone = timezone;
    context_.pipeline.user = spec.scan ? spec.scan->user : nullptr;
}

Scanner::Counts Scanner::scan(const RawBatch& raw, const SplitReader& reader, int64_t& watermark, Batch& out) {
    counts_ = {};
    raw_ = &raw;
    reader_ = &reader;
    out_ = &out;
    watermark_ = watermark;
    out.clear();
    out.reserve(raw.count);
    const int64_t now = clock_.now_micros();
    rule_.latest = max_future_ < 0 ? kMaxTime : now + max_future_;
    context_.pipeline.kernel.arena = &out.arena();
    context_.pipeline.kernel.now_micros = now;
    if (auto function = spec_.scan ? spec_.scan->get<ScanFunction>() : nullptr) {
        function(&context_, &raw, &out.view());
    } else {
        sq_decode(&context_, &raw, &out.view());
        sq_stamp(&context_, &out.view(), spec_.event_time_column);
    }
    watermark = watermark_;
    return counts_;
}

const RawBatch& Scanner::without_unfit(const RawBatch& raw) {
    auto unfit = [&](const RawMessage& m) { return !m.data || m.size > max_record_bytes_; };
    const RawMessage* end = raw.messages + raw.count;
    if (std::none_of(raw.messages, end, unfit)) return raw;
    patched_.assign(raw.messages, end);
    for (int64_t row = 0; row < raw.count; ++row) {
        if (!unfit(patched_[row])) continue;
        fail(row, patched_[row].data ? RowError::kTooLong : RowError::kTombstone, {});
        patched_[row].data = kNothing;
        patched_[row].size = 0;
    }
    patched_batch_ = raw;
    patched_batch_.messages = patched_.data();
    return patched_batch_;
}

void Scanner::decode(const RawBatch& raw, BatchView& out) {
    out.rows = raw.count;
    std::fill_n(out.event_time, raw.count, kMinTime);
    std::fill_n(out.lateness, raw.count, kMinTime);
    std::fill_n(out.status, raw.count, uint8_t{0});
    const uint32_t source = static_cast<uint32_t>(source_);
    for (int64_t row = 0; row < raw.count; ++row)
        stamp_origin(out, row, {source, raw.partition, raw.messages[row].offset});
    decoder_->decode(without_unfit(raw), out, *this);
    fill_metadata(raw, out);
}

void Scanner::fill_metadata(const RawBatch& raw, BatchView& out) {
    for (size_t c = 0; c < spec_.columns.size(); ++c) {
        const ScanColumn& column = spec_.columns[c];
        if (column.origin != ColumnOrigin::kMetadata) continue;
        uint8_t* valid = out.columns[c].valid;
        auto* numbers = reinterpret_cast<int64_t*>(out.columns[c].data);
        auto* texts = reinterpret_cast<Str*>(out.columns[c].data);
        std::fill_n(valid, raw.count, uint8_t{1});
        for (int64_t row = 0; row < raw.count; ++row) {
            const RawMessage& m = raw.messages[row];
            if (column.metadata == "partition") {
                numbers[row] = raw.partition;
            } else if (column.metadata == "offset") {
                numbers[row] = m.offset;
            } else if (column.metadata == "timestamp") {
                numbers[row] = m.timestamp;
                valid[row] = m.timestamp != kMinTime;
            } else if (column.metadata == "key") {
                texts[row] = {m.key, m.key_size};
                valid[row] = m.key != nullptr;
            } else if (column.metadata == "topic") {
                texts[row] = Str::of(place_);
            } else {
                const std::string headers = reader_->headers(m);
                texts[row] = Str::of(out_->arena().copy(headers));
                valid[row] = !headers.empty();
            }
        }
    }
}

void Scanner::stamp(BatchView& out, int column) {
    if (column < 0) return;
    const std::string& name = spec_.columns[column].column.name;
    watermark_ = stamp_times(out, column, rule_, watermark_, [&](int64_t row, bool future) {
        fail(row, future ? RowError::kFutureEventTime : RowError::kNullEventTime, name);
    });
}

void Scanner::row_error(int64_t row, RowError error, int column, uint32_t byte_offset) {
    const std::string reason = fmt::format("{} (at byte {})", row_error_text(error), byte_offset);
    row_error(row, error, column, byte_offset, reason);
}

void Scanner::row_error(int64_t row, RowError error, int column, uint32_t, std::string_view reason) {
    fail(row, error, column >= 0 ? std::string_view(spec_.columns[column].column.name) : std::string_view(), reason);
}

void Scanner::site_error(int64_t row, RowError error, int32_t site) {
    const bool known = site >= 0 && static_cast<size_t>(site) < spec_.sites.size();
    fail(row, error, known ? std::string_view(spec_.sites[site]) : std::string_view());
}

void Scanner::fail(int64_t row, RowError error, std::string_view column, std::string_view reason) {
    uint8_t& status = out_->view().status[row];
    if (status) return;  // accounted for already
    status = static_cast<uint8_t>(error);
    std::string placed = reader_->place_of(raw_->messages[row]);
    if (!placed.empty()) {
        placed = fmt::format("{}, in {}", reason.empty() ? row_error_text(error) : reason, placed);
        reason = placed;
    }
    if (errors_.scan_error(row, error, column, reason) == OnError::kSkip) {
        ++counts_.skipped;
    } else {
        ++counts_.dead_letters;
    }
}

}  // namespace streamql
