#include "compiler/pipeline/build_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "compiler/functions/resolve.h"
#include "runtime/base/result.h"

namespace streamql::pipeline {

namespace {

using plan::ExprPtr;
using plan::NodePtr;

/// Where a logical node's rows are in the program: logical column i is column map[i] of the node's batches.
struct Place {
    NodeInput at;
    std::vector<int> map;
};

ExprPtr placed(const ExprPtr& e, const std::vector<int>& map) { return plan::remap(e, map); }

struct Builder {
    const plan::Job& job;
    Built out;
    std::map<const plan::Node*, Place> places;  // breakers, unions and shared chains that are built already
    std::map<const plan::TableDefinition*, std::set<int>> wanted;
    std::map<const plan::TableDefinition*, Place> scans;  // map: definition column -> scan column
    std::map<const plan::Node*, int> uses;
    std::map<int, std::vector<NodeInput>> late_feeds;  // sink -> pipelines of late rows
    std::string insert;

    explicit Builder(const plan::Job& j) : job(j) {}

    int add(Node node, std::string function = {}) {
        node.insert = insert;
        out.program.nodes.push_back(std::move(node));
        out.node_functions.push_back(std::move(function));
        return static_cast<int>(out.program.nodes.size()) - 1;
    }
    const std::vector<Type>& types(NodeInput at) const { return out.program.nodes[at.node].output; }

    void count(const NodePtr& n) {
        if (uses[n.get()]++) return;
        if (auto* s = std::get_if<plan::Scan>(&n->kind))
            for (int c : s->columns) want(*s->table, c);
        for (auto& i : n->inputs) count(i);
    }
    void want(const plan::TableDefinition& t, int column) {
        if (!wanted[&t].insert(column).second) return;
        if (t.computed[column]) {
            std::vector<int> used;
            plan::collect_columns(t.computed[column], used);
            for (int c : used) want(t, c);
        }
    }

    /// One source a table, with the columns of all its scans and what its watermark and CHECKs look at.
    const Place& scan_of(const std::shared_ptr<const plan::TableDefinition>& table) {
        const plan::TableDefinition& t = *table;
        if (auto it = scans.find(&t); it != scans.end()) return it->second;
        if (t.event_time >= 0) want(t, t.event_time);
        for (auto& c : t.checks) {
            std::vector<int> used;
            plan::collect_columns(c, used);
            for (int u : used) want(t, u);
        }
        for (size_t c = 0; c < t.columns.size();
             ++c)  // NOT NULL is checked whether the query looks at the column or not
            if (t.columns[c].column.not_null) want(t, static_cast<int>(c));
        SourceSpec source;
        source.name = t.name;
        source.connector = t.connector;
        source.options = t.options;
        source.watermark_delay = t.watermark_delay;
        physical::Scan scan;
        scan.name = "scan_" + t.name;
        std::vector<int> map(t.columns.size(), -1);
        for (int c : wanted[&t]) {
            map[c] = static_cast<int>(source.columns.size());
            source.columns.push_back(t.columns[c]);
            scan.columns.push_back(t.columns[c].column.type);
        }
        for (auto& c : t.columns)
            if (c.origin == ColumnOrigin::kRecord) source.record_columns.push_back(c.column.name);
        for (int c : wanted[&t])
            if (t.computed[c]) scan.computed.push_back({map[c], placed(t.computed[c], map)});
        for (int c : wanted[&t])  // (the decoder looks after what it decodes)
            if (t.columns[c].origin != ColumnOrigin::kRecord && t.columns[c].column.not_null)
                scan.not_null.push_back({map[c], t.columns[c].column.name});
        for (auto& c : t.checks) scan.checks.push_back(placed(c, map));
        source.event_time_column = scan.event_time = t.event_time >= 0 ? map[t.event_time] : -1;
        Node node;
        node.name = "scan(" + t.name + ")";
        node.output = scan.columns;
        node.kind = ScanNode{static_cast<int>(out.program.sources.size())};
        out.program.sources.push_back(std::move(source));
        out.scan_functions.push_back(scan.name);
        out.module.functions.push_back(std::move(scan));
        const std::string saved = std::exchange(insert, "");
        const int id = add(std::move(node));
        insert = saved;
        return scans[&t] = Place{{id, 0}, map};
    }

