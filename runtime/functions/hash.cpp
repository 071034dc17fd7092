#include "runtime/functions/hash.h"

#include <xxhash.h>

#include <array>
#include <bit>
#include <cmath>

#include "runtime/functions/value_text.h"
#include "runtime/state/murmur2.h"

namespace streamql {

namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Feeds 64-byte blocks, the last ones padded with the length in bits, to `block`.
template <class Block>
void each_block(std::string_view s, bool big_endian, Block block) {
    const auto* p = reinterpret_cast<const uint8_t*>(s.data());
    size_t left = s.size();
    for (; left >= 64; left -= 64, p += 64) block(p);
    uint8_t tail[128] = {};
    for (size_t i = 0; i < left; ++i) tail[i] = p[i];
    tail[left] = 0x80;
    size_t size = left < 56 ? 64 : 128;
    uint64_t bits = static_cast<uint64_t>(s.size()) * 8;
    for (size_t i = 0; i < 8; ++i) tail[size - 8 + i] = static_cast<uint8_t>(bits >> 8 * (big_endian ? 7 - i : i));
    for (size_t at = 0; at < size; at += 64) block(tail + at);
}

void md5(std::string_view s, uint8_t* digest) {
    static const std::array<uint32_t, 64> sines = [] {
        std::array<uint32_t, 64> t{};
        for (int i = 0; i < 64; ++i)
            t[static_cast<size_t>(i)] = static_cast<uint32_t>(std::floor(std::fabs(std::sin(i + 1.0)) * 4294967296.0));
        return t;
    }();
    constexpr int kTurns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    uint32_t h[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    each_block(s, false, [&](const uint8_t* p) {
        uint32_t w[16];
        std::memcpy(w, p, 64);
        uint32_t a = h[0], b = h[1], c = h[2], d = h[3];
        for (uint32_t i = 0; i < 64; ++i) {
            uint32_t round = i / 16, f, g;
            if (round == 0)
                f = (b & c) | (~b & d), g = i;
            else if (round == 1)
                f = (d & b) | (~d & c), g = (5 * i + 1) % 16;
            else if (round == 2)
                f = b ^ c ^ d, g = (3 * i + 5) % 16;
            else
                f = c ^ (b | ~d), g = 7 * i % 16;
            uint32_t t = d;
            d = c;
            c = b;
            b += std::rotl(a + f + sines[i] + w[g], kTurns[round][i % 4]);
            a = t;
        }
        h[0] += a, h[1] += b, h[2] += c, h[3] += d;
    });
    std::memcpy(digest, h, 16);
}

/// Fraction bits of the roots of the first primes, as SHA-256 is defined.
struct ShaConstants {
    uint32_t k[64], h[8];
    ShaConstants() {
        int count = 0;
        for (int p = 2; count < 64; ++p) {
            bool prime = true;
            for (int d = 2; d * d <= p; ++d) prime &= p % d != 0;
            if (!prime) continue;
            long double cube = std::cbrt(static_cast<long double>(p)), square = std::sqrt(static_cast<long double>(p));
            k[count] = static_cast<uint32_t>((cube - std::floor(cube)) * 4294967296.0L);
            if (count < 8) h[count] = static_cast<uint32_t>((square - std::floor(square)) * 4294967296.0L);
            ++count;
        }
    }
};

void sha256(std::string_view s, uint8_t* digest) {
    static const ShaConstants constants;
    uint32_t h[8];
    std::memcpy(h, constants.h, sizeof(h));
    each_block(s, true, [&](const uint8_t* p) {
        uint32_t w[64], v[8];
        for (int i = 0; i < 16; ++i) {
            std::memcpy(&w[i], p + 4 * i, 4);
            w[i] = __builtin_bswap32(w[i]);
        }
        for (int i = 16; i < 64; ++i) {
            uint32_t x = w[i - 15], y = w[i - 2];
            w[i] = w[i - 16] + w[i - 7] + (std::rotr(x, 7) ^ std::rotr(x, 18) ^ x >> 3) +
                   (std::rotr(y, 17) ^ std::rotr(y, 19) ^ y >> 10);
        }
        std::memcpy(v, h, sizeof(v));
        for (int i = 0; i < 64; ++i) {
            uint32_t e = v[4], a = v[0];
            uint32_t t1 = v[7] + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + ((e & v[5]) ^ (~e & v[6])) +
                          constants.k[i] + w[i];
            uint32_t t2 =
                (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
            for (int j = 7; j > 0; --j) v[j] = v[j - 1];
            v[4] += t1;
            v[0] = t1 + t2;
        }
        for (int i = 0; i < 8; ++i) h[i] += v[i];
    });
    for (int i = 0; i < 8; ++i) {
        uint32_t word = __builtin_bswap32(h[i]);
        std::memcpy(digest + 4 * i, &word, 4);
    }
}

RowError give_hex(KernelContext* ctx, std::string_view bytes, Cell* out) {
    char* to = ctx->arena->allocate(bytes.size() * 2);
    for (size_t i = 0; i < bytes.size(); ++i) {
        unsigned char c = static_cast<unsigned char>(bytes[i]);
        to[2 * i] = kHex[c >> 4];
        to[2 * i + 1] = kHex[c & 15];
    }
    return give(out, Str{to, bytes.size() * 2});
}

/// With a line end after each 76 characters, as PostgreSQL writes it.
void append_base64(std::string_view s, std::string& to) {
    size_t line = 0;
    for (size_t i = 0; i < s.size(); i += 3) {
        uint32_t v = 0;
        for (size_t j = 0; j < 3; ++j) v = v << 8 | (i + j < s.size() ? static_cast<unsigned char>(s[i + j]) : 0u);
        if (line == 76) to.push_back('\n'), line = 0;
        for (size_t j = 0; j < 4; ++j) to.push_back(i + j > s.size() ? '=' : kBase64[v >> (18 - 6 * j) & 63]);
        line += 4;
    }
}

bool append_from_base64(std::string_view s, std::string& to) {
    uint32_t v = 0;
    int count = 0, padding = 0;
    for (char c : s) {
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') continue;
        const char* at = c == '\0' ? nullptr : std::char_traits<char>::find(kBase64, 64, c);
        if (c == '=')
            ++padding;
        else if (at == nullptr || padding > 0)
            return false;
        v = v << 6 | static_cast<uint32_t>(at == nullptr ? 0 : at - kBase64);
        if (++count < 4) continue;
        if (padding > 2) return false;
        for (int j = 0; j < 3 - padding; ++j) to.push_back(static_cast<char>(v >> (16 - 8 * j)));
        v = 0;
        count = 0;
    }
    return count == 0;
}

void append_escaped(std::string_view s, std::string& to) {
    for (char c : s) {
        unsigned char u = static_cast<unsigned char>(c);
        if (u == 0 || u >= 0x80) {
            to.push_back('\\');
            to.push_back(static_cast<char>('0' + (u >> 6)));
            to.push_back(static_cast<char>('0' + (u >> 3 & 7)));
            to.push_back(static_cast<char>('0' + (u & 7)));
        } else {
            if (c == '\\') to.push_back('\\');
            to.push_back(c);
        }
    }
}

bool is_word(std::string_view text, std::string_view word) {
    if (text.size() != word.size()) return false;
    for (size_t i = 0; i < text.size(); ++i)
        if ((text[i] | 32) != (word[i] | 32)) return false;
    return true;
}

}  // namespace

STREAMQL_KERNEL(sqk_md5) {
    uint8_t digest[16];
    md5(a[0].str.view(), digest);
    return give_hex(ctx, {reinterpret_cast<char*>(digest), 16}, out);
}
STREAMQL_KERNEL(sqk_sha256) {
    uint8_t digest[32];
    sha256(a[0].str.view(), digest);
    return give_copy(ctx, out, {reinterpret_cast<char*>(digest), 32});
}
STREAMQL_KERNEL(sqk_encode) {
    std::string_view s = a[0].str.view(), format = a[1].str.view();
    if (is_word(format, "hex")) return give_hex(ctx, s, out);
    std::string& text = scratch();
    if (is_word(format, "base64"))
        append_base64(s, text);
    else if (is_word(format, "escape"))
        append_escaped(s, text);
    else
        return RowError::kInvalidArgument;
    return give_copy(ctx, out, text);
}
STREAMQL_KERNEL(sqk_decode) {
    std::string_view s = a[0].str.view(), format = a[1].str.view();
    std::string& bytes = scratch();
    Str decoded;
    if (is_word(format, "hex")) {
        bytes.append("\\x").append(s);
        if (!parse_bytes(bytes, *ctx->arena, &decoded)) return RowError::kInvalidArgument;
        return give(out, decoded);
    }
    if (is_word(format, "base64"))
        return append_from_base64(s, bytes) ? give_copy(ctx, out, bytes) : RowError::kInvalidArgument;
    if (!is_word(format, "escape") || (s.size() > 1 && s[0] == '\\' && s[1] == 'x')) return RowError::kInvalidArgument;
    return parse_bytes(s, *ctx->arena, &decoded) ? give(out, decoded) : RowError::kInvalidArgument;
}
STREAMQL_KERNEL(sqk_xxhash64) { return give(out, static_cast<int64_t>(XXH64(a[0].str.data, a[0].str.size, 0))); }
STREAMQL_KERNEL(sqk_murmur2) { return give(out, static_cast<int64_t>(static_cast<int32_t>(murmur2(a[0].str.view())))); }

}  // namespace streamql
