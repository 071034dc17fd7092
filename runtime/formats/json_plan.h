// What the JSON record parser is told and what it learns: wanted columns, the key table and the predicted key order.
//
// What: shared by the parsers compiled for each instruction set; json_record.h is the parser itself.
// Invariants: slots hold bytes that were checked when they were learned: everything from the end of the value before up
// to the start of a value, key included. A slot that matches therefore needs no further check. Ownership: the decoder
// owns its plan. Threading: one thread at a time.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/formats/decoder.h"
#include "runtime/formats/scalar_text.h"
#include "runtime/types/datetime.h"

namespace streamql {

/// How the hot loop converts a wanted value; kOther goes to json_to_cell().
enum class JsonConvert : uint8_t { kBoolean, kInteger, kDouble, kDecimal, kString, kIsoTime, kOther };

struct JsonField {
    JsonConvert convert = JsonConvert::kOther;
    bool not_null = false;
    int column = 0;  ///< index into the batch's columns
    int width = 8;
    Physical physical = Physical::kI64;
    int64_t least = 0, greatest = 0;  ///< kInteger: bounds of the number as written
    int64_t factor = 1;               ///< kInteger: what one is worth (epoch times)
    int64_t unit = 1;                 ///< kIsoTime: what it is rounded to
    Type type;
    std::string name;
};

/// From names to fields: a small open table, exact names in one, lower-case names of unquoted columns in the other.
class KeyTable {
  public:
    void add(std::string_view name, int field);
    void build();
    int find(const char* key, size_t size) const;
    bool empty() const { return names_.empty(); }

  private:
    static uint64_t hash(const char* key, size_t size);
    std::vector<std::pair<std::string, int>> names_;
    std::vector<int16_t> buckets_;
    uint64_t mask_ = 0;
};

struct alignas(64) KeySlot {
    static constexpr int kBytes = 64;
    char bytes[kBytes];
    uint32_t ignore_low = 0, ignore_high = 0;  ///< bits of bytes behind the key, which need not match
    uint8_t length = 0;
    bool folded = false;  ///< found by its name in another case
    int16_t field = -1;   ///< -1 = not wanted
};

struct JsonPlan {
    static constexpr int kMaxSlots = 64;
    static constexpr int kMaxDepth = 64;
    static constexpr int kLearnCredit = 256, kBlindRecords = 4096;
    std::vector<JsonField> fields;
    std::vector<int> required;  ///< fields that are NOT NULL
    KeyTable exact, folded;
    TimestampFormat timestamps = TimestampFormat::kIso;
    int64_t max_bytes = INT64_MAX;
    Arena arena;
    std::vector<KeySlot> slots;  ///< kMaxSlots; place 0 holds the first key of a record, without a comma
    int slot_count = 1;
    int learn_credit = kLearnCredit;  ///< falls with every key learned, rises with every record
    int blind = 0;                    ///< records to go without prediction, because keys come in no order
    std::vector<uint64_t> stamps;     ///< a field: record * 2 + 1 = seen, record * 2 = seen in another case
    std::vector<const char*> folded_at;
    std::vector<int> folded_fields;
    uint64_t record = 0;
    uint64_t date_word = ~uint64_t{0};  ///< the date seen last and its days, as digits of "YYYY-MM-" and "DD"
    uint32_t date_day = 0;
    int64_t date_days = 0;
};

/// The wanted field of a key (between its quotes, escapes unresolved), -1 = none. Sets `folded`.
int find_field(JsonPlan& plan, std::string_view key, bool escaped, bool& folded);
/// Remembers `bytes` as what leads to the value of `field` at place `slot`, in front of what was there. False if too
/// long.
bool learn_slot(JsonPlan& plan, int slot, std::string_view bytes, int field, bool folded);

/// Why a record that is good JSON is none of ours; null where it is an object, or no JSON as far as can be seen.
const char* why_no_object(const char* record, size_t size);

using DecodeBatch = void (*)(JsonPlan&, const RawBatch&, BatchView&, RowErrorSink&);
void decode_json_baseline(JsonPlan&, const RawBatch&, BatchView&, RowErrorSink&);
void decode_json_avx2(JsonPlan&, const RawBatch&, BatchView&, RowErrorSink&);

}  // namespace streamql