    bool is_step(const NodePtr& n) const {
        return std::holds_alternative<plan::Filter>(n->kind) || std::holds_alternative<plan::Project>(n->kind);
    }
    bool over_scan(const NodePtr& n) const {
        return std::holds_alternative<plan::Scan>(n->kind) || (is_step(n) && over_scan(n->inputs[0]));
    }

    /// Steps of the chain down to the first node that has a place of its own.
    Place chain(const NodePtr& n, std::vector<physical::Step>& steps, bool first) {
        // a chain over a scan is cheap and runs once a consumer, so that each INSERT keeps its own books; others are
        // shared
        const bool shared = !first && uses[n.get()] > 1 && !over_scan(n);
        if (!is_step(n) || shared) return place(n);
        Place below = chain(n->inputs[0], steps, false);
        if (auto* f = std::get_if<plan::Filter>(&n->kind)) {
            steps.push_back(physical::FilterStep{placed(f->condition, below.map)});
            return below;
        }
        const auto& p = std::get<plan::Project>(n->kind);
        physical::ProjectStep step;
        std::vector<int> map;
        for (auto& e : p.expressions) {
            map.push_back(static_cast<int>(step.expressions.size()));
            step.expressions.push_back(placed(e, below.map));
        }
        steps.push_back(std::move(step));
        below.map = map;
        return below;
    }

    /// A Pipeline from `n`'s rows to `outputs` (over n's columns).
    int pipeline(const NodePtr& n, const std::vector<ExprPtr>& outputs, const std::string& purpose) {
        physical::Pipeline p;
        Place from = chain(n, p.steps, true);
        return pipeline_from(from, std::move(p), outputs, purpose);
    }
    int pipeline_from(const Place& from, physical::Pipeline p, const std::vector<ExprPtr>& outputs,
                      const std::string& purpose) {
        p.name = fmt::format("pipeline_{}", out.module.functions.size());
        p.input = types(from.at);
        physical::ProjectStep last;
        for (auto& e : outputs) {
            last.expressions.push_back(placed(e, from.map));
            p.output.push_back(e->type);
        }
        p.steps.push_back(std::move(last));
        Node node;
        node.name = purpose;
        node.inputs = {from.at};
        node.output = p.output;
        node.kind = PipelineNode{};
        std::string name = p.name;
        out.module.functions.push_back(std::move(p));
        return add(std::move(node), name);
    }

    int exchange(int input, int keys, const std::string& name) {
        Node node;
        node.name = "exchange(" + name + ")";
        node.inputs = {{input, 0}};
        node.output = out.program.nodes[input].output;
        node.kind = ExchangeNode{keys};
        return add(std::move(node));
    }

    std::vector<ExprPtr> columns_of(const plan::Node& n) const {
        std::vector<ExprPtr> all;
        for (size_t i = 0; i < n.columns.size(); ++i)
            all.push_back(plan::column(static_cast<int>(i), n.columns[i].type, n.columns[i].name));
        return all;
    }

    /// Keys first, then the columns that are not plain keys; map: column of n -> column of the pipeline's output.
    int keyed(const NodePtr& n, const std::vector<ExprPtr>& keys, std::vector<int>& map, const std::string& purpose) {
        std::vector<ExprPtr> outputs = keys;
        map.assign(n->columns.size(), -1);
        for (size_t k = 0; k < keys.size(); ++k)
            if (auto* c = std::get_if<plan::Column>(&keys[k]->node);
                c && map[c->index] < 0 && keys[k]->type == n->columns[c->index].type)
                map[c->index] = static_cast<int>(k);
        for (size_t i = 0; i < n->columns.size(); ++i) {
            if (map[i] >= 0) continue;
            map[i] = static_cast<int>(outputs.size());
            outputs.push_back(plan::column(static_cast<int>(i), n->columns[i].type, n->columns[i].name));
        }
        const int p = pipeline(n, outputs, purpose);
        return exchange(p, static_cast<int>(keys.size()), purpose);
    }

