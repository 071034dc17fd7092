// What the connector tests share: checked options, sources and sinks made from them, messages produced, topics read
// back.
#pragma once
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/connectors/connector.h"

namespace streamql::testing {

using Given = std::map<std::string, std::string>;

/// Checks `given` as a statement's WITH clause would be; fails the test on a problem.
Options checked(const char* connector, const Given& given, bool as_source);

/// brokers and topic, plus `more`.
Given kafka_given(const std::string& topic, const Given& more = {});
std::unique_ptr<Source> kafka_source(const std::string& topic, const Given& more = {});
std::unique_ptr<Sink> make_sink(const char* connector, const Given& given, std::vector<ColumnSpec> columns,
                                std::vector<int> key = {}, const std::string& name = "sink");

/// A producer of test messages; `settings` as librdkafka's.
class Producer {
  public:
    explicit Producer(const Given& settings = {}, const std::string& brokers = "");
    ~Producer();
    void send(const std::string& topic, int partition, const std::string& value, const std::string& key = "",
              int64_t millis = 0, const std::vector<std::pair<std::string, std::string>>& headers = {});
    void flush();
    void make_topic(const std::string& topic, int partitions);
    rd_kafka_t* get() { return handle_; }

  private:
    rd_kafka_t* handle_ = nullptr;
};

struct Message {
    uint32_t partition;
    int64_t offset, timestamp;
    std::string value, key, headers;
    bool tombstone, keyless;
};

/// Polls all splits of an open source until all end (`ended`) or `limit` messages came; fails after `seconds`, which is
/// no measure of speed but gives up on what never comes.
std::vector<Message> read_all(std::vector<std::unique_ptr<SplitReader>>& readers, size_t limit = SIZE_MAX,
                              double seconds = 120, bool* ended = nullptr);
/// Opens, reads to the end, with a reader a split.
std::vector<Message> drain(Source& source, const SourcePositions& resume = {});
std::vector<std::unique_ptr<SplitReader>> open_readers(Source& source, const SourcePositions& resume = {});

double seconds_since(std::chrono::steady_clock::time_point begin);

}  // namespace streamql::testing
