#include <cmath>
#include <limits>
#include <random>

#include "runtime/formats/csv_format.h"
#include "tests/unit/formats/decode_fixture.h"

namespace streamql {
namespace {

using K = TypeKind;

Decimal decimal(Int128 value, int scale) {
    Decimal d;
    d.value = value;
    d.scale = scale;
    return d;
}

struct Sample {
    Type type;
    Cell cell;
    std::string json;
};

std::vector<Sample> samples() {
    Interval mixed{-3'600'000'000, 3, 14};
    return {{K::kBoolean, Cell::of(int64_t{1}), "true"},
            {K::kBigint, Cell::of(INT64_MIN), "-9223372036854775808"},
            {K::kDouble, Cell::of(0.1), "0.1"},
            {K::kDouble, Cell::of(1e300), "1e+300"},
            {K::kDouble, Cell::of(std::numeric_limits<double>::infinity()), "\"Infinity\""},
            {K::kReal, Cell::of(static_cast<double>(0.1f)), "0.1"},
            {Type::decimal(12, 2), Cell::of(decimal(-5, 2)), "-0.05"},
            {Type::numeric(), Cell::of(decimal(1500, 3)), "1.500"},
            {Type::decimal(38, 0), Cell::of(decimal(0, 0)), "0"},
            {K::kString, Cell::of(Str::of("a\"b\\\n\x01,\xC3\xA9")), "\"a\\\"b\\\\\\n\\u0001,\xC3\xA9\""},
            {K::kString, Cell::of(Str::of("")), "\"\""},
            {K::kBytes, Cell::of(Str::of("\x0a\xff")), "\"\\\\x0aff\""},
            {K::kDate, Cell::of(int64_t{-1}), "\"1969-12-31\""},
            {K::kTime, Cell::of(int64_t{45'296'500'000}), "\"12:34:56.5\""},
            {K::kTimestamp, Cell::of(int64_t{1'714'557'600'123'456}), "\"2024-05-01T10:00:00.123456Z\""},
            {K::kTimestampTz, Cell::of(int64_t{1'714'557'600'000'000}), "\"2024-05-01T10:00:00Z\""},
            {K::kTimestamp, Cell::of(int64_t{-1}), "\"1969-12-31T23:59:59.999999Z\""},
            {K::kDate, Cell::of(int64_t{-720'930}), "\"-0004-02-29\""},
            {K::kDate, Cell::of(int64_t{-719'528}), "\"0000-01-01\""},
            {K::kTimestamp, Cell::of(int64_t{-63'517'996'800'000'000}), "\"-0043-03-13T00:00:00Z\""},
            {K::kTimestamp, Cell::of(int64_t{-210'866'803'200'000'000}), "\"-4713-11-24T00:00:00Z\""},
            {K::kTimestamp, Cell::of(int64_t{9'223'372'022'399'999'999}), "\"294247-01-09T23:59:59.999999Z\""},
            {K::kInterval, Cell::of(mixed), "\"1 year 2 mons 3 days -01:00:00\""},
            {K::kJson, Cell::of(Str::of("{\"a\": 1}")), "{\"a\": 1}"}};
}

TEST(Encode, EveryTypeInJsonAndBack) {
    for (auto& s : samples())
        for (std::string format : {"json", "csv"}) {
            Batch batch({s.type}, 1);
            batch.set(0, 0, s.cell);
            batch.view().rows = 1;
            Options none;
            auto encoder = std::move(*make_encoder(format, none, {{"v", s.type, false}}));
            std::string out;
            encoder->encode_row(batch.view(), 0, out);
            if (format == "json") {
                EXPECT_EQ(out, "{\"v\":" + s.json + "}");
            }
            Decoded d(source_of({record_column("v", s.type)}, {{"format", format}}), {out});
            ASSERT_TRUE(d.errors.list.empty()) << format << " " << out << " " << row_error_name(d.error());
            ASSERT_FALSE(d.null());
            std::string again;
            encoder->encode_row(d.batch->view(), 0, again);
            EXPECT_EQ(again, out);
        }
}

TEST(Encode, NullAndNoColumns) {
    Batch batch({K::kBigint, K::kString}, 1);
    batch.set(0, 0, Cell());
    batch.set(1, 0, Cell::of(Str::of("x")));
    batch.view().rows = 1;
    Options none;
    std::vector<ColumnSpec> columns = {{"a", K::kBigint, false}, {"b", K::kString, false}};
    std::string out;
    (*make_encoder("json", none, columns))->encode_row(batch.view(), 0, out);
    EXPECT_EQ(out, R"({"a":null,"b":"x"})");
    out.clear();
    (*make_encoder("json", none, columns, {1}))->encode_row(batch.view(), 0, out);
    EXPECT_EQ(out, R"({"b":"x"})");
}

TEST(Encode, EpochTimesKeepTheirMicroseconds) {
    Options options;
    options.set("timestamp.format", "epoch_ms");
    Batch batch({K::kTimestamp}, 1);
    auto encoder = std::move(*make_encoder("json", options, {{"t", K::kTimestamp, false}}));
    for (auto& [micros, text] : {std::pair{int64_t{1'714'557'600'123'000}, "1714557600123"},
                                 {int64_t{1'714'557'600'123'456}, "1714557600123.456"},
                                 {int64_t{-1}, "-0.001"}}) {
        batch.set(0, 0, Cell::of(micros));
        std::string out;
        encoder->encode_row(batch.view(), 0, out);
        EXPECT_EQ(out, std::string("{\"t\":") + text + "}");
        Decoded d(source_of({record_column("t", K::kTimestamp)}, {{"timestamp.format", "epoch_ms"}}), {out});
        EXPECT_EQ(d.i64(), micros);
    }
}

TEST(Encode, RandomDoublesAndDecimalsRoundTrip) {
    std::mt19937_64 random(5);
    for (int i = 0; i < 20'000; ++i) {
        uint64_t bits = random();
        double v;
        std::memcpy(&v, &bits, 8);
        if (!std::isfinite(v) || std::fabs(v) < 1e-307) continue;
        if (i % 2) v = static_cast<double>(static_cast<int64_t>(bits >> 20)) / 1000;
        Decimal n = decimal(static_cast<Int128>(static_cast<int64_t>(bits)) >> (i % 50), i % 12);
        Batch batch({K::kDouble, Type::numeric()}, 1);
        batch.set(0, 0, Cell::of(v));
        batch.set(1, 0, Cell::of(n));
        Options none;
        std::string out;
        (*make_encoder("json", none, {{"d", K::kDouble, false}, {"n", Type::numeric(), false}}))
            ->encode_row(batch.view(), 0, out);
        Decoded d(source_of({record_column("d", K::kDouble), record_column("n", Type::numeric())}), {out});
        ASSERT_EQ(d.f64(0), v) << out;
        Decimal back = d.batch->cell<Decimal>(1, 0);
        ASSERT_TRUE(back.value == n.value && back.scale == n.scale) << out;
    }
}

SourceSpec csv_source(std::vector<std::pair<std::string, std::string>> options = {}) {
    options.emplace_back("format", "csv");
    return source_of({record_column("id", K::kBigint, true), record_column("name", K::kString)}, options);
}

TEST(Csv, QuotesAndNulls) {
    Decoded d(csv_source(), {"1,x", "2,", "3,\"\"", "4,\"a,\"\"b\"\"\n\"", "x,y", ",y", "5", "6,a,b", "7,\"a", "8,a\"b",
                             "9,\"a\"b", "10,\xff"});
    EXPECT_EQ(d.str(1, 0), "x");
    EXPECT_TRUE(d.null(1, 1));
    EXPECT_EQ(d.str(1, 2), "");
    EXPECT_FALSE(d.null(1, 2));
    EXPECT_EQ(d.str(1, 3), "a,\"b\"\n");
    EXPECT_EQ(d.error(4), RowError::kBadText);
    EXPECT_EQ(d.error(5), RowError::kNotNull);
    for (int row : {6, 7, 8, 9, 10}) EXPECT_EQ(d.error(row), RowError::kMalformed) << row;
    EXPECT_EQ(d.error(11), RowError::kInvalidUtf8);
}

TEST(Csv, HeadersPlaceColumnsByName) {
    Decoded d(csv_source(), {"x,zz,1"}, "NAME,other,id");
    EXPECT_EQ(d.i64(0), 1);
    EXPECT_EQ(d.str(1), "x");
    d.run({"2,y"});
    EXPECT_EQ(d.i64(0), 2) << "without a header the declared order holds again";
}

TEST(Csv, DelimiterAndNullText) {
    Decoded d(csv_source({{"delimiter", "tab"}, {"null", "\\N"}}), {"1\t\\N", "2\t", "3\t\"\\N\""});
    EXPECT_TRUE(d.null(1, 0));
    EXPECT_EQ(d.str(1, 1), "");
    EXPECT_EQ(d.str(1, 2), "\\N");
}

TEST(Raw, OneColumnOfTextOrBytes) {
    Decoded d(source_of({record_column("line", K::kString)}, {{"format", "raw"}}), {"any thing", "\xff"});
    EXPECT_EQ(d.str(0, 0), "any thing");
    EXPECT_EQ(d.error(1), RowError::kInvalidUtf8);
    Decoded b(source_of({record_column("line", K::kBytes)}, {{"format", "raw"}}), {"\xff"});
    EXPECT_EQ(b.str(0, 0), "\xff");
    EXPECT_FALSE(
        make_decoder(source_of({record_column("a", K::kString), record_column("b", K::kString)}, {{"format", "raw"}}))
            .ok());
    EXPECT_FALSE(make_decoder(source_of({record_column("a", K::kBigint)}, {{"format", "raw"}})).ok());
}

TEST(FormatOptions, OfAnotherFormatAreProblems) {
    Options options;
    options.set("format", "json");
    options.set("delimiter", ";");
    std::vector<OptionProblem> problems;
    check_format_options(options, true, problems);
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0].key, "delimiter");
    problems.clear();
    options.set("format", "csv");
    check_format_options(options, true, problems);
    EXPECT_TRUE(problems.empty());
    options.set("delimiter", "ab");
    check_format_options(options, true, problems);
    EXPECT_EQ(problems.size(), 1u);
    EXPECT_EQ(format_options("json")[0].choices, (std::vector<std::string>{"json", "csv", "raw"}));
}

}  // namespace
}  // namespace streamql
