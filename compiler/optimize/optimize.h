// The optimizer: an ordered table of passes over the logical plan, each of which can be named, skipped and timed.
//
// Invariants: a pass keeps the meaning of the job (rows, errors of rows that count, lateness, ties); plan::verify holds
// after each. No filter moves below a deduplication (except on its keys), a watermark, or into the NULL side of an
// outer join. Threading: none.
#pragma once
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "compiler/plan/logical_plan.h"

namespace streamql::optimize {

struct Pass {
    const char* name;
    const char* doc;
    void (*run)(plan::Job&);
};

/// In the order in which they run.
const std::vector<Pass>& passes();

struct PassTiming {
    std::string name;
    double micros = 0;
};
/// Runs all passes but those in `disabled`.
std::vector<PassTiming> optimize(plan::Job& job, const std::set<std::string>& disabled = {});

// one file each
void fold_constants(plan::Job& job);
void push_filters(plan::Job& job);
void prune_columns(plan::Job& job);
void share_subplans(plan::Job& job);

/// Rewrites every node bottom-up, once a shared node; `rewrite` gets the node over its rewritten inputs.
void transform(plan::Job& job, const std::function<plan::NodePtr(const plan::NodePtr&)>& rewrite);

}  // namespace streamql::optimize
