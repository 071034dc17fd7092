// How windows leave a WindowAggregate: which closes next, what it is merged from, and the rows it gives.
#include <algorithm>

#include "runtime/base/result.h"
#include "runtime/engine/operators/window_aggregate.h"
#include "runtime/record/hidden.h"

namespace streamql {

namespace {
constexpr int kBlockBits = 3, kLevels = 6;  // blocks of 8, 64, ... 8^6 panes
constexpr size_t kMergeChunk = 256;         // groups merged while their memory is near
constexpr int64_t kPlainPanes = 10;         // so few are merged one by one
constexpr int64_t kMostDropped = 4 << 20;   // bytes that wait for the output batch that views them
int64_t block_panes(int level) { return int64_t{1} << (kBlockBits * level); }
}  // namespace

int64_t WindowAggregate::watermark(const std::vector<int64_t>&, int64_t combined, Emitter& out) {
    const Windows& windows = rows_of_.windows();
    // what a loaded watermark had closed stays closed
    if (next_open_ == kMinTime && watermark_ > kMinTime && watermark_ < kMaxTime && !windows.endless())
        next_open_ = windows.first_open(rows_of_.lagged(watermark_));
    combined = watermark_ = std::max(watermark_, combined);
    arena_.reset();
    aggregate_.kernel.now_micros = context_.clock->now_micros();
    const bool nothing = panes_.empty() || panes_.begin()->second.empty();
    if (combined == kMaxTime && node_.global && context_.worker == 0 && next_open_ == kMinTime && nothing)
        probe_one(pane_of(0, kMinTime), {});
    const int64_t passed = rows_of_.lagged(combined);
    while (!panes_.empty() || !late_panes_.empty()) {
        const int64_t window = next_to_close();
        if (windows.closes(window) > passed) break;
        if (context_.abort && context_.abort->load(std::memory_order_relaxed)) break;
        close(window, out);
        next_open_ = windows.next_window(window);
        drop_behind(window);
        if (dropped_bytes_ > kMostDropped) flush(out);
    }
    flush(out);
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
    auto drop = [this](Pane& pane) {
        if (pane.own) dropped_bytes_ += pane.own->bytes();
        dropped_.push_back(std::move(pane));
    };
    while (!panes_.empty() && windows.last_window(panes_.begin()->first) <= window) {
        drop(panes_.begin()->second);
        panes_.erase(panes_.begin());
    }
    while (!late_panes_.empty() && windows.last_window(late_panes_.begin()->first.first) <= window) {
        drop(late_panes_.begin()->second);
        late_panes_.erase(late_panes_.begin());
    }
    // a block serves only windows that hold all of it
    const int64_t first = windows.endless() ? 0 : windows.pane_number(windows.next_window(window));
    for (size_t l = 0; l < blocks_.size(); ++l) {
        auto& level = blocks_[l];
        while (!level.empty() && level.begin()->first * block_panes(static_cast<int>(l) + 1) < first) {
            drop(level.begin()->second.merged);
            level.erase(level.begin());
        }
    }
}

void WindowAggregate::close(int64_t window, Emitter& out) {
    const Windows& windows = rows_of_.windows();
    const int64_t limit = windows.window_limit(window);
    sources_.clear();
    auto at = panes_.lower_bound(window);
    int64_t count = 0;
    for (auto next = at; next != panes_.end() && next->first < limit && count <= kPlainPanes; ++next) ++count;
    if (count > kPlainPanes) {
        add_sources(windows.pane_number(window), windows.pane_number(limit), kLevels);
    } else {
        for (; at != panes_.end() && at->first < limit; ++at) sources_.push_back(&at->second);
    }
    for (auto late = late_panes_.lower_bound({window, kMinTime});
         late != late_panes_.end() && late->first.first < limit; ++late) {
        if (late->first.second <= window) sources_.push_back(&late->second);
    }
    if (sources_.empty()) return;
    broken_.clear();
    if (sources_.size() == 1) return emit_groups(*sources_[0], window, out);
    Pane merged;
    merged.own = own_table();
    for (const Pane* source : sources_) merge(*merged.own, *source);
    for (auto& [ref, error] : broken_) group_error(merged.own->key(ref), window, error, out);
    emit_groups(merged, window, out);
    dropped_bytes_ += merged.own->bytes();
    dropped_.push_back(std::move(merged));
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
            sources_.push_back(&at->second);
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
        Pane& merged = at->second.merged;
        merged.own = own_table();
        for (size_t i = begin; i < sources_.size(); ++i) merge(*merged.own, *sources_[i]);
        if (!broken_.empty()) {
            merged.own = nullptr;
            at->second.broken = true;
            return;
        }
        sources_.resize(begin);
    }
    sources_.push_back(&at->second.merged);
}

