// The contract of operators: what one worker's instance of a node does with batches, watermarks and barriers.
//
// What: Deduplicate, WithinJoin, WindowAggregate, LateSplit, Pipeline and Union nodes are all Operators; the task that
// owns them pushes batches in and the Emitter passes results on. One contract for all, so that a new operator is a file
// and a line in operator_list. Invariants: process() is given batches of one input in order; watermark(w) promises that
// no further row of any input has event_time < w (the task has already combined inputs and channels; per-input
// watermarks are in the array); watermarks never go back; the end of the input is watermark kMaxTime. An operator never
// emits a row older than the watermark it passes on. Everything an operator keeps past process() it copies. emit()
// hands the batch down synchronously: when it returns, the batch may be reused. Threading: single-threaded; no global
// variables, no shared state.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/program/program.h"
#include "runtime/record/batch.h"
#include "runtime/state/state_catalog.h"

namespace streamql {

/// Where the operator's results, counts and errors go; implemented by the task.
class Emitter {
  public:
    virtual ~Emitter() = default;
    /// Hands rows on; returns when all consumers in this worker are done with them.
    virtual void emit(Batch& batch, int port = 0) = 0;
    /// Source rows of ledger line `line` that end here. line -1 (derived rows) is counted for the operator only.
    virtual void count_applied(int64_t line, int64_t rows) = 0;
    virtual void count_filtered(int64_t line, int64_t rows) = 0;
    /// `after_idle`: late only because its partition had been idle (behind the operator's watermark, not its own
    /// partition's).
    virtual void count_late(int64_t line, int64_t rows, bool after_idle) = 0;
    /// A row of this operator's input could not be processed: a dead letter of its source record where line >= 0, else
    /// a derived dead letter with the operator's name and the row's text.
    virtual void row_error(const BatchView& input, const std::vector<Type>& types, int64_t row, RowError error,
                           int32_t site) = 0;
};

struct OperatorContext {
    const Program* program = nullptr;
    const Node* node = nullptr;
    std::vector<std::vector<Type>> inputs;  ///< types of each input's batches
    Clock* clock = nullptr;
    const void* timezone = nullptr;  ///< const TimeZone*, for kernels
    int worker = 0, workers = 1;
    int64_t batch_rows = 1024;
    int64_t lines = INT32_MAX;                 ///< of the ledger: a row that is loaded must name one of them
    const std::atomic<bool>* abort = nullptr;  ///< set: leave long work undone, nothing of it is kept
};

class Operator {
  public:
    virtual ~Operator() = default;
    virtual void process(int input, Batch& batch, Emitter& out) = 0;
    /// `inputs[i]` is the watermark of input i, `combined` their minimum. Gives the watermark to pass on (see LANGUAGE,
    /// "Output watermarks"). Called once a change, after all rows before it.
    virtual int64_t watermark(const std::vector<int64_t>& inputs, int64_t combined, Emitter& out) = 0;
    /// Bytes of state and number of rows/keys held, for metrics and --analyze.
    virtual int64_t state_bytes() const { return 0; }
    virtual int64_t state_rows() const { return 0; }
    /// Adds what the operator keeps past a barrier. Watermarks below a loaded one are no news to it: after a load the
    /// task begins at kMinTime again.
    virtual void register_state(StateCatalog&) {}
    /// Says how many source rows of each ledger line it holds that are booked nowhere yet.
    virtual void held(const std::function<void(int64_t line, int64_t rows)>&) const {}
};

/// Makes the operator of a node; the one list of kinds (operator_list.cpp).
std::unique_ptr<Operator> make_operator(const OperatorContext& context);

}  // namespace streamql
