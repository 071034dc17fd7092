#include "runtime/functions/letter_case.h"

#include <clocale>
#include <cwctype>

#include "runtime/base/result.h"

namespace streamql {

namespace {

locale_t unicode() {
    static const locale_t locale = [] {
        locale_t l = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
        SQ_CHECK(l, "the system has no locale C.UTF-8");
        return l;
    }();
    return locale;
}

/// Takes one character off the front; a byte that starts none comes back as itself, with `size` 1 and `valid` false.
uint32_t take(std::string_view s, size_t& size, bool& valid) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(s[i]); };
    const unsigned char first = byte(0);
    size = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    valid = (first < 0x80 || first >= 0xC2) && size <= s.size();
    if (!valid) {
        size = 1;
        return first;
    }
    uint32_t c = size == 1 ? first : first & (0xFF >> (size + 1));
    for (size_t i = 1; i < size; ++i) c = c << 6 | (byte(i) & 0x3F);
    return c;
}

char* put(char* to, uint32_t c) {
    if (c < 0x80) {
        *to++ = static_cast<char>(c);
    } else if (c < 0x800) {
        *to++ = static_cast<char>(0xC0 | c >> 6);
        *to++ = static_cast<char>(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        *to++ = static_cast<char>(0xE0 | c >> 12);
        *to++ = static_cast<char>(0x80 | (c >> 6 & 0x3F));
        *to++ = static_cast<char>(0x80 | (c & 0x3F));
    } else {
        *to++ = static_cast<char>(0xF0 | c >> 18);
        *to++ = static_cast<char>(0x80 | (c >> 12 & 0x3F));
        *to++ = static_cast<char>(0x80 | (c >> 6 & 0x3F));
        *to++ = static_cast<char>(0x80 | (c & 0x3F));
    }
    return to;
}

}  // namespace

std::string_view with_case(std::string_view s, LetterCase how, Arena& arena) {
    char* const start = arena.allocate(s.size() + s.size() / 2 + 4);  // a two-byte letter may become one of three bytes
    char* to = start;
    bool inside = false;  // of a word
    while (!s.empty()) {
        size_t size = 1;
        bool valid = true;
        uint32_t c = take(s, size, valid);
        const bool upper = how == LetterCase::kUpper || (how == LetterCase::kInitcap && !inside);
        if (c < 0x80) {
            const bool is_lower = c >= 'a' && c <= 'z', is_upper = c >= 'A' && c <= 'Z';
            inside = is_lower || is_upper || (c >= '0' && c <= '9');
            if (upper ? is_lower : is_upper) c ^= 0x20;
            *to++ = static_cast<char>(c);
        } else if (!valid) {
            *to++ = static_cast<char>(c);
        } else {
            inside = iswalnum_l(c, unicode());
            to = put(to, upper ? towupper_l(c, unicode()) : towlower_l(c, unicode()));
        }
        s.remove_prefix(size);
    }
    return {start, static_cast<size_t>(to - start)};
}

}  // namespace streamql
