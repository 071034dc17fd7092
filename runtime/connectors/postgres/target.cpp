#include "runtime/connectors/postgres/target.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <pqxx/pqxx>

namespace streamql::postgres {
namespace {

/// A type of ours in PostgreSQL: what create makes, and how values travel to each type that takes them.
struct Kept {
    uint32_t oid;
    Wire wire;
};

std::vector<Kept> kept_as(const Type& type) {
    switch (type.kind) {
        case TypeKind::kBoolean:
            return {{oid::kBool, Wire::kBool}};
        case TypeKind::kSmallint:
            return {{oid::kInt2, Wire::kInt2},
                    {oid::kInt4, Wire::kInt4},
                    {oid::kInt8, Wire::kInt8},
                    {oid::kNumeric, Wire::kNumeric}};
        case TypeKind::kInteger:
            return {{oid::kInt4, Wire::kInt4}, {oid::kInt8, Wire::kInt8}, {oid::kNumeric, Wire::kNumeric}};
        case TypeKind::kBigint:
            return {{oid::kInt8, Wire::kInt8}, {oid::kNumeric, Wire::kNumeric}};
        case TypeKind::kReal:
            return {{oid::kFloat4, Wire::kFloat4}, {oid::kFloat8, Wire::kFloat8}};
        case TypeKind::kDouble:
            return {{oid::kFloat8, Wire::kFloat8}};
        case TypeKind::kDecimal:
            return {{oid::kNumeric, Wire::kNumeric}};
        case TypeKind::kNull:
        case TypeKind::kString:
            return {{oid::kText, Wire::kText}, {oid::kVarchar, Wire::kText}, {oid::kBpchar, Wire::kText}};
        case TypeKind::kBytes:
            return {{oid::kBytea, Wire::kBytes}};
        case TypeKind::kDate:
            return {{oid::kDate, Wire::kDate}};
        case TypeKind::kTime:
            return {{oid::kTime, Wire::kTime}};
        case TypeKind::kTimestamp:
            return {{oid::kTimestamp, Wire::kTimestamp}};
        case TypeKind::kTimestampTz:
            return {{oid::kTimestampTz, Wire::kTimestamp}};
        case TypeKind::kInterval:
            return {{oid::kInterval, Wire::kInterval}};
        case TypeKind::kJson:
        case TypeKind::kArray:
        case TypeKind::kMap:
        case TypeKind::kStruct:
            return {{oid::kJsonb, Wire::kJsonb}, {oid::kJson, Wire::kJson}};
    }
    return {};
}

/// An array of plain values; other nested types are jsonb.
bool is_plain_array(const Type& type) {
    return type.kind == TypeKind::kArray && !type.element->is_nested() && type.element->kind != TypeKind::kNull;
}

std::string sql_type_of(const Type& type) {
    if (is_plain_array(type)) return sql_type_of(*type.element) + "[]";
    switch (type.kind) {
        case TypeKind::kBoolean:
            return "boolean";
        case TypeKind::kSmallint:
            return "smallint";
        case TypeKind::kInteger:
            return "integer";
        case TypeKind::kBigint:
            return "bigint";
        case TypeKind::kReal:
            return "real";
        case TypeKind::kDouble:
            return "double precision";
        case TypeKind::kDecimal:
            return type.precision ? fmt::format("numeric({},{})", type.precision, type.scale) : "numeric";
        case TypeKind::kNull:
        case TypeKind::kString:
            return "text";
        case TypeKind::kBytes:
            return "bytea";
        case TypeKind::kDate:
            return "date";
        case TypeKind::kTime:
            return "time";
        case TypeKind::kTimestamp:
            return "timestamp";
        case TypeKind::kTimestampTz:
            return "timestamptz";
        case TypeKind::kInterval:
            return "interval";
        case TypeKind::kJson:
        case TypeKind::kArray:
        case TypeKind::kMap:
        case TypeKind::kStruct:
            return "jsonb";
    }
    return {};
}

/// A column of the table as the catalogue has it.
struct Found {
    std::string name, sql_type;
    uint32_t oid = 0, element_oid = 0;
    int modifier = -1;
    bool not_null = false, filled = false, generated = false;
};

class Preparer {
  public:
    Preparer(const SinkSpec& spec, const Conninfo& where) : spec_(spec), where_(where) {}
    Result<Target> run();

