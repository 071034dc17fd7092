// UTF-8: checking, taking characters off and writing them.
//
// Invariants: no surrogates, no overlong forms, nothing past U+10FFFF. Threading: pure functions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace streamql {

/// Whether all of `text` is UTF-8.
bool is_utf8(std::string_view text);

/// Writes a character's one to four bytes and gives their number.
size_t put_utf8(uint32_t character, char* to);
void append_utf8(uint32_t character, std::string& to);

/// Bytes of the character at `at`: the first one and those that continue it. Never 0, also where it is no UTF-8.
inline size_t character_size(std::string_view s, size_t at) {
    size_t end = at + 1;
    while (end < s.size() && (static_cast<unsigned char>(s[end]) & 0xC0) == 0x80) ++end;
    return end - at;
}
/// The character that a text in UTF-8 begins with; a byte that begins none comes as itself, with `valid` false.
uint32_t first_character(std::string_view s, size_t& size, bool& valid);

}  // namespace streamql
