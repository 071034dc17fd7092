#include "runtime/formats/json_nested.h"

#include <vector>

#include "runtime/formats/json_value.h"
#include "runtime/formats/value_text.h"
#include "runtime/text/json_text.h"
#include "runtime/types/nested.h"

namespace streamql {
namespace {

/// Walks the members of a checked array or object.
class Members {
  public:
    explicit Members(std::string_view json) : p_(json.data() + 1), end_(json.data() + json.size() - 1) {}
    /// The next element's text, or (of an object) key and value; false at the end.
    bool next(std::string_view& value, std::string_view* key) {
        blanks();
        if (p_ >= end_) return false;
        if (key) {
            *key = take();
            *key = key->substr(1, key->size() - 2);
            blanks();
            ++p_;  // the colon
            blanks();
        }
        value = take();
        blanks();
        if (p_ < end_) ++p_;  // the comma
        return true;
    }

  private:
    void blanks() {
        while (p_ < end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t')) ++p_;
    }
    void string() {
        for (++p_; *p_ != '"'; ++p_) p_ += *p_ == '\\';
        ++p_;
    }
    std::string_view take() {
        const char* from = p_;
        if (*p_ == '"') {
            string();
        } else if (*p_ == '[' || *p_ == '{') {
            int depth = 0;
            do {
                if (*p_ == '"') {
                    string();
                    continue;
                }
                depth += *p_ == '[' || *p_ == '{';
                depth -= *p_ == ']' || *p_ == '}';
                ++p_;
            } while (depth > 0);
        } else {
            while (p_ < end_ && *p_ != ',' && *p_ != ' ' && *p_ != '\n' && *p_ != '\r' && *p_ != '\t') ++p_;
        }
        return {from, static_cast<size_t>(p_ - from)};
    }
    const char* p_;
    const char* end_;
};

bool same_in_any_case(std::string_view a, std::string_view b) {
    auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i)
        if (low(a[i]) != low(b[i])) return false;
    return true;
}

RowError to_array(const Type& type, std::string_view json, TimestampFormat format, Arena& arena,
                  NestedBuilder& builder) {
    Members members(json);
    std::string_view value;
    while (members.next(value, nullptr)) {
        Cell cell;
        if (RowError e = json_to_cell(*type.element, value, format, arena, cell); e != RowError::kOk) return e;
        builder.add(type.element->kind, cell);
    }
    return RowError::kOk;
}

RowError to_struct(const Type& type, std::string_view json, TimestampFormat format, Arena& arena,
                   NestedBuilder& builder) {
    auto& fields = *type.fields;
    std::vector<std::string_view> exact(fields.size()), folded(fields.size());
    Members members(json);
    std::string_view key, value;
    while (members.next(value, &key)) {
        key = json_unescape(key, arena);
        for (size_t i = 0; i < fields.size(); ++i) {
            bool same = key == fields[i].name;
            if (!same && !same_in_any_case(key, fields[i].name)) continue;
            std::string_view& place = same ? exact[i] : folded[i];
            if (same && place.data()) return RowError::kDuplicateKey;
            place = value;
        }
    }
    for (size_t i = 0; i < fields.size(); ++i) {
        std::string_view text = exact[i].data() ? exact[i] : folded[i];
        Cell cell;
        if (text.data())
            if (RowError e = json_to_cell(*fields[i].type, text, format, arena, cell); e != RowError::kOk) return e;
        builder.add(fields[i].type->kind, cell);
    }
    return RowError::kOk;
}

RowError add_entry(const Type& type, const Cell& key, std::string_view value, TimestampFormat format, Arena& arena,
                   NestedBuilder& builder) {
    Cell cell;
    if (RowError e = json_to_cell(*type.element, value, format, arena, cell); e != RowError::kOk) return e;
    builder.add(type.key->kind, key);
    builder.add(type.element->kind, cell);
    return RowError::kOk;
}

RowError to_map(const Type& type, std::string_view json, TimestampFormat format, Arena& arena, NestedBuilder& builder) {
    Members members(json);
    std::string_view name, value;
    if (json[0] == '{') {
        if (type.key->kind != TypeKind::kString) return RowError::kWrongType;
        while (members.next(value, &name)) {
            Cell key = Cell::of(Str::of(json_unescape(name, arena)));
            if (RowError e = add_entry(type, key, value, format, arena, builder); e != RowError::kOk) return e;
        }
        return RowError::kOk;
    }
    while (members.next(value, nullptr)) {
        if (value[0] != '[') return RowError::kWrongType;
        Members pair(value);
        std::string_view key_text, value_text, more;
        if (!pair.next(key_text, nullptr) || !pair.next(value_text, nullptr) || pair.next(more, nullptr))
            return RowError::kWrongType;
        Cell key;
        if (RowError e = json_to_cell(*type.key, key_text, format, arena, key); e != RowError::kOk) return e;
        if (key.null) return RowError::kWrongType;
        if (RowError e = add_entry(type, key, value_text, format, arena, builder); e != RowError::kOk) return e;
    }
    return RowError::kOk;
}

}  // namespace

RowError json_to_nested(const Type& type, std::string_view json, TimestampFormat format, Arena& arena, Cell& out) {
    NestedBuilder builder;
    RowError error = RowError::kWrongType;
    if (type.kind == TypeKind::kArray && json[0] == '[') {
        builder.begin(NestedForm::kArray);
        error = to_array(type, json, format, arena, builder);
    } else if (type.kind == TypeKind::kStruct && json[0] == '{') {
        builder.begin(NestedForm::kStruct);
        error = to_struct(type, json, format, arena, builder);
    } else if (type.kind == TypeKind::kMap) {
        builder.begin(NestedForm::kMap);
        error = to_map(type, json, format, arena, builder);
    }
    if (error == RowError::kOk) out = Cell::of(builder.finish(arena));
    return error;
}

void append_json_nested(const Type& type, Str value, TimestampFormat format, std::string& out) {
    NestedView view(value);
    bool is_object =
        type.kind == TypeKind::kStruct || (type.kind == TypeKind::kMap && type.key->kind == TypeKind::kString);
    out += is_object ? '{' : '[';
    uint32_t step = type.kind == TypeKind::kMap ? 2 : 1;
    for (uint32_t i = 0; i < view.count(); i += step) {
        if (i > 0) out += ',';
        if (type.kind == TypeKind::kArray) {
            append_json_value(*type.element, view.get(i), format, out);
        } else if (type.kind == TypeKind::kStruct) {
            append_json_string((*type.fields)[i].name, out);
            out += ':';
            append_json_value(*(*type.fields)[i].type, view.get(i), format, out);
        } else {
            if (!is_object) out += '[';
            append_json_value(*type.key, view.get(i), format, out);
            out += is_object ? ':' : ',';
            append_json_value(*type.element, view.get(i + 1), format, out);
            if (!is_object) out += ']';
        }
    }
    out += is_object ? '}' : ']';
}

}  // namespace streamql
