// How a worker's tasks are made and joined, before its thread starts.
#include <algorithm>

#include "runtime/engine/worker.h"

namespace streamql {

Worker::Worker(Job& job, int index, std::vector<std::unique_ptr<Decoder>> decoders)
    : job_(job),
      index_(index),
      ledger_(job.ledger.worker(index)),
      counters_(*job.counters[index]),
      wakeup_(*job.wakeups[index]),
      meter_(job.environment.analyze),
      root_passed_(job.topology.roots.size()),
      exit_passed_(job.topology.exits.size()),
      epoch_(job.epochs.requested()) {
    build_dead_letter_exits();
    errors_ = std::make_unique<RowErrors>(error_targets());
    build_tasks();
    build_scans(std::move(decoders));
    build_exchange_roots();
}

void Worker::build_dead_letter_exits() {
    letter_sinks_.resize(job_.sinks.size());
    for (auto& source : job_.sources) {
        const int sink = source.dead_letter_sink;
        if (sink < 0 || letter_sinks_[sink]) continue;
        Channel& channel = job_.sinks[sink]->add_channel(job_.program.job.batch_rows, wakeup_);
        // its rows are no ledger rows, and it has no node: the figures go nowhere but to the sink's own
        auto& figures = letter_figures_.emplace_back(std::make_unique<TaskCounters>());
        letter_sinks_[sink] =
            std::make_unique<SinkTask>(channel, job_.program.job.batch_rows, ledger_, meter_, *figures);
    }
}

RowErrorTargets Worker::error_targets() {
    RowErrorTargets to{&job_.program, &job_.clock, &job_.dead_letters, &epoch_, &job_.failure, &job_.policies, {}};
    for (auto& source : job_.sources) {
        auto& deliver = to.to_sink.emplace_back();
        if (source.dead_letter_sink < 0) continue;
        std::vector<std::string> columns;
        for (auto& column : job_.program.sinks[source.dead_letter_sink].columns) columns.push_back(column.name);
        SinkTask* sink = letter_sinks_[source.dead_letter_sink].get();
        deliver = [this, sink, columns](const DeadLetter& letter) {
            append_letter(sink->pending(), columns, letter);
            counters_.letters_to_sinks.add(1);
            if (sink->pending().rows() >= job_.program.job.batch_rows) sink->flush();
        };
    }
    return to;
}

void Worker::build_tasks() {
    tasks_.resize(job_.program.nodes.size());
    for (int node = static_cast<int>(tasks_.size()) - 1; node >= 0; --node) tasks_[node] = make_task(node);
}

std::vector<std::vector<Outputs::Target>> Worker::targets_of(int node) {
    std::vector<std::vector<Outputs::Target>> targets;
    for (auto& port : job_.topology.consumers[node]) {
        auto& list = targets.emplace_back();
        for (auto& edge : port) list.push_back({tasks_[edge.node].get(), &edge});
    }
    return targets;
}

std::unique_ptr<Task> Worker::make_task(int index) {
    const Node& node = job_.program.nodes[index];
    TaskCounters& figures = *counters_.nodes[index];
    const int64_t batch_rows = job_.program.job.batch_rows;
    if (std::holds_alternative<ScanNode>(node.kind)) return nullptr;
    if (auto* sink = std::get_if<SinkNode>(&node.kind)) {
        Channel& channel = job_.sinks[sink->sink]->add_channel(batch_rows, wakeup_);
        return std::make_unique<SinkTask>(channel, batch_rows, ledger_, meter_, figures);
    }
    if (auto* exchange = std::get_if<ExchangeNode>(&node.kind)) {
        if (job_.workers == 1) return std::make_unique<PassThroughTask>(Outputs(ledger_, targets_of(index)), figures);
        std::vector<Channel*> channels;
        for (int to = 0; to < job_.workers; ++to)
            channels.push_back(job_.exchanges[index][index_ * job_.workers + to].get());
        return std::make_unique<ExchangeTask>(node.output, exchange->key_columns, std::move(channels), batch_rows,
                                              meter_, figures);
    }
    OperatorContext context;
    context.program = &job_.program;
    context.node = &node;
    for (auto& input : node.inputs) context.inputs.push_back(port_types(job_.program, input));
    context.clock = &job_.clock;
    context.timezone = job_.timezone;
    context.worker = index_;
    context.workers = job_.workers;
    context.batch_rows = batch_rows;
    context.lines = static_cast<int64_t>(job_.topology.lines.size());
    context.abort = &job_.abort;
    auto task = std::make_unique<OperatorTask>(context, make_operator(context), Outputs(ledger_, targets_of(index)),
                                               ledger_, *errors_, meter_, figures);
    task->work().register_state(job_.catalogs[index_][index]);
    job_.operators[index_][index] = &task->work();
    return task;
}

void Worker::build_scans(std::vector<std::unique_ptr<Decoder>> decoders) {
    const auto& roots = job_.topology.roots;
    for (size_t r = 0; r < roots.size(); ++r) {
        if (!roots[r].scan) continue;
        const int source = roots[r].index;
        OpenSource& open = job_.sources[source];
        ScanRoot& scan = scans_.emplace_back();
        scan.source = source;
        scan.root = static_cast<int>(r);
        std::vector<const SplitProgress*> own;
        if (open.source) {
            const SourceSpec& spec = job_.program.sources[source];
            scan.scanner = std::make_unique<Scanner>(spec, source, open.place, std::move(decoders[source]), *errors_,
                                                     job_.clock, job_.timezone);
            std::vector<Type> types;
            for (auto& column : spec.columns) types.push_back(column.column.type);
            scan.batch = std::make_unique<Batch>(types, job_.program.job.batch_rows);
            for (auto& assigned : open.by_worker[index_]) {
                own.push_back(assigned.progress);
                OwnSplit& split = scan.splits.emplace_back();
                split.watermark = assigned.progress->watermark.load(std::memory_order_relaxed);
                split.assigned = std::move(assigned);
            }
        }
        scan.watermark = std::make_unique<SourceWatermark>(std::move(own), open.all_progress, open.idle_advance);
        for (auto& edge : job_.topology.scans[source]) {
            const bool skips = traits(job_.program.nodes[edge.node]).skips_dead_rows;
            (skips ? scan.pipelines : scan.others).push_back({tasks_[edge.node].get(), &edge});
        }
    }
}

void Worker::build_exchange_roots() {
    const auto& roots = job_.topology.roots;
    for (size_t r = roots.size(); r-- > 0;) {  // nodes are in topological order: the last is nearest the sinks
        if (roots[r].scan) continue;
        ExchangeRoot& root = exchanges_.emplace_back();
        root.root = static_cast<int>(r);
        for (int from = 0; from < job_.workers; ++from)
            root.channels.push_back(job_.exchanges[roots[r].index][from * job_.workers + index_].get());
        root.watermarks.assign(job_.workers, kMinTime);
        root.held.assign(job_.workers, false);
        root.outputs = std::make_unique<Outputs>(ledger_, targets_of(roots[r].index));
    }
}

}  // namespace streamql
