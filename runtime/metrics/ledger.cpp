#include "runtime/metrics/ledger.h"

namespace streamql {

void LedgerLine::add(const LedgerLine& other) {
    consumed += other.consumed;
    applied += other.applied;
    filtered += other.filtered;
    late += other.late;
    late_after_idle += other.late_after_idle;
    dead_letter += other.dead_letter;
    skipped += other.skipped;
    held += other.held;
}

std::vector<LedgerLine> WorkerLedger::counts() const {
    std::vector<LedgerLine> result(size_);
    for (size_t i = 0; i < size_; ++i) {
        const LineCounters& c = lines_[i];
        result[i].consumed = c.consumed.get();
        result[i].applied = c.applied.get();
        result[i].filtered = c.filtered.get();
        result[i].late = c.late.get();
        result[i].late_after_idle = c.late_after_idle.get();
        result[i].dead_letter = c.dead_letter.get();
        result[i].skipped = c.skipped.get();
    }
    return result;
}

Ledger::Ledger(const std::vector<std::pair<std::string, std::string>>& lines, int workers) {
    for (auto& [source, branch] : lines) lines_.push_back({source, branch});
    for (int w = 0; w < workers; ++w) workers_.push_back(std::make_unique<WorkerLedger>(lines.size()));
}

std::vector<LedgerLine> Ledger::named(const std::vector<LedgerLine>& counts) const {
    std::vector<LedgerLine> result = lines_;
    for (size_t i = 0; i < result.size(); ++i) result[i].add(counts[i]);
    return result;
}

std::vector<LedgerLine> Ledger::sum() const {
    std::vector<LedgerLine> counts(lines_.size());
    for (auto& worker : workers_) {
        const std::vector<LedgerLine> share = worker->counts();
        for (size_t i = 0; i < counts.size(); ++i) counts[i].add(share[i]);
    }
    return named(counts);
}

void Ledger::go_on_from(const std::vector<LedgerLine>& earlier) {
    for (auto& line : lines_) {
        for (auto& before : earlier) {
            if (before.source != line.source || before.branch != line.branch) continue;
            line.add(before);
            line.held = 0;
        }
    }
}

}  // namespace streamql
