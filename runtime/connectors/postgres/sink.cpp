#include "runtime/connectors/postgres/sink.h"

#include <chrono>
#include <functional>
#include <future>
#include <thread>

#include <fmt/format.h>

#include "runtime/connectors/postgres/epoch_delivery.h"

namespace streamql::postgres {
namespace {

constexpr size_t kSendBytes = 256 << 10;  ///< COPY goes out in pieces of about this size while the epoch runs
constexpr size_t kLongestName = 63;
constexpr std::chrono::seconds kPatience{3};  ///< with the server, before the engine is told
constexpr std::chrono::milliseconds kLastPatience{300};

/// Runs one piece of the conversation with the server at a time, beside the sink's thread. Ending does not wait for it.
class Conversation {
  public:
    explicit Conversation(std::shared_ptr<EpochDelivery> delivery) : delivery_(std::move(delivery)) {}
    ~Conversation() {
        if (!under_way_.valid()) return;
        delivery_->stop();
        under_way_.wait_for(kLastPatience);
    }
    void start(std::function<Status(EpochDelivery&)> work) {
        std::promise<Status> promise;
        under_way_ = promise.get_future();
        std::thread([delivery = delivery_, work = std::move(work), promise = std::move(promise)]() mutable {
            promise.set_value(work(*delivery));
        }).detach();
    }
    bool idle() const { return !under_way_.valid(); }
    /// What came of it; nullopt if it is still under way after `patience`.
    std::optional<Status> finish(std::chrono::milliseconds patience) {
        if (under_way_.wait_for(patience) != std::future_status::ready) return std::nullopt;
        return under_way_.get();
    }

  private:
    std::shared_ptr<EpochDelivery> delivery_;
    std::future<Status> under_way_;
};

class PostgresSink final : public Sink {
  public:
    PostgresSink(SinkSpec spec, Conninfo where) : spec_(std::move(spec)), where_(std::move(where)) {}
    Status open(const std::string* resume) override;
    Status write(const Batch& batch, std::vector<RejectedRow>& rejected) override;
    Result<std::string> prepare(int64_t epoch, std::vector<RejectedRow>& rejected) override;
    Status close(bool ended) override;

  private:
    const char* encode(const Batch& batch, int64_t row);
    void send_ahead();
    Error no_answer() const;

    SinkSpec spec_;
    Conninfo where_;
    std::shared_ptr<EpochDelivery>
        delivery_;  ///< touched while the conversation is idle, but for its stated exceptions
    std::optional<Conversation> conversation_;
    EpochRows* rows_ = nullptr;  ///< the delivery's; the conversation reads them in store() only
    size_t handed_over_ = 0;     ///< bytes of rows_ that were sent ahead, or are on their way
    bool storing_ = false;       ///< the conversation under way is store()
};

Status PostgresSink::open(const std::string*) {
    auto target = prepare_target(spec_, where_);
    if (!target) return target.error();
    delivery_ = std::make_shared<EpochDelivery>(where_, std::move(target.value()), spec_.options);
    conversation_.emplace(delivery_);
    rows_ = &delivery_->rows();
    return delivery_->connect();
}

/// Appends one row to the epoch's; else why it cannot be stored.
const char* PostgresSink::encode(const Batch& batch, int64_t row) {
    const Target& target = delivery_->target();
    size_t begin = rows_->begin(), key_end = 0;
    std::string& out = rows_->bytes();
    append_int16(out, static_cast<int16_t>(target.columns.size()));
    for (size_t c = 0; c < target.columns.size(); ++c) {
        if (const char* why = encode_field(target.columns[c], batch.get(target.columns[c].source, row), out)) {
            rows_->cut(begin);
            return why;
        }
        if (static_cast<int>(c) + 1 == target.key_columns) key_end = out.size();
    }
    if (delivery_->upserts())
        rows_->upsert(begin, begin + 2, key_end);
    else
        rows_->append(begin);
    return nullptr;
}

Status PostgresSink::write(const Batch& batch, std::vector<RejectedRow>& rejected) {
    for (int64_t row = 0; row < batch.rows(); ++row)
        if (const char* why = encode(batch, row)) rejected.push_back({row, why, {}});
    send_ahead();
    return {};
}

/// Hands over what is there of an append epoch, so that the server works while the next rows are made.
void PostgresSink::send_ahead() {
    if (delivery_->upserts() || rows_->bytes().size() - handed_over_ < kSendBytes) return;
    if (!conversation_->idle() && !conversation_->finish(std::chrono::milliseconds(0))) return;
    std::string piece = rows_->bytes().substr(handed_over_);
    handed_over_ += piece.size();
    conversation_->start([piece = std::move(piece)](EpochDelivery& delivery) -> Status {
        delivery.send_ahead(piece);
        return {};
    });
}

Error PostgresSink::no_answer() const {
    Error e = delivery_->outside_error(fmt::format("no answer to {} for {} s", delivery_->doing(), kPatience.count()));
    e.help = "waiting; is the server overloaded, or does another session hold a lock on the table?";
    e.retryable = true;
    return e;
}

Result<std::string> PostgresSink::prepare(int64_t, std::vector<RejectedRow>& rejected) {
    if (!storing_) {
        if (!conversation_->idle() && !conversation_->finish(kPatience)) return no_answer();
        if (rows_->count() == 0) return std::string();
        conversation_->start([](EpochDelivery& delivery) { return delivery.store(); });
        storing_ = true;
    }
    auto stored = conversation_->finish(kPatience);
    if (!stored) return no_answer();
    storing_ = false;
    if (!*stored) return stored->error();
    for (auto& row : delivery_->begin_next()) rejected.push_back(std::move(row));
    handed_over_ = 0;
    return std::string();
}

Status PostgresSink::close(bool) {
    conversation_.reset();
    delivery_.reset();
    return {};
}

/// PostgreSQL would cut a longer name, and two tables become one.
Status check_names(const SinkSpec& spec) {
    auto check = [&](const char* what, const std::string& name) -> Status {
        if (name.size() <= kLongestName) return {};
        return Error{ErrorCode::kQuery,
                     fmt::format("sink \"{}\": the {} \"{}\" has {} bytes, and PostgreSQL's names have at most {}",
                                 spec.name, what, name, name.size(), kLongestName),
                     "shorten it; the option \"table\" names the table apart from the sink"};
    };
    const std::string table = spec.options.text("table");
    if (auto ok = check("table name", table.empty() ? spec.name : table); !ok) return ok;
    if (auto ok = check("schema name", spec.options.text("schema")); !ok) return ok;
    for (auto& column : spec.columns)
        if (auto ok = check("column name", column.name); !ok) return ok;
    return {};
}

}  // namespace

Result<std::unique_ptr<Sink>> make_postgres_sink(const SinkSpec& spec, const ConnectorContext&) {
    if (auto ok = check_names(spec); !ok) return ok.error();
    auto where = make_conninfo(spec.options);
    if (!where) return where.error();
    return std::unique_ptr<Sink>(std::make_unique<PostgresSink>(spec, std::move(where.value())));
}

}  // namespace streamql::postgres
