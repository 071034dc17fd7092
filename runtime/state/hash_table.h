// Encoded key -> a fixed-size block of state, probed a batch at a time.
//
// What: open addressing over 8-byte slots {16-bit tag, 48-bit ref}; the entry lies in the pages: hash, key size, payload, key.
// A batch is probed in chunks: hash and prefetch the slots, prefetch the entries whose tag fits, then compare and insert; so the
// cache misses of 32 rows overlap.
// Invariants: refs are stable until erase(); a payload starts at 8 modulo 16 (its second word is aligned to 16). Slots are plain words that
// can be rebuilt from the entries. Ownership: the pages are the caller's, shared with other blocks. Threading: one worker's.
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

    /// refs[i] = entry of key rows[i] (null rows: key i), i < n; created entries have fresh[i] = 1 and a zeroed payload.
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
        for (const uint64_t slot : slots_) {
            if (slot) visit(slot & kRefMask);
        }
    }

  private:
    struct Header {
        uint32_t hash;  ///< low 32 bits: where the slot is
        uint32_t key_size;
    };
    static constexpr uint64_t kRefMask = (uint64_t{1} << 48) - 1;
    static constexpr int64_t kChunk = 32;

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
                if (slot >> 48 == tag_of(hashes[i])) __builtin_prefetch(pages_->read(slot & kRefMask), 1);
            }
            for (int64_t i = 0; i < count; ++i) refs[begin + i] = find(key_of(begin + i), hashes[i], &fresh[begin + i]);
        }
    }
    static uint64_t tag_of(uint64_t hash) { return hash >> 48; }
    StateRef find(std::string_view key, uint64_t hash, uint8_t* fresh) {
        for (uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
            const uint64_t slot = slots_[at];
            if (!slot) {
                *fresh = 1;
                return insert(key, hash, at);
            }
            if (slot >> 48 != tag_of(hash)) continue;
            const StateRef ref = slot & kRefMask;
            if (this->key(ref) == key) {
                *fresh = 0;
                return ref;
            }
        }
    }
    StateRef insert(std::string_view key, uint64_t hash, uint64_t slot);
    void make_room(int64_t more);
    uint32_t hash_at(uint64_t slot) const { return reinterpret_cast<const Header*>(pages_->read(slot & kRefMask))->hash; }

    PageStore* pages_;
    uint32_t payload_bytes_;
    std::vector<uint64_t> slots_;
    uint64_t mask_ = 0;
    int64_t size_ = 0;
};

}  // namespace streamql
