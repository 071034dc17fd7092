// The JSON record parser: one pass, schema-driven, strict over the whole record (RFC 8259 and UTF-8). Included once for
// each instruction set with STREAMQL_JSON_ISA naming the namespace; SQ_JSON_AVX2 chooses 32-byte registers.
//
// What: walks the top-level object. Learned slots predict the bytes from one value to the next, so most keys cost one
// compare; other keys go through find_field(). Wanted values are converted where they lie, all others are only checked.
// Invariants: every message has 64 readable bytes behind it (decode_batch sees to that), whatever they hold: no step
// starts at or behind `end`, none reads further than 64 bytes past it, and a record whose walk runs past `end` is cut
// short, so broken. Threading: as JsonPlan.
#pragma once
#include <cstdint>

namespace streamql {
namespace STREAMQL_JSON_ISA {

/// Where and why a record failed; set by whoever returns a null position.
struct Failure {
    RowError error = RowError::kOk;
    const char* at = nullptr;
    int column = -1;
};

inline const char* fail(Failure& f, RowError error, const char* at, int column = -1) {
    f.error = error;
    f.at = at;
    f.column = column;
    return nullptr;
}

/// Bit i: byte i is a quote, a backslash, a control character or not ASCII.
inline uint32_t special_bytes(const char* p) {
#ifdef SQ_JSON_AVX2
    __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    __m256i quote = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('"'));
    __m256i slash = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\'));
    __m256i low = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), v);
    return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(quote, slash), low)));
#else
    uint32_t mask = 0;
    for (int half = 0; half < 2; ++half) {
        __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 16 * half));
        __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
        __m128i slash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
        __m128i low = _mm_cmplt_epi8(v, _mm_set1_epi8(0x20));
        mask |= static_cast<uint32_t>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), low))) << (16 * half);
    }
    return mask;
#endif
}

inline bool slot_matches(const KeySlot& s, const char* p) {
#ifdef SQ_JSON_AVX2
    auto differs = [&](int at) {
        __m256i a = _mm256_load_si256(reinterpret_cast<const __m256i*>(s.bytes + at));
        __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + at));
        return ~static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, b)));
    };
#else
    auto half = [&](int at) {
        __m128i a = _mm_load_si128(reinterpret_cast<const __m128i*>(s.bytes + at));
        __m128i b = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + at));
        return static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(a, b)));
    };
    auto differs = [&](int at) { return ~(half(at) | half(at + 16) << 16); };
#endif
    if (differs(0) & ~s.ignore_low) return false;
    return s.length <= 32 || !(differs(32) & ~s.ignore_high);
}

/// How many of the next 16 bytes are digits, from the first on.
inline int digit_run(const char* p) {
    __m128i v = _mm_sub_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)), _mm_set1_epi8('0'));
    uint32_t digits = static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(9)), v)));
    return __builtin_ctz(~digits);
}

inline bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

inline const char* skip_blanks(const char* p, const char* end) {
    while (p < end && is_blank(*p)) ++p;
    return p;
}

/// The rest of a string, from a byte that is not plain ASCII text on; gives the place of the closing quote.
__attribute__((noinline)) inline const char* string_rest(const char* p, const char* end, bool& escaped, Failure& f) {
    while (p < end) {
        unsigned char c = static_cast<unsigned char>(*p);
        if (c == '"') return p;
        if (c == '\\') {
            escaped = true;
            char e = p + 1 < end ? p[1] : '\0';
            if (e == 'u') {
                auto unit = [&](const char* at) {
                    if (end - at < 4) return -1;
                    int v = 0;
                    for (int i = 0; i < 4; ++i) {
                        char h = at[i];
                        int d = h >= '0' && h <= '9'                 ? h - '0'
                                : (h | 32) >= 'a' && (h | 32) <= 'f' ? (h | 32) - 'a' + 10
                                                                     : -1;
                        if (d < 0) return -1;
                        v = v * 16 + d;
                    }
                    return v;
                };
                int v = unit(p + 2);
                if (v < 0) return fail(f, RowError::kMalformed, p);
                if (v >= 0xDC00 && v <= 0xDFFF) return fail(f, RowError::kInvalidUtf8, p);
                if (v >= 0xD800 && v <= 0xDBFF) {
                    int low = end - p > 7 && p[6] == '\\' && p[7] == 'u' ? unit(p + 8) : -1;
                    if (low < 0xDC00 || low > 0xDFFF) return fail(f, RowError::kInvalidUtf8, p);
                    p += 6;
                }
                p += 6;
            } else if (e == '"' || e == '\\' || e == '/' || e == 'b' || e == 'f' || e == 'n' || e == 'r' || e == 't') {
                p += 2;
            } else {
                return fail(f, RowError::kMalformed, p);
            }
        } else if (c < 0x20) {
            return fail(f, RowError::kMalformed, p);
        } else if (c < 0x80) {
            ++p;
        } else {
            const char* from = p;
            while (p < end && static_cast<unsigned char>(*p) >= 0x80) ++p;
            if (!is_utf8({from, static_cast<size_t>(p - from)})) return fail(f, RowError::kInvalidUtf8, from);
        }
    }
    return fail(f, RowError::kMalformed, end);
}

