// A libpq connection that writes: transactions, binary COPY, and upserts by arrays, with failures sorted by what to do.
//
// Invariants: after a Failure the transaction is dead (or, kLost, the connection); fit() makes the session whole again.
// Rows are given as they lie in an epoch's memory: int16 number of fields, then fields (encode.h). Every call waits for
// the server as long as it takes. Fault points (as if the connection broke there): postgres.connect, postgres.begin,
// postgres.copy, postgres.upsert, postgres.commit, and postgres.committed, where the commit's answer is lost.
// Threading: one thread at a time, but for interrupt() and doing().
#pragma once
#include <libpq-fe.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/postgres/target.h"

namespace streamql::postgres {

enum class FailureKind : uint8_t {
    kLost,    ///< the connection: reconnect, send the epoch again
    kRetry,   ///< serialization failure, deadlock, a lock, a full disk: send the epoch again
    kData,    ///< a row's content: find the row
    kGiveUp,  ///< more rows are refused than the job bears
    kFatal,
};

struct Failure {
    FailureKind kind;
    std::string message;
};
using Outcome = std::optional<Failure>;  ///< nothing: it went well

class Session {
  public:
    Session(const Conninfo& where, const Target& target) : where_(where), target_(target) {}
    /// Connected and outside of any transaction; one try. A fresh session connects.
    Status fit();
    void disconnect();

    Outcome begin();
    Outcome commit();
    Outcome execute(const char* sql);
    /// COPY: begin, any number of rows, end. Errors of rows show at the end.
    Outcome begin_copy();
    Outcome copy_rows(std::string_view rows);
    Outcome end_copy();
    /// One statement for up to kUpsertRows rows with distinct keys; returns while the server works on it.
    Outcome send_upsert(const std::vector<std::string_view>& rows);
    /// Waits for the upsert under way, if any.
    Outcome finish_upsert();

    /// Any thread: what the server is asked for just now.
    const char* doing() const { return doing_.load(std::memory_order_relaxed); }
    /// Any thread: the call that waits for the server fails, if its connection stands.
    void interrupt();

    static constexpr size_t kUpsertRows = 5000;

  private:
    bool connected() const { return connection_ && PQstatus(connection_.get()) == CONNECTION_OK; }
    Status connect();
    Outcome failure(const PGresult* result);
    Outcome prepare_upsert();

    const Conninfo& where_;
    const Target& target_;
    std::unique_ptr<PGconn, decltype(&PQfinish)> connection_{nullptr, &PQfinish};
    bool prepared_ = false, under_way_ = false;
    std::vector<std::string> arrays_;
    std::atomic<const char*> doing_{"nothing"};
    std::mutex socket_mutex_;
    int socket_ = -1;  ///< of connection_, as long as it is open
};

}  // namespace streamql::postgres
