// What a job takes over from an earlier run, and what its commit records for the next.
//
// What: find_earlier_run() opens the state folder and decides whether this run goes on from its commit, begins anew
// (there is none, or its input had ended), or is refused (the query has changed in what it keeps); load_state() hands
// saved entries to the operators that own them now; store_commit() writes commit and savepoint. Invariants: state and
// the positions that belong to it come from one commit. Threading: the thread that runs the job, before the workers
// start or at a barrier behind which they rest.
#pragma once
#include "runtime/engine/job.h"

namespace streamql {

/// Fills Job::folder, resumed, begun; says in the log what the run goes on from. Nothing for a job that keeps no state.
Status find_earlier_run(Job& job);
/// The positions of source `index`, which now reads `place`, in the commit; empty if there are none. Error kState if
/// they are positions in another place.
Result<SourcePositions> resumed_positions(const Job& job, size_t index, const std::string& place);
/// Puts back the watermark of a split.
void resume_watermark(const Job& job, size_t source, SplitProgress& split);
/// What the sink's prepare() recorded; null: a fresh beginning.
const std::string* resumed_sink(const Job& job, size_t sink);
/// After the workers are built: entries to their operators.
Status load_state(Job& job);
/// Durable when it returns.
Status store_commit(Job& job, const EpochParts& parts, EpochEnd end);
/// After the sinks have closed behind the end of the input: only now is there nothing to go on with.
Status close_commit(Job& job);

}  // namespace streamql
