#include <fmt/format.h>

#include "compiler/bind/binder.h"

namespace streamql::bind_detail {

/// What ON, USING and WITHIN say, taken apart.
struct Binder::JoinParts {
    const plan::Node* left = nullptr;
    const plan::Node* right = nullptr;
    std::vector<plan::ExprPtr> left_keys, right_keys, residual;
    std::optional<int64_t> before, after;  ///< right.time in [left.time - before, left.time + after]
    Span time_span;
    bool within = false;  ///< the range is WITHIN's; bounds written in ON stay conditions
};

namespace {

enum class Side { kNone, kLeft, kRight, kBoth };

Side side_of(const plan::ExprPtr& e, int left_columns) {
    std::vector<int> used;
    plan::collect_columns(e, used);
    bool l = false, r = false;
    for (int c : used) (c < left_columns ? l : r) = true;
    return l ? (r ? Side::kBoth : Side::kLeft) : r ? Side::kRight : Side::kNone;
}

/// column +/- constant interval, as (column, micros).
std::optional<std::pair<int, int64_t>> time_term(const plan::ExprPtr& e) {
    if (auto* c = std::get_if<plan::Column>(&e->node)) return std::pair{c->index, int64_t{0}};
    auto* call = std::get_if<plan::Call>(&e->node);
    if (!call || call->args.size() != 2 || (call->function->name != "+" && call->function->name != "-"))
        return std::nullopt;
    auto* c = std::get_if<plan::Column>(&call->args[0]->node);
    auto* l = std::get_if<plan::Literal>(&call->args[1]->node);
    if (!c || !l || call->args[1]->type.kind != TypeKind::kInterval || l->value.null || l->value.interval.months)
        return std::nullopt;
    const int64_t micros = l->value.interval.micros + int64_t{l->value.interval.days} * 86'400'000'000;
    return std::pair{c->index, call->function->name == "+" ? micros : -micros};
}

bool is_time(const plan::Node& n, int column) {
    for (auto& t : n.traits.times)
        if (t.index == column && t.lag == 0) return true;
    return false;
}

plan::ExprPtr shift(const plan::ExprPtr& e, int by, int count) {
    std::vector<int> map(count + by + 1, 0);
    std::vector<int> used;
    plan::collect_columns(e, used);
    int largest = 0;
    for (int c : used) largest = std::max(largest, c);
    map.assign(largest + 1, 0);
    for (int c = 0; c <= largest; ++c) map[c] = c + by;
    return plan::remap(e, map);
}

}  // namespace

// a.ts = b.ts, or = b.ts + interval, of two event times: a key as any other, and a range of one point.
void Binder::equal_times(const plan::Call& equal, Span span, bool swapped, JoinParts& p) {
    auto left = time_term(equal.args[swapped ? 1 : 0]), right = time_term(equal.args[swapped ? 0 : 1]);
    const int n = static_cast<int>(p.left->columns.size());
    if (p.within || p.before || p.after || !left || !right) return;
    if (!is_time(*p.left, left->first) || !is_time(*p.right, right->first - n)) return;
    p.after = left->second - right->second;
    p.before = -*p.after;
    p.time_span = span;
}

// Sorts conjuncts into equal keys, bounds of the time range, and the rest.
bool Binder::analyse_condition(const std::vector<plan::ExprPtr>& conjuncts, JoinParts& p) {
    const int n = static_cast<int>(p.left->columns.size());
    for (auto& e : conjuncts) {
        auto* c = std::get_if<plan::Call>(&e->node);
        if (c && c->args.size() == 2) {
            const std::string& op = c->function->name;
            const Side a = side_of(c->args[0], n), b = side_of(c->args[1], n);
            if (op == "=" && ((a == Side::kLeft && b == Side::kRight) || (a == Side::kRight && b == Side::kLeft))) {
                const bool swapped = a == Side::kRight;
                p.left_keys.push_back(c->args[swapped ? 1 : 0]);
                p.right_keys.push_back(shift(c->args[swapped ? 0 : 1], -n, n));
                equal_times(*c, e->span, swapped, p);
                continue;
            }
            auto x = time_term(c->args[0]), y = time_term(c->args[1]);
            const bool le = op == "<=" || op == "<", ge = op == ">=" || op == ">";
            const int64_t strict = op == "<" || op == ">" ? 1 : 0;  // times are whole microseconds
            if (!p.within && (le || ge) && x && y &&
                ((a == Side::kLeft && b == Side::kRight) || (a == Side::kRight && b == Side::kLeft))) {
                // brought to: right.time (>= | <=) left.time + d
                const bool swapped = a == Side::kLeft;
                auto& right = swapped ? *y : *x;
                auto& left = swapped ? *x : *y;
                const bool at_least = swapped ? le : ge;
                if (is_time(*p.left, left.first) && is_time(*p.right, right.first - n)) {
                    const int64_t d = left.second - right.second;
                    if (at_least && !p.before) {
                        p.before = -d - strict;
                        p.time_span = e->span;
                        continue;
                    }
                    if (!at_least && !p.after) {
                        p.after = d - strict;
                        p.time_span = e->span;
                        continue;
                    }
                }
            }
        }
        p.residual.push_back(e);
    }
    return true;
}

bool Binder::join_time_range(const ast::Join& join, JoinParts& p, Span span) {
    if (join.within) {
        auto before = fixed_duration(join.within->before, join.within->span, diags_, "WITHIN");
        auto after = fixed_duration(join.within->after, join.within->span, diags_, "WITHIN");
        if (!before || !after) return false;
        p.before = before;
        p.after = after;
        p.time_span = join.within->span;
        if (join.within->symmetric)
            diags_
                .note("symmetric-within", join.within->span,
                      "WITHIN with one duration also matches right rows that come after the left row")
                .with_help(fmt::format("write WITHIN ({} BEFORE, 0 SECONDS AFTER) if the right row is the cause",
                                       plan::duration_text(*before)));
    }
    if (!p.before || !p.after) {
        Diagnostic& d =
            p.before || p.after
                ? diags_.error("unbounded-join", p.time_span,
                               "this time condition has only one bound, so rows would have to be kept for ever")
                : not_supported(span, "a join without WITHIN (its state would grow for ever)");
        d.with_help(
            "write JOIN ... WITHIN (30 MINUTES BEFORE, 0 MINUTES AFTER) ON ..., or b.time BETWEEN a.time - INTERVAL "
            "'...' AND a.time + INTERVAL '...'");
        return false;
    }
    if (*p.before + *p.after < 0)
        return diags_.error("empty-range", p.time_span, "this time range is empty: no row can match"), false;
    return true;
}

bool Binder::join_is_lowered(const ast::Join& join, Span span) {
    const size_t before = diags_.error_count();
    if (join.asof) not_supported(span, "ASOF JOIN");
    if (join.kind == ast::JoinKind::kRight)
        not_supported(span, "RIGHT JOIN").with_help("swap the sides and use LEFT JOIN");
    if (join.kind == ast::JoinKind::kFull) not_supported(span, "FULL JOIN");
    if (join.kind == ast::JoinKind::kCross) not_supported(span, "CROSS JOIN");
    if (join.attribute && join.attribute->model != ast::AttributionModel::kFirst &&
        join.attribute->model != ast::AttributionModel::kLast)
        not_supported(join.attribute->span, "this attribution model")
            .with_help("ATTRIBUTE FIRST and ATTRIBUTE LAST are");
    return diags_.error_count() == before;
}

// USING: an equality a column, which * then gives once, and first (as in PostgreSQL). `row`: the pair; `n`: the left
// side's columns.
bool Binder::bind_using(const ast::Join& join, const plan::Node& row, BoundRelation& out, int n,
                        std::vector<plan::ExprPtr>& conjuncts) {
    for (auto& u : join.using_columns) {
        auto find = [&](bool right) -> Bound {
            for (auto& c : out.columns)
                if (c.name == u.text && !c.merged && (c.index >= n) == right)
                    return {plan::column(c.index, row.columns[c.index].type, c.name, u.span)};
            return {};
        };
        Bound l = find(false), r = find(true);
        if (!l || !r)
            return diags_.error("unknown-column", u.span,
                                fmt::format("USING needs column \"{}\" on both sides", u.text)),
                   false;
        Bound equal = call("=", {l, r}, u.span);
        if (!equal) return false;
        conjuncts.push_back(equal.expr);
        for (auto& c : out.columns)
            if (c.name == u.text && c.index >= n) c.merged = true;
    }
    std::stable_sort(out.columns.begin(), out.columns.end(), [&](const ScopeColumn& a, const ScopeColumn& b) {
        auto rank = [&](const ScopeColumn& c) {
            for (size_t i = 0; i < join.using_columns.size() && !c.merged && c.index < n; ++i)
                if (join.using_columns[i].text == c.name) return i;
            return join.using_columns.size();
        };
        return rank(a) < rank(b);
    });
    return true;
}

std::optional<BoundRelation> Binder::bind_join(const ast::Join& join, Span span) {
    auto left = bind_relation(*join.left);
    auto right = bind_relation(*join.right);
    if (!left || !right) return std::nullopt;
    if (left->window) materialise_window(*left);
    if (right->window) materialise_window(*right);
    if (!join_is_lowered(join, span)) return std::nullopt;
    if (!check_width(left->node->columns.size() + right->node->columns.size(), span)) return std::nullopt;

    BoundRelation out;
    out.columns = left->columns;
    const int n = static_cast<int>(left->node->columns.size());
    for (auto c : right->columns) {
        c.index += n;
        out.columns.push_back(c);
    }
    plan::Node row;  // the pair, for ON
    row.columns = left->node->columns;
    for (auto& c : right->node->columns) row.columns.push_back(c);

    JoinParts parts;
    parts.left = left->node.get();
    parts.right = right->node.get();
    parts.within = join.within.has_value();
    ExprContext context;
    context.columns = &out.columns;
    context.node = &row;
    context.clause = "ON";
    std::vector<plan::ExprPtr> conjuncts;
    if (join.on) {
        auto on = boolean(*join.on, context);
        if (!on) return std::nullopt;
        plan::split_conjunction(on, conjuncts);
    }
    if (!bind_using(join, row, out, n, conjuncts)) return std::nullopt;
    if (!analyse_condition(conjuncts, parts) || !join_time_range(join, parts, span)) return std::nullopt;
    for (auto [side, written] :
         {std::pair{left->node.get(), join.left.get()}, std::pair{right->node.get(), join.right.get()}})
        if (!side->traits.has_time)
            return diags_
                       .error("no-watermark", written->span,
                              "JOIN ... WITHIN needs an event time on both sides, and this one has none")
                       .with_help(
                           "declare WATERMARK FOR a_time_column AS a_time_column - INTERVAL '...' on the stream"),
                   std::nullopt;
    plan::WithinJoin node;
    node.kind = join.kind == ast::JoinKind::kLeft ? JoinKind::kLeft : JoinKind::kInner;
    if (join.attribute)
        node.attribution =
            join.attribute->model == ast::AttributionModel::kFirst ? Attribution::kFirst : Attribution::kLast;
    node.before = *parts.before;
    node.after = *parts.after;
    if (join.grace) {
        auto g = fixed_duration(join.grace->value, join.grace->span, diags_, "GRACE PERIOD");
        if (!g) return std::nullopt;
        node.grace = *g;
    }
    if (parts.left_keys.empty()) {  // one key group for all
        parts.left_keys.push_back(plan::boolean_literal(true, span));
        parts.right_keys.push_back(plan::boolean_literal(true, span));
        diags_.note(
            "no-join-key", span,
            "this join has no equality between its sides: it runs on one worker and compares all rows in range");
    }
    node.left_keys = parts.left_keys;
    node.right_keys = parts.right_keys;
    if (!parts.residual.empty()) node.residual = plan::conjunction(parts.residual);
    std::vector<std::string> names;
    for (auto& c : row.columns) names.push_back(c.name);
    out.node = plan::make_node(node, {left->node, right->node}, names, span);
    return out;
}

}  // namespace streamql::bind_detail
