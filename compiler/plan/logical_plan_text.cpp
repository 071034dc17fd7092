// The logical plan as text: a node's own line, the tree with its traits, and the fingerprint that tells equal nodes.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "compiler/functions/registry.h"
#include "compiler/plan/logical_plan.h"
#include "runtime/base/result.h"

namespace streamql::plan {

std::string duration_text(int64_t micros) {
    struct Unit {
        int64_t micros;
        const char* name;
    };
    static constexpr Unit kUnits[] = {
        {86'400'000'000, "day"}, {3'600'000'000, "hour"}, {60'000'000, "minute"}, {1'000'000, "second"}};
    if (micros == 0) return "0";
    for (auto& u : kUnits)
        if (micros % u.micros == 0)
            return fmt::format("{} {}{}", micros / u.micros, u.name, micros == u.micros ? "" : "s");
    return fmt::format("{} seconds", static_cast<double>(micros) / 1e6);
}

std::string kind_name(const Node& n) {
    return std::visit(
        overloaded{[](const Scan&) { return "scan"; }, [](const Filter&) { return "filter"; },
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
    for (size_t i = 0; i < j.left_keys.size(); ++i)
        on.push_back(to_string(j.left_keys[i]) + " = " + to_string(j.right_keys[i]));
    std::string s = fmt::format("join {} within ({} before, {} after)", j.kind == JoinKind::kInner ? "inner" : "left",
                                duration_text(j.before), duration_text(j.after));
    if (j.grace) s += " grace " + duration_text(j.grace);
    s += " on " + joined(on, [](auto& x) { return x; });
    if (j.residual) s += " and " + to_string(j.residual);
    if (j.attribution != Attribution::kNone)
        s += j.attribution == Attribution::kFirst ? " attribute first" : " attribute last";
    return s;
}

std::string describe_aggregate(const WindowAggregate& a, const Node& n) {
    std::string s = kind_name(n) + " " + window_text(a.window, *n.inputs[0]);
    if (!a.keys.empty()) s += " by " + joined(a.keys, [](auto& k) { return to_string(k); });
    s += " -> " + joined(a.aggregates, [](const Aggregate& g) {
             std::string t =
                 g.function->name + "(" + (g.distinct ? "distinct " : "") +
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
        for (auto& t : n.traits.times)
            s += fmt::format(" {}{}", n.columns[t.index].name, t.lag ? " - " + duration_text(t.lag) : "");
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
                       return fmt::format("deduplicate by {} {}within {}",
                                          joined(d.keys, [&](int c) { return n.columns[c].name; }),
                                          d.ordered ? "order by event time " : "", duration_text(d.within));
                   },
                   [&](const WithinJoin& j) { return describe_join(j, n); },
                   [&](const WindowAggregate& a) { return describe_aggregate(a, n); },
                   [&](const Union&) { return std::string("union all"); },
                   [&](const LateSplit& l) {
                       return fmt::format(
                           "late_split {} -> late sink {}",
                           l.window ? window_text(*l.window, *n.inputs[0]) : "grace " + duration_text(l.grace), l.sink);
                   }},
        n.kind);
}

namespace {

std::string typed(const ExprPtr& e) { return to_string(e) + " " + e->type.to_string(); }

std::string columns_text(const Node& n) {
    return joined(n.columns, [](auto& c) { return c.name + " " + c.type.to_string(); });
}

std::string aggregate_layout(const Aggregate& g) {
    std::string s = g.function->name + "(" + (g.distinct ? "distinct " : "") +
                    (g.args.empty() ? std::string("*") : joined(g.args, [](auto& e) { return typed(e); })) + ")";
    return g.filter ? s + " filter (" + to_string(g.filter) + ")" : s;
}

/// What decides which rows reach a stateful node, and when: sources and filters below it, each once, up to the next
/// node that keeps state. (Which columns pass depends on the other queries too.)
void append_input(const Node& n, std::set<const Node*>& said, std::string& text) {
    for (auto& input : n.inputs) {
        const auto& kind = input->kind;
        const bool keeps_state = std::holds_alternative<Deduplicate>(kind) ||
                                 std::holds_alternative<WithinJoin>(kind) ||
                                 std::holds_alternative<WindowAggregate>(kind);
        if (keeps_state || !said.insert(input.get()).second) continue;
        auto say = [&](const std::string& what) { text += (text.empty() ? "" : ", ") + what; };
        if (std::holds_alternative<Filter>(kind)) say(describe(*input));
        if (auto* scan = std::get_if<Scan>(&kind)) {
            say(scan->table->name + " watermark " + duration_text(scan->table->watermark_delay));
            for (auto& check : scan->table->checks) say("check " + to_string(check));
        }
        append_input(*input, said, text);
    }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> layout(const Node& n) {
    std::vector<std::pair<std::string, std::string>> parts;
    auto add = [&](const char* name, std::string value) { parts.emplace_back(name, std::move(value)); };
    auto keys = [](auto& list) { return joined(list, [](auto& k) { return typed(k); }); };
    std::visit(overloaded{[](const Scan&) {}, [](const Filter&) {}, [](const Project&) {}, [](const Union&) {},
                          [](const LateSplit&) {},
                          [&](const Deduplicate& d) {
                              add("key", joined(d.keys, [&](int c) {
                                      return n.columns[c].name + " " + n.columns[c].type.to_string();
                                  }));
                              add("within", duration_text(d.within));
                              add("order", d.ordered ? "event time" : "arrival");
                              if (d.ordered) add("columns", columns_text(*n.inputs[0]));  // the rows wait
                          },
                          [&](const WithinJoin& j) {
                              add("kind", j.kind == JoinKind::kInner ? "inner" : "left");
                              if (j.attribution != Attribution::kNone)
                                  add("attribute", j.attribution == Attribution::kFirst ? "first" : "last");
                              add("left key", keys(j.left_keys));
                              add("right key", keys(j.right_keys));
                              add("within",
                                  fmt::format("{} before, {} after", duration_text(j.before), duration_text(j.after)));
                              add("grace", duration_text(j.grace));
                              add("condition", j.residual ? to_string(j.residual) : "none");
                              add("left columns", columns_text(*n.inputs[0]));
                              add("right columns", columns_text(*n.inputs[1]));
                          },
                          [&](const WindowAggregate& a) {
                              add("window", window_text(a.window, *n.inputs[0]));
                              add("key", keys(a.keys));
                              add("aggregates", joined(a.aggregates, aggregate_layout));
                          }},
               n.kind);
    if (!parts.empty()) {
        std::set<const Node*> said;
        std::string input;
        append_input(n, said, input);
        add("input", std::move(input));
    }
    return parts;
}

std::string to_string(const Job& job) {
    Printer p;
    for (auto& i : job.inserts) p.count(i.query);
    for (auto& i : job.inserts) {
        p.out += fmt::format("insert into {} ({})\n", job.sinks[i.sink].name, job.sinks[i.sink].connector);
        p.print(i.query, 1);
    }
    for (size_t i = 0; i < job.late.size(); ++i)
        p.out += fmt::format("late sink {}: {} ({})\n", i, job.sinks[job.late[i].sink].name,
                             job.sinks[job.late[i].sink].connector);
    return p.out;
}

std::string fingerprint(const Node& n) {
    std::string s = describe(n);
    auto add = [&](const ExprPtr& e) { s += e ? "|" + fingerprint(e) : "|"; };
    std::visit(overloaded{[&](const Scan& x) { s += fmt::format("@{}", static_cast<const void*>(x.table.get())); },
                          [&](const Filter& x) { add(x.condition); },
                          [&](const Project& x) {
                              for (auto& e : x.expressions) add(e);
                          },
                          [&](const Deduplicate& x) {
                              for (int k : x.keys) s += fmt::format("|{}", k);
                          },
                          [&](const WithinJoin& x) {
                              for (auto& e : x.left_keys) add(e);
                              for (auto& e : x.right_keys) add(e);
                              add(x.residual);
                          },
                          [&](const WindowAggregate& x) {
                              s += fmt::format("|on {} - {}", x.window.time_column, x.window.time_lag);
                              for (auto& e : x.keys) add(e);
                              for (auto& g : x.aggregates) {
                                  s += "|" + g.function->symbol;
                                  for (auto& e : g.args) add(e);
                                  add(g.filter);
                              }
                          },
                          [](const Union&) {}, [&](const LateSplit& x) { s += fmt::format("|{}", x.sink); }},
               n.kind);
    for (auto& i : n.inputs) s += fmt::format("<{}", static_cast<const void*>(i.get()));
    return s;
}

}  // namespace streamql::plan
