#include "runtime/state/aggregate_memory.h"

#include <cstring>
#include <string>

#include "runtime/state/murmur2.h"
#include "runtime/state/page_store.h"

namespace streamql {

namespace {

/// A set's block: the header, then `slots` refs of values; 0 = free slot. A value's block: size and hash, then its
/// bytes.
struct SetHeader {
    uint64_t slots;
    uint64_t pad;
};
struct ValueHeader {
    uint32_t size;
    uint32_t hash;
};

PageStore& store_of(void* pages) { return *static_cast<PageStore*>(pages); }
const PageStore& store_of(const void* pages) { return *static_cast<const PageStore*>(pages); }

uint64_t set_bytes_of(uint64_t slots) { return sizeof(SetHeader) + slots * sizeof(StateRef); }
uint64_t slots_of(const PageStore& store, StateRef set) {
    return reinterpret_cast<const SetHeader*>(store.read(set))->slots;
}
const StateRef* slots_at(const char* set) { return reinterpret_cast<const StateRef*>(set + sizeof(SetHeader)); }
StateRef* slots_at(char* set) { return reinterpret_cast<StateRef*>(set + sizeof(SetHeader)); }

const ValueHeader& value_at(const PageStore& store, StateRef ref) {
    return *reinterpret_cast<const ValueHeader*>(store.read(ref));
}

StateRef new_set(PageStore& store, uint64_t slots) {
    const StateRef ref = store.allocate(set_bytes_of(slots));
    char* at = store.write(ref);
    *reinterpret_cast<SetHeader*>(at) = {slots, 0};
    std::memset(slots_at(at), 0, slots * sizeof(StateRef));
    return ref;
}

void grow_set(PageStore& store, StateSet* set) {
    const uint64_t old_slots = slots_of(store, set->ref), slots = old_slots * 2;
    const StateRef fresh = new_set(store, slots);
    const StateRef* from = slots_at(store.read(set->ref));
    StateRef* to = slots_at(store.write(fresh));
    for (uint64_t i = 0; i < old_slots; ++i) {
        if (!from[i]) continue;
        uint64_t at = value_at(store, from[i]).hash & (slots - 1);
        while (to[at]) at = (at + 1) & (slots - 1);
        to[at] = from[i];
    }
    store.free(set->ref, set_bytes_of(old_slots));
    set->ref = fresh;
}

}  // namespace

std::string_view get_bytes(const void* pages, const StateBytes& at) {
    return at.size ? std::string_view(store_of(pages).read(at.ref), at.size) : std::string_view();
}

void set_bytes(void* pages, StateBytes* at, std::string_view value) {
    PageStore& store = store_of(pages);
    const StateBytes old = *at;
    // the old block is freed last: the value may lie in it
    *at = StateBytes{};
    if (!value.empty()) {
        at->ref = store.allocate(value.size());
        at->size = value.size();
        if (!value.empty()) std::memcpy(store.write(at->ref), value.data(), value.size());
    }
    if (old.ref) store.free(old.ref, old.size);
}

void free_bytes(void* pages, StateBytes* at) {
    if (at->ref) store_of(pages).free(at->ref, at->size);
    *at = StateBytes{};
}

bool set_insert(void* pages, StateSet* set, std::string_view value) {
    PageStore& store = store_of(pages);
    if (!set->ref) set->ref = new_set(store, 4);
    if ((set->size + 1) * 4 > slots_of(store, set->ref) * 3) grow_set(store, set);
    const uint64_t mask = slots_of(store, set->ref) - 1;
    const uint32_t hash = static_cast<uint32_t>(table_hash(value));
    const StateRef* slots = slots_at(store.read(set->ref));
    uint64_t at = hash & mask;
    for (; slots[at]; at = (at + 1) & mask) {
        const ValueHeader& known = value_at(store, slots[at]);
        if (known.hash != hash || known.size != value.size()) continue;
        if (value.empty() || std::memcmp(&known + 1, value.data(), value.size()) == 0) return false;
    }
    const StateRef fresh = store.allocate(sizeof(ValueHeader) + value.size());
    char* to = store.write(fresh);
    *reinterpret_cast<ValueHeader*>(to) = {static_cast<uint32_t>(value.size()), hash};
    if (!value.empty()) std::memcpy(to + sizeof(ValueHeader), value.data(), value.size());
    slots_at(store.write(set->ref))[at] = fresh;
    ++set->size;
    return true;
}

void free_set(void* pages, StateSet* set) {
    PageStore& store = store_of(pages);
    if (set->ref) {
        const uint64_t slots = slots_of(store, set->ref);
        for (uint64_t i = 0; i < slots; ++i) {
            const StateRef value = slots_at(store.read(set->ref))[i];
            if (value) store.free(value, sizeof(ValueHeader) + value_at(store, value).size);
        }
        store.free(set->ref, set_bytes_of(slots));
    }
    *set = StateSet{};
}

int64_t state_detail::next_in_set(const void* pages, const StateSet& set, int64_t slot, std::string_view* value) {
    if (!set.ref) return -1;
    const PageStore& store = store_of(pages);
    const StateRef* slots = slots_at(store.read(set.ref));
    const int64_t count = static_cast<int64_t>(slots_of(store, set.ref));
    for (; slot < count; ++slot) {
        if (!slots[slot]) continue;
        const ValueHeader& known = value_at(store, slots[slot]);
        *value = {reinterpret_cast<const char*>(&known + 1), known.size};
        return slot;
    }
    return -1;
}

}  // namespace streamql
