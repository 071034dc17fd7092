#include "runtime/connectors/connector.h"

#include "runtime/connectors/blackhole/blackhole.h"
#include "runtime/connectors/console/console.h"
#include "runtime/connectors/file/file.h"
#include "runtime/connectors/generate/generate.h"
#include "runtime/connectors/kafka/kafka.h"
#include "runtime/connectors/postgres/postgres.h"
#include "runtime/connectors/sink_options.h"

namespace streamql {

const std::vector<Connector>& connector_list() {
    static const std::vector<Connector> kList = {
        kafka_connector(),    postgres_connector(), file_connector(),
        generate_connector(), console_connector(),  blackhole_connector(),
    };
    return kList;
}

const Connector* find_connector(std::string_view name) {
    for (auto& c : connector_list())
        if (c.name == name) return &c;
    return nullptr;
}

const Connector* find_connector(bool (*fact)(const Connector&)) {
    for (auto& c : connector_list())
        if (fact(c)) return &c;
    return nullptr;
}

const std::vector<OptionSpec>& common_source_options() {
    using enum OptionType;
    static const std::vector<OptionSpec> kOptions = {
        {.name = "idle_timeout",
         .type = kDuration,
         .default_value = "30s",
         .sink = false,
         .off = true,
         .doc = "A partition silent for this long stops holding the watermark back; 'off' for never."},
        {.name = "idle_advance",
         .type = kBoolean,
         .default_value = "off",
         .sink = false,
         .doc = "Whether the watermark moves with the clock while all partitions are idle."},
        {.name = "max_future",
         .type = kDuration,
         .default_value = "1 hour",
         .sink = false,
         .off = true,
         .doc = "Rows further ahead of the clock than this are row errors; 'off' for no bound."},
        {.name = "on_error",
         .type = kChoice,
         .default_value = "dead_letter",
         .sink = false,
         .choices = {"dead_letter", "skip", "fail"},
         .doc = "What happens to a record with an error."},
        {.name = "dead_letter",
         .sink = false,
         .doc = "The sink that gets dead letters; without it a file in the state folder."},
        {.name = "max_error_rate",
         .type = kDouble,
         .default_value = "0.5",
         .sink = false,
         .least = "0",
         .most = "1",
         .doc = "The share of bad records in a full thousand that stops the job."},
        {.name = "max_record_bytes",
         .type = kBytes,
         .default_value = "16MB",
         .sink = false,
         .least = "1",
         .most = "1GB",
         .doc = "A longer record is a row error and is never held whole."},
        {.name = "connect_timeout",
         .type = kDuration,
         .default_value = "30s",
         .sink = false,
         .least = "1ms",
         .doc = "How long the first contact with a server may take."},
        {.name = "sample", .sink = false, .doc = "A file that --local reads in place of this source."},
        {.name = "generator", .sink = false, .doc = "The generator that --local puts in place of this source."},
        {.name = "generator.*", .sink = false, .doc = "Options of that generator: generator.rows, generator.seed ..."},
    };
    return kOptions;
}

const std::vector<OptionSpec>& common_sink_options() {
    using enum OptionType;
    static const std::vector<OptionSpec> kOptions = {
        {.name = "on_error",
         .type = kChoice,
         .default_value = "dead_letter",
         .source = false,
         .choices = {"dead_letter", "skip", "fail"},
         .doc = "What happens to a row that the other side refuses."},
        {.name = "max_error_rate",
         .type = kDouble,
         .default_value = "0.5",
         .source = false,
         .least = "0",
         .most = "1",
         .doc = "The share of refused rows in a full thousand, or in all rows of a shorter job, that stops the job."},
    };
    return kOptions;
}

}  // namespace streamql
