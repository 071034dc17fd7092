// The status line: one line on stderr, redrawn in place while a job runs; only on a terminal, never into a pipe.
#pragma once
#include "runtime/metrics/report.h"

namespace streamql::cli {

class StatusLine {
  public:
    /// `enabled` false, or stderr is no terminal: draws nothing.
    explicit StatusLine(bool enabled);
    ~StatusLine() { clear(); }
    void draw(const StatusSnapshot& s);
    /// Takes the line away, before anything else is written to stderr.
    void clear();

  private:
    bool enabled_;
    bool drawn_ = false;
};

/// The text of the line, without redrawing: "in 12.3k/s out 1.2k/s  watermark 10:00:03 (lag 2.1 s, held by clicks[1])
/// ...".
std::string status_text(const StatusSnapshot& s);

}  // namespace streamql::cli
