#include "runtime/connectors/kafka/source.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include <fmt/format.h>

#include "runtime/base/faults.h"
#include "runtime/connectors/kafka/client.h"
#include "runtime/connectors/kafka/headers.h"
#include "runtime/connectors/kafka/positions.h"

namespace streamql::kafka {
namespace {

constexpr int64_t kMaxBatch = 8192;

/// The consumer and what its readers watch together.
struct Consumer {
    std::unique_ptr<Client> client;
    std::string topic;
    std::mutex serving;
    std::chrono::steady_clock::time_point next_service{}, next_probe{};

    /// Lets librdkafka's callbacks run; whichever reader comes first does it, a few times a second. Gives a retryable
    /// Error while no broker is there.
    Status serve();

  private:
    bool probe();
};

/// Whether a broker answers again: librdkafka says when all are down, but not when one is back.
bool Consumer::probe() {
    const struct rd_kafka_metadata* metadata = nullptr;
    Topic handle(rd_kafka_topic_new(client->get(), topic.c_str(), nullptr));
    if (!handle || rd_kafka_metadata(client->get(), 0, handle.get(), &metadata, 100)) return false;
    rd_kafka_metadata_destroy(metadata);
    return true;
}

Status Consumer::serve() {
    auto now = std::chrono::steady_clock::now();
    Health& health = client->health();
    if (std::unique_lock lock(serving, std::try_to_lock); lock && now >= next_service) {
        next_service = now + std::chrono::milliseconds(100);
        while (rd_kafka_message_t* m = rd_kafka_consumer_poll(client->get(), 0)) rd_kafka_message_destroy(m);
        if (health.all_brokers_down && now >= next_probe) {
            next_probe = now + std::chrono::seconds(1);
            if (probe()) health.all_brokers_down = false;
        }
    }
    if (!health.all_brokers_down) return {};
    return Error{ErrorCode::kOutside,
                 fmt::format("no Kafka broker can be reached for topic \"{}\": {}", topic, health.last_problem()),
                 "trying again", true};
}

class KafkaReader final : public SplitReader {
  public:
    KafkaReader(std::shared_ptr<Consumer> consumer, Queue queue, uint32_t partition, Range range)
        : consumer_(std::move(consumer)),
          queue_(std::move(queue)),
          partition_(partition),
          range_(range),
          next_(range.start) {
        ended_ = range_.end && next_ >= *range_.end;
    }
    ~KafkaReader() override { give_back(); }

    Result<Poll> poll(int64_t max, RawBatch& out) override;
    std::string position() const override { return std::to_string(next_); }
    std::string headers(const RawMessage& m) const override {
        return headers_json(static_cast<const rd_kafka_message_t*>(m.native));
    }

  private:
    void give_back();
    bool take(const rd_kafka_message_t* m);
    void take_event(const rd_kafka_message_t* m);
    Error failure(const rd_kafka_message_t* m) const;

