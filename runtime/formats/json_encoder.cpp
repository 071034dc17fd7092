#include <charconv>
#include <cmath>

#include "runtime/formats/json_format.h"
#include "runtime/formats/json_value.h"
#include "runtime/formats/value_text.h"
#include "runtime/text/json_text.h"

namespace streamql {
namespace {

/// One column with everything before its value ready: {"name": or ,"name":
struct JsonColumn {
    std::string lead;
    Type type;
    Physical physical;
    int index;
};

class JsonEncoder final : public Encoder {
  public:
    JsonEncoder(TimestampFormat timestamps, const std::vector<ColumnSpec>& columns, const std::vector<int>& which)
        : timestamps_(timestamps) {
        for (int i : which) {
            auto& c = columns[static_cast<size_t>(i)];
            std::string lead = columns_.empty() ? "{" : ",";
            append_json_string(c.name, lead);
            lead += ':';
            columns_.push_back({std::move(lead), c.type, c.type.physical(), i});
        }
    }

    void encode_row(const BatchView& batch, int64_t row, std::string& out) override {
        for (auto& c : columns_) {
            out += c.lead;
            const ColumnView& v = batch.columns[c.index];
            if (!v.valid[row])
                out += "null";
            else
                append_json_value(c.type, load_cell(c.physical, v.data + row * physical_width(c.physical)), timestamps_,
                                  out);
        }
        out += columns_.empty() ? "{}" : "}";
    }

  private:
    TimestampFormat timestamps_;
    std::vector<JsonColumn> columns_;
};

}  // namespace

Result<std::unique_ptr<Encoder>> make_json_encoder(const Options& options, const std::vector<ColumnSpec>& columns,
                                                   std::vector<int> which) {
    return std::unique_ptr<Encoder>(
        std::make_unique<JsonEncoder>(timestamp_format(options.text("timestamp.format")), columns, which));
}

}  // namespace streamql
