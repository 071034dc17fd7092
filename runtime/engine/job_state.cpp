#include "runtime/engine/job_state.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/metrics/report.h"

namespace streamql {

namespace {

constexpr std::chrono::seconds kSayEvery{2};  // how far a large savepoint is

std::vector<OperatorCommit> operators_of(const Job& job) {
    std::vector<OperatorCommit> list;
    for (size_t n = 0; n < job.program.nodes.size(); ++n)
        if (!job.catalogs[0][n].containers().empty())
            list.push_back({job.program.nodes[n].name, job.program.nodes[n].layout});
    return list;
}

/// The parts in which two layouts differ, or empty.
std::string differences(const OperatorCommit& before, const OperatorCommit& now) {
    std::string text;
    auto value = [](const OperatorCommit& o, const std::string& part) -> std::string {
        for (auto& [name, v] : o.layout)
            if (name == part) return v;
        return "nothing";
    };
    for (auto& [part, v] : now.layout)
        if (value(before, part) != v)
            text += fmt::format("{}{}: {} instead of {}", text.empty() ? "" : ", ", part, v, value(before, part));
    for (auto& [part, v] : before.layout)
        if (value(now, part) == "nothing")
            text += fmt::format("{}{}: nothing instead of {}", text.empty() ? "" : ", ", part, v);
    return text;
}

Error changed(const Job& job, const std::string& what) {
    return {ErrorCode::kState,
            fmt::format("the query has changed since the state in {} was saved: {}", job.folder->path(), what),
            fmt::format("run the former query to its end, or remove {} to begin anew at `start`", job.folder->path()),
            false};
}

/// Saved rows name ledger lines by number, and every saved operator must still be there as it was.
Status check_unchanged(const Job& job, const Commit& commit) {
    const std::vector<OperatorCommit> now = operators_of(job);
    auto find = [](const std::vector<OperatorCommit>& list, const std::string& name) {
        return std::find_if(list.begin(), list.end(), [&](auto& o) { return o.name == name; });
    };
    for (auto& before : commit.operators) {
        auto same = find(now, before.name);
        if (same == now.end()) return changed(job, fmt::format("operator {} is gone", before.name));
        if (std::string text = differences(before, *same); !text.empty())
            return changed(job, fmt::format("operator {}: {}", before.name, text));
    }
    for (auto& operator_now : now)
        if (find(commit.operators, operator_now.name) == commit.operators.end())
            return changed(job, fmt::format("operator {} is new", operator_now.name));
    const std::vector<LedgerLine> lines = job.ledger.sum();
    const bool same_lines = std::equal(lines.begin(), lines.end(), commit.lines.begin(), commit.lines.end(),
                                       [](auto& a, auto& b) { return a.source == b.source && a.branch == b.branch; });
    return same_lines ? Status() : changed(job, "the INSERTs that read its sources are others");
}

const SourceCommit* source_of(const Job& job, size_t index) {
    if (!job.resumed) return nullptr;
    for (auto& source : job.resumed->sources)
        if (source.name == job.program.sources[index].name) return &source;
    return nullptr;
}

std::string count_text(int64_t n, const char* one, const char* more) {
    return fmt::format("{} {}", n, n == 1 ? one : more);
}

}  // namespace

Status find_earlier_run(Job& job) {
    job.begun = job.clock.now_micros();
    if (!job.program.job.keep_state) return {};
    const std::string base = job.program.job.state_dir.empty() ? "./streamql-state" : job.program.job.state_dir;
    auto folder = StateFolder::open(base + "/" + job.program.job.job);
    if (!folder) return folder.error();
    job.folder = std::move(*folder);
    const auto& last = job.folder->last();
    auto say = [&](const std::string& text) {
        if (job.environment.log) job.environment.log(fmt::format("job \"{}\": {}", job.program.job.job, text));
    };
    if (!last) {
        say(fmt::format("begins at `start`; {} holds nothing of an earlier run", job.folder->path()));
        return {};
    }
    job.epochs.go_on_after(last->epoch);
    job.dead_letters.begin_after(last->epoch);
    if (last->closed) {
        say(fmt::format("its last run came to the end of its input at {}; begins anew at `start`",
                        time_text(last->time)));
        return {};
    }
    job.resumed = *last;
    job.begun = last->begun;
    job.ledger.go_on_from(last->lines);
    if (Status s = job.dead_letters.go_on_from(last->dead_letter_bytes, last->dead_letters); !s) return s;
    size_t splits = 0;
    for (auto& source : last->sources) splits += source.splits.size();
    say(fmt::format("goes on from epoch {} of {}, at {}{}", last->epoch, time_text(last->time),
                    count_text(static_cast<int64_t>(splits), "position", "positions"),
                    last->savepoint.empty()
                        ? ""
                        : ", with " + count_text(last->savepoint_entries, "entry", "entries") + " of state"));
    return {};
}

Result<SourcePositions> resumed_positions(const Job& job, size_t index, const std::string& place) {
    SourcePositions positions;
    auto* source = source_of(job, index);
    if (!source) return positions;
    if (source->place != place)
        return changed(job, fmt::format("source \"{}\" reads {} instead of {}", source->name, place, source->place));
    for (auto& split : source->splits) positions.emplace_back(split.partition, split.position);
    return positions;
}

void resume_watermark(const Job& job, size_t index, SplitProgress& split) {
    auto* source = source_of(job, index);
    if (!source) return;
    for (auto& before : source->splits)
        if (before.partition == split.partition) split.watermark.store(before.watermark, std::memory_order_relaxed);
}

const std::string* resumed_sink(const Job& job, size_t sink) {
    if (!job.resumed) return nullptr;
    auto found = job.resumed->sinks.find(job.program.sinks[sink].name);
    return found == job.resumed->sinks.end() ? nullptr : &found->second;
}

Status load_state(Job& job) {
    if (!job.resumed) return {};
    const Commit& commit = *job.resumed;
    const bool holds_none = commit.ended || !job.program.stateful();  // its windows are closed, or it has none
    if (holds_none && commit.operators.empty()) return {};
    if (Status s = check_unchanged(job, commit); !s) return s;
    std::vector<size_t> node_of;  // by index in the commit
    for (auto& saved : commit.operators)
        for (size_t n = 0; n < job.program.nodes.size(); ++n)
            if (job.program.nodes[n].name == saved.name && !job.catalogs[0][n].containers().empty())
                node_of.push_back(n);
    return job.folder->load_savepoint([&](const SavedEntry& saved) -> Status {
        if (saved.operator_index >= node_of.size()) return corrupt_entry("it names an operator that there is not");
        const int worker = worker_of_group(saved.entry.group, job.workers);
        for (auto& item : job.catalogs[worker][node_of[saved.operator_index]].containers())
            if (item.name == saved.container) return item.container->load(saved.entry);
        return corrupt_entry("it names a container that there is not");
    });
}

namespace {

Status save_state(Job& job, Commit& commit) {
    auto writer = job.folder->write_savepoint(commit.epoch);
    if (!writer) return writer.error();
    auto say_at = std::chrono::steady_clock::now() + kSayEvery;
    Status status;
    for (int w = 0; w < job.workers; ++w) {
        uint32_t index = 0;
        for (auto& catalog : job.catalogs[w]) {
            for (auto& item : catalog.containers()) {
                item.container->save([&](const StateEntry& entry) {
                    if (status) status = writer->add({index, item.name, entry});
                });
                if (!status) return status;
                if (std::chrono::steady_clock::now() < say_at || !job.environment.log) continue;
                job.environment.log(fmt::format("saving the state: {} so far, {} MB",
                                                count_text(writer->entries(), "entry", "entries"),
                                                writer->bytes() >> 20));
                say_at = std::chrono::steady_clock::now() + kSayEvery;
            }
            index += catalog.containers().empty() ? 0 : 1;
        }
    }
    auto entries = writer->finish();
    if (!entries) return entries.error();
    commit.savepoint = StateFolder::savepoint_name(commit.epoch);
    commit.savepoint_entries = *entries;
    return {};
}

}  // namespace

Status store_commit(Job& job, const EpochParts& parts, EpochEnd end) {
    Commit commit;
    commit.job = job.program.job.job;
    commit.folder_id = job.folder->id();
    commit.epoch = job.epochs.requested();
    commit.time = job.clock.now_micros();
    commit.begun = job.begun;
    commit.ended = end == EpochEnd::kInputEnded;
    for (size_t s = 0; s < job.sources.size(); ++s)
        if (job.sources[s].source)
            commit.sources.push_back({job.program.sources[s].name, job.sources[s].place, parts.positions[s]});
    // behind the last barrier nothing is booked any more; before, rows of the next epoch already are
    commit.lines = end == EpochEnd::kGoesOn ? job.ledger.named(parts.lines) : job.ledger.sum();
    for (size_t k = 0; k < job.sinks.size(); ++k)
        if (job.sinks[k]) commit.sinks[job.program.sinks[k].name] = parts.prepared[k];
    commit.dead_letter_bytes = job.dead_letters.bytes();
    commit.dead_letters = job.dead_letters.synced_letters();
    if (end == EpochEnd::kStopped && job.program.stateful()) {
        commit.operators = operators_of(job);
        if (Status s = save_state(job, commit); !s) return s;
    }
    if (Status s = job.folder->store(commit); !s) return s;
    job.stored = std::move(commit);
    return {};
}

Status close_commit(Job& job) {
    if (!job.stored || !job.stored->ended) return {};
    job.stored->closed = true;
    return job.folder->store(*job.stored);
}

}  // namespace streamql
