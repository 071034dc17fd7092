#include "compiler/plan/logical_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "compiler/functions/registry.h"
#include "runtime/base/result.h"

namespace streamql::plan {

namespace {

void scan_traits(const Scan& s, Node& n) {
    const TableDefinition& t = *s.table;
    for (int c : s.columns) n.columns.push_back({t.columns[c].column.name, t.columns[c].column.type, t.columns[c].column.not_null});
    n.traits.bounded = t.bounded;
    n.traits.has_time = t.event_time >= 0;
    for (size_t i = 0; i < s.columns.size(); ++i)
        if (s.columns[i] == t.event_time) n.traits.times.push_back({static_cast<int>(i), 0});
}

void project_traits(const Project& p, const Node& input, const std::vector<std::string>& names, Node& n) {
    std::vector<int> from(input.columns.size(), -1);  // input column -> first output column that passes it on
    for (size_t i = 0; i < p.expressions.size(); ++i) {
        const ExprPtr& e = p.expressions[i];
        bool not_null = false;
        if (auto* c = std::get_if<Column>(&e->node)) {
            not_null = input.columns[c->index].not_null;
            if (from[c->index] < 0) from[c->index] = static_cast<int>(i);
            for (auto& t : input.traits.times)
                if (t.index == c->index) n.traits.times.push_back({static_cast<int>(i), t.lag});
        }
        n.columns.push_back({i < names.size() ? names[i] : "column", e->type, not_null});
    }
    for (auto& key : input.traits.keys) {
        std::vector<int> mapped;
        for (int c : key) if (from[c] >= 0) mapped.push_back(from[c]);
        if (mapped.size() == key.size()) n.traits.keys.push_back(mapped);
    }
    if (auto& w = input.traits.window; w && from[w->start] >= 0 && from[w->end] >= 0) {
        n.traits.window = *w;
        n.traits.window->start = from[w->start];
        n.traits.window->end = from[w->end];
    }
}

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
                auto key = a;
                for (int c : b) key.push_back(c + shift);
                n.traits.keys.push_back(key);
            }
    }
    n.traits.state = fmt::format("left rows for {}, right rows for {}", duration_text(std::max<int64_t>(j.after, 0) + j.grace),
                                 duration_text(std::max<int64_t>(j.before, 0) + j.grace));
}

void aggregate_traits(const WindowAggregate& a, Node& n, const std::vector<std::string>& names) {
    const bool windowed = a.window.kind != WindowKind::kNone;
    if (windowed) {
        n.columns.push_back({"window_start", TypeKind::kTimestamp, true});
        n.columns.push_back({"window_end", TypeKind::kTimestamp, true});
        n.traits.window = WindowColumns{0, 1, a.window.size, a.window.advance, a.window.offset, a.window.timezone};
    }
    for (auto& k : a.keys) n.columns.push_back({"key", k->type, false});
    for (auto& g : a.aggregates) n.columns.push_back({g.name, g.type, false});
    const size_t first = windowed ? 2 : 0;
    for (size_t i = 0; i < names.size() && first + i < n.columns.size(); ++i) n.columns[first + i].name = names[i];
    n.traits.has_time = windowed;
    n.traits.emission = Emission::kFinal;
    std::vector<int> key;
    if (windowed) key.push_back(0);
    for (size_t i = 0; i < a.keys.size(); ++i) key.push_back(static_cast<int>(first + i));
    n.traits.keys.push_back(key);
    if (windowed) {  // window_end determines the window as well as window_start does
        auto by_end = key;
        by_end[0] = 1;
        n.traits.keys.push_back(by_end);
    }
    n.traits.state = windowed ? fmt::format("{} bytes a key and pane, windows of {} until the watermark passes their end{}",
                                            a.aggregates.size() * 16 + 32, duration_text(a.window.size),
                                            a.window.grace ? " plus " + duration_text(a.window.grace) : "")
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
        n.traits.emission = std::any_of(n.inputs.begin(), n.inputs.end(), [](auto& i) { return i->traits.emission == Emission::kFinal; })
                                ? Emission::kFinal : Emission::kImmediate;
    }
    std::visit(overloaded{[&](const Scan& s) { scan_traits(s, n); },
                          [&](const Filter&) { pass_through(n); },
                          [&](const LateSplit&) { pass_through(n); },
                          [&](const Deduplicate& d) {
                              pass_through(n);
                              n.traits.keys.push_back(d.keys);  // as far as the declared duration tells copies apart
                              n.traits.state = "keys for " + duration_text(d.within);
                          },
                          [&](const Project& p) { project_traits(p, *n.inputs[0], names, n); },
                          [&](const WithinJoin& j) { join_traits(j, n, names); },
                          [&](const WindowAggregate& a) { aggregate_traits(a, n, names); },
                          [&](const Union&) {
                              n.columns = n.inputs[0]->columns;
                              for (auto& i : n.inputs)
                                  for (size_t c = 0; c < n.columns.size(); ++c) n.columns[c].not_null &= i->columns[c].not_null;
                              for (auto& t : n.inputs[0]->traits.times) {  // an event time of every input
                                  int64_t lag = t.lag;
                                  bool everywhere = true;
                                  for (auto& i : n.inputs) {
                                      auto& ts = i->traits.times;
                                      auto it = std::find_if(ts.begin(), ts.end(), [&](auto& x) { return x.index == t.index; });
                                      everywhere &= it != ts.end();
                                      if (it != ts.end()) lag = std::max(lag, it->lag);
                                  }
                                  if (everywhere) n.traits.times.push_back({t.index, lag});
                              }
                          }},
               n.kind);
    n.traits.timed_below = is_timed(n) || std::any_of(n.inputs.begin(), n.inputs.end(), [](auto& i) { return i->traits.timed_below; });
    return node;
}

