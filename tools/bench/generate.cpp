// Writes the benchmark's data.
//
//   bench_generate ads ROWS FILE [BROKERS TOPIC]   one line an event, and one message: 4 partitions by runs of 512,
//   lz4, 128 KB batches bench_generate clicks ROWS CLICKS CONVERSIONS  two files
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "tools/bench/events.h"
#include "tools/bench/kafka_client.h"

namespace streamql::bench {
namespace {

class LineFile {
  public:
    explicit LineFile(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "w")) {
        if (!file_) die("cannot write " + path);
    }
    ~LineFile() {
        if (std::fclose(file_)) die("cannot write " + path_);
    }
    void line(std::string& text) {
        text += '\n';
        if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) die("cannot write " + path_);
        text.pop_back();
    }

  private:
    std::string path_;
    FILE* file_;
};

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
    if (message->err) die(rd_kafka_err2str(message->err));
}

class TopicWriter {
  public:
    TopicWriter(const std::string& brokers, const std::string& topic) {
        char text[512];
        rd_kafka_conf_t* conf = rd_kafka_conf_new();
        const std::pair<const char*, const char*> settings[] = {{"bootstrap.servers", brokers.c_str()},
                                                                {"compression.codec", "lz4"},
                                                                {"linger.ms", "50"},
                                                                {"batch.size", "131072"},
                                                                {"batch.num.messages", "10000"},
                                                                {"queue.buffering.max.messages", "1000000"},
                                                                {"enable.idempotence", "true"}};
        for (auto& [name, value] : settings)
            if (rd_kafka_conf_set(conf, name, value, text, sizeof text)) die(text);
        rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
        handle_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
        if (!handle_) die(text);
        create(topic);
        topic_ = rd_kafka_topic_new(handle_, topic.c_str(), nullptr);
    }
    ~TopicWriter() {
        while (rd_kafka_outq_len(handle_) > 0) rd_kafka_flush(handle_, 1000);
        rd_kafka_topic_destroy(topic_);
        rd_kafka_destroy(handle_);
    }
    void message(const std::string& text) {
        const int partition = static_cast<int>((sent_++ >> 9) % kPartitions);
        auto* bytes = const_cast<char*>(text.data());  // copied; the C interface takes no const
        while (rd_kafka_produce(topic_, partition, RD_KAFKA_MSG_F_COPY, bytes, text.size(), nullptr, 0, nullptr)) {
            if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) die(rd_kafka_err2str(rd_kafka_last_error()));
            rd_kafka_poll(handle_, 50);
        }
        if (sent_ % 16384 == 0) rd_kafka_poll(handle_, 0);
    }

  private:
    void create(const std::string& topic) {
        char text[512];
        rd_kafka_NewTopic_t* wanted = rd_kafka_NewTopic_new(topic.c_str(), kPartitions, 1, text, sizeof text);
        if (!wanted) die(text);
        rd_kafka_queue_t* queue = rd_kafka_queue_new(handle_);
        rd_kafka_CreateTopics(handle_, &wanted, 1, nullptr, queue);
        rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 20'000);
        if (!event || rd_kafka_event_error(event)) die("cannot create the topic " + topic);
        size_t count = 0;
        auto* results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
        if (auto code = rd_kafka_topic_result_error(results[0]))
            die(fmt::format("cannot create the topic {}: {}", topic, rd_kafka_err2str(code)));
        rd_kafka_event_destroy(event);
        rd_kafka_queue_destroy(queue);
        rd_kafka_NewTopic_destroy(wanted);
    }

    rd_kafka_t* handle_ = nullptr;
    rd_kafka_topic_t* topic_ = nullptr;
    uint64_t sent_ = 0;
};

void write_ads(int64_t rows, const std::string& path, TopicWriter* topic) {
    AdEvents events;
    LineFile file(path);
    std::string text;
    for (int64_t i = 0; i < rows; ++i) {
        events.next(text);
        file.line(text);
        if (topic) topic->message(text);
    }
}

void write_clicks(int64_t rows, const std::string& clicks, const std::string& conversions) {
    ClickEvents events;
    LineFile to_clicks(clicks), to_conversions(conversions);
    std::string text;
    for (int64_t i = 0; i < rows; ++i) (events.next(text) ? to_clicks : to_conversions).line(text);
}

}  // namespace
}  // namespace streamql::bench

int main(int argc, char** argv) {
    using namespace streamql::bench;
    const std::string_view kind = argc > 1 ? argv[1] : "";
    if (kind == "ads" && (argc == 4 || argc == 6)) {
        auto topic = argc == 6 ? std::make_unique<TopicWriter>(argv[4], argv[5]) : nullptr;
        write_ads(std::atoll(argv[2]), argv[3], topic.get());
    } else if (kind == "clicks" && argc == 5) {
        write_clicks(std::atoll(argv[2]), argv[3], argv[4]);
    } else {
        die("usage: bench_generate ads ROWS FILE [BROKERS TOPIC] | clicks ROWS CLICKS CONVERSIONS");
    }
    return 0;
}
