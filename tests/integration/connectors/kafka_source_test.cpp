// The Kafka source against a real broker.
#include <set>
#include <thread>

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
        auto begin = Now::now();
        auto messages = read_all(readers);
        EXPECT_LT(seconds_since(begin), 10);
        EXPECT_EQ(messages.size(), std::string(isolation) == "read_committed" ? 10u : 15u);
        EXPECT_EQ(readers[0]->position(), "17");  // markers take offsets
    }
}

TEST(KafkaSource, EmptyTopicEndsAtOnce) {
    std::string topic = unique_name("empty");
    auto source = kafka_source(topic, {{"end", "latest"}, {"create", "if_missing"}, {"partitions", "3"}});
    auto readers = open_readers(*source);
    EXPECT_EQ(readers.size(), 3u);
    EXPECT_TRUE(read_all(readers).empty());
}

TEST(KafkaSource, CommittedPositionsAreTheNextStart) {
    std::string topic = unique_name("committed");
    Producer producer;
    producer.make_topic(topic, 2);
    for (int i = 0; i < 10; ++i) producer.send(topic, i % 2, std::to_string(i));
    producer.flush();
    {
        auto source = kafka_source(topic, {{"end", "latest"}});
        EXPECT_EQ(drain(*source).size(), 10u);
        auto ok = source->tell({{0, "3"}, {1, "5"}});
        ASSERT_TRUE(ok.ok()) << ok.error().message;
    }
    auto again = kafka_source(topic, {{"end", "latest"}});
    auto messages = drain(*again);
    ASSERT_EQ(messages.size(), 2u);
    EXPECT_EQ(messages[0].value, "6");
    EXPECT_EQ(drain(*kafka_source(topic, {{"end", "latest"}, {"start", "earliest"}})).size(), 10u);
    EXPECT_EQ(drain(*kafka_source(topic, {{"end", "latest"}, {"group", "another_" + topic}})).size(), 10u);
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
    auto beyond = kafka_source(topic, {{"start", "offsets"}, {"start.offsets", "0:700"}});
    auto readers = open_readers(*beyond);
    ASSERT_EQ(readers.size(), 1u);
    RawBatch raw;
    Result<Poll> polled = Poll::kNothing;
    for (auto begin = Now::now(); polled.ok() && seconds_since(begin) < 15;) polled = readers[0]->poll(10, raw);
    ASSERT_FALSE(polled.ok());
    EXPECT_FALSE(polled.error().retryable);
    EXPECT_NE(polled.error().message.find("offset 700 does not exist"), std::string::npos) << polled.error().message;
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

TEST(KafkaSource, NoBrokerEndsWithinTheTimeout) {
    auto begin = Now::now();
    auto opened = kafka_source("t", {{"brokers", "127.0.0.1:1"}, {"connect_timeout", "2s"}})->open({});
    EXPECT_LT(seconds_since(begin), 5);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, ErrorCode::kOutside);
    EXPECT_FALSE(opened.error().retryable);
    EXPECT_NE(opened.error().help.find("is the broker running?"), std::string::npos);
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
