// The sink that only counts, for measurements and for queries run for their ledger.
#pragma once
#include "runtime/connectors/connector.h"

namespace streamql {

Connector blackhole_connector();

}  // namespace streamql
