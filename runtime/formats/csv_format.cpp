#include "runtime/formats/csv_format.h"

#include <fmt/format.h>

#include "runtime/formats/json_value.h"
#include "runtime/formats/value_text.h"
#include "runtime/text/utf8.h"

namespace streamql {
namespace {

std::string lower(std::string_view s) {
    std::string out(s);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return out;
}

std::string_view undouble(std::string_view text, Arena& arena) {
    char* to = arena.allocate(text.size());
    size_t n = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        to[n++] = text[i];
        i += text[i] == '"';
    }
    return {to, n};
}

class CsvDecoder final : public Decoder {
  public:
    explicit CsvDecoder(const SourceSpec& source)
        : source_(source),
          delimiter_(csv_delimiter(source.options)),
          null_(source.options.text("null")),
          timestamps_(timestamp_format(source.options.text("timestamp.format"))) {
        if (source.options.has("max_record_bytes")) max_bytes_ = source.options.bytes("max_record_bytes");
        by_position();
    }

    void decode(const RawBatch& raw, BatchView& out, RowErrorSink& errors) override {
        arena_.reset();
        for (int64_t row = 0; row < raw.count; ++row) {
            const RawMessage& m = raw.messages[row];
            place(m.key ? std::string_view(m.key, m.key_size) : std::string_view());
            size_t at = 0;
            int column = -1;
            RowError error = decode_row(m, out, row, column, at);
            if (error == RowError::kOk) continue;
            if (error == RowError::kMalformed)
                errors.row_error(row, error, column, static_cast<uint32_t>(at), reason_);
            else
                errors.row_error(row, error, column, static_cast<uint32_t>(at));
            for (auto& p : places_) out.columns[p.column].valid[row] = 0;
        }
    }

  private:
    struct Place {
        int column;
        int field;
    };  ///< field -1: not in the file

    void by_position() {
        places_.clear();
        width_ = source_.record_columns.size();
        for (size_t i = 0; i < source_.columns.size(); ++i)
            if (source_.columns[i].origin == ColumnOrigin::kRecord)
                places_.push_back({static_cast<int>(i), source_.columns[i].record_index});
    }

    /// Finds the columns by the names of `header`, once a header.
    void place(std::string_view header) {
        if (header == header_) return;
        header_ = header;
        if (header.empty()) return by_position();
        std::vector<std::string> names = csv_names(header, delimiter_);
        width_ = names.size();
        for (auto& p : places_) {
            auto& c = source_.columns[static_cast<size_t>(p.column)];
            p.field = -1;
            for (size_t i = 0; i < names.size() && p.field < 0; ++i)
                if (names[i] == c.column.name) p.field = static_cast<int>(i);
            for (size_t i = 0; i < names.size() && p.field < 0 && !c.exact_name; ++i)
                if (lower(names[i]) == lower(c.column.name)) p.field = static_cast<int>(i);
        }
    }

    RowError decode_row(const RawMessage& m, BatchView& out, int64_t row, int& column, size_t& at) {
        if (!m.data) return RowError::kTombstone;
        if (m.size > max_bytes_) return RowError::kTooLong;
        std::string_view record(m.data, m.size);
        if (!is_utf8(record)) return RowError::kInvalidUtf8;
        if (const char* broken = split_csv(record, delimiter_, fields_, at)) {
            reason_ = fmt::format("{} (at byte {})", broken, at);
            return RowError::kMalformed;
        }
        if (fields_.size() != width_) {
            reason_ = fmt::format("expected {} fields, found {}", width_, fields_.size());
            return RowError::kMalformed;
        }
        for (auto& p : places_) {
            auto& spec = source_.columns[static_cast<size_t>(p.column)].column;
            Cell cell;
            RowError error = RowError::kOk;
            if (p.field >= 0) {
                const CsvField& f = fields_[static_cast<size_t>(p.field)];
                at = static_cast<size_t>(f.text.data() - m.data);
                error = field_to_cell(spec.type, f, cell);
            }
            if (error == RowError::kOk && cell.null && spec.not_null) error = RowError::kNotNull;
            if (error != RowError::kOk) {
                column = p.column;
                return error;
            }
            ColumnView& v = out.columns[p.column];
            Physical physical = spec.type.physical();
            v.valid[row] = !cell.null;
            if (!cell.null) store_cell(physical, cell, v.data + row * physical_width(physical));
        }
        return RowError::kOk;
    }

    RowError field_to_cell(const Type& type, const CsvField& f, Cell& cell) {
        if (!f.quoted && f.text == null_) return RowError::kOk;
        std::string_view text = f.escaped ? undouble(f.text, arena_) : f.text;
        if (type.kind != TypeKind::kJson && !type.is_nested())
            return text_to_cell(type, text, timestamps_, arena_, cell);
        std::string_view value;
        if (!is_json_text(text, arena_, value)) return RowError::kBadText;
        return json_to_cell(type, value, timestamps_, arena_, cell);
    }

