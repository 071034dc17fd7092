#include <fmt/format.h>

#include <algorithm>

#include "compiler/bind/binder.h"
#include "compiler/diagnostics/suggest.h"
#include "runtime/connectors/connector.h"

namespace streamql::bind_detail {

void Binder::bind_insert(const ast::Insert& insert, Span span) {
    const std::string name = insert.target.to_string();
    auto it = relations_.find(name);
    if (it == relations_.end()) {
        if (views_.count(name))
            diags_.error("not-a-sink", insert.target.span,
                         fmt::format("\"{}\" is a view: it is read, not written", name));
        else if (!after_errors_)
            diags_.error("unknown-relation", insert.target.span, fmt::format("there is no sink \"{}\"", name))
                .with_help(did_you_mean(name, relation_names()));
        bind_query(*insert.query);
        return;
    }
    if (it->second.ast->role == ast::RelationRole::kStream) {
        diags_.error("not-a-sink", insert.target.span, fmt::format("\"{}\" is a stream: it is read, not written", name))
            .with_help("declare it with CREATE SINK or CREATE TABLE");
        return;
    }
    const size_t before = diags_.error_count();
    owner_ = name;
    auto query = bind_query(*insert.query);
    if (!query || diags_.error_count() != before) return;
    PendingInsert* pending = nullptr;
    for (auto& p : pending_)
        if (p.sink == name) pending = &p;
    int index = known_sink(name);  // of an INSERT before, or of late rows
    if (index < 0) index = sink_of(name, it->second, query->node, insert.target.span);
    if (index < 0) return;
    SinkSpec& sink = out_.job.sinks[index];
    if (!fit_to_sink(sink, it->second, insert.columns, query->node, insert.target.span)) return;
    check_primary_key(sink, *query->node, insert.target.span);
    if (pending) {
        if (!sink.primary_key.empty()) {
            diags_.error(
                "not-supported", insert.target.span,
                fmt::format("two INSERTs into the upsert sink \"{}\" are not supported: its key could not be proven",
                            name));
            return;
        }
        pending->queries.push_back(query->node);
        pending->names.push_back(name);
    } else {
        pending_.push_back({name, {query->node}, {name}, index});
    }
}

int Binder::known_sink(const std::string& name) const {
    for (size_t s = 0; s < out_.job.sinks.size(); ++s)
        if (out_.job.sinks[s].name == name) return static_cast<int>(s);
    return -1;
}

// The sink's columns: as declared, or those of the query (under the declared names, if there are only names).
bool Binder::sink_columns(const ast::CreateRelation& create, SinkSpec& sink, const plan::Node& query, Span use) {
    bool ok = true;
    if (create.columns.empty() ||
        std::none_of(create.columns.begin(), create.columns.end(), [](auto& c) { return c.type.has_value(); })) {
        if (!create.columns.empty() && create.columns.size() != query.columns.size()) {
            diags_.error("sink-columns", use,
                         fmt::format("sink \"{}\" has {} columns, and its query gives {}", sink.name,
                                     create.columns.size(), query.columns.size()));
            return false;
        }
        std::map<std::string, int> seen;
        for (size_t i = 0; i < query.columns.size(); ++i) {
            ColumnSpec c{query.columns[i].name, query.columns[i].type, false};
            if (!create.columns.empty()) c.name = create.columns[i].name.text;
            if (c.type.kind == TypeKind::kNull) c.type = TypeKind::kString;
            const int n = seen[c.name]++;
            if (n) {
                const std::string fresh = fmt::format("{}_{}", c.name, n);
                diags_
                    .note("repeated-column", use,
                          fmt::format("the query gives column \"{}\" more than once: sink \"{}\" gets \"{}\"", c.name,
                                      sink.name, fresh))
                    .with_help("name it with AS");
                c.name = fresh;
            }
            sink.columns.push_back(c);
        }
    } else {
        for (auto& c : create.columns) {
            if (!c.type || c.computed || c.metadata) {
                diags_.error("bad-sink-column", c.span,
                             fmt::format("column \"{}\" of a sink is a name and a type", c.name.text));
                ok = false;
                continue;
            }
            auto t = bind_type(*c.type);
            ok &= t.has_value();
            for (auto& other : sink.columns)
                if (other.name == c.name.text) {
                    diags_.error("duplicate-column", c.name.span,
                                 fmt::format("column \"{}\" is declared twice", c.name.text));
                    ok = false;
                }
            sink.columns.push_back({c.name.text, t.value_or(Type()), c.not_null});
        }
    }
    return ok;
}

int Binder::sink_of(const std::string& name, DeclaredRelation& relation, const plan::NodePtr& query, Span use) {
    const ast::CreateRelation& create = *relation.ast;
    SinkSpec sink;
    sink.name = name;
    sink.insert = name;
    if (!bind_options(create, false, sink.connector, sink.options)) return -1;
    bool ok = sink_columns(create, sink, *query, use);
    if (!create.checks.empty()) {
        not_supported(create.checks.front().span, "CHECK on a sink").with_help("write it as WHERE");
        ok = false;
    }
    auto index_of = [&](const ast::Identifier& id) {
        for (size_t i = 0; i < sink.columns.size(); ++i)
            if (sink.columns[i].name == id.text) return static_cast<int>(i);
        std::vector<std::string> names;
        for (auto& c : sink.columns) names.push_back(c.name);
        diags_.error("unknown-column", id.span, fmt::format("sink \"{}\" has no column \"{}\"", name, id.text))
            .with_help(did_you_mean(id.text, names));
        ok = false;
        return 0;
    };
    if (create.primary_key)
        for (auto& k : create.primary_key->columns) sink.primary_key.push_back(index_of(k));
    for (auto& p : create.partitioned_by) sink.partitioned_by.push_back(index_of(p));
    const Connector* connector = find_connector(sink.connector);
    if (!sink.primary_key.empty() && !connector->upsert) {
        std::string able;
        for (auto& c : connector_list())
            if (c.upsert) able += (able.empty() ? "" : ", ") + c.name;
        not_supported(create.primary_key->span, fmt::format("an upsert sink of connector \"{}\"", sink.connector))
            .with_help(able + " takes a PRIMARY KEY; leave it away to append");
        ok = false;
    }
    if (!sink.partitioned_by.empty()) {
        not_supported(create.partitioned_by.front().span, "PARTITIONED BY");
        ok = false;
    }
    if (!ok) return -1;
    if (options_.local && connector->server) {
        const Connector* local = find_connector([](const Connector& c) { return c.local_sink != nullptr; });
        std::vector<OptionProblem> problems;
        sink.options = check_options(local->options, local->local_sink(name), false, local->name, problems);
        out_.replaced.push_back(
            fmt::format("{}: {} -> {} {}", name, sink.connector, local->name, sink.options.text(local->place_option)));
        sink.connector = local->name;
    }
    out_.job.sinks.push_back(sink);
    return static_cast<int>(out_.job.sinks.size()) - 1;
}

// Brings the query's columns to the sink's, by position or by the INSERT's column list.
bool Binder::fit_to_sink(SinkSpec& sink, const DeclaredRelation& relation, const std::vector<ast::Identifier>& columns,
                         plan::NodePtr& query, Span span) {
    const size_t given = query->columns.size();
    std::vector<int> source(sink.columns.size(), -1);
    if (columns.empty()) {
        if (given != sink.columns.size()) {
            diags_
                .error("sink-columns", span,
                       fmt::format("sink \"{}\" has {} columns, and this query gives {}", sink.name,
                                   sink.columns.size(), given))
                .with_help("name the columns that are given: INSERT INTO sink (a, b) SELECT ...");
            return false;
        }
        for (size_t i = 0; i < given; ++i) source[i] = static_cast<int>(i);
    } else {
        if (columns.size() != given) {
            diags_.error("sink-columns", columns.front().span,
                         fmt::format("{} columns are named, and the query gives {}", columns.size(), given));
            return false;
        }
        for (size_t i = 0; i < columns.size(); ++i) {
            auto it = std::find_if(sink.columns.begin(), sink.columns.end(),
                                   [&](auto& c) { return c.name == columns[i].text; });
            if (it == sink.columns.end()) {
                std::vector<std::string> names;
                for (auto& c : sink.columns) names.push_back(c.name);
                diags_
                    .error("unknown-column", columns[i].span,
                           fmt::format("sink \"{}\" has no column \"{}\"", sink.name, columns[i].text))
                    .with_help(did_you_mean(columns[i].text, names));
                return false;
            }
            source[it - sink.columns.begin()] = static_cast<int>(i);
        }
    }
    std::vector<plan::ExprPtr> items;
    std::vector<std::string> names;
    for (size_t i = 0; i < sink.columns.size(); ++i) {
        const ColumnSpec& to = sink.columns[i];
        names.push_back(to.name);
        if (source[i] < 0) {
            items.push_back(not_null(plan::null_literal(to.type), false, sink, to, span));
            if (!items.back()) return false;
            continue;
        }
        const auto& from = query->columns[source[i]];
        Bound b{plan::column(source[i], from.type, from.name, query->span), from.type.kind == TypeKind::kNull};
        auto* items_of = std::get_if<plan::Project>(&query->kind);
        const Span item = items_of ? items_of->expressions[source[i]]->span : Span{};
        auto e = coerce(b, to.type, Coercion::kAssignment, item.end > item.begin ? item : span,
                        fmt::format("column \"{}\" of sink \"{}\"", to.name, sink.name));
        if (e) e = not_null(e, from.not_null && e == b.expr, sink, to, item.end > item.begin ? item : span);
        if (!e) return false;
        items.push_back(e);
    }
    query = plan::make_node(plan::Project{items}, {query}, names, span);
    return true;
}

plan::ExprPtr Binder::not_null(const plan::ExprPtr& value, bool proven, const SinkSpec& sink, const ColumnSpec& column,
                               Span span) {
    if (!column.not_null || proven) return value;
    if (auto* l = std::get_if<plan::Literal>(&value->node)) {
        if (!l->value.null) return value;
        diags_.error("not-null", span,
                     fmt::format("column \"{}\" of sink \"{}\" is NOT NULL, and the INSERT does not give it",
                                 column.name, sink.name));
        return nullptr;
    }
    const std::string name = sink.name + "." + column.name;
    auto site = plan::literal(Cell::of(Str::of(name)), TypeKind::kString, span);
    return plan::make(plan::Call{&not_null_function(), {value, site}}, value->type, span);
}

namespace {

/// Whether the rows are those of a deduplication, filtered and projected.
bool has_deduplicate(const plan::Node& n) {
    if (std::holds_alternative<plan::Deduplicate>(n.kind)) return true;
    const bool step = std::holds_alternative<plan::Filter>(n.kind) || std::holds_alternative<plan::Project>(n.kind);
    return step && has_deduplicate(*n.inputs[0]);
}

}  // namespace

void Binder::check_primary_key(const SinkSpec& sink, const plan::Node& query, Span span) {
    if (sink.primary_key.empty()) return;
    for (auto& key : query.traits.keys)
        if (std::all_of(key.begin(), key.end(), [&](int c) {
                return std::find(sink.primary_key.begin(), sink.primary_key.end(), c) != sink.primary_key.end();
            }))
            return;
    std::string help = "the result has no key that could be proven; leave PRIMARY KEY away to append";
    if (has_deduplicate(query))
        help =
            "the result has no key that could be proven: DEDUPLICATE keeps one row of a key within its duration, and "
            "another one after it; leave PRIMARY KEY away to append";
    if (!query.traits.keys.empty()) {
        help = "the result's key is (";
        for (size_t i = 0; i < query.traits.keys[0].size(); ++i)
            help += (i ? ", " : "") + sink.columns[query.traits.keys[0][i]].name;
        help += "): the PRIMARY KEY must hold all of it";
    }
    diags_
        .error("key-not-proven", span,
               fmt::format("the PRIMARY KEY of sink \"{}\" is not a key of this query's result", sink.name))
        .with_help(help);
}

// A job that writes what it reads, or writes one file twice, destroys it.
void Binder::check_places() {
    auto& sinks = out_.job.sinks;
    auto same = [](const std::string& connector, const Options& options, const SinkSpec& sink) {
        auto same_place = find_connector(connector)->same_place;
        return connector == sink.connector && same_place && same_place(options, sink.options);
    };
    auto place_of = [&](const SinkSpec& sink) {
        return sink.options.text(find_connector(sink.connector)->place_option);
    };
    auto declared = [&](const SinkSpec& sink) { return relations_.at(sink.name).ast->name.span; };
    for (size_t s = 0; s < sinks.size(); ++s) {
        if (!relations_.count(sinks[s].name)) continue;  // of a bare SELECT
        for (size_t other = 0; other < s; ++other)
            if (same(sinks[other].connector, sinks[other].options, sinks[s]))
                diags_
                    .error("same-place", declared(sinks[s]),
                           fmt::format("sinks \"{}\" and \"{}\" both write the {} {}", sinks[other].name, sinks[s].name,
                                       sinks[s].connector, place_of(sinks[s])))
                    .with_help(fmt::format("give each sink a {} of its own, or INSERT twice into one sink",
                                           find_connector(sinks[s].connector)->place_option));
        for (auto& [name, relation] : relations_)
            if (relation.source && same(relation.source->connector, relation.source->options, sinks[s]))
                diags_
                    .error("same-place", declared(sinks[s]),
                           fmt::format("sink \"{}\" writes the {} {}, which \"{}\" reads", sinks[s].name,
                                       sinks[s].connector, place_of(sinks[s]), name))
                    .with_help("give the sink a place of its own, outside of what is read");
    }
}

}  // namespace streamql::bind_detail
