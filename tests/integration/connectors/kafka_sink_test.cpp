// The Kafka sink against a real broker, read back by the source.
#include <set>

#include "tests/integration/connectors/harness.h"
#include "tests/support/servers.h"

namespace streamql::testing {
namespace {

const std::vector<ColumnSpec> kColumns = {{"id", TypeKind::kBigint}, {"name", TypeKind::kString}};

void fill(Batch& batch, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
        batch.set(0, i, Cell::of(i));
        batch.set(1, i, Cell::of(Str::of("n")));
    }
    batch.view().rows = n;
}

std::vector<Message> written(const std::string& topic) { return drain(*kafka_source(topic, {{"end", "latest"}})); }

TEST(KafkaSink, RowsAreMessagesWithKeysAndSafeAfterCommit) {
    struct Case {
        std::string columns, key;
    };
    for (const Case& c :
         {Case{"id", "7"}, Case{"name", "n"}, Case{"id, name", R"({"id":7,"name":"n"})"}, Case{"", ""}}) {
        std::string topic = unique_name("written");
        Given given = kafka_given(topic, {{"create", "if_missing"}, {"partitions", "3"}});
        if (!c.columns.empty()) given["key.columns"] = c.columns;
        auto sink = make_sink("kafka", given, kColumns);
        auto opened = sink->open(nullptr);
        ASSERT_TRUE(opened.ok()) << opened.error().message;
        Batch batch({TypeKind::kBigint, TypeKind::kString}, 10'000);
        fill(batch, 10'000);
        std::vector<RejectedRow> rejected;
        ASSERT_TRUE(sink->write(batch, rejected).ok());
        ASSERT_TRUE(sink->prepare(1, rejected).ok());
        auto messages = written(topic);
        ASSERT_EQ(messages.size(), 10'000u);
        std::set<std::string> values;
        for (auto& m : messages) {
            values.insert(m.value);
            if (m.value == R"({"id":7,"name":"n"})") {
                EXPECT_EQ(m.key, c.key);
            }
        }
        EXPECT_EQ(values.size(), 10'000u);
        EXPECT_TRUE(rejected.empty());
        ASSERT_TRUE(sink->close(true).ok());
    }
}

TEST(KafkaSink, TooLargeARowIsRejectedAlone) {
    std::string topic = unique_name("large");
    auto sink = make_sink("kafka", kafka_given(topic, {{"create", "if_missing"}, {"kafka.message.max.bytes", "2000"}}),
                          kColumns);
    ASSERT_TRUE(sink->open(nullptr).ok());
    Batch batch({TypeKind::kBigint, TypeKind::kString}, 3);
    fill(batch, 3);
    std::string big(5000, 'x');
    batch.set(1, 1, Cell::of(Str::of(big)));
    std::vector<RejectedRow> rejected;
    ASSERT_TRUE(sink->write(batch, rejected).ok());
    ASSERT_TRUE(sink->prepare(1, rejected).ok());
    ASSERT_EQ(rejected.size(), 1u);
    EXPECT_EQ(rejected[0].row, 1);
    EXPECT_EQ(written(topic).size(), 2u);
}

TEST(KafkaSink, AFullQueueAfterARefusalForgetsNothing) {
    std::string topic = unique_name("full");
    // the queue is full until the messages in it have lingered longer than the sink waits for room
    auto sink = make_sink("kafka",
                          kafka_given(topic, {{"create", "if_missing"},
                                              {"kafka.message.max.bytes", "2000"},
                                              {"kafka.queue.buffering.max.messages", "20"},
                                              {"kafka.linger.ms", "3000"}}),
                          kColumns);
    ASSERT_TRUE(sink->open(nullptr).ok());
    Batch batch({TypeKind::kBigint, TypeKind::kString}, 50);
    fill(batch, 50);
    std::string big(5000, 'x');
    for (int64_t row : {3, 25, 45}) batch.set(1, row, Cell::of(Str::of(big)));
    std::vector<RejectedRow> rejected;
    int retries = 0;
    auto insist = [&](auto attempt) {
        for (auto done = attempt(); !done.ok(); done = attempt(), ++retries)
            if (!done.error().retryable || retries > 50) return false;
        return true;
    };
    ASSERT_TRUE(insist([&] { return sink->write(batch, rejected); }));
    EXPECT_GT(retries, 0);
    ASSERT_TRUE(insist([&] { return sink->prepare(1, rejected); }));
    std::vector<int64_t> rows;
    for (auto& r : rejected) rows.push_back(r.row);
    EXPECT_EQ(rows, (std::vector<int64_t>{3, 25, 45}));
    EXPECT_EQ(written(topic).size(), 47u);
}

TEST(KafkaSink, MissingTopicAndWrongKeyColumnAreErrors) {
    auto opened = make_sink("kafka", kafka_given(unique_name("nowhere")), kColumns)->open(nullptr);
    ASSERT_FALSE(opened.ok());
    EXPECT_NE(opened.error().help.find("create = 'if_missing'"), std::string::npos);
    auto wrong = make_sink("kafka", kafka_given("t", {{"key.columns", "nam"}}), kColumns)->open(nullptr);
    ASSERT_FALSE(wrong.ok());
    EXPECT_EQ(wrong.error().help, "did you mean \"name\"?");
}

}  // namespace
}  // namespace streamql::testing
