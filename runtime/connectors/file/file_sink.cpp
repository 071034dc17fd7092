#include "runtime/connectors/file/file_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "runtime/base/file.h"
#include "runtime/formats/format_list.h"

namespace streamql {
namespace {

namespace fs = std::filesystem;

/// One file being written: plain or packed, synced and renamed at the end. Left behind as .tmp if never finished.
class OutputFile {
  public:
    OutputFile(std::string temporary, std::string name) : temporary_(std::move(temporary)), name_(std::move(name)) {}
    ~OutputFile() {
        if (packed_) gzclose(packed_);
        if (fd_ >= 0) ::close(fd_);
    }
    Status open() {
        fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (fd_ < 0) return file_error("create", temporary_, "check that the folder exists and may be written");
        if (name_.ends_with(".gz")) {
            packed_ = gzdopen(::dup(fd_), "wb6");
            gzbuffer(packed_, 128 * 1024);
        }
        return {};
    }
    Status write(std::string_view bytes) {
        bytes_ += static_cast<int64_t>(bytes.size());
        while (!bytes.empty()) {
            ssize_t n = packed_ ? gzwrite(packed_, bytes.data(), static_cast<unsigned>(bytes.size()))
                                : ::write(fd_, bytes.data(), bytes.size());
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) return file_error("write", temporary_);
            bytes.remove_prefix(static_cast<size_t>(n));
        }
        return {};
    }
    Status finish() {
        if (packed_) {
            int code = gzclose(packed_);
            packed_ = nullptr;
            if (code != Z_OK) return file_error("write", temporary_);
        }
        if (::fsync(fd_) != 0) return file_error("write", temporary_);
        int closed = ::close(fd_);
        fd_ = -1;
        if (closed != 0) return file_error("write", temporary_);
        if (::rename(temporary_.c_str(), name_.c_str()) != 0) return file_error("rename", temporary_);
        std::string folder = fs::path(name_).parent_path().string();
        int d = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        bool synced = d >= 0 && ::fsync(d) == 0;
        if (d >= 0) ::close(d);
        return synced ? Status() : Status(file_error("sync the folder of", name_));
    }
    int64_t bytes() const { return bytes_; }

  private:
    std::string temporary_, name_;
    int fd_ = -1;
    gzFile packed_ = nullptr;
    int64_t bytes_ = 0;
};

class FileSink final : public Sink {
  public:
    FileSink(const SinkSpec& sink, const ConnectorContext& context, std::unique_ptr<Encoder> encoder)
        : encoder_(std::move(encoder)),
          clock_(context.clock ? context.clock : &Clock::system()),
          job_(context.job ? context.job->job : "streamql"),
          path_(sink.options.text("path")),
          sink_(sink.name),
          header_(sink.options.text("format") == "csv" && sink.options.boolean("header") ? encoder_->header()
                                                                                         : std::string()),
          rotate_rows_(sink.options.integer("rotate.rows")),
          rotate_bytes_(sink.options.bytes("rotate.bytes")),
          rotate_interval_(sink.options.duration("rotate.interval")) {
        for (char& c : job_)
            if (c == '/') c = '_';
        format_ = sink.options.text("format");
    }

    Status open(const std::string*) override {
        std::error_code ec, missing;
        fs::path p(path_);
        if (path_.ends_with('/') || fs::is_directory(p, missing)) {
            folder_ = p;
            stem_ = "part";
            extension_ = "." + format_;
        } else {
            folder_ = p.parent_path();
            std::string name = p.filename().string();
            size_t dot = name.find('.', 1);
            stem_ = name.substr(0, dot);
            extension_ = dot == std::string::npos ? "" : name.substr(dot);
        }
        numbered_ = rotating() || path_.ends_with('/') || stem_ == "part";
        if (!folder_.empty()) fs::create_directories(folder_, ec);
        if (ec)
            return Error{
                ErrorCode::kOutside,
                fmt::format("cannot make the folder {} of sink \"{}\": {}", folder_.string(), sink_, ec.message()),
                "check the option path"};
        if (const std::string folder = folder_.empty() ? "." : folder_.string(); ::access(folder.c_str(), W_OK) != 0)
            return Error{
                ErrorCode::kOutside,
                fmt::format("cannot write into the folder {} of sink \"{}\": {}", folder, sink_, std::strerror(errno)),
                "check the option path"};
        return look_around();
    }

