#include "runtime/engine/dead_letters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "runtime/metrics/report.h"
#include "runtime/record/hidden.h"
#include "runtime/text/bytes_text.h"
#include "runtime/types/decimal.h"

namespace streamql {

namespace {

constexpr char kHelp[] = "set --state-dir to a folder that can be written, or on_error = 'skip'";
constexpr size_t kWriteFrom = 1 << 20;  // bytes that wait in memory
constexpr size_t kTextLimit = 4096;     // of `text`; `bytes` always has everything

std::string_view shortened(std::string_view text) {
    if (text.size() <= kTextLimit) return text;
    size_t end = kTextLimit;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return text.substr(0, end);
}

void append_field(std::string& to, const char* name, std::string_view text) {
    to += to.back() == '{' ? "\"" : ",\"";
    to += name;
    to += "\":\"";
    append_json_escaped(to, text);
    to += '"';
}

std::string_view reason_of(const DeadLetter& letter) {
    return letter.reason.empty() ? std::string_view(row_error_text(letter.code)) : letter.reason;
}

std::string cell_text(const ColumnView& column, const Type& type, int64_t row) {
    std::string text;
    switch (type.physical()) {
        case Physical::kI64: {
            const int64_t v = reinterpret_cast<const int64_t*>(column.data)[row];
            if (type.is_timestamp()) return time_text(v);
            if (type.kind == TypeKind::kBoolean) return v ? "true" : "false";
            return std::to_string(v);
        }
        case Physical::kF64:
            return fmt::format("{}", reinterpret_cast<const double*>(column.data)[row]);
        case Physical::kDecimal:
            append_decimal(reinterpret_cast<const Decimal*>(column.data)[row], text);
            return text;
        case Physical::kStr:
            return std::string(reinterpret_cast<const Str*>(column.data)[row].view());
        case Physical::kInterval: {
            const Interval i = reinterpret_cast<const Interval*>(column.data)[row];
            return fmt::format("{} mons {} days {} us", i.months, i.days, i.micros);
        }
    }
    return {};
}

}  // namespace

void append_letter(std::string& to, const DeadLetter& letter) {
    std::string line = "{";
    if (!letter.source.empty()) {
        append_field(line, "source", letter.source);
        fmt::format_to(std::back_inserter(line), ",\"partition\":{},\"offset\":{}", letter.partition, letter.offset);
    }
    append_field(line, "time", time_text(letter.time));
    append_field(line, "code", row_error_name(letter.code));
    append_field(line, "reason", reason_of(letter));
    append_field(line, "column", letter.column);
    if (!letter.operator_name.empty()) append_field(line, "operator", letter.operator_name);
    if (letter.bytes.data()) {
        line += ",\"bytes\":\"";
        append_base64(letter.bytes, 0, line);
        line += '"';
        append_field(line, "text", shortened(letter.bytes));
    }
    if (!letter.key.empty()) line.append(",\"key\":").append(letter.key);
    if (!letter.row.empty()) line.append(",\"row\":").append(letter.row);
    line += "}\n";
    to += line;
}

void append_letter(Batch& to, const std::vector<std::string>& columns, const DeadLetter& letter) {
    const int64_t row = to.rows();
    to.reserve(row + 1);
    to.view().rows = row + 1;
    derive_hidden(to.view(), row, kMinTime, {});
    const bool from_source = !letter.source.empty();
    for (size_t c = 0; c < columns.size(); ++c) {
        const std::string& name = columns[c];
        const Type& type = to.types()[c];
        Cell cell;
        auto text = [&](std::string_view t, bool present) {
            if (present) cell = Cell::of(Str::of(to.arena().copy(t)));
        };
        auto number = [&](int64_t v, bool present) {
            if (!present) return;
            if (type.physical() == Physical::kI64) cell = Cell::of(v);
            if (type.physical() == Physical::kStr) text(std::to_string(v), true);
        };
        const bool is_text = type.physical() == Physical::kStr;
        if (name == "partition")
            number(letter.partition, from_source);
        else if (name == "offset")
            number(letter.offset, from_source);
        else if (name == "time" && type.is_timestamp())
            cell = Cell::of(letter.time);
        else if (!is_text) {
        } else if (name == "time")
            text(time_text(letter.time), true);
        else if (name == "source")
            text(letter.source, from_source);
        else if (name == "code")
            text(row_error_name(letter.code), true);
        else if (name == "reason")
            text(reason_of(letter), true);
        else if (name == "column")
            text(letter.column, true);
        else if (name == "operator")
            text(letter.operator_name, !letter.operator_name.empty());
        else if (name == "key")
            text(letter.key, !letter.key.empty());
        else if (name == "row")
            text(letter.row, !letter.row.empty());
        else if (name == "text") {
            std::string clean;
            if (letter.bytes.data()) append_valid_utf8(clean, shortened(letter.bytes));
            text(clean, letter.bytes.data() != nullptr);
        } else if (name == "bytes" && letter.bytes.data()) {
            std::string encoded;
            if (type.kind != TypeKind::kBytes) append_base64(letter.bytes, 0, encoded);
            text(type.kind == TypeKind::kBytes ? letter.bytes : std::string_view(encoded), true);
        }
        to.set(static_cast<int>(c), row, cell);
    }
}

std::string row_text(const BatchView& batch, const std::vector<Type>& types, int64_t row, size_t first, size_t last) {
    std::string text = "[";
    for (size_t c = first; c < last; ++c) {
        if (c > first) text += ',';
        if (!batch.columns[c].valid[row]) {
            text += "null";
            continue;
        }
        text += '"';
        append_json_escaped(text, shortened(cell_text(batch.columns[c], types[c], row)));
        text += '"';
    }
    return text + "]";
}

Status DeadLetterFile::open(int64_t length) {
    std::error_code failed;
    std::filesystem::create_directories(folder_, failed);
    if (failed) {
        errno = failed.value();
        return file_error("make the folder of dead letters", folder_, kHelp);
    }
    return file_.open(length);
}

Status DeadLetterFile::go_on_from(int64_t bytes, int64_t letters) {
    std::lock_guard lock(mutex_);
    letters_ = letters;
    std::error_code missing;  // people move such files away: then it begins anew
    const auto size = std::filesystem::file_size(file_.path(), missing);
    return missing ? Status() : open(std::min(bytes, static_cast<int64_t>(size)));
}

Status DeadLetterFile::append(std::string_view lines, int64_t letters, int64_t passed) {
    std::lock_guard lock(mutex_);
    if (passed > synced_epoch_) {
        later_ += lines;
        later_letters_ += letters;
        return {};
    }
    if (!file_.is_open()) {
        if (Status s = open(0); !s) return s;
    }
    waiting_ += lines;
    letters_ += letters;
    return waiting_.size() >= kWriteFrom ? file_.append(waiting_) : Status();
}

Status DeadLetterFile::sync(int64_t epoch, bool last) {
    std::lock_guard lock(mutex_);
    auto take_later = [&] {
        waiting_ += std::exchange(later_, {});
        letters_ += std::exchange(later_letters_, 0);
    };
    if (last) take_later();
    if (!waiting_.empty() && !file_.is_open()) {
        if (Status s = open(0); !s) return s;
    }
    if (file_.is_open()) {
        if (Status s = file_.append(waiting_); !s) return s;
        if (auto length = file_.sync(); !length) return length.error();
    }
    synced_bytes_ = file_.is_open() ? file_.length() : 0;
    synced_letters_ = letters_;
    synced_epoch_ = epoch;
    take_later();
    return {};
}

int64_t DeadLetterFile::letters() const {
    std::lock_guard lock(mutex_);
    return letters_ + later_letters_;
}

int64_t DeadLetterFile::synced_letters() const {
    std::lock_guard lock(mutex_);
    return synced_letters_;
}

int64_t DeadLetterFile::bytes() const {
    std::lock_guard lock(mutex_);
    return synced_bytes_;
}

std::string DeadLetterFile::path() const {
    std::lock_guard lock(mutex_);
    return letters_ + later_letters_ > 0 ? file_.path() : std::string();
}

}  // namespace streamql
