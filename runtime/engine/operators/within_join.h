// JOIN ... WITHIN and ATTRIBUTE FIRST | LAST: two streams, equal keys, right.time in [left.time - before, left.time +
// after].
//
// What: one table for both sides, key -> two lists of live rows by (time, origin); a batch of one side is probed
// together, stored, and matched with the other side's rows, pairs go through the residual condition a batch at a time
// and leave at once. Left rows of an outer join or an attribution wait in an exact queue until the right watermark
// proves their set complete. Invariants: a row is dropped when the watermark proves that nothing can match it any more;
// a key is erased with its last row; a NULL key never matches. Output watermark: min of the inputs' less grace, and not
// past a left row that still waits. Ownership: all rows lie in the operator's pages. Threading: single.
#pragma once
#include "runtime/engine/operator.h"
#include "runtime/state/expiry_queue.h"
#include "runtime/state/hash_table.h"
#include "runtime/state/row_codec.h"
#include "runtime/state/timed_list.h"

namespace streamql {

class WithinJoin final : public Operator {
  public:
    explicit WithinJoin(const OperatorContext& context);
    void process(int input, Batch& batch, Emitter& out) override;
    int64_t watermark(const std::vector<int64_t>& inputs, int64_t combined, Emitter& out) override;
    int64_t state_bytes() const override {
        return pages_.bytes_in_use() + table_.slot_bytes() + queues_[0].bytes() + queues_[1].bytes();
    }
    int64_t state_rows() const override { return stored_rows_; }
    void register_state(StateCatalog& catalog) override;

  private:
    using To = std::function<void(const StateEntry&)>;
    enum Side { kLeft = 0, kRight = 1 };
    struct Entry {
        TimedList rows[2];
    };
    /// A left row whose set is complete.
    struct Due {
        StateRef entry, left;
        StateRef right;  ///< the attributed row; 0 = none
    };

    void pick_live(Side side, const BatchView& in, Emitter& out);
    void emit_unkeyed(const BatchView& in, Emitter& out);
    void store_row(Side side, const BatchView& in, int32_t row, StateRef entry, StateRef* stored);
    void place_row(Side side, StateRef entry, int64_t time, const Origin& origin, StateRef stored);
    void prefetch(StateRef entry) const;
    void match(Side side, const BatchView& in, int32_t row, StateRef entry, StateRef stored, Emitter& out);
    void flush_pairs(Side side, const BatchView& in, Emitter& out);
    int64_t keep_pairs(Emitter& out);
    void compact_pairs();

    void release_left(Emitter& out);
    void resolve_due(Emitter& out);
    void attribute(Emitter& out);
    void test_candidates(Emitter& out);
    void emit_due(Emitter& out);
    void drop(Side side, int64_t limit);
    void free_row(Side side, StateRef row);
    void erase_if_empty(StateRef entry);
    void load_pair(StateRef left, StateRef right, int64_t row);
    void fill_right_nulls(int64_t row);
    static void on_row_error(void* self, int64_t row, RowError error, int32_t site);

    void save_rows(Side side, const To& to) const;
    Status load_row(Side side, const StateEntry& entry);
    void save_left(const To& to) const { save_rows(kLeft, to); }
    void save_right(const To& to) const { save_rows(kRight, to); }
    Status load_left(const StateEntry& entry) { return load_row(kLeft, entry); }
    Status load_right(const StateEntry& entry) { return load_row(kRight, entry); }

    Entry& entry_at(StateRef ref) { return *reinterpret_cast<Entry*>(table_.payload(ref)); }
    const Entry& entry_at(StateRef ref) const { return *reinterpret_cast<const Entry*>(table_.payload(ref)); }
    const StoredRow& stored(StateRef row) const { return RowCodec::header(pages_.read(row)); }
    /// Left rows wait for their set to be complete.
    bool waits() const { return node_.kind == JoinKind::kLeft || node_.attribution != Attribution::kNone; }
    /// Rows of this side with time below it cannot match any row to come (nor one that waits).
    int64_t useless_before(Side side) const;

    OperatorContext context_;
    const WithinJoinNode& node_;
    int left_columns_;
    KeyEncoder encoders_[2];
    RowCodec codecs_[2];
    PageStore pages_;
    HashTable table_;
    ExpiryQueue queues_[2];
    int64_t watermarks_[2] = {kMinTime, kMinTime};
    int64_t output_watermark_ = kMinTime;
    int64_t stored_rows_ = 0;
    WatermarkState watermark_state_;
    MemberState<WithinJoin> left_state_{*this, &WithinJoin::save_left, &WithinJoin::load_left};
    MemberState<WithinJoin> right_state_{*this, &WithinJoin::save_right, &WithinJoin::load_right};

    PipelineContext condition_;
    Arena arena_;
    Emitter* emitter_ = nullptr;
    Batch pairs_;  ///< the pairs being built; also the output
    std::vector<uint8_t> keep_;
    EncodedKeys keys_;
    std::vector<int32_t> live_, unkeyed_;
    std::vector<StateRef> entries_;
    std::vector<uint8_t> fresh_;
    std::vector<StateRef> empty_;     ///< entries that may have no row
    std::vector<int32_t> pair_rows_;  ///< row of the batch
    std::vector<StateRef> pair_others_, pair_lefts_;
    std::vector<Due> due_;
    std::vector<int32_t> pair_due_;  ///< index into due_
};

}  // namespace streamql