NodePtr with_inputs(const NodePtr& node, std::vector<NodePtr> inputs) {
    std::vector<std::string> names;
    const bool windowed = std::holds_alternative<WindowAggregate>(node->kind) &&
                          std::get<WindowAggregate>(node->kind).window.kind != WindowKind::kNone;
    for (size_t i = windowed ? 2 : 0; i < node->columns.size(); ++i) names.push_back(node->columns[i].name);
    return make_node(node->kind, std::move(inputs), std::move(names), node->span);
}

std::string duration_text(int64_t micros) {
    struct Unit { int64_t micros; const char* name; };
    static constexpr Unit kUnits[] = {{86'400'000'000, "day"}, {3'600'000'000, "hour"}, {60'000'000, "minute"}, {1'000'000, "second"}};
    if (micros == 0) return "0";
    for (auto& u : kUnits)
        if (micros % u.micros == 0) return fmt::format("{} {}{}", micros / u.micros, u.name, micros == u.micros ? "" : "s");
    return fmt::format("{} seconds", static_cast<double>(micros) / 1e6);
}

std::string kind_name(const Node& n) {
    return std::visit(overloaded{[](const Scan&) { return "scan"; }, [](const Filter&) { return "filter"; },
                                 [](const Project&) { return "project"; }, [](const Deduplicate&) { return "deduplicate"; },
                                 [](const WithinJoin&) { return "join"; },
                                 [](const WindowAggregate& a) { return a.window.kind == WindowKind::kNone ? "aggregate" : "window"; },
                                 [](const Union&) { return "union"; }, [](const LateSplit&) { return "late_split"; }},
                      n.kind);
}

