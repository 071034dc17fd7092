#include "runtime/engine/query.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <thread>

#include "runtime/engine/job_state.h"
#include "runtime/engine/query_figures.h"
#include "runtime/engine/worker.h"

namespace streamql {

namespace {

using Steady = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kStopPatience{4000};  // for the last epoch after stop()
constexpr std::chrono::milliseconds kLeavePatience{600};  // for sink threads after an abort
constexpr std::chrono::microseconds kGlance{10'000};      // between looks at the clock and the stop flag

int64_t cpu_micros_now() {
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    auto micros = [](const timeval& t) { return t.tv_sec * 1'000'000 + t.tv_usec; };
    return micros(usage.ru_utime) + micros(usage.ru_stime);
}

}  // namespace

struct Query::Impl : Job, std::enable_shared_from_this<Query::Impl> {
    Impl(const Program& p, QueryEnvironment e, Clock& c) : Job(p, std::move(e), c, std::max(1, p.job.parallelism)) {}

    // the walk, in order
    Status open_sources();
    Status open_sinks();
    Status assign_splits();
    Result<std::vector<std::vector<std::unique_ptr<Decoder>>>> make_decoders();
    void build_workers(std::vector<std::vector<std::unique_ptr<Decoder>>> decoders);
    void start_threads();
    Status lead_epochs();
    void end_threads(bool in_order);

    bool stop_wanted() const {
        return stop_flag.load(std::memory_order_acquire) ||
               (environment.stop_requested && environment.stop_requested->load(std::memory_order_acquire));
    }
    bool all_scans_ended() const {
        return std::all_of(counters.begin(), counters.end(),
                           [](auto& c) { return c->scans_ended.load(std::memory_order_acquire); });
    }
    bool silent_for(int64_t micros) const;
    void log(const std::string& text) const {
        if (environment.log) environment.log(text);
    }

    /// A stop closes nothing: operators may still hold source rows that nobody has decided about.
    void book_held_rows(QueryReport& report) const;

