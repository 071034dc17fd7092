#include "runtime/engine/query_figures.h"

#include <algorithm>

namespace streamql {

namespace {

int64_t dead_letters_of(const Job& job) {
    int64_t letters = job.dead_letters.letters();
    for (auto& worker : job.counters) letters += worker->letters_to_sinks.get();
    return letters;
}

int64_t rows_out_of(const Job& job) {
    int64_t rows = 0;
    for (auto& sink : job.sinks)
        if (sink) rows += sink->rows();
    return rows;
}

/// What the workers have promised for a source.
int64_t promised_by_workers(const Job& job, size_t source) {
    if (job.scan_nodes[source] < 0) return kMinTime;
    int64_t least = kMaxTime;
    for (auto& worker : job.counters) least = std::min(least, worker->nodes[job.scan_nodes[source]]->watermark.get());
    return least;
}

WatermarkHold hold_of(const Job& job, size_t index) {
    const OpenSource& source = job.sources[index];
    WatermarkHold hold;
    hold.source = job.program.sources[index].name;
    hold.idle_timeout = source.idle_timeout;
    const SplitProgress* holder = active_minimum(source.all_progress).holder;
    if (!holder) return hold;
    hold.split = holder->name;
    hold.watermark = holder->watermark.load(std::memory_order_acquire);
    if (!holder->has_data.load(std::memory_order_relaxed))
        hold.silent_micros =
            job.clock.now_micros() - std::max(job.started, holder->last_data.load(std::memory_order_relaxed));
    for (auto* split : source.all_progress)
        hold.others += split != holder && split->state.load(std::memory_order_acquire) == SplitState::kActive &&
                       split->watermark.load(std::memory_order_acquire) == hold.watermark;
    return hold;
}

SourceFigures source_figures(const Job& job, size_t index) {
    const OpenSource& source = job.sources[index];
    SourceFigures figures;
    figures.name = job.program.sources[index].name;
    figures.place = source.place;
    for (auto& worker : job.counters) {
        figures.records += worker->sources[index]->records.get();
        figures.bytes += worker->sources[index]->bytes.get();
        figures.row_errors += worker->sources[index]->row_errors.get();
    }
    const ActiveMinimum least = active_minimum(source.all_progress);
    figures.watermark = least.any_active ? least.watermark
                        : least.any_idle ? promised_by_workers(job, index)
                                         : kMaxTime;
    if (least.holder) figures.held_by = least.holder->name;
    figures.partitions = static_cast<int>(source.progress.size());
    for (auto& split : source.progress)
        figures.idle_partitions += split->state.load(std::memory_order_relaxed) == SplitState::kIdle;
    return figures;
}

OperatorFigures operator_figures(const Job& job, size_t index) {
    const Node& node = job.program.nodes[index];
    OperatorFigures figures;
    figures.name = node.name;
    figures.insert = node.insert;
    figures.stateful = node.stateful;
    figures.watermark = kMaxTime;
    int64_t cpu = 0;
    for (auto& worker : job.counters) {
        const TaskCounters& c = *worker->nodes[index];
        figures.rows_in += c.rows_in.get();
        figures.rows_out += c.rows_out.get();
        figures.late += c.late.get();
        figures.row_errors += c.row_errors.get();
        figures.state_rows += c.state_rows.get();
        figures.state_bytes += c.state_bytes.get();
        figures.peak_state_rows += c.peak_state_rows.get();
        figures.peak_state_bytes += c.peak_state_bytes.get();
        figures.watermark = std::min(figures.watermark, c.watermark.get());
        cpu += c.cpu_nanos.get();
    }
    if (job.environment.analyze) figures.cpu_nanos = cpu;
    return figures;
}

}  // namespace

StatusSnapshot take_status(const Job& job, StatusMemory& memory) {
    StatusSnapshot status;
    for (size_t s = 0; s < job.sources.size(); ++s) {
        if (!job.sources[s].source) continue;
        const SourceFigures figures = source_figures(job, s);
        status.rows_in += figures.records;
        if (job.program.sources[s].event_time_column < 0) continue;
        if (!status.timed || figures.watermark < status.watermark) {
            status.watermark = figures.watermark;
            status.hold = hold_of(job, s);
        }
        status.timed = true;
    }
    if (status.watermark != kMinTime && status.watermark != kMaxTime)
        status.lag_micros = job.clock.now_micros() - status.watermark;
    status.rows_out = rows_out_of(job);
    const auto now = std::chrono::steady_clock::now();
    const double seconds = std::chrono::duration<double>(now - memory.at).count();
    if (seconds > 0) {
        status.rate_in = static_cast<double>(status.rows_in - memory.rows_in) / seconds;
        status.rate_out = static_cast<double>(status.rows_out - memory.rows_out) / seconds;
    }
    memory = {now, status.rows_in, status.rows_out};
    for (auto& worker : job.counters) {
        for (auto& node : worker->nodes) {
            status.state_rows += node->state_rows.get();
            status.state_bytes += node->state_bytes.get();
            status.late += node->late.get();
        }
    }
    status.dead_letters = dead_letters_of(job);
    status.degraded = job.degraded.text();
    status.epochs = job.epochs.committed();
    return status;
}

QueryReport make_report(const Job& job) {
    QueryReport report;
    report.job = job.program.job.job;
    report.lines = job.ledger.sum();
    for (size_t s = 0; s < job.sources.size(); ++s)
        if (job.sources[s].source) report.sources.push_back(source_figures(job, s));
    for (size_t n = 0; n < job.program.nodes.size(); ++n) report.operators.push_back(operator_figures(job, n));
    for (size_t k = 0; k < job.sinks.size(); ++k) {
        if (!job.sinks[k]) continue;
        const SinkSpec& spec = job.program.sinks[k];
        report.sinks.push_back({spec.name, spec.insert, job.sinks[k]->rows(), job.sinks[k]->rejected()});
    }
    report.dead_letters = dead_letters_of(job);
    report.dead_letter_file = job.dead_letters.path();
    report.epochs = job.epochs.committed();
    return report;
}

}  // namespace streamql
