#include "runtime/connectors/file/file_sink.h"

#include <fmt/format.h>

#include <filesystem>

#include "runtime/connectors/file/file_record.h"
#include "runtime/connectors/file/file_target.h"
#include "runtime/connectors/file/output_file.h"
#include "runtime/formats/format_list.h"

namespace streamql {
namespace {

namespace fs = std::filesystem;
constexpr size_t kFlushAt = 256 * 1024;

class FileSink final : public Sink {
  public:
    FileSink(const SinkSpec& sink, const ConnectorContext& context, std::unique_ptr<Encoder> encoder)
        : spec_(sink),
          context_(context),
          encoder_(std::move(encoder)),
          clock_(context.clock ? context.clock : &Clock::system()),
          rotate_rows_(sink.options.integer("rotate.rows")),
          rotate_bytes_(sink.options.bytes("rotate.bytes")),
          rotate_interval_(sink.options.duration("rotate.interval")) {
        if (sink.options.has("header") && sink.options.boolean("header")) header_ = encoder_->header();
    }

    Status open(const std::string* resume) override {
        if (Status s = target_.find(spec_, context_.job ? context_.job->job : "streamql", rotating()); !s) return s;
        if (context_.sources)
            if (Status s = target_.check_sources(*context_.sources); !s) return s;
        if (target_.straight()) return {};
        if (context_.endless && !rotating()) return endless_error();
        if (Status s = target_.claim(); !s) return s;
        return resume ? go_on(*resume) : begin_anew();
    }

    Status write(const Batch& batch, std::vector<RejectedRow>&) override {
        const BatchView& view = batch.view();
        for (; encoded_ < view.rows; ++encoded_) {
            if (file_ && full())
                if (Status s = close_file(); !s) return s;
            if (Status s = ensure_file(); !s) return s;
            encoder_->encode_row(view, encoded_, buffer_);
            buffer_ += encoder_->separator();
            ++record_.rows;
        }
        if (buffer_.size() > kFlushAt)
            if (Status s = file_->write(buffer_); !s) return s;
        encoded_ = 0;
        return {};
    }

    Result<std::string> prepare(int64_t, std::vector<RejectedRow>&) override {
        if (file_ && rotating() && full()) {
            if (Status s = close_file(); !s) return s.error();
        } else if (file_) {
            if (Status s = sync_file(); !s) return s.error();
        }
        record_.has_open = file_ != nullptr;
        prepared_ = record_.closed.size();
        recorded_length_ = file_ ? record_.open.length : -1;
        return target_.straight() ? std::string() : record_.text();
    }

    Status apply(int64_t) override {
        if (prepared_ == 0) return {};
        for (size_t i = 0; i < prepared_; ++i)
            if (Status s = publish(record_.closed[i]); !s) return s;
        if (Status s = sync_folder("sink", target_.folder()); !s) return s;
        record_.closed.erase(record_.closed.begin(), record_.closed.begin() + static_cast<ptrdiff_t>(prepared_));
        prepared_ = 0;
        return {};
    }

    Status close(bool ended) override {
        if (target_.straight()) return ended ? end_straight() : Status();
        if (Status s = ended ? finish() : leave(); !s) return s;
        target_.release();
        return {};
    }

  private:
    bool rotating() const { return rotate_rows_ > 0 || rotate_bytes_ > 0 || rotate_interval_ > 0; }

    bool full() const {
        return (rotate_rows_ > 0 && record_.rows >= rotate_rows_) ||
               (rotate_bytes_ > 0 && file_->bytes() + static_cast<int64_t>(buffer_.size()) >= rotate_bytes_) ||
               (rotate_interval_ > 0 && clock_->now_micros() - record_.opened_at >= rotate_interval_);
    }

    Error endless_error() const {
        return {
            ErrorCode::kQuery,
            fmt::format("sink \"{}\" writes one file, {}, and its input has no end, so the file would never be whole",
                        spec_.name, target_.path()),
            "let it write several files: rotate.interval = '1 minute', rotate.rows or rotate.bytes; or let the "
            "input end: end = 'latest', or --until-idle"};
    }

    Status begin_anew() {
        record_ = FileRecord{};
        record_.path = target_.path();
        record_.next = target_.numbered() ? target_.next_number() : 1;
        return target_.remove_unfinished("");
    }

    /// Names what the last commit has decided, and goes on in the .tmp where that commit was.
    Status go_on(const std::string& text) {
        auto record = FileRecord::read(text);
        if (!record) return record.error();
        record_ = std::move(*record);
        if (record_.path != target_.path())
            return Error{ErrorCode::kState,
                         fmt::format("sink \"{}\" goes on from a commit that wrote {}, and its path is now {}",
                                     spec_.name, record_.path, target_.path()),
                         "give it its path back, or begin anew with another state folder"};
        prepared_ = record_.closed.size();
        resuming_ = true;
        if (Status s = apply(0); !s) return s;
        resuming_ = false;
        if (target_.numbered()) record_.next = std::max(record_.next, target_.next_number());
        if (Status s = record_.has_open ? reopen() : Status(); !s) return s;
        return target_.remove_unfinished(file_ ? target_.temporary_of(record_.open.number) : "");
    }

