// The conservation ledger: every consumed record ends in exactly one of applied, filtered, late, dead letter, skipped.
//
// What: a line is one source seen by one branch of the job (an INSERT); batches carry their line through the nodes that
// keep a row's identity, and whoever ends a row books it. A branch that splits off behind a shared node has a line of
// its own, whose consumed rows are those that entered it. Invariants: after an orderly end every line adds up;
// LedgerLine::balanced() says so. Threading: each worker books in its own WorkerLedger; sums may be read at any time.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "runtime/metrics/counter.h"

namespace streamql {

struct LedgerLine {
    std::string source, branch;
    int64_t consumed = 0, applied = 0, filtered = 0, late = 0, late_after_idle = 0, dead_letter = 0, skipped = 0;
    int64_t held = 0;  ///< source rows that lie in an operator's state undecided, when a job is stopped
    int64_t accounted() const { return applied + filtered + late + late_after_idle + dead_letter + skipped + held; }
    bool balanced() const { return consumed == accounted(); }
    /// Adds the counts of `other`.
    void add(const LedgerLine& other);
};

/// One worker's share of one line.
struct LineCounters {
    Counter consumed, applied, filtered, late, late_after_idle, dead_letter, skipped;
};

class WorkerLedger {
  public:
    explicit WorkerLedger(size_t lines) : size_(lines), lines_(std::make_unique<LineCounters[]>(lines)) {}
    LineCounters& line(int64_t index) { return lines_[index]; }
    const LineCounters& line(int64_t index) const { return lines_[index]; }
    /// The counts of all lines, without names.
    std::vector<LedgerLine> counts() const;

  private:
    size_t size_;
    std::unique_ptr<LineCounters[]> lines_;
};

class Ledger {
  public:
    /// `lines` as (source, branch).
    Ledger(const std::vector<std::pair<std::string, std::string>>& lines, int workers);
    WorkerLedger& worker(int w) { return *workers_[w]; }
    std::vector<LedgerLine> sum() const;
    /// Names to counts that were taken apart from them (an epoch's), with those of earlier runs.
    std::vector<LedgerLine> named(const std::vector<LedgerLine>& counts) const;
    /// Before any thread starts: what earlier runs of the job have booked goes on. Lines are found by name; what those
    /// runs held is held by this one now, and counted when it ends.
    void go_on_from(const std::vector<LedgerLine>& earlier);

  private:
    std::vector<LedgerLine> lines_;  ///< names, and counts of earlier runs
    std::vector<std::unique_ptr<WorkerLedger>> workers_;
};

}  // namespace streamql