    std::vector<std::unique_ptr<Worker>> built;
    std::vector<std::thread> threads;
    std::atomic<bool> stop_flag{false};
    bool stopped = false, aborted = false;
    std::mutex status_mutex;
    StatusMemory status_memory;
};

Result<std::unique_ptr<Query>> Query::create(const Program& program, QueryEnvironment environment) {
    SQ_CHECK(environment.find_connector && environment.make_decoder, "an environment without connectors or formats");
    Clock& clock = environment.clock ? *environment.clock : Clock::system();
    auto missing = [](const std::string& connector, const char* role, const std::string& relation) {
        return Error{ErrorCode::kQuery,
                     fmt::format("connector '{}' of \"{}\" cannot be a {}", connector, relation, role), "", false};
    };
    for (auto& source : program.sources) {
        const Connector* connector = environment.find_connector(source.connector);
        if (!connector || !connector->make_source) return missing(source.connector, "source", source.name);
    }
    for (auto& sink : program.sinks) {
        const Connector* connector = environment.find_connector(sink.connector);
        if (!connector || !connector->make_sink) return missing(sink.connector, "sink", sink.name);
    }
    const TimeZone* timezone = environment.timezone ? environment.timezone : find_timezone(program.job.timezone);
    if (!timezone) {
        return Error{ErrorCode::kQuery, fmt::format("there is no time zone '{}'", program.job.timezone),
                     "SET timezone takes a name such as 'Europe/Berlin' or an offset such as '+02'", false};
    }
    auto impl = std::make_shared<Impl>(program, std::move(environment), clock);
    impl->timezone = timezone;
    return std::unique_ptr<Query>(new Query(std::move(impl)));
}

Query::~Query() = default;

void Query::stop() {
    impl_->stop_flag.store(true, std::memory_order_release);
    impl_->epochs.wakeup().notify();
}

StatusSnapshot Query::status() {
    if (!impl_->running.load(std::memory_order_acquire)) return {};
    std::lock_guard lock(impl_->status_mutex);
    return take_status(*impl_, impl_->status_memory);
}

Result<QueryReport> Query::run() {
    Impl& job = *impl_;
    const auto wall_start = Steady::now();
    const int64_t cpu_start = cpu_micros_now();

    // what an earlier run has left: positions, state, counts
    if (Status s = find_earlier_run(job); !s) return s.error();
    // where rows come from and go to
    if (Status s = job.open_sources(); !s) return s.error();
    if (Status s = job.open_sinks(); !s) return s.error();
    // every partition to one worker
    if (Status s = job.assign_splits(); !s) return s.error();
    // every worker its instance of every node, with the state that it owns
    auto decoders = job.make_decoders();
    if (!decoders) return decoders.error();
    job.build_workers(std::move(*decoders));
    if (Status s = load_state(job); !s) return s.error();
    // rows flow; epochs end until the input does, or somebody stops it
    job.start_threads();
    const Status led = job.lead_epochs();
    job.end_threads(led.ok() && !job.aborted);
    if (!led || job.failure.failed()) {
        // what was refused until here is worth reading; nothing rests on it
        [[maybe_unused]] const Status letters = job.dead_letters.sync(job.epochs.requested(), true);
        return led ? *job.failure.get() : led.error();
    }

    if (!job.aborted) {
        if (Status s = close_commit(job); !s) return s.error();
    }
    QueryReport report = make_report(job);
    report.stopped = job.stopped;
    report.aborted = job.aborted;
    if (!job.aborted) {
        job.book_held_rows(report);
        if (!report.balanced())
            return Error{ErrorCode::kInternal, "the ledger does not add up:\n" + report.to_text(),
                         "this is a fault of StreamQL: please report it with the query", false};
    }
    report.wall_micros = std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - wall_start).count();
    report.cpu_micros = cpu_micros_now() - cpu_start;
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    report.peak_memory_bytes = usage.ru_maxrss * 1024;
    return report;
}

void Query::Impl::book_held_rows(QueryReport& report) const {
    for (auto& worker : operators)
        for (auto* op : worker)
            if (op) op->held([&](int64_t line, int64_t rows) { report.lines[line].held += rows; });
}

Status Query::Impl::open_sources() {
    const ConnectorContext context{&program.job, &clock};
    for (size_t s = 0; s < sources.size(); ++s) {
        if (topology.scans[s].empty()) continue;
        const SourceSpec& spec = program.sources[s];
        auto made = environment.find_connector(spec.connector)->make_source(spec, context);
        if (!made) return made.error();
        OpenSource& open = sources[s];
        open.source = std::move(*made);
        open.by_worker.resize(workers);
        open.place = open.source->place();
        auto positions = resumed_positions(*this, s, open.place);
        if (!positions) return positions.error();
        auto splits = open.source->open(*positions);
        if (!splits) return splits.error();
        open.bounded = open.source->bounded();
        const int64_t timeout = spec.options.has("idle_timeout") ? spec.options.duration("idle_timeout") : 30'000'000;
        open.idle_timeout = open.bounded ? -1 : timeout;
        open.idle_advance = spec.options.has("idle_advance") && spec.options.boolean("idle_advance");
        const std::string letters = spec.options.text("dead_letter");
        for (size_t k = 0; k < program.sinks.size(); ++k)
            if (!letters.empty() && program.sinks[k].name == letters) open.dead_letter_sink = static_cast<int>(k);
        // beside a backlog, an empty partition holds nothing until a row comes
        const bool all_empty = std::all_of(splits->begin(), splits->end(), [](auto& s) { return s.empty_at_start; });
        for (auto& split : *splits) {
            auto& progress = *open.progress.emplace_back(std::make_unique<SplitProgress>());
            progress.source = static_cast<int>(s);
            progress.partition = split.partition;
            progress.name = split.name;
            progress.timed = spec.event_time_column >= 0;
            resume_watermark(*this, s, progress);
            if (split.empty_at_start && !all_empty) progress.state.store(SplitState::kIdle, std::memory_order_relaxed);
            open.all_progress.push_back(&progress);
            auto reader = open.source->reader(split);
            if (!reader) return reader.error();
            open.by_worker[0].push_back({std::move(split), std::move(*reader), &progress});
        }
    }
    return {};
}

Status Query::Impl::open_sinks() {
    const bool endless = !program.job.until_idle && std::any_of(sources.begin(), sources.end(), [](auto& source) {
        return source.source && !source.bounded;
    });
    const ConnectorContext context{&program.job, &clock, endless, &program.sources};
    auto open = [&](size_t k) -> Status {
        if (sinks[k]) return {};
        auto made = environment.find_connector(program.sinks[k].connector)->make_sink(program.sinks[k], context);
        if (!made) return made.error();
        sinks[k] = std::make_unique<SinkRunner>(program.sinks[k], k, std::move(*made));
        return sinks[k]->sink().open(resumed_sink(*this, k));
    };
    for (auto& node : program.nodes) {
        auto* sink = std::get_if<SinkNode>(&node.kind);
        if (!sink) continue;
        if (Status s = open(sink->sink); !s) return s;
    }
    for (auto& source : sources) {
        if (source.dead_letter_sink < 0) continue;
        if (Status s = open(source.dead_letter_sink); !s) return s;
    }
    return {};
}

Status Query::Impl::assign_splits() {
    int next = 0;  // goes on from source to source, so that single partitions spread too
    for (auto& source : sources) {
        if (!source.source) continue;
        std::vector<AssignedSplit> all = std::move(source.by_worker[0]);
        source.by_worker[0].clear();
        for (auto& split : all) source.by_worker[next++ % workers].push_back(std::move(split));
    }
    return {};
}

Result<std::vector<std::vector<std::unique_ptr<Decoder>>>> Query::Impl::make_decoders() {
    std::vector<std::vector<std::unique_ptr<Decoder>>> all(workers);
    for (auto& of_worker : all) {
        of_worker.resize(sources.size());
        for (size_t s = 0; s < sources.size(); ++s) {
            if (!sources[s].source) continue;
            auto decoder = environment.make_decoder(program.sources[s]);
            if (!decoder) return decoder.error();
            of_worker[s] = std::move(*decoder);
        }
    }
    return all;
}

void Query::Impl::build_workers(std::vector<std::vector<std::unique_ptr<Decoder>>> decoders) {
    started = clock.now_micros();
    for (size_t n = 0; workers > 1 && n < program.nodes.size(); ++n) {
        if (!std::holds_alternative<ExchangeNode>(program.nodes[n].kind)) continue;
        for (int from = 0; from < workers; ++from)
            for (int to = 0; to < workers; ++to)
                exchanges[n].push_back(std::make_unique<Channel>(program.nodes[n].output, program.job.batch_rows,
                                                                 *wakeups[to], *wakeups[from]));
    }
    for (int w = 0; w < workers; ++w) built.push_back(std::make_unique<Worker>(*this, w, std::move(decoders[w])));
}

void Query::Impl::start_threads() {
    for (auto& sink : sinks)
        if (sink) sink->start(shared_from_this());
    for (auto& worker : built) threads.emplace_back([&worker] { worker->run(); });
    running.store(true, std::memory_order_release);
}

bool Query::Impl::silent_for(int64_t micros) const {
    if (degraded.any()) return false;
    const int64_t now = clock.now_micros();
    for (auto& source : sources) {
        for (auto& split : source.progress) {
            if (split->state.load(std::memory_order_acquire) == SplitState::kEnded) continue;
            if (split->has_data.load(std::memory_order_relaxed)) return false;
            if (now - std::max(started, split->last_data.load(std::memory_order_relaxed)) < micros) return false;
        }
    }
    return true;
}

Status Query::Impl::lead_epochs() {
    int64_t next_epoch = started + program.job.checkpoint_interval;
    auto next_status = Steady::now();
    Steady::time_point stop_at{};
    EpochEnd end = EpochEnd::kGoesOn;  // of the epoch under way
    Steady::time_point barrier_at{};
    while (true) {
        if (failure.failed()) return *failure.get();
        if (!stopped && stop_wanted()) {
            stopped = true;
            stop_at = Steady::now() + kStopPatience;
            pause_sources.store(true, std::memory_order_release);
        }
        if (stopped && Steady::now() > stop_at) {
            aborted = true;
            log("stopped without finishing the epoch: " +
                (degraded.any() ? degraded.text() : std::string("its rows were still being worked on")));
            return {};
        }
        if (program.job.until_idle && !end_sources.load(std::memory_order_relaxed) &&
            silent_for(*program.job.until_idle))
            end_sources.store(true, std::memory_order_release);

        if (epochs.under_way()) {
            if (epochs.complete()) {
                if (failure.failed()) return *failure.get();  // set by a sink before it said that it has prepared
                epochs.budget().learn(Steady::now() - barrier_at);
                if (Status s = commit_epoch(end); !s) return s;
                ended.store(end == EpochEnd::kInputEnded, std::memory_order_release);
                if (end != EpochEnd::kGoesOn) {
                    stopped = end == EpochEnd::kStopped;
                    return {};
                }
                next_epoch = clock.now_micros() + program.job.checkpoint_interval;
                continue;
            }
        } else if (stopped || all_scans_ended() || clock.now_micros() >= next_epoch || epochs.budget().used_up()) {
            end = all_scans_ended() ? EpochEnd::kInputEnded : stopped ? EpochEnd::kStopped : EpochEnd::kGoesOn;
            barrier_at = Steady::now();
            epochs.begin();
            wake_all();
        }
        if (environment.on_status && Steady::now() >= next_status) {
            std::lock_guard lock(status_mutex);
            environment.on_status(take_status(*this, status_memory));
            next_status = Steady::now() + std::chrono::microseconds(environment.status_interval);
        }
        epochs.wakeup().wait(kGlance);
    }
}

void Query::Impl::end_threads(bool in_order) {
    (in_order ? finish : abort).store(true, std::memory_order_release);
    if (!in_order) close_channels();
    wake_all();
    for (auto& thread : threads) thread.join();
    // a sink that cannot close, or that a stop finds closing, is not waited for
    auto closing = [&] {
        return std::any_of(sinks.begin(), sinks.end(), [](auto& sink) { return sink && !sink->done(); });
    };
    while (in_order && closing() && !failure.failed()) {
        if (stop_wanted()) break;  // join() has patience for a little more
        epochs.wakeup().wait(kGlance);
    }
    if (failure.failed()) {
        abort.store(true, std::memory_order_release);
        wake_all();
    }
    for (auto& sink : sinks)
        if (sink) sink->join(kLeavePatience);
    if (in_order && !failure.failed() && closing()) {
        aborted = true;
        log("stopped before every sink was closed: " + degraded.text());
    }
    abort.store(true, std::memory_order_release);  // whoever was left behind leaves when it can
}

}  // namespace streamql