    Status reopen() {
        const std::string temporary = target_.temporary_of(record_.open.number);
        std::error_code ec;
        if (!fs::exists(temporary, ec)) {
            const std::string name = target_.name_of(record_.open.number);
            const auto size = fs::file_size(name, ec);
            const int64_t more = ec ? -1 : static_cast<int64_t>(size) - record_.open.length;
            // named when the job stopped, or by epochs that a job with state ran without storing them: rows that come
            // again go to a new file
            if (target_.numbered() && more >= 0) return {};
            if (more != 0) return missing(temporary);
            // named at the end, and the end was not stored: take it back into work
            fs::copy_file(name, temporary, ec);
            if (ec) return Error{ErrorCode::kOutside, fmt::format("cannot copy {}: {}", name, ec.message()), ""};
        }
        file_ = std::make_unique<OutputFile>(temporary, target_.packed(), false);
        recorded_length_ = record_.open.length;
        return file_->open(record_.open.length, record_.bytes);
    }

    Error missing(const std::string& path) const {
        return {
            ErrorCode::kState,
            fmt::format("sink \"{}\" goes on from a commit whose rows lie in {}, which is not there", spec_.name, path),
            "put it back, or begin anew with another state folder"};
    }

    Status ensure_file() {
        if (file_) return {};
        const int64_t number = target_.numbered() ? record_.next : 0;
        auto file = std::make_unique<OutputFile>(target_.straight() ? target_.path() : target_.temporary_of(number),
                                                 target_.packed(), target_.straight());
        if (Status s = file->open(0, 0); !s) return s;
        file_ = std::move(file);
        record_.open = {number, 0};
        record_.next += target_.numbered() ? 1 : 0;
        record_.opened_at = clock_->now_micros();
        record_.rows = 0;
        if (!header_.empty()) buffer_ = header_ + "\n";
        return {};
    }

    Status sync_file() {
        if (Status s = file_->write(buffer_); !s) return s;
        auto length = file_->sync();
        if (!length) return length.error();
        record_.open.length = *length;
        record_.bytes = file_->bytes();
        return {};
    }

    /// The open file is whole; it gets its name when the epoch is decided.
    Status close_file() {
        if (Status s = sync_file(); !s) return s;
        if (Status s = file_->close(); !s) return s;
        file_.reset();
        record_.closed.push_back(record_.open);
        record_.has_open = false;
        return {};
    }

    Status publish(const FileRecord::Part& part) {
        const std::string from = target_.temporary_of(part.number), to = target_.name_of(part.number);
        std::error_code ec;
        if (!fs::exists(from, ec)) {
            const auto size = fs::file_size(to, ec);
            if (!ec && static_cast<int64_t>(size) == part.length) return {};  // told again
            if (resuming_) return missing(from);
        }
        return rename_file("sink", from, to);
    }

    /// A result without rows is a file too, unless the job writes numbered ones.
    Status finish() {
        if (!target_.numbered() && record_.closed.empty())  // a second try finds it closed
            if (Status s = ensure_file(); !s) return s;
        if (file_)
            if (Status s = close_file(); !s) return s;
        prepared_ = record_.closed.size();
        return apply(0);
    }

    /// The reader of a pipe learns of the end, also of a result without rows.
    Status end_straight() {
        if (Status s = ensure_file(); !s) return s;
        return sync_file();
    }

    /// A stop: of numbered files the open one is shown, if all its rows are decided; it is not written again.
    Status leave() {
        const bool decided = file_ && recorded_length_ >= 0 && buffer_.empty() && file_->bytes() == record_.bytes;
        if (!decided || !target_.numbered()) return {};
        if (Status s = close_file(); !s) return s;
        prepared_ = record_.closed.size();
        return apply(0);
    }

    SinkSpec spec_;
    ConnectorContext context_;
    std::unique_ptr<Encoder> encoder_;
    Clock* clock_;
    std::string header_;
    int64_t rotate_rows_, rotate_bytes_, rotate_interval_;
    FileTarget target_;
    std::unique_ptr<OutputFile> file_;
    FileRecord record_;
    size_t prepared_ = 0;           ///< of record_.closed: how many the last prepare() recorded
    int64_t recorded_length_ = -1;  ///< of the open file, by the last prepare(); -1: it had none
    bool resuming_ = false;         ///< in open(): what is not there was lost by an earlier run
    int64_t encoded_ = 0;           ///< rows of the batch that is being written (again)
    std::string buffer_;
};

}  // namespace

Result<std::unique_ptr<Sink>> make_file_sink(const SinkSpec& sink, const ConnectorContext& context) {
    if (sink.options.text("path").ends_with(".zst"))
        return Error{ErrorCode::kQuery, "the file sink does not write .zst", "name the file .gz, or leave it unpacked"};
    auto encoder = make_encoder(sink.options.text("format"), sink.options, sink.columns);
    if (!encoder) return encoder.error();
    return std::unique_ptr<Sink>(std::make_unique<FileSink>(sink, context, std::move(*encoder)));
}

}  // namespace streamql
