#include "runtime/engine/row_errors.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/engine/failure.h"

namespace streamql {

namespace {
constexpr int64_t kRateWindow = 1000;
constexpr size_t kHandOver = 256 * 1024;  // bytes of letters buffered at most before they go to the file
}  // namespace

ErrorPolicy::ErrorPolicy(std::string name, const Options& options, size_t lines)
    : name_(std::move(name)), line_errors_(lines) {
    const std::string mode = options.text("on_error");
    if (mode == "skip") on_error_ = OnError::kSkip;
    if (mode == "fail") on_error_ = OnError::kFail;
    if (options.has("max_error_rate")) max_rate_ = options.real("max_error_rate");
}

void ErrorPolicy::count_error(int64_t line) {
    std::lock_guard lock(mutex_);
    if (line < 0) {
        ++scan_errors_;
    } else {
        ++line_errors_[line];
    }
}

Status ErrorPolicy::count_records(int64_t records) {
    std::lock_guard lock(mutex_);
    records_ += records;
    return records_ < kRateWindow ? Status() : judge();
}

Status ErrorPolicy::count_end() {
    std::lock_guard lock(mutex_);
    return judged_ || records_ == 0 ? Status() : judge();
}

Status ErrorPolicy::judge() {
    judged_ = true;
    int64_t worst = 0;
    for (int64_t& errors : line_errors_) worst = std::max(worst, std::exchange(errors, 0));
    const int64_t errors = std::exchange(scan_errors_, 0) + worst;
    const int64_t seen = std::exchange(records_, 0);
    if (static_cast<double>(errors) <= max_rate_ * static_cast<double>(seen)) return {};
    return Error{ErrorCode::kData,
                 fmt::format("{} of the last {} records of \"{}\" could not be processed; max_error_rate is {}", errors,
                             seen, name_, max_rate_),
                 "look into the dead letters; check the declared columns and the format, or raise max_error_rate",
                 false};
}

void RowErrors::end_batch() {
    if (reading_) {
        if (Status s = (*to_.policies)[source_]->count_records(raw_.count); !s) to_.failure->set(s.error());
    }
    reading_ = false;
    flush();
}

void RowErrors::flush() {
    if (lines_.empty()) return;
    if (Status s = to_.file->append(lines_, letters_, *to_.passed); !s) to_.failure->set(s.error());
    lines_.clear();
    letters_ = 0;
}

void RowErrors::keep(int source, const DeadLetter& letter) {
    if (source >= 0 && to_.to_sink[source]) {
        to_.to_sink[source](letter);
        return;
    }
    append_letter(lines_, letter);
    ++letters_;
    if (lines_.size() >= kHandOver) flush();
}

namespace {

Error error_of(const DeadLetter& letter, const std::string& source) {
    const std::string where =
        letter.source.empty() ? fmt::format("operator {}", letter.operator_name)
                              : fmt::format("\"{}\", partition {}, offset {}", source, letter.partition, letter.offset);
    return {ErrorCode::kData,
            fmt::format("{}: {}{}{} ({})", where, letter.column, letter.column.empty() ? "" : ": ",
                        letter.reason.empty() ? row_error_text(letter.code) : std::string(letter.reason),
                        row_error_name(letter.code)),
            "on_error = 'fail' stops at the first bad record; 'dead_letter' keeps such records apart", false};
}

}  // namespace

OnError RowErrors::scan_error(int64_t row, RowError error, std::string_view column, std::string_view reason) {
    ErrorPolicy& policy = *(*to_.policies)[source_];
    policy.count_error(-1);
    if (policy.on_error() == OnError::kSkip) return OnError::kSkip;
    const RawMessage& message = raw_.messages[row];
    const std::string& name = to_.program->sources[source_].name;
    DeadLetter letter{name, raw_.partition, message.offset, to_.clock->now_micros(), error, reason, column, {}, {}, {},
                      {}};
    letter.bytes = message.data ? std::string_view(message.data, message.size) : std::string_view("");
    keep(source_, letter);
    if (policy.on_error() == OnError::kFail) to_.failure->set(error_of(letter, name));
    return policy.on_error();
}

const RawMessage* RowErrors::message_of(const Origin& origin) const {
    if (!reading_ || static_cast<int>(origin.source) != source_ || origin.partition != raw_.partition) return nullptr;
    const RawMessage* end = raw_.messages + raw_.count;
    const RawMessage* found = std::lower_bound(raw_.messages, end, origin.offset,
                                               [](const RawMessage& m, int64_t offset) { return m.offset < offset; });
    return found != end && found->offset == origin.offset ? found : nullptr;
}

OnError RowErrors::source_error(const Node& node, const BatchView& rows, const std::vector<Type>& types, int64_t row,
                                RowError error, std::string_view site, size_t key_columns) {
    const Origin origin = rows.origin[row];
    ErrorPolicy& policy = *(*to_.policies)[origin.source];
    policy.count_error(rows.line);
    if (policy.on_error() == OnError::kSkip) return OnError::kSkip;
    const std::string& name = to_.program->sources[origin.source].name;
    DeadLetter letter{name, origin.partition, origin.offset, to_.clock->now_micros(), error, {}, site, {}, {}, {}, {}};
    std::string key, text;
    if (const RawMessage* message = message_of(origin)) {
        letter.bytes = message->data ? std::string_view(message->data, message->size) : std::string_view("");
    } else {
        letter.operator_name = node.name;
        if (key_columns > 0) key = row_text(rows, types, row, 0, key_columns);
        text = row_text(rows, types, row, 0, types.size());
        letter.key = key;
        letter.row = text;
    }
    keep(static_cast<int>(origin.source), letter);
    if (policy.on_error() == OnError::kFail) to_.failure->set(error_of(letter, name));
    return policy.on_error();
}

void RowErrors::derived_error(const Node& node, const BatchView& rows, const std::vector<Type>& types, int64_t row,
                              RowError error, std::string_view site, size_t key_columns) {
    const std::string key = key_columns > 0 ? row_text(rows, types, row, 0, key_columns) : std::string();
    const std::string text = row_text(rows, types, row, 0, types.size());
    DeadLetter letter{{}, 0, 0, to_.clock->now_micros(), error, {}, site, {}, node.name, key, text};
    keep(-1, letter);
    const bool fails = std::any_of(to_.policies->begin(), to_.policies->end(),
                                   [](auto& p) { return p && p->on_error() == OnError::kFail; });
    if (fails) to_.failure->set(error_of(letter, {}));
}

}  // namespace streamql
