// What source and sink share of librdkafka: owning pointers, settings from options, first contact, topics, Errors.
//
// Invariants: a Client's callbacks write to its own Health, which lives as long as librdkafka's threads. No client ever
// subscribes to a group: partitions are assigned by hand. Threading: a Client and its Health may be used from any
// thread.
#pragma once
#include <librdkafka/rdkafka.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/connectors/options.h"

namespace streamql::kafka {

template <typename T, void (*destroy)(T*)>
struct Destroy {
    void operator()(T* p) const { destroy(p); }
};
template <typename T, void (*destroy)(T*)>
using Owned = std::unique_ptr<T, Destroy<T, destroy>>;

using PartitionList = Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using Queue = Owned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using Event = Owned<rd_kafka_event_t, rd_kafka_event_destroy>;
using Topic = Owned<rd_kafka_topic_t, rd_kafka_topic_destroy>;

/// What librdkafka's threads last said of the brokers.
class Health {
  public:
    void problem(int code, std::string text);
    void delivery_failed(int code, std::string text);
    std::string last_problem() const;
    std::atomic<bool> all_brokers_down{false};
    std::atomic<bool> refused{false};    ///< authentication or TLS: trying again does not help
    std::atomic<int> delivery_error{0};  ///< first rd_kafka_resp_err_t of a message that could not be delivered
    std::string delivery_text() const;

  private:
    mutable std::mutex mutex_;
    std::string last_problem_, delivery_text_;
};

class Client {
  public:
    using Settings = std::vector<std::pair<std::string, std::string>>;
    /// `settings` are ours; the statement's `kafka.*` options win over them.
    static Result<std::unique_ptr<Client>> make(rd_kafka_type_t type, const Options& options, const Settings& settings);
    ~Client();
    rd_kafka_t* get() const { return handle_; }
    Health& health() { return *health_; }

  private:
    Client() = default;
    rd_kafka_t* handle_ = nullptr;
    std::shared_ptr<Health> health_ = std::make_shared<Health>();
};

/// Waits for the first answer of a broker until `connect_timeout` has passed, creates the topic if `create =
/// 'if_missing'`, and gives its number of partitions. An unknown topic is an Error that names the nearest one.
Result<int> find_topic(Client& client, const Options& options);

Error kafka_error(rd_kafka_resp_err_t code, const std::string& what, bool retryable);
/// Whether the same request may succeed later, without anybody doing anything to the query.
bool is_retryable(rd_kafka_resp_err_t code);

}  // namespace streamql::kafka
