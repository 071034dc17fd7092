// The entry key of a row that an operator keeps: {key bytes, event time, origin, ordinal among equals}.
//
// What: a row may stand twice in a stream with one origin (a UNION ALL of a relation with itself), so rows that are
// equal in all of it are counted. Invariants: the key bytes come first, the rest has a fixed size behind them.
// Threading: none shared.
#pragma once
#include <optional>
#include <string_view>

#include "runtime/state/entry_codec.h"
#include "runtime/state/page_store.h"
#include "runtime/state/row_codec.h"
#include "runtime/state/timed_list.h"

namespace streamql {

struct RowKeyTail {
    int64_t time;
    Origin origin;
    uint64_t ordinal;
};
static_assert(sizeof(RowKeyTail) == 32);

/// visit(entry key, item) for all rows of one key, in their order.
template <typename Visit>
void for_each_row_key(std::string_view key, const TimedList& list, const PageStore& pages, Visit&& visit) {
    EntryWriter writer;
    RowKeyTail tail{};
    const TimedItem* const items = list.items(pages);
    for (uint32_t i = 0; i < list.count; ++i) {
        const Origin origin = RowCodec::header(pages.read(items[i].value)).origin;
        const bool equal = i > 0 && tail.time == items[i].time && tail.origin == origin;
        tail = {items[i].time, origin, equal ? tail.ordinal + 1 : 0};
        writer.clear();
        writer.add_raw(key);
        writer.add(tail);
        visit(writer.bytes(), items[i]);
    }
}

/// The key bytes of such a key; none when it is too short.
inline std::optional<std::string_view> split_row_key(std::string_view entry_key, RowKeyTail* tail) {
    if (entry_key.size() < sizeof *tail) return std::nullopt;
    std::memcpy(static_cast<void*>(tail), entry_key.data() + entry_key.size() - sizeof *tail, sizeof *tail);
    return entry_key.substr(0, entry_key.size() - sizeof *tail);
}

}  // namespace streamql
