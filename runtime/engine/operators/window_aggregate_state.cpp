// What WindowAggregate saves: groups by (pane, first window, key), and the elements of their sets.
#include "runtime/engine/operators/window_aggregate.h"

namespace streamql {

namespace {
/// Of a pane's start that is read: far from where sums of times overflow.
constexpr int64_t kFarthest = int64_t{1} << 61;
}  // namespace

void WindowAggregate::register_state(StateCatalog& catalog) {
    catalog.add("watermark", watermark_state_);
    catalog.add("groups", groups_state_);
    if (block_codec_.sets()) catalog.add("elements", elements_state_);
}

/// visit(pane, its table, group)
template <typename Visit>
void WindowAggregate::for_each_group(Visit&& visit) const {
    auto of = [&](const Pane& pane) {
        const GroupTable& table = pane.own ? *pane.own : shared_;
        pane.for_each(shared_, [&](StateRef ref) { visit(pane, table, ref); });
    };
    for (auto& [start, pane] : panes_) of(pane);
    for (auto& [at, pane] : late_panes_) of(pane);
}

void WindowAggregate::save_groups(const To& to) const {
    EntryWriter key, value;
    for_each_group([&](const Pane& pane, const GroupTable& table, StateRef ref) {
        const std::string_view group = table.key(ref);
        key.clear();
        key.add(pane.start);
        key.add(pane.from);
        key.add_raw(group);
        value.clear();
        block_codec_.save(&table.pages, table.state(ref), value);
        to({state_group(group, node_.key_columns), key.bytes(), value.bytes()});
    });
}

Status WindowAggregate::load_group(const StateEntry& entry) {
    EntryReader reader(entry.key);
    Pane* const pane = pane_to_load(reader);
    const std::string_view key = reader.rest();
    if (!pane || !encoder_.is_valid(key) || entry.group != state_group(key, node_.key_columns))
        return corrupt_entry("a key of an aggregation");
    GroupTable& table = pane->table(shared_);
    if (!block_codec_.load(entry.value, &table.pages, table.state(probe_one(*pane, key))))
        return corrupt_entry("a group of an aggregation");
    return {};
}

void WindowAggregate::save_elements(const To& to) const {
    EntryWriter key;
    for_each_group([&](const Pane& pane, const GroupTable& table, StateRef ref) {
        const std::string_view group = table.key(ref);
        for (int32_t set = 0; set < block_codec_.sets(); ++set) {
            key.clear();
            key.add(pane.start);
            key.add(pane.from);
            key.add(set);
            key.add_sized(group);
            const size_t prefix = key.size();
            set_for_each(&table.pages, block_codec_.set(table.state(ref), set), [&](std::string_view element) {
                key.cut(prefix);
                key.add_raw(element);
                to({state_group(group, node_.key_columns), key.bytes(), {}});
            });
        }
    });
}

Status WindowAggregate::load_element(const StateEntry& entry) {
    EntryReader reader(entry.key);
    Pane* const pane = pane_to_load(reader);
    int32_t set = 0;
    std::string_view key;
    if (!pane || !reader.take(&set) || !reader.take_sized(&key) || set < 0 || set >= block_codec_.sets())
        return corrupt_entry("a key of a set of an aggregation");
    GroupTable& table = pane->table(shared_);
    const int64_t groups = table.table.size();
    const StateRef group = probe_one(*pane, key);
    if (table.table.size() != groups) return corrupt_entry("a set of an aggregation belongs to no group");
    if (!block_codec_.load_element(set, reader.rest(), &table.pages, table.state(group)))
        return corrupt_entry("an element of a set of an aggregation");
    return {};
}

Pane* WindowAggregate::pane_to_load(EntryReader& key) {
    int64_t start = 0, from = 0;
    if (!key.take(&start) || !key.take(&from) || !is_pane(start, from)) return nullptr;
    return &pane_of(start, from);
}

bool WindowAggregate::is_pane(int64_t pane, int64_t from) const {
    const Windows& windows = rows_of_.windows();
    if (windows.endless()) return pane == 0 && from == kMinTime;
    if (pane < -kFarthest || pane > kFarthest || windows.pane_of_number(windows.pane_number(pane)) != pane)
        return false;
    if (from == kMinTime) return true;
    return from >= windows.first_window(pane) && from <= windows.last_window(pane) && windows.last_window(from) == from;
}

}  // namespace streamql
