// A PostgreSQL table as a sink: binary COPY for append, upsert by PRIMARY KEY, one transaction an epoch.
//
// Invariants: prepare() returns when COMMIT was answered (EpochDelivery says what that promises); write() only encodes
// and never fails. The conversation with the server runs on a thread of its own, so that a server that hangs, or a lock
// that somebody else holds, is a retryable Error after a moment: "call again with the same arguments". Threading: one
// thread, beside the conversation's, of which one is under way at a time; it shares the delivery and is left behind if
// the server hangs when the sink ends.
#pragma once
#include "runtime/connectors/connector.h"

namespace streamql::postgres {

Result<std::unique_ptr<Sink>> make_postgres_sink(const SinkSpec& spec, const ConnectorContext& context);

}  // namespace streamql::postgres
