#include <algorithm>
#include <map>

#include "compiler/optimize/optimize.h"
#include "runtime/base/result.h"

namespace streamql::optimize {

namespace {

using plan::ExprPtr;
using plan::NodePtr;

NodePtr filtered(const NodePtr& input, std::vector<ExprPtr> conditions, Span span) {
    if (conditions.empty()) return input;
    return plan::make_node(plan::Filter{plan::conjunction(std::move(conditions))}, {input}, {}, span);
}

/// Equal values of the type look alike, so that a condition over a key holds for all rows of a key or for none.
bool equal_is_identical(const Type& type) {
    switch (type.kind) {
        case TypeKind::kReal:
        case TypeKind::kDouble:    // 0 and -0
        case TypeKind::kDecimal:   // 1 and 1.00
        case TypeKind::kInterval:  // 1 month and 30 days
        case TypeKind::kJson:
            return false;
        default:
            return !type.is_nested();
    }
}

/// Moves one job's filters down. What several consumers share is not entered: below it a filter would make a second
/// copy of the operator and of its state. (Filters that all consumers have in common are one node by then: equal
/// sub-plans have been shared before.)
class FilterPusher {
  public:
    explicit FilterPusher(const plan::Job& job) : job_(job) {
        for (auto& i : job.inserts) count(i.query);
    }

    NodePtr visit(const NodePtr& n) {
        if (auto it = done_.find(n.get()); it != done_.end()) return it->second;
        std::vector<NodePtr> inputs;
        bool same = true;
        for (auto& i : n->inputs) {
            inputs.push_back(visit(i));
            same &= inputs.back() == i;
        }
        NodePtr m = same ? n : plan::with_inputs(n, std::move(inputs));
        if (auto* f = std::get_if<plan::Filter>(&m->kind)) m = push(f->condition, m->inputs[0], m->span);
        if (uses_[n.get()] > 1) shared_[m.get()] = m;
        return done_[n.get()] = m;
    }

  private:
    void count(const NodePtr& n) {
        if (uses_[n.get()]++) return;
        for (auto& i : n->inputs) count(i);
    }

    NodePtr push_below_join(const std::vector<ExprPtr>& parts, const NodePtr& n, Span span) {
        const auto& join = std::get<plan::WithinJoin>(n->kind);
        const int left_columns = static_cast<int>(n->inputs[0]->columns.size());
        std::vector<ExprPtr> left, right, stay;
        for (auto& p : parts) {
            std::vector<int> used;
            plan::collect_columns(p, used);
            bool l = false, r = false;
            for (int c : used) (c < left_columns ? l : r) = true;
            // what may fail must not meet rows that the join would have dropped; which right row is first or last must
            // not change
            const bool movable = plan::is_infallible(p) && plan::is_deterministic(p);
            if (movable && l && !r)
                left.push_back(p);
            else if (movable && r && !l && join.kind == JoinKind::kInner && join.attribution == Attribution::kNone)
                right.push_back(p);
            else
                stay.push_back(p);
        }
        if (left.empty() && right.empty()) return filtered(n, stay, span);
        NodePtr l = n->inputs[0], r = n->inputs[1];
        if (!left.empty()) l = push(plan::conjunction(left), l, span);
        if (!right.empty()) {
            std::vector<int> map(n->columns.size(), 0);
            for (size_t c = left_columns; c < map.size(); ++c) map[c] = static_cast<int>(c) - left_columns;
            r = push(plan::remap(plan::conjunction(right), map), r, span);
        }
        return filtered(plan::with_inputs(n, {l, r}), stay, span);
    }

    NodePtr push_below_deduplicate(const std::vector<ExprPtr>& parts, const NodePtr& n, Span span) {
        const auto& d = std::get<plan::Deduplicate>(n->kind);
        std::vector<ExprPtr> down, stay;
        for (auto& p : parts) {
            std::vector<int> used;
            plan::collect_columns(p, used);
            bool keys_only = !used.empty() && plan::is_infallible(p) && plan::is_deterministic(p);
            for (int c : used)
                keys_only &= std::find(d.keys.begin(), d.keys.end(), c) != d.keys.end() &&
                             equal_is_identical(n->columns[c].type);
            (keys_only ? down : stay).push_back(p);
        }
        if (down.empty()) return filtered(n, stay, span);
        return filtered(plan::with_inputs(n, {push(plan::conjunction(down), n->inputs[0], span)}), stay, span);
    }

    NodePtr push_below_project(const std::vector<ExprPtr>& parts, const NodePtr& n, Span span) {
        constexpr int64_t kMostWeight = 1000;  // a chain of projections would write a condition out ever longer
        const auto& p = std::get<plan::Project>(n->kind);
        for (auto& e : p.expressions)
            if (!plan::is_deterministic(e) || !plan::is_infallible(e)) return filtered(n, parts, span);
        const ExprPtr below = plan::substitute(plan::conjunction(parts), p.expressions);
        if (below->weight > kMostWeight) return filtered(n, parts, span);
        return plan::with_inputs(n, {push(below, n->inputs[0], span)});
    }

    // A filter over `below`, as deep as it may go.
    NodePtr push(const ExprPtr& condition, const NodePtr& below, Span span) {
        std::vector<ExprPtr> parts;
        plan::split_conjunction(condition, parts);
        auto here = [&] { return filtered(below, parts, span); };
        if (shared_.count(below.get())) return here();
        return std::visit(
            overloaded{[&](const plan::Scan&) { return here(); }, [&](const plan::LateSplit&) { return here(); },
                       [&](const plan::WindowAggregate&) { return here(); },
                       [&](const plan::Filter& f) {  // the lower one goes first: it may guard the upper
                           std::vector<ExprPtr> all;
                           plan::split_conjunction(f.condition, all);
                           all.insert(all.end(), parts.begin(), parts.end());
                           return push(plan::conjunction(all), below->inputs[0], span);
                       },
                       [&](const plan::Project&) { return push_below_project(parts, below, span); },
                       [&](const plan::Union&) {
                           std::vector<NodePtr> inputs;
                           for (auto& i : below->inputs) inputs.push_back(push(plan::conjunction(parts), i, span));
                           return plan::with_inputs(below, inputs);
                       },
                       [&](const plan::Deduplicate&) { return push_below_deduplicate(parts, below, span); },
                       [&](const plan::WithinJoin&) { return push_below_join(parts, below, span); }},
            below->kind);
    }

    const plan::Job job_;  // keeps the nodes as they were: their addresses are keys
    std::map<const plan::Node*, int> uses_;
    std::map<const plan::Node*, NodePtr> done_, shared_;
};

}  // namespace

void push_filters(plan::Job& job) {
    FilterPusher pusher(job);
    for (auto& i : job.inserts) i.query = pusher.visit(i.query);
}

}  // namespace streamql::optimize
