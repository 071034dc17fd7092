#include "runtime/state/block_codec.h"

#include <cstring>

#include "runtime/types/decimal.h"

namespace streamql {

namespace {
bool is_scale(const char* p) {
    int32_t scale;
    std::memcpy(&scale, p, sizeof scale);
    return scale >= 0 && scale <= kMaxDecimalDigits;
}
}  // namespace

BlockCodec::BlockCodec(int block_bytes, const std::vector<StateField>& fields)
    : block_bytes_(static_cast<size_t>(block_bytes)) {
    for (const StateField& field : fields) {
        switch (field.kind) {
            case StateField::Kind::kBytes:
                bytes_.push_back(field);
                break;
            case StateField::Kind::kSet:
            case StateField::Kind::kDecimalSet:
                sets_.push_back(field);
                break;
            case StateField::Kind::kScale:
                scales_.push_back(field);
                break;
        }
    }
}

void BlockCodec::save(const void* pages, const char* block, EntryWriter& to) const {
    const size_t begin = to.size();
    to.add_raw({block, block_bytes_});
    for (const StateField& field : bytes_) std::memset(to.data() + begin + field.offset, 0, sizeof(StateBytes));
    for (const StateField& field : sets_) std::memset(to.data() + begin + field.offset, 0, sizeof(StateSet));
    for (const StateField& field : bytes_)
        to.add_sized(get_bytes(pages, *reinterpret_cast<const StateBytes*>(block + field.offset)));
}

bool BlockCodec::load(std::string_view bytes, void* pages, char* block) const {
    EntryReader reader(bytes);
    std::string_view fixed, value;
    if (!reader.take_raw(block_bytes_, &fixed)) return false;
    for (const StateField& field : scales_) {
        if (!is_scale(fixed.data() + field.offset)) return false;
    }
    std::vector<StateSet> kept_sets;
    for (const StateField& field : sets_) kept_sets.push_back(*reinterpret_cast<StateSet*>(block + field.offset));
    for (const StateField& field : bytes_) free_bytes(pages, reinterpret_cast<StateBytes*>(block + field.offset));
    std::memcpy(block, fixed.data(), fixed.size());
    for (size_t s = 0; s < sets_.size(); ++s) std::memcpy(block + sets_[s].offset, &kept_sets[s], sizeof(StateSet));
    for (const StateField& field : bytes_) std::memset(block + field.offset, 0, sizeof(StateBytes));
    for (const StateField& field : bytes_) {
        if (!reader.take_sized(&value)) return false;
        set_bytes(pages, reinterpret_cast<StateBytes*>(block + field.offset), value);
    }
    return reader.at_end();
}

bool BlockCodec::load_element(int number, std::string_view element, void* pages, char* block) const {
    const StateField& field = sets_[static_cast<size_t>(number)];
    if (field.value_bytes && element.size() != static_cast<size_t>(field.value_bytes)) return false;
    if (field.kind == StateField::Kind::kDecimalSet && !is_scale(element.data() + sizeof(Int128))) return false;
    return set_insert(pages, reinterpret_cast<StateSet*>(block + field.offset), element);
}

void BlockCodec::free(void* pages, char* block) const {
    for (const StateField& field : bytes_) free_bytes(pages, reinterpret_cast<StateBytes*>(block + field.offset));
    for (const StateField& field : sets_) free_set(pages, reinterpret_cast<StateSet*>(block + field.offset));
}

}  // namespace streamql
