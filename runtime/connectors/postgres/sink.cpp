#include "runtime/connectors/postgres/sink.h"

#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "runtime/connectors/postgres/epoch_rows.h"
#include "runtime/connectors/postgres/session.h"

namespace streamql::postgres {
namespace {

constexpr size_t kEpochMemory = 256 << 20;
constexpr size_t kSendBytes = 256 << 10;  ///< COPY goes out in pieces of about this size while the epoch runs
constexpr int kTries = 20;

class PostgresSink final : public Sink {
  public:
    PostgresSink(SinkSpec spec, Conninfo where) : spec_(std::move(spec)), where_(std::move(where)) {}
    Status open(const std::string* resume) override;
    Status write(const Batch& batch, std::vector<RejectedRow>& rejected) override;
    Result<std::string> prepare(int64_t epoch, std::vector<RejectedRow>& rejected) override;
    Status close(bool ended) override;

  private:
    Status commit(std::vector<RejectedRow>& rejected);
    bool upserts() const { return target_.key_columns > 0; }
    const char* encode(const Batch& batch, int64_t row);
    void stream();
    Outcome begin();
    Outcome send(size_t from, size_t to);
    Outcome finish_epoch();
    Outcome store_around_bad_rows(std::vector<RejectedRow>& rejected);
    Status recover(const Failure& failure, int tries);

    SinkSpec spec_;
    Conninfo where_;
    Target target_;
    std::unique_ptr<Session> session_;
    EpochRows rows_;
    size_t streamed_ = 0;   ///< bytes of rows_ that this transaction's COPY was given
    bool in_copy_ = false;  ///< a transaction and its COPY are open
    bool broken_ = false;   ///< the transaction failed: send everything again at commit
    bool isolate_ = false;  ///< the server refused a row of this epoch
};

Status PostgresSink::open(const std::string*) {
    auto target = prepare_target(spec_, where_);
    if (!target) return target.error();
    target_ = std::move(target.value());
    session_ = std::make_unique<Session>(where_, target_);
    return session_->connect();
}

/// Appends one row to the epoch's; else why it cannot be stored.
const char* PostgresSink::encode(const Batch& batch, int64_t row) {
    size_t begin = rows_.begin(), key_end = 0;
    std::string& out = rows_.bytes();
    append_int16(out, static_cast<int16_t>(target_.columns.size()));
    for (size_t c = 0; c < target_.columns.size(); ++c) {
        if (const char* why = encode_field(target_.columns[c], batch.get(target_.columns[c].source, row), out)) {
            rows_.cut(begin);
            return why;
        }
        if (static_cast<int>(c) + 1 == target_.key_columns) key_end = out.size();
    }
    if (upserts())
        rows_.upsert(begin, begin + 2, key_end);
    else
        rows_.append(begin);
    return nullptr;
}

Status PostgresSink::write(const Batch& batch, std::vector<RejectedRow>& rejected) {
    if (rows_.memory() > kEpochMemory)
        if (auto ok = commit(rejected); !ok) return ok;
    for (int64_t row = 0; row < batch.rows(); ++row)
        if (const char* why = encode(batch, row)) rejected.push_back({row, why});
    stream();
    return {};
}

/// Sends what is there of an append epoch, so that the server works while the next rows are made. What fails here is
/// seen to at the commit.
void PostgresSink::stream() {
    if (upserts() || broken_ || isolate_ || rows_.bytes().size() - streamed_ < kSendBytes) return;
    if (!in_copy_) {
        if (!session_->connected() || begin() || session_->begin_copy()) {
            broken_ = true;
            return;
        }
        in_copy_ = true;
    }
    broken_ = session_->copy_rows(std::string_view(rows_.bytes()).substr(streamed_)).has_value();
    streamed_ = rows_.bytes().size();
}

Outcome PostgresSink::begin() {
    if (auto bad = session_->execute("BEGIN")) return bad;
    return session_->execute("SET CONSTRAINTS ALL IMMEDIATE");  // so that a refused row shows before COMMIT
}

/// Rows [from, to) in the open transaction.
Outcome PostgresSink::send(size_t from, size_t to) {
    if (!upserts()) {
        if (auto bad = session_->begin_copy()) return bad;
        if (auto bad = session_->copy_rows(rows_.range(from, to))) return bad;
        return session_->end_copy();
    }
    std::vector<std::string_view> some;
    for (size_t i = from; i < to; ++i) {
        some.push_back(rows_.row(i));
        if (some.size() < Session::kUpsertRows && i + 1 < to) continue;
        if (auto bad = session_->send_upsert(some)) return bad;
        some.clear();
    }
    return session_->finish_upsert();
}

/// The whole epoch, going on where stream() is.
Outcome PostgresSink::finish_epoch() {
    if (in_copy_) {
        in_copy_ = false;
        if (auto bad = session_->copy_rows(std::string_view(rows_.bytes()).substr(streamed_))) return bad;
        if (auto bad = session_->end_copy()) return bad;
        return session_->execute("COMMIT");
    }
    if (auto bad = begin()) return bad;
    if (auto bad = send(0, rows_.count())) return bad;
    return session_->execute("COMMIT");
}

/// Halves each range that is refused until single rows are left.
Outcome PostgresSink::store_around_bad_rows(std::vector<RejectedRow>& rejected) {
    std::vector<RejectedRow> found;
    if (auto bad = begin()) return bad;
    std::vector<std::pair<size_t, size_t>> ranges{{0, rows_.count()}};
    while (!ranges.empty()) {
        auto [from, to] = ranges.back();
        ranges.pop_back();
        if (from >= to) continue;
        if (auto bad = session_->execute("SAVEPOINT s")) return bad;
        auto refused = send(from, to);
        if (refused && refused->kind != FailureKind::kData) return refused;
        if (auto bad = session_->execute(refused ? "ROLLBACK TO s" : "RELEASE s")) return bad;
        if (!refused) continue;
        if (to - from == 1) {
            found.push_back({-1, refused->message});
            continue;
        }
        size_t middle = from + (to - from) / 2;
        ranges.push_back({middle, to});
        ranges.push_back({from, middle});
    }
    if (auto bad = session_->execute("COMMIT")) return bad;
    for (auto& r : found) rejected.push_back(std::move(r));
    return {};
}

/// Makes the connection fit for another try, or says why not.
Status PostgresSink::recover(const Failure& failure, int tries) {
    in_copy_ = false;
    broken_ = true;
    Error e{ErrorCode::kOutside,
            fmt::format("PostgreSQL at {}, table {}: {}", where_.shown, target_.shown, failure.message),
            {}};
    if (failure.kind == FailureKind::kFatal) {
        session_->disconnect();
        return e;
    }
    if (failure.kind == FailureKind::kData) {
        isolate_ = true;
    } else if (tries >= kTries) {
        session_->disconnect();
        e.retryable = true;
        e.help = "trying again";
        return e;
    } else if (tries > 1) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10 * tries));
    }
    if (failure.kind == FailureKind::kLost || session_->execute("ROLLBACK")) session_->disconnect();
    return {};
}

