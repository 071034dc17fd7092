#include "runtime/engine/operators/deduplicate.h"

#include <algorithm>

#include "runtime/engine/operators/select_rows.h"
#include "runtime/record/hidden.h"
#include "runtime/state/row_key.h"
#include "runtime/time/window.h"

namespace streamql {

namespace {
int64_t bucket_width(int64_t within) { return std::max<int64_t>(1'000'000, within / 64); }
}  // namespace

Deduplicate::Deduplicate(const OperatorContext& context)
    : node_(std::get<DeduplicateNode>(context.node->kind)),
      types_(context.inputs[0]),
      batch_rows_(context.batch_rows),
      ledger_lines_(context.lines),
      encoder_(types_, node_.key_columns),
      codec_(types_),
      table_(pages_, sizeof(Entry)),
      kept_(bucket_width(node_.within)),
      waiting_(bucket_width(node_.within)),
      watermark_state_(context.worker, context.workers, {&watermark_}),
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
        keep_time(refs_[i], from, time);
        passed_.push_back(live_[i]);
    }
}

void Deduplicate::keep_time(StateRef ref, uint32_t at, int64_t time) {
    TimedList& times = entry_at(ref).times;
    const TimedItem* const items = times.items(pages_);
    const int64_t bucket = kept_.bucket_of(time);
    const bool known = (at > 0 && kept_.bucket_of(items[at - 1].time) == bucket) ||
                       (at < times.count && kept_.bucket_of(items[at].time) == bucket);
    times.insert(pages_, at, {time, 0});
    if (!known) kept_.add(time, ref);
}

void Deduplicate::keep_waiting(const BatchView& in, int64_t* duplicates) {
    int64_t waiting = 0;
    for (size_t i = 0; i < live_.size(); ++i) {
        Entry& entry = entry_at(refs_[i]);
        const int32_t row = live_[i];
        const int64_t time = in.event_time[row];
        // what is decided stays: this row comes after it
        if (entry.has_kept && time <= add_time(entry.last_kept, node_.within)) {
            ++*duplicates;
            continue;
        }
        keep_row(refs_[i], time, in.origin[row], codec_.store(in, row, pages_));
        ++waiting;
    }
    if (waiting) lines_[in.line].waiting += waiting;
}

void Deduplicate::keep_row(StateRef ref, int64_t time, const Origin& origin, StateRef stored) {
    TimedList& rows = entry_at(ref).times;
    const TimedItem* const items = rows.items(pages_);
    uint32_t at = rows.lower_bound(pages_, time);
    while (at < rows.count && items[at].time == time &&
           RowCodec::header(pages_.read(items[at].value)).origin < origin) {
        ++at;
    }
    rows.insert(pages_, at, {time, stored});
    waiting_.add(time, ref);
}

int64_t Deduplicate::watermark(const std::vector<int64_t>&, int64_t combined, Emitter& out) {
    watermark_ = std::max(watermark_, combined);
    if (node_.ordered) release(watermark_, out);
    forget(add_time(watermark_, -node_.within));
    return watermark_;
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
    --line.waiting;
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
        derive_hidden(view, row, header.event_time, header.origin);
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

void Deduplicate::held(const std::function<void(int64_t line, int64_t rows)>& visit) const {
    for (auto& [number, line] : lines_) {
        if (number >= 0 && line.waiting) visit(number, line.waiting);
    }
}

void Deduplicate::register_state(StateCatalog& catalog) {
    catalog.add("watermark", watermark_state_);
    catalog.add("kept", kept_state_);
    if (node_.ordered) catalog.add("waiting", waiting_state_);
}

StateRef Deduplicate::probe_one(std::string_view key) {
    StateRef ref;
    uint8_t fresh;
    table_.find_or_insert(&key, 1, &ref, &fresh);
    return ref;
}

void Deduplicate::save_kept(const To& to) const {
    EntryWriter bytes;
    table_.for_each([&](StateRef ref) {
        const std::string_view key = table_.key(ref);
        const uint8_t group = state_group(key, node_.key_columns);
        const Entry& entry = entry_at(ref);
        if (node_.ordered) {
            if (!entry.has_kept) return;
            bytes.clear();
            bytes.add(entry.last_kept);
            return to({group, key, bytes.bytes()});
        }
        for (uint32_t i = 0; i < entry.times.count; ++i) {
            bytes.clear();
            bytes.add_raw(key);
            bytes.add(entry.times.items(pages_)[i].time);
            to({group, bytes.bytes(), {}});
        }
    });
}

Status Deduplicate::load_kept(const StateEntry& entry) {
    int64_t time = 0;
    std::string_view key = entry.key;
    if (!node_.ordered) key = key.substr(0, key.size() - std::min(key.size(), sizeof time));
    EntryReader reader(node_.ordered ? entry.value : entry.key.substr(key.size()));
    if (!reader.take(&time) || !reader.at_end()) return corrupt_entry("a kept time of a deduplication");
    if (!encoder_.is_valid(key) || entry.group != state_group(key, node_.key_columns))
        return corrupt_entry("a key of a deduplication");
    const StateRef ref = probe_one(key);
    Entry& kept = entry_at(ref);
    if (node_.ordered) {
        if (kept.has_kept) return corrupt_entry("a key of a deduplication stands twice");
        kept.last_kept = time;
        kept.has_kept = 1;
        kept_.add(time, ref);
        return {};
    }
    const uint32_t at = kept.times.lower_bound(pages_, time);
    if (at < kept.times.count && kept.times.items(pages_)[at].time == time)
        return corrupt_entry("a kept time of a deduplication stands twice");
    keep_time(ref, at, time);
    return {};
}

void Deduplicate::save_waiting(const To& to) const {
    table_.for_each([&](StateRef ref) {
        const std::string_view key = table_.key(ref);
        for_each_row_key(key, entry_at(ref).times, pages_, [&](std::string_view entry_key, const TimedItem& item) {
            to({state_group(key, node_.key_columns), entry_key, RowCodec::bytes(pages_.read(item.value))});
        });
    });
}

Status Deduplicate::load_waiting(const StateEntry& entry) {
    RowKeyTail tail;
    const auto key = split_row_key(entry.key, &tail);
    if (!key || !encoder_.is_valid(*key) || entry.group != state_group(*key, node_.key_columns))
        return corrupt_entry("a key of a deduplication");
    const StateRef stored = codec_.restore(entry.value, pages_);
    if (!stored) return corrupt_entry("a waiting row of a deduplication");
    const StoredRow& row = RowCodec::header(pages_.read(stored));
    if (row.line < -1 || row.line >= ledger_lines_ || row.event_time != tail.time || row.origin != tail.origin)
        return corrupt_entry("a waiting row of a deduplication");
    keep_row(probe_one(*key), tail.time, tail.origin, stored);
    ++lines_[row.line].waiting;
    return {};
}

}  // namespace streamql