    std::shared_ptr<Consumer> consumer_;
    Queue queue_;
    uint32_t partition_;
    Range range_;
    int64_t next_;  ///< position: offset behind the last message or marker
    bool ended_ = false;
    std::vector<rd_kafka_message_t*> native_;
    size_t held_ = 0;
    std::vector<RawMessage> messages_;
    std::optional<Error> pending_;  ///< came behind messages; given at the next poll
};

void KafkaReader::give_back() {
    for (size_t i = 0; i < held_; ++i) rd_kafka_message_destroy(native_[i]);
    held_ = 0;
}

/// An end of the partition, or an error; both come in order with the messages.
void KafkaReader::take_event(const rd_kafka_message_t* m) {
    if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        // the end lies behind transaction markers and aborted messages, which are never handed out
        next_ = std::max(next_, m->offset);
        if (range_.end && next_ >= *range_.end) ended_ = true;
        return;
    }
    if (!pending_ || pending_->retryable) pending_ = failure(m);
}

/// False if the message lies behind the end.
bool KafkaReader::take(const rd_kafka_message_t* m) {
    if (range_.end && m->offset >= *range_.end) {
        ended_ = true;
        return false;
    }
    if (m->offset < next_) return true;  // librdkafka may repeat after a reconnect; the position has passed it
    rd_kafka_timestamp_type_t kind;
    int64_t millis = rd_kafka_message_timestamp(m, &kind);
    RawMessage& raw = messages_.emplace_back();
    raw.data = static_cast<const char*>(m->payload);
    raw.size = static_cast<uint32_t>(m->len);
    raw.key = static_cast<const char*>(m->key);
    raw.key_size = static_cast<uint32_t>(m->key_len);
    raw.offset = m->offset;
    raw.timestamp = kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || millis < 0 ? kMinTime : millis * 1000;
    raw.native = m;
    next_ = m->offset + 1;
    return true;
}

Result<Poll> KafkaReader::poll(int64_t max, RawBatch& out) {
    give_back();
    out = {};
    if (pending_) {
        Error e = std::move(*pending_);
        pending_.reset();
        return e;
    }
    if (ended_) return Poll::kEnd;
    if (auto ok = fault_point("kafka", "fetch"); !ok) return ok.error();
    Status served = consumer_->serve();
    size_t room = static_cast<size_t>(std::clamp<int64_t>(max, 1, kMaxBatch));
    if (native_.size() < room) native_.resize(room);
    messages_.clear();
    ssize_t n = rd_kafka_consume_batch_queue(queue_.get(), 0, native_.data(), room);
    held_ = n > 0 ? static_cast<size_t>(n) : 0;
    for (size_t i = 0; i < held_ && !ended_; ++i) {
        if (i + 4 < held_) __builtin_prefetch(native_[i + 4]);
        if (native_[i]->err)
            take_event(native_[i]);
        else if (!take(native_[i]))
            break;
    }
    if (range_.end && next_ >= *range_.end) ended_ = true;
    if (!messages_.empty()) {
        out = {.messages = messages_.data(),
               .count = static_cast<int64_t>(messages_.size()),
               .partition = partition_,
               .padded = false};
        return Poll::kData;
    }
    if (pending_) return poll(max, out);
    if (ended_) return Poll::kEnd;
    if (held_ == 0 && !served) return served.error();
    return Poll::kNothing;
}

Error KafkaReader::failure(const rd_kafka_message_t* m) const {
    rd_kafka_t* client = consumer_->client->get();
    if (m->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || m->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
        int64_t low = 0, high = 0;
        auto code = rd_kafka_query_watermark_offsets(client, consumer_->topic.c_str(), static_cast<int32_t>(partition_),
                                                     &low, &high, 5000);
        if (!code && (next_ < low || next_ > high))
            return lost_range(consumer_->topic, static_cast<int>(partition_), next_, low, high);
    }
    const char* text = rd_kafka_message_errstr(m);
    Error e = kafka_error(m->err, fmt::format("cannot read {}[{}] at offset {}", consumer_->topic, partition_, next_),
                          is_retryable(m->err));
    if (text && *text) e.help = text;
    return e;
}

/// Tells the consumer group how far the job is, for those who watch its lag. Nothing rests on it, so nobody waits: one
/// commit is under way at a time, the newest positions go next, and only the end waits a moment for the last.
class GroupTeller {
  public:
    void open(std::shared_ptr<Consumer> consumer, std::string group) {
        consumer_ = std::move(consumer);
        group_ = std::move(group);
        answers_.reset(rd_kafka_queue_new(consumer_->client->get()));
    }
    ~GroupTeller() {
        if (!answers_) return;
        take_answer(kLastWord);
        if (next_.empty() || under_way_) return;
        send();
        take_answer(kLastWord);
    }
    /// What became of the tellings before; never an Error that ends a job.
    Status tell(const SourcePositions& positions) {
        if (!positions.empty()) next_ = positions;
        take_answer(0);
        if (!under_way_ && !next_.empty()) send();
        if (!refused_) return {};
        return Error{ErrorCode::kOutside,
                     fmt::format("group \"{}\" is not told of the positions in topic \"{}\": {}", group_,
                                 consumer_->topic, rd_kafka_err2str(refused_)),
                     "only lag monitors miss them; the job's own positions are safe", true};
    }

  private:
    static constexpr int kLastWord = 500;
    void send();
    void take_answer(int patience_ms);

    std::shared_ptr<Consumer> consumer_;
    std::string group_;
    Queue answers_;
    SourcePositions next_;  ///< not sent yet
    bool under_way_ = false;
    rd_kafka_resp_err_t refused_ = RD_KAFKA_RESP_ERR_NO_ERROR;
};

void GroupTeller::send() {
    PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(next_.size())));
    for (auto& [partition, text] : next_) {
        int64_t offset = 0;
        std::from_chars(text.data(), text.data() + text.size(), offset);
        rd_kafka_topic_partition_list_add(list.get(), consumer_->topic.c_str(), static_cast<int32_t>(partition))
            ->offset = offset;
    }
    auto code = fault_point("kafka", "tell")
                    ? rd_kafka_commit_queue(consumer_->client->get(), list.get(), answers_.get(), nullptr, nullptr)
                    : RD_KAFKA_RESP_ERR__TRANSPORT;
    next_.clear();
    under_way_ = !code;
    if (code) refused_ = code;
}

void GroupTeller::take_answer(int patience_ms) {
    if (!under_way_) return;
    Event event(rd_kafka_queue_poll(answers_.get(), patience_ms));
    if (!event) return;
    under_way_ = false;
    refused_ = rd_kafka_event_error(event.get());
    if (refused_ == RD_KAFKA_RESP_ERR__NO_OFFSET) refused_ = RD_KAFKA_RESP_ERR_NO_ERROR;
}

