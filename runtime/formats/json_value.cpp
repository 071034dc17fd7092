#include "runtime/formats/json_value.h"

#include "runtime/formats/json_nested.h"

namespace streamql {
namespace {

unsigned hex_unit(const char* p) {
    unsigned v = 0;
    for (int i = 0; i < 4; ++i) {
        unsigned c = static_cast<unsigned char>(p[i]);
        v = v * 16 + (c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    return v;
}

size_t put_utf8(unsigned c, char* to) {
    if (c < 0x80) {
        to[0] = static_cast<char>(c);
        return 1;
    }
    if (c < 0x800) {
        to[0] = static_cast<char>(0xC0 | c >> 6);
        to[1] = static_cast<char>(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = static_cast<char>(0xE0 | c >> 12);
        to[1] = static_cast<char>(0x80 | (c >> 6 & 0x3F));
        to[2] = static_cast<char>(0x80 | (c & 0x3F));
        return 3;
    }
    to[0] = static_cast<char>(0xF0 | c >> 18);
    to[1] = static_cast<char>(0x80 | (c >> 12 & 0x3F));
    to[2] = static_cast<char>(0x80 | (c >> 6 & 0x3F));
    to[3] = static_cast<char>(0x80 | (c & 0x3F));
    return 4;
}

RowError number_to_cell(const Type& type, std::string_view json, TimestampFormat format, Arena& arena, Cell& out) {
    if (type.is_numeric()) return text_to_cell(type, json, format, arena, out);
    if (type.is_timestamp() && format != TimestampFormat::kIso) return text_to_cell(type, json, format, arena, out);
    return RowError::kWrongType;
}

}  // namespace

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
        if (c >= 0xD800 && c <= 0xDBFF) {
            c = 0x10000 + ((c - 0xD800) << 10) + (hex_unit(body.data() + i + 2) - 0xDC00);
            i += 6;
        }
        n += put_utf8(c, to + n);
    }
    return {to, n};
}

void store_cell(Physical p, const Cell& cell, char* to) {
    switch (p) {
        case Physical::kI64:
            std::memcpy(to, &cell.i64, sizeof cell.i64);
            return;
        case Physical::kF64:
            std::memcpy(to, &cell.f64, sizeof cell.f64);
            return;
        case Physical::kStr:
            std::memcpy(to, &cell.str, sizeof cell.str);
            return;
        case Physical::kInterval:
            std::memcpy(to, &cell.interval, sizeof cell.interval);
            return;
        case Physical::kDecimal:
            std::memcpy(to, &cell.decimal, sizeof cell.decimal);
            return;
    }
}

Cell load_cell(Physical p, const char* from) {
    Cell c;
    c.null = false;
    std::memcpy(static_cast<void*>(&c), from, static_cast<size_t>(physical_width(p)));
    return c;
}

RowError json_to_cell(const Type& type, std::string_view json, TimestampFormat format, Arena& arena, Cell& out) {
    if (json == "null") {
        out.null = true;
        return RowError::kOk;
    }
    if (type.kind == TypeKind::kJson) {
        out = Cell::of(Str::of(json));
        return RowError::kOk;
    }
    switch (json[0]) {
        case '"': {
            if (type.kind == TypeKind::kBoolean || type.is_nested()) return RowError::kWrongType;
            return text_to_cell(type, json_unescape(json.substr(1, json.size() - 2), arena), format, arena, out);
        }
        case 't':
        case 'f':
            if (type.kind != TypeKind::kBoolean) return RowError::kWrongType;
            out = Cell::of(int64_t{json[0] == 't'});
            return RowError::kOk;
        case '{':
        case '[':
            return type.is_nested() ? json_to_nested(type, json, format, arena, out) : RowError::kWrongType;
        default:
            return number_to_cell(type, json, format, arena, out);
    }
}

}  // namespace streamql
