// What a window operator asks of a row: its time, and whether it is on time, late, or between windows.
//
// What: the late rule of LANGUAGE for windows, shared by WindowAggregate and LateSplit: a row is late when every window
// it belongs to was closed (plus grace) by the row's own `lateness`; late after idle when only the operator's watermark
// had closed them; late for some hops it counts in the open ones. Invariants: the first decision looks at the row
// alone. Threading: none shared.
#pragma once
#include "runtime/record/batch.h"
#include "runtime/time/window.h"

namespace streamql {

enum class RowFate : uint8_t { kShared, kSomeWindows, kLate, kLateAfterIdle, kFiltered };

class WindowRows {
  public:
    explicit WindowRows(const WindowSpec& spec);

    const Windows& windows() const { return windows_; }
    /// A watermark of the input as one of the window's time column.
    int64_t lagged(int64_t watermark) const { return add_time(watermark, -lag_); }
    /// The times of all rows; null validity = all present.
    const int64_t* times(const BatchView& in) const {
        return column_ < 0 ? in.event_time : reinterpret_cast<const int64_t*>(in.columns[column_].data);
    }
    const uint8_t* valid(const BatchView& in) const { return column_ < 0 ? nullptr : in.columns[column_].valid; }
    /// `lateness` and `watermark` are lagged. kShared, kSomeWindows: *pane is the row's pane.
    RowFate judge(int64_t time, int64_t lateness, int64_t watermark, int64_t* pane) const;
    /// True (and *pane) when all rows lie in one pane none of whose windows is closed.
    bool in_one_pane(const BatchView& in, int64_t watermark, int64_t* pane) const;

  private:
    Windows windows_;
    int column_;
    int64_t lag_;
};

}  // namespace streamql