    Place place(const NodePtr& n) {
        if (auto it = places.find(n.get()); it != places.end()) return it->second;
        Place p = std::visit(
            overloaded{[&](const plan::Scan& s) {
                           Place whole = scan_of(s.table);
                           std::vector<int> map;
                           for (int c : s.columns) map.push_back(whole.map[c]);
                           return Place{whole.at, map};
                       },
                       [&](const plan::Filter&) {
                           return Place{{pipeline(n, columns_of(*n), "shared"), 0}, identity(n->columns.size())};
                       },
                       [&](const plan::Project&) {
                           return Place{{pipeline(n, columns_of(*n), "shared"), 0}, identity(n->columns.size())};
                       },
                       [&](const plan::Deduplicate& d) { return deduplicate(*n, d); },
                       [&](const plan::WithinJoin& j) { return join(*n, j); },
                       [&](const plan::WindowAggregate& a) { return aggregate(*n, a); },
                       [&](const plan::Union&) { return unite(*n); },
                       [&](const plan::LateSplit& l) { return split(*n, l); }},
            n->kind);
        if (!std::holds_alternative<plan::Scan>(n->kind)) places[n.get()] = p;
        return p;
    }

    static std::vector<int> identity(size_t n) {
        std::vector<int> m(n);
        for (size_t i = 0; i < n; ++i) m[i] = static_cast<int>(i);
        return m;
    }
    std::string unique(const std::string& name) const {
        auto taken = [&](const std::string& x) {
            return std::any_of(out.program.nodes.begin(), out.program.nodes.end(),
                               [&](auto& n) { return n.name == x; });
        };
        if (!taken(name)) return name;
        for (int i = 2;; ++i)
            if (auto x = fmt::format("{}#{}", name, i); !taken(x)) return x;
    }
    static std::string origin(const NodePtr& n) {  // what an operator is named by: the tables below it
        if (auto* s = std::get_if<plan::Scan>(&n->kind)) return s->table->name;
        std::string names;
        for (auto& i : n->inputs) names += (names.empty() ? "" : ",") + origin(i);
        return names;
    }

    Place deduplicate(const plan::Node& n, const plan::Deduplicate& d) {
        std::vector<ExprPtr> keys;
        for (int k : d.keys) keys.push_back(plan::column(k, n.columns[k].type, n.columns[k].name));
        std::vector<int> map;
        const std::string name = unique("deduplicate(" + origin(n.inputs[0]) + ")");
        const int input = keyed(n.inputs[0], keys, map, name + " input");
        Node node;
        node.name = name;
        node.inputs = {{input, 0}};
        node.output = out.program.nodes[input].output;
        node.stateful = true;
        node.kind = DeduplicateNode{static_cast<int>(keys.size()), d.within, d.ordered};
        return {{add(std::move(node)), 0}, map};
    }

