#include "runtime/connectors/kafka/client.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <thread>

#include <fmt/format.h>

namespace streamql::kafka {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kDestroyPatience{300};

void on_error(rd_kafka_t*, int code, const char* reason, void* opaque) {
    static_cast<Health*>(opaque)->problem(code, reason);
}

/// librdkafka's own log lines would go to stderr; the latest is kept for messages instead.
void on_log(const rd_kafka_t* client, int level, const char* facility, const char* text) {
    if (level <= 4) static_cast<Health*>(rd_kafka_opaque(client))->problem(0, text);
}

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    if (message->err) static_cast<Health*>(opaque)->delivery_failed(message->err, rd_kafka_message_errstr(message));
}

int remaining_ms(Clock::time_point deadline) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    return static_cast<int>(std::max<int64_t>(left, 0));
}

struct TopicFacts {
    int partitions = 0;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
};

/// One try of at most `timeout_ms`.
rd_kafka_resp_err_t ask_topic(Client& client, const std::string& name, int timeout_ms, TopicFacts& facts) {
    Topic topic(rd_kafka_topic_new(client.get(), name.c_str(), nullptr));
    if (!topic) return rd_kafka_last_error();
    const struct rd_kafka_metadata* metadata = nullptr;
    auto code = rd_kafka_metadata(client.get(), 0, topic.get(), &metadata, timeout_ms);
    if (code) return code;
    if (metadata->topic_cnt == 1) facts = {metadata->topics[0].partition_cnt, metadata->topics[0].err};
    rd_kafka_metadata_destroy(metadata);
    return code;
}

std::vector<std::string> topic_names(Client& client) {
    const struct rd_kafka_metadata* metadata = nullptr;
    std::vector<std::string> names;
    if (rd_kafka_metadata(client.get(), 1, nullptr, &metadata, 5000)) return names;
    for (int i = 0; i < metadata->topic_cnt; ++i)
        if (std::string_view name = metadata->topics[i].topic; !name.starts_with("__")) names.emplace_back(name);
    rd_kafka_metadata_destroy(metadata);
    return names;
}

Error never_reached(Client& client, const Options& options, const std::string& reason) {
    std::string why = client.health().last_problem();
    if (why.empty()) why = reason;
    Error e;
    e.message = fmt::format("cannot reach Kafka at {} within {} s: {}", options.text("brokers"),
                            static_cast<double>(options.duration("connect_timeout")) / 1e6, why);
    e.help = fmt::format("is the broker running? brokers = '{}'", options.text("brokers"));
    return e;
}

/// Waits for the first answer; nothing but the deadline or a refusal ends it.
Result<TopicFacts> first_contact(Client& client, const Options& options) {
    auto deadline = Clock::now() + std::chrono::microseconds(std::max<int64_t>(options.duration("connect_timeout"), 0));
    while (true) {
        TopicFacts facts;
        auto code = ask_topic(client, options.text("topic"), std::clamp(remaining_ms(deadline), 50, 1000), facts);
        rd_kafka_poll(client.get(), 0);
        if (!code) return facts;
        if (client.health().refused) {
            Error e{ErrorCode::kOutside,
                    fmt::format("Kafka at {} refuses the connection: {}", options.text("brokers"),
                                client.health().last_problem()),
                    "check kafka.security.protocol and the kafka.sasl.* and kafka.ssl.* options"};
            return e;
        }
        if (!is_retryable(code))
            return kafka_error(code, "cannot read the topics of " + options.text("brokers"), false);
        if (remaining_ms(deadline) == 0) return never_reached(client, options, rd_kafka_err2str(code));
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

Status create_topic(Client& client, const Options& options) {
    std::string name = options.text("topic");
    int partitions = static_cast<int>(std::max<int64_t>(options.integer("partitions"), 1));
    char text[512];
    Owned<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy> topic(
        rd_kafka_NewTopic_new(name.c_str(), partitions, -1, text, sizeof text));
    if (!topic) return Error{ErrorCode::kQuery, fmt::format("cannot create topic \"{}\": {}", name, text), {}};
    Owned<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy> admin(
        rd_kafka_AdminOptions_new(client.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS));
    rd_kafka_AdminOptions_set_operation_timeout(admin.get(), 10000, text, sizeof text);
    rd_kafka_AdminOptions_set_request_timeout(admin.get(), 15000, text, sizeof text);
    Queue queue(rd_kafka_queue_new(client.get()));
    rd_kafka_NewTopic_t* topics[] = {topic.get()};
    rd_kafka_CreateTopics(client.get(), topics, 1, admin.get(), queue.get());
    Event event(rd_kafka_queue_poll(queue.get(), 20000));
    std::string what = fmt::format("cannot create topic \"{}\"", name);
    if (!event) return kafka_error(RD_KAFKA_RESP_ERR__TIMED_OUT, what, false);
    if (auto code = rd_kafka_event_error(event.get())) return kafka_error(code, what, false);
    size_t count = 0;
    auto* results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
    for (size_t i = 0; i < count; ++i) {
        auto code = rd_kafka_topic_result_error(results[i]);
        if (!code || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
        const char* why = rd_kafka_topic_result_error_string(results[i]);
        return Error{ErrorCode::kOutside, fmt::format("{}: {}", what, why ? why : rd_kafka_err2str(code)), {}};
    }
    return {};
}

Error unknown_topic(Client& client, const Options& options) {
    std::string name = options.text("topic");
    Error e{ErrorCode::kOutside, fmt::format("Kafka at {} has no topic \"{}\"", options.text("brokers"), name), {}};
    e.help = suggest_word(name, topic_names(client));
    if (!e.help.empty()) e.help += " ";
    e.help += "create = 'if_missing' makes it";
    return e;
}

bool is_unknown(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
}

}  // namespace

void Health::problem(int code, std::string text) {
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) all_brokers_down = true;
    if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED ||
        code == RD_KAFKA_RESP_ERR__SSL)
        refused = true;
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        return;  // "1/1 brokers are down" says less than what came before it
    std::lock_guard lock(mutex_);
    last_problem_ = std::move(text);
}

