#include "runtime/connectors/console/console.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/connectors/console/shown_rows.h"
#include "runtime/formats/format_list.h"
#include "runtime/formats/json_value.h"
#include "runtime/formats/value_text.h"

namespace streamql {
namespace {

constexpr int64_t kRowsAHeader = 40;
constexpr size_t kMostWaiting = 65'536;  ///< rows are shown at the end of an epoch, or when so many wait
constexpr size_t kWidestColumn = 60;     ///< a longer value does not widen its column
constexpr std::string_view kCut = "\xE2\x80\xA6";

/// Characters, not bytes.
size_t length_of(std::string_view text) {
    size_t n = 0;
    for (char c : text) n += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return n;
}

/// The first `count` characters.
std::string_view head_of(std::string_view text, size_t count) {
    size_t i = 0;
    for (; i < text.size(); ++i)
        if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80 && count-- == 0) break;
    return text.substr(0, i);
}

bool is_change(const BatchView& view, int64_t row) {
    return view.op && (view.op[row] == Op::kDelete || view.op[row] == Op::kUpdateBefore);
}

/// Rows as an aligned table.
class Table {
  public:
    Table(std::vector<ColumnSpec> columns, int terminal) : columns_(std::move(columns)), terminal_(terminal) {
        for (auto& c : columns_) widths_.push_back(length_of(c.name));
    }

    std::vector<std::string> texts(const BatchView& view, int64_t row) const {
        std::vector<std::string> cells;
        for (size_t i = 0; i < columns_.size(); ++i) cells.push_back(cell_text(view, row, i));
        return cells;
    }

    /// An epoch's rows, aligned together; `before` of them are not shown.
    void print(const std::vector<ShownRows::Row>& rows, int64_t before, std::string& out) {
        for (auto& row : rows) widen(row.texts);
        if (before > 0) {
            if (started_) out += '\n';
            fmt::format_to(std::back_inserter(out), "{} {} rows before these are not shown (rows = {})\n", kCut, before,
                           rows.size());
            started_ = false;
            grown_ = true;
        }
        for (auto& row : rows) {
            if (grown_ || (terminal_ > 0 && since_header_ >= kRowsAHeader)) append_header(!row.sign.empty(), out);
            grown_ = false;
            std::string line = row.sign;
            for (size_t i = 0; i < columns_.size(); ++i) append_cell(row.texts[i], i, is_right(i), line);
            append_line(line, out);
            ++since_header_;
        }
    }

    /// A result without rows shows its columns all the same.
    void finish(std::string& out) {
        if (!started_) append_header(false, out);
    }

  private:
    void widen(const std::vector<std::string>& texts) {
        for (size_t i = 0; i < columns_.size(); ++i) {
            const size_t n = std::min(length_of(texts[i]), kWidestColumn);
            if (n <= widths_[i]) continue;
            widths_[i] = n;
            grown_ = true;
        }
    }

    bool is_right(size_t i) const { return columns_[i].type.is_numeric(); }

    std::string cell_text(const BatchView& view, int64_t row, size_t i) const {
        const ColumnView& v = view.columns[i];
        if (!v.valid[row]) return "NULL";
        Physical p = columns_[i].type.physical();
        std::string raw, text;
        append_plain_value(columns_[i].type, load_cell(p, v.data + row * physical_width(p)), TimestampFormat::kIso,
                           raw);
        for (char c : raw) {
            if (c == '\n')
                text += "\\n";
            else if (c == '\t')
                text += "\\t";
            else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
                text += '?';
            else
                text += c;
        }
        return text;
    }

    void append_header(bool changes, std::string& out) {
        if (started_) out += '\n';
        started_ = true;
        since_header_ = 0;
        std::string names = changes ? "  " : "", rule = names;
        for (size_t i = 0; i < columns_.size(); ++i) {
            append_cell(columns_[i].name, i, is_right(i), names);
            append_cell(std::string(widths_[i], '-'), i, false, rule);
        }
        append_line(names, out);
        append_line(rule, out);
    }

    void append_cell(const std::string& text, size_t i, bool right, std::string& line) const {
        if (i > 0) line += "  ";
        size_t n = length_of(text);
        size_t gap = n < widths_[i] ? widths_[i] - n : 0;
        if (right) line.append(gap, ' ');
        line += text;
        if (!right && i + 1 < columns_.size()) line.append(gap, ' ');
    }

    void append_line(const std::string& line, std::string& out) const {
        auto limit = static_cast<size_t>(terminal_);
        if (terminal_ > 1 && length_of(line) > limit) {
            out += head_of(line, limit - 1);
            out += kCut;
        } else {
            out += line;
        }
        out += '\n';
    }

    std::vector<ColumnSpec> columns_;
    int terminal_;
    std::vector<size_t> widths_;
    bool started_ = false, grown_ = true;
    int64_t since_header_ = 0;
};

class ConsoleSink final : public Sink {
  public:
    ConsoleSink(const SinkSpec& sink, int fd, int width, std::unique_ptr<Encoder> encoder)
        : format_(sink.options.text("format")),
          fd_(fd),
          last_(sink.options.has("rows") ? static_cast<size_t>(sink.options.integer("rows")) : 0),
          encoder_(std::move(encoder)),
          table_(sink.columns, width),
          rows_(sink.columns) {}

