#include "runtime/state/key_encoding.h"

#include <cmath>
#include <limits>

#include "runtime/base/result.h"
#include "runtime/types/decimal.h"

namespace streamql {

namespace {

constexpr int64_t kDayMicros = 86'400'000'000;
constexpr int64_t kMonthMicros = 30 * kDayMicros;  // PostgreSQL's equality of intervals

template <typename T>
T load(const char* p) {
    T v;
    std::memcpy(&v, p, sizeof(T));
    return v;
}
template <typename T>
char* store(char* p, const T& v) {
    std::memcpy(p, &v, sizeof(T));
    return p + sizeof(T);
}

uint64_t canonical_double(double v) {
    if (v == 0) return 0;
    if (std::isnan(v)) return 0x7ff8000000000000ull;
    return load<uint64_t>(reinterpret_cast<const char*>(&v));
}

char* store_decimal(char* at, Decimal d) {
    while (d.scale > 0 && d.value % 10 == 0) {
        d.value /= 10;
        if (d.value == 0) {
            d.scale = 0;
            break;
        }
        --d.scale;
    }
    *at++ = static_cast<char>(d.scale);
    return store(at, d.value);
}

Decimal load_decimal(const char* p, const Type& type) {
    Decimal d;
    d.scale = static_cast<uint8_t>(*p);
    d.value = load<Int128>(p + 1);
    for (; type.precision > 0 && d.scale < type.scale; ++d.scale) d.value *= 10;
    return d;
}

/// A stored decimal that load_decimal can widen to the type's scale.
bool is_decimal(const char* p, const Type& type) {
    const int scale = static_cast<uint8_t>(*p);
    if (scale > (type.precision > 0 ? type.scale : kMaxDecimalDigits)) return false;
    Decimal ignored;
    const Decimal d = decimal_of(load<Int128>(p + 1), scale);
    return decimal_fits(d.value) && (type.precision == 0 || decimal_rescale(d, type.scale, &ignored));
}

Int128 interval_span(const Interval& v) {
    return static_cast<Int128>(v.months) * kMonthMicros + static_cast<Int128>(v.days) * kDayMicros + v.micros;
}

Interval interval_of(Int128 span) {
    auto take = [&span](int64_t unit) {
        Int128 n = span / unit;
        n = std::min<Int128>(std::max<Int128>(n, INT32_MIN), INT32_MAX);
        span -= n * unit;
        return static_cast<int32_t>(n);
    };
    Interval v;
    v.months = take(kMonthMicros);
    v.days = take(kDayMicros);
    v.micros = static_cast<int64_t>(span);
    return v;
}

}  // namespace

char* EncodedKeys::reserve(size_t bytes) {
    if (bytes > capacity_) {
        capacity_ = std::max(bytes, capacity_ * 2);
        bytes_.reset(new char[capacity_]);
    }
    return bytes_.get();
}

KeyEncoder::KeyEncoder(const std::vector<Type>& types, int key_columns)
    : types_(types.begin(), types.begin() + key_columns), null_bytes_((key_columns + 7) / 8) {
    words_only_ = true;
    for (auto& t : types_) {
        physical_.push_back(t.physical());
        words_only_ = words_only_ && physical_.back() == Physical::kI64;
    }
}

size_t KeyEncoder::most_bytes(const BatchView& in, int64_t begin, int64_t end) const {
    size_t row = null_bytes_, strings = 0;
    for (size_t c = 0; c < physical_.size(); ++c) {
        switch (physical_[c]) {
            case Physical::kI64:
            case Physical::kF64:
                row += 8;
                break;
            case Physical::kInterval:
                row += 16;
                break;
            case Physical::kDecimal:
                row += 17;
                break;
            case Physical::kStr: {
                row += 4;
                const Str* s = reinterpret_cast<const Str*>(in.columns[c].data);
                for (int64_t i = begin; i < end; ++i) strings += in.columns[c].valid[i] ? s[i].size : 0;
            }
        }
    }
    return row * (end - begin) + strings;
}

void KeyEncoder::encode(const BatchView& in, EncodedKeys& out) const {
    out.ends_.resize(in.rows + 1);
    out.ends_[0] = 0;
    out.has_null_.assign(in.rows, 0);
    if (words_only_) return encode_words(in, out);
    char* const begin = out.reserve(most_bytes(in, 0, in.rows));
    if (physical_.size() == 1 && physical_[0] == Physical::kStr) return encode_string(in, out);
    char* at = begin;
    for (int64_t i = 0; i < in.rows; ++i) {
        at = encode_row(in, i, at, &out.has_null_[i]);
        out.ends_[i + 1] = at - begin;
    }
}

char* KeyEncoder::encode_row(const BatchView& in, int64_t row, char* at, uint8_t* has_null) const {
    char* const nulls = at;
    if (null_bytes_ > 0) std::memset(nulls, 0, null_bytes_);
    at += null_bytes_;
    for (size_t c = 0; c < physical_.size(); ++c) {
        if (in.columns[c].valid[row]) {
            at = encode_value(in, c, row, at);
        } else {
            nulls[c / 8] |= static_cast<char>(1 << (c % 8));
            *has_null = 1;
        }
    }
    return at;
}

std::string_view KeyEncoder::encode(const BatchView& in, int64_t row) {
    const size_t most = most_bytes(in, row, row + 1);
    if (row_bytes_.size() < most + 1) row_bytes_.resize(most + 1);
    uint8_t null = 0;
    return {row_bytes_.data(), static_cast<size_t>(encode_row(in, row, row_bytes_.data(), &null) - row_bytes_.data())};
}

bool KeyEncoder::has_null(const BatchView& in, int64_t row) const {
    for (size_t c = 0; c < physical_.size(); ++c) {
        if (!in.columns[c].valid[row]) return true;
    }
    return false;
}

void KeyEncoder::encode_words(const BatchView& in, EncodedKeys& out) const {
    char* const begin = out.reserve((null_bytes_ + 8 * physical_.size()) * in.rows);
    char* at = begin;
    if (physical_.size() == 1) {
        const int64_t* values = reinterpret_cast<const int64_t*>(in.columns[0].data);
        const uint8_t* valid = in.columns[0].valid;
        for (int64_t i = 0; i < in.rows; ++i) {
            *at = static_cast<char>(!valid[i]);
            std::memcpy(at + 1, &values[i], 8);
            at += valid[i] ? 9 : 1;
            out.has_null_[i] = !valid[i];
            out.ends_[i + 1] = at - begin;
        }
        return;
    }
    for (int64_t i = 0; i < in.rows; ++i) {
        char* const nulls = at;
        if (null_bytes_ > 0) std::memset(nulls, 0, null_bytes_);
        at += null_bytes_;
        for (size_t c = 0; c < physical_.size(); ++c) {
            if (in.columns[c].valid[i]) {
                at = store(at, reinterpret_cast<const int64_t*>(in.columns[c].data)[i]);
            } else {
                nulls[c / 8] |= static_cast<char>(1 << (c % 8));
                out.has_null_[i] = 1;
            }
        }
        out.ends_[i + 1] = at - begin;
    }
}

void KeyEncoder::encode_string(const BatchView& in, EncodedKeys& out) const {
    char* const begin = out.bytes_.get();
    char* at = begin;
    const Str* values = reinterpret_cast<const Str*>(in.columns[0].data);
    const uint8_t* valid = in.columns[0].valid;
    for (int64_t i = 0; i < in.rows; ++i) {
        *at++ = static_cast<char>(!valid[i]);
        if (valid[i]) {
            SQ_CHECK(values[i].size <= UINT32_MAX);
            at = store(at, static_cast<uint32_t>(values[i].size));
            if (values[i].size) std::memcpy(at, values[i].data, values[i].size);
            at += values[i].size;
        }
        out.has_null_[i] = !valid[i];
        out.ends_[i + 1] = at - begin;
    }
}

char* KeyEncoder::encode_value(const BatchView& in, size_t c, int64_t row, char* at) const {
    const char* data = in.columns[c].data;
    switch (physical_[c]) {
        case Physical::kI64:
            return store(at, reinterpret_cast<const int64_t*>(data)[row]);
        case Physical::kF64:
            return store(at, canonical_double(reinterpret_cast<const double*>(data)[row]));
        case Physical::kDecimal:
            return store_decimal(at, reinterpret_cast<const Decimal*>(data)[row]);
        case Physical::kInterval:
            return store(at, interval_span(reinterpret_cast<const Interval*>(data)[row]));
        case Physical::kStr: {
            const Str s = reinterpret_cast<const Str*>(data)[row];
            SQ_CHECK(s.size <= UINT32_MAX);
            at = store(at, static_cast<uint32_t>(s.size));
            if (s.size) std::memcpy(at, s.data, s.size);
            return at + s.size;
        }
    }
    SQ_CHECK(false);
}

void KeyEncoder::decode(std::string_view key, BatchView& out, int64_t row, int first_column) const {
    const char* nulls = key.data();
    const char* at = nulls + null_bytes_;
    for (size_t c = 0; c < physical_.size(); ++c) {
        ColumnView& column = out.columns[first_column + c];
        const bool present = !(nulls[c / 8] & (1 << (c % 8)));
        column.valid[row] = present;
        if (!present) {
            std::memset(column.data + row * physical_width(physical_[c]), 0, physical_width(physical_[c]));
            continue;
        }
        switch (physical_[c]) {
            case Physical::kI64:
            case Physical::kF64:
                std::memcpy(column.data + row * 8, at, 8);
                at += 8;
                break;
            case Physical::kDecimal:
                reinterpret_cast<Decimal*>(column.data)[row] = load_decimal(at, types_[c]);
                at += 17;
                break;
            case Physical::kInterval:
                reinterpret_cast<Interval*>(column.data)[row] = interval_of(load<Int128>(at));
                at += 16;
                break;
            case Physical::kStr: {
                const uint32_t size = load<uint32_t>(at);
                reinterpret_cast<Str*>(column.data)[row] = Str{at + 4, size};
                at += 4 + size;
                break;
            }
        }
    }
}

bool KeyEncoder::is_valid(std::string_view key) const {
    if (key.size() < null_bytes_) return false;
    const char* const nulls = key.data();
    key.remove_prefix(null_bytes_);
    for (size_t c = 0; c < physical_.size(); ++c) {
        if (nulls[c / 8] & (1 << (c % 8))) continue;
        size_t size = physical_[c] == Physical::kInterval ? 16 : 8;
        if (physical_[c] == Physical::kDecimal) {
            size = 17;
            if (key.size() < size || !is_decimal(key.data(), types_[c])) return false;
        } else if (physical_[c] == Physical::kStr) {
            if (key.size() < 4) return false;
            size = size_t{4} + load<uint32_t>(key.data());
        }
        if (key.size() < size) return false;
        key.remove_prefix(size);
    }
    return key.empty();
}

}  // namespace streamql
