#include "runtime/functions/letter_case.h"

#include <clocale>
#include <cwctype>

#include "runtime/base/result.h"
#include "runtime/text/utf8.h"

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

}  // namespace

std::string_view with_case(std::string_view s, LetterCase how, Arena& arena) {
    char* const start = arena.allocate(s.size() + s.size() / 2 + 4);  // a two-byte letter may become one of three bytes
    char* to = start;
    bool inside = false;  // of a word
    while (!s.empty()) {
        size_t size = 1;
        bool valid = true;
        uint32_t c = first_character(s, size, valid);
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
            to += put_utf8(upper ? towupper_l(c, unicode()) : towlower_l(c, unicode()), to);
        }
        s.remove_prefix(size);
    }
    return {start, static_cast<size_t>(to - start)};
}

}  // namespace streamql
