// Topics and sinks in memory, for tests of the runtime with plain C++ programs: no server, no files, no compiler.
//
// What: a MemoryWorld holds topics (partitions of messages, bounded or live) and sinks (rows as text, committed by
// epoch, with faults that a test sets). Messages are "time|key|value" with an empty field for NULL; anything else is
// malformed. Invariants: one world at a time is current (connectors are plain functions); tests make it first and end
// it last. Threading: topics and sinks lock for themselves.
#pragma once
#include <atomic>
#include <charconv>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/connectors/connector.h"
#include "runtime/formats/decoder.h"

namespace streamql::testing {

struct MemoryTopic {
    std::mutex mutex;
    std::vector<std::deque<std::string>> partitions;  ///< deques: messages stay in place while others come
    bool bounded = true;
    int empty_at_start = -1;               ///< a partition of which the broker says so
    int64_t polls_before_data = 0;         ///< live: polls that give nothing first
    std::atomic<int> retryable_errors{0};  ///< next polls fail so often
    std::map<uint32_t, std::string> told;  ///< positions of the last epoch
    void add(size_t partition, std::string message) {
        std::lock_guard lock(mutex);
        if (partitions.size() <= partition) partitions.resize(partition + 1);
        partitions[partition].push_back(std::move(message));
    }
};

struct MemoryTable {
    std::mutex mutex;
    std::vector<std::string> rows;     ///< committed
    std::vector<std::string> pending;  ///< written since the last commit
    std::vector<int64_t> epochs;       ///< epochs committed
    bool keep_rows = true;             ///< false: count only
    std::atomic<int64_t> written{0};
    std::atomic<int> retryable_errors{0};  ///< next writes fail so often
    std::atomic<int> commit_errors{0};     ///< next commits fail so often (retryable)
    std::atomic<bool> down{false};         ///< every write and commit fails, retryable
    std::atomic<bool> broken{false};       ///< fails for good
    std::atomic<int64_t> micros_a_batch{0};
    std::atomic<bool> closed{false};
    std::string reject;  ///< rows whose text holds this are refused
    size_t size() {
        std::lock_guard lock(mutex);
        return rows.size();
    }
};

struct MemoryWorld {
    MemoryWorld() { current() = this; }
    ~MemoryWorld() { current() = nullptr; }
    static MemoryWorld*& current() {
        static MemoryWorld* world = nullptr;
        return world;
    }
    MemoryTopic& topic(const std::string& name) {
        auto& t = topics[name];
        if (!t) t = std::make_shared<MemoryTopic>();
        return *t;
    }
    MemoryTable& table(const std::string& name) {
        auto& t = tables[name];
        if (!t) t = std::make_shared<MemoryTable>();
        return *t;
    }
    std::map<std::string, std::shared_ptr<MemoryTopic>> topics;
    std::map<std::string, std::shared_ptr<MemoryTable>> tables;
};

class MemoryReader final : public SplitReader {
  public:
    MemoryReader(std::shared_ptr<MemoryTopic> topic, uint32_t partition, int64_t next)
        : topic_(std::move(topic)), partition_(partition), next_(next) {
        messages_.reserve(64 * 1024);
    }
    Result<Poll> poll(int64_t max, RawBatch& out) override {
        if (topic_->retryable_errors.load() > 0) {
            topic_->retryable_errors.fetch_sub(1);
            return Error{ErrorCode::kOutside, "the memory topic is away", "", true};
        }
        std::lock_guard lock(topic_->mutex);
        const auto& all = topic_->partitions[partition_];
        if (static_cast<size_t>(next_) == all.size()) return topic_->bounded ? Poll::kEnd : Poll::kNothing;
        messages_.clear();
        for (; static_cast<size_t>(next_) < all.size() && static_cast<int64_t>(messages_.size()) < max; ++next_) {
            RawMessage m;
            const std::string& text = all[next_];
            m.data = text == "TOMBSTONE" ? nullptr : text.data();
            m.size = static_cast<uint32_t>(text.size());
            m.offset = next_;
            messages_.push_back(m);
        }
        out = {messages_.data(), static_cast<int64_t>(messages_.size()), partition_, false};
        return Poll::kData;
    }
    std::string position() const override { return std::to_string(next_); }

  private:
    std::shared_ptr<MemoryTopic> topic_;
    uint32_t partition_;
    int64_t next_;
    std::vector<RawMessage> messages_;
};

class MemorySource final : public Source {
  public:
    explicit MemorySource(std::shared_ptr<MemoryTopic> topic, std::string name)
        : topic_(std::move(topic)), name_(std::move(name)) {}
    Result<std::vector<Split>> open(const SourcePositions& resume) override {
        for (auto& [partition, position] : resume) resumed_[partition] = std::stoll(position);
        std::vector<Split> splits;
        for (size_t p = 0; p < topic_->partitions.size(); ++p)
            splits.push_back({static_cast<uint32_t>(p), name_ + "[" + std::to_string(p) + "]",
                              static_cast<int>(p) == topic_->empty_at_start});
        return splits;
    }
    Result<std::unique_ptr<SplitReader>> reader(const Split& split) override {
        return std::unique_ptr<SplitReader>(
            std::make_unique<MemoryReader>(topic_, split.partition, resumed_[split.partition]));
    }
    bool bounded() const override { return topic_->bounded; }
    Status tell(const SourcePositions& positions) override {
        std::lock_guard lock(topic_->mutex);
        for (auto& [partition, position] : positions) topic_->told[partition] = position;
        return {};
    }
    std::string place() const override { return "memory:" + name_; }

