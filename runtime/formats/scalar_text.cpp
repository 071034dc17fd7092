#include "runtime/formats/scalar_text.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "runtime/formats/iso_time.h"
#include "runtime/types/datetime.h"
#include "runtime/types/interval.h"

namespace streamql {
namespace {

using UInt128 = unsigned __int128;

constexpr int kMaxDigits = 38;

UInt128 power_of_ten(int n) {
    UInt128 v = 1;
    for (int i = 0; i < n; ++i) v *= 10;
    return v;
}

/// A number's text taken apart: (-1)^negative * digits * 10^exponent, exact unless `lossy`.
struct Parts {
    UInt128 digits = 0;
    int count = 0;  ///< significant digits held
    int64_t exponent = 0;
    int next_digit = -1;  ///< the first digit that did not fit, -1 = all fit
    bool lossy = false;   ///< a digit other than 0 did not fit
    bool negative = false;
};

Parts take_apart(std::string_view text) {
    Parts p;
    size_t i = 0;
    if (text[0] == '-') {
        p.negative = true;
        i = 1;
    }
    bool fraction = false;
    for (; i < text.size(); ++i) {
        char c = text[i];
        if (c == '.') {
            fraction = true;
            continue;
        }
        if (c == 'e' || c == 'E') break;
        int digit = c - '0';
        if (p.count == 0 && digit == 0) {
            p.exponent -= fraction;
        } else if (p.count < kMaxDigits) {
            p.digits = p.digits * 10 + static_cast<unsigned>(digit);
            ++p.count;
            p.exponent -= fraction;
        } else {
            if (p.next_digit < 0) p.next_digit = digit;
            p.lossy |= digit != 0;
            p.exponent += !fraction;
        }
    }
    if (i < text.size()) {
        ++i;
        bool minus = text[i] == '-';
        if (text[i] == '-' || text[i] == '+') ++i;
        int64_t e = 0;
        for (; i < text.size(); ++i) e = std::min<int64_t>(e * 10 + (text[i] - '0'), 1'000'000);
        p.exponent += minus ? -e : e;
    }
    return p;
}

/// The magnitude of digits * 10^(exponent + scale), rounded half away from zero; false if it has more than 38 digits.
bool scaled(const Parts& p, int scale, UInt128& out) {
    if (p.count == 0) {
        out = 0;
        return true;
    }
    int64_t shift = p.exponent + scale;
    if (shift >= 0) {
        if (p.count + shift > kMaxDigits || (shift > 0 && p.lossy)) return false;
        out = p.digits * power_of_ten(static_cast<int>(shift)) + (shift == 0 && p.next_digit >= 5);
    } else if (-shift > kMaxDigits) {
        out = 0;
    } else {
        UInt128 unit = power_of_ten(static_cast<int>(-shift));
        out = p.digits / unit;
        UInt128 rest = p.digits - out * unit;
        if (rest >= unit - rest) ++out;
    }
    return out < power_of_ten(kMaxDigits);
}

RowError text_to_number(const Type& type, std::string_view text, Cell& out) {
    if (type.is_float() && (text == "NaN" || text == "Infinity" || text == "-Infinity")) {
        double inf = std::numeric_limits<double>::infinity();
        out = Cell::of(text == "NaN" ? std::numeric_limits<double>::quiet_NaN() : text[0] == '-' ? -inf : inf);
        return RowError::kOk;
    }
    if (!is_json_number(text)) return RowError::kBadText;
    if (type.is_integer()) {
        int64_t v = 0;
        RowError e = number_to_integer(text, least_of(type.kind), greatest_of(type.kind), v);
        out = Cell::of(v);
        return e;
    }
    if (type.is_float()) {
        double v = 0;
        RowError e = number_to_double(text, type.kind == TypeKind::kReal, v);
        out = Cell::of(v);
        return e;
    }
    Decimal d;
    RowError e = number_to_decimal(text, type.precision, type.scale, d);
    out = Cell::of(d);
    return e;
}

RowError boolean_text(std::string_view text, Cell& out) {
    if (text == "true" || text == "t" || text == "TRUE" || text == "True" || text == "1")
        out = Cell::of(int64_t{1});
    else if (text == "false" || text == "f" || text == "FALSE" || text == "False" || text == "0")
        out = Cell::of(int64_t{0});
    else
        return RowError::kBadText;
    return RowError::kOk;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

template <typename T>
RowError parsed(std::optional<T> value, Cell& out) {
    if (!value) return RowError::kBadText;
    out = Cell::of(*value);
    return RowError::kOk;
}

/// To the digits that TIME(p) and TIMESTAMP(p) keep.
RowError rounded(const Type& type, RowError e, Cell& out) {
    if (e != RowError::kOk || type.precision == 0) return e;
    out.i64 = round_time(out.i64, time_unit(type));
    return type.is_timestamp() && !timestamp_in_range(out.i64) ? RowError::kOutOfRange : RowError::kOk;
}

}  // namespace

TimestampFormat timestamp_format(std::string_view name) {
    if (name == "epoch_s") return TimestampFormat::kSeconds;
    if (name == "epoch_ms") return TimestampFormat::kMillis;
    if (name == "epoch_us") return TimestampFormat::kMicros;
    return TimestampFormat::kIso;
}

bool is_json_number(std::string_view s) {
    size_t i = 0;
    auto digits = [&] {
        size_t from = i;
        while (i < s.size() && s[i] >= '0' && s[i] <= '9') ++i;
        return i - from;
    };
    if (i < s.size() && s[i] == '-') ++i;
    size_t first = i;
    size_t n = digits();
    if (n == 0 || (n > 1 && s[first] == '0')) return false;
    if (i < s.size() && s[i] == '.') {
        ++i;
        if (digits() == 0) return false;
    }
    if (i < s.size() && (s[i] == 'e' || s[i] == 'E')) {
        ++i;
        if (i < s.size() && (s[i] == '+' || s[i] == '-')) ++i;
        if (digits() == 0) return false;
    }
    return i == s.size();
}

int64_t least_of(TypeKind kind) {
    return kind == TypeKind::kSmallint ? INT16_MIN : kind == TypeKind::kInteger ? INT32_MIN : INT64_MIN;
}
int64_t greatest_of(TypeKind kind) {
    return kind == TypeKind::kSmallint ? INT16_MAX : kind == TypeKind::kInteger ? INT32_MAX : INT64_MAX;
}

RowError number_to_integer(std::string_view text, int64_t least, int64_t greatest, int64_t& out) {
    Parts p = take_apart(text);
    UInt128 v = 0;
    if (p.count > 0) {
        if (p.lossy) return RowError::kOutOfRange;
        if (p.exponent >= 0) {
            if (p.count + p.exponent > 19) return RowError::kOutOfRange;
            v = p.digits * power_of_ten(static_cast<int>(p.exponent));
        } else {
            if (-p.exponent > kMaxDigits) return RowError::kOutOfRange;
            UInt128 unit = power_of_ten(static_cast<int>(-p.exponent));
            v = p.digits / unit;
            if (v * unit != p.digits) return RowError::kOutOfRange;
        }
    }
    if (v > UInt128(1) << 63) return RowError::kOutOfRange;
    Int128 value = p.negative ? -static_cast<Int128>(v) : static_cast<Int128>(v);
    if (value < least || value > greatest) return RowError::kOutOfRange;
    out = static_cast<int64_t>(value);
    return RowError::kOk;
}

RowError number_to_double(std::string_view text, bool single, double& out) {
    const char* end = text.data() + text.size();
    if (single) {
        float v = 0;
        auto r = std::from_chars(text.data(), end, v);
        if (r.ec != std::errc() || r.ptr != end) return RowError::kOutOfRange;
        out = v;
        return RowError::kOk;
    }
    auto r = std::from_chars(text.data(), end, out);
    return r.ec != std::errc() || r.ptr != end ? RowError::kOutOfRange : RowError::kOk;
}

RowError number_to_decimal(std::string_view text, int precision, int scale, Decimal& out) {
    Parts p = take_apart(text);
    UInt128 v = 0;
    if (precision == 0) {
        if (p.exponent < -kMaxDigits || p.lossy) return RowError::kOutOfRange;
        scale = static_cast<int>(p.exponent < 0 ? -p.exponent : 0);
    }
    if (!scaled(p, scale, v)) return RowError::kOutOfRange;
    if (precision > 0 && v >= power_of_ten(precision)) return RowError::kOutOfRange;
    out = Decimal{};
    out.value = p.negative ? -static_cast<Int128>(v) : static_cast<Int128>(v);
    out.scale = scale;
    return RowError::kOk;
}

RowError number_to_timestamp(std::string_view text, TimestampFormat format, int64_t& micros) {
    Parts p = take_apart(text);
    UInt128 v = 0;
    int scale = format == TimestampFormat::kSeconds ? 6 : format == TimestampFormat::kMillis ? 3 : 0;
    if (!scaled(p, scale, v) || v >= UInt128(INT64_MAX)) return RowError::kOutOfRange;
    micros = p.negative ? -static_cast<int64_t>(v) : static_cast<int64_t>(v);
    return timestamp_in_range(micros) ? RowError::kOk : RowError::kOutOfRange;
}

RowError text_to_cell(const Type& type, std::string_view text, TimestampFormat format, Arena& arena, Cell& out) {
    switch (type.kind) {
        case TypeKind::kBoolean:
            return boolean_text(text, out);
        case TypeKind::kSmallint:
        case TypeKind::kInteger:
        case TypeKind::kBigint:
        case TypeKind::kReal:
        case TypeKind::kDouble:
        case TypeKind::kDecimal:
            return text_to_number(type, text, out);
        case TypeKind::kString:
            out = Cell::of(Str::of(text));
            return RowError::kOk;
        case TypeKind::kBytes: {
            Str bytes;
            if (!parse_bytes_text(text, arena, bytes)) return RowError::kBadText;
            out = Cell::of(bytes);
            return RowError::kOk;
        }
        case TypeKind::kDate:
            return parsed(parse_iso_date(text), out);
        case TypeKind::kTime:
            return rounded(type, parsed(parse_iso_time(text), out), out);
        case TypeKind::kTimestamp:
        case TypeKind::kTimestampTz: {
            if (format == TimestampFormat::kIso) return rounded(type, parsed(parse_iso_timestamp(text), out), out);
            if (!is_json_number(text)) return RowError::kBadText;
            int64_t micros = 0;
            RowError e = number_to_timestamp(text, format, micros);
            out = Cell::of(micros);
            return rounded(type, e, out);
        }
        case TypeKind::kInterval:
            return parsed(parse_interval(text), out);
        case TypeKind::kNull:
        case TypeKind::kJson:
        case TypeKind::kArray:
        case TypeKind::kMap:
        case TypeKind::kStruct:
            break;
    }
    return RowError::kWrongType;
}

bool parse_bytes_text(std::string_view text, Arena& arena, Str& out) {
    char* to = arena.allocate(text.size());
    size_t n = 0;
    if (text.starts_with("\\x")) {
        if (text.size() % 2) return false;
        for (size_t i = 2; i < text.size(); i += 2) {
            int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
            if (high < 0 || low < 0) return false;
            to[n++] = static_cast<char>(high * 16 + low);
        }
        out = {to, n};
        return true;
    }
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            to[n++] = text[i];
            continue;
        }
        if (i + 1 < text.size() && text[i + 1] == '\\') {
            to[n++] = '\\';
            ++i;
            continue;
        }
        if (i + 3 >= text.size()) return false;
        int v = 0;
        for (size_t k = i + 1; k <= i + 3; ++k) {
            if (text[k] < '0' || text[k] > '7') return false;
            v = v * 8 + (text[k] - '0');
        }
        if (v > 255) return false;
        to[n++] = static_cast<char>(v);
        i += 3;
    }
    out = {to, n};
    return true;
}

bool is_utf8(std::string_view s) {
    auto* p = reinterpret_cast<const unsigned char*>(s.data());
    auto* end = p + s.size();
    while (p < end) {
        if (end - p >= 8) {
            uint64_t word;
            std::memcpy(&word, p, 8);
            if (!(word & 0x8080808080808080u)) {
                p += 8;
                continue;
            }
        }
        unsigned c = *p;
        if (c < 0x80) {
            ++p;
            continue;
        }
        int more = c >= 0xC2 && c < 0xE0 ? 1 : c >= 0xE0 && c < 0xF0 ? 2 : c >= 0xF0 && c < 0xF5 ? 3 : 0;
        if (more == 0 || end - p <= more) return false;
        unsigned second = p[1];
        if ((second & 0xC0) != 0x80 || (c == 0xE0 && second < 0xA0) || (c == 0xED && second > 0x9F) ||
            (c == 0xF0 && second < 0x90) || (c == 0xF4 && second > 0x8F))
            return false;
        for (int k = 2; k <= more; ++k)
            if ((p[k] & 0xC0) != 0x80) return false;
        p += more + 1;
    }
    return true;
}

}  // namespace streamql
