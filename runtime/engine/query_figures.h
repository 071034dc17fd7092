// From the live counters of a job to the figures that people read: status now, report at the end.
#pragma once
#include <chrono>

#include "runtime/engine/job.h"
#include "runtime/metrics/report.h"

namespace streamql {

/// What take_status must remember to give rates.
struct StatusMemory {
    std::chrono::steady_clock::time_point at = std::chrono::steady_clock::now();
    int64_t rows_in = 0, rows_out = 0;
};

/// Any thread that holds `memory`'s lock.
StatusSnapshot take_status(const Job& job, StatusMemory& memory);
/// After all workers have ended; times and memory are the caller's to fill.
QueryReport make_report(const Job& job);

}  // namespace streamql
