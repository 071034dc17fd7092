#include "runtime/text/json_text.h"

#include <cstring>

#include "runtime/text/utf8.h"

namespace streamql {

namespace {

constexpr uint32_t kReplacement = 0xFFFD;  // of half a surrogate pair, which is no character

unsigned hex_unit(const char* p) {
    unsigned v = 0;
    for (int i = 0; i < 4; ++i) {
        unsigned c = static_cast<unsigned char>(p[i]);
        v = v * 16 + (c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    return v;
}

}  // namespace

void append_json_string(std::string_view text, std::string& to) {
    to.push_back('"');
    size_t from = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        unsigned char c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        to.append(text.substr(from, i - from));
        from = i + 1;
        switch (c) {
            case '"':
                to.append("\\\"");
                break;
            case '\\':
                to.append("\\\\");
                break;
            case '\n':
                to.append("\\n");
                break;
            case '\r':
                to.append("\\r");
                break;
            case '\t':
                to.append("\\t");
                break;
            case '\b':
                to.append("\\b");
                break;
            case '\f':
                to.append("\\f");
                break;
            default:
                constexpr char kHexDigits[] = "0123456789abcdef";
                to.append("\\u00");
                to.push_back(kHexDigits[c >> 4]);
                to.push_back(kHexDigits[c & 15]);
        }
    }
    to.append(text.substr(from));
    to.push_back('"');
}

std::string_view json_unescape(std::string_view body, Arena& arena) {
    size_t slash = body.find('\\');
    if (slash == std::string_view::npos) return body;
    char* to = arena.allocate(body.size());  // an escape is never shorter than what it stands for
    std::memcpy(to, body.data(), slash);
    size_t n = slash;
    for (size_t i = slash; i < body.size();) {
        if (body[i] != '\\') {
            to[n++] = body[i++];
            continue;
        }
        char e = body[i + 1];
        if (e != 'u') {
            to[n++] = e == 'b' ? '\b' : e == 'f' ? '\f' : e == 'n' ? '\n' : e == 'r' ? '\r' : e == 't' ? '\t' : e;
            i += 2;
            continue;
        }
        unsigned c = hex_unit(body.data() + i + 2);
        i += 6;
        if (c >= 0xD800 && c <= 0xDFFF) {
            unsigned low = body.substr(i).starts_with("\\u") ? hex_unit(body.data() + i + 2) : 0;
            const bool pair = c <= 0xDBFF && low >= 0xDC00 && low <= 0xDFFF;
            c = pair ? 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00) : kReplacement;
            if (pair) i += 6;
        }
        n += put_utf8(c, to + n);
    }
    return {to, n};
}

}  // namespace streamql