  private:
    Status connect();
    Status run_setup();
    Status create();
    Status read_table();
    Status check_privileges(pqxx::work& tx, const std::string& table_oid);
    Status check_columns();
    Status check_extra_columns();
    Status check_key();
    Status fit(const ColumnSpec& ours, const Found& theirs, Column& out);
    Status guard(const std::string& what, const std::function<Status()>& body);
    Error missing_table();
    bool in_key(size_t column) const {
        return std::find(spec_.primary_key.begin(), spec_.primary_key.end(), static_cast<int>(column)) !=
               spec_.primary_key.end();
    }

    const SinkSpec& spec_;
    const Conninfo& where_;
    std::unique_ptr<pqxx::connection> connection_;
    Target target_;
    std::vector<Found> found_;
    std::vector<std::vector<std::string>> unique_keys_;
};

/// pqxx's exceptions end here.
Status Preparer::guard(const std::string& what, const std::function<Status()>& body) {
    try {
        return body();
    } catch (const pqxx::sql_error& e) {
        Error out{ErrorCode::kOutside, fmt::format("{}: {}", what, first_line(e.what())), {}};
        if (e.sqlstate() == "42501")
            out.help = fmt::format("the role \"{}\" needs the right to do that (GRANT)", where_.user);
        return out;
    } catch (const pqxx::failure& e) {
        return Error{ErrorCode::kOutside, fmt::format("{}: {}", what, first_line(e.what())), {}};
    }
}

/// Tries again only while the server is not there or is starting.
Status Preparer::connect() {
    auto deadline = std::chrono::steady_clock::now() + std::chrono::microseconds(std::max<int64_t>(where_.timeout, 0));
    while (true) {
        std::string why;
        try {
            connection_ = std::make_unique<pqxx::connection>(where_.text);
            return {};
        } catch (const pqxx::failure& e) {
            why = e.what();
        }
        Error e = connection_error(where_, why);
        if (!e.retryable) return e;
        if (std::chrono::steady_clock::now() >= deadline) {
            e.retryable = false;
            e.message += fmt::format(" (tried for {} s)", static_cast<double>(where_.timeout) / 1e6);
            return e;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
}

Status Preparer::run_setup() {
    if (!spec_.options.has("setup")) return {};
    std::string path = spec_.options.text("setup");
    std::ifstream in(path);
    std::stringstream sql;
    if (!in || !(sql << in.rdbuf()))
        return Error{ErrorCode::kOutside, fmt::format("cannot read the setup file {}", path), {}};
    return guard(fmt::format("the setup file {} failed", path), [&]() -> Status {
        pqxx::work tx(*connection_);
        tx.exec(sql.str());
        tx.commit();
        return {};
    });
}

Status Preparer::create() {
    if (spec_.options.text("create") != "if_missing") return {};
    return guard(fmt::format("cannot create table {}", target_.shown), [&]() -> Status {
        pqxx::work tx(*connection_);
        // two jobs that start at once must not both find it missing
        tx.exec("SELECT pg_advisory_xact_lock(hashtext('streamql create'))");
        if (!tx.exec("SELECT to_regclass(" + tx.quote(target_.quoted) + ")")[0][0].is_null()) return {};
        if (std::string schema = spec_.options.text("schema"); !schema.empty()) {
            auto there = tx.exec("SELECT 1 FROM pg_namespace WHERE nspname = " + tx.quote(schema));
            if (there.empty()) tx.exec("CREATE SCHEMA " + tx.quote_name(schema));
        }
        std::string sql, key;
        for (size_t c = 0; c < spec_.columns.size(); ++c) {
            auto& column = spec_.columns[c];
            sql += (c ? ", " : "") + tx.quote_name(column.name) + " " + sql_type_of(column.type);
            if (column.not_null || in_key(c)) sql += " NOT NULL";
        }
        for (int c : spec_.primary_key)
            key += (key.empty() ? "" : ", ") + tx.quote_name(spec_.columns[static_cast<size_t>(c)].name);
        if (!key.empty()) sql += ", PRIMARY KEY (" + key + ")";
        tx.exec("CREATE TABLE " + target_.quoted + " (" + sql + ")");
        tx.commit();
        return {};
    });
}

Error Preparer::missing_table() {
    std::vector<std::string> names;
    (void)guard("", [&]() -> Status {
        pqxx::work tx(*connection_);
        for (auto row : tx.exec("SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE "
                                "relkind IN ('r','p') "
                                "AND nspname NOT IN ('pg_catalog', 'information_schema')"))
            names.push_back(row[0].c_str());
        return {};
    });
    Error e{ErrorCode::kOutside, fmt::format("PostgreSQL at {} has no table {}", where_.shown, target_.shown), {}};
    std::string table = spec_.options.text("table");
    e.help = suggest_word(table.empty() ? spec_.name : table, names);
    e.help += (e.help.empty() ? "" : " ") + std::string("create = 'if_missing' makes it");
    return e;
}

Status Preparer::check_privileges(pqxx::work& tx, const std::string& table_oid) {
    for (const char* right : {"INSERT", "UPDATE", "SELECT"}) {
        if (target_.key_columns == 0 && std::string_view(right) != "INSERT") continue;
        if (tx.exec("SELECT has_table_privilege(" + table_oid + "::oid, '" + right + "')")[0][0].as<bool>()) continue;
        return Error{ErrorCode::kOutside,
                     fmt::format("the role \"{}\" may not {} on table {}", where_.user, right, target_.shown),
                     fmt::format("GRANT INSERT{} ON {} TO {}", target_.key_columns ? ", UPDATE, SELECT" : "",
                                 target_.shown, where_.user)};
    }
    return {};
}

Status Preparer::read_table() {
    return guard(fmt::format("cannot read the definition of table {}", target_.shown), [&]() -> Status {
        pqxx::work tx(*connection_);
        auto table =
            tx.exec("SELECT oid, relkind FROM pg_class WHERE oid = to_regclass(" + tx.quote(target_.quoted) + ")");
        if (table.empty()) {
            tx.abort();
            return missing_table();
        }
        std::string table_oid = table[0][0].c_str(), kind = table[0][1].c_str();
        if (kind != "r" && kind != "p")
            return Error{ErrorCode::kOutside, fmt::format("{} is no table", target_.shown), "a sink writes to tables"};
        if (auto ok = check_privileges(tx, table_oid); !ok) return ok;
        for (auto row :
             tx.exec("SELECT attname, atttypid::bigint, atttypmod, attnotnull, format_type(atttypid, atttypmod), "
                     "atthasdef OR attidentity <> '', attgenerated <> '' OR attidentity = 'a', t.typelem::bigint * "
                     "(t.typcategory = 'A')::int "
                     "FROM pg_attribute a JOIN pg_type t ON t.oid = atttypid "
                     "WHERE attnum > 0 AND NOT attisdropped AND attrelid = " +
                     table_oid)) {
            Found f;
            f.name = row[0].c_str();
            f.oid = static_cast<uint32_t>(row[1].as<int64_t>());
            f.modifier = row[2].as<int>();
            f.not_null = row[3].as<bool>();
            f.sql_type = row[4].c_str();
            f.filled = row[5].as<bool>();
            f.generated = row[6].as<bool>();
            f.element_oid = static_cast<uint32_t>(row[7].as<int64_t>());
            found_.push_back(std::move(f));
        }
        std::string last;
        for (auto row : tx.exec("SELECT i.indexrelid::bigint, a.attname FROM pg_index i JOIN pg_attribute a ON "
                                "a.attrelid = i.indexrelid "
                                "AND a.attnum <= i.indnkeyatts WHERE indisunique AND indisvalid AND indpred IS NULL "
                                "AND indexprs IS NULL "
                                "AND indimmediate AND indrelid = " +
                                table_oid + " ORDER BY 1")) {
            if (unique_keys_.empty() || last != row[0].c_str()) unique_keys_.emplace_back();
            last = row[0].c_str();
            unique_keys_.back().push_back(row[1].c_str());
        }
        return {};
    });
}

Status Preparer::fit(const ColumnSpec& ours, const Found& theirs, Column& out) {
    out.name = theirs.name;
    out.type = ours.type;
    out.sql_type = theirs.sql_type;
    out.not_null = theirs.not_null;
    bool fits = false;
    if (theirs.element_oid && is_plain_array(ours.type)) {
        for (auto& k : kept_as(*ours.type.element)) {
            if (k.oid != theirs.element_oid || (ours.type.element->is_integer() && k.wire == Wire::kNumeric)) continue;
            fits = true;
            bool whole = target_.key_columns == 0;  // COPY takes an array as one value, unnest does not
            out.wire = whole ? Wire::kArray : Wire::kArrayLiteral;
            out.oid = whole ? theirs.oid : oid::kText;
            out.element = k.wire;
            out.element_oid = k.oid;
        }
    } else {
        for (auto& k : kept_as(ours.type)) {
            if (k.oid != theirs.oid) continue;
            fits = true;
            out.wire = k.wire;
            out.oid = k.oid;
        }
    }
    if (!fits)
        return Error{ErrorCode::kOutside,
                     fmt::format("column \"{}\" of table {} is {}, but the sink writes {}", theirs.name, target_.shown,
                                 theirs.sql_type, ours.type.to_string()),
                     fmt::format("cast it in the query, or make the column {}", sql_type_of(ours.type))};
    if (theirs.oid == oid::kNumeric && theirs.modifier >= 4) {
        int bits = theirs.modifier - 4, scale = ((bits & 0x7ff) ^ 1024) - 1024;
        out.digits = std::max(((bits >> 16) & 0xffff) - scale, 0);
        out.scale = scale;
    }
    if ((theirs.oid == oid::kVarchar || theirs.oid == oid::kBpchar) && theirs.modifier >= 4)
        out.max_characters = theirs.modifier - 4;
    return {};
}

Status Preparer::check_columns() {
    std::vector<size_t> order;
    for (int c : spec_.primary_key) order.push_back(static_cast<size_t>(c));
    for (size_t c = 0; c < spec_.columns.size(); ++c)
        if (!in_key(c)) order.push_back(c);
    for (size_t c : order) {
        auto& ours = spec_.columns[c];
        auto theirs = std::find_if(found_.begin(), found_.end(), [&](auto& f) { return f.name == ours.name; });
        if (theirs == found_.end()) {
            std::vector<std::string> names;
            std::string all;
            for (auto& f : found_) {
                names.push_back(f.name);
                all += (all.empty() ? "" : ", ") + f.name;
            }
            std::string help = suggest_word(ours.name, names);
            return Error{ErrorCode::kOutside,
                         fmt::format("table {} has no column \"{}\", which the sink writes", target_.shown, ours.name),
                         help.empty() ? "it has: " + all : help};
        }
        if (theirs->generated)
            return Error{ErrorCode::kOutside,
                         fmt::format("column \"{}\" of table {} is generated by the server", ours.name, target_.shown),
                         "leave it out of the sink"};
        Column column;
        column.source = static_cast<int>(c);
        if (auto ok = fit(ours, *theirs, column); !ok) return ok;
        if (in_key(c)) column.not_null = true;
        target_.columns.push_back(std::move(column));
    }
    return {};
}

Status Preparer::check_extra_columns() {
    for (auto& f : found_) {
        bool ours = std::any_of(spec_.columns.begin(), spec_.columns.end(), [&](auto& c) { return c.name == f.name; });
        if (!ours && f.not_null && !f.filled && !f.generated)
            return Error{
                ErrorCode::kOutside,
                fmt::format("column \"{}\" of table {} is NOT NULL without a default, and the sink does not write it",
                            f.name, target_.shown),
                "write it, or give it a default"};
    }
    return {};
}

Status Preparer::check_key() {
    if (target_.key_columns == 0) return {};
    std::vector<std::string> key;
    for (int c : spec_.primary_key) key.push_back(spec_.columns[static_cast<size_t>(c)].name);
    std::string shown = fmt::format("{}", fmt::join(key, ", "));
    std::sort(key.begin(), key.end());
    for (auto unique : unique_keys_) {
        std::sort(unique.begin(), unique.end());
        if (unique == key) return {};
    }
    return Error{ErrorCode::kOutside,
                 fmt::format("table {} has no primary key or unique index on ({}), by which the sink writes",
                             target_.shown, shown),
                 fmt::format("ALTER TABLE {} ADD PRIMARY KEY ({})", target_.shown, shown)};
}

Result<Target> Preparer::run() {
    if (auto ok = connect(); !ok) return ok.error();
    std::string schema = spec_.options.text("schema"), table = spec_.options.text("table");
    if (table.empty()) table = spec_.name;
    target_.shown = schema.empty() ? table : schema + "." + table;
    target_.quoted = (schema.empty() ? "" : connection_->quote_name(schema) + ".") + connection_->quote_name(table);
    target_.key_columns = static_cast<int>(spec_.primary_key.size());
    for (auto step : {&Preparer::run_setup, &Preparer::create, &Preparer::read_table, &Preparer::check_columns,
                      &Preparer::check_extra_columns, &Preparer::check_key})
        if (auto ok = (this->*step)(); !ok) return ok.error();
    for (auto& column : target_.columns) column.name = connection_->quote_name(column.name);
    return std::move(target_);
}

}  // namespace

std::string Target::copy_sql() const {
    std::string names;
    for (auto& c : columns) names += (names.empty() ? "" : ", ") + c.name;
    return "COPY " + quoted + " (" + names + ") FROM STDIN (FORMAT binary)";
}

std::string Target::upsert_sql() const {
    std::string names, values, parameters, key, updates;
    for (size_t c = 0; c < columns.size(); ++c) {
        const char* comma = c ? ", " : "";
        std::string value = fmt::format("u.c{}", c);
        std::string element = columns[c].wire == Wire::kArrayLiteral ? "text" : columns[c].sql_type;
        // numeric(5,2)[] would round before the column's own check; text, varchar(n) alike: the plain type travels
        element = element.substr(0, element.find('('));
        if (columns[c].sql_type.starts_with("time") && columns[c].sql_type.ends_with("with time zone"))
            element = "timestamptz";
        else if (columns[c].sql_type.starts_with("timestamp"))
            element = "timestamp";
        else if (element == "character")
            element = "bpchar";  // character alone is character(1)
        names += comma + columns[c].name;
        values += comma + value + (columns[c].wire == Wire::kArrayLiteral ? "::" + columns[c].sql_type : "");
        parameters += fmt::format("{}${}::{}[]", comma, c + 1, element);
        if (static_cast<int>(c) < key_columns)
            key += comma + columns[c].name;
        else
            updates += (updates.empty() ? "" : ", ") + columns[c].name + " = EXCLUDED." + columns[c].name;
    }
    std::string aliases;
    for (size_t c = 0; c < columns.size(); ++c) aliases += fmt::format("{}c{}", c ? ", " : "", c);
    return "INSERT INTO " + quoted + " (" + names + ") SELECT " + values + " FROM unnest(" + parameters + ") AS u(" +
           aliases + ") ON CONFLICT (" + key + ") DO " + (updates.empty() ? "NOTHING" : "UPDATE SET " + updates);
}

Result<Target> prepare_target(const SinkSpec& spec, const Conninfo& where) { return Preparer(spec, where).run(); }

}  // namespace streamql::postgres
