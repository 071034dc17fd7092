// What all threads of a running query share: sources, channels, progress of splits, ledger, epochs, failure.
//
// What: filled once by Query::run() before any thread starts; afterwards only atomics, counters with one writer, and
// members that lock for themselves change. Ownership: owns sources, sinks and channels; kept alive by every sink
// thread, so that one stuck in a dead server at an abort can be left behind. Threading: as each member says.
#pragma once
#include <memory>
#include <vector>

#include "runtime/engine/channel.h"
#include "runtime/engine/epochs.h"
#include "runtime/engine/failure.h"
#include "runtime/engine/query.h"
#include "runtime/engine/row_errors.h"
#include "runtime/engine/sink_runner.h"
#include "runtime/engine/task.h"
#include "runtime/engine/topology.h"
#include "runtime/journal/state_folder.h"
#include "runtime/time/timezone.h"
#include "runtime/time/watermark.h"

namespace streamql {

/// One worker's live figures of one source.
struct SourceCounters {
    Counter records, bytes, row_errors;
};

/// A split with its reader, on its way to a worker.
struct AssignedSplit {
    Split split;
    std::unique_ptr<SplitReader> reader;
    SplitProgress* progress = nullptr;
};

struct OpenSource {
    std::unique_ptr<Source> source;  ///< null: no node reads it
    std::string place;
    bool bounded = false;
    int64_t idle_timeout = -1;  ///< microseconds; -1: never idle
    bool idle_advance = false;
    std::vector<std::unique_ptr<SplitProgress>> progress;
    std::vector<const SplitProgress*> all_progress;
    std::vector<std::vector<AssignedSplit>> by_worker;
    int dead_letter_sink = -1;  ///< sink that takes its dead letters; -1: the file
};

/// Figures of one worker, readable by the coordinator.
struct WorkerCounters {
    std::vector<std::unique_ptr<TaskCounters>> nodes;
    std::vector<std::unique_ptr<SourceCounters>> sources;
    Counter letters_to_sinks;
    std::atomic<bool> scans_ended{false};
};

/// Why an epoch is the last one, or not.
enum class EpochEnd : uint8_t { kGoesOn, kStopped, kInputEnded };

struct Job {
    Job(const Program& p, QueryEnvironment e, Clock& c, int n);

    const Program& program;
    QueryEnvironment environment;
    Clock& clock;
    int workers;
    Topology topology;
    Ledger ledger;
    Epochs epochs;
    Failure failure;
    Degraded degraded;
    DeadLetterFile dead_letters;
    std::vector<std::unique_ptr<ErrorPolicy>> policies;            ///< by source
    std::vector<OpenSource> sources;                               ///< by source
    std::vector<std::unique_ptr<SinkRunner>> sinks;                ///< by sink; null: nothing feeds it
    std::vector<std::unique_ptr<Wakeup>> wakeups;                  ///< by worker
    std::vector<std::vector<std::unique_ptr<Channel>>> exchanges;  ///< [node][from * workers + to]
    std::vector<std::unique_ptr<WorkerCounters>> counters;         ///< by worker
    const TimeZone* timezone = nullptr;                            ///< of the job, for kernels
    int64_t started = 0;                                           ///< processing time
    /// [worker][node]: the operators and what they keep past a barrier; touched only while no worker runs, or at an
    /// orderly stop's barrier, behind which nothing happens.
    std::vector<std::vector<Operator*>> operators;
    std::vector<std::vector<StateCatalog>> catalogs;
    std::optional<StateFolder> folder;  ///< none: the job keeps no state
    std::optional<Commit> resumed;      ///< what this run goes on from
    std::optional<Commit> stored;       ///< the last one of this run
    int64_t begun = 0;                  ///< processing time of the first of the runs that the ledger sums up
    std::vector<int> scan_nodes;        ///< by source: its (first) ScanNode, whose figures the scan keeps; -1: none

    std::atomic<bool> running{false};        ///< everything above is filled
    std::atomic<bool> pause_sources{false};  ///< stop(): read no more
    std::atomic<bool> end_sources{false};    ///< until_idle: treat every source as ended
    std::atomic<bool> ended{false};          ///< the last epoch closed every window: the input has ended
    std::atomic<bool> finish{false};         ///< the last epoch is committed
    std::atomic<bool> abort{false};          ///< leave everything as it is

    /// Watermark past which a split waits for slower ones that still have data.
    int64_t alignment_horizon() const;
    void wake_all();
    void close_channels();
    /// The one place where an epoch is committed. Workers have passed its barrier and all sinks have prepared it.
    Status commit_epoch(EpochEnd end);
};

}  // namespace streamql
