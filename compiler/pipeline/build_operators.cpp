// Operators of the logical plan as nodes of the program, each with the pipelines and exchanges before it.
#include <fmt/format.h>

#include "compiler/functions/resolve.h"
#include "compiler/pipeline/builder.h"
#include "runtime/base/result.h"

namespace streamql::pipeline {

using plan::ExprPtr;

Node Builder::operator_node(const plan::Node& n) const {
    Node node;
    node.name = n.identity.empty() ? plan::kind_name(n) : n.identity;
    node.layout = plan::layout(n);
    node.stateful = !node.layout.empty();
    return node;
}

Place Builder::deduplicate(const plan::Node& n, const plan::Deduplicate& d) {
    Node node = operator_node(n);
    std::vector<ExprPtr> keys;
    for (int k : d.keys) keys.push_back(plan::column(k, n.columns[k].type, n.columns[k].name));
    std::vector<int> map;
    const int input = keyed(n.inputs[0], keys, map, node.name + " input");
    node.inputs = {{input, 0}};
    node.output = out_.program.nodes[input].output;
    node.kind = DeduplicateNode{static_cast<int>(keys.size()), d.within, d.ordered};
    return {{add(std::move(node)), 0}, map};
}

Place Builder::join(const plan::Node& n, const plan::WithinJoin& j) {
    Node node = operator_node(n);
    std::vector<int> left_map, right_map;
    const int left = keyed(n.inputs[0], j.left_keys, left_map, node.name + " left");
    const int right = keyed(n.inputs[1], j.right_keys, right_map, node.name + " right");
    std::vector<int> map = left_map;
    const int shift = static_cast<int>(out_.program.nodes[left].output.size());
    for (int c : right_map) map.push_back(c + shift);
    node.inputs = {{left, 0}, {right, 0}};
    node.output = out_.program.nodes[left].output;
    for (auto& t : out_.program.nodes[right].output) node.output.push_back(t);
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
        c.name = function = fmt::format("condition_{}", out_.module.functions.size());
        c.input = node.output;
        c.condition = placed(j.residual, map);
        out_.module.functions.push_back(std::move(c));
    }
    return {{add(std::move(node), function), 0}, map};
}

namespace {

/// The calls of an aggregate over its input: keys first, then what the calls look at, equal expressions once.
struct Calls {
    physical::Aggregate function;
    std::vector<ExprPtr> inputs;
    std::map<std::string, int> columns;
    std::map<size_t, size_t> shown;  ///< key -> the call that gives it

    explicit Calls(const plan::WindowAggregate& a) : inputs(a.keys) {
        for (auto& g : a.aggregates) {
            physical::AggregateCall call;
            call.function = g.function;
            for (auto& e : g.args) call.args.push_back(column_for(e));
            if (g.filter) call.filter = column_for(g.filter);
            call.distinct = g.distinct;
            call.type = g.type;
            add(std::move(call));
        }
        // Equal keys may look different (1 and 1.00, '1 month' and '30 days'): the result shows the first one, as it
        // came
        for (size_t k = 0; k < a.keys.size(); ++k) {
            const Type& t = a.keys[k]->type;
            if (t.kind != TypeKind::kInterval && (t.kind != TypeKind::kDecimal || t.precision)) continue;
            physical::AggregateCall call;
            call.function =
                std::get<Resolved<AggregateFunction>>(resolve_aggregate("first_value", {{t, false}}, false)).function;
            call.args = {static_cast<int>(k)};
            call.type = t;
            shown[k] = function.calls.size();
            add(std::move(call));
        }
    }

    void add(physical::AggregateCall call) {
        call.state_offset = function.state_bytes;
        call.state_bytes = call.function->state_bytes;
        function.state_bytes += call.state_bytes;
        function.calls.push_back(std::move(call));
    }
    int column_for(const ExprPtr& e) {
        auto [it, fresh] = columns.emplace(plan::fingerprint(e), static_cast<int>(inputs.size()));
        if (fresh) inputs.push_back(e);
        return it->second;
    }
    std::vector<StateField> fields() const {
        std::vector<StateField> all;
        for (auto& call : function.calls)
            for (StateField field : call.function->fields) {
                field.offset += call.state_offset;
                all.push_back(field);
            }
        return all;
    }
};

}  // namespace

Place Builder::aggregate(const plan::Node& n, const plan::WindowAggregate& a) {
    Node node = operator_node(n);
    const bool windowed = a.window.kind != WindowKind::kNone;
    Calls calls(a);
    WindowAggregateNode kind;
    kind.window = a.window;
    if (const int time = a.window.time_column; time >= 0)
        kind.window.time_column =
            calls.column_for(plan::column(time, n.inputs[0]->columns[time].type, n.inputs[0]->columns[time].name));
    kind.key_columns = static_cast<int>(a.keys.size());
    kind.state_bytes = calls.function.state_bytes;
    kind.fields = calls.fields();
    kind.global = !windowed && a.keys.empty();
    const int p = pipeline(n.inputs[0], calls.inputs, node.name + " input");
    const int input = exchange(p, kind.key_columns, node.name + " input");
    calls.function.name = fmt::format("aggregate_{}", out_.module.functions.size());
    calls.function.input = out_.program.nodes[input].output;
    node.inputs = {{input, 0}};
    for (auto& c : n.columns) node.output.push_back(c.type);
    std::vector<int> map = identity(n.columns.size());
    const size_t first_key = windowed ? 2 : 0;
    for (auto& [key, call] : calls.shown) {
        map[first_key + key] = static_cast<int>(node.output.size());
        node.output.push_back(calls.function.calls[call].type);
    }
    node.kind = kind;
    const std::string function = calls.function.name;
    out_.module.functions.push_back(std::move(calls.function));
    return {{add(std::move(node), function), 0}, map};
}

Place Builder::unite(const plan::Node& n) {
    Node node = operator_node(n);
    for (auto& i : n.inputs) {
        const std::string name = fmt::format("{} input {}", node.name, node.inputs.size() + 1);
        node.inputs.push_back({pipeline(i, columns_of(*i), name), 0});
    }
    for (auto& c : n.columns) node.output.push_back(c.type);
    node.kind = UnionNode{};
    return {{add(std::move(node)), 0}, identity(n.columns.size())};
}

Place Builder::split(const plan::Node& n, const plan::LateSplit& l) {
    Node node = operator_node(n);
    const std::string name = node.name;
    const int input = pipeline(n.inputs[0], columns_of(*n.inputs[0]), name + " input");
    node.inputs = {{input, 0}};
    node.output = out_.program.nodes[input].output;
    node.kind = LateSplitNode{l.window, l.grace};
    const int id = add(std::move(node));
    const auto& late = job_.late[l.sink];
    physical::Pipeline p;
    p.name = fmt::format("pipeline_{}", out_.module.functions.size());
    p.input = types({id, 0});
    p.input.push_back(TypeKind::kInterval);
    physical::ProjectStep step;
    for (auto& e : late.expressions) {
        step.expressions.push_back(e);
        p.output.push_back(e->type);
    }
    p.steps.push_back(step);
    Node tail;
    tail.name = name + " late rows";
    tail.inputs = {{id, 1}};
    tail.output = p.output;
    tail.kind = PipelineNode{};
    const std::string function = p.name;
    out_.module.functions.push_back(std::move(p));
    late_feeds_[late.sink].push_back({add(std::move(tail), function), 0});
    return {{id, 0}, identity(n.columns.size())};
}

}  // namespace streamql::pipeline
