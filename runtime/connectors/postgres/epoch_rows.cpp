#include "runtime/connectors/postgres/epoch_rows.h"

#include <algorithm>

#include <xxhash.h>

namespace streamql::postgres {

constexpr size_t kKeptBytes = 64 << 20;

void EpochRows::grow() {
    slots_.assign(std::max<size_t>(1024, slots_.size() * 2), 0);
    for (size_t i = 0; i < rows_.size(); ++i) {
        size_t at = rows_[i].hash & (slots_.size() - 1);
        while (slots_[at]) at = (at + 1) & (slots_.size() - 1);
        slots_[at] = static_cast<uint32_t>(i + 1);
    }
}

void EpochRows::upsert(size_t begin, size_t key_begin, size_t key_end) {
    if ((rows_.size() + 1) * 2 > slots_.size()) grow();
    Row fresh{begin, bytes_.size() - begin, static_cast<uint32_t>(key_end - key_begin), 0};
    fresh.hash = XXH3_64bits(bytes_.data() + key_begin, fresh.key_size);
    size_t at = fresh.hash & (slots_.size() - 1);
    for (; slots_[at]; at = (at + 1) & (slots_.size() - 1)) {
        Row& old = rows_[slots_[at] - 1];
        if (old.hash == fresh.hash && key(old) == key(fresh)) {
            old = fresh;
            return;
        }
    }
    rows_.push_back(fresh);
    slots_[at] = static_cast<uint32_t>(rows_.size());
}

std::string_view EpochRows::range(size_t from, size_t to) const {
    if (from >= to) return {};
    size_t begin = rows_[from].begin, end = rows_[to - 1].begin + rows_[to - 1].size;
    return {bytes_.data() + begin, end - begin};
}

void EpochRows::clear() {
    if (bytes_.capacity() > kKeptBytes) {  // a rare giant epoch does not hold its memory for ever
        *this = EpochRows();
        return;
    }
    bytes_.clear();
    rows_.clear();
    std::fill(slots_.begin(), slots_.end(), 0);
}

}  // namespace streamql::postgres
