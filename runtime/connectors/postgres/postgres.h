// PostgreSQL tables as sinks: append by COPY, upsert by PRIMARY KEY.
#pragma once
#include "runtime/connectors/connector.h"

namespace streamql {

Connector postgres_connector();

}  // namespace streamql
