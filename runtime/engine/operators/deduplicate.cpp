#include "runtime/engine/operators/deduplicate.h"

#include <algorithm>

#include "runtime/engine/operators/select_rows.h"
#include "runtime/time/window.h"

namespace streamql {

namespace {
int64_t bucket_width(int64_t within) { return std::max<int64_t>(1'000'000, within / 64); }
}  // namespace

Deduplicate::Deduplicate(const OperatorContext& context)
    : node_(std::get<DeduplicateNode>(context.node->kind)),
      types_(context.inputs[0]),
      batch_rows_(context.batch_rows),
      encoder_(types_, node_.key_columns),
      codec_(types_),
      table_(pages_, sizeof(Entry)),
      kept_(bucket_width(node_.within)),
      waiting_(bucket_width(node_.within)),
      output_(types_, batch_rows_) {}

void Deduplicate::process(int, Batch& batch, Emitter& out) {
    const BatchView& in = batch.view();
    if (in.rows == 0) return;
    pick_live(in, out);
    const int64_t n = static_cast<int64_t>(live_.size());
    encoder_.encode(in, keys_);
    refs_.resize(n);
    fresh_.resize(n);
    table_.find_or_insert(keys_, live_.data(), n, refs_.data(), fresh_.data());
    int64_t duplicates = 0;
    passed_.clear();
    if (node_.ordered) {
        keep_waiting(in, &duplicates);
    } else {
        keep_first(in, &duplicates);
    }
    if (duplicates) out.count_filtered(in.line, duplicates);
    if (passed_.empty()) return;
    if (static_cast<int64_t>(passed_.size()) == in.rows) {
        out.emit(batch);
        return;
    }
    select_rows(in, passed_.data(), static_cast<int64_t>(passed_.size()), static_cast<int>(types_.size()), output_);
    out.emit(output_);
    output_.clear();
}

void Deduplicate::pick_live(const BatchView& in, Emitter& out) {
    live_.clear();
    int64_t late = 0, idle = 0;
    for (int64_t i = 0; i < in.rows; ++i) {
        if (in.event_time[i] < in.lateness[i]) {
            ++late;
        } else if (in.event_time[i] < watermark_) {
            ++idle;
        } else {
            live_.push_back(static_cast<int32_t>(i));
        }
    }
    if (late) out.count_late(in.line, late, false);
    if (idle) out.count_late(in.line, idle, true);
}

void Deduplicate::keep_first(const BatchView& in, int64_t* duplicates) {
    for (size_t i = 0; i < live_.size(); ++i) {
        TimedList& times = entry_at(refs_[i]).times;
        const int64_t time = in.event_time[live_[i]];
        const uint32_t from = times.lower_bound(pages_, add_time(time, -node_.within));
        const TimedItem* const items = times.items(pages_);
        if (from < times.count && items[from].time <= add_time(time, node_.within)) {
            ++*duplicates;
            continue;
        }
        // no kept time lies within d, so `from` is also where this one belongs
        const int64_t bucket = kept_.bucket_of(time);
        const bool known = (from > 0 && kept_.bucket_of(items[from - 1].time) == bucket) ||
                           (from < times.count && kept_.bucket_of(items[from].time) == bucket);
        times.insert(pages_, from, {time, 0});
        if (!known) kept_.add(time, refs_[i]);
        passed_.push_back(live_[i]);
    }
}

void Deduplicate::keep_waiting(const BatchView& in, int64_t* duplicates) {
    for (size_t i = 0; i < live_.size(); ++i) {
        Entry& entry = entry_at(refs_[i]);
        const int32_t row = live_[i];
        const int64_t time = in.event_time[row];
        // what is decided stays: this row comes after it
        if (entry.has_kept && time <= add_time(entry.last_kept, node_.within)) {
            ++*duplicates;
            continue;
        }
        const StateRef stored = codec_.store(in, row, pages_);
        const TimedItem* const items = entry.times.items(pages_);
        uint32_t at = entry.times.lower_bound(pages_, time);
        while (at < entry.times.count && items[at].time == time &&
               RowCodec::header(pages_.read(items[at].value)).origin < in.origin[row]) {
            ++at;
        }
        entry.times.insert(pages_, at, {time, stored});
        waiting_.add(time, refs_[i]);
    }
}

int64_t Deduplicate::watermark(const std::vector<int64_t>&, int64_t combined, Emitter& out) {
    watermark_ = combined;
    if (node_.ordered) release(combined, out);
    forget(add_time(combined, -node_.within));
    return combined;
}

void Deduplicate::release(int64_t watermark, Emitter& out) {
    waiting_.take_due(watermark, [&](int64_t, StateRef ref) { decide(ref, out); });
    flush(out);
}

void Deduplicate::decide(StateRef ref, Emitter& out) {
    Entry& entry = entry_at(ref);
    const TimedItem item = *entry.times.items(pages_);
    entry.times.pop_front(pages_);
    const char* const stored = pages_.read(item.value);
    const StoredRow& header = RowCodec::header(stored);
    Line& line = lines_[header.line];
    leaving_.push_back(item.value);
    if (entry.has_kept && item.time <= add_time(entry.last_kept, node_.within)) {
        ++line.duplicates;
    } else {
        const bool known = entry.has_kept && kept_.bucket_of(entry.last_kept) == kept_.bucket_of(item.time);
        if (!known) kept_.add(item.time, ref);
        entry.last_kept = item.time;
        entry.has_kept = 1;
        if (!line.batch) line.batch = std::make_unique<Batch>(types_, batch_rows_);
        BatchView& view = line.batch->view();
        const int64_t row = view.rows++;
        codec_.load(stored, view, row, 0);
        view.event_time[row] = header.event_time;
        view.lateness[row] = kMinTime;
        view.origin[row] = header.origin;
        view.status[row] = 0;
        view.line = header.line;
    }
    if (static_cast<int64_t>(leaving_.size()) >= batch_rows_) flush(out);
}

void Deduplicate::flush(Emitter& out) {
    for (auto& [number, line] : lines_) {
        if (line.duplicates) out.count_filtered(number, line.duplicates);
        line.duplicates = 0;
        if (!line.batch || line.batch->rows() == 0) continue;
        out.emit(*line.batch);
        line.batch->clear();
    }
    for (const StateRef row : leaving_) codec_.free(row, pages_);
    leaving_.clear();
}

void Deduplicate::forget(int64_t limit) {
    kept_.take_buckets(
        limit,
        [&](int64_t bucket, StateRef ref) {
            Entry& entry = entry_at(ref);
            if (node_.ordered) {
                if (kept_.bucket_of(entry.last_kept) > bucket) return;
                entry.has_kept = 0;
            } else {
                while (entry.times.count && kept_.bucket_of(entry.times.items(pages_)->time) <= bucket)
                    entry.times.pop_front(pages_);
            }
            if (entry.times.count == 0) table_.erase(ref);
        },
        [&](int step, StateRef ref) {
            if (step == 0) table_.prefetch_entry(ref);
            if (step == 1) table_.prefetch_slot(ref);
        });
}

}  // namespace streamql
