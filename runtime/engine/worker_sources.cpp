// How a worker reads: which split next, what becomes of its rows, when a partition is idle.
#include <algorithm>

#include "runtime/engine/worker.h"
#include "runtime/record/hidden.h"

namespace streamql {

namespace {
constexpr std::chrono::microseconds kFirstPause{500}, kLongestPause{8'000};  // between polls of a split without data
// a source that has more to give may give nothing for so long: after its start, and between two fetches
constexpr std::chrono::milliseconds kFirstData{300}, kGap{20};
constexpr std::chrono::milliseconds kIdlenessEvery{50};
constexpr std::chrono::microseconds kFirstRetry{100'000}, kLongestRetry{2'000'000};  // after an error

std::chrono::microseconds longer(std::chrono::microseconds pause, std::chrono::microseconds first,
                                 std::chrono::microseconds longest) {
    return std::clamp(pause * 2, first, longest);
}

/// Moves live rows together; rows booked as errors disappear.
void drop_dead_rows(Batch& batch) {
    BatchView& view = batch.view();
    int64_t live = 0;
    for (int64_t row = 0; row < view.rows; ++row) {
        if (view.status[row]) continue;
        if (live != row) {
            for (size_t c = 0; c < batch.types().size(); ++c) {
                const int width = physical_width(batch.types()[c].physical());
                std::memcpy(view.columns[c].data + live * width, view.columns[c].data + row * width, width);
                view.columns[c].valid[live] = view.columns[c].valid[row];
            }
            copy_hidden(view, row, view, live);
        }
        ++live;
    }
    view.rows = live;
}
}  // namespace

bool Worker::step_sources() {
    if (job_.pause_sources.load(std::memory_order_relaxed)) return false;
    const auto now = Steady::now();
    // partitions that give nothing are looked after while others do
    bool moved = false;
    if (now >= next_idleness_) {
        next_idleness_ = now + kIdlenessEvery;
        moved = look_after_idleness();
    }
    list_readable(now);
    while (!readable_.empty()) {
        std::pop_heap(readable_.begin(), readable_.end(), comes_after);
        const auto [scan, split] = readable_.back();
        readable_.pop_back();
        if (poll(*scan, *split, now)) {
            pass_watermark(*scan);
            errors_->end_batch();
            end_step();
            return true;
        }
    }
    return look_after_idleness() || moved;
}

bool Worker::comes_after(const Readable& a, const Readable& b) {
    if (a.split->watermark != b.split->watermark) return a.split->watermark > b.split->watermark;
    return a.split->last_turn > b.split->last_turn;
}

/// The splits that may be polled now, as a heap with the one that is furthest behind first.
void Worker::list_readable(Steady::time_point now) {
    readable_.clear();
    if (job_.epochs.budget().used_up()) return;
    const int64_t horizon = job_.alignment_horizon();
    for (auto& scan : scans_) {
        if (scan.splits.empty() || root_held(scan.root) || !root_has_credit(scan.root)) continue;
        for (auto& split : scan.splits) {
            if (split.ended || split.next_poll > now) continue;
            if (split.assigned.progress->timed && split.watermark > horizon) continue;
            readable_.push_back({&scan, &split});
        }
    }
    std::make_heap(readable_.begin(), readable_.end(), comes_after);
}

bool Worker::poll(ScanRoot& scan, OwnSplit& split, Steady::time_point now) {
    split.last_turn = ++turn_;
    RawBatch raw;
    Result<Poll> result = split.assigned.reader->poll(job_.program.job.batch_rows, raw);
    if (!result) {
        poll_failed(scan, split, result.error(), now);
        return false;
    }
    if (split.degraded) {
        split.degraded = false;
        job_.degraded.clear(split.assigned.split.name);
    }
    SplitProgress& progress = *split.assigned.progress;
    switch (*result) {
        case Poll::kNothing:
            if (split.silent_since == Steady::time_point{}) split.silent_since = now;
            if (now - split.silent_since >= (split.has_given ? kGap : kFirstData))
                progress.has_data.store(false, std::memory_order_relaxed);
            split.pause = longer(split.pause, kFirstPause, kLongestPause);
            split.next_poll = now + split.pause;
            return false;
        case Poll::kEnd:
            split.ended = true;
            progress.has_data.store(false, std::memory_order_relaxed);
            progress.state.store(SplitState::kEnded, std::memory_order_release);
            return true;
        case Poll::kData:
            split.pause = {};
            split.silent_since = {};
            split.has_given = true;
            progress.has_data.store(true, std::memory_order_relaxed);
            progress.last_data.store(job_.clock.now_micros(), std::memory_order_relaxed);
            progress.state.store(SplitState::kActive, std::memory_order_release);
            take_rows(scan, split, raw);
            progress.watermark.store(split.watermark, std::memory_order_release);
            return true;
    }
    return false;
}

void Worker::poll_failed(ScanRoot& scan, OwnSplit& split, const Error& error, Steady::time_point now) {
    if (!error.retryable) {
        job_.failure.set(error);
        split.ended = true;  // the job is about to be aborted; do not ask again
        return;
    }
    split.degraded = true;
    job_.degraded.set(split.assigned.split.name, error.message);
    split.pause = longer(split.pause, kFirstRetry, kLongestRetry);
    split.next_poll = now + split.pause;
}

void Worker::take_rows(ScanRoot& scan, OwnSplit& split, const RawBatch& raw) {
    errors_->begin_batch(scan.source, raw);
    TaskCounters& node = *counters_.nodes[job_.scan_nodes[scan.source]];
    CpuMeter::Scope scope(meter_, node.cpu_nanos);
    const Scanner::Counts counts = scan.scanner->scan(raw, *split.assigned.reader, split.watermark, *scan.batch);
    SourceCounters& figures = *counters_.sources[scan.source];
    int64_t bytes = 0;
    for (int64_t i = 0; i < raw.count; ++i) bytes += raw.messages[i].size;
    figures.records.add(raw.count);
    job_.epochs.budget().take(raw.count, bytes);
    figures.bytes.add(bytes);
    figures.row_errors.add(counts.dead_letters + counts.skipped);
    node.rows_in.add(raw.count);
    node.rows_out.add(raw.count - counts.dead_letters - counts.skipped);
    node.row_errors.add(counts.dead_letters + counts.skipped);
    for (int line : job_.topology.source_lines[scan.source]) {
        ledger_.line(line).consumed.add(raw.count);
        ledger_.line(line).dead_letter.add(counts.dead_letters);
        ledger_.line(line).skipped.add(counts.skipped);
    }
    hand_out(scan, counts.dead_letters, counts.skipped);
}

void Worker::hand_out(ScanRoot& scan, int64_t dead_letters, int64_t skipped) {
    Batch& batch = *scan.batch;
    auto give = [&](const Outputs::Target& target) {
        batch.view().line = target.edge->lines[0].line;
        target.task->rows(target.edge->input, batch);
    };
    for (auto& target : scan.pipelines) give(target);
    if (scan.others.empty()) return;
    if (dead_letters + skipped > 0) drop_dead_rows(batch);
    for (auto& target : scan.others) give(target);
}

void Worker::pass_watermark(ScanRoot& scan) {
    const int64_t watermark = scan.watermark->update(job_.clock.now_micros());
    if (watermark <= scan.passed_on) return;
    scan.passed_on = watermark;
    if (job_.scan_nodes[scan.source] >= 0) counters_.nodes[job_.scan_nodes[scan.source]]->watermark.set(watermark);
    for (auto& target : scan.pipelines) target.task->watermark(target.edge->input, watermark);
    for (auto& target : scan.others) target.task->watermark(target.edge->input, watermark);
}

bool Worker::look_after_idleness() {
    const int64_t now = job_.clock.now_micros();
    const bool end = job_.end_sources.load(std::memory_order_acquire);
    bool moved = false, all_ended = true;
    for (auto& scan : scans_) {
        const OpenSource& source = job_.sources[scan.source];
        for (auto& split : scan.splits) {
            if (split.ended) continue;
            SplitProgress& progress = *split.assigned.progress;
            if (end) {
                split.ended = true;
                progress.state.store(SplitState::kEnded, std::memory_order_release);
                continue;
            }
            const bool silent =
                !progress.has_data.load(std::memory_order_relaxed) && !split.degraded && source.idle_timeout >= 0;
            if (silent &&
                now - std::max(progress.last_data.load(std::memory_order_relaxed), job_.started) >= source.idle_timeout)
                progress.state.store(SplitState::kIdle, std::memory_order_release);
        }
        if (root_held(scan.root)) {  // what follows belongs to the next epoch
            all_ended &= scan.passed_on == kMaxTime;
            continue;
        }
        const int64_t before = scan.passed_on;
        pass_watermark(scan);
        moved |= scan.passed_on != before;
        all_ended &= scan.passed_on == kMaxTime;
    }
    if (moved) {
        errors_->end_batch();
        end_step();
    }
    if (all_ended && !scans_ended_) {
        scans_ended_ = true;
        counters_.scans_ended.store(true, std::memory_order_release);
        job_.epochs.wakeup().notify();
    }
    return moved;
}

}  // namespace streamql
