// librdkafka for the benchmark's own programs: a handle with settings, or the program ends with a message.
#pragma once
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace streamql::bench {

[[noreturn]] inline void die(const std::string& text) {
    fmt::print(stderr, "bench: {}\n", text);
    std::exit(1);
}

inline rd_kafka_t* kafka_handle(rd_kafka_type_t type,
                                const std::vector<std::pair<const char*, std::string>>& settings) {
    char text[512];
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    for (auto& [name, value] : settings)
        if (rd_kafka_conf_set(conf, name, value.c_str(), text, sizeof text)) die(text);
    rd_kafka_t* handle = rd_kafka_new(type, conf, text, sizeof text);
    if (!handle) die(text);
    return handle;
}

/// First and last offsets of a partition.
inline std::pair<int64_t, int64_t> offsets_of(rd_kafka_t* handle, const std::string& topic, int partition) {
    int64_t low = 0, high = 0;
    auto code = rd_kafka_query_watermark_offsets(handle, topic.c_str(), partition, &low, &high, 10'000);
    if (code) die(fmt::format("{}[{}]: {}", topic, partition, rd_kafka_err2str(code)));
    return {low, high};
}

constexpr int kPartitions = 4;

}  // namespace streamql::bench