void Health::delivery_failed(int code, std::string text) {
    std::lock_guard lock(mutex_);
    if (delivery_error) return;
    delivery_text_ = std::move(text);
    delivery_error = code;
}

std::string Health::last_problem() const {
    std::lock_guard lock(mutex_);
    return last_problem_;
}

std::string Health::delivery_text() const {
    std::lock_guard lock(mutex_);
    return delivery_text_;
}

Result<std::unique_ptr<Client>> Client::make(rd_kafka_type_t type, const Options& options, const Settings& settings) {
    std::unique_ptr<Client> client(new Client);
    Owned<rd_kafka_conf_t, rd_kafka_conf_destroy> conf(rd_kafka_conf_new());
    char text[512];
    Settings all = {{"bootstrap.servers", options.text("brokers")},
                    {"client.id", "streamql"},
                    {"socket.keepalive.enable", "true"},
                    {"reconnect.backoff.ms", "50"},
                    {"reconnect.backoff.max.ms", "1000"},
                    {"broker.address.family", "any"}};
    all.insert(all.end(), settings.begin(), settings.end());
    for (auto& setting : options.below("kafka.")) all.push_back(setting);
    for (auto& [key, value] : all) {
        auto code = rd_kafka_conf_set(conf.get(), key.c_str(), value.c_str(), text, sizeof text);
        if (code == RD_KAFKA_CONF_OK) continue;
        // librdkafka's text repeats the value, which may be a secret
        return Error{ErrorCode::kQuery,
                     fmt::format("librdkafka {} the option \"kafka.{}\"",
                                 code == RD_KAFKA_CONF_UNKNOWN ? "does not know" : "does not take the value of", key),
                     "its options are listed in librdkafka's CONFIGURATION.md"};
    }
    rd_kafka_conf_set_opaque(conf.get(), client->health_.get());
    rd_kafka_conf_set_error_cb(conf.get(), on_error);
    rd_kafka_conf_set_log_cb(conf.get(), on_log);
    if (type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_dr_msg_cb(conf.get(), on_delivery);
    client->handle_ = rd_kafka_new(type, conf.get(), text, sizeof text);
    if (!client->handle_) return Error{ErrorCode::kQuery, fmt::format("cannot make a Kafka client: {}", text), {}};
    (void)conf.release();  // the handle owns it now
    return client;
}

// A request under way to a broker that is gone (a commit) keeps librdkafka for a minute: past our patience it is left
// behind.
Client::~Client() {
    if (!handle_) return;
    std::promise<void> destroyed;
    std::future<void> ready = destroyed.get_future();
    std::thread destroyer([handle = handle_, health = health_, destroyed = std::move(destroyed)]() mutable {
        rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
        destroyed.set_value();
    });
    if (ready.wait_for(kDestroyPatience) == std::future_status::ready)
        destroyer.join();
    else
        destroyer.detach();
}

Result<int> find_topic(Client& client, const Options& options) {
    auto facts = first_contact(client, options);
    if (!facts) return facts.error();
    bool create = options.text("create") == "if_missing";
    if (is_unknown(facts->error) && create) {
        if (auto made = create_topic(client, options); !made) return made.error();
    } else if (is_unknown(facts->error)) {
        return unknown_topic(client, options);
    }
    // A new topic, or one whose leaders are being elected, has no usable answer for a moment.
    auto deadline = Clock::now() + std::chrono::seconds(15);
    while (facts->error || facts->partitions == 0) {
        if (facts->error && !is_retryable(facts->error) && !is_unknown(facts->error))
            return kafka_error(facts->error, fmt::format("cannot use topic \"{}\"", options.text("topic")), false);
        if (remaining_ms(deadline) == 0)
            return kafka_error(facts->error, fmt::format("topic \"{}\" is not ready", options.text("topic")), false);
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        (void)ask_topic(client, options.text("topic"), 1000, facts.value());
    }
    return facts->partitions;
}

Error kafka_error(rd_kafka_resp_err_t code, const std::string& what, bool retryable) {
    Error e{ErrorCode::kOutside, fmt::format("{}: {}", what, rd_kafka_err2str(code)), {}, retryable};
    if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED || code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
        code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED)
        e.help = "the broker's ACLs do not let this user do that";
    return e;
}

bool is_retryable(rd_kafka_resp_err_t code) {
    switch (code) {
        case RD_KAFKA_RESP_ERR__TRANSPORT:
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        case RD_KAFKA_RESP_ERR__TIMED_OUT:
        case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
        case RD_KAFKA_RESP_ERR__WAIT_COORD:
        case RD_KAFKA_RESP_ERR__RESOLVE:
        case RD_KAFKA_RESP_ERR__WAIT_CACHE:
        case RD_KAFKA_RESP_ERR__NODE_UPDATE:
        case RD_KAFKA_RESP_ERR__RETRY:
        case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
        case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
        case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
        case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
        case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
        case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
        case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
        case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
        case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
        case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
        case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
        case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
        case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
        case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:
        case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
        case RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT:
            return true;
        default:
            return false;
    }
}

}  // namespace streamql::kafka