  private:
    std::shared_ptr<MemoryTopic> topic_;
    std::string name_;
    std::map<uint32_t, int64_t> resumed_;
};

inline std::string row_as_text(const Batch& batch, int64_t row) {
    std::string text;
    for (size_t c = 0; c < batch.types().size(); ++c) {
        if (c) text += ',';
        if (batch.is_null(static_cast<int>(c), row)) {
            text += "NULL";
        } else if (batch.types()[c].physical() == Physical::kStr) {
            text += batch.cell<Str>(static_cast<int>(c), row).view();
        } else {
            text += std::to_string(batch.cell<int64_t>(static_cast<int>(c), row));
        }
    }
    return text;
}

class MemorySink final : public Sink {
  public:
    explicit MemorySink(std::shared_ptr<MemoryTable> table) : table_(std::move(table)) {}
    Status open(const std::string*) override { return {}; }
    Status write(const Batch& batch, std::vector<RejectedRow>& rejected) override {
        if (Status s = fault(table_->retryable_errors); !s) return s;
        if (int64_t pause = table_->micros_a_batch.load())
            std::this_thread::sleep_for(std::chrono::microseconds(pause));
        table_->written.fetch_add(batch.rows());
        if (!table_->keep_rows) return {};
        std::lock_guard lock(table_->mutex);
        for (int64_t row = 0; row < batch.rows(); ++row) {
            std::string text = row_as_text(batch, row);
            if (!table_->reject.empty() && text.find(table_->reject) != std::string::npos) {
                rejected.push_back({row, "refused by the test"});
            } else {
                table_->pending.push_back(std::move(text));
            }
        }
        return {};
    }
    Result<std::string> prepare(int64_t epoch, std::vector<RejectedRow>&) override {
        if (Status s = fault(table_->commit_errors); !s) return s.error();
        std::lock_guard lock(table_->mutex);
        for (auto& row : table_->pending) table_->rows.push_back(std::move(row));
        table_->pending.clear();
        table_->epochs.push_back(epoch);
        return std::string();
    }
    Status close(bool) override {
        table_->closed = true;
        return {};
    }

  private:
    Status fault(std::atomic<int>& errors) {
        if (table_->broken) return Error{ErrorCode::kOutside, "the memory sink is broken", "", false};
        if (table_->down) return Error{ErrorCode::kOutside, "the memory sink is down", "", true};
        if (errors.load() > 0) {
            errors.fetch_sub(1);
            return Error{ErrorCode::kOutside, "the memory sink hiccups", "", true};
        }
        return {};
    }
    std::shared_ptr<MemoryTable> table_;
};

/// "time|key|value" into columns 2 (TIMESTAMP), 0 and 1 (BIGINT).
class PipeDecoder final : public Decoder {
  public:
    void decode(const RawBatch& raw, BatchView& out, RowErrorSink& errors) override {
        static constexpr int kColumns[] = {2, 0, 1};
        for (int64_t row = 0; row < raw.count; ++row) {
            const char* at = raw.messages[row].data;
            const char* end = at + raw.messages[row].size;
            for (int field = 0; field < 3; ++field) {
                ColumnView& column = out.columns[kColumns[field]];
                int64_t& cell = reinterpret_cast<int64_t*>(column.data)[row];
                const auto [rest, failed] = std::from_chars(at, end, cell);
                column.valid[row] = failed == std::errc();
                const bool separated = field == 2 ? rest == end : rest != end && *rest == '|';
                if (!separated) {
                    errors.row_error(row, RowError::kMalformed, -1,
                                     static_cast<uint32_t>(rest - raw.messages[row].data));
                    break;
                }
                at = rest + 1;
            }
        }
    }
};

inline const Connector* memory_connector() {
    static const Connector connector = [] {
        Connector c;
        c.name = "memory";
        c.doc = "topics and tables of a test";
        c.make_source = [](const SourceSpec& spec, const ConnectorContext&) -> Result<std::unique_ptr<Source>> {
            MemoryWorld& world = *MemoryWorld::current();
            world.topic(spec.name);
            return std::unique_ptr<Source>(std::make_unique<MemorySource>(world.topics[spec.name], spec.name));
        };
        c.make_sink = [](const SinkSpec& spec, const ConnectorContext&) -> Result<std::unique_ptr<Sink>> {
            MemoryWorld& world = *MemoryWorld::current();
            world.table(spec.name);
            return std::unique_ptr<Sink>(std::make_unique<MemorySink>(world.tables[spec.name]));
        };
        return c;
    }();
    return &connector;
}

}  // namespace streamql::testing