    Place join(const plan::Node& n, const plan::WithinJoin& j) {
        std::vector<int> left_map, right_map;
        const std::string name = unique(fmt::format("join({},{})", origin(n.inputs[0]), origin(n.inputs[1])));
        const int left = keyed(n.inputs[0], j.left_keys, left_map, name + " left");
        const int right = keyed(n.inputs[1], j.right_keys, right_map, name + " right");
        std::vector<int> map = left_map;
        const int shift = static_cast<int>(out.program.nodes[left].output.size());
        for (int c : right_map) map.push_back(c + shift);
        Node node;
        node.name = name;
        node.inputs = {{left, 0}, {right, 0}};
        node.output = out.program.nodes[left].output;
        for (auto& t : out.program.nodes[right].output) node.output.push_back(t);
        node.stateful = true;
        WithinJoinNode kind;
        kind.kind = j.kind;
        kind.attribution = j.attribution;
        kind.key_columns = static_cast<int>(j.left_keys.size());
        kind.before = j.before;
        kind.after = j.after;
        kind.grace = j.grace;
        node.kind = kind;
        std::string function;
        if (j.residual) {
            physical::Condition c;
            c.name = function = fmt::format("condition_{}", out.module.functions.size());
            c.input = node.output;
            c.condition = placed(j.residual, map);
            out.module.functions.push_back(std::move(c));
        }
        return {{add(std::move(node), function), 0}, map};
    }

    Place aggregate(const plan::Node& n, const plan::WindowAggregate& a) {
        const bool windowed = a.window.kind != WindowKind::kNone;
        physical::Aggregate f;
        std::vector<ExprPtr> inputs = a.keys;
        std::map<std::string, int> columns;  // equal arguments are one column
        auto column_for = [&](const ExprPtr& e) {
            auto [it, fresh] = columns.emplace(plan::fingerprint(e), static_cast<int>(inputs.size()));
            if (fresh) inputs.push_back(e);
            return it->second;
        };
        for (auto& g : a.aggregates) {
            physical::AggregateCall call;
            call.function = g.function;
            for (auto& e : g.args) call.args.push_back(column_for(e));
            if (g.filter) call.filter = column_for(g.filter);
            call.distinct = g.distinct;
            call.type = g.type;
            call.state_offset = f.state_bytes;
            call.state_bytes = g.function->state_bytes;
            f.state_bytes += call.state_bytes;
            f.calls.push_back(std::move(call));
        }
        // Equal keys may look different (1 and 1.00, '1 month' and '30 days'): the result shows the first one, as it
        // came
        std::map<size_t, size_t> shown;  // key -> call
        for (size_t k = 0; k < a.keys.size(); ++k) {
            const Type& t = a.keys[k]->type;
            if (t.kind != TypeKind::kInterval && (t.kind != TypeKind::kDecimal || t.precision)) continue;
            physical::AggregateCall call;
            call.function =
                std::get<Resolved<AggregateFunction>>(resolve_aggregate("first_value", {{t, false}}, false)).function;
            call.args = {static_cast<int>(k)};
            call.type = t;
            call.state_offset = f.state_bytes;
            call.state_bytes = call.function->state_bytes;
            f.state_bytes += call.state_bytes;
            shown[k] = f.calls.size();
            f.calls.push_back(std::move(call));
        }
        WindowAggregateNode kind;
        kind.window = a.window;
        if (a.window.time_column >= 0)
            kind.window.time_column =
                column_for(plan::column(a.window.time_column, n.inputs[0]->columns[a.window.time_column].type,
                                        n.inputs[0]->columns[a.window.time_column].name));
        kind.key_columns = static_cast<int>(a.keys.size());
        kind.state_bytes = f.state_bytes;
        for (auto& call : f.calls) {
            for (StateField field : call.function->fields) {
                field.offset += call.state_offset;
                kind.fields.push_back(field);
            }
        }
        kind.global = !windowed && a.keys.empty();
        const std::string name = unique(fmt::format("{}({})", windowed ? "window" : "aggregate", origin(n.inputs[0])));
        const int p = pipeline(n.inputs[0], inputs, name + " input");
        const int input = exchange(p, kind.key_columns, name + " input");
        f.name = fmt::format("aggregate_{}", out.module.functions.size());
        f.input = out.program.nodes[input].output;
        Node node;
        node.name = name;
        node.inputs = {{input, 0}};
        for (auto& c : n.columns) node.output.push_back(c.type);
        std::vector<int> map = identity(n.columns.size());
        const size_t first_key = windowed ? 2 : 0;
        for (auto& [key, call] : shown) {
            map[first_key + key] = static_cast<int>(node.output.size());
            node.output.push_back(f.calls[call].type);
        }
        node.stateful = true;
        node.kind = kind;
        const std::string function = f.name;
        out.module.functions.push_back(std::move(f));
        return {{add(std::move(node), function), 0}, map};
    }

