#include "runtime/state/key_encoding.h"

#include <cmath>
#include <limits>

namespace streamql {

namespace {

template <typename T>
void append(std::string& to, const T& value) {
    to.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

void append_double(std::string& to, double value) {
    if (value == 0) value = 0;  // -0 and 0 are one key
    if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
    append(to, value);
}

void append_interval(std::string& to, const Interval& i) {
    constexpr Int128 kDay = 86'400'000'000;
    append(to, Int128{i.micros} + (Int128{i.days} + Int128{i.months} * 30) * kDay);
}

void append_decimal(std::string& to, const Decimal& d) {
    Int128 value = d.value;
    int32_t scale = value == 0 ? 0 : d.scale;
    while (scale > 0 && value % 10 == 0) value /= 10, --scale;
    append(to, value);
    append(to, scale);
}

}  // namespace

KeyEncoder::KeyEncoder(const std::vector<Type>& types) {
    for (auto& t : types) physical_.push_back(t.physical());
}

std::string_view KeyEncoder::encode(const BatchView& batch, int64_t row) {
    bytes_.clear();
    for (size_t c = 0; c < physical_.size(); ++c) {
        const ColumnView& column = batch.columns[c];
        const bool present = column.valid[row];
        bytes_.push_back(present ? 1 : 0);
        if (!present) continue;
        switch (physical_[c]) {
            case Physical::kI64: append(bytes_, reinterpret_cast<const int64_t*>(column.data)[row]); break;
            case Physical::kF64: append_double(bytes_, reinterpret_cast<const double*>(column.data)[row]); break;
            case Physical::kInterval: append_interval(bytes_, reinterpret_cast<const Interval*>(column.data)[row]); break;
            case Physical::kDecimal: append_decimal(bytes_, reinterpret_cast<const Decimal*>(column.data)[row]); break;
            case Physical::kStr: {
                const Str s = reinterpret_cast<const Str*>(column.data)[row];
                append(bytes_, static_cast<uint32_t>(s.size));
                bytes_.append(s.data, s.size);
                break;
            }
        }
    }
    return bytes_;
}

bool KeyEncoder::has_null(const BatchView& batch, int64_t row) const {
    for (size_t c = 0; c < physical_.size(); ++c)
        if (!batch.columns[c].valid[row]) return true;
    return false;
}

}  // namespace streamql
