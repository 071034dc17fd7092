// murmur2, the 32-bit hash of Kafka's Java partitioner: which of the 128 key groups (and which Kafka partition) a key
// is in; and the 64-bit hash of tables, another one, else all keys of a group would crowd the same slots.
//
// Invariants: murmur2's result is the same on every machine and for ever; both read no byte past the key.
#pragma once
#include <cstdint>
#include <cstring>
#include <string_view>

namespace streamql {

inline uint32_t murmur2(std::string_view bytes) {
    constexpr uint32_t kMultiplier = 0x5bd1e995;
    const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
    size_t left = bytes.size();
    uint32_t h = 0x9747b28c ^ static_cast<uint32_t>(left);
    for (; left >= 4; at += 4, left -= 4) {
        uint32_t k;
        std::memcpy(&k, at, 4);
        k *= kMultiplier;
        k ^= k >> 24;
        h = (h * kMultiplier) ^ (k * kMultiplier);
    }
    if (left > 0) {
        for (size_t i = 0; i < left; ++i) h ^= static_cast<uint32_t>(at[i]) << (8 * i);
        h *= kMultiplier;
    }
    h ^= h >> 13;
    h *= kMultiplier;
    return h ^ (h >> 15);
}

inline constexpr int kKeyGroups = 128;
inline int key_group_of(std::string_view encoded_key) { return static_cast<int>(murmur2(encoded_key) % kKeyGroups); }
/// Task w of n owns groups [w*128/n, (w+1)*128/n).
inline int worker_of_group(int group, int workers) { return ((group + 1) * workers - 1) / kKeyGroups; }

namespace hash_detail {
inline uint64_t load8(const char* p) {
    uint64_t v;
    std::memcpy(&v, p, 8);
    return v;
}
inline uint64_t load4(const char* p) {
    uint32_t v;
    std::memcpy(&v, p, 4);
    return v;
}
inline uint64_t fold(uint64_t a, uint64_t b) {
    const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}
}  // namespace hash_detail

/// The hash of tables: two folded multiplications for keys up to 16 bytes, one more for each 16 bytes beyond.
inline uint64_t table_hash(const char* p, size_t size) {
    using namespace hash_detail;
    constexpr uint64_t kA = 0x9e3779b97f4a7c15ull, kB = 0xd6e8feb86659fd93ull, kC = 0xa0761d6478bd642full;
    uint64_t seed = kC ^ size, low, high;
    if (size <= 16) {
        if (size >= 8) {
            low = load8(p);
            high = load8(p + size - 8);
        } else if (size >= 4) {
            low = load4(p);
            high = load4(p + size - 4);
        } else {
            low = size ? (static_cast<uint64_t>(static_cast<uint8_t>(p[0])) << 16) |
                             (static_cast<uint64_t>(static_cast<uint8_t>(p[size >> 1])) << 8) |
                             static_cast<uint8_t>(p[size - 1])
                       : 0;
            high = 0;
        }
    } else {
        size_t left = size;
        for (; left > 16; left -= 16, p += 16) seed = fold(load8(p) ^ kA, load8(p + 8) ^ seed);
        low = load8(p + left - 16);
        high = load8(p + left - 8);
    }
    return fold(kB ^ size, fold(low ^ kA, high ^ seed));
}
inline uint64_t table_hash(std::string_view s) { return table_hash(s.data(), s.size()); }

}  // namespace streamql