    Place unite(const plan::Node& n) {
        Node node;
        node.name = unique("union(" + origin(n.inputs[0]) + ")");
        for (auto& i : n.inputs) node.inputs.push_back({pipeline(i, columns_of(*i), node.name + " input"), 0});
        for (auto& c : n.columns) node.output.push_back(c.type);
        node.kind = UnionNode{};
        return {{add(std::move(node)), 0}, identity(n.columns.size())};
    }

    Place split(const plan::Node& n, const plan::LateSplit& l) {
        Node node;
        node.name = unique("late_split(" + origin(n.inputs[0]) + ")");
        const int input = pipeline(n.inputs[0], columns_of(*n.inputs[0]), node.name + " input");
        node.inputs = {{input, 0}};
        node.output = out.program.nodes[input].output;
        node.kind = LateSplitNode{l.window, l.grace};
        const int id = add(std::move(node));
        const auto& late = job.late[l.sink];
        physical::Pipeline p;
        Place from{{id, 1}, identity(n.columns.size() + 1)};
        p.name = fmt::format("pipeline_{}", out.module.functions.size());
        p.input = types({id, 0});
        p.input.push_back(TypeKind::kInterval);
        physical::ProjectStep step;
        for (auto& e : late.expressions) {
            step.expressions.push_back(e);
            p.output.push_back(e->type);
        }
        p.steps.push_back(step);
        Node tail;
        tail.name = unique("late(" + late.name + ")");
        tail.inputs = {from.at};
        tail.output = p.output;
        tail.kind = PipelineNode{};
        const std::string function = p.name;
        out.module.functions.push_back(std::move(p));
        late_feeds[late.sink].push_back({add(std::move(tail), function), 0});
        return {{id, 0}, identity(n.columns.size())};
    }

    void sink(int index, std::vector<NodeInput> inputs) {
        if (inputs.size() > 1) {
            Node u;
            u.name = unique("union(" + job.sinks[index].name + ")");
            u.inputs = inputs;
            u.output = types(inputs[0]);
            u.kind = UnionNode{};
            inputs = {{add(std::move(u)), 0}};
        }
        Node node;
        node.name = "sink(" + job.sinks[index].name + ")";
        node.inputs = inputs;
        node.output = types(inputs[0]);
        node.kind = SinkNode{index};
        add(std::move(node));
    }

    void run() {
        out.program.job = job.options;
        out.program.sinks = job.sinks;
        for (auto& i : job.inserts) count(i.query);
        std::vector<NodeInput> outputs;
        for (auto& i : job.inserts) {
            insert = i.name;
            outputs.push_back({pipeline(i.query, columns_of(*i.query), unique("output(" + i.name + ")")), 0});
        }
        for (size_t n = 0; n < outputs.size();
             ++n) {  // once all late rows are known: they may go to the sink of any INSERT
            auto& i = job.inserts[n];
            insert = i.name;
            std::vector<NodeInput> inputs{outputs[n]};
            if (auto it = late_feeds.find(i.sink); it != late_feeds.end()) {
                inputs.insert(inputs.end(), it->second.begin(), it->second.end());
                late_feeds.erase(it);
            }
            sink(i.sink, inputs);
        }
        for (auto& [index, feeds] : late_feeds) {
            insert = job.sinks[index].name;
            sink(index, feeds);
        }
    }
};

}  // namespace

Built build(const plan::Job& job) {
    Builder b(job);
    b.run();
    return std::move(b.out);
}

}  // namespace streamql::pipeline
