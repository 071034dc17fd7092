// Types as written: names of both worlds, DECIMAL's parameters, nested types.
#include <fmt/format.h>

#include "compiler/bind/binder.h"
#include "compiler/diagnostics/suggest.h"
#include "runtime/types/datetime.h"

namespace streamql::bind_detail {

namespace {

const std::vector<std::string> kTypeNames = {"boolean",
                                             "bool",
                                             "smallint",
                                             "int2",
                                             "tinyint",
                                             "integer",
                                             "int",
                                             "int4",
                                             "bigint",
                                             "int8",
                                             "real",
                                             "float4",
                                             "float",
                                             "double",
                                             "double precision",
                                             "float8",
                                             "decimal",
                                             "numeric",
                                             "dec",
                                             "string",
                                             "text",
                                             "varchar",
                                             "char",
                                             "character",
                                             "character varying",
                                             "bytes",
                                             "bytea",
                                             "binary",
                                             "varbinary",
                                             "date",
                                             "time",
                                             "time without time zone",
                                             "timestamp",
                                             "timestamp without time zone",
                                             "datetime",
                                             "timestamptz",
                                             "timestamp with time zone",
                                             "timestamp_ltz",
                                             "timestamp with local time zone",
                                             "interval",
                                             "json",
                                             "jsonb",
                                             "array",
                                             "map",
                                             "struct",
                                             "row"};

std::optional<TypeKind> simple_kind(const std::string& n) {
    static const std::map<std::string, TypeKind> kinds = {{"boolean", TypeKind::kBoolean},
                                                          {"bool", TypeKind::kBoolean},
                                                          {"smallint", TypeKind::kSmallint},
                                                          {"int2", TypeKind::kSmallint},
                                                          {"tinyint", TypeKind::kSmallint},
                                                          {"integer", TypeKind::kInteger},
                                                          {"int", TypeKind::kInteger},
                                                          {"int4", TypeKind::kInteger},
                                                          {"bigint", TypeKind::kBigint},
                                                          {"int8", TypeKind::kBigint},
                                                          {"real", TypeKind::kReal},
                                                          {"float4", TypeKind::kReal},
                                                          {"double", TypeKind::kDouble},
                                                          {"float", TypeKind::kDouble},
                                                          {"double precision", TypeKind::kDouble},
                                                          {"float8", TypeKind::kDouble},
                                                          {"string", TypeKind::kString},
                                                          {"text", TypeKind::kString},
                                                          {"varchar", TypeKind::kString},
                                                          {"char", TypeKind::kString},
                                                          {"character", TypeKind::kString},
                                                          {"character varying", TypeKind::kString},
                                                          {"bytes", TypeKind::kBytes},
                                                          {"bytea", TypeKind::kBytes},
                                                          {"binary", TypeKind::kBytes},
                                                          {"varbinary", TypeKind::kBytes},
                                                          {"date", TypeKind::kDate},
                                                          {"time", TypeKind::kTime},
                                                          {"time without time zone", TypeKind::kTime},
                                                          {"timestamp", TypeKind::kTimestamp},
                                                          {"timestamp without time zone", TypeKind::kTimestamp},
                                                          {"datetime", TypeKind::kTimestamp},
                                                          {"timestamptz", TypeKind::kTimestampTz},
                                                          {"timestamp with time zone", TypeKind::kTimestampTz},
                                                          {"timestamp_ltz", TypeKind::kTimestampTz},
                                                          {"timestamp with local time zone", TypeKind::kTimestampTz},
                                                          {"interval", TypeKind::kInterval},
                                                          {"json", TypeKind::kJson},
                                                          {"jsonb", TypeKind::kJson}};
    auto it = kinds.find(n);
    return it == kinds.end() ? std::nullopt : std::optional(it->second);
}

}  // namespace

std::optional<Type> Binder::bind_time_type(TypeKind kind, const ast::TypeName& t) {
    const int digits = t.parameters.empty() ? 6 : t.parameters[0];
    if (digits < 0) {
        diags_.error("bad-type", t.span, fmt::format("{}({}) is out of range", t.name, digits))
            .with_help("0 to 6 digits of the second are kept");
        return std::nullopt;
    }
    if (digits > 6)
        diags_.note("digits-ignored", t.span,
                    fmt::format("{}({}) keeps 6 digits of the second: times are microseconds", t.name, digits));
    return time_type(kind, digits);
}

/// The part of an ARRAY, MAP or STRUCT.
std::optional<Type> Binder::bind_part_type(const ast::TypeName& t) {
    auto type = bind_type(t);
    if (!type || time_unit(*type) == 1) return type;
    diags_.error("not-supported", t.span, fmt::format("{} inside another type is not supported yet", type->to_string()))
        .with_help(fmt::format("write {} there", Type(type->kind).to_string()));
    return std::nullopt;
}

std::optional<Type> Binder::bind_type(const ast::TypeName& t) {
    if (t.name == "decimal" || t.name == "numeric" || t.name == "dec") {
        if (t.parameters.empty()) return Type::numeric();
        const int p = t.parameters[0], s = t.parameters.size() > 1 ? t.parameters[1] : 0;
        if (p < 1 || p > 38 || s < 0 || s > p) {
            diags_.error("bad-type", t.span, fmt::format("DECIMAL({},{}) is out of range", p, s))
                .with_help("precision goes from 1 to 38, scale from 0 to the precision");
            return std::nullopt;
        }
        return Type::decimal(p, s);
    }
    if (t.name == "array" && t.children.size() == 1) {
        auto e = bind_part_type(t.children[0]);
        return e ? std::optional(Type::array(*e)) : std::nullopt;
    }
    if (t.name == "map" && t.children.size() == 2) {
        auto k = bind_part_type(t.children[0]), v = bind_part_type(t.children[1]);
        return k && v ? std::optional(Type::map(*k, *v)) : std::nullopt;
    }
    if (t.name == "struct" || t.name == "row") {
        std::vector<Field> fields;
        for (auto& f : t.fields) {
            auto ft = bind_part_type(f.type);
            if (!ft) return std::nullopt;
            fields.push_back({f.name.text, std::make_shared<const Type>(*ft)});
        }
        return Type::structure(std::move(fields));
    }
    if (auto k = simple_kind(t.name)) {
        if (*k == TypeKind::kString && !t.parameters.empty())
            diags_.note("length-ignored", t.span,
                        fmt::format("the length of {}({}) is not checked: it is STRING here", t.name, t.parameters[0]));
        if (*k == TypeKind::kTime || Type(*k).is_timestamp()) return bind_time_type(*k, t);
        return Type(*k);
    }
    diags_.error("unknown-type", t.span, fmt::format("there is no type \"{}\"", t.name))
        .with_help(did_you_mean(t.name, kTypeNames));
    return std::nullopt;
}

}  // namespace streamql::bind_detail
