#include <algorithm>
#include <map>
#include <set>

#include "compiler/optimize/optimize.h"
#include "runtime/base/result.h"

namespace streamql::optimize {

namespace {

using plan::ExprPtr;
using plan::Node;
using plan::NodePtr;
using Needed = std::set<int>;

void need(const ExprPtr& e, Needed& out) {
    std::vector<int> used;
    plan::collect_columns(e, used);
    out.insert(used.begin(), used.end());
}

std::vector<std::string> names_of(const Node& n, const std::vector<int>& columns) {
    std::vector<std::string> names;
    for (int c : columns) names.push_back(n.columns[c].name);
    return names;
}

/// First pass: which columns of each node somebody needs (a shared node: all its users together).
struct Demand {
    std::map<const Node*, Needed> needed;
    std::vector<NodePtr> order;  // users before inputs

    void collect(const plan::Job& job) {
        std::set<const Node*> seen;
        std::function<void(const NodePtr&)> visit = [&](const NodePtr& n) {
            if (!seen.insert(n.get()).second) return;
            for (auto& i : n->inputs) visit(i);
            order.push_back(n);
        };
        for (auto& i : job.inserts) visit(i.query);
        std::reverse(order.begin(), order.end());
        for (auto& i : job.inserts)
            for (size_t c = 0; c < i.query->columns.size(); ++c) needed[i.query.get()].insert(static_cast<int>(c));
        for (auto& n : order) pass_on(*n, needed[n.get()], job);
    }

    void pass_on(const Node& n, const Needed& mine, const plan::Job& job) {
        auto input = [&](size_t i) -> Needed& { return needed[n.inputs[i].get()]; };
        std::visit(overloaded{[](const plan::Scan&) {},
                              [&](const plan::Filter& f) {
                                  input(0).insert(mine.begin(), mine.end());
                                  need(f.condition, input(0));
                              },
                              [&](const plan::Project& p) {
                                  for (int c : mine) need(p.expressions[c], input(0));
                              },
                              [&](const plan::Deduplicate& d) {
                                  input(0).insert(mine.begin(), mine.end());
                                  input(0).insert(d.keys.begin(), d.keys.end());
                              },
                              [&](const plan::LateSplit& l) {
                                  input(0).insert(mine.begin(), mine.end());
                                  Needed late;
                                  for (auto& e : job.late[l.sink].expressions) need(e, late);
                                  late.erase(static_cast<int>(n.columns.size()));  // late_by
                                  input(0).insert(late.begin(), late.end());
                                  if (l.window && l.window->time_column >= 0) input(0).insert(l.window->time_column);
                              },
                              [&](const plan::WithinJoin& j) {
                                  const int left = static_cast<int>(n.inputs[0]->columns.size());
                                  Needed all = mine;
                                  if (j.residual) need(j.residual, all);
                                  for (int c : all) c < left ? input(0).insert(c) : input(1).insert(c - left);
                                  for (auto& k : j.left_keys) need(k, input(0));
                                  for (auto& k : j.right_keys) need(k, input(1));
                              },
                              [&](const plan::WindowAggregate& a) {
                                  for (auto& k : a.keys) need(k, input(0));
                                  for (auto& g : a.aggregates) {
                                      for (auto& e : g.args) need(e, input(0));
                                      if (g.filter) need(g.filter, input(0));
                                  }
                                  if (a.window.time_column >= 0) input(0).insert(a.window.time_column);
                              },
                              [&](const plan::Union&) {
                                  for (size_t i = 0; i < n.inputs.size(); ++i)
                                      input(i).insert(mine.begin(), mine.end());
                              }},
                   n.kind);
    }
};

/// Second pass, inputs first: each node with only its needed columns, and where the old ones went (-1: gone).
struct Pruner {
    plan::Job& job;
    Demand& demand;
    std::map<const Node*, std::pair<NodePtr, std::vector<int>>> done;

    const std::vector<int>& map_of(const NodePtr& n) { return done.at(n.get()).second; }
    NodePtr pruned(const NodePtr& n) { return done.at(n.get()).first; }

    void visit(const NodePtr& n) {
        const Needed& mine = demand.needed[n.get()];
        const std::vector<int> kept(mine.begin(), mine.end());
        std::vector<int> map(n->columns.size(), -1);
        NodePtr result;
        auto keep = [&] {
            for (size_t i = 0; i < kept.size(); ++i) map[kept[i]] = static_cast<int>(i);
        };
        std::visit(
            overloaded{
                [&](const plan::Scan& s) {
                    plan::Scan scan = s;
                    scan.columns.clear();
                    for (int c : kept) scan.columns.push_back(s.columns[c]);
                    keep();
                    result = plan::make_node(scan, {}, {}, n->span);
                },
                [&](const plan::Filter& f) {
                    map = map_of(n->inputs[0]);
                    result = plan::make_node(plan::Filter{plan::remap(f.condition, map)}, {pruned(n->inputs[0])}, {},
                                             n->span);
                },
                [&](const plan::Project& p) {
                    plan::Project project;
                    for (int c : kept)
                        project.expressions.push_back(plan::remap(p.expressions[c], map_of(n->inputs[0])));
                    keep();
                    result = plan::make_node(project, {pruned(n->inputs[0])}, names_of(*n, kept), n->span);
                },
                [&](plan::Deduplicate d) {
                    Needed wanted = mine;
                    wanted.insert(d.keys.begin(), d.keys.end());
                    NodePtr input = narrowed(n->inputs[0], wanted, map);
                    for (int& k : d.keys) k = map[k];
                    result = plan::in_place_of(*n, d, {input});
                },
                [&](plan::LateSplit l) {
                    map = map_of(n->inputs[0]);
                    if (l.window && l.window->time_column >= 0) l.window->time_column = map[l.window->time_column];
                    auto with_late_by = map;
                    with_late_by.push_back(static_cast<int>(pruned(n->inputs[0])->columns.size()));
                    for (auto& e : job.late[l.sink].expressions) e = plan::remap(e, with_late_by);
                    result = plan::in_place_of(*n, l, {pruned(n->inputs[0])});
                },
                [&](const plan::WithinJoin& j) { result = prune_join(*n, j, mine, map); },
                [&](plan::WindowAggregate a) { result = prune_aggregate(*n, std::move(a), mine, map); },
                [&](const plan::Union&) {  // the branches may have kept different columns: bring them to one shape
                    std::vector<NodePtr> inputs;
                    for (auto& i : n->inputs) inputs.push_back(branch(*n, i, kept));
                    keep();
                    result = plan::in_place_of(*n, plan::Union{}, inputs);
                }},
            n->kind);
        done[n.get()] = {result, map};
    }

