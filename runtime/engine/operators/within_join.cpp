#include "runtime/engine/operators/within_join.h"

#include <algorithm>

#include "runtime/base/result.h"
#include "runtime/engine/operators/select_rows.h"
#include "runtime/record/hidden.h"
#include "runtime/state/row_key.h"
#include "runtime/time/window.h"

namespace streamql {

namespace {

constexpr uint32_t kMatched = 1;             // flag of a stored left row
constexpr int64_t kBuckets = 64;             // of expiry, within the join's range
constexpr int64_t kLeastBucket = 1'000'000;  // a second

int64_t bucket_width(const WithinJoinNode& node) {
    return std::max(kLeastBucket, (node.before + node.after) / kBuckets);
}

}  // namespace

WithinJoin::WithinJoin(const OperatorContext& context)
    : context_(context),
      node_(std::get<WithinJoinNode>(context.node->kind)),
      left_columns_(static_cast<int>(context.inputs[0].size())),
      encoders_{KeyEncoder(context.inputs[0], node_.key_columns), KeyEncoder(context.inputs[1], node_.key_columns)},
      codecs_{RowCodec(context.inputs[0]), RowCodec(context.inputs[1])},
      table_(pages_, sizeof(Entry)),
      queues_{ExpiryQueue(bucket_width(node_)), ExpiryQueue(bucket_width(node_))},
      watermark_state_(context.worker, context.workers,
                       {&watermarks_[kLeft], &watermarks_[kRight], &output_watermark_}),
      pairs_(context.node->output, context.batch_rows) {
    condition_.kernel.arena = &arena_;
    condition_.kernel.timezone = context.timezone;
    condition_.callbacks.row_error = on_row_error;
    condition_.self = this;
    keep_.resize(context.batch_rows);
}

int64_t WithinJoin::useless_before(Side side) const {
    if (side == kLeft) return add_time(watermarks_[kRight], -(node_.after + node_.grace));
    const int64_t future = add_time(watermarks_[kLeft], -(node_.before + node_.grace));
    if (node_.attribution == Attribution::kNone) return future;
    return std::min(future, add_time(watermarks_[kRight], -(node_.before + node_.after + node_.grace)));
}

void WithinJoin::process(int input, Batch& batch, Emitter& out) {
    const BatchView& in = batch.view();
    if (in.rows == 0) return;
    const Side side = input == 0 ? kLeft : kRight;
    arena_.reset();
    condition_.kernel.now_micros = context_.clock->now_micros();
    emitter_ = &out;
    encoders_[side].encode(in, keys_);
    pick_live(side, in, out);
    if (!unkeyed_.empty() && side == kLeft && node_.kind == JoinKind::kLeft) emit_unkeyed(in, out);

    const int64_t n = static_cast<int64_t>(live_.size());
    entries_.resize(n);
    fresh_.resize(n);
    table_.find_or_insert(keys_, live_.data(), n, entries_.data(), fresh_.data());
    const int64_t useless = useless_before(side);
    const bool store_all = side == kLeft && waits();
    empty_.clear();
    for (int64_t i = 0; i < n; ++i) {
        if (i + 12 < n) prefetch(entries_[i + 12]);
        StateRef row = 0;
        if (store_all || in.event_time[live_[i]] >= useless) {
            store_row(side, in, live_[i], entries_[i], &row);
        } else if (fresh_[i]) {
            empty_.push_back(entries_[i]);
        }
        if (node_.attribution == Attribution::kNone) match(side, in, live_[i], entries_[i], row, out);
    }
    flush_pairs(side, in, out);
    for (const StateRef entry : empty_) erase_if_empty(entry);
    if (store_all) release_left(out);
}

void WithinJoin::pick_live(Side side, const BatchView& in, Emitter& out) {
    live_.clear();
    unkeyed_.clear();
    int64_t late = 0, idle = 0;
    const int64_t watermark = watermarks_[side];
    for (int64_t i = 0; i < in.rows; ++i) {
        const int64_t passed = add_time(in.event_time[i], node_.grace);
        if (passed < in.lateness[i]) {
            ++late;
        } else if (passed < watermark) {
            ++idle;
        } else {
            (keys_.has_null(i) ? unkeyed_ : live_).push_back(static_cast<int32_t>(i));
        }
    }
    if (late) out.count_late(in.line, late, false);
    if (idle) out.count_late(in.line, idle, true);
    if (const int64_t applied = in.rows - late - idle) out.count_applied(in.line, applied);
}

void WithinJoin::emit_unkeyed(const BatchView& in, Emitter& out) {
    const int64_t n = static_cast<int64_t>(unkeyed_.size());
    pairs_.clear();
    pairs_.reserve(n);
    gather_columns(in, unkeyed_.data(), n, left_columns_, pairs_, 0);
    BatchView& view = pairs_.view();
    for (int64_t i = 0; i < n; ++i) {
        fill_right_nulls(i);
        derive_hidden(view, i, in.event_time[unkeyed_[i]], in.origin[unkeyed_[i]]);
    }
    view.rows = n;
    view.line = -1;
    out.emit(pairs_);
    pairs_.clear();
}

void WithinJoin::store_row(Side side, const BatchView& in, int32_t row, StateRef entry, StateRef* stored_ref) {
    const int64_t time = in.event_time[row];
    *stored_ref = codecs_[side].store(in, row, pages_);
    place_row(side, entry, time, in.origin[row], *stored_ref);
}

void WithinJoin::place_row(Side side, StateRef entry, int64_t time, const Origin& origin, StateRef row) {
    ++stored_rows_;
    TimedList& list = entry_at(entry).rows[side];
    const TimedItem* const items = list.items(pages_);
    uint32_t at = list.count;
    while (at > 0 && items[at - 1].time > time) {
        at = at > 16 ? list.lower_bound(pages_, time + 1) : at - 1;
    }
    // ties go by origin
    while (at > 0 && items[at - 1].time == time && origin < stored(items[at - 1].value).origin) --at;
    ExpiryQueue& queue = queues_[side];
    const int64_t bucket = queue.bucket_of(time);
    const bool exact = side == kLeft && waits();
    const bool known = !exact && ((at > 0 && queue.bucket_of(items[at - 1].time) == bucket) ||
                                  (at < list.count && queue.bucket_of(items[at].time) == bucket));
    list.insert(pages_, at, {time, row});
    if (!known) queue.add(time, entry);
}

void WithinJoin::prefetch(StateRef entry) const {
    for (const TimedList& list : entry_at(entry).rows) {
        if (list.capacity) __builtin_prefetch(list.items(pages_), 1);
    }
}

void WithinJoin::match(Side side, const BatchView& in, int32_t row, StateRef entry, StateRef own, Emitter& out) {
    const TimedList& list = entry_at(entry).rows[side == kLeft ? kRight : kLeft];
    if (list.count == 0) return;
    const int64_t time = in.event_time[row];
    const int64_t from = add_time(time, side == kLeft ? -node_.before : -node_.after);
    const int64_t to = add_time(time, side == kLeft ? node_.after : node_.before);
    const TimedItem* const items = list.items(pages_);
    for (uint32_t at = list.lower_bound(pages_, from); at < list.count && items[at].time <= to; ++at) {
        pair_rows_.push_back(row);
        pair_others_.push_back(items[at].value);
        __builtin_prefetch(pages_.read(items[at].value));
        pair_lefts_.push_back(side == kLeft ? own : items[at].value);
        if (static_cast<int64_t>(pair_rows_.size()) == context_.batch_rows) flush_pairs(side, in, out);
    }
}

void WithinJoin::flush_pairs(Side side, const BatchView& in, Emitter& out) {
    const int64_t n = static_cast<int64_t>(pair_rows_.size());
    if (n == 0) return;
    pairs_.clear();
    const int own_first = side == kLeft ? 0 : left_columns_, other_first = side == kLeft ? left_columns_ : 0;
    gather_columns(in, pair_rows_.data(), n, codecs_[side].columns(), pairs_, own_first);
    const RowCodec& other = codecs_[side == kLeft ? kRight : kLeft];
    BatchView& view = pairs_.view();
    for (int64_t i = 0; i < n; ++i) {
        const char* const bytes = pages_.read(pair_others_[i]);
        other.load(bytes, view, i, other_first);
        const StoredRow& header = RowCodec::header(bytes);
        derive_hidden(view, i, std::max(in.event_time[pair_rows_[i]], header.event_time),
                      side == kLeft ? in.origin[pair_rows_[i]] : header.origin);
    }
    view.rows = n;
    view.line = -1;
    const int64_t kept = keep_pairs(out);
    if (node_.kind == JoinKind::kLeft) {
        for (int64_t i = 0; i < n; ++i) {
            if (keep_[i]) RowCodec::header(pages_.write(pair_lefts_[i])).flags |= kMatched;
        }
    }
    if (kept < n) compact_pairs();
    if (kept) out.emit(pairs_);
    pairs_.clear();
    pair_rows_.clear();
    pair_others_.clear();
    pair_lefts_.clear();
}

int64_t WithinJoin::keep_pairs(Emitter& out) {
    const int64_t n = pairs_.rows();
    if (!node_.condition) {
        std::fill_n(keep_.begin(), n, 1);
        return n;
    }
    emitter_ = &out;
    condition_.user = node_.condition->user;
    node_.condition->get<ConditionFunction>()(&condition_, &pairs_.view(), keep_.data());
    return std::count_if(keep_.begin(), keep_.begin() + n, [](uint8_t k) { return k != 0; });
}

void WithinJoin::compact_pairs() {
    BatchView& view = pairs_.view();
    for (size_t c = 0; c < pairs_.types().size(); ++c) {
        const int64_t width = physical_width(pairs_.types()[c].physical());
        ColumnView& column = view.columns[c];
        int64_t to = 0;
        for (int64_t i = 0; i < view.rows; ++i) {
            if (!keep_[i]) continue;
            column.valid[to] = column.valid[i];
            std::memmove(column.data + to * width, column.data + i * width, width);
            ++to;
        }
    }
    int64_t to = 0;
    for (int64_t i = 0; i < view.rows; ++i) {
        if (!keep_[i]) continue;
        copy_hidden(view, i, view, to++);
    }
    view.rows = to;
}

void WithinJoin::on_row_error(void* self, int64_t row, RowError error, int32_t site) {
    auto& join = *static_cast<WithinJoin*>(self);
    join.emitter_->row_error(join.pairs_.view(), join.pairs_.types(), row, error, site);
}

int64_t WithinJoin::watermark(const std::vector<int64_t>& inputs, int64_t, Emitter& out) {
    for (const Side side : {kLeft, kRight}) watermarks_[side] = std::max(watermarks_[side], inputs[side]);
    arena_.reset();
    condition_.kernel.now_micros = context_.clock->now_micros();
    if (waits()) {
        release_left(out);
    } else {
        drop(kLeft, useless_before(kLeft));
    }
    drop(kRight, useless_before(kRight));
    int64_t result = add_time(std::min(watermarks_[kLeft], watermarks_[kRight]), -node_.grace);
    if (waits()) result = std::min(result, queues_[kLeft].earliest());
    return output_watermark_ = std::max(output_watermark_, result);
}

void WithinJoin::drop(Side side, int64_t limit) {
    ExpiryQueue& queue = queues_[side];
    queue.take_buckets(
        limit,
        [&](int64_t bucket, StateRef ref) {
            TimedList& list = entry_at(ref).rows[side];
            while (list.count && queue.bucket_of(list.items(pages_)->time) <= bucket) {
                free_row(side, list.items(pages_)->value);
                list.pop_front(pages_);
            }
            erase_if_empty(ref);
        },
        [&](int step, StateRef ref) {
            if (step == 0) return table_.prefetch_entry(ref);
            const TimedList& list = entry_at(ref).rows[side];
            if (step == 1) {
                table_.prefetch_slot(ref);
                if (list.capacity) __builtin_prefetch(list.items(pages_));
            } else if (list.count && !codecs_[side].one_size()) {
                __builtin_prefetch(pages_.read(list.items(pages_)->value));
            }
        });
}

void WithinJoin::release_left(Emitter& out) {
    queues_[kLeft].take_due(useless_before(kLeft), [&](int64_t, StateRef ref) {
        TimedList& list = entry_at(ref).rows[kLeft];
        due_.push_back({ref, list.items(pages_)->value, 0});
        list.pop_front(pages_);
        if (static_cast<int64_t>(due_.size()) == context_.batch_rows) resolve_due(out);
    });
    resolve_due(out);
}

void WithinJoin::resolve_due(Emitter& out) {
    if (due_.empty()) return;
    if (node_.attribution != Attribution::kNone) attribute(out);
    emit_due(out);
    for (const Due& due : due_) free_row(kLeft, due.left);
    std::sort(due_.begin(), due_.end(), [](const Due& a, const Due& b) { return a.entry < b.entry; });
    StateRef last = 0;
    for (const Due& due : due_) {
        if (due.entry != last) erase_if_empty(due.entry);
        last = due.entry;
    }
    due_.clear();
}

void WithinJoin::attribute(Emitter& out) {
    const bool first = node_.attribution == Attribution::kFirst;
    pair_due_.clear();
    pair_others_.clear();
    for (size_t d = 0; d < due_.size(); ++d) {
        Due& due = due_[d];
        const TimedList& list = entry_at(due.entry).rows[kRight];
        const int64_t time = stored(due.left).event_time, to = add_time(time, node_.after);
        uint32_t at = list.lower_bound(pages_, add_time(time, -node_.before));
        const TimedItem* const items = list.items(pages_);
        for (; at < list.count && items[at].time <= to; ++at) {
            if (node_.condition) {
                pair_due_.push_back(static_cast<int32_t>(d));
                pair_others_.push_back(items[at].value);
                if (static_cast<int64_t>(pair_due_.size()) == context_.batch_rows) test_candidates(out);
            } else {
                due.right = items[at].value;
                if (first) break;
            }
        }
    }
    test_candidates(out);
}

void WithinJoin::test_candidates(Emitter& out) {
    const int64_t n = static_cast<int64_t>(pair_due_.size());
    if (n == 0) return;
    pairs_.clear();
    for (int64_t i = 0; i < n; ++i) load_pair(due_[pair_due_[i]].left, pair_others_[i], i);
    pairs_.view().rows = n;
    pairs_.view().line = -1;
    keep_pairs(out);
    for (int64_t i = 0; i < n; ++i) {
        Due& due = due_[pair_due_[i]];
        if (keep_[i] && (node_.attribution == Attribution::kLast || !due.right)) due.right = pair_others_[i];
    }
    pairs_.clear();
    pair_due_.clear();
    pair_others_.clear();
}

void WithinJoin::emit_due(Emitter& out) {
    pairs_.clear();
    int64_t rows = 0;
    for (const Due& due : due_) {
        if (!due.right) {
            const bool extend = node_.kind == JoinKind::kLeft && !(stored(due.left).flags & kMatched);
            if (!extend) continue;
        }
        load_pair(due.left, due.right, rows++);
    }
    pairs_.view().rows = rows;
    pairs_.view().line = -1;
    if (rows) out.emit(pairs_);
    pairs_.clear();
}

void WithinJoin::load_pair(StateRef left, StateRef right, int64_t row) {
    BatchView& view = pairs_.view();
    const char* const bytes = pages_.read(left);
    codecs_[kLeft].load(bytes, view, row, 0);
    const StoredRow& header = RowCodec::header(bytes);
    int64_t time = header.event_time;
    if (right) {
        codecs_[kRight].load(pages_.read(right), view, row, left_columns_);
        time = std::max(time, stored(right).event_time);
    } else {
        fill_right_nulls(row);
    }
    derive_hidden(view, row, time, header.origin);
}

void WithinJoin::fill_right_nulls(int64_t row) {
    for (size_t c = left_columns_; c < pairs_.types().size(); ++c) pairs_.set(static_cast<int>(c), row, Cell());
}

void WithinJoin::free_row(Side side, StateRef row) {
    codecs_[side].free(row, pages_);
    --stored_rows_;
}

void WithinJoin::erase_if_empty(StateRef ref) {
    const Entry& entry = entry_at(ref);
    if (entry.rows[kLeft].count == 0 && entry.rows[kRight].count == 0) table_.erase(ref);
}

void WithinJoin::register_state(StateCatalog& catalog) {
    catalog.add("watermarks", watermark_state_);
    catalog.add("left rows", left_state_);
    catalog.add("right rows", right_state_);
}

void WithinJoin::save_rows(Side side, const To& to) const {
    table_.for_each([&](StateRef ref) {
        const std::string_view key = table_.key(ref);
        for_each_row_key(key, entry_at(ref).rows[side], pages_, [&](std::string_view entry_key, const TimedItem& item) {
            to({state_group(key, node_.key_columns), entry_key, RowCodec::bytes(pages_.read(item.value))});
        });
    });
}

Status WithinJoin::load_row(Side side, const StateEntry& entry) {
    RowKeyTail tail;
    const auto key = split_row_key(entry.key, &tail);
    if (!key || !encoders_[side].is_valid(*key) || entry.group != state_group(*key, node_.key_columns))
        return corrupt_entry("a key of a join");
    const StateRef row = codecs_[side].restore(entry.value, pages_);
    if (!row || stored(row).event_time != tail.time || stored(row).origin != tail.origin)
        return corrupt_entry("a row of a join");
    StateRef ref;
    uint8_t fresh;
    table_.find_or_insert(&*key, 1, &ref, &fresh);
    place_row(side, ref, tail.time, tail.origin, row);
    return {};
}

}  // namespace streamql
