// What becomes of rows that cannot be processed: a dead letter, a count, or the end of the job; and the limit on their
// rate.
//
// What: ErrorPolicy is a source's or sink's `on_error` and `max_error_rate`; RowErrors is one worker's hand on it: it
// knows the batch that the worker is reading, so that a letter holds the record's bytes. Invariants: letters of a batch
// are handed over before the batch's barrier passes. The rate is taken over each full thousand (or batch, if larger) of
// records of a source, counting a record once a branch and the worst branch. Threading: ErrorPolicy by all workers;
// RowErrors by its worker.
#pragma once
#include <functional>
#include <mutex>

#include "runtime/connectors/connector.h"
#include "runtime/engine/dead_letters.h"
#include "runtime/metrics/counter.h"
#include "runtime/program/program.h"

namespace streamql {

class Failure;

enum class OnError : uint8_t { kDeadLetter, kSkip, kFail };

class ErrorPolicy {
  public:
    /// `lines`: of the ledger, for a source; a sink has none.
    ErrorPolicy(std::string name, const Options& options, size_t lines);
    OnError on_error() const { return on_error_; }
    /// `line` < 0: an error of the scan, which counts for every branch, or a row that the sink refused.
    void count_error(int64_t line);
    /// Books `records` consumed; gives an Error when a full thousand had too many errors.
    Status count_records(int64_t records);
    /// At the end of a sink's rows: judges all of them if they were fewer than a thousand.
    Status count_end();

  private:
    Status judge();
    std::string name_;
    OnError on_error_ = OnError::kDeadLetter;
    double max_rate_ = 0.5;
    std::mutex mutex_;
    int64_t records_ = 0, scan_errors_ = 0;
    bool judged_ = false;
    std::vector<int64_t> line_errors_;
};

/// What a worker's errors need of the job.
struct RowErrorTargets {
    const Program* program = nullptr;
    Clock* clock = nullptr;
    DeadLetterFile* file = nullptr;
    const int64_t* passed = nullptr;  ///< the last barrier that the worker's scans have passed
    Failure* failure = nullptr;
    std::vector<std::unique_ptr<ErrorPolicy>>* policies = nullptr;
    /// By source: takes a letter for the sink that `dead_letter` names; empty = the file.
    std::vector<std::function<void(const DeadLetter&)>> to_sink;
};

class RowErrors {
  public:
    explicit RowErrors(RowErrorTargets targets) : to_(std::move(targets)) {}
    RowErrors(const RowErrors&) = delete;

    /// The batch being read, until end_batch(). `source` is its index.
    void begin_batch(int source, const RawBatch& raw) { source_ = source, raw_ = raw, reading_ = true; }
    /// Hands over letters, checks the rate.
    void end_batch();

    /// Message `row` of the batch being read. `reason` empty: the code's sentence.
    OnError scan_error(int64_t row, RowError error, std::string_view column, std::string_view reason);
    /// A source row (line >= 0) behind the scan.
    OnError source_error(const Node& node, const BatchView& rows, const std::vector<Type>& types, int64_t row,
                         RowError error, std::string_view site, size_t key_columns);
    /// A derived row.
    void derived_error(const Node& node, const BatchView& rows, const std::vector<Type>& types, int64_t row,
                       RowError error, std::string_view site, size_t key_columns);
    /// Hands over what is buffered.
    void flush();

  private:
    void keep(int source, const DeadLetter& letter);
    const RawMessage* message_of(const Origin& origin) const;
    RowErrorTargets to_;
    int source_ = -1;
    RawBatch raw_;
    bool reading_ = false;
    std::string lines_;
    int64_t letters_ = 0;
};

}  // namespace streamql
