#include "compiler/plan/logical_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "compiler/functions/registry.h"
#include "runtime/base/result.h"
#include "runtime/types/datetime.h"

namespace streamql::plan {

namespace {

void scan_traits(const Scan& s, Node& n) {
    const TableDefinition& t = *s.table;
    for (int c : s.columns)
        n.columns.push_back({t.columns[c].column.name, t.columns[c].column.type, t.columns[c].column.not_null});
    n.traits.bounded = t.bounded;
    n.traits.has_time = t.event_time >= 0;
    for (size_t i = 0; i < s.columns.size(); ++i)
        if (s.columns[i] == t.event_time) n.traits.times.push_back({static_cast<int>(i), 0});
}

/// Whether a column of `n` is a bound of windows that lie on whole `unit`s.
bool is_bound_on(const Node* n, int column, int64_t unit) {
    while (true) {
        const auto& w = n->traits.window;
        if (w && (column == w->start || column == w->end))
            return w->size % unit == 0 && w->advance % unit == 0 && w->offset % unit == 0;
        if (auto* p = std::get_if<Project>(&n->kind)) {
            auto* c = std::get_if<Column>(&p->expressions[static_cast<size_t>(column)]->node);
            if (!c) return false;
            column = c->index;
        } else if (!std::holds_alternative<Filter>(n->kind)) {
            return false;
        }
        n = n->inputs[0].get();
    }
}

/// Such a bound rounded to such units (a cast to TIMESTAMP(3)): still that bound.
const Column* rounded_bound(const Expr& e, const Node& input) {
    const int64_t unit = time_unit(e.type);
    auto* call = std::get_if<Call>(&e.node);
    if (unit == 1 || !call || call->args.size() != 2 || call->args[0]->type.kind != e.type.kind) return nullptr;
    auto* c = std::get_if<Column>(&call->args[0]->node);
    return c && is_bound_on(&input, c->index, unit) ? c : nullptr;
}

void project_traits(const Project& p, const Node& input, const std::vector<std::string>& names, Node& n) {
    std::vector<int> from(input.columns.size(), -1);  // input column -> first output column that passes it on
    for (size_t i = 0; i < p.expressions.size(); ++i) {
        const ExprPtr& e = p.expressions[i];
        bool not_null = false;
        if (auto* c = rounded_bound(*e, input)) {
            not_null = true;
            if (from[c->index] < 0) from[c->index] = static_cast<int>(i);
        } else if (auto* c = std::get_if<Column>(&e->node)) {
            not_null = input.columns[c->index].not_null;
            if (from[c->index] < 0) from[c->index] = static_cast<int>(i);
            for (auto& t : input.traits.times)
                if (t.index == c->index) n.traits.times.push_back({static_cast<int>(i), t.lag});
        }
        n.columns.push_back({i < names.size() ? names[i] : "column", e->type, not_null});
    }
    for (auto& key : input.traits.keys) {
        std::vector<int> mapped;
        for (int c : key)
            if (from[c] >= 0) mapped.push_back(from[c]);
        if (mapped.size() == key.size()) n.traits.keys.push_back(mapped);
    }
    if (auto& w = input.traits.window; w && from[w->start] >= 0 && from[w->end] >= 0) {
        n.traits.window = *w;
        n.traits.window->start = from[w->start];
        n.traits.window->end = from[w->end];
    }
}

/// A join of joins would have the square of their keys; a key that is not known is no error.
constexpr size_t kMaxKeys = 16;

void join_traits(const WithinJoin& j, Node& n, const std::vector<std::string>& names) {
    const Node &l = *n.inputs[0], &r = *n.inputs[1];
    n.columns = l.columns;
    for (auto c : r.columns) {
        if (j.kind == JoinKind::kLeft) c.not_null = false;
        n.columns.push_back(c);
    }
    for (size_t i = 0; i < names.size() && i < n.columns.size(); ++i) n.columns[i].name = names[i];
    n.traits.has_time = true;
    const int shift = static_cast<int>(l.columns.size());
    for (auto& t : l.traits.times) n.traits.times.push_back({t.index, t.lag + std::max<int64_t>(j.after, 0)});
    for (auto& t : r.traits.times) n.traits.times.push_back({t.index + shift, t.lag + std::max<int64_t>(j.before, 0)});
    if (j.attribution != Attribution::kNone) {
        n.traits.keys = l.traits.keys;
        n.traits.emission = Emission::kFinal;
    } else {
        for (auto& a : l.traits.keys)
            for (auto& b : r.traits.keys) {
                if (n.traits.keys.size() == kMaxKeys) break;
                auto key = a;
                for (int c : b) key.push_back(c + shift);
                n.traits.keys.push_back(key);
            }
    }
    n.traits.state =
        fmt::format("left rows for {}, right rows for {}", duration_text(std::max<int64_t>(j.after, 0) + j.grace),
                    duration_text(std::max<int64_t>(j.before, 0) + j.grace));
}

/// `first`: where the keys begin; `passed`: input column -> the key that passes it on.
std::vector<std::vector<int>> aggregate_keys(const Node& n, int first, int count, const std::vector<int>& passed) {
    const bool windowed = first > 0;
    const bool one_window = windowed && std::get<WindowAggregate>(n.kind).window.kind == WindowKind::kTumbling;
    std::vector<std::vector<int>> result;
    auto add = [&](int bound, const std::set<int>& without) {
        std::vector<int> key;
        if (bound >= 0) key.push_back(bound);
        for (int c = first; c < first + count; ++c)
            if (!without.count(c)) key.push_back(c);
        result.push_back(std::move(key));
    };
    auto& inner = n.inputs[0]->traits.window;
    if (one_window && inner) {  // a bound of the input's window determines that window, and the one it falls into
        const std::set<int> bounds = {passed[inner->start], passed[inner->end]};
        for (int bound : bounds)
            if (bound >= 0) add(bound, bounds);
    }
    if (!result.empty()) return result;
    for (int bound : windowed ? std::vector<int>{0, 1} : std::vector<int>{-1}) add(bound, {});
    return result;
}

void aggregate_traits(const WindowAggregate& a, Node& n, const std::vector<std::string>& names) {
    const bool windowed = a.window.kind != WindowKind::kNone;
    if (windowed) {
        n.columns.push_back({"window_start", TypeKind::kTimestamp, true});
        n.columns.push_back({"window_end", TypeKind::kTimestamp, true});
        n.traits.window = WindowColumns{0, 1, a.window.size, a.window.advance, a.window.offset, a.window.timezone};
    }
    std::vector<int> passed(n.inputs[0]->columns.size(), -1);  // input column -> the key that passes it on
    for (auto& k : a.keys) {
        auto* c = std::get_if<Column>(&k->node);
        if (c) passed[c->index] = static_cast<int>(n.columns.size());
        n.columns.push_back({"key", k->type, c && n.inputs[0]->columns[c->index].not_null});
    }
    const bool one_window = a.window.kind == WindowKind::kTumbling;  // of hops, a row falls into several
    if (auto& w = n.inputs[0]->traits.window; one_window && w && passed[w->start] >= 0 && passed[w->end] >= 0) {
        n.traits.window = *w;  // grouped by the windows of the input: they are those of the result too
        n.traits.window->start = passed[w->start];
        n.traits.window->end = passed[w->end];
    }
    for (auto& g : a.aggregates) n.columns.push_back({g.name, g.type, false});
    const size_t first = windowed ? 2 : 0;
    for (size_t i = 0; i < names.size() && first + i < n.columns.size(); ++i) n.columns[first + i].name = names[i];
    n.traits.has_time = windowed;
    n.traits.emission = Emission::kFinal;
    n.traits.keys = aggregate_keys(n, static_cast<int>(first), static_cast<int>(a.keys.size()), passed);
    n.traits.state =
        windowed
            ? fmt::format("an entry a key and pane, windows of {} until the watermark passes their end{}",
                          duration_text(a.window.size), a.window.grace ? " plus " + duration_text(a.window.grace) : "")
            : "one entry a key until the input ends";
}

bool is_timed(const Node& n) {
    return std::visit(overloaded{[](const Deduplicate&) { return true; }, [](const WithinJoin&) { return true; },
                                 [](const WindowAggregate& a) { return a.window.kind != WindowKind::kNone; },
                                 [](const Scan&) { return false; }, [](const Filter&) { return false; },
                                 [](const Project&) { return false; }, [](const Union&) { return false; },
                                 [](const LateSplit&) { return false; }},
                      n.kind);
}

void pass_through(Node& n) {
    const Node& in = *n.inputs[0];
    n.columns = in.columns;
    n.traits = in.traits;
    n.traits.state.clear();
}

}  // namespace

NodePtr make_node(decltype(Node::kind) kind, std::vector<NodePtr> inputs, std::vector<std::string> names, Span span) {
    auto node = std::make_shared<Node>();
    Node& n = *node;
    n.kind = std::move(kind);
    n.inputs = std::move(inputs);
    n.span = span;
    if (!n.inputs.empty()) {
        n.traits.bounded = std::all_of(n.inputs.begin(), n.inputs.end(), [](auto& i) { return i->traits.bounded; });
        n.traits.has_time = std::all_of(n.inputs.begin(), n.inputs.end(), [](auto& i) { return i->traits.has_time; });
        n.traits.emission = std::any_of(n.inputs.begin(), n.inputs.end(),
                                        [](auto& i) { return i->traits.emission == Emission::kFinal; })
                                ? Emission::kFinal
                                : Emission::kImmediate;
    }
    std::visit(overloaded{[&](const Scan& s) { scan_traits(s, n); }, [&](const Filter&) { pass_through(n); },
                          [&](const LateSplit&) { pass_through(n); },
                          [&](const Deduplicate& d) {
                              pass_through(n);
                              if (d.ordered) n.traits.emission = Emission::kFinal;
                              n.traits.state = "keys for " + duration_text(d.within);
                          },
                          [&](const Project& p) { project_traits(p, *n.inputs[0], names, n); },
                          [&](const WithinJoin& j) { join_traits(j, n, names); },
                          [&](const WindowAggregate& a) { aggregate_traits(a, n, names); },
                          [&](const Union&) {
                              n.columns = n.inputs[0]->columns;
                              for (auto& i : n.inputs)
                                  for (size_t c = 0; c < n.columns.size(); ++c)
                                      n.columns[c].not_null &= i->columns[c].not_null;
                              for (auto& t : n.inputs[0]->traits.times) {  // an event time of every input
                                  int64_t lag = t.lag;
                                  bool everywhere = true;
                                  for (auto& i : n.inputs) {
                                      auto& ts = i->traits.times;
                                      auto it = std::find_if(ts.begin(), ts.end(),
                                                             [&](auto& x) { return x.index == t.index; });
                                      everywhere &= it != ts.end();
                                      if (it != ts.end()) lag = std::max(lag, it->lag);
                                  }
                                  if (everywhere) n.traits.times.push_back({t.index, lag});
                              }
                          }},
               n.kind);
    n.traits.timed_below =
        is_timed(n) || std::any_of(n.inputs.begin(), n.inputs.end(), [](auto& i) { return i->traits.timed_below; });
    return node;
}

NodePtr with_inputs(const NodePtr& node, std::vector<NodePtr> inputs) {
    std::vector<std::string> names;
    const bool windowed = std::holds_alternative<WindowAggregate>(node->kind) &&
                          std::get<WindowAggregate>(node->kind).window.kind != WindowKind::kNone;
    for (size_t i = windowed ? 2 : 0; i < node->columns.size(); ++i) names.push_back(node->columns[i].name);
    return in_place_of(*node, node->kind, std::move(inputs), std::move(names));
}

NodePtr in_place_of(const Node& old, decltype(Node::kind) kind, std::vector<NodePtr> inputs,
                    std::vector<std::string> names) {
    auto node = std::make_shared<Node>(*make_node(std::move(kind), std::move(inputs), std::move(names), old.span));
    node->identity = old.identity;
    return node;
}

void for_each_expression(const Node& n, const std::function<void(const ExprPtr&)>& visit) {
    auto all = [&](const std::vector<ExprPtr>& list) {
        for (auto& e : list)
            if (e) visit(e);
    };
    std::visit(overloaded{[&](const Scan& s) {
                              all(s.table->computed);
                              all(s.table->checks);
                          },
                          [&](const Filter& f) { visit(f.condition); }, [&](const Project& p) { all(p.expressions); },
                          [](const Deduplicate&) {}, [](const Union&) {}, [](const LateSplit&) {},
                          [&](const WithinJoin& j) {
                              all(j.left_keys);
                              all(j.right_keys);
                              all({j.residual});
                          },
                          [&](const WindowAggregate& a) {
                              all(a.keys);
                              for (auto& g : a.aggregates) {
                                  all(g.args);
                                  all({g.filter});
                              }
                          }},
               n.kind);
}

namespace {
void verify_columns(const ExprPtr& e, size_t columns, const Node& n) {
    std::vector<int> used;
    collect_columns(e, used);
    for (int c : used) SQ_CHECK(c >= 0 && static_cast<size_t>(c) < columns, describe(n));
}

void verify_node(const NodePtr& n, std::set<const Node*>& seen) {
    if (!seen.insert(n.get()).second) return;
    for (auto& i : n->inputs) verify_node(i, seen);
    const size_t columns = n->inputs.empty() ? 0 : n->inputs[0]->columns.size();
    std::visit(overloaded{[&](const Scan& s) { SQ_CHECK(n->inputs.empty() && s.columns.size() == n->columns.size()); },
                          [&](const Filter& f) {
                              verify_columns(f.condition, columns, *n);
                              SQ_CHECK(f.condition->type.kind == TypeKind::kBoolean, describe(*n));
                          },
                          [&](const Project& p) {
                              for (auto& e : p.expressions) verify_columns(e, columns, *n);
                          },
                          [&](const Deduplicate& d) {
                              for (int k : d.keys) SQ_CHECK(k >= 0 && static_cast<size_t>(k) < columns);
                          },
                          [&](const WithinJoin& j) {
                              const size_t right = n->inputs[1]->columns.size();
                              SQ_CHECK(j.left_keys.size() == j.right_keys.size() && !j.left_keys.empty());
                              for (size_t i = 0; i < j.left_keys.size(); ++i) {
                                  verify_columns(j.left_keys[i], columns, *n);
                                  verify_columns(j.right_keys[i], right, *n);
                                  SQ_CHECK(j.left_keys[i]->type.kind == j.right_keys[i]->type.kind, describe(*n));
                              }
                              if (j.residual) verify_columns(j.residual, columns + right, *n);
                          },
                          [&](const WindowAggregate& a) {
                              for (auto& k : a.keys) verify_columns(k, columns, *n);
                              for (auto& g : a.aggregates) {
                                  for (auto& e : g.args) verify_columns(e, columns, *n);
                                  if (g.filter) verify_columns(g.filter, columns, *n);
                              }
                              SQ_CHECK(a.window.time_column < static_cast<int>(columns));
                          },
                          [&](const Union&) {
                              for (auto& i : n->inputs) {
                                  SQ_CHECK(i->columns.size() == n->columns.size());
                                  for (size_t c = 0; c < n->columns.size(); ++c)
                                      SQ_CHECK(i->columns[c].type.physical() == n->columns[c].type.physical());
                              }
                          },
                          [&](const LateSplit&) {}},
               n->kind);
}
}  // namespace

void verify(const Job& job) {
    std::set<const Node*> seen;
    for (auto& i : job.inserts) {
        verify_node(i.query, seen);
        SQ_CHECK(i.query->columns.size() == job.sinks[i.sink].columns.size());
    }
}

}  // namespace streamql::plan
