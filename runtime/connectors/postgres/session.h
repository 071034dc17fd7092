// A libpq connection that writes: transactions, binary COPY, and upserts by arrays, with failures sorted by what to do.
//
// Invariants: after a Failure the transaction is dead (or, kLost, the connection); the caller rolls back or reconnects.
// Rows are given as they lie in an epoch's memory: int16 number of fields, then fields (encode.h). Threading: one
// thread.
#pragma once
#include <libpq-fe.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/postgres/target.h"

namespace streamql::postgres {

enum class FailureKind : uint8_t {
    kLost,   ///< the connection: reconnect, send the epoch again
    kRetry,  ///< serialization failure, deadlock: send the epoch again
    kData,   ///< a row's content: find the row
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
    /// One try.
    Status connect();
    bool connected() const { return connection_ && PQstatus(connection_.get()) == CONNECTION_OK; }
    void disconnect() { connection_.reset(); }

    Outcome execute(const char* sql);
    /// COPY: begin, any number of rows, end. Errors of rows show at the end.
    Outcome begin_copy();
    Outcome copy_rows(std::string_view rows);
    Outcome end_copy();
    /// One statement for up to kUpsertRows rows with distinct keys; returns while the server works on it.
    Outcome send_upsert(const std::vector<std::string_view>& rows);
    /// Waits for the upsert under way, if any.
    Outcome finish_upsert();

    static constexpr size_t kUpsertRows = 5000;

  private:
    Outcome failure(const PGresult* result);
    Outcome prepare_upsert();

    const Conninfo& where_;
    const Target& target_;
    std::unique_ptr<PGconn, decltype(&PQfinish)> connection_{nullptr, &PQfinish};
    bool prepared_ = false, under_way_ = false;
    std::vector<std::string> arrays_;
};

}  // namespace streamql::postgres
