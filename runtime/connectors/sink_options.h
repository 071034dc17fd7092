// Options that every sink takes beside its own: on_error, max_error_rate.
//
// Invariants: the same names as for sources (common_source_options() in connector.h), with the same values; the engine
// applies them to the rows that a sink refuses. Threading: immutable.
#pragma once
#include <vector>

#include "runtime/connectors/options.h"

namespace streamql {

const std::vector<OptionSpec>& common_sink_options();

}  // namespace streamql
