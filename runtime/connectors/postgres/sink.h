// A PostgreSQL table as a sink: binary COPY for append, upsert by PRIMARY KEY, one transaction an epoch.
//
// Invariants: the epoch's rows stay in memory until COMMIT is answered, so a lost connection, a deadlock or a
// serialization failure is mended by sending them again. A row the server refuses is found by halving and reported, the
// others are stored. What is not promised yet: when the connection breaks *during* COMMIT, nobody knows whether it
// happened; the rows are sent again, which repeats them in an append table (upsert is idempotent). That ends when the
// journal records progress beside the rows. An epoch of more than 256 MB is committed in parts. A retryable Error means
// "call again with the same arguments"; no row was taken by a write() that failed. Threading: one thread.
#pragma once
#include "runtime/connectors/connector.h"

namespace streamql::postgres {

Result<std::unique_ptr<Sink>> make_postgres_sink(const SinkSpec& spec, const ConnectorContext& context);

}  // namespace streamql::postgres
