#include "runtime/text/bytes_text.h"

#include <openssl/evp.h>

#include <array>
#include <memory>

#include "runtime/base/result.h"

namespace streamql {

namespace {

constexpr char kHexDigits[] = "0123456789abcdef";
constexpr char kBase64Digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

const char* algorithm(Digest kind) {
    switch (kind) {
        case Digest::kMd5:
            return "MD5";
        case Digest::kSha224:
            return "SHA224";
        case Digest::kSha256:
            return "SHA256";
        case Digest::kSha384:
            return "SHA384";
        case Digest::kSha512:
            return "SHA512";
    }
    return "";
}

/// An algorithm looked up once, with room to work in that is used again for each record.
struct Hasher {
    explicit Hasher(Digest kind) {
        md.reset(EVP_MD_fetch(nullptr, algorithm(kind), nullptr));
        SQ_CHECK(md && context, std::string("libcrypto has no ") + algorithm(kind));
    }
    std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> md{nullptr, EVP_MD_free};
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

}  // namespace

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c = static_cast<char>(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void append_hex(std::string_view bytes, std::string& to) {
    for (unsigned char c : bytes) {
        to.push_back(kHexDigits[c >> 4]);
        to.push_back(kHexDigits[c & 15]);
    }
}

void append_base64(std::string_view s, size_t line, std::string& to) {
    size_t written = 0;
    for (size_t i = 0; i < s.size(); i += 3) {
        uint32_t v = 0;
        for (size_t j = 0; j < 3; ++j) v = v << 8 | (i + j < s.size() ? static_cast<unsigned char>(s[i + j]) : 0u);
        if (line > 0 && written == line) to.push_back('\n'), written = 0;
        for (size_t j = 0; j < 4; ++j) to.push_back(i + j > s.size() ? '=' : kBase64Digits[v >> (18 - 6 * j) & 63]);
        written += 4;
    }
}

bool append_from_base64(std::string_view s, std::string& to) {
    uint32_t v = 0;
    int count = 0, padding = 0;
    for (char c : s) {
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') continue;
        const char* at = c == '\0' ? nullptr : std::char_traits<char>::find(kBase64Digits, 64, c);
        if (c == '=')
            ++padding;
        else if (at == nullptr || padding > 0)
            return false;
        v = v << 6 | static_cast<uint32_t>(at == nullptr ? 0 : at - kBase64Digits);
        if (++count < 4) continue;
        if (padding > 2) return false;
        for (int j = 0; j < 3 - padding; ++j) to.push_back(static_cast<char>(v >> (16 - 8 * j)));
        v = 0;
        count = 0;
    }
    return count == 0;
}

void append_escaped_bytes(std::string_view s, std::string& to) {
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

bool parse_bytes_text(std::string_view text, Arena& arena, Str* out) {
    char* to = arena.allocate(text.size() + 1);
    char* at = to;
    if (text.size() >= 2 && text[0] == '\\' && (text[1] == 'x' || text[1] == 'X')) {
        for (size_t i = 2; i < text.size();) {
            if (is_space(text[i])) {
                ++i;
                continue;
            }
            if (i + 1 >= text.size()) return false;
            int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
            if (high < 0 || low < 0) return false;
            *at++ = static_cast<char>(high << 4 | low);
            i += 2;
        }
    } else {
        for (size_t i = 0; i < text.size(); ++i) {
            if (text[i] != '\\') {
                *at++ = text[i];
                continue;
            }
            if (i + 1 < text.size() && text[i + 1] == '\\') {
                *at++ = '\\';
                ++i;
                continue;
            }
            auto octal = [&](size_t k, char most) { return k < text.size() && text[k] >= '0' && text[k] <= most; };
            if (!octal(i + 1, '3') || !octal(i + 2, '7') || !octal(i + 3, '7')) return false;
            *at++ = static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        }
    }
    *out = {to, static_cast<uint64_t>(at - to)};
    return true;
}

Str digest(Digest kind, std::string_view bytes, Arena& arena) {
    thread_local std::array<std::unique_ptr<Hasher>, 5> hashers;
    std::unique_ptr<Hasher>& h = hashers[static_cast<size_t>(kind)];
    if (!h) h = std::make_unique<Hasher>(kind);
    char* to = arena.allocate(EVP_MAX_MD_SIZE);
    unsigned size = 0;
    const bool done = EVP_DigestInit_ex2(h->context.get(), h->md.get(), nullptr) == 1 &&
                      EVP_DigestUpdate(h->context.get(), bytes.data(), bytes.size()) == 1 &&
                      EVP_DigestFinal_ex(h->context.get(), reinterpret_cast<unsigned char*>(to), &size) == 1;
    SQ_CHECK(done, "a digest of libcrypto");
    return {to, size};
}

}  // namespace streamql
