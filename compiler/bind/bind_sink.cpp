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
    if (!sink.primary_key.empty() && sink.connector != "postgres") {
        not_supported(create.primary_key->span, fmt::format("an upsert sink of connector \"{}\"", sink.connector))
            .with_help("postgres takes a PRIMARY KEY; leave it away to append");
        ok = false;
    }
    if (!sink.partitioned_by.empty()) {
        not_supported(create.partitioned_by.front().span, "PARTITIONED BY");
        ok = false;
    }
    if (!ok) return -1;
    const bool outside = sink.connector == "kafka" || sink.connector == "postgres";
    if (options_.local && outside) {
        const std::string path = "streamql-out/" + name + ".jsonl";
        out_.replaced.push_back(fmt::format("{}: {} -> file {}", name, sink.connector, path));
        std::vector<OptionProblem> problems;
        sink.connector = "file";
        sink.options = check_options(find_connector("file")->options, {{"path", path}, {"format", "json"}}, false,
                                     "file", problems);
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
            if (to.not_null)
                diags_.error("not-null", span,
                             fmt::format("column \"{}\" of sink \"{}\" is NOT NULL, and the INSERT does not give it",
                                         to.name, sink.name));
            items.push_back(plan::null_literal(to.type));
            continue;
        }
        const auto& from = query->columns[source[i]];
        Bound b{plan::column(source[i], from.type, from.name, query->span), from.type.kind == TypeKind::kNull};
        auto* items_of = std::get_if<plan::Project>(&query->kind);
        const Span item = items_of ? items_of->expressions[source[i]]->span : Span{};
        auto e = coerce(b, to.type, Coercion::kAssignment, item.end > item.begin ? item : span,
                        fmt::format("column \"{}\" of sink \"{}\"", to.name, sink.name));
        if (!e) return false;
        items.push_back(e);
    }
    query = plan::make_node(plan::Project{items}, {query}, names, span);
    return true;
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

namespace {

/// The inputs of the first timed operators, in order.
void late_inputs(const plan::NodePtr& n, std::vector<plan::NodePtr>& out, std::set<const plan::Node*>& seen) {
    if (!n->traits.timed_below || !seen.insert(n.get()).second) return;
    const bool timed = !std::holds_alternative<plan::Filter>(n->kind) &&
                       !std::holds_alternative<plan::Project>(n->kind) &&
                       !std::holds_alternative<plan::Union>(n->kind) && !std::holds_alternative<plan::Scan>(n->kind);
    for (auto& i : n->inputs) {
        if (i->traits.timed_below)
            late_inputs(i, out, seen);
        else if (timed && std::find(out.begin(), out.end(), i) == out.end())
            out.push_back(i);
    }
}

}  // namespace

// Makes the sink of late rows; its columns, if it declares none, are those of the one input that can have late rows,
// plus late_by.
int Binder::bind_late_sink(const ast::Name& name, const plan::NodePtr& query) {
    auto it = relations_.find(name.to_string());
    if (it == relations_.end()) {
        diags_.error("unknown-relation", name.span, fmt::format("there is no sink \"{}\"", name.to_string()))
            .with_help(did_you_mean(name.to_string(), relation_names()));
        return -1;
    }
    if (it->second.ast->role == ast::RelationRole::kStream) {
        diags_
            .error("not-a-sink", name.span,
                   fmt::format("\"{}\" is a stream: it is read, not written", name.to_string()))
            .with_help("declare it with CREATE SINK or CREATE TABLE");
        return -1;
    }
    if (it->second.ast->primary_key) {
        diags_
            .error("key-not-proven", name.span,
                   fmt::format("late rows have no key, and sink \"{}\" has a PRIMARY KEY", name.to_string()))
            .with_help("leave PRIMARY KEY away to append");
        return -1;
    }
    if (int known = known_sink(name.to_string()); known >= 0) return known;
    std::vector<plan::NodePtr> inputs;
    std::set<const plan::Node*> seen;
    late_inputs(query, inputs, seen);
    auto& ast_columns = it->second.ast->columns;
    if (inputs.size() > 1 && ast_columns.empty()) {
        diags_
            .error("late-columns", name.span,
                   fmt::format("late rows come from {} places here: declare the columns of sink \"{}\"", inputs.size(),
                               name.to_string()))
            .with_help("columns are filled by name; late_by INTERVAL says how late");
        return -1;
    }
    auto shaped = plan::make_node(plan::Project{[&] {
                                      std::vector<plan::ExprPtr> items;
                                      for (size_t i = 0; i < inputs[0]->columns.size(); ++i)
                                          items.push_back(plan::column(static_cast<int>(i), inputs[0]->columns[i].type,
                                                                       inputs[0]->columns[i].name));
                                      items.push_back(plan::null_literal(TypeKind::kInterval));
                                      return items;
                                  }()},
                                  {inputs[0]}, [&] {
                                      std::vector<std::string> names;
                                      for (auto& c : inputs[0]->columns) names.push_back(c.name);
                                      names.push_back("late_by");
                                      return names;
                                  }());
    return sink_of(name.to_string(), it->second, shaped, name.span);
}

