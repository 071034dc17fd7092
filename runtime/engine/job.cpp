#include "runtime/engine/job.h"

#include "runtime/engine/job_state.h"

#include <algorithm>

namespace streamql {

namespace {

constexpr int64_t kMaxAhead = 5 * 60'000'000;  // event time that a split may run ahead of slower ones

int used_sinks(const Program& program, const Topology& topology) {
    std::vector<bool> used(program.sinks.size());
    for (auto& node : program.nodes)
        if (auto* sink = std::get_if<SinkNode>(&node.kind)) used[sink->sink] = true;
    for (size_t s = 0; s < program.sources.size(); ++s)
        for (size_t k = 0; k < program.sinks.size(); ++k)
            if (!topology.scans[s].empty() && program.sinks[k].name == program.sources[s].options.text("dead_letter"))
                used[k] = true;
    return static_cast<int>(std::count(used.begin(), used.end(), true));
}

std::string dead_letter_folder(const Program& program) {
    return (program.job.state_dir.empty() ? std::string("./streamql-state") : program.job.state_dir) + "/dead_letters";
}

}  // namespace

Job::Job(const Program& p, QueryEnvironment e, Clock& c, int n)
    : program(p),
      environment(std::move(e)),
      clock(c),
      workers(n),
      topology(build_topology(p, n)),
      ledger(topology.lines, n),
      epochs(p.sources.size(), topology.lines.size(), n, p.sinks.size(), used_sinks(p, topology)),
      failure(epochs.wakeup()),
      dead_letters(dead_letter_folder(p), p.job.keep_state ? p.job.job : p.job.job + ".trial"),
      sources(p.sources.size()),
      sinks(p.sinks.size()),
      exchanges(p.nodes.size()),
      operators(n, std::vector<Operator*>(p.nodes.size())),
      catalogs(n, std::vector<StateCatalog>(p.nodes.size())) {
    scan_nodes.assign(p.sources.size(), -1);
    for (size_t i = p.nodes.size(); i-- > 0;)
        if (auto* scan = std::get_if<ScanNode>(&p.nodes[i].kind)) scan_nodes[scan->source] = static_cast<int>(i);
    for (auto& source : p.sources)
        policies.push_back(std::make_unique<ErrorPolicy>(source.name, source.options, topology.lines.size()));
    for (int w = 0; w < n; ++w) {
        wakeups.push_back(std::make_unique<Wakeup>());
        counters.push_back(std::make_unique<WorkerCounters>());
        for (size_t i = 0; i < p.nodes.size(); ++i) counters[w]->nodes.push_back(std::make_unique<TaskCounters>());
        for (size_t i = 0; i < p.sources.size(); ++i)
            counters[w]->sources.push_back(std::make_unique<SourceCounters>());
    }
}

int64_t Job::alignment_horizon() const {
    int64_t slowest = kMaxTime;
    for (auto& source : sources) {
        for (auto& split : source.progress) {
            if (!split->timed || split->state.load(std::memory_order_relaxed) != SplitState::kActive) continue;
            // before its end a bounded split has rows, even if none has been fetched yet
            if (!source.bounded && !split->has_data.load(std::memory_order_relaxed)) continue;
            slowest = std::min(slowest, split->watermark.load(std::memory_order_relaxed));
        }
    }
    return subtract_time(slowest, -kMaxAhead);
}

void Job::wake_all() {
    for (auto& wakeup : wakeups) wakeup->notify();
    for (auto& sink : sinks)
        if (sink) sink->wake();
}

void Job::close_channels() {
    for (auto& node : exchanges)
        for (auto& channel : node) channel->close();
    for (auto& sink : sinks)
        if (sink) sink->close_channels();
}

Status Job::commit_epoch(EpochEnd end) {
    const EpochParts parts = epochs.take();
    // all that the epoch has made is safe ...
    if (Status s = dead_letters.sync(epochs.requested(), end != EpochEnd::kGoesOn); !s) return s;
    // ... so it is decided; positions without the state that belongs to them would be a lie ...
    const bool stored = folder && (end != EpochEnd::kGoesOn || !program.stateful());
    if (stored) {
        if (Status s = store_commit(*this, parts, end); !s) return s;
    }
    epochs.set_committed(epochs.requested());
    // ... and sinks apply it, on their threads; then others may know
    wake_all();
    if (stored || (!folder && !program.stateful())) {
        for (size_t s = 0; s < sources.size(); ++s) {
            if (!sources[s].source) continue;
            SourcePositions positions;
            for (auto& split : parts.positions[s]) positions.emplace_back(split.partition, split.position);
            const std::string who = "source \"" + program.sources[s].name + "\" (positions)";
            Status committed = sources[s].source->tell(positions);
            if (committed) {
                if (degraded.any()) degraded.clear(who);
            } else {
                degraded.set(who, committed.error().message);  // the next epoch's positions include these
            }
        }
    }
    return {};
}

}  // namespace streamql
