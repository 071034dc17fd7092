#include <gtest/gtest.h>

#include <map>
#include <set>

#include "runtime/connectors/connector.h"
#include "runtime/connectors/generate/ground_truth.h"
#include "runtime/formats/decoder.h"

namespace streamql {
namespace {

GeneratorSettings settings_of(const char* name, int64_t rows, uint64_t seed = 7) {
    GeneratorSettings s;
    s.rows = rows;
    s.seed = seed;
    s.start = 1'714'521'600'000'000;
    s.spacing = find_generator(name)->default_spacing;
    s.users = 500;
    return s;
}

ScanColumn column(std::string name, Type type, bool not_null = false) {
    ScanColumn c;
    c.column = {std::move(name), std::move(type), not_null};
    return c;
}

SourceSpec clicks_source() {
    SourceSpec s;
    s.name = "clicks";
    s.columns = {column("click_id", TypeKind::kString, true), column("user_id", TypeKind::kBigint),
                 column("click_time", TypeKind::kTimestamp)};
    return s;
}

struct Errors final : RowErrorSink {
    void row_error(int64_t row, RowError e, int, uint32_t) override { by_row[row] = e; }
    std::map<int64_t, RowError> by_row;
};

TEST(Generate, TheSameSeedGivesTheSameBytes) {
    const Generator* g = find_generator("clicks");
    GeneratedMessage a, b;
    std::set<std::string> seen;
    for (int64_t i = 0; i < 200; ++i) {
        g->make(settings_of("clicks", 200), i, a);
        g->make(settings_of("clicks", 200), i, b);
        EXPECT_EQ(a.value, b.value);
        g->make(settings_of("clicks", 200, 8), i, b);
        EXPECT_NE(a.value, b.value);
        seen.insert(a.value);
    }
    EXPECT_EQ(seen.size(), 200u);
}

TEST(Generate, EveryKindOfMalformedMessageEndsWithItsError) {
    GeneratorSettings s = settings_of("clicks", 20'000);
    s.malformed = 0.1;
    s.late = 0.05;
    s.disorder = 0.1;
    s.duplicates = 0.05;
    const Generator* g = find_generator("clicks");
    auto decoder = std::move(*make_decoder(clicks_source()));
    Batch batch({TypeKind::kString, TypeKind::kBigint, TypeKind::kTimestamp}, 1);
    static constexpr RowError kExpected[] = {RowError::kMalformed,    RowError::kWrongType,  RowError::kInvalidUtf8,
                                             RowError::kNotNull,      RowError::kOutOfRange, RowError::kOk,
                                             RowError::kOk,           RowError::kTooDeep,    RowError::kBadText,
                                             RowError::kTrailingBytes};
    MessageCounts seen;
    GeneratedMessage m;
    for (int64_t i = 0; i < s.rows; ++i) {
        g->make(s, i, m);
        ++seen.kinds[static_cast<size_t>(m.kind)];
        RawMessage raw;
        raw.data = m.value.data();
        raw.size = static_cast<uint32_t>(m.value.size());
        RawBatch in;
        in.messages = &raw;
        in.count = 1;
        Errors errors;
        decoder->decode(in, batch.view(), errors);
        RowError e = errors.by_row.empty() ? RowError::kOk : errors.by_row[0];
        if (m.kind != MessageKind::kMalformed) {
            EXPECT_EQ(e, RowError::kOk) << m.value;
            EXPECT_EQ(batch.cell<int64_t>(2, 0), m.time);
            continue;
        }
        ++seen.malformed[static_cast<size_t>(m.malformed)];
        EXPECT_EQ(e, kExpected[static_cast<size_t>(m.malformed)]) << static_cast<int>(m.malformed);
        if (m.malformed == Malformed::kNoTime) {
            EXPECT_TRUE(batch.is_null(2, 0));
        }
        if (m.malformed == Malformed::kFarFuture) {
            EXPECT_GT(batch.cell<int64_t>(2, 0), m.time + 900 * int64_t{31'536'000'000'000});
        }
    }
    MessageCounts counted = count_messages(*g, s);
    EXPECT_EQ(seen.kinds, counted.kinds);
    EXPECT_EQ(seen.malformed, counted.malformed);
    for (int64_t n : counted.malformed) EXPECT_GT(n, 100);
    EXPECT_NEAR(static_cast<double>(counted.kinds[static_cast<size_t>(MessageKind::kLate)]), 1000, 150);
    EXPECT_NEAR(static_cast<double>(counted.kinds[static_cast<size_t>(MessageKind::kDuplicate)]), 1000, 400);
}

TEST(Generate, DisorderStaysWithinItsBoundAndLatenessIsBeyond) {
    GeneratorSettings s = settings_of("clicks", 50'000);
    s.late = 0.02;
    s.disorder = 0.3;
    int64_t largest = s.start;
    GeneratedMessage m;
    for (int64_t i = 0; i < s.rows; ++i) {
        find_generator("clicks")->make(s, i, m);
        if (m.kind == MessageKind::kLate) {
            EXPECT_LT(m.time, largest - kLateBy + 1'000'000);
        } else {
            EXPECT_GT(m.time, largest - kMaxDisorder - 1'000'000);
        }
        largest = std::max(largest, m.time);
    }
}

TEST(Generate, ConversionsBelongToTheClicksOfTheSeed) {
    GroundTruth t = ground_truth(settings_of("clicks", 30'000), settings_of("conversions", 3'000));
    int64_t attributed = 0, several = 0;
    for (auto& a : t.conversions) {
        attributed += a.first_click.has_value();
        several += a.first_click != a.last_click;
        EXPECT_EQ(a.matches > 0, a.first_click.has_value());
        EXPECT_LE(a.first_click.value_or(0), a.last_click.value_or(0));
    }
    EXPECT_EQ(t.conversions.size(), 3'000u);
    EXPECT_GT(attributed, 1'500);
    EXPECT_LT(attributed, 3'000);
    EXPECT_GT(several, 100);
    int64_t clicks = 0, conversions = 0;
    for (auto& w : t.windows) {
        clicks += w.clicks;
        conversions += w.conversions;
        EXPECT_LE(w.users, std::max<int64_t>(w.conversions, 0));
        EXPECT_EQ(w.window_start % 300'000'000, 0);
    }
    EXPECT_EQ(clicks, 30'000);
    EXPECT_EQ(conversions, attributed);
    std::string text;
    append_truth(t, text);
    EXPECT_EQ(static_cast<size_t>(std::count(text.begin(), text.end(), '\n')), t.conversions.size() + t.windows.size());
}

TEST(Generate, TheSourceSplitsByPartitionAndEnds) {
    const Connector* c = find_connector("generate");
    std::vector<OptionProblem> problems;
    SourceSpec spec = clicks_source();
    spec.options = check_options(c->options, {{"rows", "1000"}, {"partitions", "3"}, {"malformed", "0.01"}}, true,
                                 "generate", problems);
    ASSERT_TRUE(problems.empty());
    EXPECT_TRUE(c->bounded(spec.options));
    auto source = std::move(*c->make_source(spec, {}));
    auto splits = source->open({});
    ASSERT_EQ(splits->size(), 3u);
    std::multiset<std::string> values, direct;
    for (auto& split : *splits) {
        auto reader = std::move(*source->reader(split));
        RawBatch batch;
        int64_t offset = 0;
        while (*reader->poll(100, batch) == Poll::kData)
            for (int64_t i = 0; i < batch.count; ++i) {
                EXPECT_EQ(batch.messages[i].offset, offset++);
                EXPECT_EQ(batch.partition, split.partition);
                values.emplace(batch.messages[i].data, batch.messages[i].size);
            }
    }
    ASSERT_TRUE(generate_messages("clicks", spec.options, [&](int64_t, const GeneratedMessage& m) {
                    direct.insert(m.value);
                    return true;
                }).ok());
    EXPECT_EQ(values.size(), 1000u);
    EXPECT_EQ(values, direct);
    EXPECT_FALSE(generate_messages("nope", spec.options, [](int64_t, const GeneratedMessage&) { return true; }).ok());
}

TEST(Generate, AStartPastTheCalendarIsRefused) {
    const Generator& clicks = *find_generator("clicks");
    for (auto [start, fits] : {std::pair{"294247-01-09T00:00:00Z", true},
                               {"294247-01-10T00:00:00Z", false},
                               {"294276-01-01T00:00:00Z", false}}) {
        Options options;
        options.set("start", start);
        EXPECT_EQ(generator_settings(clicks, options, 0).ok(), fits) << start;
    }
}

TEST(Generate, TheRateIsKeptByTheClock) {
    const Connector* c = find_connector("generate");
    std::vector<OptionProblem> problems;
    SourceSpec spec = clicks_source();
    spec.options = check_options(c->options, {{"rate", "100"}}, true, "generate", problems);
    VirtualClock clock(1'000'000);
    ConnectorContext context;
    context.clock = &clock;
    auto source = std::move(*c->make_source(spec, context));
    EXPECT_FALSE(source->bounded());
    auto reader = std::move(*source->reader((*source->open({}))[0]));
    RawBatch batch;
    EXPECT_EQ(*reader->poll(1000, batch), Poll::kData);
    EXPECT_EQ(batch.count, 1);
    EXPECT_EQ(*reader->poll(1000, batch), Poll::kNothing);
    clock.advance(500'000);
    EXPECT_EQ(*reader->poll(1000, batch), Poll::kData);
    EXPECT_EQ(batch.count, 50);
}

}  // namespace
}  // namespace streamql
