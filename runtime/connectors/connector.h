// The contract of connectors: sources split into partitions that give batches of raw messages, and sinks that take
// batches.
//
// What: a connector states its options and makes Sources and Sinks. Adding one is a folder and a line in
// connector_list.cpp. Invariants: a split is one partition, read in order by one reader; a RawBatch holds messages of
// one split and its bytes live until the next poll of the same reader (or its end). A source position is opaque bytes a
// split, out (SplitReader::position) and in (Source::open). An epoch ends in this order, for all sinks of the job
// together (Job::commit_epoch): prepare, the engine stores its commit, apply, tell. Errors: the outside world's are
// converted in the connector's own file to Error{code, message, help, retryable}; a retryable one is tried again.
// Threading: Source is used by the thread that runs the job; a SplitReader by one worker at a time; a Sink by its own
// thread, except open() (the job's, before the threads start).
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/result.h"
#include "runtime/connectors/options.h"
#include "runtime/program/program.h"
#include "runtime/record/batch.h"

namespace streamql {

struct RawMessage {
    const char* data = nullptr;  ///< the value; null = tombstone
    uint32_t size = 0;
    uint32_t key_size = 0;
    const char* key = nullptr;  ///< null = no key
    int64_t offset = 0;
    int64_t timestamp = kMinTime;  ///< microseconds; kMinTime = none
    const void* native = nullptr;  ///< the connector's own message, for rarely wanted metadata (headers)
};

struct RawBatch {
    const RawMessage* messages = nullptr;
    int64_t count = 0;
    uint32_t partition = 0;
    bool padded = false;  ///< 64 readable bytes behind every message
};

enum class Poll : uint8_t { kData, kNothing, kEnd };

class SplitReader {
  public:
    virtual ~SplitReader() = default;
    /// Up to `max` messages, without blocking longer than a few milliseconds. kNothing: none now. kEnd: this split is
    /// done (bounded). After a retryable error the engine shows DEGRADED and polls again.
    virtual Result<Poll> poll(int64_t max, RawBatch& out) = 0;
    /// Opaque position behind the last message handed out.
    virtual std::string position() const = 0;
    /// Where a message of the last batch lies, as people look for it ("data.csv, line 12"); empty: partition and offset
    /// say it.
    virtual std::string place_of(const RawMessage&) const { return {}; }
    /// Headers of a message of the last batch as the text of a JSON object (metadata column `headers`).
    virtual std::string headers(const RawMessage&) const { return {}; }
};

struct Split {
    uint32_t partition = 0;
    std::string name;             ///< for people: "clicks[3]", a file's path
    bool empty_at_start = false;  ///< nothing lies ahead of its first position: until a row comes it holds no watermark
};

/// Of one source: partition and what SplitReader::position() said.
using SourcePositions = std::vector<std::pair<uint32_t, std::string>>;

class Source {
  public:
    virtual ~Source() = default;
    /// Connects (waiting at most connect_timeout) and lists the splits. `resume`: where an earlier run of the job was;
    /// empty: nowhere, so `start` decides. A split that is not among them is new and read from its start.
    virtual Result<std::vector<Split>> open(const SourcePositions& resume) = 0;
    virtual Result<std::unique_ptr<SplitReader>> reader(const Split&) = 0;
    virtual bool bounded() const = 0;
    /// After an epoch's commit is stored: lets others know (a Kafka group, for lag monitors). Nothing rests on it.
    virtual Status tell(const SourcePositions& positions) { return {}; }
    /// Topic, path or generator: metadata column `topic`, and what dead letters name.
    virtual std::string place() const = 0;
};

/// A row that the sink refused for its content: the engine makes it a derived dead letter.
struct RejectedRow {
    int64_t row = -1;  ///< of the batch in write(); -1 when found in prepare()
    std::string reason;
    std::string text{};  ///< found in prepare(): the row as JSON
};

class Sink {
  public:
    virtual ~Sink() = default;
    /// Connects, creates what `create = 'if_missing'` asks for, checks columns. `resume`: what prepare() recorded in
    /// the last commit of this job, which goes on from there (and was perhaps not applied yet); null: a fresh
    /// beginning.
    virtual Status open(const std::string* resume) = 0;
    /// Takes a batch's rows (copies or sends them before it returns). Rows refused for their content go to `rejected`.
    /// After a retryable Error it is called again with the same batch and the same `rejected`, and neither loses nor
    /// repeats a row or a refusal.
    virtual Status write(const Batch& batch, std::vector<RejectedRow>& rejected) = 0;
    /// Ends an epoch: when it returns, every row written so far is safe, at the other side or by what the returned
    /// bytes record (files: the synced length). Under retry as write().
    virtual Result<std::string> prepare(int64_t epoch, std::vector<RejectedRow>& rejected) = 0;
    /// The epoch's commit is stored: what was prepared may be seen. Idempotent.
    virtual Status apply(int64_t epoch) { return {}; }
    /// After the last commit. `ended`: the input has ended, so results are whole; else the job was stopped and goes on
    /// one day.
    virtual Status close(bool ended) = 0;
};

struct ConnectorContext {
    const JobOptions* job = nullptr;
    Clock* clock = nullptr;
    bool endless = false;  ///< for sinks: the job's input has no end, so what appears only at the end never would
    const std::vector<SourceSpec>* sources = nullptr;  ///< for sinks: what the job reads
};

struct Connector {
    std::string name;
    std::string doc;
    std::vector<OptionSpec> options;
    /// null where the connector cannot be a source / a sink
    Result<std::unique_ptr<Source>> (*make_source)(const SourceSpec&, const ConnectorContext&) = nullptr;
    Result<std::unique_ptr<Sink>> (*make_sink)(const SinkSpec&, const ConnectorContext&) = nullptr;
    /// Checks beyond single options ("rows or path, not both"); may be null.
    void (*check)(const Options&, bool as_source, std::vector<OptionProblem>&) = nullptr;
    // Facts: what the planner and the tools ask instead of looking at names.
    /// Whether a source with these options ends by itself; null: never.
    bool (*bounded)(const Options&) = nullptr;
    bool upsert = false;            ///< its sinks take a PRIMARY KEY
    bool server = false;            ///< needs one: --local puts something else in its place
    bool shows_selects = false;     ///< takes the rows of a SELECT without INSERT
    std::string place_option{};     ///< the option that says what is read or written: "topic", "path"
    std::string stand_in_option{};  ///< of a source that can stand in under --local: the option that takes ...
    std::string stand_in_for{};     ///< ... what this option of the source in whose place it stands says
    /// Options of a sink that stands in under --local for the sink of this name; null: it cannot.
    std::map<std::string, std::string> (*local_sink)(const std::string& name) = nullptr;
    /// Options of a sink that sends its one BYTES column as it is to this place; null: it cannot.
    std::map<std::string, std::string> (*message_sink)(const std::string& place) = nullptr;
    /// Whether what a sink of the second options writes is what a source or another sink of the first ones reads or
    /// writes, so that one would destroy or feed the other; null: sharing is fine.
    bool (*same_place)(const Options&, const Options& sink) = nullptr;
};

/// All connectors, in the order they are listed; the one place where they are registered.
const std::vector<Connector>& connector_list();
const Connector* find_connector(std::string_view name);
/// The first one for which `fact` holds, as for example [](const Connector& c) { return c.shows_selects; }.
const Connector* find_connector(bool (*fact)(const Connector&));
/// Options that every source takes beside its own: idle_timeout, max_future, on_error ...
const std::vector<OptionSpec>& common_source_options();

}  // namespace streamql
