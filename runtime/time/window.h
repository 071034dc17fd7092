// Window arithmetic: which pane a time lies in, which windows cover a pane, when a window ends.
//
// What: windows start at offset + k * advance and last `size`. A pane is the stretch between two neighbouring window
// edges (starts or ends): at most two an advance, however small gcd(size, advance) is; where windows do not overlap the
// pane is the window. With a zone (whole-day windows) starts are counted on the wall clock: a *nominal* start is a
// wall-clock time, start() and end() give its instants, so a day may have 23 or 25 hours. Invariants: all starts here
// are nominal; without a zone nominal = instant. Panes are half open. Threading: immutable.
#pragma once
#include <algorithm>
#include <cstdint>

#include "runtime/program/program.h"

namespace streamql {

/// a + b, at most kMaxTime, at least kMinTime; kMinTime and kMaxTime stay what they are.
inline int64_t add_time(int64_t a, int64_t b) {
    if (a == kMinTime || a == kMaxTime) return a;
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum)) return b > 0 ? kMaxTime : kMinTime;
    return sum;
}

/// How a zone turns instants into wall-clock times; all null = UTC.
struct WindowZone {
    const void* self = nullptr;
    int64_t (*to_local)(const void* self, int64_t instant) = nullptr;
    int64_t (*from_local)(const void* self, int64_t local) = nullptr;
};

class Windows {
  public:
    Windows(const WindowSpec& spec, WindowZone zone)
        : kind_(spec.kind),
          size_(spec.size),
          advance_(spec.advance ? spec.advance : spec.size),
          offset_(spec.offset),
          grace_(spec.grace),
          zone_(zone) {
        overlapping_ = advance_ < size_;
        split_ = overlapping_ ? size_ % advance_ : 0;
    }

    bool endless() const { return kind_ == WindowKind::kNone; }
    /// The pane of an instant.
    int64_t pane_of(int64_t instant) const {
        if (endless()) return 0;
        int64_t pane = pane_at(local(instant));
        if (zone_.self) {
            while (instant < start(pane)) pane = pane_at(pane - 1);
            while (instant >= start(next_pane(pane))) pane = next_pane(pane);
        }
        return pane;
    }
    /// Panes are numbered in order of time, without gaps.
    int64_t pane_number(int64_t pane) const {
        const int64_t window = floor_to(pane, advance_), k = (window - offset_) / advance_;
        return split_ ? 2 * k + (pane != window) : k;
    }
    int64_t pane_of_number(int64_t number) const {
        if (!split_) return offset_ + number * advance_;
        const int64_t k = number >> 1;
        return offset_ + k * advance_ + (number & 1 ? split_ : 0);
    }
    /// ADVANCE > SIZE: the instant lies between two windows (`pane` is its pane_of).
    bool in_gap(int64_t pane, int64_t instant) const { return !endless() && !overlapping_ && instant >= end(pane); }
    int64_t first_window(int64_t pane) const {
        return overlapping_ ? floor_to(pane - size_, advance_) + advance_ : pane;
    }
    int64_t last_window(int64_t pane) const { return overlapping_ ? floor_to(pane, advance_) : pane; }
    int64_t next_window(int64_t window) const { return window + advance_; }
    /// Panes of a window: nominal starts in [window, window_limit(window)).
    int64_t window_limit(int64_t window) const { return endless() ? 1 : window + size_; }

    int64_t start(int64_t window) const { return zone_.self ? zone_.from_local(zone_.self, window) : window; }
    int64_t end(int64_t window) const {
        if (endless()) return kMaxTime;
        return zone_.self ? zone_.from_local(zone_.self, window + size_) : window + size_;
    }
    /// The watermark at which the window is closed.
    int64_t closes(int64_t window) const { return add_time(end(window), grace_); }
    /// The first window that watermark `w` leaves open.
    int64_t first_open(int64_t w) const {
        const int64_t limit = add_time(w, -grace_);
        int64_t window = floor_to(local(limit) - size_, advance_) + advance_;
        while (closes(window) <= w) window += advance_;
        while (zone_.self && closes(window - advance_) > w) window -= advance_;
        return window;
    }
    int64_t grace() const { return grace_; }

  private:
    int64_t local(int64_t instant) const { return zone_.self ? zone_.to_local(zone_.self, instant) : instant; }
    /// The pane of a wall-clock time.
    int64_t pane_at(int64_t local) const {
        const int64_t window = floor_to(local, advance_);
        return split_ && local - window >= split_ ? window + split_ : window;
    }
    int64_t next_pane(int64_t pane) const {
        const int64_t window = floor_to(pane, advance_);
        return split_ && pane == window ? window + split_ : window + advance_;
    }
    int64_t floor_to(int64_t t, int64_t step) const {
        const int64_t from = t - offset_;
        return offset_ + (from / step - (from % step < 0)) * step;
    }
    WindowKind kind_;
    int64_t size_, advance_, offset_, grace_,
        split_ = 0;  ///< split_: where in an advance a window ends, 0 = where one starts
    bool overlapping_ = false;
    WindowZone zone_;
};

}  // namespace streamql
