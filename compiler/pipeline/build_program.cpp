#include "compiler/pipeline/build_program.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/pipeline/builder.h"
#include "runtime/base/result.h"

namespace streamql::pipeline {

using plan::ExprPtr;
using plan::NodePtr;

int Builder::add(Node node, std::string function) {
    node.name = unique(node.name);
    node.insert = insert_;
    out_.program.nodes.push_back(std::move(node));
    out_.node_functions.push_back(std::move(function));
    return static_cast<int>(out_.program.nodes.size()) - 1;
}

std::string Builder::unique(const std::string& name) const {
    auto taken = [&](const std::string& x) {
        return std::any_of(out_.program.nodes.begin(), out_.program.nodes.end(), [&](auto& n) { return n.name == x; });
    };
    if (!taken(name)) return name;
    for (int i = 2;; ++i)
        if (auto x = fmt::format("{}#{}", name, i); !taken(x)) return x;
}

void Builder::count(const NodePtr& n) {
    if (uses_[n.get()]++) return;
    if (auto* s = std::get_if<plan::Scan>(&n->kind))
        for (int c : s->columns) want(*s->table, c);
    for (auto& i : n->inputs) count(i);
}

void Builder::want(const plan::TableDefinition& t, int column) {
    if (!wanted_[&t].insert(column).second) return;
    if (t.computed[column]) {
        std::vector<int> used;
        plan::collect_columns(t.computed[column], used);
        for (int c : used) want(t, c);
    }
}

/// Beside what queries look at: the event time, what CHECKs look at, and NOT NULL columns, which are always checked.
void Builder::want_all(const std::shared_ptr<const plan::TableDefinition>& table) {
    const plan::TableDefinition& t = *table;
    if (t.event_time >= 0) want(t, t.event_time);
    for (auto& c : t.checks) {
        std::vector<int> used;
        plan::collect_columns(c, used);
        for (int u : used) want(t, u);
    }
    for (size_t c = 0; c < t.columns.size(); ++c)
        if (t.columns[c].column.not_null) want(t, static_cast<int>(c));
}

/// One source a table, with the columns of all its scans.
const Place& Builder::scan_of(const std::shared_ptr<const plan::TableDefinition>& table) {
    const plan::TableDefinition& t = *table;
    if (auto it = scans_.find(&t); it != scans_.end()) return it->second;
    want_all(table);
    SourceSpec source;
    source.name = t.name;
    source.connector = t.connector;
    source.options = t.options;
    source.watermark_delay = t.watermark_delay;
    physical::Scan scan;
    scan.name = "scan_" + t.name;
    std::vector<int> map(t.columns.size(), -1);
    for (int c : wanted_[&t]) {
        map[c] = static_cast<int>(source.columns.size());
        source.columns.push_back(t.columns[c]);
        scan.columns.push_back(t.columns[c].column.type);
    }
    for (auto& c : t.columns)
        if (c.origin == ColumnOrigin::kRecord) source.record_columns.push_back(c.column.name);
    for (int c : wanted_[&t]) {
        if (t.computed[c]) scan.computed.push_back({map[c], placed(t.computed[c], map)});
        if (t.columns[c].origin != ColumnOrigin::kRecord && t.columns[c].column.not_null)  // the decoder has the others
            scan.not_null.push_back({map[c], t.columns[c].column.name});
    }
    for (auto& c : t.checks) scan.checks.push_back(placed(c, map));
    source.event_time_column = scan.event_time = t.event_time >= 0 ? map[t.event_time] : -1;
    Node node;
    node.name = "scan(" + t.name + ")";
    node.output = scan.columns;
    node.kind = ScanNode{static_cast<int>(out_.program.sources.size())};
    out_.program.sources.push_back(std::move(source));
    out_.scan_functions.push_back(scan.name);
    out_.module.functions.push_back(std::move(scan));
    const std::string saved = std::exchange(insert_, "");
    const int id = add(std::move(node));
    insert_ = saved;
    return scans_[&t] = Place{{id, 0}, map};
}

namespace {

bool is_step(const NodePtr& n) {
    return std::holds_alternative<plan::Filter>(n->kind) || std::holds_alternative<plan::Project>(n->kind);
}

bool over_scan(const NodePtr& n) {
    return std::holds_alternative<plan::Scan>(n->kind) || (is_step(n) && over_scan(n->inputs[0]));
}

}  // namespace

/// Steps of the chain down to the first node that has a place of its own.
Place Builder::chain(const NodePtr& n, std::vector<physical::Step>& steps, bool first) {
    // a chain over a scan is cheap and runs once a consumer, so that each INSERT keeps its own books; others are shared
    const bool shared = !first && uses_[n.get()] > 1 && !over_scan(n);
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

/// A pipeline from `n`'s rows to `outputs` (over n's columns).
int Builder::pipeline(const NodePtr& n, const std::vector<ExprPtr>& outputs, const std::string& name) {
    physical::Pipeline p;
    const Place from = chain(n, p.steps, true);
    p.name = fmt::format("pipeline_{}", out_.module.functions.size());
    p.input = types(from.at);
    physical::ProjectStep last;
    for (auto& e : outputs) {
        last.expressions.push_back(placed(e, from.map));
        p.output.push_back(e->type);
    }
    p.steps.push_back(std::move(last));
    Node node;
    node.name = name;
    node.inputs = {from.at};
    node.output = p.output;
    node.kind = PipelineNode{};
    std::string function = p.name;
    out_.module.functions.push_back(std::move(p));
    return add(std::move(node), function);
}

int Builder::exchange(int input, int keys, const std::string& name) {
    Node node;
    node.name = "exchange(" + name + ")";
    node.inputs = {{input, 0}};
    node.output = out_.program.nodes[input].output;
    node.kind = ExchangeNode{keys};
    return add(std::move(node));
}

std::vector<ExprPtr> Builder::columns_of(const plan::Node& n) const {
    std::vector<ExprPtr> all;
    for (size_t i = 0; i < n.columns.size(); ++i)
        all.push_back(plan::column(static_cast<int>(i), n.columns[i].type, n.columns[i].name));
    return all;
}

/// Keys first, then the columns that are not plain keys; map: column of n -> column of the pipeline's output.
int Builder::keyed(const NodePtr& n, const std::vector<ExprPtr>& keys, std::vector<int>& map, const std::string& name) {
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
    const int p = pipeline(n, outputs, name);
    return exchange(p, static_cast<int>(keys.size()), name);
}

Place Builder::place(const NodePtr& n) {
    if (auto it = places_.find(n.get()); it != places_.end()) return it->second;
    Place p = std::visit(
        overloaded{[&](const plan::Scan& s) {
                       Place whole = scan_of(s.table);
                       std::vector<int> map;
                       for (int c : s.columns) map.push_back(whole.map[c]);
                       return Place{whole.at, map};
                   },
                   [&](const plan::Filter&) { return shared(n); }, [&](const plan::Project&) { return shared(n); },
                   [&](const plan::Deduplicate& d) { return deduplicate(*n, d); },
                   [&](const plan::WithinJoin& j) { return join(*n, j); },
                   [&](const plan::WindowAggregate& a) { return aggregate(*n, a); },
                   [&](const plan::Union&) { return unite(*n); },
                   [&](const plan::LateSplit& l) { return split(*n, l); }},
        n->kind);
    if (!std::holds_alternative<plan::Scan>(n->kind)) places_[n.get()] = p;
    return p;
}

/// A chain that several consumers share, once.
Place Builder::shared(const NodePtr& n) {
    const plan::Node* below = n.get();
    while (below->identity.empty() && !below->inputs.empty()) below = below->inputs[0].get();
    return {{pipeline(n, columns_of(*n), "rows of " + below->identity), 0}, identity(n->columns.size())};
}

void Builder::sink(int index, std::vector<NodeInput> inputs) {
    const std::string name = "sink(" + job_.sinks[index].name + ")";
    if (inputs.size() > 1) {
        Node u;
        u.name = name + " union";
        u.inputs = inputs;
        u.output = types(inputs[0]);
        u.kind = UnionNode{};
        inputs = {{add(std::move(u)), 0}};
    }
    Node node;
    node.name = name;
    node.inputs = inputs;
    node.output = types(inputs[0]);
    node.kind = SinkNode{index};
    add(std::move(node));
}

Built Builder::run() {
    out_.program.job = job_.options;
    out_.program.sinks = job_.sinks;
    for (auto& i : job_.inserts) count(i.query);
    std::vector<NodeInput> outputs;
    for (auto& i : job_.inserts) {
        insert_ = i.name;
        outputs.push_back({pipeline(i.query, columns_of(*i.query), "output(" + i.name + ")"), 0});
    }
    for (size_t n = 0; n < outputs.size();
         ++n) {  // once all late rows are known: they may go to the sink of any INSERT
        auto& i = job_.inserts[n];
        insert_ = i.name;
        std::vector<NodeInput> inputs{outputs[n]};
        if (auto it = late_feeds_.find(i.sink); it != late_feeds_.end()) {
            inputs.insert(inputs.end(), it->second.begin(), it->second.end());
            late_feeds_.erase(it);
        }
        sink(i.sink, inputs);
    }
    for (auto& [index, feeds] : late_feeds_) {
        insert_ = job_.sinks[index].name;
        sink(index, feeds);
    }
    return std::move(out_);
}

Built build(const plan::Job& job) { return Builder(job).run(); }

}  // namespace streamql::pipeline