namespace {

template <typename List, typename F>
std::string joined(const List& list, F text) {
    std::string s;
    for (auto& x : list) s += (s.empty() ? "" : ", ") + text(x);
    return s;
}

std::string window_text(const WindowSpec& w, const Node& input) {
    if (w.kind == WindowKind::kNone) return "over all rows";
    std::string s = w.kind == WindowKind::kTumbling ? "tumbling" : "hopping";
    s += " size " + duration_text(w.size);
    if (w.kind == WindowKind::kHopping) s += " advance " + duration_text(w.advance);
    if (w.offset) s += " offset " + duration_text(w.offset);
    if (!w.timezone.empty()) s += " timezone " + w.timezone;
    if (w.grace) s += " grace " + duration_text(w.grace);
    if (w.time_column >= 0) s += " on " + input.columns[w.time_column].name;
    return s;
}

std::string describe_scan(const Scan& s) {
    return fmt::format("scan {} ({}) columns [{}]", s.table->name, s.table->connector,
                       joined(s.columns, [&](int c) { return s.table->columns[c].column.name; }));
}

std::string describe_join(const WithinJoin& j, const Node& n) {
    std::vector<std::string> on;
    for (size_t i = 0; i < j.left_keys.size(); ++i) on.push_back(to_string(j.left_keys[i]) + " = " + to_string(j.right_keys[i]));
    std::string s = fmt::format("join {} within ({} before, {} after)", j.kind == JoinKind::kInner ? "inner" : "left",
                                duration_text(j.before), duration_text(j.after));
    if (j.grace) s += " grace " + duration_text(j.grace);
    s += " on " + joined(on, [](auto& x) { return x; });
    if (j.residual) s += " and " + to_string(j.residual);
    if (j.attribution != Attribution::kNone) s += j.attribution == Attribution::kFirst ? " attribute first" : " attribute last";
    return s;
}

std::string describe_aggregate(const WindowAggregate& a, const Node& n) {
    std::string s = kind_name(n) + " " + window_text(a.window, *n.inputs[0]);
    if (!a.keys.empty()) s += " by " + joined(a.keys, [](auto& k) { return to_string(k); });
    s += " -> " + joined(a.aggregates, [](const Aggregate& g) {
             std::string t = g.function->name + "(" + (g.distinct ? "distinct " : "") +
                             (g.args.empty() ? std::string("*") : joined(g.args, [](auto& e) { return to_string(e); })) + ")";
             if (g.filter) t += " filter (" + to_string(g.filter) + ")";
             return t;
         });
    return s;
}

std::string traits_text(const Node& n) {
    std::string s = n.traits.emission == Emission::kFinal ? "emit final" : "emit as they come";
    s += ", append-only";
    if (n.traits.has_time) {
        s += ", watermark";
        for (auto& t : n.traits.times) s += fmt::format(" {}{}", n.columns[t.index].name, t.lag ? " - " + duration_text(t.lag) : "");
        if (n.traits.times.empty()) s += n.traits.window ? " window_end" : " of its rows";
    } else {
        s += ", no watermark";
    }
    for (auto& k : n.traits.keys) s += ", key (" + joined(k, [&](int c) { return n.columns[c].name; }) + ")";
    if (!n.traits.state.empty()) s += ", state: " + n.traits.state;
    return s;
}

struct Printer {
    std::map<const Node*, int> uses, ids;
    std::string out;

    void count(const NodePtr& n) {
        if (uses[n.get()]++) return;
        for (auto& i : n->inputs) count(i);
    }
    void print(const NodePtr& n, int depth) {
        const std::string pad(depth * 2, ' ');
        if (auto it = ids.find(n.get()); it != ids.end()) {
            out += fmt::format("{}#{} (above)\n", pad, it->second);
            return;
        }
        std::string tag;
        if (uses[n.get()] > 1) {
            const int id = static_cast<int>(ids.size()) + 1;
            ids[n.get()] = id;
            tag = fmt::format("#{} ", id);
        }
        out += fmt::format("{}{}{}   [{}]\n", pad, tag, describe(*n), traits_text(*n));
        for (auto& i : n->inputs) print(i, depth + 1);
    }
};

}  // namespace

std::string describe(const Node& n) {
    return std::visit(
        overloaded{[&](const Scan& s) { return describe_scan(s); },
                   [&](const Filter& f) { return "filter " + to_string(f.condition); },
                   [&](const Project& p) {
                       std::vector<std::string> items;
                       for (size_t i = 0; i < p.expressions.size(); ++i) {
                           std::string text = to_string(p.expressions[i]);
                           items.push_back(text == n.columns[i].name ? text : text + " AS " + n.columns[i].name);
                       }
                       return "project " + joined(items, [](auto& x) { return x; });
                   },
                   [&](const Deduplicate& d) {
                       return fmt::format("deduplicate by {} {}within {}", joined(d.keys, [&](int c) { return n.columns[c].name; }),
                                          d.ordered ? "order by event time " : "", duration_text(d.within));
                   },
                   [&](const WithinJoin& j) { return describe_join(j, n); },
                   [&](const WindowAggregate& a) { return describe_aggregate(a, n); },
                   [&](const Union&) { return std::string("union all"); },
                   [&](const LateSplit& l) {
                       return fmt::format("late_split {} -> late sink {}",
                                          l.window ? window_text(*l.window, *n.inputs[0]) : "grace " + duration_text(l.grace), l.sink);
                   }},
        n.kind);
}