    Status write(const Batch& batch, std::vector<RejectedRow>&) override {
        const BatchView& view = batch.view();
        if (view.rows == 0) return {};
        for (int64_t row = 0; row < view.rows; ++row) {
            if (file_ && full())
                if (Status s = finish_file(); !s) return s;
            if (Status s = ensure_file(); !s) return s;
            encoder_->encode_row(view, row, buffer_);
            buffer_ += encoder_->separator();
            ++rows_;
        }
        return buffer_.size() > 256 * 1024 ? flush() : Status();
    }

    Result<std::string> prepare(int64_t, std::vector<RejectedRow>&) override {
        Status s = flush();
        if (s && file_ && rotating() && full()) s = finish_file();
        if (!s) return s.error();
        return std::string();
    }

    /// A result without rows is a file too, unless the job writes numbered ones.
    Status close(bool) override {
        if (!file_ && !numbered_)
            if (Status s = ensure_file(); !s) return s;
        return file_ ? finish_file() : Status();
    }

  private:
    bool rotating() const { return rotate_rows_ > 0 || rotate_bytes_ > 0 || rotate_interval_ > 0; }

    bool full() const {
        return (rotate_rows_ > 0 && rows_ >= rotate_rows_) ||
               (rotate_bytes_ > 0 && file_->bytes() + static_cast<int64_t>(buffer_.size()) >= rotate_bytes_) ||
               (rotate_interval_ > 0 && clock_->now_micros() - opened_at_ >= rotate_interval_);
    }

    /// Removes unfinished files of this job and finds the next number.
    Status look_around() {
        std::error_code ec;
        for (auto& entry : fs::directory_iterator(folder_.empty() ? "." : folder_, ec)) {
            std::string name = entry.path().filename().string();
            if (!name.starts_with(stem_)) continue;
            if (name.ends_with(fmt::format("{}.{}.tmp", extension_, job_))) fs::remove(entry.path(), ec);
            int64_t number = std::atoll(name.c_str() + std::min(name.size(), stem_.size() + 1));
            if (numbered_ && name.ends_with(extension_)) next_ = std::max(next_, number + 1);
        }
        return {};
    }

    Status ensure_file() {
        if (file_) return {};
        std::string name = numbered_ ? fmt::format("{}-{:05}{}", stem_, next_++, extension_) : stem_ + extension_;
        std::string full = (folder_ / name).string();
        file_ = std::make_unique<OutputFile>(fmt::format("{}.{}.tmp", full, job_), full);
        opened_at_ = clock_->now_micros();
        rows_ = 0;
        if (Status s = file_->open(); !s) return s;
        return header_.empty() ? Status() : file_->write(header_ + "\n");
    }

    Status flush() {
        if (buffer_.empty()) return {};
        Status s = file_->write(buffer_);
        buffer_.clear();
        return s;
    }

    Status finish_file() {
        if (Status s = flush(); !s) return s;
        auto file = std::move(file_);
        return file->finish();
    }

    std::unique_ptr<Encoder> encoder_;
    Clock* clock_;
    std::string job_, path_, sink_, header_, format_;
    int64_t rotate_rows_, rotate_bytes_, rotate_interval_;
    fs::path folder_;
    std::string stem_, extension_;
    bool numbered_ = false;
    int64_t next_ = 1, rows_ = 0, opened_at_ = 0;
    std::unique_ptr<OutputFile> file_;
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
