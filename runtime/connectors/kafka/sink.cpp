#include "runtime/connectors/kafka/sink.h"

#include <chrono>
#include <optional>

#include <fmt/format.h>

#include "runtime/base/faults.h"
#include "runtime/connectors/kafka/client.h"
#include "runtime/formats/encoder.h"
#include "runtime/formats/value_text.h"

namespace streamql::kafka {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr auto kPatience = std::chrono::seconds(2);  ///< without any progress, before the engine is told

/// The message key: text and bytes as they are, another single column as its JSON value, several as a JSON object.
class KeyEncoder {
  public:
    static Result<std::unique_ptr<KeyEncoder>> make(const SinkSpec& spec);
    /// Null: no key.
    std::optional<std::string_view> encode(const Batch& batch, int64_t row);

  private:
    std::vector<int> columns_;
    bool plain_ = false;
    Type type_;  ///< of a single column
    TimestampFormat format_{};
    std::unique_ptr<Encoder> json_;  ///< for several
    std::string text_;
};

Result<std::unique_ptr<KeyEncoder>> KeyEncoder::make(const SinkSpec& spec) {
    auto key = std::make_unique<KeyEncoder>();
    std::string_view rest;
    std::string names = spec.options.text("key.columns");
    for (rest = names; !rest.empty();) {
        std::string_view name = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), name.size() + 1));
        while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
        while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
        std::vector<std::string> candidates;
        int found = -1;
        for (size_t c = 0; c < spec.columns.size(); ++c) {
            candidates.push_back(spec.columns[c].name);
            if (spec.columns[c].name == name) found = static_cast<int>(c);
        }
        if (found < 0)
            return Error{
                ErrorCode::kQuery,
                fmt::format("key.columns of sink \"{}\" names \"{}\", which is no column of it", spec.name, name),
                suggest_word(name, candidates)};
        key->columns_.push_back(found);
    }
    if (key->columns_.empty()) return key;
    const ColumnSpec& first = spec.columns[static_cast<size_t>(key->columns_[0])];
    key->plain_ =
        key->columns_.size() == 1 && (first.type.kind == TypeKind::kString || first.type.kind == TypeKind::kBytes);
    key->type_ = first.type;
    key->format_ = timestamp_format(spec.options.text("timestamp.format"));
    if (key->columns_.size() > 1) {
        auto json = make_encoder("json", spec.options, spec.columns, key->columns_);
        if (!json) return json.error();
        key->json_ = std::move(json.value());
    }
    return key;
}

std::optional<std::string_view> KeyEncoder::encode(const Batch& batch, int64_t row) {
    if (columns_.empty() || (columns_.size() == 1 && batch.is_null(columns_[0], row))) return std::nullopt;
    if (plain_) return batch.cell<Str>(columns_[0], row).view();
    text_.clear();
    if (json_)
        json_->encode_row(batch.view(), row, text_);
    else
        append_json_value(type_, batch.get(columns_[0], row), format_, text_);
    return text_;
}

class KafkaSink final : public Sink {
  public:
    explicit KafkaSink(const SinkSpec& spec) : spec_(spec) {}
    Status open(const std::string* resume) override;
    Status write(const Batch& batch, std::vector<RejectedRow>& rejected) override;
    Result<std::string> prepare(int64_t epoch, std::vector<RejectedRow>& rejected) override;
    Status close(bool ended) override;

  private:
    Status make_encoders();
    Status failure() const;
    /// Sends one row, or refuses it; waits while the queue is full.
    Status produce(const Batch& batch, int64_t row, std::vector<RejectedRow>& rejected);
    Error stuck() const;

    SinkSpec spec_;
    std::unique_ptr<Encoder> values_;
    std::unique_ptr<KeyEncoder> keys_;
    std::unique_ptr<Client> client_;
    Topic topic_;
    int64_t resume_row_ = 0;  ///< rows before it were sent or refused by an earlier attempt at this batch
    std::string text_;
};

Status KafkaSink::make_encoders() {
    auto values = make_encoder(spec_.options.text("format"), spec_.options, spec_.columns);
    if (!values) return values.error();
    values_ = std::move(values.value());
    auto keys = KeyEncoder::make(spec_);
    if (!keys) return keys.error();
    keys_ = std::move(keys.value());
    return {};
}

