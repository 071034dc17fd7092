// The seam: what the compiler hands to the runtime. A Program is a graph of nodes with generated (or plain C++)
// functions.
//
// What: sources, nodes in topological order, sinks, job options. Every worker runs its own instance of every node; rows
// move between workers only through Exchange nodes. The runtime needs nothing of the compiler to run it; tests build
// Programs of plain C++ functions. Invariants: inputs name nodes with smaller indexes. A keyed node (Deduplicate,
// WithinJoin, WindowAggregate) has its key in the leading `key_columns` columns of its input(s), and an Exchange on
// that key before it (a no-op with one worker). Ownership: the Program outlives the Query; FunctionSlots may be swapped
// (O0 -> O2) at any time by the JIT's thread, and are read once a batch. Threading: otherwise immutable while running.
#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/abi/context.h"
#include "runtime/connectors/options.h"
#include "runtime/types/type.h"

namespace streamql {

/// A function that the JIT may replace while the job runs.
struct FunctionSlot {
    std::atomic<void*> function{nullptr};
    const void* user = nullptr;  ///< given to the function as context->user (interpreted programs)
    template <typename F>
    F get() const {
        return reinterpret_cast<F>(function.load(std::memory_order_acquire));
    }
};
using Slot = std::shared_ptr<FunctionSlot>;

struct ColumnSpec {
    std::string name;
    Type type;
    bool not_null = false;
};

enum class ColumnOrigin : uint8_t { kRecord, kComputed, kMetadata };

/// A column of a scan's output batch. Only wanted columns are here (column pruning).
struct ScanColumn {
    ColumnSpec column;
    ColumnOrigin origin = ColumnOrigin::kRecord;
    std::string metadata;     ///< kMetadata: partition offset timestamp key topic headers
    bool exact_name = false;  ///< declared in quotes: JSON keys must match exactly, no case-insensitive second try
    int record_index = 0;     ///< kRecord: position among record_columns (CSV)
};

struct SourceSpec {
    std::string name;  ///< the relation's name
    std::string connector;
    Options options;  ///< checked; defaults filled
    std::vector<ScanColumn> columns;
    std::vector<std::string>
        record_columns;              ///< names of all physical columns in declared order (CSV without a header)
    int event_time_column = -1;      ///< index into columns; -1 = no WATERMARK
    int64_t watermark_delay = 0;     ///< microseconds
    Slot scan;                       ///< ScanFunction
    std::vector<std::string> sites;  ///< texts of the scan function's error sites: column or CHECK expression
};

struct SinkSpec {
    std::string name;
    std::string connector;
    Options options;
    std::vector<ColumnSpec> columns;
    std::vector<int> primary_key;  ///< column indexes; empty = append
    std::vector<int> partitioned_by;
    std::string insert;  ///< what the ledger calls the INSERT that feeds it
};

struct NodeInput {
    int node = 0;
    int port = 0;  ///< 0 = main output; LateSplit: 0 = on time, 1 = late
};

enum class WindowKind : uint8_t { kNone, kTumbling, kHopping };

struct WindowSpec {
    WindowKind kind = WindowKind::kNone;  ///< kNone: one window over all time (EMIT FINAL over bounded input)
    int64_t size = 0;                     ///< microseconds
    int64_t advance = 0;                  ///< = size for tumbling
    int64_t offset = 0;
    int64_t grace = 0;
    std::string timezone;  ///< whole-day windows only; empty = UTC
    int time_column = -1;  ///< column of the input that the window is over; -1 = the row's event_time
    int64_t time_lag = 0;  ///< the watermark of time_column is the input's watermark less this
};

/// What every kind of node says of itself. A kind may also have `key_columns` (leading columns of its inputs that are
/// its key), `sites` (texts of its functions' error sites), and then each_slot(f), which calls f(suffix, slot) for each
/// of its functions; key_columns(), sites() and whoever links a program find them by that.
struct NodeTraits {
    bool keeps_identity = false;   ///< output rows are input rows, one to one or fewer, and keep their ledger line
    bool skips_dead_rows = false;  ///< takes batches of a scan with dead rows among them
};

struct ScanNode {
    static constexpr NodeTraits kTraits{};
    int source = 0;
};
struct PipelineNode {
    static constexpr NodeTraits kTraits{.keeps_identity = true, .skips_dead_rows = true};
    Slot function;  ///< PipelineFunction
    std::vector<std::string> sites;
    void each_slot(auto&& f) { f("", function); }
};
struct ExchangeNode {
    static constexpr NodeTraits kTraits{.keeps_identity = true};
    int key_columns = 0;  ///< leading columns; 0 = everything to worker 0
};
struct UnionNode {
    static constexpr NodeTraits kTraits{.keeps_identity = true};
};
/// Port 0: rows on time; port 1: late rows with one more column, late_by INTERVAL. With a window: late when every
/// window (plus grace) of the row is closed by its `lateness`; without: when event_time + grace < lateness.
struct LateSplitNode {
    static constexpr NodeTraits kTraits{.keeps_identity = true};
    std::optional<WindowSpec> window;
    int64_t grace = 0;
};
struct DeduplicateNode {
    static constexpr NodeTraits kTraits{.keeps_identity = true};
    int key_columns = 0;  ///< NULL is a key like any other
    int64_t within = 0;
    bool ordered = false;  ///< ORDER BY event time: keep the least (ts, origin), emit when proven
};
enum class JoinKind : uint8_t { kInner, kLeft };
enum class Attribution : uint8_t { kNone, kFirst, kLast };
/// right.time in [left.time - before, left.time + after]. Output: all left columns, then all right columns.
struct WithinJoinNode {
    static constexpr NodeTraits kTraits{};
    JoinKind kind = JoinKind::kInner;
    Attribution attribution = Attribution::kNone;
    int key_columns = 0;  ///< of both inputs; NULL keys never match
    int64_t before = 0, after = 0, grace = 0;
    Slot condition;  ///< ConditionFunction over the pair (left columns, right columns), or null
    std::vector<std::string> sites;
    void each_slot(auto&& f) { f("", condition); }
};
/// Input: keys, then arguments. Output: [window_start, window_end TIMESTAMP, not for kNone,] keys, results.
struct WindowAggregateNode {
    static constexpr NodeTraits kTraits{};
    WindowSpec window;
    int key_columns = 0;
    int state_bytes = 0;             ///< a multiple of 16
    std::vector<StateField> fields;  ///< what in the state block lies elsewhere or must be checked when it is loaded
    bool global = false;             ///< no GROUP BY and no window: one row even over no input
    Slot init, update, merge, finish;
    std::vector<std::string> sites;
    void each_slot(auto&& f) { f("_init", init), f("_update", update), f("_merge", merge), f("_finish", finish); }
};
struct SinkNode {
    static constexpr NodeTraits kTraits{};
    int sink = 0;
};

struct Node {
    std::string name;  ///< unique and stable, e.g. "join(clicks,conversions)"; state and metrics are named by it
    /// Of a stateful node: what its state depends on, by named parts such as {"window", "TUMBLING 60 s"}; equal layouts
    /// can read each other's state.
    std::vector<std::pair<std::string, std::string>> layout{};
    std::vector<NodeInput> inputs;
    std::vector<Type> output;  ///< of port 0
    std::string insert;        ///< the INSERT it belongs to; empty where several share it
    bool stateful = false;
    std::variant<ScanNode, PipelineNode, ExchangeNode, UnionNode, LateSplitNode, DeduplicateNode, WithinJoinNode,
                 WindowAggregateNode, SinkNode>
        kind;
};

inline const NodeTraits& traits(const Node& node) {
    return std::visit([](auto& kind) -> const NodeTraits& { return kind.kTraits; }, node.kind);
}
inline int key_columns(const Node& node) {
    return std::visit(
        [](auto& kind) {
            if constexpr (requires { kind.key_columns; }) return kind.key_columns;
            return 0;
        },
        node.kind);
}
inline const std::vector<std::string>& sites(const Node& node) {
    static const std::vector<std::string> kNone;
    return std::visit(
        [](auto& kind) -> const std::vector<std::string>& {
            if constexpr (requires { kind.sites; }) return kind.sites;
            return kNone;
        },
        node.kind);
}

struct JobOptions {
    std::string job = "streamql";
    int parallelism = 1;
    int64_t batch_rows = 1024;
    int64_t checkpoint_interval = 1'000'000;  ///< microseconds between epochs
    std::string timezone = "UTC";
    std::string state_dir;              ///< of all jobs; empty: ./streamql-state. A job's own is in the folder `job`
    bool keep_state = false;            ///< store positions and state there, and go on from them
    std::optional<int64_t> until_idle;  ///< microseconds; end when all sources were silent that long
};

struct Program {
    JobOptions job;
    std::vector<SourceSpec> sources;
    std::vector<SinkSpec> sinks;
    std::vector<Node> nodes;
    std::shared_ptr<void> code;  ///< keeps generated code alive
    bool stateful() const {
        for (auto& n : nodes)
            if (n.stateful) return true;
        return false;
    }
};

}  // namespace streamql
