#include "runtime/connectors/kafka/kafka.h"

#include <fmt/format.h>

#include "runtime/connectors/kafka/positions.h"
#include "runtime/connectors/kafka/sink.h"
#include "runtime/connectors/kafka/source.h"
#include "runtime/formats/format_list.h"

namespace streamql {
namespace {

std::vector<OptionSpec> options() {
    using enum OptionType;
    std::vector<OptionSpec> out = {
        {.name = "brokers",
         .default_value = "localhost:9092",
         .doc = "Brokers to begin with, host:port, separated by commas."},
        {.name = "topic", .required = true, .least = "1", .doc = "The topic."},
        {.name = "create",
         .type = kChoice,
         .default_value = "never",
         .choices = {"never", "if_missing"},
         .doc = "Whether a missing topic is made."},
        {.name = "partitions",
         .type = kInteger,
         .default_value = "1",
         .least = "1",
         .most = "100000",
         .doc = "Partitions of a topic that create = 'if_missing' makes."},
        {.name = "group",
         .sink = false,
         .doc = "The consumer group that is told of the positions, for lag monitors; without it the job's name."},
        {.name = "start",
         .type = kChoice,
         .default_value = "earliest",
         .sink = false,
         .choices = {"earliest", "latest", "committed", "timestamp", "offsets"},
         .doc = "Where a job begins that has no positions of its own; committed takes over those of another program's "
                "group (and the first offset of a partition that has none)."},
        {.name = "start.timestamp",
         .sink = false,
         .doc = "For start = 'timestamp': ISO 8601 or milliseconds since 1970."},
        {.name = "start.offsets",
         .sink = false,
         .doc = "For start = 'offsets': partition:offset pairs, as '0:100, 1:250'; other partitions begin at their "
                "first offset."},
        {.name = "end",
         .type = kChoice,
         .default_value = "never",
         .sink = false,
         .choices = {"never", "latest", "timestamp"},
         .doc = "Where to end; latest is the end of each partition as seen at the start."},
        {.name = "end.timestamp",
         .sink = false,
         .doc = "For end = 'timestamp': the first message at or after it is not read."},
        {.name = "isolation",
         .type = kChoice,
         .default_value = "read_committed",
         .sink = false,
         .choices = {"read_committed", "read_uncommitted"},
         .doc = "Whether messages of open and aborted transactions are left out."},
        {.name = "check.crcs",
         .type = kBoolean,
         .default_value = "true",
         .sink = false,
         .doc = "Whether checksums of fetched batches are verified."},
        {.name = "prefetch",
         .type = kBytes,
         .default_value = "512MB",
         .sink = false,
         .least = "1KB",
         .most = "1TB",
         .doc = "Fetched bytes that may wait in memory, over all partitions."},
        {.name = "compression",
         .type = kChoice,
         .default_value = "lz4",
         .source = false,
         .choices = {"none", "gzip", "snappy", "lz4", "zstd"},
         .doc = "Codec of written batches."},
        {.name = "key.columns",
         .source = false,
         .doc = "Columns of the message key, separated by commas: one STRING or BYTES as it is, one of another type as "
                "its JSON "
                "value, several as a JSON object. The value holds them too."},
        {.name = "connect_timeout",
         .type = kDuration,
         .default_value = "30s",
         .source = false,
         .least = "1ms",
         .doc = "How long the first contact with a broker may take."},
        {.name = "kafka.*", .secret = true, .doc = "Settings of librdkafka, such as kafka.sasl.username."},
    };
    for (auto& o : format_options("json")) out.push_back(std::move(o));
    return out;
}

/// `key` belongs to `owner = 'value'`: missing where needed, of no use elsewhere, or malformed.
void check_companion(const Options& o, const char* owner, const char* value, const char* key, bool valid,
                     const char* form, std::vector<OptionProblem>& problems) {
    bool wanted = o.text(owner) == value;
    if (wanted && !o.has(key))
        problems.push_back({owner, fmt::format("{} = '{}' needs the option \"{}\"", owner, value, key), form});
    if (!wanted && o.has(key))
        problems.push_back(
            {key, fmt::format("option \"{}\" has a meaning only with {} = '{}'", key, owner, value), {}});
    if (wanted && o.has(key) && !valid) problems.push_back({key, fmt::format("option \"{}\" is malformed", key), form});
}

void check(const Options& o, bool as_source, std::vector<OptionProblem>& problems) {
    check_format_options(o, as_source, problems);
    if (!as_source) return;
    constexpr const char* kInstant = "as '2024-05-01T10:00:00Z' or milliseconds since 1970";
    check_companion(o, "start", "timestamp", "start.timestamp",
                    kafka::parse_instant(o.text("start.timestamp")).has_value(), kInstant, problems);
    check_companion(o, "end", "timestamp", "end.timestamp", kafka::parse_instant(o.text("end.timestamp")).has_value(),
                    kInstant, problems);
    if (o.text("start") == "committed" && !o.has("group"))
        problems.push_back(
            {"start", "start = 'committed' needs the option \"group\"",
             "a job keeps its own positions by itself; name the group of the program it takes over from"});
    check_companion(o, "start", "offsets", "start.offsets", kafka::parse_offsets(o.text("start.offsets")).has_value(),
                    "as '0:100, 1:250'", problems);
}

}  // namespace

Connector kafka_connector() {
    Connector c;
    c.name = "kafka";
    c.doc = "Topics of Apache Kafka: partitions are read in parallel, rows are written as messages.";
    c.options = options();
    c.make_source = kafka::make_kafka_source;
    c.make_sink = kafka::make_kafka_sink;
    c.check = check;
    c.bounded = [](const Options& o) { return o.text("end") != "never"; };
    c.server = true;
    c.place_option = "topic";
    c.message_sink = [](const std::string& topic) -> std::map<std::string, std::string> {
        return {{"topic", topic}, {"create", "if_missing"}, {"format", "raw"}};
    };
    return c;
}

}  // namespace streamql
