#include <fmt/format.h>

#include "compiler/bind/binder.h"
#include "compiler/diagnostics/suggest.h"
#include "runtime/time/timezone.h"

namespace streamql::bind_detail {

std::optional<int64_t> fixed_duration(const Interval& v, Span span, Diagnostics& diags, const char* what) {
    if (v.months) {
        diags.error("bad-duration", span, fmt::format("{} cannot have months: they are not all equally long", what))
            .with_help("write it in days");
        return std::nullopt;
    }
    constexpr int64_t kDay = 86'400'000'000;
    constexpr int64_t kMostDays = 366'000;  // so that a time plus a few durations stays a time
    const auto days = v.days + static_cast<double>(v.micros) / kDay;
    if (days > kMostDays || days < -kMostDays) {
        diags.error("bad-duration", span, fmt::format("{} cannot be longer than 1000 years", what));
        return std::nullopt;
    }
    return v.micros + static_cast<int64_t>(v.days) * kDay;
}

namespace {

std::vector<ScopeColumn> scope_of(const plan::Node& node, const std::string& qualifier) {
    std::vector<ScopeColumn> columns;
    for (size_t i = 0; i < node.columns.size(); ++i)
        columns.push_back({qualifier, node.columns[i].name, static_cast<int>(i)});
    return columns;
}

}  // namespace

std::optional<BoundRelation> Binder::bind_relation(const ast::Relation& r) {
    auto bound = std::visit(overloaded{[&](const ast::TableRef& t) { return bind_table_ref(t, r); },
                                       [&](const ast::SubqueryRef& s) -> std::optional<BoundRelation> {
                                           if (s.lateral) return not_supported(r.span, "LATERAL"), std::nullopt;
                                           return bind_query(*s.query);
                                       },
                                       [&](const ast::WindowTable& w) { return bind_window_table(w); },
                                       [&](const ast::Unnest&) -> std::optional<BoundRelation> {
                                           return not_supported(r.span, "UNNEST"), std::nullopt;
                                       },
                                       [&](const ast::TableFunction& f) -> std::optional<BoundRelation> {
                                           return not_supported(
                                                      r.span, fmt::format("the table function {}", f.name.to_string())),
                                                  std::nullopt;
                                       },
                                       [&](const ast::Join& j) { return bind_join(j, r.span); }},
                            r.node);
    if (!bound) return std::nullopt;
    if (r.deduplicate && !bind_deduplicate(*r.deduplicate, *bound)) return std::nullopt;
    if (r.alias) {
        for (size_t i = 0; i < bound->columns.size(); ++i) {
            bound->columns[i].qualifier = r.alias->name.text;
            if (i < r.alias->columns.size()) bound->columns[i].name = r.alias->columns[i].text;
        }
        if (r.alias->columns.size() > bound->columns.size())
            diags_.error("too-many-columns", r.alias->span,
                         fmt::format("\"{}\" has {} columns, and {} names are given", r.alias->name.text,
                                     bound->columns.size(), r.alias->columns.size()));
    }
    return bound;
}

std::optional<BoundRelation> Binder::bind_table_ref(const ast::TableRef& t, const ast::Relation& r) {
    if (t.system_time) return not_supported(r.span, "a lookup or temporal join (FOR SYSTEM_TIME AS OF)"), std::nullopt;
    return bind_named(t.name);
}

std::optional<BoundRelation> Binder::bind_named(const ast::Name& name) {
    const std::string n = name.to_string();
    for (auto scope = ctes_.rbegin(); scope != ctes_.rend(); ++scope)
        if (auto it = scope->find(n); it != scope->end()) return it->second;  // nothing, if its query had errors
    if (auto v = views_.find(n); v != views_.end()) {
        DeclaredView& view = v->second;
        if (view.binding) {
            diags_.error("recursive-view", name.span, fmt::format("view \"{}\" is made of itself", n));
            return std::nullopt;
        }
        if (view.failed) return std::nullopt;
        if (!view.bound) {
            view.failed = view.binding = true;  // until proven otherwise
            auto saved = std::exchange(ctes_, {});
            auto emit = std::exchange(emit_, nullptr);
            auto owner = std::exchange(owner_, n);
            auto bound = bind_query(*view.ast->query);
            owner_ = owner;
            ctes_ = std::move(saved);
            emit_ = emit;
            view.binding = false;
            if (!bound) return std::nullopt;
            auto& names = view.ast->columns;
            if (!names.empty() && names.size() != bound->columns.size()) {
                diags_.error("too-many-columns", view.ast->name.span,
                             fmt::format("view \"{}\" names {} columns, and its query has {}", n, names.size(),
                                         bound->columns.size()));
                return std::nullopt;
            }
            for (size_t i = 0; i < bound->columns.size(); ++i) {
                bound->columns[i].qualifier = n;
                if (!names.empty()) bound->columns[i].name = names[i].text;
            }
            view.failed = false;
            roots_[bound->node] = n;
            view.bound = std::move(bound);
        }
        return *view.bound;
    }
    auto it = relations_.find(n);
    if (it == relations_.end()) {
        if (!after_errors_)
            diags_.error("unknown-relation", name.span, fmt::format("there is no stream, table or view \"{}\"", n))
                .with_help(did_you_mean(n, relation_names()));
        return std::nullopt;
    }
    auto table = source_of(it->second, name.span);
    if (!table) return std::nullopt;
    std::vector<int> all;
    for (size_t i = 0; i < table->columns.size(); ++i) all.push_back(static_cast<int>(i));
    BoundRelation r;
    r.node = plan::make_node(plan::Scan{table, all}, {}, {}, name.span);
    r.columns = scope_of(*r.node, n);
    return r;
}

bool Binder::bind_deduplicate(const ast::Deduplicate& d, BoundRelation& r) {
    plan::Deduplicate node;
    ExprContext context;
    context.columns = &r.columns;
    context.node = r.node.get();
    context.clause = "DEDUPLICATE BY";
    for (auto& k : d.keys) {
        Bound b = bind_expr(k, context);
        if (!b) return false;
        auto* c = std::get_if<plan::Column>(&b.expr->node);
        if (!c) {
            diags_.error("bad-key", k.span, "DEDUPLICATE BY takes columns")
                .with_help("give the expression a name in a subquery and use that");
            return false;
        }
        node.keys.push_back(c->index);
    }
    auto within = fixed_duration(d.within.value, d.within.span, diags_, "WITHIN");
    if (!within) return false;
    if (*within <= 0) return diags_.error("bad-duration", d.within.span, "WITHIN must be longer than zero"), false;
    node.within = *within;
    if (!r.node->traits.has_time) {
        diags_.error("no-watermark", d.span, "DEDUPLICATE ... WITHIN needs an event time, and this relation has none")
            .with_help("declare WATERMARK FOR a_time_column AS a_time_column - INTERVAL '...' on the stream");
        return false;
    }
    if (d.order_by) {
        Bound o = bind_expr(*d.order_by, context);
        if (!o) return false;
        auto* c = std::get_if<plan::Column>(&o.expr->node);
        const bool is_time = c && std::any_of(r.node->traits.times.begin(), r.node->traits.times.end(),
                                              [&](auto& t) { return t.index == c->index && t.lag == 0; });
        if (!is_time)
            return diags_.error("not-event-time", d.order_by->span,
                                "DEDUPLICATE is ordered by the event time of its relation, and by nothing else"),
                   false;
        node.ordered = true;
    }
    r.node = plan::make_node(node, {r.node}, {}, d.span);
    return true;
}

std::optional<BoundRelation> Binder::bind_window_table(const ast::WindowTable& w) {
    auto input = bind_relation(*w.input);
    if (!input) return std::nullopt;
    if (input->window)
        return diags_.error("nested-window", w.window.span,
                            "a window over a window needs the inner one to be aggregated first"),
               std::nullopt;
    auto spec = bind_window(w.window, *input);
    if (!spec) return std::nullopt;
    input->window = PendingWindow{*spec, w.window.span};
    return input;
}

std::optional<WindowSpec> Binder::bind_window(const ast::TimeWindow& w, const BoundRelation& input) {
    WindowSpec spec;
    if (w.kind == ast::WindowKind::kSession) return not_supported(w.span, "a SESSION window"), std::nullopt;
    if (w.kind == ast::WindowKind::kCumulating) return not_supported(w.span, "a CUMULATING window"), std::nullopt;
    spec.kind = w.kind == ast::WindowKind::kTumbling ? WindowKind::kTumbling : WindowKind::kHopping;
    const size_t before = diags_.error_count();
    auto read = [&](const std::optional<ast::Duration>& d, const char* what, bool positive) -> int64_t {
        if (!d) return 0;
        auto v = fixed_duration(d->value, d->span, diags_, what);
        if (v && positive && *v <= 0)
            diags_.error("bad-duration", d->span, fmt::format("{} must be longer than zero", what));
        if (v && !positive && *v < 0 && std::string(what) != "OFFSET")
            diags_.error("bad-duration", d->span, fmt::format("{} cannot be negative", what));
        return v.value_or(0);
    };
    spec.size = read(w.size, "SIZE", true);
    spec.advance = spec.kind == WindowKind::kHopping ? read(w.advance, "ADVANCE BY", true) : spec.size;
    spec.offset = read(w.offset, "OFFSET", false);
    spec.grace = read(w.grace, "GRACE PERIOD", false);
    if (diags_.error_count() != before) return std::nullopt;
    constexpr int64_t kMostWindowsARow = 100'000;
    if (spec.size / spec.advance > kMostWindowsARow) {
        diags_
            .error("bad-window", w.span,
                   fmt::format("every row would be in {} windows; {} is the most", spec.size / spec.advance,
                               kMostWindowsARow))
            .with_help("make ADVANCE BY longer, or SIZE shorter");
        return std::nullopt;
    }
    if (w.timezone && w.timezone->text != "UTC") {
        constexpr int64_t kDay = 86'400'000'000;
        if (spec.size % kDay || spec.advance % kDay) {
            diags_.error("bad-window", w.timezone->span, "TIMEZONE is for windows of whole days")
                .with_help("shorter windows are the same in every zone of whole hours; use OFFSET for others");
            return std::nullopt;
        }
        if (!find_timezone(w.timezone->text)) {
            diags_.error("bad-window", w.timezone->span, fmt::format("there is no time zone '{}'", w.timezone->text))
                .with_help("write a name such as 'Europe/Berlin' or an offset such as '+02'");
            return std::nullopt;
        }
        spec.timezone = w.timezone->text;
    }
    const plan::Traits& traits = input.node->traits;
    if (w.time_column) {
        ExprContext context;
        context.columns = &input.columns;
        context.node = input.node.get();
        context.clause = "the window";
        Bound b = bind_column(ast::ColumnRef{*w.time_column}, context, w.time_column->span);
        if (!b) return std::nullopt;
        auto* c = std::get_if<plan::Column>(&b.expr->node);
        auto it =
            c ? std::find_if(traits.times.begin(), traits.times.end(), [&](auto& t) { return t.index == c->index; })
              : traits.times.end();
        if (it == traits.times.end()) {
            if (traits.has_time && traits.window && c && c->index == traits.window->end)
                return spec;  // window_end of an inner window
            std::vector<std::string> names;
            for (auto& t : traits.times) names.push_back(input.node->columns[t.index].name);
            diags_
                .error("not-event-time", w.time_column->span,
                       fmt::format("\"{}\" is not an event time of this relation", w.time_column->to_string()))
                .with_help(names.empty() ? "declare WATERMARK FOR it on the stream"
                                         : fmt::format("its event times: {}", fmt::join(names, ", ")));
            return std::nullopt;
        }
        if (it->lag) {
            spec.time_column = it->index;
            spec.time_lag = it->lag;
        }
    } else if (!traits.has_time) {
        diags_.error("no-watermark", w.span, "a window needs an event time, and this relation has none")
            .with_help("declare WATERMARK FOR a_time_column AS a_time_column - INTERVAL '...' on the stream");
        return std::nullopt;
    }
    return spec;
}

// A window that no aggregate takes up: its bounds become columns (date_bin of the event time).
void Binder::materialise_window(BoundRelation& r) {
    const PendingWindow window = *r.window;
    r.window.reset();
    const plan::Traits& traits = r.node->traits;
    const WindowSpec& w = window.spec;
    int column = w.time_column;
    for (auto& t : traits.times)
        if (column < 0 && t.lag == 0) column = t.index;
    if (w.kind != WindowKind::kTumbling || column < 0 || !w.timezone.empty()) {
        not_supported(window.span, "this window without an aggregate")
            .with_help("add GROUP BY window_start, window_end, ... and aggregates");
        return;
    }
    std::vector<plan::ExprPtr> items;
    std::vector<std::string> names;
    for (size_t i = 0; i < r.node->columns.size(); ++i) {
        items.push_back(plan::column(static_cast<int>(i), r.node->columns[i].type, r.node->columns[i].name));
        names.push_back(r.node->columns[i].name);
    }
    auto interval = [&](int64_t micros) {
        return Bound{plan::literal(Cell::of(Interval{micros, 0, 0}), TypeKind::kInterval, window.span)};
    };
    Bound time{items[column]};
    Bound origin{plan::literal(Cell::of(w.offset), time.type(), window.span)};
    Bound start = call("date_bin", {interval(w.size), time, origin}, window.span);
    if (!start) return;
    Bound end = call("+", {start, interval(w.size)}, window.span);
    if (!end) return;
    const int count = static_cast<int>(items.size());
    items.push_back(start.expr);
    items.push_back(end.expr);
    names.push_back("window_start");
    names.push_back("window_end");
    r.node = plan::make_node(plan::Project{items}, {r.node}, names, window.span);
    r.columns.push_back({r.columns.empty() ? "" : r.columns[0].qualifier, "window_start", count});
    r.columns.push_back({r.columns.empty() ? "" : r.columns[0].qualifier, "window_end", count + 1});
}

}  // namespace streamql::bind_detail