std::string to_string(const Job& job) {
    Printer p;
    for (auto& i : job.inserts) p.count(i.query);
    for (auto& i : job.inserts) {
        p.out += fmt::format("insert into {} ({})\n", job.sinks[i.sink].name, job.sinks[i.sink].connector);
        p.print(i.query, 1);
    }
    for (size_t i = 0; i < job.late.size(); ++i)
        p.out += fmt::format("late sink {}: {} ({})\n", i, job.sinks[job.late[i].sink].name, job.sinks[job.late[i].sink].connector);
    return p.out;
}

namespace {

/// Every expression of the node, exactly (describe() shows columns by name only).
std::string expressions_fingerprint(const Node& n) {
    std::string s;
    auto add = [&](const ExprPtr& e) { s += (e ? fingerprint(e) : "-") + ","; };
    std::visit(overloaded{[&](const Scan& x) { s += fmt::format("@{}", static_cast<const void*>(x.table.get())); },
                          [&](const Filter& x) { add(x.condition); },
                          [&](const Project& x) { for (auto& e : x.expressions) add(e); },
                          [&](const Deduplicate& x) { for (int k : x.keys) s += fmt::format("{},", k); },
                          [&](const WithinJoin& x) {
                              for (auto& e : x.left_keys) add(e);
                              for (auto& e : x.right_keys) add(e);
                              add(x.residual);
                          },
                          [&](const WindowAggregate& x) {
                              s += fmt::format("{}:{};", x.window.time_column, x.window.time_lag);
                              for (auto& e : x.keys) add(e);
                              for (auto& g : x.aggregates) {
                                  s += g.function->symbol + "(";
                                  for (auto& e : g.args) add(e);
                                  add(g.filter);
                              }
                          },
                          [](const Union&) {}, [](const LateSplit&) {}},
               n.kind);
    return s;
}

}  // namespace

std::string fingerprint(const NodePtr& n) {
    std::string s = describe(*n) + "|" + expressions_fingerprint(*n) + "(";
    for (auto& i : n->inputs) s += fingerprint(i) + ";";
    return s + ")";
}

namespace {
void verify_columns(const ExprPtr& e, size_t columns, const Node& n) {
    std::vector<int> used;
    collect_columns(e, used);
    for (int c : used) SQ_CHECK(c >= 0 && static_cast<size_t>(c) < columns, describe(n));
}

void verify_node(const NodePtr& n) {
    for (auto& i : n->inputs) verify_node(i);
    const size_t columns = n->inputs.empty() ? 0 : n->inputs[0]->columns.size();
    std::visit(overloaded{[&](const Scan& s) { SQ_CHECK(n->inputs.empty() && s.columns.size() == n->columns.size()); },
                          [&](const Filter& f) {
                              verify_columns(f.condition, columns, *n);
                              SQ_CHECK(f.condition->type.kind == TypeKind::kBoolean, describe(*n));
                          },
                          [&](const Project& p) { for (auto& e : p.expressions) verify_columns(e, columns, *n); },
                          [&](const Deduplicate& d) { for (int k : d.keys) SQ_CHECK(k >= 0 && static_cast<size_t>(k) < columns); },
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
                                  for (size_t c = 0; c < n->columns.size(); ++c) SQ_CHECK(i->columns[c].type.physical() == n->columns[c].type.physical());
                              }
                          },
                          [&](const LateSplit&) {}},
               n->kind);
}
}  // namespace

void verify(const Job& job) {
    for (auto& i : job.inserts) {
        verify_node(i.query);
        SQ_CHECK(i.query->columns.size() == job.sinks[i.sink].columns.size());
    }
}

}  // namespace streamql::plan
