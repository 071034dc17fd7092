// The logical plan: what a query means, as a graph of typed relational nodes with their streaming traits.
//
// What: the binder makes it, the passes of optimize/ rewrite it, explain prints it, pipeline/ cuts it. Nodes are
// immutable and shared (a view used twice is one node); a pass builds new ones. make_node() derives columns' traits, so
// they cannot be stale. Invariants: expressions index the concatenated columns of the inputs (a join's condition: left
// columns, then right); `columns` of Filter, Deduplicate and LateSplit equal the input's; of WithinJoin left's, then
// right's; of WindowAggregate [window_start, window_end where windowed], keys, results; of Union the first input's.
// Threading: immutable.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "compiler/plan/expression.h"
#include "runtime/program/program.h"

namespace streamql {
struct AggregateFunction;
}

namespace streamql::plan {

struct Node;
using NodePtr = std::shared_ptr<const Node>;

struct OutputColumn {
    std::string name;
    Type type;
    bool not_null = false;
};

/// When the rows of a node leave, and what kind of changes they are.
enum class Emission { kImmediate, kFinal };

/// A column that is an event time: every row to come has column >= watermark - lag.
struct TimeColumn {
    int index = 0;
    int64_t lag = 0;
};

/// window_start and window_end of a window passed on unchanged: a GROUP BY over both is a window over that window.
struct WindowColumns {
    int start = -1, end = -1;
    int64_t size = 0, advance = 0, offset = 0;
    std::string timezone;
};

struct Traits {
    bool has_time = false;  ///< rows carry an event time, and the node has a watermark
    std::vector<TimeColumn> times;
    std::optional<WindowColumns> window;
    std::vector<std::vector<int>> keys;  ///< column sets that are unique in the final result
    Emission emission = Emission::kImmediate;
    bool bounded = true;       ///< all sources below end
    bool timed_below = false;  ///< an operator that decides lateness lies at or below this node
    std::string state;         ///< what is kept and for how long; empty = none
};

/// A declared source; `table` is what the DDL said, whole.
struct TableDefinition {
    std::string name;
    std::string connector;
    Options options;
    bool bounded = false;
    std::vector<ScanColumn> columns;  ///< all, in declared order
    std::vector<ExprPtr> computed;    ///< per column; null unless kComputed; over all columns
    std::vector<ExprPtr> checks;
    int event_time = -1;
    int64_t watermark_delay = 0;
    std::vector<int> primary_key;
    Span span;
};

/// Reads columns `columns` (indexes of the definition) of a table.
struct Scan {
    std::shared_ptr<const TableDefinition> table;
    std::vector<int> columns;
};
struct Filter {
    ExprPtr condition;
};
struct Project {
    std::vector<ExprPtr> expressions;
};
struct Deduplicate {
    std::vector<int> keys;
    int64_t within = 0;
    bool ordered = false;
};
struct WithinJoin {
    JoinKind kind = JoinKind::kInner;
    Attribution attribution = Attribution::kNone;
    std::vector<ExprPtr> left_keys, right_keys;  ///< equal types pairwise
    int64_t before = 0, after = 0, grace = 0;
    ExprPtr residual;  ///< null: none
};
struct Aggregate {
    const AggregateFunction* function = nullptr;
    std::vector<ExprPtr> args;
    ExprPtr filter;  ///< null: none
    bool distinct = false;
    Type type;
    std::string name;
};
struct WindowAggregate {
    WindowSpec window;  ///< time_column indexes the input's columns
    std::vector<ExprPtr> keys;
    std::vector<Aggregate> aggregates;
};
struct Union {};
/// The rows of its input that the next timed operator takes; late ones go to `sink` (index of a LateSink of the job).
struct LateSplit {
    std::optional<WindowSpec> window;
    int64_t grace = 0;
    int sink = 0;
};

struct Node {
    /// Of an operator: its name, unique in the bound plan, which no pass changes (name_operators.h); of others empty.
    std::string identity{};
    std::variant<Scan, Filter, Project, Deduplicate, WithinJoin, WindowAggregate, Union, LateSplit> kind;
    std::vector<NodePtr> inputs;
    std::vector<OutputColumn> columns;
    Traits traits;
    Span span;
};

/// Derives columns (`names` are used by Project, WindowAggregate and WithinJoin) and traits.
NodePtr make_node(decltype(Node::kind) kind, std::vector<NodePtr> inputs, std::vector<std::string> names = {},
                  Span span = {});
/// The same node over other inputs (of the same columns).
NodePtr with_inputs(const NodePtr& node, std::vector<NodePtr> inputs);
/// What has become of `old` in a pass: another node that goes by the same name, at the same place in the text.
NodePtr in_place_of(const Node& old, decltype(Node::kind) kind, std::vector<NodePtr> inputs,
                    std::vector<std::string> names = {});

/// The expressions that a node holds itself; of a Scan, those of its table.
void for_each_expression(const Node&, const std::function<void(const ExprPtr&)>& visit);

/// One INSERT INTO (or a bare SELECT, to the console).
struct Insert {
    std::string name;  ///< what the ledger calls it
    NodePtr query;     ///< columns are exactly the sink's, in its order
    int sink = 0;      ///< index into Job::sinks
};
/// LATE DATA TO: rows of `split`'s input behind the watermark, projected to the sink's columns (column input.size() is
/// late_by).
struct LateInsert {
    std::string name;
    std::vector<ExprPtr> expressions;
    int sink = 0;
};

struct Job {
    std::vector<Insert> inserts;
    std::vector<LateInsert> late;  ///< indexed by LateSplit::sink
    std::vector<SinkSpec> sinks;
    JobOptions options;
};

/// One word: scan, filter, join ...
std::string kind_name(const Node&);
/// What an operator's state depends on, by named parts: {"window", "tumbling size 5 minutes"} ...; of others empty.
std::vector<std::pair<std::string, std::string>> layout(const Node&);
/// The node's own line, without inputs and traits, e.g. `join inner within (30 minutes before, 0 after) on user_id =
/// user_id`.
std::string describe(const Node&);
/// The tree(s), one node a line with traits; a shared node is printed once and referred to as #n.
std::string to_string(const Job&);
/// Equal for two nodes exactly if they do the same with the same (identical) inputs.
std::string fingerprint(const Node&);
/// "30 minutes", "1.5 seconds", "2 days".
std::string duration_text(int64_t micros);

/// Checks the invariants above; SQ_CHECKs on our bug. Run after every pass in debug builds and tests.
void verify(const Job&);

}  // namespace streamql::plan