Result<std::string> PostgresSink::prepare(int64_t, std::vector<RejectedRow>& rejected) {
    if (auto ok = commit(rejected); !ok) return ok.error();
    return std::string();
}

Status PostgresSink::commit(std::vector<RejectedRow>& rejected) {
    for (int tries = 1; rows_.count() > 0; ++tries) {
        if (broken_ && in_copy_) {
            session_->disconnect();  // a COPY that broke midway leaves nothing to go on with
            in_copy_ = false;
        }
        if (!session_->connected()) {
            in_copy_ = false;
            auto connected = session_->connect();
            if (!connected) {
                connected.error().retryable = true;  // it was in once: passwords and databases come back too
                return connected;
            }
        }
        auto bad = isolate_ ? store_around_bad_rows(rejected) : finish_epoch();
        if (!bad) break;
        if (auto ok = recover(*bad, tries); !ok) return ok;
    }
    rows_.clear();
    streamed_ = 0;
    in_copy_ = broken_ = isolate_ = false;
    return {};
}

Status PostgresSink::close(bool) {
    session_.reset();
    return {};
}

}  // namespace

Result<std::unique_ptr<Sink>> make_postgres_sink(const SinkSpec& spec, const ConnectorContext&) {
    auto where = make_conninfo(spec.options);
    if (!where) return where.error();
    return std::unique_ptr<Sink>(std::make_unique<PostgresSink>(spec, std::move(where.value())));
}

}  // namespace streamql::postgres
