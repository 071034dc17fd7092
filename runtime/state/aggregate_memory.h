// Memory of variable size for aggregate kernels: strings and distinct sets inside the pages of the table of their
// state.
//
// What: a StateBytes is a value of any length, a StateSet a set of distinct byte strings. Both are 16-byte plain
// structs that lie inside the fixed state block (zeroed bytes = empty; AggregateInit does no more than memset) and
// refer to page memory by offset.
//     `pages` is AggregateContext::pages (of the state being changed); in AggregateMerge, `from_pages` for `from`'s
//     values. set_bytes(pages, &state->value, text);                     // stores or replaces std::string_view v =
//     get_bytes(pages, state->value);       // until the next change of anything in these pages if (set_insert(pages,
//     &state->seen, encoded)) ++count;     // encoded: any canonical bytes of the value set_for_each(from_pages,
//     from->seen, [&](std::string_view v) { set_insert(pages, &into->seen, v); });
// Invariants: a StateBytes/StateSet has one owner, the block it lies in; copying a block moves it. Blocks of a dropped
// table need no freeing: the pages go as a whole. Threading: that of the table.
#pragma once
#include <cstdint>
#include <string_view>

namespace streamql {

struct StateBytes {
    uint64_t ref = 0;  ///< 0 = nothing stored
    uint64_t size = 0;
};
struct StateSet {
    uint64_t ref = 0;   ///< 0 = empty: an array of slots in the pages
    uint64_t size = 0;  ///< number of values
};
static_assert(sizeof(StateBytes) == 16 && sizeof(StateSet) == 16);

std::string_view get_bytes(const void* pages, const StateBytes& at);
/// `value` may view memory of the same pages.
void set_bytes(void* pages, StateBytes* at, std::string_view value);
void free_bytes(void* pages, StateBytes* at);

/// True when the value was not yet in the set. `value` may not view memory of the same pages.
bool set_insert(void* pages, StateSet* set, std::string_view value);
void free_set(void* pages, StateSet* set);

namespace state_detail {
/// Position of the next filled slot at or after `slot` (its value in *value), or -1.
int64_t next_in_set(const void* pages, const StateSet& set, int64_t slot, std::string_view* value);
}  // namespace state_detail

/// Calls visit(std::string_view) for every value, in the set's own (deterministic) order. The set must not change
/// meanwhile.
template <typename Visit>
void set_for_each(const void* pages, const StateSet& set, Visit&& visit) {
    std::string_view value;
    for (int64_t slot = 0; (slot = state_detail::next_in_set(pages, set, slot, &value)) >= 0; ++slot) visit(value);
}

}  // namespace streamql
