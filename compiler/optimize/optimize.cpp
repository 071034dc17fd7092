#include "compiler/optimize/optimize.h"

#include <chrono>
#include <map>

namespace streamql::optimize {

const std::vector<Pass>& passes() {
    static const std::vector<Pass> list = {
        {"fold_constants", "constant expressions are computed once, at compile time", fold_constants},
        {"share_subplans", "equal parts of several queries become one", share_subplans},
        {"push_filters", "filters move towards the sources, as far as the law of stream = batch allows", push_filters},
        {"prune_columns", "columns that nothing uses are not decoded, carried or stored", prune_columns},
    };
    return list;
}

std::vector<PassTiming> optimize(plan::Job& job, const std::set<std::string>& disabled) {
    std::vector<PassTiming> timings;
    for (auto& pass : passes()) {
        if (disabled.count(pass.name)) continue;
        const auto start = std::chrono::steady_clock::now();
        pass.run(job);
        plan::verify(job);
        timings.push_back(
            {pass.name, std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count()});
    }
    return timings;
}

void transform(plan::Job& job, const std::function<plan::NodePtr(const plan::NodePtr&)>& rewrite) {
    std::map<const plan::Node*, plan::NodePtr> done;
    std::function<plan::NodePtr(const plan::NodePtr&)> visit = [&](const plan::NodePtr& n) {
        if (auto it = done.find(n.get()); it != done.end()) return it->second;
        std::vector<plan::NodePtr> inputs;
        bool same = true;
        for (auto& i : n->inputs) {
            inputs.push_back(visit(i));
            same &= inputs.back() == i;
        }
        return done[n.get()] = rewrite(same ? n : plan::with_inputs(n, std::move(inputs)));
    };
    for (auto& i : job.inserts) i.query = visit(i.query);
}

}  // namespace streamql::optimize
