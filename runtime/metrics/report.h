// What a job has done: the figures of its end (QueryReport) and of any moment of its run (StatusSnapshot).
//
// What: plain values, printable as the text that ends a run and as one JSON object.
// Threading: plain values; whoever holds one owns it.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/metrics/ledger.h"
#include "runtime/types/type.h"

namespace streamql {

struct SourceFigures {
    std::string name, place;
    int64_t records = 0, bytes = 0, row_errors = 0;
    int64_t watermark = kMinTime;  ///< of the source: kMaxTime at the end of a bounded one
    std::string held_by;           ///< the partition that holds the watermark; empty if none does
    int partitions = 0, idle_partitions = 0;
};

struct OperatorFigures {
    std::string name, insert;
    bool stateful = false;
    int64_t rows_in = 0, rows_out = 0, late = 0, row_errors = 0;
    int64_t state_rows = 0, state_bytes = 0;
    int64_t peak_state_rows = 0, peak_state_bytes = 0;
    int64_t watermark = kMinTime;  ///< the least over the workers
    int64_t cpu_nanos = -1;        ///< -1: not measured (only with analyze)
};

struct SinkFigures {
    std::string name, insert;
    int64_t rows = 0, rejected = 0;
};

struct QueryReport {
    std::string job;
    std::vector<LedgerLine> lines;
    std::vector<SourceFigures> sources;
    std::vector<OperatorFigures> operators;
    std::vector<SinkFigures> sinks;
    int64_t dead_letters = 0;      ///< letters written; one record may have several, one a branch
    std::string dead_letter_file;  ///< empty if none was written
    int64_t epochs = 0;
    int64_t wall_micros = 0, cpu_micros = 0, peak_memory_bytes = 0;
    bool stopped = false;  ///< by stop(), not by the end of the input
    bool aborted = false;  ///< stop() could not finish the epoch in time (a server was down)
    bool balanced() const;
    /// The ledger that ends a run, for people.
    std::string to_text() const;
    /// All figures as one JSON object on one line.
    std::string to_json() const;
};

/// What holds a source's watermark back: of its partitions that are read and not idle, the one furthest behind.
struct WatermarkHold {
    std::string source, split;     ///< empty: nothing holds it
    int64_t watermark = kMinTime;  ///< of the split; kMinTime: no row of it had a time yet
    int64_t silent_micros = -1;    ///< how long it has had no data; -1: it has
    int64_t idle_timeout = -1;     ///< when it will be left out, after so long a silence; -1: never
    int others = 0;                ///< further partitions just as far behind
};

struct StatusSnapshot {
    int64_t rows_in = 0, rows_out = 0;  ///< since the start
    double rate_in = 0, rate_out = 0;   ///< a second, since the last snapshot
    int64_t watermark = kMinTime;       ///< least over the sources that have one
    int64_t lag_micros = -1;            ///< processing time less watermark; -1: no watermark yet
    bool timed = false;                 ///< some source has a WATERMARK
    WatermarkHold hold;                 ///< of the source whose watermark that is
    int64_t state_rows = 0, state_bytes = 0, late = 0, dead_letters = 0;
    std::string degraded;  ///< why the job waits for the outside world; empty = it does not
    int64_t epochs = 0;
};

/// "2024-05-01T10:00:00.123456Z"; "-" for kMinTime, "end" for kMaxTime.
std::string time_text(int64_t micros);
/// Appends `text` with U+FFFD in place of NUL and of bytes that are no UTF-8: any sink can take it.
void append_valid_utf8(std::string& to, std::string_view text);
/// Appends `text` as the inside of a JSON string; bytes that are no UTF-8 become U+FFFD.
void append_json_escaped(std::string& to, std::string_view text);

}  // namespace streamql