class KafkaSource final : public Source {
  public:
    KafkaSource(const SourceSpec& spec, std::string group)
        : options_(spec.options), topic_(spec.options.text("topic")), group_(std::move(group)) {}

    Result<std::vector<Split>> open(const SourcePositions& resume) override;
    Result<std::unique_ptr<SplitReader>> reader(const Split& split) override;
    bool bounded() const override { return options_.text("end") != "never"; }
    Status tell(const SourcePositions& positions) override { return teller_.tell(positions); }
    std::string place() const override { return topic_; }

  private:
    Status connect_consumer(int partitions);
    Status assign();

    Options options_;
    std::string topic_, group_;
    std::shared_ptr<Consumer> consumer_;
    GroupTeller teller_;
    std::vector<Range> ranges_;
    std::vector<Queue> queues_;
};

Result<std::vector<Split>> KafkaSource::open(const SourcePositions& resume) {
    if (auto ok = fault_point("kafka", "connect"); !ok) return ok.error();
    // The bound on memory is shared among the partitions, so their number comes first.
    auto first = Client::make(RD_KAFKA_CONSUMER, options_,
                              {{"allow.auto.create.topics", "false"}, {"isolation.level", "read_uncommitted"}});
    if (!first) return first.error();
    auto partitions = find_topic(*first.value(), options_);
    if (!partitions) return partitions.error();
    if (auto ok = connect_consumer(*partitions); !ok) return ok.error();
    auto ranges = resolve_ranges({*consumer_->client, *first.value()}, options_, *partitions, resume);
    if (!ranges) return ranges.error();
    ranges_ = std::move(ranges.value());
    if (auto ok = assign(); !ok) return ok.error();
    teller_.open(consumer_, group_);
    std::vector<Split> splits;
    for (size_t p = 0; p < ranges_.size(); ++p)
        splits.push_back({static_cast<uint32_t>(p), fmt::format("{}[{}]", topic_, p), ranges_[p].empty});
    return splits;
}

Status KafkaSource::connect_consumer(int partitions) {
    int64_t kilobytes = std::clamp<int64_t>(options_.bytes("prefetch") / 1024 / partitions, 1024, 2'000'000);
    auto client = Client::make(RD_KAFKA_CONSUMER, options_,
                               {{"group.id", group_},
                                {"enable.auto.commit", "false"},
                                {"enable.auto.offset.store", "false"},
                                {"auto.offset.reset", "error"},
                                {"enable.partition.eof", "true"},
                                {"allow.auto.create.topics", "false"},
                                {"isolation.level", options_.text("isolation")},
                                {"queued.min.messages", "1000000"},
                                {"queued.max.messages.kbytes", std::to_string(kilobytes)},
                                {"fetch.wait.max.ms", "100"},
                                {"fetch.error.backoff.ms", "50"},
                                {"check.crcs", options_.boolean("check.crcs") ? "true" : "false"}});
    if (!client) return client.error();
    consumer_ = std::make_shared<Consumer>();
    consumer_->client = std::move(client.value());
    consumer_->topic = topic_;
    rd_kafka_poll_set_consumer(consumer_->client->get());
    return {};
}

/// Every partition gets a queue of its own, so that a batch is of one partition.
Status KafkaSource::assign() {
    PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(ranges_.size())));
    for (size_t p = 0; p < ranges_.size(); ++p) {
        auto partition = static_cast<int32_t>(p);
        queues_.emplace_back(rd_kafka_queue_get_partition(consumer_->client->get(), topic_.c_str(), partition));
        if (!queues_.back())
            return kafka_error(RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, fmt::format("cannot read {}[{}]", topic_, p),
                               false);
        rd_kafka_queue_forward(queues_.back().get(), nullptr);
        if (ranges_[p].end && ranges_[p].start >= *ranges_[p].end) continue;
        rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition)->offset = ranges_[p].start;
    }
    auto code = rd_kafka_assign(consumer_->client->get(), list.get());
    if (code) return kafka_error(code, fmt::format("cannot read topic \"{}\"", topic_), false);
    return {};
}

Result<std::unique_ptr<SplitReader>> KafkaSource::reader(const Split& split) {
    if (split.partition >= queues_.size() || !queues_[split.partition])
        return Error{ErrorCode::kInternal, fmt::format("{} is not open or has a reader already", split.name), {}};
    return std::unique_ptr<SplitReader>(std::make_unique<KafkaReader>(consumer_, std::move(queues_[split.partition]),
                                                                      split.partition, ranges_[split.partition]));
}

}  // namespace

Result<std::unique_ptr<Source>> make_kafka_source(const SourceSpec& spec, const ConnectorContext& context) {
    std::string group = spec.options.text("group");
    if (group.empty()) group = context.job ? context.job->job : "streamql";
    return std::unique_ptr<Source>(std::make_unique<KafkaSource>(spec, std::move(group)));
}

}  // namespace streamql::kafka