/// Nodes that are done: what several parents share is split once.
struct Binder::LateSplits {
    std::map<const plan::Node*, plan::NodePtr> nodes;
    std::map<std::string, plan::NodePtr> splits;  ///< by what is split, and how
};

bool Binder::divert_late(const ast::Name& sink, plan::NodePtr& query) {
    if (!query->traits.timed_below) {
        diags_.error("no-late-data", sink.span,
                     "no row can be late here: the query has no window, WITHIN join or deduplication over a stream");
        return false;
    }
    const size_t before = diags_.error_count();
    if (bind_late_sink(sink, query) < 0) return false;
    LateSplits splits;
    query = split_late(query, sink, splits);
    return diags_.error_count() == before;
}

plan::NodePtr Binder::split_late(const plan::NodePtr& node, const ast::Name& sink, LateSplits& splits) {
    if (!node->traits.timed_below) return node;
    if (auto it = splits.nodes.find(node.get()); it != splits.nodes.end()) return it->second;
    plan::LateSplit what;
    bool timed = true;
    std::visit(overloaded{[&](const plan::WindowAggregate& a) { what.window = a.window; },
                          [&](const plan::WithinJoin& j) { what.grace = j.grace; }, [](const plan::Deduplicate&) {},
                          [&](const plan::Scan&) { timed = false; }, [&](const plan::Filter&) { timed = false; },
                          [&](const plan::Project&) { timed = false; }, [&](const plan::Union&) { timed = false; },
                          [&](const plan::LateSplit&) { timed = false; }},
               node->kind);
    std::vector<plan::NodePtr> inputs;
    for (auto& i : node->inputs)
        inputs.push_back(i->traits.timed_below || !timed ? split_late(i, sink, splits)
                                                         : late_split(i, what, sink, splits));
    return splits.nodes[node.get()] = plan::with_inputs(node, std::move(inputs));
}

plan::NodePtr Binder::late_split(const plan::NodePtr& input, const plan::LateSplit& what, const ast::Name& sink_name,
                                 LateSplits& splits) {
    const std::string key =
        fmt::format("{} {}", static_cast<const void*>(input.get()), plan::describe(*plan::make_node(what, {input})));
    if (auto it = splits.splits.find(key); it != splits.splits.end()) return it->second;
    plan::LateInsert late;
    late.name = sink_name.to_string();
    late.sink = known_sink(late.name);
    for (auto& c : out_.job.sinks[late.sink].columns) {
        plan::ExprPtr e = plan::null_literal(c.type);
        auto from = [&](int index, const Type& type) {
            return coerce(Bound{plan::column(index, type, c.name)}, c.type, Coercion::kAssignment, sink_name.span,
                          fmt::format("column \"{}\" of sink \"{}\"", c.name, late.name));
        };
        if (c.name == "late_by")
            e = from(static_cast<int>(input->columns.size()), TypeKind::kInterval);
        else
            for (size_t k = 0; k < input->columns.size(); ++k)
                if (input->columns[k].name == c.name) e = from(static_cast<int>(k), input->columns[k].type);
        if (!e) return input;
        late.expressions.push_back(e);
    }
    plan::LateSplit split = what;
    split.sink = static_cast<int>(out_.job.late.size());
    out_.job.late.push_back(std::move(late));
    return splits.splits[key] = plan::make_node(split, {input}, {}, sink_name.span);
}

}  // namespace streamql::bind_detail
