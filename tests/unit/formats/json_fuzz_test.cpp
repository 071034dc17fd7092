// Mutated records against a slow strict parser. STREAMQL_FUZZ_RECORDS sets how many (default 100,000).
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/unit/formats/decode_fixture.h"

namespace streamql {
namespace {

using K = TypeKind;

std::vector<ScanColumn> all_columns() {
    return {record_column("i", K::kBigint),
            record_column("s", K::kString),
            record_column("d", K::kDouble),
            record_column("b", K::kBoolean),
            record_column("n", Type::decimal(12, 2)),
            record_column("t", K::kTimestamp),
            record_column("j", K::kJson),
            record_column("y", K::kBytes)};
}

const std::vector<std::string>& seeds() {
    static const std::vector<std::string> kSeeds = {
        R"({"i":123,"s":"text","d":1.5e3,"b":true,"n":12.34,"t":"2024-05-01T10:00:00.123456Z","j":{"a":[1,2,{"b":null}]},"y":"\\x0aff"})",
        R"({"s":"a\"b\\c\u00e9\ud83d\ude00","i":-9223372036854775808,"x":[[],{},[{}],"",0,-0.0,1E+2],"b":false,"d":null})",
        R"( { "i" : "42" , "unknown" : "a longer text that does not fit into one block of thirty-two bytes" , "n" : -0.005 } )",
        "{\"s\":\"gr\xC3\xBC\xC3\x9F"
        "e \xE2\x82\xAC \xF0\x9F\x98\x80\",\"t\":\"2024-05-01 10:00:00\",\"I\":7,\"x\":1234567890123456789012345}"};
    return kSeeds;
}

std::string mutated(std::mt19937_64& random) {
    std::string s = seeds()[random() % seeds().size()];
    static constexpr char kBytes[] =
        "\"\\{}[],:0123456789.eE+-truefalsnu \n\t\r\x01\x1f\x7f\x80\xbf\xc0\xc3\xe2\xed\xf0\xff/";
    for (uint64_t edits = random() % 4; edits > 0 && !s.empty(); --edits) {
        size_t at = random() % s.size();
        char c = random() % 8 == 0 ? static_cast<char>(random()) : kBytes[random() % (sizeof kBytes - 1)];
        switch (random() % 6) {
            case 0:
                s[at] = c;
                break;
            case 1:
                s.insert(at, 1, c);
                break;
            case 2:
                s.erase(at, 1 + random() % 3);
                break;
            case 3:
                s.resize(at);
                break;
            case 4:
                s.insert(at, s.substr(random() % s.size(), random() % 20));
                break;
            default:
                std::swap(s[at], s[random() % s.size()]);
                break;
        }
    }
    return s;
}

/// What nlohmann/json says; nullopt where the two differ by design: numbers it cannot hold, NUL read as the end, a byte
/// order mark skipped. All are rare here.
std::optional<bool> reference(const std::string& s) {
    if (s.find('\0') != std::string::npos || s.starts_with("\xEF\xBB\xBF")) return std::nullopt;
    try {
        return nlohmann::json::parse(s).is_object();
    } catch (const nlohmann::json::out_of_range&) {
        return std::nullopt;
    } catch (const nlohmann::json::parse_error&) {
        return false;
    }
}

std::string summary(const Batch& batch, const SourceSpec& source, const ErrorList& errors, int64_t rows) {
    Options options;
    std::vector<ColumnSpec> columns;
    for (auto& c : source.columns) columns.push_back(c.column);
    auto encoder = std::move(*make_encoder("json", options, columns));
    std::string out;
    for (int64_t i = 0; i < rows; ++i) encoder->encode_row(batch.view(), i, out);
    for (auto& e : errors.list)
        out += "|" + std::to_string(e.row) + " " + row_error_name(e.error) + " " + std::to_string(e.offset);
    return out;
}

TEST(JsonFuzz, VerdictsAreThoseOfASlowStrictParser) {
    const char* wanted = std::getenv("STREAMQL_FUZZ_RECORDS");
    int64_t records = wanted ? std::atoll(wanted) : 100'000;
    std::mt19937_64 random(20261121);
    Decoded structure(source_of({}));
    Decoded typed(source_of(all_columns()));
    auto baseline = make_json_decoder_baseline(typed.source);
    constexpr int64_t kRows = 50;
    int64_t good = 0, bad = 0;
    for (int64_t done = 0; done < records; done += kRows) {
        std::vector<std::string> texts;
        for (int64_t i = 0; i < kRows; ++i) texts.push_back(mutated(random));
        structure.run(texts);
        typed.run(texts);
        for (int64_t i = 0; i < kRows; ++i) {
            auto expected = reference(texts[static_cast<size_t>(i)]);
            if (!expected) continue;
            bool accepted = structure.error(i) == RowError::kOk;
            ASSERT_EQ(accepted, *expected)
                << texts[static_cast<size_t>(i)] << " " << row_error_name(structure.error(i));
            if (!accepted) {
                ASSERT_NE(typed.error(i), RowError::kOk) << texts[static_cast<size_t>(i)];
            }
            ++(accepted ? good : bad);
        }
        std::string mine = summary(*typed.batch, typed.source, typed.errors, kRows);
        RawBatch raw;
        raw.messages = typed.messages.data();
        raw.count = kRows;
        Batch batch(typed.types, kRows);
        ErrorList errors;
        baseline->decode(raw, batch.view(), errors);
        ASSERT_EQ(summary(batch, typed.source, errors, kRows), mine) << "with and without AVX2";
    }
    EXPECT_GT(good, records / 10);
    EXPECT_GT(bad, records / 10);
}

TEST(JsonFuzz, ARecordCutAnywhereIsBrokenWhateverFollowsIt) {
    Decoded d(source_of(all_columns()));
    for (auto& seed : seeds())
        for (size_t n = 0; n + 1 < seed.size(); ++n) {
            size_t last = seed.find_last_of('}');
            if (n > last) continue;
            RawMessage m;
            m.data = seed.data();
            m.size = static_cast<uint32_t>(n);
            std::string padded = seed + std::string(64, ' ');
            m.data = padded.data();
            RawBatch raw;
            raw.messages = &m;
            raw.count = 1;
            raw.padded = true;  // the rest of the record lies behind it
            Batch batch(d.types, 1);
            ErrorList errors;
            d.decoder->decode(raw, batch.view(), errors);
            ASSERT_EQ(errors.list.size(), 1u) << seed.substr(0, n);
        }
}

}  // namespace
}  // namespace streamql
