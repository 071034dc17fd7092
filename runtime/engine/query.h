// A query that runs: the table of contents of a record's walk, from sources through workers to sinks, in epochs.
//
// What: create() checks that every connector and format is there; run() opens sources and sinks, starts the workers and
// sink threads, leads the epochs, and reports. Bounded input: watermarks go to the end of time, every window closes,
// sinks commit, run() returns. stop() ends the epoch under way and returns without closing windows. Ownership: the
// Program and what the environment points to outlive the Query. Threading: run() is called once; stop() and status()
// from any thread.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "runtime/base/clock.h"
#include "runtime/base/result.h"
#include "runtime/connectors/connector.h"
#include "runtime/formats/decoder.h"
#include "runtime/metrics/report.h"
#include "runtime/program/program.h"

namespace streamql {

class TimeZone;

struct QueryEnvironment {
    Clock* clock = nullptr;                                ///< null: the system's
    std::function<void(const std::string&)> log;           ///< one line an event; may be empty
    const std::atomic<bool>* stop_requested = nullptr;     ///< set by a signal handler; may be null
    std::function<void(const StatusSnapshot&)> on_status;  ///< called by run()'s thread; may be empty
    int64_t status_interval = 500'000;                     ///< microseconds of real time between calls of on_status
    std::function<const Connector*(std::string_view)> find_connector;
    std::function<Result<std::unique_ptr<Decoder>>(const SourceSpec&)> make_decoder;
    const TimeZone* timezone = nullptr;  ///< of kernels; null: found by the job's name for it
    bool analyze = false;                ///< measure CPU time per operator
};

class Query {
  public:
    static Result<std::unique_ptr<Query>> create(const Program& program, QueryEnvironment environment);
    ~Query();
    /// Runs to the end of the input, until_idle, stop() or an error for good.
    Result<QueryReport> run();
    /// Finishes the epoch and makes run() return in under 5 seconds, also while servers are down. Windows stay open.
    void stop();
    StatusSnapshot status();

    struct Impl;

  private:
    explicit Query(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
    std::shared_ptr<Impl> impl_;
};

}  // namespace streamql
