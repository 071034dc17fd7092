#include "runtime/formats/raw_format.h"

#include "runtime/formats/scalar_text.h"
#include "runtime/text/utf8.h"

namespace streamql {
namespace {

bool holds_bytes(const Type& type) { return type.kind == TypeKind::kString || type.kind == TypeKind::kBytes; }

class RawDecoder final : public Decoder {
  public:
    explicit RawDecoder(const SourceSpec& source) {
        if (source.options.has("max_record_bytes")) max_bytes_ = source.options.bytes("max_record_bytes");
        for (size_t i = 0; i < source.columns.size(); ++i) {
            if (source.columns[i].origin != ColumnOrigin::kRecord) continue;
            column_ = static_cast<int>(i);
            is_text_ = source.columns[i].column.type.kind == TypeKind::kString;
        }
    }

    void decode(const RawBatch& raw, BatchView& out, RowErrorSink& errors) override {
        for (int64_t row = 0; row < raw.count; ++row) {
            const RawMessage& m = raw.messages[row];
            RowError error = !m.data                                  ? RowError::kTombstone
                             : m.size > max_bytes_                    ? RowError::kTooLong
                             : is_text_ && !is_utf8({m.data, m.size}) ? RowError::kInvalidUtf8
                                                                      : RowError::kOk;
            if (error != RowError::kOk) errors.row_error(row, error, -1, 0);
            if (column_ < 0) continue;
            out.columns[column_].valid[row] = error == RowError::kOk;
            reinterpret_cast<Str*>(out.columns[column_].data)[row] = {m.data, m.size};
        }
    }

  private:
    int column_ = -1;
    bool is_text_ = false;
    int64_t max_bytes_ = INT64_MAX;
};

class RawEncoder final : public Encoder {
  public:
    explicit RawEncoder(int column) : column_(column) {}
    void encode_row(const BatchView& batch, int64_t row, std::string& out) override {
        const ColumnView& v = batch.columns[column_];
        if (v.valid[row]) out += reinterpret_cast<const Str*>(v.data)[row].view();
    }

  private:
    int column_;
};

Error not_one_column() {
    return {ErrorCode::kQuery, "format raw carries exactly one column, of type STRING or BYTES",
            "declare one, or use format = 'json'"};
}

}  // namespace

Result<std::unique_ptr<Decoder>> make_raw_decoder(const SourceSpec& source) {
    if (source.record_columns.size() > 1) return not_one_column();
    for (auto& c : source.columns)
        if (c.origin == ColumnOrigin::kRecord && !holds_bytes(c.column.type)) return not_one_column();
    return std::unique_ptr<Decoder>(std::make_unique<RawDecoder>(source));
}

Result<std::unique_ptr<Encoder>> make_raw_encoder(const Options&, const std::vector<ColumnSpec>& columns,
                                                  std::vector<int> which) {
    if (which.size() != 1 || !holds_bytes(columns[static_cast<size_t>(which[0])].type)) return not_one_column();
    return std::unique_ptr<Encoder>(std::make_unique<RawEncoder>(which[0]));
}

}  // namespace streamql
