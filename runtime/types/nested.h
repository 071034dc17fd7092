// ARRAY, STRUCT and MAP values as one relocatable byte string, and access to their parts.
//
// What: [form u8][3 zero bytes][count u32][count+1 end offsets u32][parts]; a part is empty for NULL, else the
// element's TypeKind and its bytes. Self-describing, so kernels need no static type. A MAP lies as key, value, key,
// value, sorted by the keys' bytes, a repeated key's last value winning. Invariants: equal values of one type have
// equal bytes, except decimals of unequal scale and intervals of unequal fields (compare by nested_compare). Ownership:
// readers view the bytes.
#pragma once
#include <string>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/types/value.h"

namespace streamql {

enum class NestedForm : uint8_t { kArray = 1, kStruct = 2, kMap = 3 };

class NestedView {
  public:
    explicit NestedView(Str encoded) : p_(encoded.data) {}
    NestedForm form() const { return static_cast<NestedForm>(p_[0]); }
    /// Elements, fields, or keys plus values (twice the entries) of a map.
    uint32_t count() const { return load(4); }
    /// Part i (0-based); strings view the encoding.
    Cell get(uint32_t i) const;
    /// kNull for a NULL part.
    TypeKind kind(uint32_t i) const;

  private:
    uint32_t load(size_t at) const {
        uint32_t v;
        std::memcpy(&v, p_ + at, 4);
        return v;
    }
    std::string_view part(uint32_t i) const {
        uint32_t begin = load(8 + 4 * i), end = load(12 + 4 * i);
        return {p_ + 12 + 4 * count() + begin, end - begin};
    }
    const char* p_;
};

/// Reusable; nested values are built inside out (finish the inner one, add its Str).
class NestedBuilder {
  public:
    void begin(NestedForm form);
    void add_null();
    void add(TypeKind kind, const Cell& value);
    /// The encoding; valid until the next begin().
    std::string_view finish();
    Str finish(Arena& arena) { return Str::of(arena.copy(finish())); }

  private:
    void sort_map();
    NestedForm form_ = NestedForm::kArray;
    std::vector<uint32_t> ends_;
    std::string parts_, out_;
};

/// PostgreSQL's order of arrays and rows: part by part, NULLs last and equal, then the shorter first.
int nested_compare(Str a, Str b);
/// a <=> b of one kind, neither NULL: PostgreSQL's order (NaN greatest, text by bytes).
int cell_compare(TypeKind kind, const Cell& a, const Cell& b);
int double_compare(double a, double b);
/// The span by which PostgreSQL compares intervals: a month is 30 days, a day 24 hours.
Int128 interval_span(const Interval& v);

/// A type as text that parse_descriptor reads back; for constant arguments of kernels. DECIMAL's scale included.
std::string type_descriptor(const Type& type);
Type parse_descriptor(std::string_view text);

}  // namespace streamql
