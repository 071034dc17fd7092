// Tasks: one worker's instance of a node, called with rows and watermarks by the tasks before it.
//
// What: OperatorTask wraps an Operator and is its Emitter; ExchangeTask hashes rows to the workers' channels; SinkTask
// copies rows into a sink's channel. Outputs is the fan-out behind a node: it moves rows to the ledger line of each
// branch. Invariants: everything between roots and exits happens in one call; when rows() returns the batch may be
// reused. step_end() of exits comes after every batch or watermark a root took, idle() before the worker sleeps.
// Threading: its worker's; counters may be read by all.
#pragma once
#include <memory>
#include <vector>

#include "runtime/engine/channel.h"
#include "runtime/engine/cpu_meter.h"
#include "runtime/engine/operator.h"
#include "runtime/engine/row_errors.h"
#include "runtime/engine/topology.h"
#include "runtime/metrics/ledger.h"
#include "runtime/state/key_encoding.h"

namespace streamql {

/// One worker's live figures of one node.
struct TaskCounters {
    Counter rows_in, rows_out, late, row_errors, state_rows, state_bytes, peak_state_rows, peak_state_bytes, cpu_nanos,
        watermark;
    TaskCounters() { watermark.set(kMinTime); }
};

class Task {
  public:
    virtual ~Task() = default;
    virtual void rows(int input, Batch& batch) = 0;
    virtual void watermark(int input, int64_t watermark) = 0;
    /// Sends what lies in half-full batches if the other side waits for it.
    virtual void step_end() {}
    /// Sends all of it.
    virtual void flush() {}
    /// Exits: sends everything, then the barrier.
    virtual void barrier(int64_t) {}
    /// Exits: the other side takes new work.
    virtual bool has_credit() const { return true; }
    virtual void publish() {}
};

class Outputs {
  public:
    struct Target {
        Task* task;
        const Edge* edge;
    };
    Outputs(WorkerLedger& ledger, std::vector<std::vector<Target>> ports) : ledger_(ledger), ports_(std::move(ports)) {}
    void rows(Batch& batch, int port);
    void watermark(int64_t watermark);
    const std::vector<std::vector<Target>>& ports() const { return ports_; }

  private:
    WorkerLedger& ledger_;
    std::vector<std::vector<Target>> ports_;
};

class OperatorTask final : public Task, public Emitter {
  public:
    OperatorTask(const OperatorContext& context, std::unique_ptr<Operator> op, Outputs outputs, WorkerLedger& ledger,
                 RowErrors& errors, CpuMeter& meter, TaskCounters& counters);
    void rows(int input, Batch& batch) override;
    void watermark(int input, int64_t watermark) override;
    void publish() override;
    Operator& work() { return *operator_; }

    void emit(Batch& batch, int port) override;
    void count_applied(int64_t line, int64_t rows) override;
    void count_filtered(int64_t line, int64_t rows) override;
    void count_late(int64_t line, int64_t rows, bool after_idle) override;
    void row_error(const BatchView& input, const std::vector<Type>& types, int64_t row, RowError error,
                   int32_t site) override;

  private:
    std::string_view site_text(int32_t site) const;
    const Node& node_;
    size_t key_columns_;
    std::unique_ptr<Operator> operator_;
    Outputs outputs_;
    WorkerLedger& ledger_;
    RowErrors& errors_;
    CpuMeter& meter_;
    TaskCounters& counters_;
    std::vector<int64_t> inputs_;
    int64_t passed_on_ = kMinTime;
};

/// With one worker: rows go straight on.
class PassThroughTask final : public Task {
  public:
    PassThroughTask(Outputs outputs, TaskCounters& counters) : outputs_(std::move(outputs)), counters_(counters) {}
    void rows(int, Batch& batch) override {
        counters_.rows_in.add(batch.rows());
        counters_.rows_out.add(batch.rows());
        outputs_.rows(batch, 0);
    }
    void watermark(int, int64_t watermark) override {
        counters_.watermark.set(watermark);
        outputs_.watermark(watermark);
    }

  private:
    Outputs outputs_;
    TaskCounters& counters_;
};

class ExchangeTask final : public Task {
  public:
    /// `channels[w]` leads to worker w.
    ExchangeTask(const std::vector<Type>& types, int key_columns, std::vector<Channel*> channels, int64_t batch_rows,
                 CpuMeter& meter, TaskCounters& counters);
    void rows(int input, Batch& batch) override;
    void watermark(int input, int64_t watermark) override {
        watermark_ = watermark;
        counters_.watermark.set(watermark);
    }
    void step_end() override;
    void flush() override;
    void barrier(int64_t epoch) override;
    bool has_credit() const override;

  private:
    struct Target {
        Channel* channel;
        Batch* pending = nullptr;
        int64_t watermark = kMinTime;  ///< last one sent
        std::vector<int32_t> selected;
    };
    void append(Target& target, const BatchView& rows);
    void send(Target& target);
    void send_watermark(Target& target);
    int key_columns_;
    KeyEncoder encoder_;
    EncodedKeys keys_;
    std::vector<Target> targets_;
    int64_t batch_rows_;
    int64_t watermark_ = kMinTime;
    CpuMeter& meter_;
    TaskCounters& counters_;
};

class SinkTask final : public Task {
  public:
    SinkTask(Channel& channel, int64_t batch_rows, WorkerLedger& ledger, CpuMeter& meter, TaskCounters& counters)
        : channel_(channel), batch_rows_(batch_rows), ledger_(ledger), meter_(meter), counters_(counters) {}
    void rows(int input, Batch& batch) override;
    void watermark(int input, int64_t watermark) override { counters_.watermark.set(watermark); }
    void step_end() override;
    void flush() override;
    void barrier(int64_t epoch) override;
    bool has_credit() const override { return channel_.has_credit(); }
    /// The batch being filled, for dead letters that go to a sink.
    Batch& pending();

  private:
    Channel& channel_;
    int64_t batch_rows_;
    WorkerLedger& ledger_;
    CpuMeter& meter_;
    TaskCounters& counters_;
    Batch* pending_ = nullptr;
};

}  // namespace streamql