Status KafkaSink::open(const std::string*) {
    if (auto ok = make_encoders(); !ok) return ok;
    if (auto ok = fault_point("kafka", "connect"); !ok) return ok;
    // message.timeout.ms 0: a message waits for the broker as long as it takes; the engine shows DEGRADED meanwhile
    auto client = Client::make(RD_KAFKA_PRODUCER, spec_.options,
                               {{"enable.idempotence", "true"},
                                {"compression.type", spec_.options.text("compression")},
                                {"linger.ms", "5"},
                                {"partitioner", "murmur2_random"},
                                {"message.timeout.ms", "0"},
                                {"queue.buffering.max.messages", "500000"},
                                {"queue.buffering.max.kbytes", "131072"},
                                {"batch.num.messages", "20000"},
                                {"allow.auto.create.topics", "false"}});
    if (!client) return client.error();
    client_ = std::move(client.value());
    if (auto found = find_topic(*client_, spec_.options); !found) return found.error();
    topic_.reset(rd_kafka_topic_new(client_->get(), spec_.options.text("topic").c_str(), nullptr));
    if (!topic_)
        return kafka_error(rd_kafka_last_error(), "cannot write to topic \"" + spec_.options.text("topic") + "\"",
                           false);
    return {};
}

Status KafkaSink::failure() const {
    auto code = static_cast<rd_kafka_resp_err_t>(client_->health().delivery_error.load());
    if (!code) {
        char text[512];
        auto fatal = rd_kafka_fatal_error(client_->get(), text, sizeof text);
        if (!fatal) return {};
        return Error{ErrorCode::kOutside,
                     fmt::format("cannot go on writing to topic \"{}\": {}", spec_.options.text("topic"), text),
                     {}};
    }
    Error e = kafka_error(code, fmt::format("a message to topic \"{}\" was not delivered", spec_.options.text("topic")),
                          false);
    e.help = code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE
                 ? "raise the topic's max.message.bytes, or lower kafka.message.max.bytes to have such rows rejected"
                 : client_->health().delivery_text();
    return e;
}

Error KafkaSink::stuck() const {
    return Error{ErrorCode::kOutside,
                 fmt::format("topic \"{}\" takes no messages: {}", spec_.options.text("topic"),
                             client_->health().last_problem()),
                 "trying again", true};
}

Status KafkaSink::produce(const Batch& batch, int64_t row, std::vector<RejectedRow>& rejected) {
    if (auto ok = fault_point("kafka", "produce"); !ok) return ok;
    text_.clear();
    values_->encode_row(batch.view(), row, text_);
    auto key = keys_->encode(batch, row);
    auto started = SteadyClock::now();
    int waiting = rd_kafka_outq_len(client_->get());
    while (rd_kafka_produce(topic_.get(), RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, text_.data(), text_.size(),
                            key ? key->data() : nullptr, key ? key->size() : 0, nullptr) != 0) {
        auto code = rd_kafka_last_error();
        if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
            rejected.push_back(
                {row, fmt::format("a message of {} bytes is larger than kafka.message.max.bytes", text_.size())});
            return {};
        }
        if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            return kafka_error(code, "cannot write to topic \"" + spec_.options.text("topic") + "\"", false);
        rd_kafka_poll(client_->get(), 10);
        if (auto bad = failure(); !bad) return bad;
        int now = rd_kafka_outq_len(client_->get());
        if (now < waiting) {
            waiting = now;
            started = SteadyClock::now();
        }
        if (SteadyClock::now() - started > kPatience) return stuck();
    }
    return {};
}

Status KafkaSink::write(const Batch& batch, std::vector<RejectedRow>& rejected) {
    for (int64_t row = resume_row_; row < batch.rows(); ++row) {
        if (auto sent = produce(batch, row, rejected); !sent) {
            resume_row_ = sent.error().retryable ? row : 0;
            return sent;
        }
    }
    resume_row_ = 0;
    rd_kafka_poll(client_->get(), 0);
    return failure();
}

Result<std::string> KafkaSink::prepare(int64_t, std::vector<RejectedRow>&) {
    if (auto ok = fault_point("kafka", "flush"); !ok) return ok.error();
    auto started = SteadyClock::now();
    int waiting = rd_kafka_outq_len(client_->get());
    while (rd_kafka_outq_len(client_->get()) > 0) {
        rd_kafka_flush(client_->get(), 100);
        if (auto bad = failure(); !bad) return bad.error();
        int now = rd_kafka_outq_len(client_->get());
        if (now < waiting) {
            waiting = now;
            started = SteadyClock::now();
        }
        if (SteadyClock::now() - started > kPatience) return stuck();
    }
    if (auto bad = failure(); !bad) return bad.error();
    return std::string();
}

Status KafkaSink::close(bool) {
    topic_.reset();
    client_.reset();
    return {};
}

}  // namespace

Result<std::unique_ptr<Sink>> make_kafka_sink(const SinkSpec& spec, const ConnectorContext&) {
    return std::unique_ptr<Sink>(std::make_unique<KafkaSink>(spec));
}

}  // namespace streamql::kafka
