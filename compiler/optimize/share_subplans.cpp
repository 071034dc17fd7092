#include <map>

#include "compiler/optimize/optimize.h"

namespace streamql::optimize {

// Bottom-up, so equal inputs are one node already and a node is known by its own line and theirs.
void share_subplans(plan::Job& job) {
    std::map<std::string, plan::NodePtr> known;
    transform(job, [&](const plan::NodePtr& n) { return known.emplace(plan::fingerprint(*n), n).first->second; });
}

}  // namespace streamql::optimize
