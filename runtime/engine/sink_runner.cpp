#include "runtime/engine/sink_runner.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/engine/job.h"

namespace streamql {

namespace {
constexpr std::chrono::milliseconds kFirstPause{50}, kLongestPause{2000}, kGlance{10};
}

SinkRunner::SinkRunner(const SinkSpec& spec, size_t index, std::unique_ptr<Sink> sink)
    : spec_(spec),
      index_(index),
      name_("sink \"" + spec.name + "\""),
      sink_(std::move(sink)),
      policy_(spec.name, spec.options, 0) {
    for (auto& column : spec.columns) types_.push_back(column.type);
}

Channel& SinkRunner::add_channel(int64_t batch_rows, Wakeup& producer) {
    channels_.push_back(std::make_unique<Channel>(types_, batch_rows, wakeup_, producer));
    held_.push_back(false);
    return *channels_.back();
}

void SinkRunner::start(std::shared_ptr<Job> job) {
    thread_ = std::thread([this, job] {
        run(*job);
        done_.store(true, std::memory_order_release);
        job->epochs.wakeup().notify();
    });
}

void SinkRunner::join(std::chrono::milliseconds patience) {
    if (!thread_.joinable()) return;
    const auto give_up = std::chrono::steady_clock::now() + patience;
    while (!done_.load(std::memory_order_acquire)) {
        if (std::chrono::steady_clock::now() >= give_up) {
            thread_.detach();  // it keeps the job alive for itself
            return;
        }
        std::this_thread::sleep_for(kGlance);
    }
    thread_.join();
}

void SinkRunner::close_channels() {
    for (auto& channel : channels_) channel->close();
}

void SinkRunner::run(Job& job) {
    while (!job.abort.load(std::memory_order_acquire)) {
        const bool finish = job.finish.load(std::memory_order_acquire);  // before apply(): it comes behind the decision
        bool worked = false;
        for (size_t i = 0; i < channels_.size(); ++i) worked |= take_one(job, i);
        if (at_barrier_ == channels_.size()) {
            prepare(job);
            worked = true;
        }
        worked |= apply(job);
        if (worked) continue;
        if (finish) {
            const bool ended = job.ended.load(std::memory_order_acquire);
            if (!persist(job, [&] { return sink_->close(ended); }) || !ended) return;
            if (Status s = policy_.count_end(); !s) job.failure.set(s.error());
            return;
        }
        wakeup_.wait(std::chrono::milliseconds(50));
    }
}

bool SinkRunner::take_one(Job& job, size_t index) {
    Channel& channel = *channels_[index];
    if (held_[index] || channel.front() == ChannelItem::Kind::kNone) return false;
    const ChannelItem item = channel.pop();
    if (item.kind == ChannelItem::Kind::kRows) {
        write(job, *item.rows);
        channel.recycle(item.rows);
    } else if (item.kind == ChannelItem::Kind::kBarrier) {
        epoch_ = item.value;
        held_[index] = true;
        channel.set_held(true);
        ++at_barrier_;
    }
    return true;
}

void SinkRunner::write(Job& job, const Batch& batch) {
    refused_.clear();
    const bool written = persist(job, [&] { return sink_->write(batch, refused_); });
    if (!written) return;
    offered_ += batch.rows();
    unapplied_ += batch.rows() - static_cast<int64_t>(refused_.size());
    keep_refused(job, &batch);
}

void SinkRunner::prepare(Job& job) {
    refused_.clear();
    std::string prepared;
    const bool done = persist(job, [&]() -> Status {
        auto bytes = sink_->prepare(epoch_, refused_);
        if (!bytes) return bytes.error();
        prepared = std::move(*bytes);
        return {};
    });
    if (!done) return;
    unapplied_ -= static_cast<int64_t>(refused_.size());
    keep_refused(job, nullptr);
    if (Status s = policy_.count_records(std::exchange(offered_, 0)); !s) job.failure.set(s.error());
    at_barrier_ = 0;
    job.epochs.sink_prepared(index_, std::move(prepared));
}

/// True if the epoch was decided meanwhile; then rows flow again.
bool SinkRunner::apply(Job& job) {
    if (applied_ == epoch_ || job.epochs.committed() < epoch_) return false;
    if (!persist(job, [&] { return sink_->apply(epoch_); })) return false;
    applied_ = epoch_;
    rows_.add(std::exchange(unapplied_, 0));
    for (size_t i = 0; i < channels_.size(); ++i) {
        held_[i] = false;
        channels_[i]->set_held(false);
    }
    return true;
}

bool SinkRunner::persist(Job& job, const std::function<Status()>& attempt) {
    bool degraded = false;
    for (auto pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
        if (job.abort.load(std::memory_order_acquire)) return false;
        Status status = attempt();
        if (status) {
            if (degraded) job.degraded.clear(name_);
            return true;
        }
        if (!status.error().retryable) {
            job.failure.set(status.error());
            // wait for the coordinator to abort: nothing more may be written
            while (!job.abort.load(std::memory_order_acquire)) wakeup_.wait(kGlance);
            return false;
        }
        degraded = true;
        job.degraded.set(name_, status.error().message);
        const auto until = std::chrono::steady_clock::now() + pause;
        while (std::chrono::steady_clock::now() < until && !job.abort.load(std::memory_order_acquire))
            wakeup_.wait(kGlance);
    }
}

void SinkRunner::keep_refused(Job& job, const Batch* batch) {
    if (refused_.empty()) return;
    rejected_.add(static_cast<int64_t>(refused_.size()));
    std::string lines;
    int64_t letters = 0;
    for (auto& refused : refused_) {
        policy_.count_error(-1);
        if (policy_.on_error() == OnError::kFail)
            job.failure.set({ErrorCode::kData, fmt::format("{} has refused a row: {}", name_, refused.reason),
                             "on_error = 'fail' stops at the first; 'dead_letter' keeps such rows apart", false});
        if (policy_.on_error() == OnError::kSkip) continue;
        ++letters;
        DeadLetter letter;
        letter.time = job.clock.now_micros();
        letter.code = RowError::kSinkRejected;
        letter.reason = refused.reason;
        letter.operator_name = name_;
        std::string text;
        if (!batch) text = refused.text;
        if (batch && refused.row >= 0) text = row_text(batch->view(), types_, refused.row, 0, types_.size());
        letter.row = text;
        append_letter(lines, letter);
    }
    if (letters == 0) return;
    if (Status s = job.dead_letters.append(lines, letters, applied_); !s) job.failure.set(s.error());
}

}  // namespace streamql
