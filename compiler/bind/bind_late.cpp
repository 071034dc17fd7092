// LATE DATA TO: the rows that come too late for a query's operators over time, and the sink that takes them.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/bind/binder.h"
#include "compiler/diagnostics/suggest.h"

namespace streamql::bind_detail {

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

// A column that no late row brings would be NULL in all of them; in a sink that INSERTs fill too it need not.
void Binder::check_late_columns() {
    for (auto& [index, use] : late_uses_) {
        const SinkSpec& sink = out_.job.sinks[index];
        if (std::any_of(pending_.begin(), pending_.end(), [&](auto& p) { return p.sink_index == index; })) continue;
        std::vector<std::string> names(use.given.begin(), use.given.end());
        names.push_back("late_by");
        for (auto& c : sink.columns)
            if (std::find(names.begin(), names.end(), c.name) == names.end())
                diags_
                    .error(
                        "unknown-column", use.span,
                        fmt::format("late rows have no column \"{}\", which sink \"{}\" declares", c.name, sink.name))
                    .with_help(did_you_mean(c.name, names));
    }
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
        if (e) e = not_null(e, false, out_.job.sinks[late.sink], c, sink_name.span);
        if (!e) return input;
        late.expressions.push_back(e);
    }
    LateUse& use = late_uses_[late.sink];
    use.span = sink_name.span;
    for (auto& c : input->columns) use.given.insert(c.name);
    plan::LateSplit split = what;
    split.sink = static_cast<int>(out_.job.late.size());
    out_.job.late.push_back(std::move(late));
    return splits.splits[key] = plan::make_node(split, {input}, {}, sink_name.span);
}

}  // namespace streamql::bind_detail
