// Encoded key -> a fixed-size block of state, probed a batch at a time.
//
// What: open addressing over 8-byte slots {10 bits of hash, ref / 16, low 10 bits of hash}: the first say whether the
// entry is worth a look, the last how far it lies from its home, so that erasing reads no neighbours. The entry lies in
// the pages: hash, key size, payload, key. A batch is probed in chunks: hash and prefetch the slots, prefetch the
// entries whose tag fits, then compare and insert; so the cache misses of 32 rows overlap. Invariants: refs are stable
// until erase(); a payload starts at 8 modulo 16 (its second word is aligned to 16). Slots are plain words that can be
// rebuilt from the entries. Ownership: the pages are the caller's, shared with other blocks. Threading: one worker's.
#pragma once
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "runtime/state/key_encoding.h"
#include "runtime/state/murmur2.h"
#include "runtime/state/page_store.h"

namespace streamql {

class HashTable {
  public:
    HashTable(PageStore& pages, uint32_t payload_bytes) : pages_(&pages), payload_bytes_(payload_bytes) {}

    /// refs[i] = entry of key rows[i] (null rows: key i), i < n; created entries have fresh[i] = 1 and a zeroed
    /// payload.
    void find_or_insert(const EncodedKeys& keys, const int32_t* rows, int64_t n, StateRef* refs, uint8_t* fresh) {
        probe(n, refs, fresh, [&](int64_t i) { return keys[rows ? rows[i] : i]; });
    }
    /// The same for keys given as views (for example of another table's entries).
    void find_or_insert(const std::string_view* keys, int64_t n, StateRef* refs, uint8_t* fresh) {
        probe(n, refs, fresh, [&](int64_t i) { return keys[i]; });
    }
    /// Room for `more` keys, so that the table need not grow on the way.
    void reserve(int64_t more) { make_room(more); }
    /// Removes an entry and frees its block.
    void erase(StateRef ref);
    void prefetch_entry(StateRef ref) const {
        const char* const entry = pages_->read(ref);
        __builtin_prefetch(entry, 1);
        __builtin_prefetch(entry + sizeof(Header) + payload_bytes_, 1);
    }
    /// Fetches what erase(ref) will touch; the entry itself should be near.
    void prefetch_slot(StateRef ref) const {
        __builtin_prefetch(&slots_[reinterpret_cast<const Header*>(pages_->read(ref))->hash & mask_], 1);
    }

    char* payload(StateRef ref) { return pages_->write(ref) + sizeof(Header); }
    const char* payload(StateRef ref) const { return pages_->read(ref) + sizeof(Header); }
    std::string_view key(StateRef ref) const {
        const char* entry = pages_->read(ref);
        return {entry + sizeof(Header) + payload_bytes_, reinterpret_cast<const Header*>(entry)->key_size};
    }
    int64_t size() const { return size_; }
    int64_t slot_bytes() const { return static_cast<int64_t>(slots_.size() * 8); }
    /// Visits all refs, in the order of slots.
    template <typename Visit>
    void for_each(Visit&& visit) const {
        for (size_t i = 0; i < slots_.size(); ++i) {
            if (i + 24 < slots_.size() && slots_[i + 24]) prefetch_entry(ref_of(slots_[i + 24]));
            if (slots_[i]) visit(ref_of(slots_[i]));
        }
    }

  private:
    struct Header {
        uint32_t hash;  ///< low 32 bits: where the slot is
        uint32_t key_size;
    };
    static constexpr int kTagBits = 10, kHomeBits = 10;
    static constexpr uint64_t kHomeMask = (uint64_t{1} << kHomeBits) - 1;
    static StateRef ref_of(uint64_t slot) { return slot << kTagBits >> (kTagBits + kHomeBits) << 4; }
    static uint64_t slot_of(uint64_t hash, StateRef ref) {
        return (tag_of(hash) << (64 - kTagBits)) | (ref >> 4 << kHomeBits) | (hash & kHomeMask);
    }
    static bool may_be(uint64_t slot, uint64_t hash) { return slot >> (64 - kTagBits) == tag_of(hash); }
    static constexpr int64_t kChunk = 32;
    using Slots = std::vector<uint64_t, HugeAllocator<uint64_t>>;

    template <typename KeyOf>
    void probe(int64_t n, StateRef* refs, uint8_t* fresh, KeyOf&& key_of) {
        uint64_t hashes[kChunk];
        for (int64_t begin = 0; begin < n; begin += kChunk) {
            const int64_t count = std::min(kChunk, n - begin);
            make_room(count);
            for (int64_t i = 0; i < count; ++i) {
                hashes[i] = table_hash(key_of(begin + i));
                __builtin_prefetch(&slots_[hashes[i] & mask_]);
            }
            for (int64_t i = 0; i < count; ++i) {
                const uint64_t slot = slots_[hashes[i] & mask_];
                if (slot && may_be(slot, hashes[i])) prefetch_entry(ref_of(slot));
            }
            for (int64_t i = 0; i < count; ++i) refs[begin + i] = find(key_of(begin + i), hashes[i], &fresh[begin + i]);
        }
    }
    static uint64_t tag_of(uint64_t hash) { return hash >> (64 - kTagBits); }
    StateRef find(std::string_view key, uint64_t hash, uint8_t* fresh) {
        for (uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
            const uint64_t slot = slots_[at];
            if (!slot) {
                *fresh = 1;
                return insert(key, hash, at);
            }
            if (!may_be(slot, hash)) continue;
            const StateRef ref = ref_of(slot);
            if (this->key(ref) == key) {
                *fresh = 0;
                return ref;
            }
        }
    }
    StateRef insert(std::string_view key, uint64_t hash, uint64_t slot);
    void make_room(int64_t more);
    /// How far the entry in slots_[at] lies from its home.
    uint64_t distance(uint64_t at) const {
        const uint64_t low = far_ ? hash_at(slots_[at]) : slots_[at];
        return (at - low) & mask_ & (far_ ? ~uint64_t{0} : kHomeMask);
    }
    uint32_t hash_at(uint64_t slot) const { return reinterpret_cast<const Header*>(pages_->read(ref_of(slot)))->hash; }

    PageStore* pages_;
    uint32_t payload_bytes_;
    Slots slots_;
    uint64_t mask_ = 0;
    int64_t size_ = 0;
    bool far_ = false;  ///< some entry may lie too far from its home for the slot's bits to say how far
};

}  // namespace streamql
