#include "runtime/engine/operators/window_rows.h"

#include "runtime/base/result.h"
#include "runtime/time/timezone.h"

namespace streamql {

namespace {

WindowZone zone_of(const WindowSpec& spec) {
    if (spec.timezone.empty()) return {};
    const TimeZone* zone = find_timezone(spec.timezone);
    SQ_CHECK(zone, spec.timezone);  // the binder checked the name
    if (zone->is_utc()) return {};
    return {zone, [](const void* self, int64_t t) { return static_cast<const TimeZone*>(self)->to_local(t); },
            [](const void* self, int64_t t) { return static_cast<const TimeZone*>(self)->from_local(t); }};
}

}  // namespace

WindowRows::WindowRows(const WindowSpec& spec)
    : windows_(spec, zone_of(spec)), column_(spec.time_column), lag_(spec.time_lag) {}

RowFate WindowRows::judge(int64_t time, int64_t lateness, int64_t watermark, int64_t* pane) const {
    *pane = windows_.pane_of(time);
    if (windows_.endless()) return RowFate::kShared;
    if (windows_.in_gap(*pane, time)) return RowFate::kFiltered;
    if (windows_.closes(windows_.first_window(*pane)) > std::max(lateness, watermark)) return RowFate::kShared;
    const int64_t last = windows_.closes(windows_.last_window(*pane));
    if (last <= lateness) return RowFate::kLate;
    return last <= watermark ? RowFate::kLateAfterIdle : RowFate::kSomeWindows;
}

bool WindowRows::in_one_pane(const BatchView& in, int64_t watermark, int64_t* pane) const {
    if (in.rows == 0) return false;
    if (windows_.endless() && column_ < 0) {
        *pane = 0;
        return true;
    }
    const int64_t* const t = times(in);
    if (const uint8_t* const present = valid(in)) {
        for (int64_t i = 0; i < in.rows; ++i) {
            if (!present[i]) return false;
        }
    }
    int64_t least = t[0], greatest = t[0], lateness = in.lateness[0];
    for (int64_t i = 1; i < in.rows; ++i) {
        least = std::min(least, t[i]);
        greatest = std::max(greatest, t[i]);
        lateness = std::max(lateness, in.lateness[i]);
    }
    int64_t last;
    return judge(least, lagged(lateness), watermark, pane) == RowFate::kShared &&
           judge(greatest, lagged(lateness), watermark, &last) == RowFate::kShared && last == *pane;
}

}  // namespace streamql
