// Where each partition begins and, for a bounded source, where it ends: the options start, end and what belongs to
// them.
//
// Invariants: a resolved range has start >= the broker's first offset and start <= its end; nothing is ever moved
// silently.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/kafka/client.h"

namespace streamql::kafka {

struct Range {
    int64_t start = 0;
    std::optional<int64_t> end;  ///< first offset that is not read; absent: never ends
};

/// "0:1500, 3:20"; nullopt if malformed.
std::optional<std::map<int, int64_t>> parse_offsets(std::string_view text);
/// ISO 8601, or milliseconds since 1970; milliseconds.
std::optional<int64_t> parse_instant(std::string_view text);

/// Asks the broker for all partitions' ranges. `client` must be a consumer with the source's group and isolation.
Result<std::vector<Range>> resolve_ranges(Client& client, const Options& options, int partitions);

/// Offset `wanted` is no longer (or not yet) at the broker, which holds [low, high).
Error lost_range(const std::string& topic, int partition, int64_t wanted, int64_t low, int64_t high);

}  // namespace streamql::kafka
