// A source of given columns, decoded from given texts: what the format tests share.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "runtime/formats/format_list.h"
#include "runtime/formats/json_format.h"

namespace streamql {

struct SeenError {
    int64_t row;
    RowError error;
    int column;
    uint32_t offset;
};

class ErrorList final : public RowErrorSink {
  public:
    void row_error(int64_t row, RowError error, int column, uint32_t offset) override {
        list.push_back({row, error, column, offset});
    }
    std::vector<SeenError> list;
};

inline ScanColumn record_column(std::string name, Type type, bool not_null = false, bool exact = false) {
    ScanColumn c;
    c.column = {std::move(name), std::move(type), not_null};
    c.exact_name = exact;
    return c;
}

inline SourceSpec source_of(std::vector<ScanColumn> columns,
                            std::vector<std::pair<std::string, std::string>> options = {}) {
    SourceSpec s;
    s.name = "s";
    for (size_t i = 0; i < columns.size(); ++i) {
        columns[i].record_index = static_cast<int>(i);
        s.record_columns.push_back(columns[i].column.name);
    }
    s.columns = std::move(columns);
    for (auto& [k, v] : options) s.options.set(k, v);
    return s;
}

/// Keeps texts, batch and decoder together, since cells view them.
struct Decoded {
    explicit Decoded(SourceSpec spec, std::vector<std::string> texts, std::string key = {}) : Decoded(std::move(spec)) {
        run(std::move(texts), std::move(key));
    }
    explicit Decoded(SourceSpec spec) : source(std::move(spec)) {
        for (auto& c : source.columns) types.push_back(c.column.type);
        auto made = make_decoder(source);
        EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message);
        if (made.ok()) decoder = std::move(*made);
    }
    void run(std::vector<std::string> records, std::string file_header = {}) {
        texts = std::move(records);
        header = std::move(file_header);
        messages.clear();
        errors.list.clear();
        for (auto& t : texts) {
            RawMessage m;
            m.data = t.data();
            m.size = static_cast<uint32_t>(t.size());
            if (!header.empty()) {
                m.key = header.data();
                m.key_size = static_cast<uint32_t>(header.size());
            }
            messages.push_back(m);
        }
        RawBatch raw;
        raw.messages = messages.data();
        raw.count = static_cast<int64_t>(messages.size());
        batch = std::make_unique<Batch>(types, raw.count + 1);
        decoder->decode(raw, batch->view(), errors);
        batch->view().rows = raw.count;
    }
    RowError error(int64_t row = 0) const {
        for (auto& e : errors.list)
            if (e.row == row) return e.error;
        return RowError::kOk;
    }
    bool null(int column = 0, int64_t row = 0) const { return batch->is_null(column, row); }
    int64_t i64(int column = 0, int64_t row = 0) const { return batch->cell<int64_t>(column, row); }
    double f64(int column = 0, int64_t row = 0) const { return batch->cell<double>(column, row); }
    std::string str(int column = 0, int64_t row = 0) const { return std::string(batch->cell<Str>(column, row).view()); }

    SourceSpec source;
    std::vector<Type> types;
    std::vector<std::string> texts;
    std::string header;
    std::vector<RawMessage> messages;
    std::unique_ptr<Batch> batch;
    std::unique_ptr<Decoder> decoder;
    ErrorList errors;
};

}  // namespace streamql
