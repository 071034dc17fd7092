#include "runtime/text/utf8.h"

#include <cstring>

namespace streamql {

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

size_t put_utf8(uint32_t c, char* to) {
    auto low = [c](int shift) { return static_cast<char>(0x80 | (c >> shift & 0x3F)); };
    if (c < 0x80) {
        to[0] = static_cast<char>(c);
        return 1;
    }
    if (c < 0x800) {
        to[0] = static_cast<char>(0xC0 | c >> 6);
        to[1] = low(0);
        return 2;
    }
    if (c < 0x10000) {
        to[0] = static_cast<char>(0xE0 | c >> 12);
        to[1] = low(6);
        to[2] = low(0);
        return 3;
    }
    to[0] = static_cast<char>(0xF0 | c >> 18);
    to[1] = low(12);
    to[2] = low(6);
    to[3] = low(0);
    return 4;
}

void append_utf8(uint32_t character, std::string& to) {
    char bytes[4];
    to.append(bytes, put_utf8(character, bytes));
}

uint32_t first_character(std::string_view s, size_t& size, bool& valid) {
    const unsigned char first = static_cast<unsigned char>(s[0]);
    size = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    valid = (first < 0x80 || first >= 0xC2) && size <= s.size();
    if (!valid) {
        size = 1;
        return first;
    }
    uint32_t c = size == 1 ? first : first & (0xFF >> (size + 1));
    for (size_t i = 1; i < size; ++i) c = c << 6 | (static_cast<unsigned char>(s[i]) & 0x3F);
    return c;
}

}  // namespace streamql
