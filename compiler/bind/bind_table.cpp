#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "compiler/bind/binder.h"
#include "compiler/diagnostics/suggest.h"
#include "runtime/connectors/connector.h"
#include "runtime/connectors/sink_options.h"
#include "runtime/formats/format_list.h"
#include "runtime/types/datetime.h"

namespace streamql::bind_detail {

std::optional<std::string> Binder::option_text(const ast::OptionValue& v) {
    if (v.kind != ast::OptionValue::Kind::kSecret) return v.text;
    if (v.text.starts_with("env:")) {
        auto value = options_.environment ? options_.environment(v.text.substr(4)) : std::nullopt;
        if (value) return value;
        diags_.error("missing-variable", v.span, fmt::format("the environment has no variable {}", v.text.substr(4)));
        return std::nullopt;
    }
    if (v.text.starts_with("file:")) {
        std::ifstream in(v.text.substr(5));
        std::stringstream s;
        s << in.rdbuf();
        if (in) {
            std::string text = s.str();
            while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
            return text;
        }
        diags_.error("unreadable-secret", v.span, fmt::format("cannot read the secret's file {}", v.text.substr(5)));
        return std::nullopt;
    }
    diags_.error("bad-secret", v.span, "a SECRET is 'env:NAME' or 'file:PATH'");
    return std::nullopt;
}

bool Binder::bind_options(const ast::CreateRelation& create, bool as_source, std::string& connector, Options& out) {
    std::map<std::string, std::string> given;
    std::map<std::string, const ast::Option*> places;
    bool ok = true;
    for (auto& o : create.options) {
        if (places.count(o.key)) {
            diags_.error("duplicate-option", o.key_span, fmt::format("option {} is given twice", o.key));
            ok = false;
        }
        places[o.key] = &o;
        if (options_.local && o.value.kind == ast::OptionValue::Kind::kSecret)
            given[o.key] = "local";  // its server is not asked
        else if (auto text = option_text(o.value))
            given[o.key] = *text;
        else
            ok = false;
    }
    std::vector<std::string> connectors;
    for (auto& c : connector_list())
        if (as_source ? c.make_source != nullptr : c.make_sink != nullptr) connectors.push_back(c.name);
    if (!given.count("connector")) {
        diags_
            .error("missing-option", create.options_span,
                   fmt::format("\"{}\" needs a connector", create.name.to_string()))
            .with_help("add WITH (connector = '...'); one of: " + fmt::format("{}", fmt::join(connectors, ", ")));
        return false;
    }
    connector = given["connector"];
    const Connector* c = find_connector(connector);
    if (!c || (as_source ? !c->make_source : !c->make_sink)) {
        const Span span = places["connector"]->value.span;
        if (!c)
            diags_.error("unknown-connector", span, fmt::format("there is no connector \"{}\"", connector))
                .with_help(did_you_mean(connector, connectors));
        else
            diags_
                .error("unknown-connector", span,
                       fmt::format("connector \"{}\" cannot be a {}", connector, as_source ? "source" : "sink"))
                .with_help("one of: " + fmt::format("{}", fmt::join(connectors, ", ")));
        return false;
    }
    given.erase("connector");
    std::vector<OptionSpec> specs = c->options;
    for (auto& o : as_source ? common_source_options() : common_sink_options())
        if (std::none_of(specs.begin(), specs.end(),
                         [&](auto& s) { return (as_source ? s.source : s.sink) && s.name == o.name; }))
            specs.push_back(o);
    for (const char* key : {"on_error", "max_error_rate"})  // WITH over SET
        if (job_options_.has(key) && !given.count(key)) given[key] = job_options_.text(key);
    std::vector<OptionProblem> problems;
    out = check_options(specs, given, as_source, fmt::format("connector {}", connector), problems);
    if (problems.empty() && c->check) c->check(out, as_source, problems);
    for (auto& p : problems) {
        const auto* o = places.count(p.key) ? places[p.key] : nullptr;
        const bool unknown = p.message.find("no option") != std::string::npos;
        const Span span = !o ? create.options_span : unknown ? o->key_span : o->value.span;
        const char* code = unknown ? "unknown-option" : p.key.empty() ? "missing-option" : "bad-option";
        diags_.error(code, span, p.message).with_help(p.help);
        ok = false;
    }
    return ok;
}

std::shared_ptr<const plan::TableDefinition> Binder::source_of(DeclaredRelation& r, Span use) {
    if (r.source || r.source_failed) return r.source;
    const size_t before = diags_.error_count();
    const ast::CreateRelation& create = *r.ast;
    auto table = std::make_shared<plan::TableDefinition>();
    table->name = create.name.to_string();
    table->span = create.name.span;
    if (create.role == ast::RelationRole::kSink)
        diags_.error("not-a-source", use, fmt::format("\"{}\" is a sink: it can be written, not read", table->name));
    else if (bind_options(create, true, table->connector, table->options) && options_.local &&
             find_connector(table->connector)->server)
        stand_in(create, *table);
    if (diags_.error_count() == before) {
        const Connector* c = find_connector(table->connector);
        table->bounded = c && c->bounded && c->bounded(table->options);
        bind_columns(create, *table);
    }
    if (diags_.error_count() == before) bind_computed(create, *table);
    if (diags_.error_count() == before && create.watermark) bind_watermark(*create.watermark, *table);
    if (diags_.error_count() != before)
        r.source_failed = true;
    else
        r.source = table;
    return r.source;
}

// --local: the source that stands in for a server's, as its own option (sample, generator ...) says.
void Binder::stand_in(const ast::CreateRelation& create, plan::TableDefinition& table) {
    const Connector* whose = find_connector(table.connector);
    const std::string place = fmt::format("{} {}", whose->place_option, table.options.text(whose->place_option));
    const Connector* local = nullptr;
    for (auto& c : connector_list())
        if (!local && !c.stand_in_for.empty() && table.options.has(c.stand_in_for)) local = &c;
    if (!local) {
        diags_
            .error("no-sample", create.options_span,
                   fmt::format("--local has nothing to put in place of {} \"{}\"", whose->place_option,
                               table.options.text(whose->place_option)))
            .with_help("add sample = 'path' or generator = 'name' to its WITH clause");
        return;
    }
    const std::string what = table.options.text(local->stand_in_for);
    out_.replaced.push_back(fmt::format("{}: {} -> {} {}", table.name, place, local->stand_in_for, what));
    ast::CreateRelation stand_in;
    stand_in.name = create.name;
    stand_in.options_span = create.options_span;
    auto add = [&](const std::string& key, std::string value) {
        ast::Option o;
        o.key = key;
        o.key_span = o.value.span = create.options_span;
        o.value.text = std::move(value);
        stand_in.options.push_back(std::move(o));
    };
    add("connector", local->name);
    add(local->stand_in_option, what);
    std::set<std::string> kept = {"on_error",   "max_error_rate",   "idle_timeout",
                                  "max_future", "max_record_bytes", "dead_letter"};
    for (auto& o : format_options(""))  // what is said of the records holds for their stand-in too, if it asks
        for (auto& own : local->options)
            if (own.source && own.name == o.name) kept.insert(o.name);
    const std::string prefix = local->stand_in_for + ".";
    for (auto& o : create.options) {
        if (kept.count(o.key)) add(o.key, o.value.text);
        if (o.key.starts_with(prefix)) add(o.key.substr(prefix.size()), o.value.text);
    }
    table.options = {};
    bind_options(stand_in, true, table.connector, table.options);
}

void Binder::bind_columns(const ast::CreateRelation& create, plan::TableDefinition& table) {
    if (create.columns.empty())
        diags_.error("no-columns", create.name.span, fmt::format("source \"{}\" needs columns", table.name));
    static const std::map<std::string, Type> metadata = {
        {"partition", TypeKind::kInteger}, {"offset", TypeKind::kBigint}, {"timestamp", TypeKind::kTimestamp},
        {"key", TypeKind::kString},        {"topic", TypeKind::kString},  {"headers", TypeKind::kJson}};
    int physical = 0;
    for (auto& c : create.columns) {
        ScanColumn column;
        column.column.name = c.name.text;
        column.column.not_null = c.not_null;
        column.exact_name = c.name.quoted;
        for (auto& other : table.columns)
            if (other.column.name == c.name.text)
                diags_.error("duplicate-column", c.name.span,
                             fmt::format("column \"{}\" is declared twice", c.name.text));
        if (c.type) {
            if (auto t = bind_type(*c.type)) column.column.type = *t;
        }
        if (c.computed) {
            column.origin = ColumnOrigin::kComputed;
        } else if (c.metadata) {
            column.origin = ColumnOrigin::kMetadata;
            column.metadata = c.metadata->key;
            auto it = metadata.find(c.metadata->key);
            std::vector<std::string> names;
            for (auto& [n, t] : metadata) names.push_back(n);
            if (it == metadata.end()) {
                diags_
                    .error("unknown-metadata", c.metadata->span,
                           fmt::format("there is no metadata \"{}\"", c.metadata->key))
                    .with_help(did_you_mean(c.metadata->key, names).empty()
                                   ? "one of: partition, offset, timestamp, key, topic, headers"
                                   : did_you_mean(c.metadata->key, names));
            } else {
                const Type& t = column.column.type;
                const bool fits = t == it->second || (it->second.is_integer() && t.is_integer()) ||
                                  (it->second.is_timestamp() && t.is_timestamp()) ||
                                  (c.metadata->key == "key" && t.kind == TypeKind::kBytes) ||
                                  (c.metadata->key == "headers" && t.kind == TypeKind::kString);
                if (fits && time_unit(t) > 1000)
                    not_supported(c.span, fmt::format("{} for metadata in milliseconds", t.to_string()));
                if (!fits)
                    diags_.error("type-mismatch", c.span,
                                 fmt::format("metadata \"{}\" is {}, not {}", c.metadata->key, it->second.to_string(),
                                             t.to_string()));
            }
        } else {
            column.record_index = physical++;
        }
        table.columns.push_back(std::move(column));
        table.computed.push_back(nullptr);
    }
    if (create.primary_key)
        for (auto& k : create.primary_key->columns) {
            auto it = std::find_if(table.columns.begin(), table.columns.end(),
                                   [&](auto& c) { return c.column.name == k.text; });
            if (it == table.columns.end())
                diags_.error("unknown-column", k.span, fmt::format("\"{}\" has no column \"{}\"", table.name, k.text));
            else
                table.primary_key.push_back(static_cast<int>(it - table.columns.begin()));
        }
}

void Binder::bind_computed(const ast::CreateRelation& create, plan::TableDefinition& table) {
    // computed columns and CHECKs see all columns; a computed one only those computed before it
    std::vector<ScopeColumn> scope;
    plan::Node row;
    for (size_t i = 0; i < table.columns.size(); ++i)
        row.columns.push_back(
            {table.columns[i].column.name, table.columns[i].column.type, table.columns[i].column.not_null});
    auto visible = [&](size_t i) { scope.push_back({table.name, table.columns[i].column.name, static_cast<int>(i)}); };
    for (size_t i = 0; i < table.columns.size(); ++i)
        if (table.columns[i].origin != ColumnOrigin::kComputed) visible(i);
    ExprContext context;
    context.columns = &scope;
    context.node = &row;
    context.clause = "a computed column";
    for (size_t i = 0; i < table.columns.size(); ++i) {
        if (!create.columns[i].computed) continue;
        Bound b = bind_expr(*create.columns[i].computed, context);
        if (!b) continue;
        const Span span = create.columns[i].computed->span;
        auto& type = table.columns[i].column.type;
        if (create.columns[i].type)
            b.expr = coerce(b, type, Coercion::kAssignment, span, "the column's type");
        else if (b.unknown)
            b.expr = coerce(b, TypeKind::kString, Coercion::kImplicit, span, "text");
        if (!b.expr) continue;
        type = b.expr->type;
        row.columns[i].type = type;
        table.computed[i] = b.expr;
        visible(i);
    }
    context.clause = "CHECK";
    for (auto& c : create.checks)
        if (auto e = boolean(*c.condition, context)) table.checks.push_back(e);
}

void Binder::bind_watermark(const ast::Watermark& w, plan::TableDefinition& table) {
    const std::string name = w.column.last().text;
    std::vector<std::string> names;
    for (size_t i = 0; i < table.columns.size(); ++i) {
        names.push_back(table.columns[i].column.name);
        if (table.columns[i].column.name == name) table.event_time = static_cast<int>(i);
    }
    if (table.event_time < 0) {
        diags_.error("unknown-column", w.column.span, fmt::format("\"{}\" has no column \"{}\"", table.name, name))
            .with_help(did_you_mean(name, names));
        return;
    }
    const Type& type = table.columns[table.event_time].column.type;
    if (!type.is_timestamp()) {
        diags_
            .error("type-mismatch", w.column.span,
                   fmt::format("an event time is a TIMESTAMP or TIMESTAMPTZ, and \"{}\" is {}", name, type.to_string()))
            .with_help(
                fmt::format("add a computed column, e.g. {}_time AS to_timestamp({}), and name that one", name, name));
        return;
    }
    const auto same_column = [&](const ast::Expr& e) {
        auto* c = std::get_if<ast::ColumnRef>(&e.node);
        return c && c->name.last().text == name;
    };
    if (same_column(*w.expr)) return;
    if (auto* b = std::get_if<ast::Binary>(&w.expr->node); b && b->op == ast::BinaryOp::kSub && same_column(*b->left))
        if (auto* i = std::get_if<ast::IntervalLiteral>(&b->right->node)) {
            if (auto d = fixed_duration(i->value, b->right->span, diags_, "a watermark's delay")) {
                if (*d < 0) diags_.error("bad-duration", b->right->span, "a watermark's delay cannot be negative");
                table.watermark_delay = *d;
            }
            return;
        }
    diags_.error("bad-watermark", w.expr->span, fmt::format("a watermark is {0} or {0} - INTERVAL '...'", name));
}

}  // namespace streamql::bind_detail