    /// `input` with the `wanted` columns only, of which a shared one may have more: an operator that keeps rows keeps
    /// no column that only its neighbour needs. `map`: where the columns of `input` went.
    NodePtr narrowed(const NodePtr& input, const Needed& wanted, std::vector<int>& map) {
        map = map_of(input);
        const NodePtr& p = pruned(input);
        if (p->columns.size() == wanted.size()) return p;
        plan::Project project;
        std::vector<int> to(map.size(), -1);
        for (int c : wanted) {
            to[c] = static_cast<int>(project.expressions.size());
            project.expressions.push_back(plan::column(map[c], input->columns[c].type, input->columns[c].name));
        }
        map = std::move(to);
        return plan::make_node(project, {p}, names_of(*input, {wanted.begin(), wanted.end()}), input->span);
    }

    NodePtr prune_join(const Node& n, plan::WithinJoin j, const Needed& mine, std::vector<int>& map) {
        const int left_columns = static_cast<int>(n.inputs[0]->columns.size());
        Needed all = mine, left, right;
        if (j.residual) need(j.residual, all);
        for (int c : all) c < left_columns ? left.insert(c) : right.insert(c - left_columns);
        for (auto& k : j.left_keys) need(k, left);
        for (auto& k : j.right_keys) need(k, right);
        std::vector<int> l, r;
        NodePtr left_input = narrowed(n.inputs[0], left, l), right_input = narrowed(n.inputs[1], right, r);
        map = l;
        for (int c : r) map.push_back(c < 0 ? -1 : c + static_cast<int>(left_input->columns.size()));
        for (auto& k : j.left_keys) k = plan::remap(k, l);
        for (auto& k : j.right_keys) k = plan::remap(k, r);
        if (j.residual) j.residual = plan::remap(j.residual, map);
        return plan::in_place_of(n, j, {left_input, right_input});
    }

    NodePtr prune_aggregate(const Node& n, plan::WindowAggregate a, const Needed& mine, std::vector<int>& map) {
        auto& in = map_of(n.inputs[0]);
        for (auto& k : a.keys) k = plan::remap(k, in);
        const size_t first_key = a.window.kind == WindowKind::kNone ? 0 : 2, first = first_key + a.keys.size();
        std::vector<plan::Aggregate> aggregates;
        std::vector<std::string> names;
        for (size_t c = 0; c < first; ++c) {
            map[c] = static_cast<int>(c);
            if (c >= first_key) names.push_back(n.columns[c].name);
        }
        for (size_t g = 0; g < a.aggregates.size(); ++g) {
            if (!mine.count(static_cast<int>(first + g))) continue;
            map[first + g] = static_cast<int>(first + aggregates.size());
            auto x = a.aggregates[g];
            for (auto& e : x.args) e = plan::remap(e, in);
            if (x.filter) x.filter = plan::remap(x.filter, in);
            aggregates.push_back(x);
            names.push_back(n.columns[first + g].name);
        }
        a.aggregates = std::move(aggregates);
        if (a.window.time_column >= 0) a.window.time_column = in[a.window.time_column];
        return plan::in_place_of(n, a, {pruned(n.inputs[0])}, names);
    }

    NodePtr branch(const Node& n, const NodePtr& input, const std::vector<int>& kept) {
        auto& map = map_of(input);
        plan::Project project;
        bool same = kept.size() == pruned(input)->columns.size();
        for (size_t k = 0; k < kept.size(); ++k) {
            project.expressions.push_back(
                plan::column(map[kept[k]], input->columns[kept[k]].type, input->columns[kept[k]].name));
            same = same && map[kept[k]] == static_cast<int>(k);
        }
        return same ? pruned(input) : plan::make_node(project, {pruned(input)}, names_of(n, kept), n.span);
    }
};

}  // namespace

void prune_columns(plan::Job& job) {
    Demand demand;
    demand.collect(job);
    Pruner pruner{job, demand, {}};
    for (auto n = demand.order.rbegin(); n != demand.order.rend(); ++n) pruner.visit(*n);
    for (auto& i : job.inserts) i.query = pruner.pruned(i.query);
}

}  // namespace streamql::optimize
