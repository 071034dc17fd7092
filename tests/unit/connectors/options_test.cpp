#include <gtest/gtest.h>

#include "runtime/connectors/connector.h"
#include "runtime/connectors/sink_options.h"

namespace streamql {
namespace {

TEST(Options, Durations) {
    EXPECT_EQ(parse_duration("30s"), 30'000'000);
    EXPECT_EQ(parse_duration("500ms"), 500'000);
    EXPECT_EQ(parse_duration("10 MINUTE"), 600'000'000);
    EXPECT_EQ(parse_duration("1 hour"), 3'600'000'000);
    EXPECT_EQ(parse_duration("1 hour 30 minutes"), 5'400'000'000);
    EXPECT_EQ(parse_duration("00:00:05"), 5'000'000);
    EXPECT_EQ(parse_duration("2.5"), 2'500'000);
    EXPECT_EQ(parse_duration("off"), -1);
    for (const char* bad : {"", "x", "5 parsecs", "-3s", "1 hour 5", "1:2:3:4", "10:99"})
        EXPECT_FALSE(parse_duration(bad)) << bad;
}

TEST(Options, Bytes) {
    EXPECT_EQ(parse_bytes("1048576"), 1 << 20);
    EXPECT_EQ(parse_bytes("64MB"), 64 << 20);
    EXPECT_EQ(parse_bytes("1 GiB"), 1 << 30);
    for (const char* bad : {"", "MB", "1 XB", "-1"}) EXPECT_FALSE(parse_bytes(bad)) << bad;
}

TEST(Options, Ranges) {
    const std::vector<OptionSpec> ranged = {
        {.name = "share", .type = OptionType::kDouble, .least = "0", .most = "1"},
        {.name = "workers", .type = OptionType::kInteger, .least = "1"},
        {.name = "wait", .type = OptionType::kDuration, .least = "1ms", .most = "1 hour"},
        {.name = "idle", .type = OptionType::kDuration, .off = true},
        {.name = "size", .type = OptionType::kBytes, .most = "1GB"},
        {.name = "path", .least = "1"}};
    auto said = [&](const std::string& key, const std::string& value) {
        std::vector<OptionProblem> problems;
        check_options(ranged, {{key, value}}, true, "it", problems);
        return problems.empty() ? std::string() : problems[0].message;
    };
    for (auto& [key, value] : std::vector<std::pair<std::string, std::string>>{{"share", "0"},
                                                                               {"share", "1.0"},
                                                                               {"workers", "1"},
                                                                               {"wait", "1ms"},
                                                                               {"wait", "60 minutes"},
                                                                               {"idle", "off"},
                                                                               {"idle", "0"},
                                                                               {"size", "1GB"},
                                                                               {"path", "x"}})
        EXPECT_EQ(said(key, value), "") << key << " = " << value;
    EXPECT_EQ(said("share", "-0.1"), "option \"share\" takes a number from 0 to 1, not '-0.1'");
    EXPECT_EQ(said("share", "5"), "option \"share\" takes a number from 0 to 1, not '5'");
    EXPECT_EQ(said("workers", "0"), "option \"workers\" takes a whole number of at least 1, not '0'");
    EXPECT_EQ(said("wait", "off"), "option \"wait\" takes a duration from 1ms to 1 hour, not 'off'");
    EXPECT_EQ(said("wait", "2 hours"), "option \"wait\" takes a duration from 1ms to 1 hour, not '2 hours'");
    EXPECT_EQ(said("size", "2GB"), "option \"size\" takes a size of at most 1GB, not '2GB'");
    EXPECT_EQ(said("path", ""), "option \"path\" takes a text that is not empty, not ''");
}

// A range that its own default breaks, or that cannot be read, is a mistake in a table.
TEST(Options, DefaultsOfAllConnectorsAreInTheirRanges) {
    auto check = [](const std::vector<OptionSpec>& specs, const std::string& whose) {
        for (auto& spec : specs) {
            if (!spec.default_value) continue;
            std::vector<OptionProblem> problems;
            check_options({spec}, {{spec.name, *spec.default_value}}, spec.source, whose, problems);
            EXPECT_TRUE(problems.empty()) << whose << ": " << (problems.empty() ? "" : problems[0].message);
        }
    };
    for (auto& c : connector_list()) check(c.options, c.name);
    check(common_source_options(), "every source");
}

TEST(Connectors, StateWhatTheyCanDo) {
    auto options = [](const char* key, const char* value) {
        Options o;
        o.set(key, value);
        return o;
    };
    const Connector* kafka = find_connector("kafka");
    EXPECT_FALSE(kafka->bounded(options("end", "never")));
    EXPECT_TRUE(kafka->bounded(options("end", "latest")));
    auto same = find_connector("file")->same_place;
    EXPECT_TRUE(same(options("path", "a/b.csv"), options("path", "./a/../a/b.csv")));
    EXPECT_TRUE(same(options("path", "a/*.csv"), options("path", "a/b.csv")));
    EXPECT_FALSE(same(options("path", "a/*.csv"), options("path", "a/b/c.csv")));
    EXPECT_TRUE(same(options("path", "tests"), options("path", "tests/unit/out.csv")));
    EXPECT_FALSE(same(options("path", "a/b.csv"), options("path", "a/c.csv")));
    EXPECT_FALSE(same(options("path", "/dev/null"), options("path", "/dev/null"))) << "a device may be shared";
}

std::vector<OptionSpec> specs() {
    return {{.name = "topic", .required = true, .doc = "The topic."},
            {.name = "start",
             .type = OptionType::kChoice,
             .default_value = "earliest",
             .sink = false,
             .choices = {"earliest", "latest"}},
            {.name = "partitions", .type = OptionType::kInteger, .default_value = "1"},
            {.name = "password", .type = OptionType::kInteger, .secret = true},
            {.name = "kafka.*", .doc = "Passed on."}};
}

TEST(Options, DefaultsAndPrefixes) {
    std::vector<OptionProblem> problems;
    Options o = check_options(specs(), {{"topic", "t"}, {"start", "LATEST"}, {"kafka.debug", "all"}}, true,
                              "connector kafka", problems);
    EXPECT_TRUE(problems.empty());
    EXPECT_EQ(o.text("start"), "latest");
    EXPECT_EQ(o.integer("partitions"), 1);
    ASSERT_EQ(o.below("kafka.").size(), 1u);
    EXPECT_EQ(o.below("kafka.")[0].first, "debug");
}

TEST(Options, ProblemsNameTheKeyAndHelp) {
    std::vector<OptionProblem> problems;
    check_options(specs(), {{"topik", "t"}, {"start", "newest"}, {"partitions", "many"}, {"password", "hunter2"}}, true,
                  "connector kafka", problems);
    ASSERT_EQ(problems.size(), 5u);
    EXPECT_EQ(problems[0].key, "partitions");
    EXPECT_EQ(problems[1].message.find("hunter2"), std::string::npos) << "a secret is never shown";
    EXPECT_EQ(problems[2].message, "option \"start\" takes one of earliest, latest, not 'newest'");
    EXPECT_EQ(problems[3].message, "connector kafka has no option \"topik\"");
    EXPECT_EQ(problems[3].help, "did you mean \"topic\"?");
    EXPECT_EQ(problems[4].message, "connector kafka needs the option \"topic\"");
    problems.clear();
    check_options(specs(), {{"topic", "t"}, {"start", "latest"}}, false, "connector kafka", problems);
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_NE(problems[0].message.find("is for a source"), std::string::npos);
}

TEST(Options, EveryDefaultInTheListsIsAGoodValue) {
    for (auto& c : connector_list()) {
        std::vector<OptionSpec> all = c.options;
        for (auto& o : common_source_options()) all.push_back(o);
        for (auto& o : common_sink_options()) all.push_back(o);
        std::map<std::string, std::string> given;
        for (auto& o : all) {
            EXPECT_FALSE(o.doc.empty()) << c.name << " " << o.name;
            if (o.default_value) given[o.name] = *o.default_value;
        }
        for (bool as_source : {true, false}) {
            std::vector<OptionProblem> problems;
            std::map<std::string, std::string> mine;
            for (auto& o : all)
                if (o.default_value && (as_source ? o.source : o.sink)) mine[o.name] = *o.default_value;
            check_options(all, mine, as_source, c.name, problems);
            for (auto& p : problems) EXPECT_TRUE(p.key.empty()) << c.name << ": " << p.message;
        }
    }
    EXPECT_EQ(find_connector("nope"), nullptr);
}

}  // namespace
}  // namespace streamql
