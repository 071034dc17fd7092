// A topic as an append sink: every row is one message.
//
// Invariants: a row is produced once by this process (idempotent producer); prepare() returns success only when every
// message written so far is acknowledged by all in-sync replicas. A retryable Error of write() means "call again with
// the same batch": it goes on at the row where the queue was full. A retryable Error of prepare() means "call again".
// Threading: one thread.
#pragma once
#include "runtime/connectors/connector.h"

namespace streamql::kafka {

Result<std::unique_ptr<Sink>> make_kafka_sink(const SinkSpec& spec, const ConnectorContext& context);

}  // namespace streamql::kafka
