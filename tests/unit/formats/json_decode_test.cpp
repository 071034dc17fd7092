#include <cmath>

#include "runtime/types/datetime.h"
#include "tests/unit/formats/decode_fixture.h"

namespace streamql {
namespace {

using K = TypeKind;

RowError verdict(Type type, const std::string& value, std::string format = "iso") {
    return Decoded(source_of({record_column("v", type)}, {{"timestamp.format", format}}), {"{\"v\":" + value + "}"})
        .error();
}

Decoded one(Type type, const std::string& value, std::string format = "iso") {
    return Decoded(source_of({record_column("v", type)}, {{"timestamp.format", format}}), {"{\"v\":" + value + "}"});
}

std::string decimal_text(Type type, const std::string& value) {
    Decoded d = one(type, value);
    if (d.error() != RowError::kOk) return row_error_name(d.error());
    Options none;
    auto encoder = make_encoder("csv", none, {{"v", type, false}});
    std::string out;
    (*encoder)->encode_row(d.batch->view(), 0, out);
    return out;
}

TEST(JsonDecode, WantedFieldsAreFoundInAnyOrderAndOthersSkipped) {
    Decoded d(source_of({record_column("id", K::kBigint), record_column("name", K::kString)}),
              {R"({"id":1,"name":"a","x":[1,{"id":9}]})", R"({"name":"b","id":2})",
               R"( { "y" : null , "name" : "c" , "id" : 3 } )", R"({"id":4,"name":"d","x":[1,{"id":9}]})",
               R"({"name":"e"})", R"({})"});
    EXPECT_TRUE(d.errors.list.empty());
    for (int row = 0; row < 4; ++row) EXPECT_EQ(d.i64(0, row), row + 1);
    EXPECT_EQ(d.str(1, 2), "c");
    EXPECT_TRUE(d.null(0, 4));
    EXPECT_EQ(d.str(1, 4), "e");
    EXPECT_TRUE(d.null(0, 5));
    EXPECT_TRUE(d.null(1, 5));
}

TEST(JsonDecode, ALearnedKeyOrderNeverHidesAMissingComma) {
    Decoded d(source_of({record_column("a", K::kBigint), record_column("b", K::kBigint)}),
              {R"({"a":1,"b":2})", R"({"b":1,"a":2})", R"({"b":1"a":2})", R"({,"b":1})", R"({"a":1,"b":2,})",
               R"({"a":1 "b":2})", R"({"b":3})", R"({"a":1,"b":2})"});
    for (int row : {2, 3, 4, 5}) EXPECT_EQ(d.error(row), RowError::kMalformed) << row;
    for (int row : {0, 1, 6, 7}) EXPECT_EQ(d.error(row), RowError::kOk) << row;
    EXPECT_EQ(d.i64(0, 1), 2);
}

TEST(JsonDecode, ALearnedKeyAllowsOtherBlanks) {
    Decoded d(source_of({record_column("a", K::kBigint), record_column("b", K::kBigint)}),
              {R"({"a":1,"b":2})", R"({"a": 1,"b":  2})", R"({"a" :1, "b":2})", R"({"a":1,"b":})", R"({"a":1,"b": })"});
    for (int row : {0, 1, 2}) {
        EXPECT_EQ(d.error(row), RowError::kOk) << row;
        EXPECT_EQ(d.i64(1, row), 2);
    }
    for (int row : {3, 4}) EXPECT_EQ(d.error(row), RowError::kMalformed) << row;
}

TEST(JsonDecode, ExactKeysBeatOtherCases) {
    Decoded d(source_of({record_column("userid", K::kBigint), record_column("Part", K::kString, false, true)}),
              {R"({"userId":1})", R"({"userId":1,"userid":2})", R"({"userid":2,"userId":"x"})",
               R"({"userId":1,"USERID":2})", R"({"userId":1,"USERID":2,"userid":3})", R"({"part":"x"})",
               R"({"Part":"y"})", R"({"userId":"x"})", R"({"userid":7,"userid":8})"});
    EXPECT_EQ(d.i64(0, 0), 1);
    EXPECT_EQ(d.i64(0, 1), 2);
    EXPECT_EQ(d.i64(0, 2), 2);
    EXPECT_EQ(d.error(3), RowError::kDuplicateKey);
    EXPECT_EQ(d.i64(0, 4), 3);
    EXPECT_TRUE(d.null(1, 5));
    EXPECT_EQ(d.str(1, 6), "y");
    EXPECT_EQ(d.error(7), RowError::kBadText);
    EXPECT_EQ(d.error(8), RowError::kDuplicateKey);
}

TEST(JsonDecode, UnknownKeysMayRepeatAndAreChecked) {
    auto run = [](const std::string& json) {
        return Decoded(source_of({record_column("a", K::kBigint)}), {json}).error();
    };
    EXPECT_EQ(run(R"({"x":1,"x":2,"a":3})"), RowError::kOk);
    EXPECT_EQ(run(R"({"x":tru,"a":3})"), RowError::kMalformed);
    EXPECT_EQ(run(R"({"x":01,"a":3})"), RowError::kMalformed);
    EXPECT_EQ(run(R"({"x":1.,"a":3})"), RowError::kMalformed);
    EXPECT_EQ(run(R"({"x":.5,"a":3})"), RowError::kMalformed);
    EXPECT_EQ(run(R"({"x":+1,"a":3})"), RowError::kMalformed);
    EXPECT_EQ(run(R"({"x":1e,"a":3})"), RowError::kMalformed);
    EXPECT_EQ(run(R"({"x":"\q","a":3})"), RowError::kMalformed);
    EXPECT_EQ(run(R"({"x":"\ud800","a":3})"), RowError::kInvalidUtf8);
    EXPECT_EQ(run(R"({"x":[1,],"a":3})"), RowError::kMalformed);
    EXPECT_EQ(run(R"({"x":[1 2],"a":3})"), RowError::kMalformed);
    EXPECT_EQ(run(R"({"x":{"y"},"a":3})"), RowError::kMalformed);
    EXPECT_EQ(run(R"({"x":[},"a":3})"), RowError::kMalformed);
    EXPECT_EQ(run("{\"x\":\"a\tb\"}"), RowError::kMalformed);
    EXPECT_EQ(run("{\"x\":\"\xff\"}"), RowError::kInvalidUtf8);
    EXPECT_EQ(run("{\"x\":\"\xc0\xaf\"}"), RowError::kInvalidUtf8);
    EXPECT_EQ(run("{\"x\":\"\xed\xa0\x80\"}"), RowError::kInvalidUtf8);
    EXPECT_EQ(run("{\"x\":\"\xf0\x9f\x98\x80\"}"), RowError::kOk);
    EXPECT_EQ(run(R"({"a":1}x)"), RowError::kTrailingBytes);
    EXPECT_EQ(run(R"({"a":1}  )"), RowError::kOk);
    EXPECT_EQ(run(R"({"a":1)"), RowError::kMalformed);
    EXPECT_EQ(run(""), RowError::kMalformed);
    EXPECT_EQ(run("[1]"), RowError::kWrongType);
    EXPECT_EQ(run("5"), RowError::kMalformed);
}

TEST(JsonDecode, DepthIsBounded) {
    auto nested = [](int n) { return "{\"x\":" + std::string(n, '[') + std::string(n, ']') + "}"; };
    auto run = [](const std::string& json) {
        return Decoded(source_of({record_column("a", K::kBigint)}), {json}).error();
    };
    EXPECT_EQ(run(nested(63)), RowError::kOk);
    EXPECT_EQ(run(nested(64)), RowError::kTooDeep);
    EXPECT_EQ(run("{\"x\":" + std::string(100'000, '[')), RowError::kTooDeep);
}

TEST(JsonDecode, Integers) {
    EXPECT_EQ(one(K::kBigint, "9223372036854775807").i64(), INT64_MAX);
    EXPECT_EQ(one(K::kBigint, "-9223372036854775808").i64(), INT64_MIN);
    EXPECT_EQ(one(K::kBigint, "1234567890123456").i64(), 1234567890123456);
    EXPECT_EQ(one(K::kBigint, "123456789012345678").i64(), 123456789012345678);
    EXPECT_EQ(verdict(K::kBigint, "9223372036854775808"), RowError::kOutOfRange);
    EXPECT_EQ(verdict(K::kInteger, "2147483648"), RowError::kOutOfRange);
    EXPECT_EQ(verdict(K::kSmallint, "-32769"), RowError::kOutOfRange);
    EXPECT_EQ(one(K::kInteger, "1.0").i64(), 1);
    EXPECT_EQ(one(K::kInteger, "1e3").i64(), 1000);
    EXPECT_EQ(one(K::kInteger, "12.5e1").i64(), 125);
    EXPECT_EQ(verdict(K::kInteger, "1.5"), RowError::kOutOfRange);
    EXPECT_EQ(one(K::kInteger, "\"-12\"").i64(), -12);
    EXPECT_EQ(verdict(K::kInteger, "\"12x\""), RowError::kBadText);
    EXPECT_EQ(verdict(K::kInteger, "true"), RowError::kWrongType);
    EXPECT_EQ(verdict(K::kInteger, "{}"), RowError::kWrongType);
    EXPECT_EQ(verdict(K::kInteger, "01"), RowError::kMalformed);
    EXPECT_TRUE(one(K::kInteger, "null").null());
    for (int64_t v = 1; v < 1'000'000'000'000'000'000 / 7; v = v * 7 + 3) {
        EXPECT_EQ(one(K::kBigint, std::to_string(v)).i64(), v);
        EXPECT_EQ(one(K::kBigint, std::to_string(-v)).i64(), -v);
    }
}

TEST(JsonDecode, BooleansAndStrings) {
    EXPECT_EQ(one(K::kBoolean, "true").i64(), 1);
    EXPECT_EQ(one(K::kBoolean, "false").i64(), 0);
    EXPECT_EQ(verdict(K::kBoolean, "\"true\""), RowError::kWrongType);
    EXPECT_EQ(verdict(K::kBoolean, "1"), RowError::kWrongType);
    EXPECT_EQ(verdict(K::kString, "1"), RowError::kWrongType);
    EXPECT_EQ(one(K::kString, "\"\"").str(), "");
    EXPECT_EQ(one(K::kString, R"("a\n\"\\\/\u00e9\ud83d\ude00b")").str(),
              "a\n\"\\/\xc3\xa9\xf0\x9f\x98\x80"
              "b");
    EXPECT_EQ(one(K::kString, "\"" + std::string(1000, 'x') + "\"").str(), std::string(1000, 'x'));
    EXPECT_EQ(one(K::kBytes, R"("\\x0aFF")").str(), "\x0a\xff");
    EXPECT_EQ(verdict(K::kBytes, R"("\\x0")"), RowError::kBadText);
}

TEST(JsonDecode, DoublesAreCorrectlyRounded) {
    for (const char* text :
         {"0", "-0.0", "0.1", "3.141592653589793", "1e22", "1e23", "123456789012345.678", "5e-324",
          "1.7976931348623157e308", "0.30000000000000004", "9007199254740993", "100.25", "-1234.5678"})
        EXPECT_EQ(one(K::kDouble, text).f64(), std::strtod(text, nullptr)) << text;
    EXPECT_EQ(verdict(K::kDouble, "1e400"), RowError::kOutOfRange);
    EXPECT_TRUE(std::isnan(one(K::kDouble, "\"NaN\"").f64()));
    EXPECT_EQ(one(K::kDouble, "\"-Infinity\"").f64(), -INFINITY);
    EXPECT_EQ(one(K::kReal, "0.1").f64(), static_cast<double>(0.1f));
}

TEST(JsonDecode, DecimalsKeepEveryDigitOrFail) {
    EXPECT_EQ(decimal_text(Type::decimal(12, 2), "10"), "10.00");
    EXPECT_EQ(decimal_text(Type::decimal(12, 2), "-0.125"), "-0.13");
    EXPECT_EQ(decimal_text(Type::decimal(12, 2), "\"1.005\""), "1.01");
    EXPECT_EQ(decimal_text(Type::decimal(4, 2), "99.99"), "99.99");
    EXPECT_EQ(decimal_text(Type::decimal(4, 2), "99.995"), "out-of-range");
    EXPECT_EQ(decimal_text(Type::decimal(4, 2), "100"), "out-of-range");
    EXPECT_EQ(decimal_text(Type::decimal(2, 2), "0.5"), "0.50");
    EXPECT_EQ(decimal_text(Type::decimal(38, 0), "99999999999999999999999999999999999999"),
              "99999999999999999999999999999999999999");
    EXPECT_EQ(decimal_text(Type::decimal(38, 0), "100000000000000000000000000000000000000"), "out-of-range");
    EXPECT_EQ(decimal_text(Type::decimal(38, 10), "0.12345678905"), "0.1234567891");
    EXPECT_EQ(decimal_text(Type::decimal(38, 2), "12345678901234567890123456789012345.675"),
              "12345678901234567890123456789012345.68");
    EXPECT_EQ(decimal_text(Type::decimal(10, 3), "1.5e3"), "1500.000");
    EXPECT_EQ(decimal_text(Type::decimal(10, 3), "1e-10"), "0.000");
    EXPECT_EQ(decimal_text(Type::numeric(), "1.50"), "1.50");
    EXPECT_EQ(decimal_text(Type::numeric(), "15e2"), "1500");
    EXPECT_EQ(decimal_text(Type::numeric(), "1e-40"), "out-of-range");
    EXPECT_EQ(decimal_text(Type::numeric(), "0.1234567890123456789012345678901234567891"), "out-of-range");
}

TEST(JsonDecode, Timestamps) {
    constexpr int64_t kNoon = 1714564800'000000;  // 2024-05-01 12:00:00 UTC
    EXPECT_EQ(one(K::kTimestamp, "\"2024-05-01T12:00:00Z\"").i64(), kNoon);
    EXPECT_EQ(one(K::kTimestamp, "\"2024-05-01 12:00:00\"").i64(), kNoon);
    EXPECT_EQ(one(K::kTimestamp, "\"2024-05-01T12:00:00.5\"").i64(), kNoon + 500'000);
    EXPECT_EQ(one(K::kTimestamp, "\"2024-05-01T12:00:00.123456Z\"").i64(), kNoon + 123'456);
    EXPECT_EQ(one(K::kTimestamp, "\"2024-05-01T12:00:00.1234567Z\"").i64(), kNoon + 123'457);
    EXPECT_EQ(one(K::kTimestamp, "\"2024-05-01T14:00:00+02:00\"").i64(), kNoon);
    EXPECT_EQ(one(K::kTimestampTz, "\"2024-05-01T06:30:00-0530\"").i64(), kNoon);
    EXPECT_EQ(one(K::kTimestamp, "\"2024-05-01\"").i64(), kNoon - 43'200'000'000);
    EXPECT_EQ(one(K::kTimestamp, "\"1969-12-31T23:59:59.999999Z\"").i64(), -1);
    for (const char* bad :
         {"\"2024-13-01T12:00:00Z\"", "\"2024-02-30T12:00:00Z\"", "\"2023-02-29T00:00:00Z\"",
          "\"2024-05-01T25:00:00Z\"", "\"2024-05-01T12:60:00Z\"", "\"-0000-01-01T00:00:00Z\"", "\"yesterday\"", "\"\"",
          "\"2024-05-01T12:00:00Zx\"", "\"2024-05-01T12:00:00.\"", "\"2O24-05-01T12:00:00Z\""})
        EXPECT_EQ(verdict(K::kTimestamp, bad), RowError::kBadText) << bad;
    EXPECT_EQ(one(K::kTimestamp, "\"2024-02-29T00:00:00Z\"").i64(), 1709164800'000000);
    EXPECT_EQ(verdict(K::kTimestamp, "1714564800"), RowError::kWrongType);
    EXPECT_EQ(one(K::kTimestamp, "1714564800", "epoch_s").i64(), kNoon);
    EXPECT_EQ(one(K::kTimestamp, "1714564800.25", "epoch_s").i64(), kNoon + 250'000);
    EXPECT_EQ(one(K::kTimestamp, "1714564800000", "epoch_ms").i64(), kNoon);
    EXPECT_EQ(one(K::kTimestamp, "\"1714564800000\"", "epoch_ms").i64(), kNoon);
    EXPECT_EQ(one(K::kTimestamp, "1714564800000000", "epoch_us").i64(), kNoon);
    EXPECT_EQ(verdict(K::kTimestamp, "99999999999999999", "epoch_ms"), RowError::kOutOfRange);
    EXPECT_EQ(one(K::kDate, "\"2024-05-01\"").i64(), 19844);
    EXPECT_EQ(one(K::kTime, "\"12:34:56.5\"").i64(), 45'296'500'000);
}

TEST(JsonDecode, TimesAreRoundedToTheDigitsOfTheirType) {
    constexpr int64_t kNoon = 1714564800'000000;
    auto of = [](TypeKind kind, int digits, const char* text, const char* format = "iso") {
        return one(time_type(kind, digits), text, format).i64();
    };
    EXPECT_EQ(of(K::kTimestamp, 0, "\"2024-05-01T12:00:00.499999Z\""), kNoon);
    EXPECT_EQ(of(K::kTimestamp, 0, "\"2024-05-01T12:00:00.5Z\""), kNoon + 1'000'000);
    EXPECT_EQ(of(K::kTimestampTz, 3, "\"2024-05-01T14:00:00.1235+02:00\""), kNoon + 124'000);
    EXPECT_EQ(of(K::kTimestamp, 5, "\"2024-05-01T12:00:00.123456Z\""), kNoon + 123'460);
    EXPECT_EQ(of(K::kTimestamp, 6, "\"2024-05-01T12:00:00.123456Z\""), kNoon + 123'456);
    EXPECT_EQ(of(K::kTimestamp, 0, "\"1969-12-31T23:59:59.4Z\""), -1'000'000);
    EXPECT_EQ(of(K::kTimestamp, 0, "1714564800500", "epoch_ms"), kNoon + 1'000'000);
    EXPECT_EQ(of(K::kTimestamp, 0, "1714564800.5", "epoch_s"), kNoon + 1'000'000);
    EXPECT_EQ(of(K::kTime, 1, "\"12:34:56.55\""), 45'296'600'000);
    EXPECT_EQ(one(time_type(K::kTimestamp, 0), "\"294247-01-09T23:59:59.9Z\"").error(), RowError::kOutOfRange);
}

TEST(JsonDecode, TimesOutsideTheCalendarAreErrorsAndNeverWrapAround) {
    EXPECT_EQ(one(K::kTimestamp, "\"294247-01-09T23:59:59.999999Z\"").i64(), 9'223'372'022'399'999'999);
    EXPECT_EQ(one(K::kTimestamp, "\"-4713-11-24T00:00:00Z\"").i64(), -210'866'803'200'000'000);
    for (const char* text :
         {"\"294247-01-10T00:00:00Z\"", "\"294247-01-10T04:00:54.775808Z\"", "\"294276-12-31T00:00:00Z\"",
          "\"294247-01-09T23:00:00-02:00\"", "\"999999-01-01T00:00:00Z\"", "\"-4713-11-23T23:59:59Z\""})
        EXPECT_EQ(verdict(K::kTimestamp, text), RowError::kBadText) << text;
    EXPECT_EQ(one(K::kTimestamp, "9223372022399999999", "epoch_us").i64(), 9'223'372'022'399'999'999);
    for (const char* number : {"9223372022400000000", "9223372036854775806", "-9223372036854775808", "1e19",
                               "-210866803200000001", "9223372022400000000.0"})
        EXPECT_EQ(verdict(K::kTimestamp, number, "epoch_us"), RowError::kOutOfRange) << number;
    EXPECT_EQ(verdict(K::kTimestamp, "9223372022400", "epoch_s"), RowError::kOutOfRange);
    EXPECT_EQ(one(K::kDate, "\"-4713-11-24\"").i64(), -2'440'588);
    EXPECT_EQ(one(K::kDate, "\"5874897-12-31\"").i64(), 2'145'042'905);
    EXPECT_EQ(verdict(K::kDate, "\"5874898-01-01\""), RowError::kBadText);
}

TEST(JsonDecode, NotNullTombstonesAndLength) {
    Decoded d(source_of({record_column("a", K::kBigint, true)}, {{"max_record_bytes", "20"}}),
              {"{}", "{\"a\":null}", "{\"a\":1}", "{\"a\":1,\"bbbbbbbbbbbbbbbbbb\":2}"});
    EXPECT_EQ(d.error(0), RowError::kNotNull);
    EXPECT_EQ(d.error(1), RowError::kNotNull);
    EXPECT_EQ(d.errors.list[0].column, 0);
    EXPECT_EQ(d.error(2), RowError::kOk);
    EXPECT_EQ(d.error(3), RowError::kTooLong);
    RawMessage tombstone;
    RawBatch raw;
    raw.messages = &tombstone;
    raw.count = 1;
    ErrorList errors;
    d.decoder->decode(raw, d.batch->view(), errors);
    ASSERT_EQ(errors.list.size(), 1u);
    EXPECT_EQ(errors.list[0].error, RowError::kTombstone);
}

TEST(JsonDecode, ErrorsNameColumnAndPlace) {
    Decoded d(source_of({record_column("a", K::kBigint), record_column("b", K::kBigint)}),
              {R"({"a":1,"b":"x"})", R"({"a":1,"b":2}?)"});
    ASSERT_EQ(d.errors.list.size(), 2u);
    EXPECT_EQ(d.errors.list[0].column, 1);
    EXPECT_EQ(d.errors.list[0].offset, 11u);
    EXPECT_TRUE(d.null(0, 0));
    EXPECT_EQ(d.errors.list[1].column, -1);
    EXPECT_EQ(d.errors.list[1].offset, 13u);
}

std::string round_trip(Type type, const std::string& value) {
    Decoded d = one(type, value);
    if (d.error() != RowError::kOk) return row_error_name(d.error());
    Options none;
    std::string out;
    (*make_encoder("json", none, {{"v", type, false}}))->encode_row(d.batch->view(), 0, out);
    return out.substr(5, out.size() - 6);
}

TEST(JsonDecode, NestedColumns) {
    Type tags = Type::array(K::kString);
    EXPECT_EQ(round_trip(tags, R"(["a", null ,"b,]\"c"])"), R"(["a",null,"b,]\"c"])");
    EXPECT_EQ(round_trip(tags, "[ ]"), "[]");
    EXPECT_EQ(round_trip(tags, "[1]"), "wrong-type");
    EXPECT_EQ(round_trip(tags, "{}"), "wrong-type");
    EXPECT_EQ(round_trip(tags, "\"x\""), "wrong-type");
    Type device = Type::structure({{"os", std::make_shared<const Type>(K::kString)},
                                   {"size", std::make_shared<const Type>(Type::decimal(5, 1))}});
    EXPECT_EQ(round_trip(device, R"({"size":7.25,"x":[{"os":1}],"OS":"ios"})"), R"({"os":"ios","size":7.3})");
    EXPECT_EQ(round_trip(device, R"({"os":"a","os":"b"})"), "duplicate-key");
    EXPECT_EQ(round_trip(device, "{}"), R"({"os":null,"size":null})");
    EXPECT_EQ(round_trip(Type::array(device), R"([{"os":"a"},{"size":1}])"),
              R"([{"os":"a","size":null},{"os":null,"size":1.0}])");
    EXPECT_EQ(round_trip(Type::map(K::kString, K::kBigint), R"({"b":2,"a":1,"b":3})"), R"({"a":1,"b":3})");
    EXPECT_EQ(round_trip(Type::map(K::kBigint, K::kString), R"([[1,"x"],[2,null]])"), R"([[1,"x"],[2,null]])");
    EXPECT_EQ(round_trip(Type::map(K::kBigint, K::kString), R"([[1]])"), "wrong-type");
}

TEST(JsonDecode, JsonColumnsKeepTheirText) {
    EXPECT_EQ(one(K::kJson, R"({"a": [1, 2]})").str(), R"({"a": [1, 2]})");
    EXPECT_EQ(one(K::kJson, "\"x\"").str(), "\"x\"");
    EXPECT_TRUE(one(K::kJson, "null").null());
}

}  // namespace
}  // namespace streamql
