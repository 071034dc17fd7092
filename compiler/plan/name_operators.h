// Names of operators: what state, metrics and dead letters know them by.
//
// What: name_operators() walks the bound plan and gives every operator (deduplication, join, aggregate, union, split of
// late rows) Node::identity, e.g. "window(touches) by campaign_id in campaign_metrics": its kind, what it reads, its
// key, and the view or INSERT it is written in. Passes keep identities, so optimising renames nothing; nothing of
// another query is in a name, so a query more renames nothing. Two operators that could not be told apart are numbered
// in their order within their query. Of equal operators that share_subplans makes one, the first keeps its name.
#pragma once
#include <map>

#include "compiler/plan/logical_plan.h"

namespace streamql::plan {

/// `roots`: the result of each view (and WITH query) and its name; they are held, so that no address is used twice.
void name_operators(Job& job, const std::map<NodePtr, std::string>& roots);

}  // namespace streamql::plan
