// Windows: the WINDOW clause over time, and OVER with its frames.
#include <fmt/core.h>

#include "compiler/parse/builder.h"

namespace streamql {

void Builder::window_clause(P::WindowClauseContext* c, ast::Select& out) {
    if (auto* time = dynamic_cast<P::TimeWindowContext*>(c)) {
        if (out.window) return duplicate("WINDOW", span_of(c));
        out.window = time_window(time);
        return;
    }
    auto* named = dynamic_cast<P::NamedWindowsContext*>(c);
    for (auto* w : named->namedWindow())
        out.named_windows.push_back({identifier(w->identifier()), window_spec(w->windowSpec())});
}

ast::TimeWindow Builder::time_window(P::TimeWindowContext* c) {
    ast::TimeWindow out;
    out.span = span_of(c);
    out.kind = c->TUMBLING()  ? ast::WindowKind::kTumbling
               : c->HOPPING() ? ast::WindowKind::kHopping
               : c->SESSION() ? ast::WindowKind::kSession
                              : ast::WindowKind::kCumulating;
    for (auto* part : c->windowPart()) window_part(part, out);
    check_window(out);
    return out;
}

void Builder::window_part(P::WindowPartContext* c, ast::TimeWindow& out) {
    Span span = span_of(c);
    auto put = [&](std::optional<ast::Duration>& slot, std::string_view part, P::DurationContext* d) {
        if (slot) duplicate(part, span);
        slot = duration(d);
        slot->span = span;
    };
    if (c->SIZE()) return put(out.size, "SIZE", c->duration());
    if (c->ADVANCE()) return put(out.advance, "ADVANCE BY", c->duration());
    if (c->STEP()) return put(out.step, "STEP", c->duration());
    if (c->gracePeriod()) return put(out.grace, "GRACE PERIOD", c->gracePeriod()->duration());
    if (c->OFFSET()) {
        put(out.offset, "OFFSET", c->duration());
        Interval& v = out.offset->value;
        if (c->MINUS()) v = {-v.micros, -v.days, -v.months};
        return;
    }
    if (c->TIMEZONE()) {
        if (out.timezone) duplicate("TIMEZONE", span);
        out.timezone = ast::Identifier{string_value(c->string()), true, span_of(c->string())};
        return;
    }
    if (c->ON()) {
        if (out.time_column) duplicate("ON", span);
        out.time_column = name(c->name());
        return;
    }
    put(out.gap, "GAP", c->duration());
}

/// A window has the parts its kind needs and none of another kind.
void Builder::check_window(const ast::TimeWindow& w) {
    struct Kind {
        const char *name, *example;
        bool size, advance, gap, step;
    };
    static constexpr Kind kKinds[] = {
        {"TUMBLING", "WINDOW TUMBLING (SIZE 5 MINUTES)", true, false, false, false},
        {"HOPPING", "WINDOW HOPPING (SIZE 5 MINUTES, ADVANCE BY 1 MINUTE)", true, true, false, false},
        {"SESSION", "WINDOW SESSION (GAP 30 MINUTES)", false, false, true, false},
        {"CUMULATING", "WINDOW CUMULATING (SIZE 1 DAY, STEP 1 HOUR)", true, false, false, true},
    };
    const Kind& kind = kKinds[static_cast<int>(w.kind)];
    auto check = [&](bool wanted, const std::optional<ast::Duration>& part, const char* word) {
        if (wanted == part.has_value()) return;
        std::string message = wanted ? fmt::format("a {} window needs {}", kind.name, word)
                                     : fmt::format("a {} window has no {}", kind.name, word);
        diagnostics_.error("bad-window", part ? part->span : w.span, message)
            .with_help(fmt::format("write {}", kind.example));
    };
    check(kind.size, w.size, "SIZE");
    check(kind.advance, w.advance, "ADVANCE BY");
    check(kind.gap, w.gap, "GAP");
    check(kind.step, w.step, "STEP");
}

ast::OverClause Builder::window_spec(P::WindowSpecContext* c) {
    ast::OverClause out;
    out.span = span_of(c);
    if (c->base) out.base = identifier(c->base);
    out.partition_by = expressions(c->expression());
    if (c->orderBy()) out.order_by = order_by(c->orderBy());
    if (c->frame()) out.frame = frame(c->frame());
    return out;
}

ast::Frame Builder::frame(P::FrameContext* c) {
    ast::Frame out;
    out.span = span_of(c);
    out.unit = c->ROWS() ? ast::Frame::Unit::kRows : c->RANGE() ? ast::Frame::Unit::kRange : ast::Frame::Unit::kGroups;
    out.start = frame_bound(c->frameBound(0));
    if (c->BETWEEN()) out.end = frame_bound(c->frameBound(1));
    return out;
}

ast::FrameBound Builder::frame_bound(P::FrameBoundContext* c) {
    using Kind = ast::FrameBound::Kind;
    ast::FrameBound out;
    if (c->CURRENT()) return out;
    bool before = c->PRECEDING() != nullptr;
    if (c->UNBOUNDED()) {
        out.kind = before ? Kind::kUnboundedPreceding : Kind::kUnboundedFollowing;
        return out;
    }
    out.kind = before ? Kind::kPreceding : Kind::kFollowing;
    if (!c->timeUnit()) {
        out.offset = box(expression(c->expression()));
        return out;
    }
    Span span = join(span_of(c->number()), span_of(c->timeUnit()));  // 10 MINUTES PRECEDING
    std::string text = std::string(source_.text(span_of(c->number()))) + " " + lower_text(c->timeUnit());
    out.offset = box(make(ast::IntervalLiteral{interval_text(text, std::nullopt, span)}, span));
    return out;
}

}  // namespace streamql
