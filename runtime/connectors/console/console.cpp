#include "runtime/connectors/console/console.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/formats/format_list.h"
#include "runtime/formats/json_value.h"
#include "runtime/formats/value_text.h"

namespace streamql {
namespace {

constexpr int64_t kRowsAHeader = 40;
constexpr size_t kRowsAPrint = 1000;  ///< a table's rows are printed at the end of an epoch, or when so many wait
constexpr size_t kWidestColumn = 60;  ///< a longer value does not widen its column
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

    /// Keeps the rows until print(): those of an epoch are aligned as one table.
    void add(const BatchView& view) {
        for (int64_t row = 0; row < view.rows; ++row) {
            std::vector<std::string> cells;
            for (size_t i = 0; i < columns_.size(); ++i) {
                cells.push_back(cell_text(view, row, i));
                const size_t n = std::min(length_of(cells.back()), kWidestColumn);
                if (n <= widths_[i]) continue;
                widths_[i] = n;
                grown_ = true;
            }
            rows_.push_back({view.op ? (is_change(view, row) ? "- " : "+ ") : "", std::move(cells)});
        }
    }
    size_t waiting() const { return rows_.size(); }

    void print(std::string& out) {
        for (auto& row : rows_) {
            if (grown_ || (terminal_ > 0 && since_header_ >= kRowsAHeader)) append_header(!row.sign.empty(), out);
            grown_ = false;
            std::string line = row.sign;
            for (size_t i = 0; i < columns_.size(); ++i) append_cell(row.cells[i], i, is_right(i), line);
            append_line(line, out);
            ++since_header_;
        }
        rows_.clear();
    }

    /// A result without rows shows its columns all the same.
    void finish(std::string& out) {
        if (!started_) append_header(false, out);
    }

  private:
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

    struct Row {
        std::string sign;
        std::vector<std::string> cells;
    };
    std::vector<ColumnSpec> columns_;
    int terminal_;
    std::vector<size_t> widths_;
    std::vector<Row> rows_;
    bool started_ = false, grown_ = true;
    int64_t since_header_ = 0;
};

class ConsoleSink final : public Sink {
  public:
    ConsoleSink(const SinkSpec& sink, int fd, int width, std::unique_ptr<Encoder> encoder)
        : format_(sink.options.text("format")), fd_(fd), encoder_(std::move(encoder)), table_(sink.columns, width) {}

    Status open(const std::string*) override { return {}; }

    Status write(const Batch& batch, std::vector<RejectedRow>&) override {
        const BatchView& view = batch.view();
        out_.clear();
        if (!encoder_) {
            table_.add(view);
            if (table_.waiting() >= kRowsAPrint) table_.print(out_);
            return flush();
        }
        if (format_ == "csv" && !started_ && view.rows > 0) out_ += (view.op ? "op," : "") + encoder_->header() + "\n";
        started_ |= view.rows > 0;
        for (int64_t row = 0; row < view.rows; ++row) {
            size_t at = out_.size();
            encoder_->encode_row(view, row, out_);
            const char* sign = is_change(view, row) ? "-" : "+";
            if (view.op && format_ == "csv")
                out_.insert(at, fmt::format("{},", sign));
            else if (view.op)
                out_.insert(at + 1, fmt::format("\"op\":\"{}\",", sign));
            out_ += '\n';
        }
        return flush();
    }

    Result<std::string> prepare(int64_t, std::vector<RejectedRow>&) override {
        out_.clear();
        table_.print(out_);
        if (Status s = flush(); !s) return s.error();
        return std::string();
    }

    Status close(bool) override {
        out_.clear();
        table_.print(out_);
        if (!encoder_)
            table_.finish(out_);
        else if (format_ == "csv" && !started_)
            out_ = encoder_->header() + "\n";
        return flush();
    }

  private:
    Status flush() {
        std::string_view rest = out_;
        while (!rest.empty()) {
            ssize_t n = ::write(fd_, rest.data(), rest.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0)
                return Error{ErrorCode::kOutside,
                             fmt::format("cannot write to standard output: {}", std::strerror(errno)), ""};
            rest.remove_prefix(static_cast<size_t>(n));
        }
        return {};
    }

    std::string format_;
    int fd_;
    std::unique_ptr<Encoder> encoder_;  ///< null: a table
    Table table_;
    bool started_ = false;
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
    if (format == "json" || format == "csv") {
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
    c.options = {{.name = "format",
                  .type = OptionType::kChoice,
                  .default_value = "table",
                  .choices = {"table", "json", "csv"},
                  .doc = "How rows are shown."}};
    c.make_sink = [](const SinkSpec& sink, const ConnectorContext&) {
        return make_console_sink(sink, STDOUT_FILENO, terminal_width(STDOUT_FILENO));
    };
    return c;
}

}  // namespace streamql
