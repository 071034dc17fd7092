// What a running job says of itself: on a terminal one line on stderr, redrawn in place; else the same as a log line
// now and then. Whatever stderr is, a job that waits for the outside world says so at once, with the cause, and when it
// is over.
#pragma once
#include <chrono>
#include <functional>
#include <string>

#include "runtime/metrics/report.h"

namespace streamql::cli {

class StatusLine {
  public:
    /// `regular` false: only DEGRADED and its end are said.
    StatusLine(bool regular, std::function<void(const std::string&)> log);
    ~StatusLine() { clear(); }
    void show(const StatusSnapshot& s);
    /// Takes the line away, before anything else is written to stderr.
    void clear();

  private:
    using Steady = std::chrono::steady_clock;
    void show_degraded(const StatusSnapshot& s, Steady::time_point now);
    void draw(const StatusSnapshot& s);

    bool regular_, terminal_;
    std::function<void(const std::string&)> log_;
    bool drawn_ = false;
    Steady::time_point logged_ = Steady::now(), degraded_since_{}, degraded_said_{};
    std::string degraded_;
};

/// The text of the line: "in 12.3k/s (1.2M)  out 1.2k/s (9000)  watermark 10:00:03 (lag 2.1 s, held by clicks[1],
/// silent for 12 s, idle in 18 s)  ...".
std::string status_text(const StatusSnapshot& s);

}  // namespace streamql::cli