/// `p` is behind the opening quote; gives the place of the closing quote, or null.
inline const char* find_string_end(const char* p, const char* end, bool& escaped, Failure& f) {
    while (true) {
        uint32_t mask = special_bytes(p);
        if (mask) [[likely]] {
            p += __builtin_ctz(mask);
            if (*p == '"') [[likely]]
                return p;
            return string_rest(p, end, escaped, f);
        }
        p += 32;
        if (p >= end) return fail(f, RowError::kMalformed, end);
    }
}

/// Behind a number's integer digits: fraction and exponent.
__attribute__((noinline)) inline const char* number_rest(const char* p, const char* end, Failure& f) {
    auto digits = [&] {
        const char* from = p;
        while (p < end && *p >= '0' && *p <= '9') ++p;
        return p > from;
    };
    if (p < end && *p >= '0' && *p <= '9') digits();
    if (p < end && *p == '.') {
        ++p;
        if (!digits()) return fail(f, RowError::kMalformed, p);
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        ++p;
        if (p < end && (*p == '+' || *p == '-')) ++p;
        if (!digits()) return fail(f, RowError::kMalformed, p);
    }
    return p;
}

inline const char* skip_number(const char* p, const char* end, Failure& f) {
    const char* first = p + (*p == '-');
    int n = digit_run(first);
    if (n == 0 || (*first == '0' && n > 1)) return fail(f, RowError::kMalformed, first);
    p = first + n;
    if (n == 16 || *p == '.' || (*p | 32) == 'e') {
        if (n < 16 && *p == '.') {
            int more = digit_run(p + 1);
            if (more > 0 && more < 16 && (p[1 + more] | 32) != 'e') return p + 1 + more;
        }
        return number_rest(p, end, f);
    }
    return p;
}

inline bool is_word(const char* p, const char (&word)[5]) { return std::memcmp(p, word, 4) == 0; }

inline const char* skip_scalar(const char* p, const char* end, Failure& f) {
    switch (*p) {
        case '"': {
            bool escaped = false;
            p = find_string_end(p + 1, end, escaped, f);
            return p ? p + 1 : nullptr;
        }
        case '-':
        case '0':
        case '1':
        case '2':
        case '3':
        case '4':
        case '5':
        case '6':
        case '7':
        case '8':
        case '9':
            return skip_number(p, end, f);
        case 't':
            if (is_word(p, "true")) return p + 4;
            break;
        case 'n':
            if (is_word(p, "null")) return p + 4;
            break;
        case 'f':
            if (is_word(p + 1, "alse")) return p + 5;
            break;
        default:
            break;
    }
    return fail(f, RowError::kMalformed, p);
}

/// `p` is at '{' or '['; the record's own object is level 1.
__attribute__((noinline)) inline const char* skip_container(const char* p, const char* end, Failure& f) {
    uint64_t objects = 0;  // a bit a level, 1 = object
    int depth = 0;
    while (true) {
        // at the first byte of a value
        if (p >= end) return fail(f, RowError::kMalformed, end);
        bool opened = *p == '{' || *p == '[';
        if (opened) {
            if (++depth >= JsonPlan::kMaxDepth) return fail(f, RowError::kTooDeep, p);
            objects = objects << 1 | (*p == '{');
            p = skip_blanks(p + 1, end);
            if (p >= end) return fail(f, RowError::kMalformed, end);
        } else {
            p = skip_scalar(p, end, f);
            if (!p) return nullptr;
        }
        bool empty = opened && *p == ((objects & 1) ? '}' : ']');
        if (!opened || empty) {
            // behind a value, or before the close of an empty container
            while (true) {
                p = skip_blanks(p, end);
                if (p >= end) return fail(f, RowError::kMalformed, end);
                if (*p != ((objects & 1) ? '}' : ']')) break;
                ++p;
                objects >>= 1;
                if (--depth == 0) return p;
            }
            if (*p != ',') return fail(f, RowError::kMalformed, p);
            p = skip_blanks(p + 1, end);
        }
        if (objects & 1) {
            if (p >= end || *p != '"') return fail(f, RowError::kMalformed, p);
            bool escaped = false;
            p = find_string_end(p + 1, end, escaped, f);
            if (!p) return nullptr;
            p = skip_blanks(p + 1, end);
            if (p >= end || *p != ':') return fail(f, RowError::kMalformed, p);
            p = skip_blanks(p + 1, end);
        }
    }
}

