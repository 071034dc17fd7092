// Headers of a Kafka message as the text of a JSON object: text as a string, other bytes as "\\x0aff", no value as
// null. Of a name given twice the last one counts.
#pragma once
#include <librdkafka/rdkafka.h>

#include <string>

namespace streamql::kafka {

std::string headers_json(const rd_kafka_message_t* message);

}  // namespace streamql::kafka
