#include "runtime/connectors/postgres/encode.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "runtime/formats/value_text.h"
#include "runtime/types/nested.h"

namespace streamql::postgres {
namespace {

constexpr int64_t kLeastMicros = -211'813'488'000'000'000;  // 4714-11-24 BC, counted from 2000
constexpr int64_t kEndMicros = 9'223'371'331'200'000'000;   // year 294277, counted from 2000

template <typename T>
void append_big_endian(std::string& out, T v) {
    if constexpr (sizeof(T) == 2) v = static_cast<T>(__builtin_bswap16(static_cast<uint16_t>(v)));
    if constexpr (sizeof(T) == 4) v = static_cast<T>(__builtin_bswap32(static_cast<uint32_t>(v)));
    if constexpr (sizeof(T) == 8) v = static_cast<T>(__builtin_bswap64(static_cast<uint64_t>(v)));
    char bytes[sizeof(T)];
    std::memcpy(bytes, &v, sizeof v);
    out.append(bytes, sizeof bytes);
}

template <typename T>
void append_sized(std::string& out, T v) {
    append_big_endian<int32_t>(out, sizeof(T));
    append_big_endian<T>(out, v);
}

void append_bytes(std::string& out, std::string_view bytes) {
    append_int32(out, static_cast<int32_t>(bytes.size()));
    out.append(bytes);
}

unsigned __int128 power_of_ten(int n) {
    unsigned __int128 p = 1;
    while (n-- > 0) p *= 10;
    return p;
}

/// Base 10,000 digits, the point between two of them.
void append_numeric(std::string& out, const Decimal& d) {
    bool negative = d.value < 0;
    unsigned __int128 v = negative ? -static_cast<unsigned __int128>(d.value) : static_cast<unsigned __int128>(d.value);
    int16_t groups[16];
    int n = 0, behind = (d.scale + 3) / 4;
    if (int odd = d.scale % 4; odd != 0) {
        auto unit = static_cast<unsigned>(power_of_ten(odd));
        groups[n++] =
            static_cast<int16_t>(static_cast<unsigned>(v % unit) * static_cast<unsigned>(power_of_ten(4 - odd)));
        v /= unit;
    }
    while (v > UINT64_MAX) {
        groups[n++] = static_cast<int16_t>(v % 10000);
        v /= 10000;
    }
    for (auto small = static_cast<uint64_t>(v); small != 0; small /= 10000)
        groups[n++] = static_cast<int16_t>(small % 10000);
    while (n > 0 && groups[n - 1] == 0) --n;  // a fraction below 0.0001 in its first group
    int weight = n - behind - 1, first = 0;
    while (first < n && groups[first] == 0) ++first;
    int digits = n - first;
    append_int32(out, 8 + 2 * digits);
    append_int16(out, static_cast<int16_t>(digits));
    append_int16(out, static_cast<int16_t>(digits ? weight : 0));
    append_int16(out, digits && negative ? 0x4000 : 0);
    append_int16(out, static_cast<int16_t>(d.scale));
    for (int i = n - 1; i >= first; --i) append_int16(out, groups[i]);
}

Decimal decimal_of(const Type& type, const Cell& value) {
    if (type.kind == TypeKind::kDecimal) return value.decimal;
    Decimal d;
    d.value = value.i64;
    return d;
}

const char* encode_numeric(const Column& column, const Cell& value, std::string& out) {
    Decimal d = decimal_of(column.type, value);
    if (column.digits >= 0 && column.digits < 38) {
        unsigned __int128 whole =
            (d.value < 0 ? -static_cast<unsigned __int128>(d.value) : static_cast<unsigned __int128>(d.value)) /
            power_of_ten(d.scale);
        if (whole >= power_of_ten(column.digits)) return "the number has more digits than the column holds";
    }
    append_numeric(out, d);
    return nullptr;
}

const char* encode_text(const Column& column, std::string_view text, std::string& out) {
    if (std::memchr(text.data(), 0, text.size())) return "PostgreSQL's text cannot hold a NUL character";
    if (column.max_characters >= 0 && text.size() > static_cast<size_t>(column.max_characters)) {
        int characters = 0;
        for (char c : text) {
            bool starts = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
            if (starts && ++characters > column.max_characters && c != ' ')
                return "the text is longer than the column holds";
        }
    }
    append_bytes(out, text);
    return nullptr;
}

const char* encode_timestamp(int64_t micros, std::string& out) {
    int64_t v = micros;  // the least and greatest time are -infinity and infinity there as here
    if (micros != kMinTime && micros != kMaxTime) {
        if (__builtin_sub_overflow(micros, kEpochMicros, &v) || v < kLeastMicros || v >= kEndMicros)
            return "the time is out of PostgreSQL's range";
    }
    append_sized<int64_t>(out, v);
    return nullptr;
}

void encode_json(const Column& column, const Cell& value, bool binary, std::string& out) {
    size_t at = out.size();
    append_int32(out, 0);
    if (binary) out += '\1';
    if (column.type.kind == TypeKind::kJson)
        out.append(value.str.view());
    else
        append_json_value(column.type, value, TimestampFormat::kIso, out);
    auto size = __builtin_bswap32(static_cast<uint32_t>(out.size() - at - 4));
    std::memcpy(out.data() + at, &size, 4);
}

const char* encode_array(const Column& column, const Cell& value, std::string& out) {
    NestedView view(value.str);
    Column element;
    element.type = *column.type.element;
    element.wire = column.element;
    uint32_t count = view.count(), nulls = 0;
    for (uint32_t i = 0; i < count; ++i) nulls |= view.kind(i) == TypeKind::kNull;
    size_t at = out.size();
    append_int32(out, 0);
    append_int32(out, count ? 1 : 0);
    append_int32(out, static_cast<int32_t>(nulls));
    append_int32(out, static_cast<int32_t>(column.element_oid));
    if (count) {
        append_int32(out, static_cast<int32_t>(count));
        append_int32(out, 1);
    }
    for (uint32_t i = 0; i < count; ++i)
        if (const char* why = encode_field(element, view.get(i), out)) return why;
    auto size = __builtin_bswap32(static_cast<uint32_t>(out.size() - at - 4));
    std::memcpy(out.data() + at, &size, 4);
    return nullptr;
}

/// {"a","b",NULL}
const char* encode_array_literal(const Column& column, const Cell& value, std::string& out) {
    NestedView view(value.str);
    std::string text = "{", part;
    for (uint32_t i = 0; i < view.count(); ++i) {
        if (i) text += ',';
        Cell cell = view.get(i);
        if (cell.null) {
            text += "NULL";
            continue;
        }
        part.clear();
        append_plain_value(*column.type.element, cell, TimestampFormat::kIso, part);
        text += '"';
        for (char c : part) {
            if (c == '"' || c == '\\') text += '\\';
            text += c;
        }
        text += '"';
    }
    text += '}';
    return encode_text(column, text, out);
}

}  // namespace

void append_int16(std::string& out, int16_t v) { append_big_endian(out, v); }
void append_int32(std::string& out, int32_t v) { append_big_endian(out, v); }

const char* encode_field(const Column& column, const Cell& value, std::string& out) {
    if (value.null) {
        if (column.not_null) return "NULL in a column that is NOT NULL";
        append_int32(out, -1);
        return nullptr;
    }
    switch (column.wire) {
        case Wire::kBool:
            append_int32(out, 1);
            out += static_cast<char>(value.i64 != 0);
            return nullptr;
        case Wire::kInt2:
            append_sized(out, static_cast<int16_t>(value.i64));
            return nullptr;
        case Wire::kInt4:
            append_sized(out, static_cast<int32_t>(value.i64));
            return nullptr;
        case Wire::kInt8:
            append_sized(out, value.i64);
            return nullptr;
        case Wire::kFloat4:
            append_sized(out, std::bit_cast<int32_t>(static_cast<float>(value.f64)));
            return nullptr;
        case Wire::kFloat8:
            append_sized(out, std::bit_cast<int64_t>(value.f64));
            return nullptr;
        case Wire::kNumeric:
            return encode_numeric(column, value, out);
        case Wire::kText:
            return encode_text(column, value.str.view(), out);
        case Wire::kBytes:
            append_bytes(out, value.str.view());
            return nullptr;
        case Wire::kDate:
            append_sized(out, static_cast<int32_t>(value.i64 - kEpochDays));
            return nullptr;
        case Wire::kTime:
            append_sized(out, value.i64);
            return nullptr;
        case Wire::kTimestamp:
            return encode_timestamp(value.i64, out);
        case Wire::kInterval:
            append_int32(out, 16);
            append_big_endian(out, value.interval.micros);
            append_int32(out, value.interval.days);
            append_int32(out, value.interval.months);
            return nullptr;
        case Wire::kJson:
            encode_json(column, value, false, out);
            return nullptr;
        case Wire::kJsonb:
            encode_json(column, value, true, out);
            return nullptr;
        case Wire::kArray:
            return encode_array(column, value, out);
        case Wire::kArrayLiteral:
            return encode_array_literal(column, value, out);
    }
    return "no such type";
}

}  // namespace streamql::postgres
