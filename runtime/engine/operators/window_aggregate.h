// GROUP BY with a window (or with none, over bounded input): a set of groups per pane, merged where windows overlap.
//
// What: each batch is split by pane (usually it lies in one), its keys are probed together, and node.update runs once a
// batch and pane. When the watermark closes a window its panes are merged by key, finished and emitted, windows in
// order; output batches go over the ends of windows, so what they view is dropped only when they have left. Where a
// window has many panes, aligned blocks of 8, 64, ... panes are merged once and serve all windows that hold them, so
// closing one costs O(log panes) tables. Invariants: a pane holds only rows that count in all its windows; rows late
// for some hops lie in a pane per (pane, first window they count in), so what a window holds depends on the data alone.
// A row that fails is in no aggregate and begins no group. Panes of a closed window change no more. A pane lives until
// its last window closes. Output watermark: not past (end - 1 us) of the first window still open. Ownership: see
// panes.h. Threading: single.
#pragma once
#include <map>
#include <memory>
#include <tuple>

#include "runtime/engine/operator.h"
#include "runtime/engine/operators/panes.h"
#include "runtime/engine/operators/window_rows.h"
#include "runtime/state/block_codec.h"

namespace streamql {

class WindowAggregate final : public Operator {
  public:
    explicit WindowAggregate(const OperatorContext& context);
    void process(int input, Batch& batch, Emitter& out) override;
    int64_t watermark(const std::vector<int64_t>& inputs, int64_t combined, Emitter& out) override;
    int64_t state_bytes() const override;
    int64_t state_rows() const override;
    void register_state(StateCatalog& catalog) override;

  private:
    using To = std::function<void(const StateEntry&)>;
    struct Target {
        int64_t pane;
        int64_t from;  ///< as Pane::from
        int32_t row;
        bool operator<(const Target& o) const { return std::tie(pane, from, row) < std::tie(o.pane, o.from, o.row); }
    };
    using Panes = std::map<int64_t, Pane>;
    using LatePanes = std::map<std::pair<int64_t, int64_t>, Pane>;  ///< by (pane, first window)
    /// Panes merged ahead of time; `broken` when that failed: windows then merge its parts, and report.
    struct Block {
        Pane merged;
        bool broken = false;
    };

    // rows in (window_aggregate.cpp)
    void split(const BatchView& in, Emitter& out, int64_t* gone);
    Pane& pane_of(int64_t start, int64_t from);
    void add_rows(Pane& pane, const BatchView& in, const int32_t* rows, int64_t n);
    void share_rows(Pane& pane, const int32_t* rows, int64_t n);
    void add_shared_rows(const BatchView& in);
    void update(GroupTable& table, const BatchView& in, const int32_t* rows, int64_t n);
    StateRef probe_one(Pane& pane, std::string_view key);
    std::unique_ptr<GroupTable> own_table();

    // windows out (window_aggregate_close.cpp)
    int64_t next_to_close() const;
    void drop_behind(int64_t window);
    void close(int64_t window, Emitter& out);
    void add_sources(int64_t first, int64_t limit, int level);
    void add_block(int level, int64_t number);
    void merge(GroupTable& into, const Pane& from);
    void merge_groups(GroupTable& into, GroupTable& from);
    void emit_groups(const Pane& pane, int64_t window, Emitter& out);
    void flush(Emitter& out);
    void release(Pane& pane);
    void group_error(std::string_view key, int64_t window, RowError error, Emitter& out);

    // saved and loaded (window_aggregate_state.cpp)
    void save_groups(const To& to) const;
    Status load_group(const StateEntry& entry);
    void save_elements(const To& to) const;
    Status load_element(const StateEntry& entry);
    template <typename Visit>
    void for_each_group(Visit&& visit) const;
    Pane* pane_to_load(EntryReader& key);
    bool is_pane(int64_t pane, int64_t from) const;

    static void on_row_error(void* self, int64_t row, RowError error, int32_t site);

    OperatorContext context_;
    const WindowAggregateNode& node_;
    WindowRows rows_of_;
    KeyEncoder encoder_;
    AggregateContext aggregate_;
    Arena arena_;
    std::vector<GroupTable*> tables_;  ///< all there are
    GroupTable shared_;
    Panes panes_;
    LatePanes late_panes_;
    std::vector<std::map<int64_t, Block>> blocks_;  ///< by level - 1 and number
    int64_t watermark_ = kMinTime;
    int64_t next_open_ = kMinTime;  ///< windows before it are closed
    BlockCodec block_codec_;
    WatermarkState watermark_state_;
    MemberState<WindowAggregate> groups_state_{*this, &WindowAggregate::save_groups, &WindowAggregate::load_group};
    MemberState<WindowAggregate> elements_state_{*this, &WindowAggregate::save_elements,
                                                 &WindowAggregate::load_element};

    EncodedKeys keys_;
    std::vector<StateRef> refs_;
    std::vector<uint8_t> fresh_;
    std::vector<char*> states_;
    std::vector<int32_t> all_rows_, some_rows_, shared_rows_;
    std::vector<Pane*> shared_panes_;  ///< of shared_rows_
    std::string shared_keys_;
    std::vector<std::string_view> shared_views_;
    std::vector<Target> targets_;
    std::vector<std::string_view> merged_keys_;
    std::vector<StateRef> merged_from_;    ///< groups of the table being merged, a chunk at a time
    std::vector<const Pane*> sources_;     ///< of the table being merged
    std::map<StateRef, RowError> broken_;  ///< groups of the table being merged whose merge failed
    Batch output_, error_row_;
    std::vector<Pane> dropped_;  ///< output_ may still view them
    int64_t dropped_bytes_ = 0;
    std::vector<uint8_t> failed_;  ///< rows of the batch that had an error
    int64_t failures_ = 0;
    const BatchView* input_ = nullptr;
    Emitter* emitter_ = nullptr;
};

}  // namespace streamql
