#include "compiler/diagnostics/text_width.h"

namespace streamql {
namespace {

struct Range {
    uint32_t first, last;
};

constexpr Range kZeroWidth[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A},
                                {0x064B, 0x065F}, {0x0900, 0x0902}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},
                                {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};
constexpr Range kDoubleWidth[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0x33FF},  {0x3400, 0x4DBF},
                                  {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xAC00, 0xD7A3},  {0xF900, 0xFAFF},
                                  {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},  {0x1F300, 0x1F64F},
                                  {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};

template <size_t N>
bool contains(const Range (&ranges)[N], uint32_t c) {
    for (const Range& r : ranges)
        if (c >= r.first && c <= r.last) return true;
    return false;
}

/// Length of the sequence a lead byte announces; 0 for a byte that cannot lead.
int sequence_length(unsigned char lead) {
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return 2;
    if (lead >= 0xE0 && lead <= 0xEF) return 3;
    if (lead >= 0xF0 && lead <= 0xF4) return 4;
    return 0;
}

/// Decodes the character at the front; length 0 if the bytes are not UTF-8.
uint32_t decode(std::string_view text, int& length) {
    auto lead = static_cast<unsigned char>(text[0]);
    length = sequence_length(lead);
    if (length <= 1) return lead;
    if (static_cast<size_t>(length) > text.size()) return length = 0;
    uint32_t c = lead & (0xFFu >> (length + 1));
    for (int i = 1; i < length; ++i) {
        auto byte = static_cast<unsigned char>(text[static_cast<size_t>(i)]);
        if ((byte & 0xC0) != 0x80) return length = 0;
        c = c << 6 | (byte & 0x3Fu);
    }
    bool overlong = (length == 3 && c < 0x800) || (length == 4 && c < 0x10000);
    bool outside = c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF);
    if (overlong || outside) return length = 0;
    return c;
}

}  // namespace

uint32_t take_character(std::string_view& text) {
    int length = 0;
    uint32_t c = decode(text, length);
    text.remove_prefix(length > 0 ? static_cast<size_t>(length) : 1);
    return length > 0 ? c : 0xFFFD;
}

uint32_t count_characters(std::string_view text) {
    uint32_t n = 0;
    for (; !text.empty(); ++n) take_character(text);
    return n;
}

uint32_t cell_width(uint32_t code_point) {
    if (code_point < 0x300) return 1;
    if (contains(kZeroWidth, code_point)) return 0;
    return contains(kDoubleWidth, code_point) ? 2 : 1;
}

bool is_utf8(std::string_view text, uint32_t& bad) {
    for (size_t i = 0; i < text.size();) {
        if (static_cast<unsigned char>(text[i]) < 0x80) {
            ++i;
            continue;
        }
        int length = 0;
        decode(text.substr(i), length);
        if (length == 0) {
            bad = static_cast<uint32_t>(i);
            return false;
        }
        i += static_cast<size_t>(length);
    }
    return true;
}

}  // namespace streamql
