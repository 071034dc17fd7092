#include "compiler/pipeline/physical.h"

#include <fmt/format.h>

#include "compiler/functions/registry.h"
#include "compiler/plan/verify.h"
#include "runtime/base/result.h"

namespace streamql::physical {

namespace {

using Text = std::string (*)(const plan::ExprPtr&);

std::string types_text(const std::vector<Type>& types) {
    std::string s;
    for (auto& t : types) s += (s.empty() ? "" : ", ") + t.to_string();
    return s;
}

std::string steps_text(const std::vector<Step>& steps, Text text) {
    std::string s;
    for (auto& step : steps) {
        if (const auto* f = std::get_if<FilterStep>(&step)) {
            s += "  filter " + text(f->condition) + "\n";
            continue;
        }
        s += "  project";
        const char* separator = " ";
        for (auto& e : std::get<ProjectStep>(step).expressions) {
            s += separator + text(e);
            separator = ", ";
        }
        s += "\n";
    }
    return s;
}

std::string aggregate_text(const AggregateCall& call) {
    std::string s = call.function->name + "(" + (call.distinct ? "DISTINCT " : "");
    if (call.args.empty()) s += "*";
    for (size_t i = 0; i < call.args.size(); ++i) s += fmt::format("{}#{}", i ? ", " : "", call.args[i]);
    s += ")";
    if (call.filter >= 0) s += fmt::format(" FILTER (WHERE #{})", call.filter);
    return s;
}

std::string text_of(const Function& function, Text text) {
    return std::visit(
        overloaded{
            [&](const Pipeline& f) {
                return fmt::format("pipeline {} ({})\n{}  emit ({})\n", f.name, types_text(f.input),
                                   steps_text(f.steps, text), types_text(f.output));
            },
            [&](const Scan& f) {
                std::string s = fmt::format("scan {} ({})\n", f.name, types_text(f.columns));
                for (auto& [column, e] : f.computed) s += fmt::format("  #{} := {}\n", column, text(e));
                for (auto& [column, name] : f.not_null) s += fmt::format("  not null #{} {}\n", column, name);
                if (f.event_time >= 0) s += fmt::format("  event time #{}\n", f.event_time);
                for (auto& e : f.checks) s += fmt::format("  check {}\n", text(e));
                return s;
            },
            [&](const Condition& f) {
                return fmt::format("condition {} ({})\n  {}\n", f.name, types_text(f.input), text(f.condition));
            },
            [&](const Aggregate& f) {
                std::string s =
                    fmt::format("aggregate {} ({}), {} bytes\n", f.name, types_text(f.input), f.state_bytes);
                for (auto& c : f.calls) {
                    s += fmt::format("  @{} {} -> {} [{}]\n", c.state_offset, aggregate_text(c), c.type.to_string(),
                                     c.function->symbol);
                }
                return s;
            },
        },
        function);
}

/// What names a failing Call in an error: the column that must not be NULL, else the expression.
std::string site_text(const plan::ExprPtr& e) {
    auto* call = std::get_if<plan::Call>(&e->node);
    if (call && call->function == &not_null_function())
        return std::string(std::get<plan::Literal>(call->args[1]->node).value.str.view());
    return plan::to_string(e);
}

struct SiteCollector {
    Sites sites;
    void calls(const plan::ExprPtr& e) {
        std::vector<plan::ExprPtr> fallible;
        plan::collect_fallible(e, fallible);
        for (auto& f : fallible) add(f);
    }
    void add(const plan::ExprPtr& e) {
        if (sites.calls.emplace(e.get(), static_cast<int>(sites.texts.size())).second)
            sites.texts.push_back(site_text(e));
    }
};

std::string verify_pipeline(const Pipeline& f) {
    std::vector<Type> row = f.input;
    for (auto& step : f.steps) {
        if (const auto* filter = std::get_if<FilterStep>(&step)) {
            if (auto s = plan::verify(filter->condition, row); !s.empty()) return s;
            continue;
        }
        std::vector<Type> next;
        for (auto& e : std::get<ProjectStep>(step).expressions) {
            if (auto s = plan::verify(e, row); !s.empty()) return s;
            next.push_back(e->type);
        }
        row = std::move(next);
    }
    if (row.size() != f.output.size())
        return fmt::format("{} columns computed, {} declared", row.size(), f.output.size());
    for (size_t i = 0; i < row.size(); ++i) {
        if (row[i].physical() != f.output[i].physical())
            return fmt::format("output column {} is declared otherwise", i);
    }
    return {};
}

std::string verify_scan(const Scan& f) {
    auto column = [&](int c) { return c >= 0 && static_cast<size_t>(c) < f.columns.size(); };
    for (auto& [c, e] : f.computed) {
        if (!column(c)) return fmt::format("computed column {}", c);
        if (auto s = plan::verify(e, f.columns); !s.empty()) return s;
        if (e->type.physical() != f.columns[c].physical())
            return fmt::format("computed column {} is declared otherwise", c);
    }
    for (auto& [c, name] : f.not_null) {
        if (!column(c)) return "NOT NULL of " + name;
    }
    if (f.event_time >= 0 && (!column(f.event_time) || f.columns[f.event_time].physical() != Physical::kI64))
        return "event time column";
    for (auto& e : f.checks) {
        if (auto s = plan::verify(e, f.columns); !s.empty()) return s;
    }
    return {};
}

std::string verify_aggregate(const Aggregate& f) {
    for (auto& c : f.calls) {
        for (int a : c.args) {
            if (a < 0 || static_cast<size_t>(a) >= f.input.size()) return aggregate_text(c) + ": argument";
        }
        if (c.filter >= 0 &&
            (static_cast<size_t>(c.filter) >= f.input.size() || f.input[c.filter].kind != TypeKind::kBoolean)) {
            return aggregate_text(c) + ": filter";
        }
        if (c.state_offset % 16 || c.state_bytes < c.function->state_bytes ||
            c.state_offset + c.state_bytes > f.state_bytes) {
            return aggregate_text(c) + ": state";
        }
    }
    return {};
}

}  // namespace

const std::string& name_of(const Function& f) {
    return std::visit([](const auto& x) -> const std::string& { return x.name; }, f);
}

std::string to_string(const Function& f) { return text_of(f, plan::to_string); }
std::string fingerprint(const Function& f) { return text_of(f, plan::fingerprint); }

std::string verify(const Function& function) {
    std::string s = std::visit(overloaded{
                                   [](const Pipeline& f) { return verify_pipeline(f); },
                                   [](const Scan& f) { return verify_scan(f); },
                                   [](const Condition& f) { return plan::verify(f.condition, f.input); },
                                   [](const Aggregate& f) { return verify_aggregate(f); },
                               },
                               function);
    return s.empty() ? s : name_of(function) + ": " + s;
}

int Sites::of(const plan::Expr* e) const {
    auto at = calls.find(e);
    SQ_CHECK(at != calls.end(), "an expression that was said not to fail has failed");
    return at->second;
}

Sites sites_of(const Function& function) {
    SiteCollector c;
    std::visit(overloaded{
                   [&](const Pipeline& f) {
                       for (auto& step : f.steps) {
                           std::visit(overloaded{
                                          [&](const FilterStep& s) { c.calls(s.condition); },
                                          [&](const ProjectStep& s) {
                                              for (auto& e : s.expressions) c.calls(e);
                                          },
                                      },
                                      step);
                       }
                   },
                   [&](const Scan& f) {
                       for (auto& [column, e] : f.computed) c.calls(e);
                       c.sites.first_not_null = static_cast<int>(c.sites.texts.size());
                       for (auto& [column, name] : f.not_null) c.sites.texts.push_back(name);
                       for (auto& e : f.checks) {
                           c.calls(e);
                           c.add(e);
                       }
                   },
                   [&](const Condition& f) { c.calls(f.condition); },
                   [&](const Aggregate& f) {
                       for (auto& call : f.calls) c.sites.texts.push_back(aggregate_text(call));
                   },
               },
               function);
    return std::move(c.sites);
}

}  // namespace streamql::physical
