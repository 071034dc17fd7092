// murmur2, the 32-bit hash of Kafka's Java partitioner: which of the 128 key groups (and which Kafka partition) a key is in.
//
// Invariants: the result is the same on every machine and for ever; the hash of our tables is another one.
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

}  // namespace streamql
