// A topic as a source: one consumer, one queue a partition, whole batches of messages handed over without copying.
//
// Invariants: partitions are assigned by hand (no group rebalance). Where to begin is what the engine says, then
// `start`; the group is only told of positions (start = 'committed' reads another program's). A reader's messages are
// librdkafka's own and are given back at its next poll. The reader never moves its position on its own: an offset that
// the broker does not hold is an Error. Fault points: kafka.connect, kafka.fetch, kafka.tell. Ownership: readers share
// the consumer, which ends with the last of them. Threading: the Source by the job's thread, a reader by one worker at
// a time.
#pragma once
#include "runtime/connectors/connector.h"

namespace streamql::kafka {

Result<std::unique_ptr<Source>> make_kafka_source(const SourceSpec& spec, const ConnectorContext& context);

}  // namespace streamql::kafka
