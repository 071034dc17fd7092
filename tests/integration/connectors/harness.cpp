#include "tests/integration/connectors/harness.h"

#include <thread>

#include "runtime/connectors/kafka/client.h"
#include "runtime/connectors/sink_options.h"
#include "tests/support/servers.h"

namespace streamql::testing {

Options checked(const char* connector, const Given& given, bool as_source) {
    const Connector* found = find_connector(connector);
    auto specs = found->options;
    for (auto& o : as_source ? common_source_options() : common_sink_options()) specs.push_back(o);
    std::vector<OptionProblem> problems;
    Options options = check_options(specs, given, as_source, connector, problems);
    if (problems.empty() && found->check) found->check(options, as_source, problems);
    for (auto& p : problems) ADD_FAILURE() << p.key << ": " << p.message << " " << p.help;
    return options;
}

Given kafka_given(const std::string& topic, const Given& more) {
    Given given = more;
    if (!given.count("brokers")) given["brokers"] = kafka_brokers();
    given["topic"] = topic;
    return given;
}

std::unique_ptr<Source> kafka_source(const std::string& topic, const Given& more) {
    SourceSpec spec;
    spec.name = topic;
    spec.connector = "kafka";
    spec.options = checked("kafka", kafka_given(topic, more), true);
    static JobOptions job;
    job.job = "test_group_" + topic;
    auto made = find_connector("kafka")->make_source(spec, {.job = &job, .clock = &Clock::system()});
    EXPECT_TRUE(made.ok());
    return std::move(made.value());
}

std::unique_ptr<Sink> make_sink(const char* connector, const Given& given, std::vector<ColumnSpec> columns,
                                std::vector<int> key, const std::string& name) {
    SinkSpec spec;
    spec.name = name;
    spec.connector = connector;
    spec.options = checked(connector, given, false);
    spec.columns = std::move(columns);
    spec.primary_key = std::move(key);
    auto made = find_connector(connector)->make_sink(spec, {.job = nullptr, .clock = &Clock::system()});
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message);
    return made.ok() ? std::move(made.value()) : nullptr;
}

Producer::Producer(const Given& settings, const std::string& brokers) {
    char text[512];
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", (brokers.empty() ? kafka_brokers() : brokers).c_str(), text,
                      sizeof text);
    for (auto& [key, value] : settings)
        EXPECT_EQ(rd_kafka_conf_set(conf, key.c_str(), value.c_str(), text, sizeof text), RD_KAFKA_CONF_OK) << text;
    handle_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
}

Producer::~Producer() {
    if (handle_) rd_kafka_destroy(handle_);
}

void Producer::send(const std::string& topic, int partition, const std::string& value, const std::string& key,
                    int64_t millis, const std::vector<std::pair<std::string, std::string>>& headers) {
    while (true) {
        rd_kafka_headers_t* list = headers.empty() ? nullptr : rd_kafka_headers_new(headers.size());
        for (auto& [name, text] : headers)
            rd_kafka_header_add(list, name.data(), static_cast<ssize_t>(name.size()), text.data(),
                                static_cast<ssize_t>(text.size()));
        auto code = rd_kafka_producev(handle_, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
                                      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                      RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                                      RD_KAFKA_V_KEY(key.empty() ? nullptr : key.data(), key.size()),
                                      RD_KAFKA_V_TIMESTAMP(millis), RD_KAFKA_V_HEADERS(list), RD_KAFKA_V_END);
        if (!code) return;
        if (list) rd_kafka_headers_destroy(list);
        ASSERT_EQ(code, RD_KAFKA_RESP_ERR__QUEUE_FULL) << rd_kafka_err2str(code);
        rd_kafka_poll(handle_, 50);
    }
}

void Producer::flush() { ASSERT_EQ(rd_kafka_flush(handle_, 30000), RD_KAFKA_RESP_ERR_NO_ERROR); }

void Producer::make_topic(const std::string& topic, int partitions) {
    char text[512];
    kafka::Owned<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy> wanted(
        rd_kafka_NewTopic_new(topic.c_str(), partitions, 1, text, sizeof text));
    kafka::Queue queue(rd_kafka_queue_new(handle_));
    rd_kafka_NewTopic_t* list[] = {wanted.get()};
    rd_kafka_CreateTopics(handle_, list, 1, nullptr, queue.get());
    kafka::Event event(rd_kafka_queue_poll(queue.get(), 30000));
    ASSERT_TRUE(event);
    ASSERT_EQ(rd_kafka_event_error(event.get()), RD_KAFKA_RESP_ERR_NO_ERROR);
}

std::vector<std::unique_ptr<SplitReader>> open_readers(Source& source, const SourcePositions& resume) {
    std::vector<std::unique_ptr<SplitReader>> readers;
    auto splits = source.open(resume);
    EXPECT_TRUE(splits.ok()) << (splits.ok() ? "" : splits.error().message);
    if (!splits.ok()) return readers;
    for (auto& split : splits.value()) {
        auto reader = source.reader(split);
        EXPECT_TRUE(reader.ok());
        readers.push_back(std::move(reader.value()));
    }
    return readers;
}

std::vector<Message> read_all(std::vector<std::unique_ptr<SplitReader>>& readers, size_t limit, double seconds,
                              bool* all_ended) {
    std::vector<Message> out;
    std::vector<bool> ended(readers.size());
    size_t left = readers.size();
    auto begin = std::chrono::steady_clock::now();
    while (left > 0 && out.size() < limit && seconds_since(begin) < seconds) {
        bool idle = true;
        for (size_t i = 0; i < readers.size(); ++i) {
            if (ended[i]) continue;
            RawBatch raw;
            auto polled = readers[i]->poll(1000, raw);
            if (!polled.ok()) {
                EXPECT_TRUE(polled.error().retryable) << polled.error().message << " " << polled.error().help;
                if (!polled.error().retryable) return out;
                continue;
            }
            if (polled.value() == Poll::kEnd) {
                ended[i] = true;
                --left;
            }
            if (polled.value() != Poll::kData) continue;
            idle = false;
            for (int64_t m = 0; m < raw.count; ++m) {
                auto& r = raw.messages[m];
                out.push_back({raw.partition, r.offset, r.timestamp, std::string(r.data ? r.data : "", r.size),
                               std::string(r.key ? r.key : "", r.key_size),
                               out.size() < 10 ? readers[i]->headers(r) : "", !r.data, !r.key});
            }
        }
        if (idle) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (all_ended) *all_ended = left == 0;
    EXPECT_TRUE(left == 0 || out.size() >= limit) << "gave up after " << seconds << " s";
    return out;
}

std::vector<Message> drain(Source& source, const SourcePositions& resume) {
    auto readers = open_readers(source, resume);
    return read_all(readers);
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace streamql::testing
