#include "runtime/connectors/postgres/decode.h"

#include <bit>
#include <cstring>
#include <optional>

#include "runtime/base/arena.h"
#include "runtime/formats/value_text.h"
#include "runtime/text/json_text.h"
#include "runtime/types/nested.h"

namespace streamql::postgres {
namespace {

template <typename T>
T take(std::string_view& bytes) {
    T v;
    std::memcpy(&v, bytes.data(), sizeof v);
    bytes.remove_prefix(sizeof v);
    if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(static_cast<uint16_t>(v)));
    if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(static_cast<uint32_t>(v)));
    return static_cast<T>(__builtin_bswap64(static_cast<uint64_t>(v)));
}

/// nullopt for NULL.
std::optional<std::string_view> take_field(std::string_view& bytes) {
    const auto size = take<int32_t>(bytes);
    if (size < 0) return std::nullopt;
    std::string_view field = bytes.substr(0, static_cast<size_t>(size));
    bytes.remove_prefix(static_cast<size_t>(size));
    return field;
}

Decimal decode_numeric(std::string_view bytes) {
    const auto digits = take<int16_t>(bytes);
    const auto weight = take<int16_t>(bytes);
    const bool negative = take<int16_t>(bytes) != 0;
    Decimal d;
    d.scale = take<int16_t>(bytes);
    Int128 v = 0;
    int power = (weight - digits + 1) * 4 + d.scale;  // of ten, that the last group is still to be multiplied by
    for (int16_t i = 0; i + 1 < digits; ++i) v = v * 10000 + take<int16_t>(bytes);
    if (digits > 0) {  // the last group may reach behind the scale
        auto last = take<int16_t>(bytes);
        int cut = 1, grow = 10000;
        for (; power < 0; ++power) cut *= 10, grow /= 10;
        v = v * grow + last / cut;
    }
    for (; power > 0; --power) v *= 10;
    d.value = negative ? -v : v;
    return d;
}

Cell decode(const Type& type, Wire wire, std::string_view bytes) {
    switch (wire) {
        case Wire::kBool:
            return Cell::of(static_cast<int64_t>(bytes[0]));
        case Wire::kInt2:
            return Cell::of(static_cast<int64_t>(take<int16_t>(bytes)));
        case Wire::kInt4:
            return Cell::of(static_cast<int64_t>(take<int32_t>(bytes)));
        case Wire::kInt8:
        case Wire::kTime:
            return Cell::of(take<int64_t>(bytes));
        case Wire::kFloat4:
            return Cell::of(static_cast<double>(std::bit_cast<float>(take<int32_t>(bytes))));
        case Wire::kFloat8:
            return Cell::of(std::bit_cast<double>(take<int64_t>(bytes)));
        case Wire::kNumeric: {
            const Decimal d = decode_numeric(bytes);
            return type.kind == TypeKind::kDecimal ? Cell::of(d) : Cell::of(static_cast<int64_t>(d.value));
        }
        case Wire::kDate:
            return Cell::of(int64_t{take<int32_t>(bytes)} + kEpochDays);
        case Wire::kTimestamp: {
            const auto v = take<int64_t>(bytes);
            return Cell::of(v == kMinTime || v == kMaxTime ? v : v + kEpochMicros);
        }
        case Wire::kInterval: {
            Interval v;
            v.micros = take<int64_t>(bytes);
            v.days = take<int32_t>(bytes);
            v.months = take<int32_t>(bytes);
            return Cell::of(v);
        }
        default:
            return Cell::of(Str::of(bytes));
    }
}

Cell decode_array(const Column& column, std::string_view bytes, Arena& arena) {
    const auto dimensions = take<int32_t>(bytes);
    bytes.remove_prefix(8);  // whether there are NULLs, the elements' type
    const int32_t count = dimensions ? take<int32_t>(bytes) : 0;
    if (dimensions) bytes.remove_prefix(4);  // the first index
    NestedBuilder builder;
    builder.begin(NestedForm::kArray);
    for (int32_t i = 0; i < count; ++i) {
        if (auto element = take_field(bytes))
            builder.add(column.type.element->kind, decode(*column.type.element, column.element, *element));
        else
            builder.add_null();
    }
    return Cell::of(builder.finish(arena));
}

std::string field_text(const Column& column, std::string_view field) {
    switch (column.wire) {
        case Wire::kText:
        case Wire::kJson:
        case Wire::kArrayLiteral:
            return std::string(field);
        case Wire::kJsonb:
            return std::string(field.substr(1));
        default:
            break;
    }
    Arena arena;
    std::string text;
    const Cell cell =
        column.wire == Wire::kArray ? decode_array(column, field, arena) : decode(column.type, column.wire, field);
    append_plain_value(column.type, cell, TimestampFormat::kIso, text);
    return text;
}

}  // namespace

std::string json_of_row(const std::vector<Column>& columns, std::string_view row) {
    std::vector<std::optional<std::string>> texts(columns.size());
    row.remove_prefix(2);
    for (auto& column : columns)
        if (auto field = take_field(row)) texts[static_cast<size_t>(column.source)] = field_text(column, *field);
    std::string out = "[";
    for (auto& text : texts) {
        if (out.size() > 1) out += ',';
        if (text)
            append_json_string(*text, out);
        else
            out += "null";
    }
    return out + "]";
}

}  // namespace streamql::postgres
