#include "runtime/formats/json_plan.h"

#include <algorithm>
#include <cctype>

#include "runtime/formats/json_value.h"
#include "runtime/text/json_text.h"

namespace streamql {

void KeyTable::add(std::string_view name, int field) { names_.emplace_back(name, field); }

uint64_t KeyTable::hash(const char* key, size_t size) {
    uint32_t head = 0, tail = 0;
    if (size >= 4) {
        std::memcpy(&head, key, 4);
        std::memcpy(&tail, key + size - 4, 4);
    } else {
        for (size_t i = 0; i < size; ++i) head = head << 8 | static_cast<unsigned char>(key[i]);
    }
    uint64_t h = (head * 0x9E3779B97F4A7C15u) ^ ((tail + size) * 0xC2B2AE3D27D4EB4Fu);
    return h ^ (h >> 29);
}

void KeyTable::build() {
    size_t size = 8;
    while (size < names_.size() * 4) size *= 2;
    mask_ = size - 1;
    buckets_.assign(size, -1);
    for (size_t i = 0; i < names_.size(); ++i) {
        uint64_t at = hash(names_[i].first.data(), names_[i].first.size()) & mask_;
        while (buckets_[at] >= 0) at = (at + 1) & mask_;
        buckets_[at] = static_cast<int16_t>(i);
    }
}

int KeyTable::find(const char* key, size_t size) const {
    if (names_.empty()) return -1;
    for (uint64_t at = hash(key, size) & mask_; buckets_[at] >= 0; at = (at + 1) & mask_) {
        auto& [name, field] = names_[static_cast<size_t>(buckets_[at])];
        if (name.size() == size && std::memcmp(name.data(), key, size) == 0) return field;
    }
    return -1;
}

namespace {

/// Eight bytes at a step: whether there is an ASCII capital.
bool has_upper(std::string_view s) {
    constexpr uint64_t kOnes = 0x0101010101010101;
    while (!s.empty()) {
        uint64_t v = 0;
        size_t n = s.size() < 8 ? s.size() : 8;
        std::memcpy(&v, s.data(), n);
        uint64_t low = v & 0x7F * kOnes;
        if (((low + (0x80 - 'A') * kOnes) ^ (low + (0x7F - 'Z') * kOnes)) & ~v & 0x80 * kOnes) return true;
        s.remove_prefix(n);
    }
    return false;
}

}  // namespace

int find_field(JsonPlan& plan, std::string_view key, bool escaped, bool& folded) {
    folded = false;
    if (escaped) key = json_unescape(key, plan.arena);
    int field = plan.exact.find(key.data(), key.size());
    if (field >= 0 || plan.folded.empty() || key.size() > 256) return field;
    if (!has_upper(key)) return -1;
    char low[256];
    for (size_t i = 0; i < key.size(); ++i) {
        char c = key[i];
        low[i] = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    field = plan.folded.find(low, key.size());
    folded = field >= 0;
    return field;
}

bool learn_slot(JsonPlan& plan, int slot, std::string_view bytes, int field, bool folded) {
    if (bytes.size() > KeySlot::kBytes || slot >= JsonPlan::kMaxSlots || slot > plan.slot_count) return false;
    if (slot > 0) {
        if (plan.slot_count >= JsonPlan::kMaxSlots) plan.slot_count = slot;
        for (int i = plan.slot_count; i > slot; --i)
            plan.slots[static_cast<size_t>(i)] = plan.slots[static_cast<size_t>(i - 1)];
        ++plan.slot_count;
    }
    KeySlot& s = plan.slots[static_cast<size_t>(slot)];
    std::memset(s.bytes, 0, sizeof s.bytes);
    std::memcpy(s.bytes, bytes.data(), bytes.size());
    s.length = static_cast<uint8_t>(bytes.size());
    s.ignore_low = bytes.size() >= 32 ? 0 : ~((uint32_t{1} << bytes.size()) - 1);
    s.ignore_high = bytes.size() <= 32 ? ~0u : bytes.size() >= 64 ? 0 : ~((uint32_t{1} << (bytes.size() - 32)) - 1);
    s.field = static_cast<int16_t>(field);
    s.folded = folded;
    return true;
}

const char* why_no_object(const char* data, size_t size) {
    constexpr std::string_view kBlanks = " \t\r\n";
    std::string_view record(data, size);
    record.remove_prefix(std::min(record.find_first_not_of(kBlanks), record.size()));
    record = record.substr(0, record.find_last_not_of(kBlanks) + 1);
    if (record == "null") return "the record is null, not a JSON object";
    if (record == "true" || record == "false") return "the record is a boolean, not a JSON object";
    if (record.size() < 2)
        return record.empty() || !std::isdigit(static_cast<unsigned char>(record[0]))
                   ? nullptr
                   : "the record is a number, not a JSON object";
    if (record.front() == '[' && record.back() == ']') return "the record is an array, not a JSON object";
    if (record.front() == '"' && record.back() == '"') return "the record is a text, not a JSON object";
    const bool number = record.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
    return number ? "the record is a number, not a JSON object" : nullptr;
}

}  // namespace streamql
