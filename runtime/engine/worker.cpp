#include "runtime/engine/worker.h"

#include <algorithm>

namespace streamql {

void Worker::run() {
    while (!job_.abort.load(std::memory_order_acquire)) {
        if (start_barrier() || step_exchanges() || step_sources()) continue;
        for (auto& task : tasks_)
            if (task) task->flush();
        for (auto& sink : letter_sinks_)
            if (sink) sink->flush();
        publish();
        if (job_.finish.load(std::memory_order_acquire)) return;
        wakeup_.wait(
            std::chrono::milliseconds(scans_ended_ || job_.pause_sources.load(std::memory_order_relaxed) ? 20 : 1));
    }
}

bool Worker::root_held(int root) const {
    if (root_passed_[root] == 0) return false;
    const auto& peers = job_.topology.roots[root].peers;
    return std::any_of(peers.begin(), peers.end(), [&](int peer) { return root_passed_[peer] < root_passed_[root]; });
}

bool Worker::root_has_credit(int root) const {
    const auto& exits = job_.topology.roots[root].exits;
    return std::all_of(exits.begin(), exits.end(),
                       [&](int exit) { return tasks_[job_.topology.exits[exit].node]->has_credit(); });
}

void Worker::end_step() {
    for (auto& exit : job_.topology.exits) tasks_[exit.node]->step_end();
    errors_->flush();
    for (auto& sink : letter_sinks_)
        if (sink) sink->step_end();
    if ((++steps_ & 63) == 0) publish();
}

void Worker::publish() {
    for (auto& task : tasks_)
        if (task) task->publish();
}

void Worker::pass_barrier(int root, int64_t epoch) {
    root_passed_[root] = epoch;
    auto passed = [&](int other) { return root_passed_[other] >= epoch; };
    for (int exit : job_.topology.roots[root].exits) {
        const auto& roots = job_.topology.exits[exit].roots;
        if (exit_passed_[exit] >= epoch || !std::all_of(roots.begin(), roots.end(), passed)) continue;
        exit_passed_[exit] = epoch;
        tasks_[job_.topology.exits[exit].node]->barrier(epoch);
    }
    if (letters_passed_ < epoch &&
        std::all_of(root_passed_.begin(), root_passed_.end(), [&](int64_t e) { return e >= epoch; })) {
        letters_passed_ = epoch;
        for (auto& sink : letter_sinks_)
            if (sink) sink->barrier(epoch);
    }
}

bool Worker::start_barrier() {
    const int64_t epoch = job_.epochs.requested();
    if (epoch == epoch_) return false;
    std::vector<std::vector<SplitCommit>> positions(job_.sources.size());
    for (auto& scan : scans_) {
        for (auto& split : scan.splits) {
            const AssignedSplit& own = split.assigned;
            positions[scan.source].push_back(
                {own.split.partition, own.split.name, own.reader->position(), split.watermark});
        }
    }
    publish();
    errors_->flush();  // letters of the epoch that ends here
    epoch_ = epoch;
    for (auto& scan : scans_) pass_barrier(scan.root, epoch);
    job_.epochs.worker_passed(std::move(positions), ledger_.counts());
    return true;
}

bool Worker::step_exchanges() {
    for (auto& root : exchanges_)
        if (!root_held(root.root) && step_exchange(root)) return true;
    return false;
}

bool Worker::step_exchange(ExchangeRoot& root) {
    const size_t channels = root.channels.size();
    for (size_t tried = 0; tried < channels; ++tried) {
        const size_t from = (root.next + tried) % channels;
        Channel& channel = *root.channels[from];
        if (root.held[from]) continue;
        const ChannelItem::Kind kind = channel.front();
        if (kind == ChannelItem::Kind::kNone) continue;
        if (kind != ChannelItem::Kind::kBarrier && !root_has_credit(root.root)) return false;
        const ChannelItem item = channel.pop();
        root.next = from + 1;
        if (kind == ChannelItem::Kind::kRows) {
            root.outputs->rows(*item.rows, 0);
            channel.recycle(item.rows);
        } else if (kind == ChannelItem::Kind::kWatermark) {
            root.watermarks[from] = item.value;
            const int64_t least = *std::min_element(root.watermarks.begin(), root.watermarks.end());
            if (least > root.passed_on) root.outputs->watermark(root.passed_on = least);
        } else {
            root.held[from] = true;
            if (++root.at_barrier == channels) {
                root.at_barrier = 0;
                std::fill(root.held.begin(), root.held.end(), false);
                errors_->flush();
                pass_barrier(root.root, item.value);
            }
            return true;
        }
        end_step();
        return true;
    }
    return false;
}

}  // namespace streamql
