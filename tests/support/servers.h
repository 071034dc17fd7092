// Where the real servers of an integration test are, and names that no other test uses on them.
//
// The servers are started outside (tools/servers.sh; `make test` does it) and found by environment variables. A test
// that needs one and finds none fails: a skipped integration test proves nothing. Everything here may be called from
// any thread.
#pragma once

#include <string>
#include <string_view>

namespace streamql::testing {

/// host:port of the Kafka broker (KAFKA_BROKERS).
std::string kafka_brokers();

/// libpq URI of an empty database whose user may do everything (POSTGRES_URL).
std::string postgres_url();

/// The same server and database as the role `guarded`, which needs the password `guarded`.
std::string guarded_postgres_url(std::string_view password);

/// `prefix_<process>_<count>`: a topic, table or group name that is new on servers which outlive the test run.
std::string unique_name(std::string_view prefix);

}  // namespace streamql::testing
