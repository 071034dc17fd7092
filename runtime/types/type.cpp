#include "runtime/types/type.h"

#include <fmt/format.h>

#include "runtime/base/result.h"

namespace streamql {

namespace {
template <typename T>
bool same(const std::shared_ptr<const T>& a, const std::shared_ptr<const T>& b) {
    return a == b || (a && b && *a == *b);
}
}  // namespace

bool Field::operator==(const Field& o) const { return name == o.name && same(type, o.type); }

Type Type::array(Type element) {
    Type t(TypeKind::kArray);
    t.element = std::make_shared<const Type>(std::move(element));
    return t;
}

Type Type::map(Type key, Type value) {
    Type t(TypeKind::kMap);
    t.key = std::make_shared<const Type>(std::move(key));
    t.element = std::make_shared<const Type>(std::move(value));
    return t;
}

Type Type::structure(std::vector<Field> fields) {
    Type t(TypeKind::kStruct);
    t.fields = std::make_shared<const std::vector<Field>>(std::move(fields));
    return t;
}

bool Type::operator==(const Type& o) const {
    return same_kind(o) && (kind != TypeKind::kDecimal || (precision == o.precision && scale == o.scale));
}

bool Type::same_kind(const Type& o) const {
    return kind == o.kind && same(element, o.element) && same(key, o.key) && same(fields, o.fields);
}

Physical Type::physical() const {
    switch (kind) {
        case TypeKind::kNull:
        case TypeKind::kBoolean:
        case TypeKind::kSmallint:
        case TypeKind::kInteger:
        case TypeKind::kBigint:
        case TypeKind::kDate:
        case TypeKind::kTime:
        case TypeKind::kTimestamp:
        case TypeKind::kTimestampTz:
            return Physical::kI64;
        case TypeKind::kReal:
        case TypeKind::kDouble:
            return Physical::kF64;
        case TypeKind::kDecimal:
            return Physical::kDecimal;
        case TypeKind::kInterval:
            return Physical::kInterval;
        case TypeKind::kString:
        case TypeKind::kBytes:
        case TypeKind::kJson:
        case TypeKind::kArray:
        case TypeKind::kMap:
        case TypeKind::kStruct:
            return Physical::kStr;
    }
    SQ_CHECK(false);
}

std::string Type::to_string() const {
    const std::string digits = precision > 0 ? fmt::format("({})", precision - 1) : "";  // of a time
    switch (kind) {
        case TypeKind::kNull:
            return "NULL";
        case TypeKind::kBoolean:
            return "BOOLEAN";
        case TypeKind::kSmallint:
            return "SMALLINT";
        case TypeKind::kInteger:
            return "INTEGER";
        case TypeKind::kBigint:
            return "BIGINT";
        case TypeKind::kReal:
            return "REAL";
        case TypeKind::kDouble:
            return "DOUBLE";
        case TypeKind::kDecimal:
            return precision ? fmt::format("DECIMAL({},{})", precision, scale) : "NUMERIC";
        case TypeKind::kString:
            return "STRING";
        case TypeKind::kBytes:
            return "BYTES";
        case TypeKind::kDate:
            return "DATE";
        case TypeKind::kTime:
            return "TIME" + digits;
        case TypeKind::kTimestamp:
            return "TIMESTAMP" + digits;
        case TypeKind::kTimestampTz:
            return "TIMESTAMPTZ" + digits;
        case TypeKind::kInterval:
            return "INTERVAL";
        case TypeKind::kJson:
            return "JSON";
        case TypeKind::kArray:
            return "ARRAY<" + element->to_string() + ">";
        case TypeKind::kMap:
            return "MAP<" + key->to_string() + ", " + element->to_string() + ">";
        case TypeKind::kStruct: {
            std::string s = "STRUCT<";
            for (auto& f : *fields) s += (s.size() > 7 ? ", " : "") + f.name + " " + f.type->to_string();
            return s + ">";
        }
    }
    SQ_CHECK(false);
}

}  // namespace streamql
