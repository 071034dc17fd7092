#include <gtest/gtest.h>

#include "tests/unit/formats/decode_fixture.h"

namespace streamql {
namespace {

class Reasons final : public RowErrorSink {
  public:
    void row_error(int64_t, RowError error, int, uint32_t) override { list.emplace_back(row_error_text(error)); }
    void row_error(int64_t, RowError, int, uint32_t, std::string_view reason) override { list.emplace_back(reason); }
    std::vector<std::string> list;
};

std::vector<std::string> reasons_of(const char* format, const std::vector<std::string>& texts) {
    SourceSpec source = source_of({record_column("id", TypeKind::kBigint), record_column("name", TypeKind::kString)},
                                  {{"format", format}});
    auto decoder = std::move(*make_decoder(source));
    std::vector<RawMessage> messages;
    for (auto& t : texts) {
        RawMessage m;
        m.data = t.data();
        m.size = static_cast<uint32_t>(t.size());
        messages.push_back(m);
    }
    RawBatch raw;
    raw.messages = messages.data();
    raw.count = static_cast<int64_t>(messages.size());
    Batch batch({TypeKind::kBigint, TypeKind::kString}, raw.count);
    Reasons reasons;
    decoder->decode(raw, batch.view(), reasons);
    return reasons.list;
}

using Texts = std::vector<std::string>;

TEST(Reasons, OfCsvRecordsSayWhatIsWrong) {
    EXPECT_EQ(reasons_of("csv", {"1,a", "1", "1,a,b", "1,5\" pipe", "1,\"a\"b", "1,\"a", "x,a"}),
              (Texts{"expected 2 fields, found 1", "expected 2 fields, found 3",
                     "a quote inside an unquoted field (at byte 3)",
                     "a quoted field goes on behind its closing quote (at byte 5)",
                     "a quoted field is not closed (at byte 2)", "the text is no value of the column's type"}));
}

TEST(Reasons, OfJsonRecordsThatAreNoObjectSaySo) {
    EXPECT_EQ(reasons_of("json", {"{\"id\":1}", " null ", "true", "[1]", "\"a\"", "-7.5", "7", "nul", ""}),
              (Texts{"the record is null, not a JSON object", "the record is a boolean, not a JSON object",
                     "the record is an array, not a JSON object", "the record is a text, not a JSON object",
                     "the record is a number, not a JSON object", "the record is a number, not a JSON object",
                     "the record is not well-formed", "the record is not well-formed"}));
}

}  // namespace
}  // namespace streamql
