#include "runtime/engine/task.h"

#include <algorithm>

#include "runtime/state/murmur2.h"

namespace streamql {

void Outputs::rows(Batch& batch, int port) {
    if (static_cast<size_t>(port) >= ports_.size()) return;
    const int64_t line = batch.view().line;
    for (const Target& target : ports_[port]) {
        if (line >= 0) {
            const LineStep step = target.edge->lines[line];
            batch.view().line = step.line;
            if (step.enters) ledger_.line(step.line).consumed.add(batch.rows());
        }
        target.task->rows(target.edge->input, batch);
    }
    batch.view().line = line;
}

void Outputs::watermark(int64_t watermark) {
    for (auto& port : ports_)
        for (const Target& target : port) target.task->watermark(target.edge->input, watermark);
}

OperatorTask::OperatorTask(const OperatorContext& context, std::unique_ptr<Operator> op, Outputs outputs,
                           WorkerLedger& ledger, RowErrors& errors, CpuMeter& meter, TaskCounters& counters)
    : node_(*context.node),
      key_columns_(static_cast<size_t>(key_columns(*context.node))),
      operator_(std::move(op)),
      outputs_(std::move(outputs)),
      ledger_(ledger),
      errors_(errors),
      meter_(meter),
      counters_(counters),
      inputs_(context.inputs.size(), kMinTime) {}

void OperatorTask::rows(int input, Batch& batch) {
    CpuMeter::Scope scope(meter_, counters_.cpu_nanos);
    counters_.rows_in.add(batch.rows());
    operator_->process(input, batch, *this);
}

void OperatorTask::watermark(int input, int64_t watermark) {
    if (watermark <= inputs_[input]) return;
    CpuMeter::Scope scope(meter_, counters_.cpu_nanos);
    inputs_[input] = watermark;
    const int64_t combined = *std::min_element(inputs_.begin(), inputs_.end());
    int64_t result = operator_->watermark(inputs_, combined, *this);
    if (combined == kMaxTime) result = kMaxTime;  // the end is the end
    if (result <= passed_on_) return;
    passed_on_ = result;
    counters_.watermark.set(result);
    outputs_.watermark(result);
}

void OperatorTask::publish() {
    const int64_t rows = operator_->state_rows(), bytes = operator_->state_bytes();
    counters_.state_rows.set(rows);
    counters_.state_bytes.set(bytes);
    counters_.peak_state_rows.set(std::max(counters_.peak_state_rows.get(), rows));
    counters_.peak_state_bytes.set(std::max(counters_.peak_state_bytes.get(), bytes));
}

void OperatorTask::emit(Batch& batch, int port) {
    if (batch.rows() == 0) return;
    counters_.rows_out.add(batch.rows());
    outputs_.rows(batch, port);
}

void OperatorTask::count_applied(int64_t line, int64_t rows) {
    if (line >= 0) ledger_.line(line).applied.add(rows);
}

void OperatorTask::count_filtered(int64_t line, int64_t rows) {
    if (line >= 0) ledger_.line(line).filtered.add(rows);
}

void OperatorTask::count_late(int64_t line, int64_t rows, bool after_idle) {
    counters_.late.add(rows);
    if (line < 0) return;
    LineCounters& counters = ledger_.line(line);
    (after_idle ? counters.late_after_idle : counters.late).add(rows);
}

std::string_view OperatorTask::site_text(int32_t site) const {
    const std::vector<std::string>& texts = sites(node_);
    return site < 0 || static_cast<size_t>(site) >= texts.size() ? std::string_view() : texts[site];
}

void OperatorTask::row_error(const BatchView& input, const std::vector<Type>& types, int64_t row, RowError error,
                             int32_t site) {
    counters_.row_errors.add(1);
    if (input.line < 0) {
        errors_.derived_error(node_, input, types, row, error, site_text(site), key_columns_);
        return;
    }
    LineCounters& line = ledger_.line(input.line);
    const OnError done = errors_.source_error(node_, input, types, row, error, site_text(site), key_columns_);
    (done == OnError::kSkip ? line.skipped : line.dead_letter).add(1);
}

ExchangeTask::ExchangeTask(const std::vector<Type>& types, int key_columns, std::vector<Channel*> channels,
                           int64_t batch_rows, CpuMeter& meter, TaskCounters& counters)
    : key_columns_(key_columns),
      encoder_(types, key_columns),
      batch_rows_(batch_rows),
      meter_(meter),
      counters_(counters) {
    for (auto* channel : channels) targets_.push_back({channel, nullptr, kMinTime, {}});
}

void ExchangeTask::rows(int, Batch& batch) {
    CpuMeter::Scope scope(meter_, counters_.cpu_nanos);
    counters_.rows_in.add(batch.rows());
    counters_.rows_out.add(batch.rows());
    if (key_columns_ == 0) {
        for (int64_t row = 0; row < batch.rows(); ++row) targets_[0].selected.push_back(static_cast<int32_t>(row));
    } else {
        encoder_.encode(batch.view(), keys_);
        const int workers = static_cast<int>(targets_.size());
        for (int64_t row = 0; row < batch.rows(); ++row)
            targets_[worker_of_group(key_group_of(keys_[row]), workers)].selected.push_back(static_cast<int32_t>(row));
    }
    for (auto& target : targets_) {
        if (!target.selected.empty()) append(target, batch.view());
        target.selected.clear();
    }
}

void ExchangeTask::append(Target& target, const BatchView& rows) {
    if (target.pending && (target.pending->view().line != rows.line ||
                           target.pending->rows() + static_cast<int64_t>(target.selected.size()) > batch_rows_))
        send(target);
    if (!target.pending) {
        target.pending = target.channel->take_free();
        target.pending->view().line = rows.line;
    }
    target.pending->append_rows(rows, target.selected.data(), static_cast<int64_t>(target.selected.size()));
}

void ExchangeTask::send(Target& target) {
    if (target.pending) target.channel->push_rows(target.pending);
    target.pending = nullptr;
}

void ExchangeTask::send_watermark(Target& target) {
    if (target.pending || target.watermark == watermark_) return;
    target.watermark = watermark_;
    target.channel->push_watermark(watermark_);
}

void ExchangeTask::step_end() {
    for (auto& target : targets_) {
        if (target.pending && (target.channel->empty() || target.pending->rows() * 2 >= batch_rows_)) send(target);
        send_watermark(target);
    }
}

void ExchangeTask::flush() {
    for (auto& target : targets_) {
        send(target);
        send_watermark(target);
    }
}

void ExchangeTask::barrier(int64_t epoch) {
    flush();
    for (auto& target : targets_) target.channel->push_barrier(epoch);
}

bool ExchangeTask::has_credit() const {
    return std::all_of(targets_.begin(), targets_.end(), [](const Target& t) { return t.channel->has_credit(); });
}

Batch& SinkTask::pending() {
    if (!pending_) pending_ = channel_.take_free();
    return *pending_;
}

void SinkTask::rows(int, Batch& batch) {
    CpuMeter::Scope scope(meter_, counters_.cpu_nanos);
    counters_.rows_in.add(batch.rows());
    if (batch.view().line >= 0) ledger_.line(batch.view().line).applied.add(batch.rows());
    if (pending_ && pending_->rows() + batch.rows() > batch_rows_) flush();
    pending().append_rows(batch.view(), nullptr, batch.rows());
}

void SinkTask::step_end() {
    if (pending_ && (channel_.empty() || pending_->rows() * 2 >= batch_rows_)) flush();
}

void SinkTask::flush() {
    if (!pending_) return;
    channel_.wait_for_room();
    channel_.push_rows(pending_);
    pending_ = nullptr;
}

void SinkTask::barrier(int64_t epoch) {
    flush();
    channel_.push_barrier(epoch);
}

}  // namespace streamql
