#include "runtime/types/nested.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "runtime/types/decimal.h"

namespace streamql {

namespace {

template <typename T>
T load_as(const char* p) {
    T v;
    std::memcpy(&v, p, sizeof(T));
    return v;
}

template <typename T>
void append_raw(std::string& to, const T& v) {
    char raw[sizeof(T)];
    std::memcpy(raw, &v, sizeof(T));
    to.append(raw, sizeof(T));
}

}  // namespace

TypeKind NestedView::kind(uint32_t i) const {
    std::string_view bytes = part(i);
    return bytes.empty() ? TypeKind::kNull : static_cast<TypeKind>(bytes[0]);
}

Cell NestedView::get(uint32_t i) const {
    std::string_view bytes = part(i);
    if (bytes.empty()) return Cell();
    const char* p = bytes.data() + 1;
    switch (Type(static_cast<TypeKind>(bytes[0])).physical()) {
        case Physical::kI64:
            return Cell::of(load_as<int64_t>(p));
        case Physical::kF64:
            return Cell::of(load_as<double>(p));
        case Physical::kStr:
            return Cell::of(Str{p, bytes.size() - 1});
        case Physical::kInterval:
            return Cell::of(load_as<Interval>(p));
        case Physical::kDecimal:
            return Cell::of(decimal_of(load_as<Int128>(p + 1), static_cast<uint8_t>(*p)));
    }
    return Cell();
}

void NestedBuilder::begin(NestedForm form) {
    form_ = form;
    ends_.clear();
    parts_.clear();
}

void NestedBuilder::add_null() { ends_.push_back(static_cast<uint32_t>(parts_.size())); }

void NestedBuilder::add(TypeKind kind, const Cell& value) {
    if (!value.null) {
        parts_.push_back(static_cast<char>(kind));
        switch (Type(kind).physical()) {
            case Physical::kI64:
                append_raw(parts_, value.i64);
                break;
            case Physical::kF64: {
                double v = value.f64;
                if (v == 0) v = 0;  // one zero and one NaN, so that equal values have equal bytes
                if (std::isnan(v)) v = std::numeric_limits<double>::quiet_NaN();
                append_raw(parts_, v);
                break;
            }
            case Physical::kStr:
                parts_.append(value.str.data, value.str.size);
                break;
            case Physical::kInterval:
                append_raw(parts_, value.interval);
                break;
            case Physical::kDecimal:
                parts_.push_back(static_cast<char>(value.decimal.scale));
                append_raw(parts_, value.decimal.value);
                break;
        }
    }
    ends_.push_back(static_cast<uint32_t>(parts_.size()));
}

void NestedBuilder::sort_map() {
    auto part = [this](size_t i) {
        uint32_t begin = i == 0 ? 0 : ends_[i - 1];
        return std::string_view(parts_).substr(begin, ends_[i] - begin);
    };
    std::map<std::string_view, std::string_view> entries;
    for (size_t i = 0; i + 1 < ends_.size(); i += 2) entries[part(i)] = part(i + 1);
    std::string sorted;
    std::vector<uint32_t> ends;
    for (const auto& [key, value] : entries) {
        sorted.append(key);
        ends.push_back(static_cast<uint32_t>(sorted.size()));
        sorted.append(value);
        ends.push_back(static_cast<uint32_t>(sorted.size()));
    }
    parts_ = std::move(sorted);
    ends_ = std::move(ends);
}

std::string_view NestedBuilder::finish() {
    if (form_ == NestedForm::kMap) sort_map();
    out_.assign(1, static_cast<char>(form_));
    out_.append(3, '\0');
    append_raw(out_, static_cast<uint32_t>(ends_.size()));
    append_raw(out_, uint32_t{0});
    for (uint32_t end : ends_) append_raw(out_, end);
    out_.append(parts_);
    return out_;
}

int double_compare(double a, double b) {
    bool a_nan = std::isnan(a), b_nan = std::isnan(b);
    if (a_nan || b_nan) return static_cast<int>(a_nan) - static_cast<int>(b_nan);
    return a < b ? -1 : a > b ? 1 : 0;
}

Int128 interval_span(const Interval& v) {
    constexpr int64_t kDay = 86'400'000'000;
    return static_cast<Int128>(v.months) * 30 * kDay + static_cast<Int128>(v.days) * kDay + v.micros;
}

int cell_compare(TypeKind kind, const Cell& a, const Cell& b) {
    switch (Type(kind).physical()) {
        case Physical::kI64:
            return a.i64 < b.i64 ? -1 : a.i64 > b.i64 ? 1 : 0;
        case Physical::kF64:
            return double_compare(a.f64, b.f64);
        case Physical::kDecimal:
            return decimal_compare(a.decimal, b.decimal);
        case Physical::kInterval: {
            Int128 x = interval_span(a.interval), y = interval_span(b.interval);
            return x < y ? -1 : x > y ? 1 : 0;
        }
        case Physical::kStr:
            break;
    }
    if (Type(kind).is_nested()) return nested_compare(a.str, b.str);
    int order = a.str.view().compare(b.str.view());
    return order < 0 ? -1 : order > 0 ? 1 : 0;
}

int nested_compare(Str a, Str b) {
    NestedView x(a), y(b);
    uint32_t common = std::min(x.count(), y.count());
    for (uint32_t i = 0; i < common; ++i) {
        TypeKind kx = x.kind(i), ky = y.kind(i);
        if (kx == TypeKind::kNull || ky == TypeKind::kNull) {
            if (kx == ky) continue;
            return kx == TypeKind::kNull ? 1 : -1;
        }
        int order = cell_compare(kx, x.get(i), y.get(i));
        if (order != 0) return order;
    }
    return x.count() < y.count() ? -1 : x.count() > y.count() ? 1 : 0;
}

std::string type_descriptor(const Type& type) {
    std::string text(1, static_cast<char>('A' + static_cast<int>(type.kind)));
    switch (type.kind) {
        case TypeKind::kDecimal:
            text += std::to_string(type.precision) + "," + std::to_string(type.scale) + ";";
            break;
        case TypeKind::kArray:
            text += type_descriptor(*type.element);
            break;
        case TypeKind::kMap:
            text += type_descriptor(*type.key) + type_descriptor(*type.element);
            break;
        case TypeKind::kStruct:
            text += std::to_string(type.fields->size()) + ";";
            for (const Field& f : *type.fields)
                text += std::to_string(f.name.size()) + ";" + f.name + type_descriptor(*f.type);
            break;
        default:
            break;
    }
    return text;
}

namespace {

int take_number(std::string_view& text) {
    int n = 0;
    auto after = std::from_chars(text.data(), text.data() + text.size(), n).ptr;
    text.remove_prefix(static_cast<size_t>(after - text.data()) + 1);
    return n;
}

Type take_type(std::string_view& text) {
    TypeKind kind = static_cast<TypeKind>(text[0] - 'A');
    text.remove_prefix(1);
    switch (kind) {
        case TypeKind::kDecimal: {
            int precision = take_number(text);
            return Type::decimal(precision, take_number(text));
        }
        case TypeKind::kArray:
            return Type::array(take_type(text));
        case TypeKind::kMap: {
            Type key = take_type(text);
            return Type::map(key, take_type(text));
        }
        case TypeKind::kStruct: {
            std::vector<Field> fields(static_cast<size_t>(take_number(text)));
            for (Field& f : fields) {
                size_t size = static_cast<size_t>(take_number(text));
                f.name = text.substr(0, size);
                text.remove_prefix(size);
                f.type = std::make_shared<const Type>(take_type(text));
            }
            return Type::structure(std::move(fields));
        }
        default:
            return Type(kind);
    }
}

}  // namespace

Type parse_descriptor(std::string_view text) { return take_type(text); }

}  // namespace streamql
