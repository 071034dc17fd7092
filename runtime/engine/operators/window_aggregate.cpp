#include "runtime/engine/operators/window_aggregate.h"

#include <algorithm>
#include <set>

#include "runtime/base/result.h"

namespace streamql {

namespace {
constexpr size_t kPrefix = 2 * sizeof(int64_t);  // of a key in the shared table: pane and first window

void append_prefix(const Pane& pane, std::string& to) {
    to.append(reinterpret_cast<const char*>(&pane.start), sizeof pane.start);
    to.append(reinterpret_cast<const char*>(&pane.from), sizeof pane.from);
}
}  // namespace

WindowAggregate::WindowAggregate(const OperatorContext& context)
    : context_(context),
      node_(std::get<WindowAggregateNode>(context.node->kind)),
      rows_of_(node_.window),
      encoder_(context.inputs[0], node_.key_columns),
      shared_(static_cast<uint32_t>(node_.state_bytes), kPrefix, tables_),
      block_codec_(node_.state_bytes, node_.fields),
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
        add_rows(pane_of(pane, kMinTime), in, all_rows_.data(), in.rows);
    } else {
        split(in, out, &gone);
    }
    add_shared_rows(in);
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
        add_rows(pane_of(first.pane, first.from), in, some_rows_.data(), static_cast<int64_t>(some_rows_.size()));
        begin = end;
    }
}

std::unique_ptr<GroupTable> WindowAggregate::own_table() {
    return std::make_unique<GroupTable>(static_cast<uint32_t>(node_.state_bytes), 0, tables_);
}

Pane& WindowAggregate::pane_of(int64_t start, int64_t from) {
    bool fresh = false;
    auto place = [&](auto& panes, const auto& key) -> Pane& {
        auto [at, added] = panes.try_emplace(key);
        fresh = added;
        return at->second;
    };
    Pane& pane = from == kMinTime ? place(panes_, start) : place(late_panes_, std::pair{start, from});
    if (fresh) {
        pane.start = start;
        pane.from = from;
        if (tables_.size() <= Pane::kOwnTables) pane.own = own_table();
    }
    return pane;
}

void WindowAggregate::add_rows(Pane& pane, const BatchView& in, const int32_t* rows, int64_t n) {
    if (!pane.own) return share_rows(pane, rows, n);
    refs_.resize(n);
    fresh_.resize(n);
    pane.own->table.find_or_insert(keys_, rows, n, refs_.data(), fresh_.data());
    update(*pane.own, in, rows, n);
}

/// Rows of panes in the shared table are probed together, behind the others.
void WindowAggregate::share_rows(Pane& pane, const int32_t* rows, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
        shared_rows_.push_back(rows[i]);
        shared_panes_.push_back(&pane);
        append_prefix(pane, shared_keys_);
        shared_keys_.append(keys_[rows[i]]);
    }
}

void WindowAggregate::add_shared_rows(const BatchView& in) {
    const size_t n = shared_rows_.size();
    if (n == 0) return;
    shared_views_.clear();
    for (size_t i = 0, at = 0; i < n; ++i) {
        const size_t size = kPrefix + keys_[shared_rows_[i]].size();
        shared_views_.emplace_back(shared_keys_.data() + at, size);
        at += size;
    }
    refs_.resize(n);
    fresh_.resize(n);
    shared_.table.find_or_insert(shared_views_.data(), static_cast<int64_t>(n), refs_.data(), fresh_.data());
    update(shared_, in, shared_rows_.data(), static_cast<int64_t>(n));
    for (size_t i = 0; i < n; ++i) {
        if (fresh_[i]) shared_.next(refs_[i]) = std::exchange(shared_panes_[i]->first, refs_[i]);
    }
    shared_rows_.clear();
    shared_panes_.clear();
    shared_keys_.clear();
}

/// refs_ and fresh_ are those of the rows; behind it fresh_ tells of groups that stay.
void WindowAggregate::update(GroupTable& table, const BatchView& in, const int32_t* rows, int64_t n) {
    states_.resize(n);
    aggregate_.pages = &table.pages;
    const auto init = node_.init->get<InitFunction>();
    aggregate_.user = node_.init->user;
    for (int64_t i = 0; i < n; ++i) {
        states_[i] = table.state(refs_[i]);
        if (fresh_[i]) init(&aggregate_, states_[i]);
    }
    aggregate_.user = node_.update->user;
    const int64_t failures = failures_;
    node_.update->get<UpdateFunction>()(&aggregate_, &in, rows, states_.data(), n);
    if (failures_ == failures) return;
    // a group that only failed rows would have begun does not begin
    std::set<StateRef> touched;
    for (int64_t i = 0; i < n; ++i) {
        if (!failed_[rows[i]]) touched.insert(refs_[i]);
    }
    for (int64_t i = 0; i < n; ++i) {
        if (!fresh_[i] || touched.count(refs_[i])) continue;
        table.table.erase(refs_[i]);
        fresh_[i] = 0;
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
    GroupTable& table = pane.table(shared_);
    if (!pane.own) {
        shared_keys_.clear();
        append_prefix(pane, shared_keys_);
        key = shared_keys_.append(key);
    }
    StateRef ref;
    uint8_t fresh;
    table.table.find_or_insert(&key, 1, &ref, &fresh);
    shared_keys_.clear();
    if (fresh) {
        aggregate_.pages = &table.pages;
        aggregate_.user = node_.init->user;
        node_.init->get<InitFunction>()(&aggregate_, table.state(ref));
        if (!pane.own) table.next(ref) = std::exchange(pane.first, ref);
    }
    return ref;
}

int64_t WindowAggregate::state_bytes() const {
    int64_t bytes = 0;
    for (const GroupTable* table : tables_) bytes += table->bytes();
    return bytes;
}

int64_t WindowAggregate::state_rows() const {
    int64_t rows = 0;
    for (const GroupTable* table : tables_) rows += table->table.size();
    for (auto& level : blocks_) {
        for (auto& [number, block] : level) rows -= block.merged.own ? block.merged.own->table.size() : 0;
    }
    return rows;
}

}  // namespace streamql