void WindowAggregate::merge(GroupTable& into, const Pane& from) {
    GroupTable& table = from.table(shared_);
    if (into.table.size() == 0 && from.own) into.table.reserve(table.table.size());
    from.for_each(shared_, [&](StateRef ref) {
        merged_from_.push_back(ref);
        merged_keys_.push_back(table.key(ref));
        if (merged_from_.size() == kMergeChunk) merge_groups(into, table);
    });
    merge_groups(into, table);
}

void WindowAggregate::merge_groups(GroupTable& into, GroupTable& from) {
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

void WindowAggregate::emit_groups(const Pane& pane, int64_t window, Emitter& out) {
    const Windows& windows = rows_of_.windows();
    const int32_t first_result = (windows.endless() ? 0 : 2) + node_.key_columns;
    const auto finish = node_.finish->get<FinishFunction>();
    GroupTable& table = pane.table(shared_);
    const int64_t start = windows.start(window), end = windows.end(window);
    pane.for_each(shared_, [&](StateRef ref) {
        if (!broken_.empty() && broken_.count(ref)) return;
        const int64_t row = output_.rows();
        BatchView& view = output_.view();
        encoder_.decode(table.key(ref), view, row, windows.endless() ? 0 : 2);
        if (!windows.endless()) {
            output_.set(0, row, Cell::of(start));
            output_.set(1, row, Cell::of(end));
        }
        derive_hidden(view, row, windows.endless() ? kMinTime : end - 1, {});
        aggregate_.pages = &table.pages;
        aggregate_.user = node_.finish->user;
        const auto error = static_cast<RowError>(finish(&aggregate_, table.state(ref), &view, row, first_result));
        if (error != RowError::kOk) {
            group_error(table.key(ref), window, error, out);
            return;
        }
        if (++view.rows == context_.batch_rows) flush(out);
    });
}

/// Hands the output on; nothing views what was dropped before.
void WindowAggregate::flush(Emitter& out) {
    if (output_.rows()) out.emit(output_);
    output_.clear();
    arena_.reset();
    for (Pane& pane : dropped_) release(pane);
    dropped_.clear();
    dropped_bytes_ = 0;
    if (shared_.table.size() == 0) shared_.pages.clear();
}

void WindowAggregate::release(Pane& pane) {
    if (pane.own) return pane.own.reset();
    pane.for_each(shared_, [&](StateRef ref) {
        if (block_codec_.refers()) block_codec_.free(&shared_.pages, shared_.state(ref));
        shared_.table.erase(ref);
    });
    pane.first = 0;
}

void WindowAggregate::group_error(std::string_view key, int64_t window, RowError error, Emitter& out) {
    // shown as a row of the input: its key, no arguments
    const Windows& windows = rows_of_.windows();
    BatchView& view = error_row_.view();
    for (size_t c = 0; c < error_row_.types().size(); ++c) error_row_.set(static_cast<int>(c), 0, Cell());
    encoder_.decode(key, view, 0, 0);
    view.rows = 1;
    derive_hidden(view, 0, windows.endless() ? kMinTime : windows.end(window) - 1, {});
    out.row_error(view, error_row_.types(), 0, error, -1);
}

}  // namespace streamql
