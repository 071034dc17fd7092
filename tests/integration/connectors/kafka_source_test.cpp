// The Kafka source against a real broker.
#include <set>
#include <thread>

#include "runtime/base/faults.h"
#include "tests/integration/connectors/harness.h"
#include "tests/support/servers.h"

namespace streamql::testing {
namespace {

using Now = std::chrono::steady_clock;

TEST(KafkaSource, AllPartitionsInOrderUpToTheEndSeenAtTheStart) {
    std::string topic = unique_name("many");
    Producer producer(Given{{"compression.type", "lz4"}, {"linger.ms", "50"}});
    producer.make_topic(topic, 4);
    for (int i = 0; i < 200'000; ++i) producer.send(topic, i % 4, "{\"n\":" + std::to_string(i) + "}");
    producer.flush();
    auto source = kafka_source(topic, {{"end", "latest"}});
    EXPECT_TRUE(source->bounded());
    auto readers = open_readers(*source);
    ASSERT_EQ(readers.size(), 4u);
    for (int p = 0; p < 4; ++p) producer.send(topic, p, "behind the end");
    producer.flush();
    auto messages = read_all(readers);
    ASSERT_EQ(messages.size(), 200'000u);
    std::vector<int64_t> next(4);
    for (auto& m : messages) {
        ASSERT_EQ(m.offset, next[m.partition]++);
        ASSERT_EQ(m.value, "{\"n\":" + std::to_string(m.offset * 4 + m.partition) + "}");
    }
    EXPECT_EQ(readers[0]->position(), "50000");
}

TEST(KafkaSource, KeyTimestampHeadersAndTombstone) {
    std::string topic = unique_name("facts");
    Producer producer;
    producer.make_topic(topic, 1);
    producer.send(topic, 0, "v", "the key", 1'700'000'000'123,
                  {{"trace", "a\"b"}, {"raw", "\xff\x01"}, {"trace", "last"}});
    producer.send(topic, 0, "w", "", 1'700'000'000'124);
    ASSERT_EQ(rd_kafka_producev(producer.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0),
                                RD_KAFKA_V_KEY("k", 1), RD_KAFKA_V_END),
              0);
    producer.flush();
    auto source = kafka_source(topic, {{"end", "latest"}});
    auto messages = drain(*source);
    ASSERT_EQ(messages.size(), 3u);
    EXPECT_EQ(messages[0].key, "the key");
    EXPECT_EQ(messages[0].timestamp, 1'700'000'000'123'000);
    EXPECT_EQ(messages[0].headers, R"({"raw":"\\xff01","trace":"last"})");
    EXPECT_TRUE(messages[1].keyless);
    EXPECT_EQ(messages[1].headers, "{}");
    EXPECT_TRUE(messages[2].tombstone);
    EXPECT_EQ(source->place(), topic);
}

TEST(KafkaSource, EndsBehindTransactionMarkersAndAnAbortedTail) {
    std::string topic = unique_name("transactions");
    Producer producer(Given{{"transactional.id", topic}});
    producer.make_topic(topic, 1);
    ASSERT_EQ(rd_kafka_init_transactions(producer.get(), 20000), nullptr);
    auto run = [&](int count, bool commit) {
        ASSERT_EQ(rd_kafka_begin_transaction(producer.get()), nullptr);
        for (int i = 0; i < count; ++i) producer.send(topic, 0, commit ? "kept" : "aborted");
        producer.flush();
        ASSERT_EQ(commit ? rd_kafka_commit_transaction(producer.get(), 20000)
                         : rd_kafka_abort_transaction(producer.get(), 20000),
                  nullptr);
    };
    run(10, true);
    run(5, false);
    for (const char* isolation : {"read_committed", "read_uncommitted"}) {
        auto source = kafka_source(topic, {{"end", "latest"}, {"isolation", isolation}});
        auto readers = open_readers(*source);
        bool ended = false;
        auto messages = read_all(readers, SIZE_MAX, 60, &ended);
        EXPECT_TRUE(ended) << isolation;
        EXPECT_EQ(messages.size(), std::string(isolation) == "read_committed" ? 10u : 15u);
        EXPECT_EQ(readers[0]->position(), "17");  // markers take offsets
    }
}

TEST(KafkaSource, EmptyTopicEndsAtOnce) {
    std::string topic = unique_name("empty");
    auto source = kafka_source(topic, {{"end", "latest"}, {"create", "if_missing"}, {"partitions", "3"}});
    auto readers = open_readers(*source);
    EXPECT_EQ(readers.size(), 3u);
    bool ended = false;
    EXPECT_TRUE(read_all(readers, SIZE_MAX, 60, &ended).empty());
    EXPECT_TRUE(ended);
}

TEST(KafkaSource, AResumedJobGoesOnWhereItWasAndReadsANewPartitionFromItsStart) {
    std::string topic = unique_name("resumed");
    Producer producer;
    producer.make_topic(topic, 3);
    for (int i = 0; i < 30; ++i) producer.send(topic, i % 3, std::to_string(i));
    producer.flush();
    // `start` is for jobs without positions
    for (const char* start : {"earliest", "latest"}) {
        auto source = kafka_source(topic, {{"end", "latest"}, {"start", start}});
        std::map<uint32_t, std::vector<int64_t>> offsets;
        for (auto& m : drain(*source, {{0, "7"}, {1, "10"}})) offsets[m.partition].push_back(m.offset);
        EXPECT_EQ(offsets[0], (std::vector<int64_t>{7, 8, 9}));
        EXPECT_EQ(offsets.count(1), 0u);
        EXPECT_EQ(offsets[2].size(), 10u);
    }
    EXPECT_EQ(drain(*kafka_source(topic, {{"end", "latest"}})).size(), 30u);
}

TEST(KafkaSource, APositionThatIsNotThereIsAnErrorEvenIfThereIsNothingToRead) {
    std::string topic = unique_name("recreated");
    Producer producer;
    producer.make_topic(topic, 2);
    for (int i = 0; i < 20; ++i) producer.send(topic, i % 2, std::to_string(i));
    producer.flush();
    auto refusal = [&](const SourcePositions& resume) {
        auto opened = kafka_source(topic, {{"end", "latest"}})->open(resume);
        EXPECT_FALSE(opened.ok());
        return opened.ok() ? Error{} : opened.error();
    };
    Error beyond = refusal({{0, "10"}, {1, "700"}});
    EXPECT_EQ(beyond.message,
              topic + "[1]: offset 700 does not exist: the broker ends at 10 (was the topic made anew?)");
    EXPECT_FALSE(beyond.retryable);
    EXPECT_NE(refusal({{0, "10"}, {5, "3"}}).message.find("[5], where the job was at offset 3, is gone"),
              std::string::npos);
    EXPECT_EQ(refusal({{0, "ten"}}).code, ErrorCode::kState);
}

TEST(KafkaSource, TheGroupIsToldAndAnotherJobMayTakeItOver) {
    std::string topic = unique_name("told"), group = "group_" + topic;
    Producer producer;
    producer.make_topic(topic, 2);
    for (int i = 0; i < 10; ++i) producer.send(topic, i % 2, std::to_string(i));
    producer.flush();
    {
        auto source = kafka_source(topic, {{"end", "latest"}, {"group", group}});
        EXPECT_EQ(drain(*source).size(), 10u);
        ASSERT_TRUE(source->tell({{0, "1"}, {1, "1"}}).ok());
        ASSERT_TRUE(source->tell({{0, "3"}, {1, "5"}}).ok());  // while the first may be under way
    }
    auto messages = drain(*kafka_source(topic, {{"end", "latest"}, {"group", group}, {"start", "committed"}}));
    ASSERT_EQ(messages.size(), 2u);
    EXPECT_EQ(messages[0].value, "6");
    // the group is nobody's position but for start = 'committed'
    EXPECT_EQ(drain(*kafka_source(topic, {{"end", "latest"}, {"group", group}})).size(), 10u);
    std::vector<OptionProblem> problems;
    const Connector* kafka = find_connector("kafka");
    auto options = check_options(kafka->options, kafka_given(topic, {{"start", "committed"}}), true, "kafka", problems);
    kafka->check(options, true, problems);
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0].message, "start = 'committed' needs the option \"group\"");
}

TEST(KafkaSource, AGroupThatCannotBeToldEndsNoJob) {
    std::string topic = unique_name("untold");
    Producer producer;
    producer.make_topic(topic, 1);
    auto source = kafka_source(topic);
    auto readers = open_readers(*source);
    ASSERT_TRUE(arm_faults("kafka.tell:1=EIO").ok());
    auto told = source->tell({{0, "0"}});
    ASSERT_TRUE(arm_faults("").ok());
    ASSERT_FALSE(told.ok());
    EXPECT_TRUE(told.error().retryable);
    EXPECT_NE(told.error().message.find("is not told"), std::string::npos) << told.error().message;
    for (auto begin = Now::now(); !told.ok() && seconds_since(begin) < 60;) told = source->tell({{0, "0"}});
    EXPECT_TRUE(told.ok());
}

TEST(KafkaSource, AnEmptyPartitionIsKnownAtTheStart) {
    std::string topic = unique_name("half_empty");
    Producer producer;
    producer.make_topic(topic, 2);
    producer.send(topic, 1, "x");
    producer.flush();
    auto splits = kafka_source(topic)->open({{1, "1"}});
    ASSERT_TRUE(splits.ok());
    EXPECT_TRUE((*splits)[0].empty_at_start);
    EXPECT_FALSE((*splits)[1].empty_at_start) << "it has a past: its watermark travels with the position";
}

TEST(KafkaSource, StartsAndEndsByTimeAndOffset) {
    std::string topic = unique_name("positions");
    Producer producer;
    producer.make_topic(topic, 2);
    for (int i = 0; i < 20; ++i) producer.send(topic, i % 2, std::to_string(i), "", 1'700'000'000'000 + i * 1000);
    producer.flush();
    auto by_time = drain(*kafka_source(topic, {{"start", "timestamp"},
                                               {"start.timestamp", "1700000005000"},
                                               {"end", "timestamp"},
                                               {"end.timestamp", "2023-11-14T22:13:30Z"}}));
    std::set<std::string> values;
    for (auto& m : by_time) values.insert(m.value);
    EXPECT_EQ(values, (std::set<std::string>{"5", "6", "7", "8", "9"}));
    EXPECT_EQ(
        drain(*kafka_source(topic, {{"start", "offsets"}, {"start.offsets", "0:9, 1:8"}, {"end", "latest"}})).size(),
        3u);
    EXPECT_EQ(drain(*kafka_source(topic, {{"start", "latest"}, {"end", "latest"}})).size(), 0u);
}

TEST(KafkaSource, LostOffsetsAreNamed) {
    std::string topic = unique_name("lost");
    Producer producer;
    producer.make_topic(topic, 1);
    for (int i = 0; i < 20; ++i) producer.send(topic, 0, std::to_string(i));
    producer.flush();
    auto* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic.c_str(), 0)->offset = 12;
    auto* request = rd_kafka_DeleteRecords_new(list);
    auto* queue = rd_kafka_queue_new(producer.get());
    rd_kafka_DeleteRecords(producer.get(), &request, 1, nullptr, queue);
    rd_kafka_event_destroy(rd_kafka_queue_poll(queue, 20000));
    rd_kafka_queue_destroy(queue);
    rd_kafka_DeleteRecords_destroy(request);
    rd_kafka_topic_partition_list_destroy(list);
    auto source = kafka_source(topic, {{"start", "offsets"}, {"start.offsets", "0:7"}});
    auto opened = source->open({});
    ASSERT_FALSE(opened.ok());
    EXPECT_FALSE(opened.error().retryable);
    EXPECT_EQ(opened.error().message,
              topic + "[0]: offsets 7 to 11 are gone: the broker begins at 12 (retention, or the topic was made anew)");
    EXPECT_NE(kafka_source(topic)->open({{0, "7"}}).error().message.find("offsets 7 to 11 are gone"),
              std::string::npos);
    auto beyond = kafka_source(topic, {{"start", "offsets"}, {"start.offsets", "0:700"}})->open({});
    ASSERT_FALSE(beyond.ok());
    EXPECT_FALSE(beyond.error().retryable);
    EXPECT_NE(beyond.error().message.find("offset 700 does not exist"), std::string::npos) << beyond.error().message;
}

TEST(KafkaSource, UnknownTopicNamesTheNearest) {
    std::string topic = unique_name("purchases");
    Producer producer;
    producer.make_topic(topic, 1);
    std::string wrong = topic;
    std::swap(wrong[0], wrong[1]);
    auto opened = kafka_source(wrong)->open({});
    ASSERT_FALSE(opened.ok());
    EXPECT_NE(opened.error().message.find("has no topic \"" + wrong + "\""), std::string::npos)
        << opened.error().message;
    EXPECT_NE(opened.error().help.find("did you mean \"" + topic + "\"?"), std::string::npos) << opened.error().help;
    EXPECT_NE(opened.error().help.find("create = 'if_missing'"), std::string::npos);
}

TEST(KafkaSource, NoBrokerEndsAfterTheTimeout) {
    auto opened = kafka_source("t", {{"brokers", "127.0.0.1:1"}, {"connect_timeout", "2s"}})->open({});
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, ErrorCode::kOutside);
    EXPECT_FALSE(opened.error().retryable);
    EXPECT_NE(opened.error().help.find("is the broker running?"), std::string::npos);
    EXPECT_NE(opened.error().message.find("within 2 s: "), std::string::npos) << opened.error().message;
    EXPECT_NE(opened.error().message.find("refused"), std::string::npos) << opened.error().message;
}

TEST(KafkaSource, UnknownLibrarySettingIsNamedWithoutItsValue) {
    auto opened = kafka_source("t", {{"kafka.sasl.pasword", "canary"}})->open({});
    ASSERT_FALSE(opened.ok());
    EXPECT_NE(opened.error().message.find("kafka.sasl.pasword"), std::string::npos);
    EXPECT_EQ(opened.error().message.find("canary"), std::string::npos);
}

}  // namespace
}  // namespace streamql::testing
