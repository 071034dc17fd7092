// A topic as an append sink: every row is one message.
//
// Invariants: a row is produced once by this process (idempotent producer); prepare() returns success only when every
// message written so far is acknowledged by all in-sync replicas. After a retryable Error write() goes on at the row
// where the queue was full: what it sent and refused before stays so. Fault points: kafka.connect, kafka.produce (a
// row), kafka.flush.
// Threading: one thread.
#pragma once
#include "runtime/connectors/connector.h"

namespace streamql::kafka {

Result<std::unique_ptr<Sink>> make_kafka_sink(const SinkSpec& spec, const ConnectorContext& context);

}  // namespace streamql::kafka
