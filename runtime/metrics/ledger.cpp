#include "runtime/metrics/ledger.h"

namespace streamql {

Ledger::Ledger(const std::vector<std::pair<std::string, std::string>>& lines, int workers) : lines_(lines) {
    for (int w = 0; w < workers; ++w) workers_.push_back(std::make_unique<WorkerLedger>(lines.size()));
}

std::vector<LedgerLine> Ledger::sum() const {
    std::vector<LedgerLine> result;
    for (size_t i = 0; i < lines_.size(); ++i) {
        LedgerLine line{lines_[i].first, lines_[i].second};
        for (auto& worker : workers_) {
            const LineCounters& c = worker->line(static_cast<int64_t>(i));
            line.consumed += c.consumed.get();
            line.applied += c.applied.get();
            line.filtered += c.filtered.get();
            line.late += c.late.get();
            line.late_after_idle += c.late_after_idle.get();
            line.dead_letter += c.dead_letter.get();
            line.skipped += c.skipped.get();
        }
        result.push_back(std::move(line));
    }
    return result;
}

}  // namespace streamql
