#include "runtime/state/row_codec.h"

#include <cstring>

#include "runtime/types/decimal.h"

namespace streamql {

namespace {
struct StoredStr {
    uint64_t offset, size;
};
static_assert(sizeof(StoredStr) == sizeof(Str));
}  // namespace

RowCodec::RowCodec(const std::vector<Type>& types) {
    fixed_bytes_ = static_cast<uint32_t>(sizeof(StoredRow) + (types.size() + 7) / 8 * 8);
    for (auto& t : types) {
        const Physical p = t.physical();
        if (p == Physical::kStr) strings_.push_back(static_cast<int>(physical_.size()));
        physical_.push_back(p);
        offsets_.push_back(fixed_bytes_);
        fixed_bytes_ += physical_width(p);
    }
}

StateRef RowCodec::store(const BatchView& in, int64_t row, PageStore& pages) const {
    uint64_t bytes = fixed_bytes_;
    for (const int c : strings_) {
        if (in.columns[c].valid[row]) bytes += reinterpret_cast<const Str*>(in.columns[c].data)[row].size;
    }
    const StateRef ref = pages.allocate(bytes);
    char* const out = pages.write(ref);
    header(out) = {in.event_time[row], in.origin[row], static_cast<int32_t>(in.line), 0, bytes};
    char* const nulls = out + sizeof(StoredRow);
    std::memset(nulls, 0, (physical_.size() + 7) / 8 * 8);
    uint64_t tail = fixed_bytes_;
    for (size_t c = 0; c < physical_.size(); ++c) {
        const ColumnView& column = in.columns[c];
        if (!column.valid[row]) {
            nulls[c / 8] |= static_cast<char>(1 << (c % 8));
            continue;
        }
        char* const cell = out + offsets_[c];
        switch (physical_[c]) {
            case Physical::kI64:
            case Physical::kF64:
                std::memcpy(cell, column.data + row * 8, 8);
                break;
            case Physical::kInterval:
                std::memcpy(cell, column.data + row * 16, 16);
                break;
            case Physical::kDecimal:
                std::memcpy(cell, column.data + row * 32, 32);
                break;
            case Physical::kStr: {
                const Str s = reinterpret_cast<const Str*>(column.data)[row];
                const StoredStr stored{tail, s.size};
                std::memcpy(cell, &stored, sizeof stored);
                if (s.size) std::memcpy(out + tail, s.data, s.size);
                tail += s.size;
                break;
            }
        }
    }
    return ref;
}

void RowCodec::load(const char* stored, BatchView& out, int64_t row, int first_column) const {
    const char* const nulls = stored + sizeof(StoredRow);
    for (size_t c = 0; c < physical_.size(); ++c) {
        ColumnView& column = out.columns[first_column + c];
        const bool present = !(nulls[c / 8] & (1 << (c % 8)));
        column.valid[row] = present;
        const char* const cell = stored + offsets_[c];
        if (!present) {
            if (physical_[c] == Physical::kStr) reinterpret_cast<Str*>(column.data)[row] = Str{};
            continue;
        }
        switch (physical_[c]) {
            case Physical::kI64:
            case Physical::kF64:
                std::memcpy(column.data + row * 8, cell, 8);
                break;
            case Physical::kInterval:
                std::memcpy(column.data + row * 16, cell, 16);
                break;
            case Physical::kDecimal:
                std::memcpy(column.data + row * 32, cell, 32);
                break;
            case Physical::kStr: {
                StoredStr s;
                std::memcpy(&s, cell, sizeof s);
                reinterpret_cast<Str*>(column.data)[row] = Str{stored + s.offset, s.size};
                break;
            }
        }
    }
}

StateRef RowCodec::restore(std::string_view bytes, PageStore& pages) const {
    if (bytes.size() < fixed_bytes_) return 0;
    const StateRef ref = pages.allocate(bytes.size());
    char* const out = pages.write(ref);
    std::memcpy(out, bytes.data(), bytes.size());
    if (is_valid(out, bytes.size())) return ref;
    pages.free(ref, bytes.size());
    return 0;
}

bool RowCodec::is_valid(const char* stored, uint64_t size) const {
    if (header(stored).bytes != size || (strings_.empty() && size != fixed_bytes_)) return false;
    const char* const nulls = stored + sizeof(StoredRow);
    for (size_t c = 0; c < physical_.size(); ++c) {
        if (nulls[c / 8] & (1 << (c % 8))) continue;
        const char* const cell = stored + offsets_[c];
        if (physical_[c] == Physical::kStr) {
            StoredStr s;
            std::memcpy(&s, cell, sizeof s);
            if (s.offset < fixed_bytes_ || s.offset > size || s.size > size - s.offset) return false;
        } else if (physical_[c] == Physical::kDecimal) {
            Decimal d;
            std::memcpy(static_cast<void*>(&d), cell, sizeof d);
            if (d.scale < 0 || d.scale > kMaxDecimalDigits || !decimal_fits(d.value)) return false;
        }
    }
    return true;
}

}  // namespace streamql
