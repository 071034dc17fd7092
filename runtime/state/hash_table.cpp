#include "runtime/state/hash_table.h"

#include "runtime/base/result.h"

namespace streamql {

StateRef HashTable::insert(std::string_view key, uint64_t hash, uint64_t slot) {
    SQ_CHECK(key.size() <= UINT32_MAX);
    const StateRef ref = pages_->allocate(sizeof(Header) + payload_bytes_ + key.size());
    char* entry = pages_->write(ref);
    *reinterpret_cast<Header*>(entry) = {static_cast<uint32_t>(hash), static_cast<uint32_t>(key.size())};
    std::memset(entry + sizeof(Header), 0, payload_bytes_);
    if (!key.empty()) std::memcpy(entry + sizeof(Header) + payload_bytes_, key.data(), key.size());
    slots_[slot] = slot_of(hash, ref);
    far_ = far_ || ((slot - hash) & mask_) > kHomeMask;
    ++size_;
    return ref;
}

void HashTable::make_room(int64_t more) {
    // at most 2/3 full
    if (static_cast<uint64_t>(size_ + more) * 3 <= slots_.size() * 2) return;
    uint64_t count = std::max<uint64_t>(slots_.size() * 2, 16);
    while (static_cast<uint64_t>(size_ + more) * 3 > count * 2) count *= 2;
    SQ_CHECK(count <= uint64_t{1} << 32);
    Slots fresh(count, 0);
    const uint64_t mask = count - 1;
    far_ = false;
    for (size_t i = 0; i < slots_.size(); ++i) {
        if (i + 16 < slots_.size() && slots_[i + 16]) __builtin_prefetch(pages_->read(ref_of(slots_[i + 16])));
        if (!slots_[i]) continue;
        const uint64_t home = hash_at(slots_[i]) & mask;
        uint64_t at = home;
        while (fresh[at]) at = (at + 1) & mask;
        fresh[at] = slots_[i];
        far_ = far_ || ((at - home) & mask) > kHomeMask;
    }
    slots_ = std::move(fresh);
    mask_ = mask;
}

void HashTable::erase(StateRef ref) {
    const Header header = *reinterpret_cast<const Header*>(pages_->read(ref));
    uint64_t hole = header.hash & mask_;
    while (ref_of(slots_[hole]) != ref) hole = (hole + 1) & mask_;
    pages_->free(ref, sizeof(Header) + payload_bytes_ + header.key_size);
    // shift back what probed past the hole
    for (uint64_t at = (hole + 1) & mask_; slots_[at]; at = (at + 1) & mask_) {
        if (distance(at) < ((at - hole) & mask_)) continue;
        slots_[hole] = slots_[at];
        hole = at;
    }
    slots_[hole] = 0;
    --size_;
    if (size_ == 0) {
        slots_ = {};
        mask_ = 0;
        far_ = false;
    }
}

}  // namespace streamql
