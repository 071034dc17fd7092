// A worker: one thread with its own instance of every node, its share of the splits, and its share of the key groups.
//
// What: run() loops: barrier asked for? else rows from the deepest exchange that can go on, else a batch from the
// source that is furthest behind in event time, else sleep until news. Invariants: nothing is started without credit on
// all exits that it can reach, so queues stay bounded; the exchange nearest the sinks goes first, so credit always
// comes back. A root held at a barrier is not run. Threading: run() is the worker's thread; everything else before it
// starts.
#pragma once
#include <chrono>
#include <memory>
#include <vector>

#include "runtime/engine/job.h"
#include "runtime/engine/scanner.h"

namespace streamql {

class Worker {
  public:
    Worker(Job& job, int index, std::vector<std::unique_ptr<Decoder>> decoders);
    void run();

  private:
    using Steady = std::chrono::steady_clock;

    struct OwnSplit {
        AssignedSplit assigned;
        int64_t watermark = kMinTime;
        bool ended = false, degraded = false;
        int64_t last_turn = 0;  ///< fairness among equals
        Steady::time_point next_poll{};
        Steady::time_point silent_since{};  ///< first of the polls in a row that gave nothing
        bool has_given = false;             ///< it has given rows before
        std::chrono::microseconds pause{0};
    };
    struct ScanRoot {
        int source = 0, root = 0;
        std::unique_ptr<Scanner> scanner;
        std::unique_ptr<Batch> batch;
        std::vector<OwnSplit> splits;
        std::unique_ptr<SourceWatermark> watermark;
        int64_t passed_on = kMinTime;
        std::vector<Outputs::Target> pipelines;  ///< consumers that skip dead rows themselves
        std::vector<Outputs::Target> others;
    };
    struct Readable {
        ScanRoot* scan;
        OwnSplit* split;
    };
    struct ExchangeRoot {
        int root = 0;
        std::vector<Channel*> channels;  ///< by sending worker
        std::vector<int64_t> watermarks;
        std::vector<bool> held;
        size_t at_barrier = 0, next = 0;
        int64_t passed_on = kMinTime;
        std::unique_ptr<Outputs> outputs;
    };

    // worker_build.cpp
    void build_tasks();
    void build_scans(std::vector<std::unique_ptr<Decoder>> decoders);
    void build_exchange_roots();
    void build_dead_letter_exits();
    std::unique_ptr<Task> make_task(int node);
    std::vector<std::vector<Outputs::Target>> targets_of(int node);
    RowErrorTargets error_targets();

    // worker.cpp: the loop
    bool root_held(int root) const;
    bool root_has_credit(int root) const;
    void end_step();
    void pass_barrier(int root, int64_t epoch);
    bool start_barrier();
    bool step_exchanges();
    bool step_exchange(ExchangeRoot& root);
    void publish();

    // worker_sources.cpp: reading
    bool step_sources();
    static bool comes_after(const Readable& a, const Readable& b);
    void list_readable(Steady::time_point now);
    /// True if it gave rows or an end.
    bool poll(ScanRoot& scan, OwnSplit& split, Steady::time_point now);
    void take_rows(ScanRoot& scan, OwnSplit& split, const RawBatch& raw);
    void poll_failed(ScanRoot& scan, OwnSplit& split, const Error& error, Steady::time_point now);
    bool look_after_idleness();
    void pass_watermark(ScanRoot& scan);
    void hand_out(ScanRoot& scan, int64_t dead_letters, int64_t skipped);

    Job& job_;
    int index_;
    WorkerLedger& ledger_;
    WorkerCounters& counters_;
    Wakeup& wakeup_;
    CpuMeter meter_;
    std::unique_ptr<RowErrors> errors_;
    std::vector<std::unique_ptr<Task>> tasks_;             ///< by node; null for scans
    std::vector<std::unique_ptr<SinkTask>> letter_sinks_;  ///< by sink; null where no dead letters go
    std::vector<std::unique_ptr<TaskCounters>> letter_figures_;
    std::vector<ScanRoot> scans_;
    std::vector<ExchangeRoot> exchanges_;             ///< deepest first
    std::vector<int64_t> root_passed_, exit_passed_;  ///< epochs
    int64_t epoch_, letters_passed_ = 0;
    std::vector<Readable> readable_;
    Steady::time_point next_idleness_{};
    int64_t turn_ = 0, steps_ = 0;
    bool scans_ended_ = false;
};

}  // namespace streamql
