// Where an aggregation keeps the groups of its panes: a table of its own for each of the first panes, one table that
// all further panes share.
//
// What: an own table is probed and dropped fastest, and costs kilobytes however few groups it has; so only kOwnTables
// panes that are open at a time have one. In the shared table a key has (pane, first window) before it, and the groups
// of a pane hang on a list through their entries. Invariants: which of the two a pane is in changes nothing but cost;
// it stays there. Payload = 8 bytes (the list's link), then the state block. Ownership: tables register themselves in
// the list given, for figures of all of them. Threading: one worker's.
#pragma once
#include <memory>
#include <vector>

#include "runtime/state/hash_table.h"

namespace streamql {

class GroupTable {
  public:
    /// `prefix`: bytes before the key that are not the group's.
    GroupTable(uint32_t state_bytes, size_t prefix, std::vector<GroupTable*>& all)
        : table(pages, 8 + state_bytes), prefix_(prefix), all_(all), index_(all.size()) {
        all.push_back(this);
    }
    ~GroupTable() {
        all_[index_] = all_.back();
        all_[index_]->index_ = index_;
        all_.pop_back();
    }
    GroupTable(const GroupTable&) = delete;
    GroupTable& operator=(const GroupTable&) = delete;

    char* state(StateRef ref) { return table.payload(ref) + 8; }
    const char* state(StateRef ref) const { return table.payload(ref) + 8; }
    std::string_view key(StateRef ref) const { return table.key(ref).substr(prefix_); }
    StateRef& next(StateRef ref) { return *reinterpret_cast<StateRef*>(table.payload(ref)); }
    StateRef next(StateRef ref) const { return *reinterpret_cast<const StateRef*>(table.payload(ref)); }
    int64_t bytes() const { return pages.bytes_held() + table.slot_bytes(); }

    PageStore pages;
    HashTable table;

  private:
    size_t prefix_;
    std::vector<GroupTable*>& all_;
    size_t index_;
};

struct Pane {
    static constexpr size_t kOwnTables = 256;

    int64_t start = 0;
    int64_t from = 0;  ///< late for some hops: the first window that its rows count in; else kMinTime
    std::unique_ptr<GroupTable> own;
    StateRef first = 0;  ///< without an own table: the groups in the shared one

    GroupTable& table(GroupTable& shared) const { return own ? *own : shared; }
    template <typename Visit>
    void for_each(const GroupTable& shared, Visit&& visit) const {
        if (own) return own->table.for_each(visit);
        for (StateRef ref = first; ref;) {
            const StateRef next = shared.next(ref);
            if (next) shared.table.prefetch_entry(next);
            visit(ref);
            ref = next;
        }
    }
    bool empty() const { return own ? own->table.size() == 0 : first == 0; }
};

}  // namespace streamql