    Status open(const std::string*) override { return {}; }

    Status write(const Batch& batch, std::vector<RejectedRow>&) override {
        const BatchView& view = batch.view();
        changes_ |= view.op != nullptr;
        for (int64_t row = 0; row < view.rows; ++row) {
            std::string sign = view.op ? (is_change(view, row) ? "- " : "+ ") : "";
            rows_.add(view, row, std::move(sign), encoder_ ? line(view, row) : table_.texts(view, row));
        }
        if (rows_.size() < kMostWaiting) return {};
        if (last_ == 0) return show();
        before_ += rows_.keep_last(last_);
        return {};
    }

    Result<std::string> prepare(int64_t, std::vector<RejectedRow>&) override {
        if (Status s = show(); !s) return s.error();
        return std::string();
    }

    Status close(bool) override {
        if (Status s = show(); !s) return s;
        if (!encoder_)
            table_.finish(out_);
        else if (format_ == "csv" && !started_)
            out_ = encoder_->header() + "\n";
        return flush();
    }

  private:
    std::vector<std::string> line(const BatchView& view, int64_t row) {
        std::string text;
        encoder_->encode_row(view, row, text);
        const char* sign = is_change(view, row) ? "-" : "+";
        if (view.op && format_ == "csv")
            text.insert(0, fmt::format("{},", sign));
        else if (view.op)
            text.insert(1, fmt::format("\"op\":\"{}\",", sign));
        text += '\n';
        return {std::move(text)};
    }

    Status show() {
        if (last_ > 0) before_ += rows_.keep_last(last_);
        const std::vector<ShownRows::Row>& rows = rows_.in_order();
        if (encoder_) {
            if (format_ == "csv" && !started_ && !rows.empty())
                out_ += (changes_ ? "op," : "") + encoder_->header() + "\n";
            for (auto& row : rows) out_ += row.texts[0];
        } else {
            table_.print(rows, before_, out_);
        }
        started_ |= !rows.empty();
        before_ = 0;
        rows_.clear();
        return flush();
    }

    /// Keeps what could not be written: a retry goes on there.
    Status flush() {
        size_t done = 0;
        Status status;
        while (status && done < out_.size()) {
            const ssize_t n = ::write(fd_, out_.data() + done, out_.size() - done);
            if (n > 0) done += static_cast<size_t>(n);
            if (n < 0 && errno != EINTR)
                status = Error{ErrorCode::kOutside,
                               fmt::format("cannot write to standard output: {}", std::strerror(errno)), ""};
        }
        out_.erase(0, done);
        return status;
    }

    std::string format_;
    int fd_;
    size_t last_;                       ///< of an epoch so many rows are shown, the last ones; 0: all
    std::unique_ptr<Encoder> encoder_;  ///< null: a table
    Table table_;
    ShownRows rows_;
    int64_t before_ = 0;  ///< rows of this epoch that are not shown
    bool started_ = false, changes_ = false;
    std::string out_;
};

int terminal_width(int fd) {
    winsize size{};
    if (!::isatty(fd) || ::ioctl(fd, TIOCGWINSZ, &size) != 0) return 0;
    return size.ws_col;
}

}  // namespace

Result<std::unique_ptr<Sink>> make_console_sink(const SinkSpec& sink, int fd, int width) {
    std::unique_ptr<Encoder> encoder;
    std::string format = sink.options.text("format");
    if (!format.empty() && format != "table") {
        auto made = make_encoder(format, sink.options, sink.columns);
        if (!made) return made.error();
        encoder = std::move(*made);
    }
    return std::unique_ptr<Sink>(std::make_unique<ConsoleSink>(sink, fd, width, std::move(encoder)));
}

Connector console_connector() {
    Connector c;
    c.name = "console";
    c.doc = "Shows rows on standard output; changes as + and -.";
    c.options = {
        {.name = "format",
         .type = OptionType::kChoice,
         .default_value = "table",
         .choices = {"table", "json", "csv"},
         .doc = "How rows are shown."},
        {.name = "rows",
         .type = OptionType::kInteger,
         .default_value = "0",
         .doc = "The most rows of an epoch that a table shows, the last ones, and how many it leaves out; 0 for all."}};
    c.check = [](const Options& options, bool, std::vector<OptionProblem>& problems) {
        if (!options.has("rows")) return;
        if (options.integer("rows") < 0)
            problems.push_back({"rows", "option \"rows\" is not negative", "0 shows all rows"});
        if (options.integer("rows") > 0 && options.text("format") != "table")
            problems.push_back({"rows", "option \"rows\" is for tables", "json and csv show every row"});
    };
    c.make_sink = [](const SinkSpec& sink, const ConnectorContext&) {
        return make_console_sink(sink, STDOUT_FILENO, terminal_width(STDOUT_FILENO));
    };
    c.shows_selects = true;
    return c;
}

}  // namespace streamql
