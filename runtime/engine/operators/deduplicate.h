// DEDUPLICATE BY key WITHIN d: of the rows of a key that lie within d of a kept one, only that one passes.
//
// What: unordered, the first to arrive is kept and leaves at once (a list of kept times a key). Ordered (ORDER BY event
// time), rows wait until the watermark has passed them and are then decided in order of (time, origin). Invariants:
// rows keep their identity (line, origin, lateness); a duplicate is `filtered`; NULL is a key like any other. A kept
// time is forgotten when no row to come can lie within d of it. Nothing older than the watermark is held back, so the
// input's passes on. Ownership: keys and waiting rows lie in the operator's pages. Threading: single.
#pragma once
#include <map>

#include "runtime/engine/operator.h"
#include "runtime/state/expiry_queue.h"
#include "runtime/state/hash_table.h"
#include "runtime/state/row_codec.h"
#include "runtime/state/timed_list.h"

namespace streamql {

class Deduplicate final : public Operator {
  public:
    explicit Deduplicate(const OperatorContext& context);
    void process(int input, Batch& batch, Emitter& out) override;
    int64_t watermark(const std::vector<int64_t>& inputs, int64_t combined, Emitter& out) override;
    int64_t state_bytes() const override {
        return pages_.bytes_in_use() + table_.slot_bytes() + kept_.bytes() + waiting_.bytes();
    }
    int64_t state_rows() const override { return table_.size(); }
    void register_state(StateCatalog& catalog) override;
    void held(const std::function<void(int64_t line, int64_t rows)>& visit) const override;

  private:
    using To = std::function<void(const StateEntry&)>;
    struct Entry {
        TimedList times;    ///< unordered: kept times; ordered: waiting rows
        int64_t last_kept;  ///< ordered
        int64_t has_kept;
    };
    void pick_live(const BatchView& in, Emitter& out);
    void keep_first(const BatchView& in, int64_t* duplicates);
    void keep_waiting(const BatchView& in, int64_t* duplicates);
    void release(int64_t watermark, Emitter& out);
    void decide(StateRef ref, Emitter& out);
    void flush(Emitter& out);
    void forget(int64_t limit);
    void keep_time(StateRef ref, uint32_t at, int64_t time);
    void keep_row(StateRef ref, int64_t time, const Origin& origin, StateRef stored);
    StateRef probe_one(std::string_view key);
    void save_kept(const To& to) const;
    Status load_kept(const StateEntry& entry);
    void save_waiting(const To& to) const;
    Status load_waiting(const StateEntry& entry);
    Entry& entry_at(StateRef ref) { return *reinterpret_cast<Entry*>(table_.payload(ref)); }
    const Entry& entry_at(StateRef ref) const { return *reinterpret_cast<const Entry*>(table_.payload(ref)); }

    const DeduplicateNode& node_;
    std::vector<Type> types_;
    int64_t batch_rows_, ledger_lines_;
    KeyEncoder encoder_;
    RowCodec codec_;
    PageStore pages_;
    HashTable table_;
    ExpiryQueue kept_, waiting_;
    int64_t watermark_ = kMinTime;
    WatermarkState watermark_state_;
    MemberState<Deduplicate> kept_state_{*this, &Deduplicate::save_kept, &Deduplicate::load_kept};
    MemberState<Deduplicate> waiting_state_{*this, &Deduplicate::save_waiting, &Deduplicate::load_waiting};

    EncodedKeys keys_;
    std::vector<int32_t> live_, passed_;
    std::vector<StateRef> refs_;
    std::vector<uint8_t> fresh_;
    Batch output_;
    /// Ordered: what waits and what leaves at this watermark, by ledger line, and the stored rows it views.
    struct Line {
        std::unique_ptr<Batch> batch;
        int64_t waiting = 0, duplicates = 0;
    };
    std::map<int64_t, Line> lines_;
    std::vector<StateRef> leaving_;
};

}  // namespace streamql
