#include "runtime/formats/json_value.h"

#include "runtime/formats/json_nested.h"
#include "runtime/text/json_text.h"

namespace streamql {
namespace {

RowError number_to_cell(const Type& type, std::string_view json, TimestampFormat format, Arena& arena, Cell& out) {
    if (type.is_numeric()) return text_to_cell(type, json, format, arena, out);
    if (type.is_timestamp() && format != TimestampFormat::kIso) return text_to_cell(type, json, format, arena, out);
    return RowError::kWrongType;
}

}  // namespace

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
