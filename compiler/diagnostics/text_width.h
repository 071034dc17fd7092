// How many characters a UTF-8 text has and how many terminal cells it takes.
//
// Bytes that are not UTF-8 count as one character each, so that a broken script can still be pointed at.
#pragma once
#include <cstdint>
#include <string_view>

namespace streamql {

/// Takes one character off the front of `text` (which is not empty) and returns its code point; 0xFFFD for a stray
/// byte.
uint32_t take_character(std::string_view& text);

uint32_t count_characters(std::string_view text);

/// Terminal cells of one character: 0 for combining marks, 2 for East Asian wide ones and emoji, 1 for others.
uint32_t cell_width(uint32_t code_point);

/// True if `text` is well-formed UTF-8; otherwise `bad` is the offset of the first stray byte.
bool is_utf8(std::string_view text, uint32_t& bad);

}  // namespace streamql
