#include "runtime/types/interval.h"

#include <gtest/gtest.h>

namespace streamql {
namespace {

std::string read(std::string_view text, std::optional<IntervalUnit> unit = std::nullopt) {
    auto v = parse_interval(text, unit);
    return v ? to_string(*v) : "malformed";
}

// Expected texts are what PostgreSQL 15 prints for the same literal.
TEST(Interval, PostgresSpellings) {
    EXPECT_EQ(read("1 day 02:03:04.5"), "1 day 02:03:04.5");
    EXPECT_EQ(read("1 year 2 mons -3 days 2 hours"), "1 year 2 mons -3 days +02:00:00");
    EXPECT_EQ(read("-1 year 2 mons"), "-10 mons");
    EXPECT_EQ(read("1-2"), "1 year 2 mons");
    EXPECT_EQ(read("-1-2"), "-1 years -2 mons");
    EXPECT_EQ(read("1 02:03"), "1 day 02:03:00");
    EXPECT_EQ(read("5min"), "00:05:00");
    EXPECT_EQ(read("2h30m"), "02:30:00");
    EXPECT_EQ(read("1.5 days"), "1 day 12:00:00");
    EXPECT_EQ(read("1.5 months"), "1 mon 15 days");
    EXPECT_EQ(read("1.5 weeks"), "10 days 12:00:00");
    EXPECT_EQ(read("1.5 years"), "1 year 6 mons");
    EXPECT_EQ(read("3 weeks ago"), "-21 days");
    EXPECT_EQ(read("@ 1 minute"), "00:01:00");
    EXPECT_EQ(read("12:30.5"), "00:12:30.5");
    EXPECT_EQ(read("-00:00:01"), "-00:00:01");
    EXPECT_EQ(read("250 ms"), "00:00:00.25");
    EXPECT_EQ(read("100 hours"), "100:00:00");
    EXPECT_EQ(read("P1Y2M3DT4H5M6.5S"), "1 year 2 mons 3 days 04:05:06.5");
    EXPECT_EQ(read("0"), "00:00:00");
    EXPECT_EQ(read("90"), "00:01:30");
    EXPECT_EQ(read("2 centuries"), "200 years");
}

TEST(Interval, UnitQualifier) {
    EXPECT_EQ(read("90", IntervalUnit::kMinute), "01:30:00");
    EXPECT_EQ(read("5 ", IntervalUnit::kDay), "5 days");
    EXPECT_EQ(read("-5", IntervalUnit::kHour), "-05:00:00");
    EXPECT_EQ(read("1.5", IntervalUnit::kHour), "01:00:00");
    EXPECT_EQ(read("1 day 02:03", IntervalUnit::kHour), "1 day 02:00:00");
    EXPECT_EQ(read("1-2", IntervalUnit::kMonth), "1 year 2 mons");
    EXPECT_EQ(read("1", IntervalUnit::kWeek), "7 days");
}

TEST(Interval, Malformed) {
    for (const char* text : {"", " ", "day", "1 fortnight", "1 day 2 days", "--1 day", "1:2:3:4", "1:99", "P", "P1H",
                             "ago", "99999999999 days", "1 day ago 2", "1e5 days x"})
        EXPECT_EQ(read(text), "malformed") << text;
}

}  // namespace
}  // namespace streamql
