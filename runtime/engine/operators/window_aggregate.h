// GROUP BY with a window (or with none, over bounded input): one hash table per pane, merged where windows overlap.
//
// What: each batch is split by pane (usually it lies in one), its keys are probed together, and node.update runs once a
// batch and pane. When the watermark closes a window its panes are merged by key, finished and emitted, windows in
// order. Where a window has many panes, aligned blocks of 8, 64, ... panes are merged once and serve all windows that
// hold them, so closing one costs O(log panes) tables. Invariants: a pane holds only rows that count in all its
// windows; rows late for some hops lie in a table per (pane, first window they count in), so what a window holds
// depends on the data alone. Panes of a closed window change no more. A pane lives until its last window closes. Output
// watermark: not past (end - 1 us) of the first window still open. Ownership: a pane owns its pages; they go as a
// whole. Threading: single.
#pragma once
#include <map>
#include <memory>
#include <tuple>

#include "runtime/engine/operator.h"
#include "runtime/engine/operators/window_rows.h"
#include "runtime/state/block_codec.h"
#include "runtime/state/hash_table.h"

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
    /// A table of groups: payload = 8 bytes of padding, then the state block.
    struct Pane {
        explicit Pane(uint32_t state_bytes) : table(pages, 8 + state_bytes) {}
        PageStore pages;
        HashTable table;
        char* state(StateRef ref) { return table.payload(ref) + 8; }
        const char* state(StateRef ref) const { return table.payload(ref) + 8; }
    };
    struct Target {
        int64_t pane;
        int64_t from;  ///< late for some hops: the first window that the row counts in; else kMinTime
        int32_t row;
        bool operator<(const Target& o) const { return std::tie(pane, from, row) < std::tie(o.pane, o.from, o.row); }
    };
    using Panes = std::map<int64_t, std::unique_ptr<Pane>>;
    using LatePanes = std::map<std::pair<int64_t, int64_t>, std::unique_ptr<Pane>>;  ///< by (pane, first window)
    /// Panes merged ahead of time; `broken` when that failed: windows then merge its parts, and report.
    struct Block {
        std::unique_ptr<Pane> merged;
        bool broken = false;
    };

    void split(const BatchView& in, Emitter& out, int64_t* gone);
    Pane& pane_of(const Target& target);
    Pane& make(std::unique_ptr<Pane>& pane);
    void add_rows(Pane& pane, const BatchView& in, const int32_t* rows, int64_t n);
    void forget_failed(Pane& pane, const int32_t* rows, int64_t n);
    StateRef probe_one(Pane& pane, std::string_view key);
    void add_empty_group();
    int64_t next_to_close() const;
    void drop_behind(int64_t window);
    void close(int64_t window, Emitter& out);
    void add_sources(int64_t first, int64_t limit, int level);
    void add_block(int level, int64_t number);
    void merge(Pane& into, Pane& from);
    void merge_groups(Pane& into, Pane& from);
    void emit_groups(Pane& pane, int64_t window, Emitter& out);
    void group_error(std::string_view key, int64_t window, RowError error, Emitter& out);
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
    Panes panes_;
    LatePanes late_panes_;
    std::vector<std::map<int64_t, Block>> blocks_;  ///< by level - 1 and number
    int64_t watermark_ = kMinTime;
    int64_t next_open_ = kMinTime;  ///< windows before it are closed
    BlockCodec blocks_of_;
    WatermarkState watermark_state_;
    MemberState<WindowAggregate> groups_state_{*this, &WindowAggregate::save_groups, &WindowAggregate::load_group};
    MemberState<WindowAggregate> elements_state_{*this, &WindowAggregate::save_elements,
                                                 &WindowAggregate::load_element};

    EncodedKeys keys_;
    std::vector<StateRef> refs_;
    std::vector<uint8_t> fresh_;
    std::vector<char*> states_;
    std::vector<int32_t> all_rows_, some_rows_;
    std::vector<Target> targets_;
    std::vector<std::string_view> merged_keys_;
    std::vector<StateRef> merged_from_;    ///< groups of the table being merged, a chunk at a time
    std::vector<Pane*> sources_;           ///< of the table being merged
    std::map<StateRef, RowError> broken_;  ///< groups of the table being merged whose merge failed
    Batch output_, error_row_;
    std::vector<uint8_t> failed_;  ///< rows of the batch that had an error
    int64_t failures_ = 0;
    const BatchView* input_ = nullptr;
    Emitter* emitter_ = nullptr;
};

}  // namespace streamql