inline const char* skip_value(const char* p, const char* end, Failure& f) {
    if (*p == '{' || *p == '[') return skip_container(p, end, f);
    return skip_scalar(p, end, f);
}

/// Eight ASCII digits, most significant first, as they lie in memory.
inline uint64_t eight_digits(uint64_t v) {
    v = (v & 0x0F0F0F0F0F0F0F0F) * 2561 >> 8;
    v = (v & 0x00FF00FF00FF00FF) * 6553601 >> 16;
    return (v & 0x0000FFFF0000FFFF) * 42949672960001 >> 32;
}
inline uint64_t load8(const char* p) {
    uint64_t v;
    std::memcpy(&v, p, 8);
    return v;
}
/// n digits, 1 to 16.
inline uint64_t digits_value(const char* p, int n) {
    if (n <= 8) return eight_digits(load8(p) << (64 - 8 * n));
    return eight_digits(load8(p) << (128 - 8 * n)) * 100'000'000 + eight_digits(load8(p + n - 8));
}

/// YYYY-MM-DDTHH:MM:SS[.f to 6 digits][Z] between quotes; `p` is behind the opening quote, result behind the closing
/// one.
inline const char* iso_time(JsonPlan& plan, const char* p, int64_t& micros) {
    uint64_t date = load8(p) ^ 0x2D30302D30303030;       // "0000-00-"
    uint64_t clock = load8(p + 8) ^ 0x30303A3030543030;  // "00T00:00"
    char separator = p[10];
    if (separator == ' ') clock ^= uint64_t{' ' ^ 'T'} << 16;
    uint64_t bad = (date & 0xFFF0F0FFF0F0F0F0) | ((date + 0x0006060006060606) & 0x00F0F000F0F0F0F0) |
                   (clock & 0xF0F0FFF0F0FFF0F0) | ((clock + 0x0606000606000606) & 0xF0F000F0F000F0F0);
    unsigned s1 = static_cast<unsigned char>(p[17]) - '0', s2 = static_cast<unsigned char>(p[18]) - '0';
    if (bad || p[16] != ':' || s1 > 5 || s2 > 9) return nullptr;
    uint64_t c = clock * 10 + (clock >> 8);
    unsigned day = c & 0xFF, hour = c >> 24 & 0xFF, minute = c >> 48 & 0xFF;
    if (hour > 23 || minute > 59) return nullptr;
    if (date != plan.date_word || day != plan.date_day) {
        uint64_t d = date * 10 + (date >> 8);
        int64_t year = static_cast<int64_t>((d & 0xFF) * 100 + (d >> 16 & 0xFF)), month = d >> 40 & 0xFF;
        if (year < 1 || month < 1 || month > 12 || day < 1 ||
            day > static_cast<unsigned>(days_in_month(year, static_cast<int>(month))))
            return nullptr;
        plan.date_word = date;
        plan.date_day = day;
        plan.date_days = days_from_civil(year, static_cast<int>(month), static_cast<int>(day));
    }
    micros = plan.date_days * 86'400'000'000 + (hour * 3600 + minute * 60 + s1 * 10 + s2) * int64_t{1'000'000};
    p += 19;
    if (*p == '.') {
        int n = digit_run(p + 1);
        if (n == 0 || n > 6) return nullptr;
        static constexpr int kWeight[] = {0, 100'000, 10'000, 1'000, 100, 10, 1};
        micros += static_cast<int64_t>(digits_value(p + 1, n)) * kWeight[n];
        p += 1 + n;
    }
    p += *p == 'Z';
    return *p == '"' ? p + 1 : nullptr;
}

/// Everything that is not converted in place: checked here, converted by json_to_cell().
__attribute__((noinline)) inline const char* other_value(JsonPlan& plan, const JsonField& field, const char* p,
                                                         const char* end, char* cell, uint8_t& valid, Failure& f) {
    const char* q = skip_value(p, end, f);
    if (!q) return nullptr;
    if (q > end) return fail(f, RowError::kMalformed, end);
    Cell value;
    RowError e = json_to_cell(field.type, {p, static_cast<size_t>(q - p)}, plan.timestamps, plan.arena, value);
    if (e != RowError::kOk) return fail(f, e, p, field.column);
    valid = !value.null;
    if (!value.null) store_cell(field.physical, value, cell);
    return q;
}

/// Converts the value at `p`; gives the place behind it.
inline const char* convert_value(JsonPlan& plan, const JsonField& field, const char* p, const char* end, char* cell,
                                 uint8_t& valid, Failure& f) {
    switch (field.convert) {
        case JsonConvert::kString: {
            if (*p != '"') break;
            bool escaped = false;
            const char* q = find_string_end(p + 1, end, escaped, f);
            if (!q) return nullptr;
            std::string_view text(p + 1, static_cast<size_t>(q - p - 1));
            if (escaped) [[unlikely]] {
                if (q >= end) return fail(f, RowError::kMalformed, end);
                text = json_unescape(text, plan.arena);
            }
            *reinterpret_cast<Str*>(cell) = Str::of(text);
            valid = 1;
            return q + 1;
        }
        case JsonConvert::kInteger: {
            bool negative = *p == '-';
            const char* first = p + negative;
            int n = digit_run(first);
            if (n == 0 || (*first == '0' && n > 1)) break;
            int64_t v = static_cast<int64_t>(digits_value(first, n));
            if (n == 16) {
                int more = digit_run(first + 16);
                if (more > 2) break;
                for (int i = 0; i < more; ++i) v = v * 10 + (first[n++] - '0');
            }
            if (first[n] == '.' || (first[n] | 32) == 'e') break;
            if (negative) v = -v;
            if (v < field.least || v > field.greatest) return fail(f, RowError::kOutOfRange, p, field.column);
            v *= field.factor;
            *reinterpret_cast<int64_t*>(cell) = v;
            valid = 1;
            return first + n;
        }
        case JsonConvert::kDouble:
        case JsonConvert::kDecimal: {
            bool negative = *p == '-';
            const char* first = p + negative;
            int whole = digit_run(first), fraction = 0;
            if (whole == 0 || whole == 16 || (*first == '0' && whole > 1)) break;
            const char* q = first + whole;
            uint64_t v = digits_value(first, whole);
            static constexpr uint64_t kTen[] = {1,      10,      100,      1000,      10000,
                                                100000, 1000000, 10000000, 100000000, 1000000000};
            if (*q == '.') {
                fraction = digit_run(q + 1);
                if (fraction == 0 || fraction > 9 || whole + fraction > 15) break;
                v = v * kTen[fraction] + digits_value(q + 1, fraction);
                q += 1 + fraction;
            }
            if ((*q | 32) == 'e' || whole > 15) break;
            if (field.convert == JsonConvert::kDouble) {
                // both are exact below 2^53, so one division rounds correctly
                double d = static_cast<double>(v) / static_cast<double>(kTen[fraction]);
                *reinterpret_cast<double*>(cell) = negative ? -d : d;
            } else {
                int scale = field.type.precision ? field.type.scale : fraction;
                if (fraction > scale || scale - fraction > 9) break;
                Int128 value = static_cast<Int128>(v) * kTen[scale - fraction];
                int digits = field.type.precision;
                if (digits && whole + scale > digits) break;
                Decimal d;
                d.value = negative ? -value : value;
                d.scale = scale;
                *reinterpret_cast<Decimal*>(cell) = d;
            }
            valid = 1;
            return q;
        }
        case JsonConvert::kIsoTime: {
            int64_t micros = 0;
            const char* q = *p == '"' && end - p >= 21 ? iso_time(plan, p + 1, micros) : nullptr;
            if (!q) break;
            *reinterpret_cast<int64_t*>(cell) = field.unit == 1 ? micros : round_time(micros, field.unit);
            valid = 1;
            return q;
        }
        case JsonConvert::kBoolean:
            if (is_word(p, "true")) {
                *reinterpret_cast<int64_t*>(cell) = 1;
                valid = 1;
                return p + 4;
            }
            if (*p == 'f' && is_word(p + 1, "alse")) {
                *reinterpret_cast<int64_t*>(cell) = 0;
                valid = 1;
                return p + 5;
            }
            break;
        case JsonConvert::kOther:
            break;
    }
    return other_value(plan, field, p, end, cell, valid, f);
}

struct RowTarget {
    BatchView& out;
    int64_t row;
    char* cell(const JsonField& f) const { return out.columns[f.column].data + row * f.width; }
    uint8_t& valid(const JsonField& f) const { return out.columns[f.column].valid[row]; }
};

/// Converts keys that matched in another case only, where the exact key did not come; then accounts for missing ones.
__attribute__((noinline)) inline bool finish_record(JsonPlan& plan, const char* end, const RowTarget& to, Failure& f) {
    uint64_t folded = plan.record * 2, seen = folded + 1;
    for (int i : plan.folded_fields) {
        auto n = static_cast<size_t>(i);
        if (plan.stamps[n] != folded) continue;
        const JsonField& field = plan.fields[n];
        if (!plan.folded_at[n]) return fail(f, RowError::kDuplicateKey, end, field.column);
        if (!convert_value(plan, field, plan.folded_at[n], end, to.cell(field), to.valid(field), f)) return false;
        plan.stamps[n] = seen;
    }
    plan.folded_fields.clear();
    for (size_t i = 0; i < plan.fields.size(); ++i)
        if (plan.stamps[i] != seen) to.valid(plan.fields[i]) = 0;
    return true;
}

/// A wanted key in another case: its value is checked now, and converted at the end unless the exact key comes too.
__attribute__((noinline)) inline const char* folded_value(JsonPlan& plan, size_t n, const char* p, const char* end,
                                                          Failure& f) {
    if (plan.stamps[n] == plan.record * 2) {
        plan.folded_at[n] = nullptr;
    } else if (plan.stamps[n] != plan.record * 2 + 1) {
        plan.stamps[n] = plan.record * 2;
        plan.folded_at[n] = p;
        plan.folded_fields.push_back(static_cast<int>(n));
    }
    return skip_value(p, end, f);
}

/// A key that no slot predicted. `p` is behind the value before; gives the value's place, or null: failed, or the
/// record's end (then f.error is kOk and f.at is behind the '}').
__attribute__((noinline)) inline const char* read_key(JsonPlan& plan, const char* p, const char* end, bool first,
                                                      int& slot, int& field, bool& folded, Failure& f) {
    const char* q = skip_blanks(p, end);
    if (q < end && *q == '}') return fail(f, RowError::kOk, q + 1);
    if (!first) {
        if (q >= end || *q != ',') return fail(f, RowError::kMalformed, q);
        q = skip_blanks(q + 1, end);
    }
    if (q >= end || *q != '"') return fail(f, RowError::kMalformed, q);
    bool escaped = false;
    const char* key = q + 1;
    q = find_string_end(key, end, escaped, f);
    if (!q) return nullptr;
    std::string_view name(key, static_cast<size_t>(q - key));
    q = skip_blanks(q + 1, end);
    if (q >= end || *q != ':') return fail(f, RowError::kMalformed, q);
    q = skip_blanks(q + 1, end);
    if (q >= end) return fail(f, RowError::kMalformed, end);
    field = find_field(plan, name, escaped, folded);
    if (plan.blind == 0) {
        bool learned = learn_slot(plan, slot, {p, static_cast<size_t>(q - p)}, field, folded);
        slot += learned;
        plan.learn_credit -= 4;
        if (plan.learn_credit <= 0) {
            plan.blind = JsonPlan::kBlindRecords;
            plan.learn_credit = JsonPlan::kLearnCredit;
            plan.slot_count = 0;
        }
    }
    slot += first && slot == 0;  // place 0 is for first keys only: what follows starts with a comma
    return q;
}

/// True if the record is good.
inline bool decode_record(JsonPlan& plan, const char* p, const char* end, const RowTarget& to, Failure& f) {
    p = skip_blanks(p, end);
    if (p >= end || *p != '{') return fail(f, p < end && *p == '[' ? RowError::kWrongType : RowError::kMalformed, p);
    ++p;
    uint64_t seen_stamp = ++plan.record * 2 + 1;
    size_t seen = 0;
    const KeySlot* slots = plan.slots.data();
    for (int slot = 0, count = 0;; ++count) {
        if (p >= end) return fail(f, RowError::kMalformed, end);
        int field = -1;
        bool folded = false;
        int ahead = slot;
        if (count == 0) {
            if (plan.slot_count == 0 || !slot_matches(slots[0], p)) ahead = plan.slot_count;
        } else if (slot < plan.slot_count && !slot_matches(slots[slot], p)) [[unlikely]] {
            do ++ahead;
            while (ahead < plan.slot_count && ahead < slot + 4 && !slot_matches(slots[ahead], p));
            if (ahead == slot + 4) ahead = plan.slot_count;
        }
        if (ahead < plan.slot_count) [[likely]] {
            p += slots[ahead].length;
            field = slots[ahead].field;
            folded = slots[ahead].folded;
            slot = ahead + 1;
            if (static_cast<unsigned char>(*p) <= ' ') [[unlikely]]
                p = skip_blanks(p, end);  // learned without, seen with
            if (p >= end) return fail(f, RowError::kMalformed, end);
        } else {
            const char* q = read_key(plan, p, end, count == 0, slot, field, folded, f);
            if (!q) {
                if (f.error != RowError::kOk) return false;
                p = f.at;
                break;
            }
            p = q;
        }
        if (field < 0) {
            p = skip_value(p, end, f);
        } else if (folded) {
            p = folded_value(plan, static_cast<size_t>(field), p, end, f);
        } else {
            const JsonField& wanted = plan.fields[static_cast<size_t>(field)];
            uint64_t& stamp = plan.stamps[static_cast<size_t>(field)];
            if (stamp == seen_stamp) return fail(f, RowError::kDuplicateKey, p, wanted.column);
            stamp = seen_stamp;
            ++seen;
            p = convert_value(plan, wanted, p, end, to.cell(wanted), to.valid(wanted), f);
        }
        if (!p) return false;
    }
    if (plan.blind > 0) [[unlikely]]
        plan.slot_count = --plan.blind == 0;
    plan.learn_credit += plan.learn_credit < JsonPlan::kLearnCredit;
    if (p != end) {
        p = skip_blanks(p, end);
        if (p != end) return fail(f, RowError::kTrailingBytes, p);
    }
    if (seen == plan.fields.size() && plan.folded_fields.empty()) return true;
    return finish_record(plan, end, to, f);
}

/// Whether 64 bytes behind the message can be read without touching another page of memory.
inline bool readable_behind(const char* end) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return false;
#else
    return (reinterpret_cast<uintptr_t>(end) & 4095) <= 4096 - 64 && (reinterpret_cast<uintptr_t>(end) & 4095) != 0;
#endif
}

