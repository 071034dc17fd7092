#include "runtime/engine/operators/window_aggregate.h"

#include <algorithm>
#include <set>

#include "runtime/base/result.h"

namespace streamql {

namespace {
constexpr int kBlockBits = 3, kLevels = 6;  // blocks of 8, 64, ... 8^6 panes
constexpr size_t kMergeChunk = 256;         // groups merged while their memory is near
constexpr int64_t kPlainPanes = 10;         // so few are merged one by one
int64_t block_panes(int level) { return int64_t{1} << (kBlockBits * level); }
}  // namespace

WindowAggregate::WindowAggregate(const OperatorContext& context)
    : context_(context),
      node_(std::get<WindowAggregateNode>(context.node->kind)),
      rows_of_(node_.window),
      encoder_(context.inputs[0], node_.key_columns),
      blocks_of_(node_.state_bytes, node_.fields),
      watermark_state_(context.worker, context.workers, {&watermark_}),
      output_(context.node->output, context.batch_rows),
      error_row_(context.inputs[0], 1) {
    SQ_CHECK(node_.state_bytes % 16 == 0);
    aggregate_.kernel.arena = &arena_;
    aggregate_.kernel.timezone = context.timezone;
    aggregate_.callbacks.row_error = on_row_error;
    aggregate_.self = this;
}

void WindowAggregate::process(int, Batch& batch, Emitter& out) {
    const BatchView& in = batch.view();
    if (in.rows == 0) return;
    arena_.reset();
    aggregate_.kernel.now_micros = context_.clock->now_micros();
    input_ = &in;
    emitter_ = &out;
    failures_ = 0;
    failed_.assign(in.rows, 0);
    encoder_.encode(in, keys_);
    int64_t pane, gone = 0;
    if (rows_of_.in_one_pane(in, rows_of_.lagged(watermark_), &pane)) {
        while (static_cast<int64_t>(all_rows_.size()) < in.rows)
            all_rows_.push_back(static_cast<int32_t>(all_rows_.size()));
        add_rows(make(panes_[pane]), in, all_rows_.data(), in.rows);
    } else {
        split(in, out, &gone);
    }
    const int64_t applied = in.rows - gone - failures_;
    if (applied) out.count_applied(in.line, applied);
}

void WindowAggregate::split(const BatchView& in, Emitter& out, int64_t* gone) {
    targets_.clear();
    int64_t late = 0, idle = 0, filtered = 0;
    const int64_t* const times = rows_of_.times(in);
    const uint8_t* const valid = rows_of_.valid(in);
    const int64_t watermark = rows_of_.lagged(watermark_);
    for (int64_t i = 0; i < in.rows; ++i) {
        if (valid && !valid[i]) {
            ++filtered;
            continue;
        }
        const int64_t lateness = rows_of_.lagged(in.lateness[i]);
        int64_t pane;
        switch (rows_of_.judge(times[i], lateness, watermark, &pane)) {
            case RowFate::kShared:
                targets_.push_back({pane, kMinTime, static_cast<int32_t>(i)});
                break;
            case RowFate::kSomeWindows:
                targets_.push_back(
                    {pane, rows_of_.windows().first_open(std::max(lateness, watermark)), static_cast<int32_t>(i)});
                break;
            case RowFate::kLate:
                ++late;
                break;
            case RowFate::kLateAfterIdle:
                ++idle;
                break;
            case RowFate::kFiltered:
                ++filtered;
                break;
        }
    }
    if (late) out.count_late(in.line, late, false);
    if (idle) out.count_late(in.line, idle, true);
    if (filtered) out.count_filtered(in.line, filtered);
    *gone = late + idle + filtered;
    std::sort(targets_.begin(), targets_.end());
    for (size_t begin = 0; begin < targets_.size();) {
        const Target& first = targets_[begin];
        some_rows_.clear();
        size_t end = begin;
        for (; end < targets_.size() && targets_[end].pane == first.pane && targets_[end].from == first.from; ++end) {
            some_rows_.push_back(targets_[end].row);
        }
        add_rows(pane_of(first), in, some_rows_.data(), static_cast<int64_t>(some_rows_.size()));
        begin = end;
    }
}

WindowAggregate::Pane& WindowAggregate::pane_of(const Target& target) {
    return make(target.from == kMinTime ? panes_[target.pane] : late_panes_[{target.pane, target.from}]);
}

WindowAggregate::Pane& WindowAggregate::make(std::unique_ptr<Pane>& pane) {
    if (!pane) pane = std::make_unique<Pane>(static_cast<uint32_t>(node_.state_bytes));
    return *pane;
}

void WindowAggregate::add_rows(Pane& pane, const BatchView& in, const int32_t* rows, int64_t n) {
    refs_.resize(n);
    fresh_.resize(n);
    states_.resize(n);
    pane.table.find_or_insert(keys_, rows, n, refs_.data(), fresh_.data());
    aggregate_.pages = &pane.pages;
    const auto init = node_.init->get<InitFunction>();
    aggregate_.user = node_.init->user;
    for (int64_t i = 0; i < n; ++i) {
        states_[i] = pane.state(refs_[i]);
        if (fresh_[i]) init(&aggregate_, states_[i]);
    }
    aggregate_.user = node_.update->user;
    const int64_t failures = failures_;
    node_.update->get<UpdateFunction>()(&aggregate_, &in, rows, states_.data(), n);
    if (failures_ != failures) forget_failed(pane, rows, n);
}

/// A group that only failed rows would have begun does not begin.
void WindowAggregate::forget_failed(Pane& pane, const int32_t* rows, int64_t n) {
    std::set<StateRef> touched;
    for (int64_t i = 0; i < n; ++i) {
        if (!failed_[rows[i]]) touched.insert(refs_[i]);
    }
    for (int64_t i = 0; i < n; ++i) {
        if (fresh_[i] && !touched.count(refs_[i])) pane.table.erase(refs_[i]);
    }
}

void WindowAggregate::on_row_error(void* self, int64_t row, RowError error, int32_t site) {
    auto& op = *static_cast<WindowAggregate*>(self);
    if (op.failed_[row]) return;  // a row is in several hops, but ends once
    op.failed_[row] = 1;
    ++op.failures_;
    op.emitter_->row_error(*op.input_, op.context_.inputs[0], row, error, site);
}

StateRef WindowAggregate::probe_one(Pane& pane, std::string_view key) {
    StateRef ref;
    uint8_t fresh;
    pane.table.find_or_insert(&key, 1, &ref, &fresh);
    if (fresh) {
        aggregate_.pages = &pane.pages;
        aggregate_.user = node_.init->user;
        node_.init->get<InitFunction>()(&aggregate_, pane.state(ref));
    }
    return ref;
}

void WindowAggregate::add_empty_group() { probe_one(make(panes_[0]), {}); }

int64_t WindowAggregate::watermark(const std::vector<int64_t>&, int64_t combined, Emitter& out) {
    const Windows& windows = rows_of_.windows();
    // what a loaded watermark had closed stays closed
    if (next_open_ == kMinTime && watermark_ > kMinTime && watermark_ < kMaxTime && !windows.endless())
        next_open_ = windows.first_open(rows_of_.lagged(watermark_));
    combined = watermark_ = std::max(watermark_, combined);
    const bool nothing = panes_.empty() || panes_.begin()->second->table.size() == 0;
    if (combined == kMaxTime && node_.global && context_.worker == 0 && next_open_ == kMinTime && nothing)
        add_empty_group();
    const int64_t passed = rows_of_.lagged(combined);
    while (!panes_.empty() || !late_panes_.empty()) {
        const int64_t window = next_to_close();
        if (windows.closes(window) > passed) break;
        if (context_.abort && context_.abort->load(std::memory_order_relaxed)) break;
        close(window, out);
        next_open_ = windows.next_window(window);
        drop_behind(window);
    }
    if (combined == kMaxTime || combined == kMinTime) return combined;
    if (windows.endless()) return kMinTime;
    return std::min(combined, windows.end(windows.first_open(passed)) - 1);
}

int64_t WindowAggregate::next_to_close() const {
    const Windows& windows = rows_of_.windows();
    int64_t window = panes_.empty() ? kMaxTime : std::max(next_open_, windows.first_window(panes_.begin()->first));
    for (auto& [at, pane] : late_panes_) window = std::min(window, std::max(next_open_, at.second));
    return window;
}

void WindowAggregate::drop_behind(int64_t window) {
    const Windows& windows = rows_of_.windows();
    while (!panes_.empty() && windows.last_window(panes_.begin()->first) <= window) panes_.erase(panes_.begin());
    while (!late_panes_.empty() && windows.last_window(late_panes_.begin()->first.first) <= window)
        late_panes_.erase(late_panes_.begin());
    // a block serves only windows that hold all of it
    const int64_t first = windows.endless() ? 0 : windows.pane_number(windows.next_window(window));
    for (size_t l = 0; l < blocks_.size(); ++l) {
        auto& level = blocks_[l];
        while (!level.empty() && level.begin()->first * block_panes(static_cast<int>(l) + 1) < first)
            level.erase(level.begin());
    }
}

void WindowAggregate::close(int64_t window, Emitter& out) {
    arena_.reset();
    aggregate_.kernel.now_micros = context_.clock->now_micros();
    const Windows& windows = rows_of_.windows();
    const int64_t limit = windows.window_limit(window);
    sources_.clear();
    auto at = panes_.lower_bound(window);
    int64_t count = 0;
    for (auto next = at; next != panes_.end() && next->first < limit && count <= kPlainPanes; ++next) ++count;
    if (count > kPlainPanes) {
        add_sources(windows.pane_number(window), windows.pane_number(limit), kLevels);
    } else {
        for (; at != panes_.end() && at->first < limit; ++at) sources_.push_back(at->second.get());
    }
    for (auto late = late_panes_.lower_bound({window, kMinTime});
         late != late_panes_.end() && late->first.first < limit; ++late) {
        if (late->first.second <= window) sources_.push_back(late->second.get());
    }
    if (sources_.empty()) return;
    broken_.clear();
    if (sources_.size() == 1) return emit_groups(*sources_[0], window, out);
    Pane merged(static_cast<uint32_t>(node_.state_bytes));
    for (Pane* source : sources_) merge(merged, *source);
    for (auto& [ref, error] : broken_) group_error(merged.table.key(ref), window, error, out);
    emit_groups(merged, window, out);
}

/// Adds tables that together hold the panes numbered [first, limit), from blocks of at most `level`.
void WindowAggregate::add_sources(int64_t first, int64_t limit, int level) {
    const Windows& windows = rows_of_.windows();
    auto at = panes_.lower_bound(windows.pane_of_number(first));
    while (at != panes_.end()) {
        const int64_t number = windows.pane_number(at->first);
        if (number >= limit) return;
        int l = level;
        int64_t block = 0;
        for (; l > 0; --l) {
            block = number >> (kBlockBits * l);
            if (block * block_panes(l) >= first && (block + 1) * block_panes(l) <= limit) break;
        }
        if (l == 0) {
            sources_.push_back(at->second.get());
            ++at;
        } else {
            add_block(l, block);
            at = panes_.lower_bound(windows.pane_of_number((block + 1) * block_panes(l)));
        }
    }
}

void WindowAggregate::add_block(int level, int64_t number) {
    blocks_.resize(kLevels);
    auto& known = blocks_[level - 1];
    auto at = known.find(number);
    if (at == known.end() || at->second.broken) {
        const size_t begin = sources_.size();
        const int64_t first = number * block_panes(level);
        add_sources(first, first + block_panes(level), level - 1);
        // one table is its own block
        if (sources_.size() <= begin + 1 || at != known.end()) return;
        at = known.try_emplace(number).first;
        broken_.clear();
        Pane& merged = make(at->second.merged);
        for (size_t i = begin; i < sources_.size(); ++i) merge(merged, *sources_[i]);
        if (!broken_.empty()) {
            at->second = {nullptr, true};
            return;
        }
        sources_.resize(begin);
    }
    sources_.push_back(at->second.merged.get());
}

void WindowAggregate::merge(Pane& into, Pane& from) {
    if (into.table.size() == 0) into.table.reserve(from.table.size());
    from.table.for_each([&](StateRef ref) {
        merged_from_.push_back(ref);
        merged_keys_.push_back(from.table.key(ref));
        if (merged_from_.size() == kMergeChunk) merge_groups(into, from);
    });
    merge_groups(into, from);
}

void WindowAggregate::merge_groups(Pane& into, Pane& from) {
    const size_t n = merged_from_.size();
    refs_.resize(n);
    fresh_.resize(n);
    into.table.find_or_insert(merged_keys_.data(), static_cast<int64_t>(n), refs_.data(), fresh_.data());
    aggregate_.pages = &into.pages;
    const auto init = node_.init->get<InitFunction>();
    const auto merge_states = node_.merge->get<MergeFunction>();
    for (size_t i = 0; i < n; ++i) {
        char* const state = into.state(refs_[i]);
        aggregate_.user = node_.init->user;
        if (fresh_[i]) init(&aggregate_, state);
        aggregate_.user = node_.merge->user;
        const auto error =
            static_cast<RowError>(merge_states(&aggregate_, state, from.state(merged_from_[i]), &from.pages));
        if (error != RowError::kOk) broken_.emplace(refs_[i], error);
    }
    merged_keys_.clear();
    merged_from_.clear();
}

void WindowAggregate::emit_groups(Pane& pane, int64_t window, Emitter& out) {
    const Windows& windows = rows_of_.windows();
    const int32_t first_result = (windows.endless() ? 0 : 2) + node_.key_columns;
    const auto finish = node_.finish->get<FinishFunction>();
    aggregate_.pages = &pane.pages;
    aggregate_.user = node_.finish->user;
    output_.clear();
    auto flush = [&] {
        if (output_.rows()) out.emit(output_);
        output_.clear();
        arena_.reset();
    };
    pane.table.for_each([&](StateRef ref) {
        if (!broken_.empty() && broken_.count(ref)) return;
        const int64_t row = output_.rows();
        BatchView& view = output_.view();
        encoder_.decode(pane.table.key(ref), view, row, windows.endless() ? 0 : 2);
        if (!windows.endless()) {
            output_.set(0, row, Cell::of(windows.start(window)));
            output_.set(1, row, Cell::of(windows.end(window)));
        }
        view.event_time[row] = windows.endless() ? kMinTime : windows.end(window) - 1;
        view.lateness[row] = kMinTime;
        view.origin[row] = Origin{};
        view.status[row] = 0;
        const auto error = static_cast<RowError>(finish(&aggregate_, pane.state(ref), &view, row, first_result));
        if (error != RowError::kOk) {
            group_error(pane.table.key(ref), window, error, out);
            return;
        }
        if (++view.rows == context_.batch_rows) flush();
    });
    flush();
}

void WindowAggregate::group_error(std::string_view key, int64_t window, RowError error, Emitter& out) {
    // shown as a row of the input: its key, no arguments
    const Windows& windows = rows_of_.windows();
    BatchView& view = error_row_.view();
    for (size_t c = 0; c < error_row_.types().size(); ++c) error_row_.set(static_cast<int>(c), 0, Cell());
    encoder_.decode(key, view, 0, 0);
    view.rows = 1;
    view.event_time[0] = windows.endless() ? kMinTime : windows.end(window) - 1;
    view.lateness[0] = kMinTime;
    view.origin[0] = Origin{};
    view.status[0] = 0;
    out.row_error(view, error_row_.types(), 0, error, -1);
}

int64_t WindowAggregate::state_bytes() const {
    int64_t bytes = 0;
    auto add = [&](const Pane& pane) { bytes += pane.pages.bytes_held() + pane.table.slot_bytes(); };
    for (auto& [start, pane] : panes_) add(*pane);
    for (auto& [start, pane] : late_panes_) add(*pane);
    for (auto& level : blocks_) {
        for (auto& [number, block] : level) {
            if (block.merged) add(*block.merged);
        }
    }
    return bytes;
}

int64_t WindowAggregate::state_rows() const {
    int64_t rows = 0;
    for (auto& [start, pane] : panes_) rows += pane->table.size();
    for (auto& [start, pane] : late_panes_) rows += pane->table.size();
    return rows;
}

}  // namespace streamql
