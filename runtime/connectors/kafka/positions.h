// Where each partition begins and, for a bounded source, where it ends: an earlier run's positions, the options start,
// end and what belongs to them.
//
// Invariants: a resolved range begins at an offset that the broker holds or will give next; nothing is ever moved
// silently: a position that the broker does not hold is an Error that names what is lost.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/connector.h"
#include "runtime/connectors/kafka/client.h"

namespace streamql::kafka {

struct Range {
    int64_t start = 0;
    std::optional<int64_t> end;  ///< first offset that is not read; absent: never ends
    bool empty = false;          ///< the broker holds nothing of the partition
};

/// "0:1500, 3:20"; nullopt if malformed.
std::optional<std::map<int, int64_t>> parse_offsets(std::string_view text);
/// ISO 8601, or milliseconds since 1970; milliseconds.
std::optional<int64_t> parse_instant(std::string_view text);

/// Who is asked: `consumer` has the source's group and isolation, `uncommitted` sees open transactions too.
struct Askable {
    Client& consumer;
    Client& uncommitted;
};

/// Asks the broker for all partitions' ranges. `resume`: where an earlier run was, which wins over `start`; a partition
/// that is not in it is new and read from its first offset.
Result<std::vector<Range>> resolve_ranges(Askable clients, const Options& options, int partitions,
                                          const SourcePositions& resume);

/// Offset `wanted` is no longer (or not yet) at the broker, which holds [low, high).
Error lost_range(const std::string& topic, int partition, int64_t wanted, int64_t low, int64_t high);

}  // namespace streamql::kafka