inline void decode_batch(JsonPlan& plan, const RawBatch& raw, BatchView& out, RowErrorSink& errors) {
    for (int64_t row = 0; row < raw.count; ++row) {
        const RawMessage& m = raw.messages[row];
        Failure f;
        RowTarget to{out, row};
        if (!m.data || m.size > plan.max_bytes) [[unlikely]] {
            f.error = m.data ? RowError::kTooLong : RowError::kTombstone;
            f.at = m.data;
        } else {
            const char* begin = m.data;
            if (!raw.padded && !readable_behind(begin + m.size)) [[unlikely]] {
                char* copy = plan.arena.allocate(m.size + 64);
                std::memcpy(copy, begin, m.size);
                std::memset(copy + m.size, 0, 64);
                begin = copy;
            }
            if (decode_record(plan, begin, begin + m.size, to, f)) {
                bool good = true;
                for (int i : plan.required)
                    if (!to.valid(plan.fields[static_cast<size_t>(i)])) [[unlikely]] {
                        fail(f, RowError::kNotNull, m.data, plan.fields[static_cast<size_t>(i)].column);
                        good = false;
                        break;
                    }
                if (good) continue;
            } else {
                plan.folded_fields.clear();
                int64_t at = f.at - begin;
                f.at = m.data + (at < 0 ? 0 : at > m.size ? m.size : at);
            }
        }
        const bool whole = f.error == RowError::kMalformed || f.error == RowError::kWrongType;
        const char* why = whole && f.column < 0 ? why_no_object(m.data, m.size) : nullptr;
        if (why)
            errors.row_error(row, f.error, -1, 0, why);
        else
            errors.row_error(row, f.error, f.column, static_cast<uint32_t>(f.at - m.data));
        for (auto& field : plan.fields) to.valid(field) = 0;
    }
}

}  // namespace STREAMQL_JSON_ISA
}  // namespace streamql