    SourceSpec source_;
    char delimiter_;
    std::string null_;
    TimestampFormat timestamps_;
    int64_t max_bytes_ = INT64_MAX;
    std::string header_;
    std::vector<Place> places_;
    size_t width_ = 0;
    std::vector<CsvField> fields_;
    std::string reason_;  ///< of kMalformed
    Arena arena_;
};

class CsvEncoder final : public Encoder {
  public:
    CsvEncoder(const Options& options, const std::vector<ColumnSpec>& columns, std::vector<int> which)
        : columns_(columns),
          which_(std::move(which)),
          delimiter_(csv_delimiter(options)),
          null_(options.text("null")),
          timestamps_(timestamp_format(options.text("timestamp.format"))) {}

    void encode_row(const BatchView& batch, int64_t row, std::string& out) override {
        for (size_t i = 0; i < which_.size(); ++i) {
            if (i > 0) out += delimiter_;
            const ColumnView& v = batch.columns[which_[i]];
            if (!v.valid[row]) {
                out += null_;
                continue;
            }
            const Type& type = columns_[static_cast<size_t>(which_[i])].type;
            Physical physical = type.physical();
            text_.clear();
            append_plain_value(type, load_cell(physical, v.data + row * physical_width(physical)), timestamps_, text_);
            append_field(text_, out);
        }
    }

    std::string header() const override {
        std::string out;
        for (size_t i = 0; i < which_.size(); ++i) {
            if (i > 0) out += delimiter_;
            append_field(columns_[static_cast<size_t>(which_[i])].name, out);
        }
        return out;
    }

  private:
    void append_field(std::string_view text, std::string& out) const {
        bool plain = text != null_ && !text.empty() && text.find(delimiter_) == std::string_view::npos &&
                     text.find_first_of("\"\r\n") == std::string_view::npos;
        if (plain) {
            out += text;
            return;
        }
        out += '"';
        for (char c : text) {
            if (c == '"') out += '"';
            out += c;
        }
        out += '"';
    }

    std::vector<ColumnSpec> columns_;
    std::vector<int> which_;
    char delimiter_;
    std::string null_;
    TimestampFormat timestamps_;
    std::string text_;
};

}  // namespace

char csv_delimiter(const Options& options) {
    std::string text = options.text("delimiter");
    if (text.empty()) return ',';
    if (text == "tab" || text == "\\t") return '\t';
    unsigned char c = static_cast<unsigned char>(text[0]);
    return text.size() == 1 && c != '"' && c != '\n' && c != '\r' && c < 0x80 ? text[0] : '\0';
}

const char* split_csv(std::string_view record, char delimiter, std::vector<CsvField>& fields, size_t& at) {
    fields.clear();
    size_t p = 0;
    while (true) {
        CsvField f;
        if (p < record.size() && record[p] == '"') {
            f.quoted = true;
            size_t from = ++p;
            while (true) {
                p = record.find('"', p);
                if (p == std::string_view::npos) {
                    at = from - 1;
                    return "a quoted field is not closed";
                }
                if (p + 1 >= record.size() || record[p + 1] != '"') break;
                f.escaped = true;
                p += 2;
            }
            f.text = record.substr(from, p - from);
            ++p;
            if (p < record.size() && record[p] != delimiter) {
                at = p;
                return "a quoted field goes on behind its closing quote";
            }
        } else {
            size_t end = std::min(record.find(delimiter, p), record.size());
            f.text = record.substr(p, end - p);
            size_t quote = f.text.find('"');
            if (quote != std::string_view::npos) {
                at = p + quote;
                return "a quote inside an unquoted field";
            }
            p = end;
        }
        fields.push_back(f);
        if (p >= record.size()) return nullptr;
        ++p;
    }
}

std::vector<std::string> csv_names(std::string_view header, char delimiter) {
    std::vector<CsvField> fields;
    size_t at = 0;
    std::vector<std::string> names;
    if (split_csv(header, delimiter, fields, at)) return names;
    Arena arena;
    for (auto& f : fields) names.emplace_back(f.escaped ? undouble(f.text, arena) : f.text);
    return names;
}

Result<std::unique_ptr<Decoder>> make_csv_decoder(const SourceSpec& source) {
    return std::unique_ptr<Decoder>(std::make_unique<CsvDecoder>(source));
}

Result<std::unique_ptr<Encoder>> make_csv_encoder(const Options& options, const std::vector<ColumnSpec>& columns,
                                                  std::vector<int> which) {
    return std::unique_ptr<Encoder>(std::make_unique<CsvEncoder>(options, columns, std::move(which)));
}

}  // namespace streamql
