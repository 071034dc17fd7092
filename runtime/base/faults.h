// Faults on purpose: every file, socket and clock that the engine uses asks here first whether it shall fail.
//
// What: a fault point is a named place before a call to the outside world: `sink.write`, `dead_letters.fsync`,
// `postgres.commit`, `clock.now`. A plan says which call fails and how: STREAMQL_FAULT, read once at the start, or
// arm_faults() in a test. It is a list of POINT:N=WHAT with commas: the N-th call of POINT (`N+`: it and all later
// ones)
//   EIO, ENOSPC, ...   fails with this errno, undone          kill   ends the process there by SIGKILL
//   tear               writes half of its bytes, then kills   +SECONDS, -SECONDS   (clock.now) jumps
// POINT is `area.operation`, or only the operation for every area: fsync:3=EIO,sink.write:5+=ENOSPC,rename:1=kill.
// Operations of files: open read write fsync truncate rename unlink. Clients have points of their own, named in their
// files. A fault that strikes says so on stderr. Invariants: without a plan a point costs one load and a branch.
// Threading: points from any thread, arming before they run.
#pragma once
#include <atomic>
#include <cstdint>
#include <string_view>

#include "runtime/base/result.h"

namespace streamql {

/// The plan's answer "write half, then kill", where an errno is expected.
constexpr int kTornWrite = -1;

extern std::atomic<bool> faults_armed;
int planned_fault(std::string_view area, std::string_view operation);

/// 0, or the errno (or kTornWrite) that the call behind this point shall give instead of being made.
inline int fault_at(std::string_view area, std::string_view operation) {
    return faults_armed.load(std::memory_order_relaxed) ? planned_fault(area, operation) : 0;
}

/// For calls of client libraries: a retryable Error, as of a lost connection, if the plan says so.
Status fault_point(std::string_view area, std::string_view operation);

/// Microseconds that the plan has moved the clock by.
int64_t planned_clock_shift();

/// Replaces the plan and its counts; an empty one disarms. Error kUsage if it cannot be read.
Status arm_faults(std::string_view plan);

}  // namespace streamql
