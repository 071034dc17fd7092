// Text -> values (value_text.h).
#include <charconv>
#include <cmath>

#include "runtime/functions/value_text.h"
#include "runtime/text/bytes_text.h"
#include "runtime/types/decimal.h"
#include "runtime/types/interval.h"
#include "runtime/types/nested.h"

namespace streamql {

namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view trim(std::string_view t) {
    while (!t.empty() && is_space(t.front())) t.remove_prefix(1);
    while (!t.empty() && is_space(t.back())) t.remove_suffix(1);
    return t;
}

std::string lower(std::string_view t) {
    std::string s(t);
    for (char& c : s)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return s;
}

/// PostgreSQL's '{a,"b c",NULL}'.
class ArrayReader {
  public:
    ArrayReader(const Type& type, std::string_view text, const TimeZone& zone, Arena& arena)
        : type_(type), text_(trim(text)), zone_(zone), arena_(arena) {}
    RowError read(Cell* out) {
        RowError e = value(type_, out);
        if (e != RowError::kOk) return e;
        return at_ == text_.size() ? RowError::kOk : RowError::kBadCast;
    }

  private:
    RowError value(const Type& type, Cell* out) {
        if (!take('{')) return RowError::kBadCast;
        NestedBuilder builder;
        builder.begin(NestedForm::kArray);
        spaces();
        if (!take('}')) {
            do {
                Cell cell;
                RowError e = element(*type.element, &cell);
                if (e != RowError::kOk) return e;
                if (cell.null)
                    builder.add_null();
                else
                    builder.add(type.element->kind, cell);
                spaces();
            } while (take(','));
            if (!take('}')) return RowError::kBadCast;
        }
        *out = Cell::of(builder.finish(arena_));
        return RowError::kOk;
    }
    RowError element(const Type& type, Cell* out) {
        spaces();
        if (type.kind == TypeKind::kArray) return value(type, out);
        std::string token;
        bool quoted = take('"');
        for (;; ++at_) {
            if (at_ >= text_.size()) return RowError::kBadCast;
            char c = text_[at_];
            if (quoted ? c == '"' : c == ',' || c == '}') break;
            if (!quoted && (c == '{' || c == '"')) return RowError::kBadCast;
            if (c == '\\' && ++at_ >= text_.size()) return RowError::kBadCast;
            token.push_back(text_[at_]);
        }
        if (quoted) ++at_;
        std::string_view text = quoted ? std::string_view(token) : trim(token);
        if (!quoted && text.empty()) return RowError::kBadCast;
        if (!quoted && lower(text) == "null") {
            *out = Cell();
            return RowError::kOk;
        }
        return parse_value(type, arena_.copy(text), zone_, arena_, out);
    }
    void spaces() {
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    }
    bool take(char c) {
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    const Type& type_;
    std::string_view text_;
    const TimeZone& zone_;
    Arena& arena_;
    size_t at_ = 0;
};

RowError parse_time_value(TypeKind kind, std::string_view text, const TimeZone& zone, int64_t* out) {
    if (kind == TypeKind::kDate) return parse_date(text, out) ? RowError::kOk : RowError::kBadCast;
    if (kind == TypeKind::kTime) return parse_time(text, out) ? RowError::kOk : RowError::kBadCast;
    TimestampText parts;
    if (lower(trim(text)) == "epoch") {
        *out = 0;
        return RowError::kOk;
    }
    if (!parse_timestamp_text(text, &parts)) return RowError::kBadCast;
    const TimeZone* named = parts.zone_name.empty() ? nullptr : find_timezone(parts.zone_name);
    if (!parts.zone_name.empty() && named == nullptr) return RowError::kBadCast;
    *out = parts.local_micros;
    if (kind == TypeKind::kTimestamp) return RowError::kOk;  // a zone is ignored, as PostgreSQL does
    if (named != nullptr)
        *out = named->from_local(parts.local_micros);
    else if (parts.has_zone)
        *out -= parts.offset_seconds * kMicrosPerSecond;
    else
        *out = zone.from_local(parts.local_micros);
    return timestamp_in_range(*out) ? RowError::kOk : RowError::kOverflow;
}

}  // namespace

bool parse_bool(std::string_view text, int64_t* out) {
    std::string t = lower(trim(text));
    if (t.empty()) return false;
    auto starts = [&t](std::string_view word) { return t.size() <= word.size() && word.substr(0, t.size()) == t; };
    bool yes = starts("true") || starts("yes") || t == "on" || t == "1";
    bool no = starts("false") || starts("no") || t == "off" || t == "of" || t == "0";
    *out = yes;
    return yes || no;
}

RowError parse_int(TypeKind kind, std::string_view text, int64_t* out) {
    text = trim(text);
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
    auto [after, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
    if (after != text.data() + text.size() || text.empty() || error == std::errc::invalid_argument)
        return RowError::kBadCast;
    if (error != std::errc{}) return RowError::kOverflow;
    if (kind == TypeKind::kSmallint && (*out < INT16_MIN || *out > INT16_MAX)) return RowError::kOverflow;
    if (kind == TypeKind::kInteger && (*out < INT32_MIN || *out > INT32_MAX)) return RowError::kOverflow;
    return RowError::kOk;
}

RowError parse_double(std::string_view text, bool real, double* out) {
    text = trim(text);
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
    if (text.empty()) return RowError::kBadCast;
    char first = text[text[0] == '-' && text.size() > 1 ? 1 : 0];
    if (first != '.' && (first < '0' || first > '9')) {
        std::string word = lower(text[0] == '-' ? text.substr(1) : text);
        bool infinite = word == "infinity" || word == "inf";
        if (!infinite && word != "nan") return RowError::kBadCast;
        *out = infinite ? (text[0] == '-' ? -INFINITY : INFINITY) : NAN;
        return RowError::kOk;
    }
    const char* end = text.data() + text.size();
    float f = 0;
    auto [after, error] = real ? std::from_chars(text.data(), end, f) : std::from_chars(text.data(), end, *out);
    if (after != end || error == std::errc::invalid_argument) return RowError::kBadCast;
    if (error != std::errc{}) return RowError::kOverflow;
    if (real) *out = f;
    return RowError::kOk;
}

RowError parse_value(const Type& type, std::string_view text, const TimeZone& zone, Arena& arena, Cell* out) {
    out->null = false;
    switch (type.kind) {
        case TypeKind::kNull:
            break;
        case TypeKind::kBoolean:
            return parse_bool(text, &out->i64) ? RowError::kOk : RowError::kBadCast;
        case TypeKind::kSmallint:
        case TypeKind::kInteger:
        case TypeKind::kBigint:
            return parse_int(type.kind, text, &out->i64);
        case TypeKind::kReal:
        case TypeKind::kDouble:
            return parse_double(text, type.kind == TypeKind::kReal, &out->f64);
        case TypeKind::kDecimal: {
            bool overflow = false;
            Decimal d;
            if (!parse_decimal(trim(text), &d, &overflow)) return overflow ? RowError::kOverflow : RowError::kBadCast;
            return decimal_to_precision(d, type.precision, type.scale, &out->decimal) ? RowError::kOk
                                                                                      : RowError::kOverflow;
        }
        case TypeKind::kString:
            out->str = Str::of(text);
            return RowError::kOk;
        case TypeKind::kBytes:
            return parse_bytes_text(text, arena, &out->str) ? RowError::kOk : RowError::kBadCast;
        case TypeKind::kDate:
        case TypeKind::kTime:
        case TypeKind::kTimestamp:
        case TypeKind::kTimestampTz:
            return parse_time_value(type.kind, text, zone, &out->i64);
        case TypeKind::kInterval: {
            auto v = parse_interval(text);
            if (!v) return RowError::kBadCast;
            out->interval = *v;
            return RowError::kOk;
        }
        case TypeKind::kJson:
            out->str = Str::of(text);
            return is_json(text) ? RowError::kOk : RowError::kBadCast;
        case TypeKind::kArray:
            return ArrayReader(type, text, zone, arena).read(out);
        case TypeKind::kMap:
        case TypeKind::kStruct:
            break;
    }
    return RowError::kBadCast;
}

}  // namespace streamql
