// Kafka topics as sources (a partition is a split) and as append sinks.
#pragma once
#include "runtime/connectors/connector.h"

namespace streamql {

Connector kafka_connector();

}  // namespace streamql
