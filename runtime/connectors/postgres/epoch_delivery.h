// Brings an epoch's rows into the table, in one transaction: append rows are sent while the epoch still runs, the rest
// and COMMIT at its end.
//
// Invariants: the rows stay in memory until COMMIT is answered, so a lost connection, a deadlock or a lock that was not
// given is mended by sending them again; a failed attempt leaves no transaction behind. A row that the server refuses
// is found by halving its thousand, and the others are stored; once a full thousand has more refusals than
// `max_error_rate` bears (or the first, under on_error = 'fail'), the search ends. What is not promised yet: when the
// connection breaks *during* COMMIT, nobody knows whether it happened, and the rows are sent again, which repeats them
// in an append table. Threading: one thread at a time, but for stop() and doing(). Every call waits for the server as
// long as it takes.
#pragma once
#include <atomic>
#include <string>
#include <vector>

#include "runtime/connectors/connector.h"
#include "runtime/connectors/postgres/epoch_rows.h"
#include "runtime/connectors/postgres/session.h"

namespace streamql::postgres {

class EpochDelivery {
  public:
    EpochDelivery(Conninfo where, Target target, const Options& options);

    const Target& target() const { return target_; }
    bool upserts() const { return target_.key_columns > 0; }
    EpochRows& rows() { return rows_; }
    Status connect() { return session_.fit(); }

    /// Rows of an append epoch, in order and each byte once, while it runs. What fails here is mended by store().
    void send_ahead(std::string_view rows);
    /// Stores the epoch; one or a few tries. After a retryable Error: call again.
    Status store();
    /// Of the epoch that was stored: what was refused. Then the next epoch begins.
    std::vector<RejectedRow> begin_next();

    /// Any thread: the server shall not be waited for any more.
    void stop();
    /// Any thread: what the server is asked for just now.
    const char* doing() const { return session_.doing(); }
    /// Any thread. "PostgreSQL at host:port, table t: what"
    Error outside_error(const std::string& what) const;

  private:
    Outcome store_all();
    Outcome store_around_refused();
    Outcome store_block(size_t from, size_t to);
    Outcome send(size_t from, size_t to);
    Outcome too_many(size_t refused, size_t rows) const;
    std::string row_json(size_t i) const;

    Conninfo where_;
    Target target_;
    bool fail_at_first_;
    double max_error_rate_;
    Session session_;
    EpochRows rows_;
    size_t sent_ahead_ = 0;   ///< bytes of rows_ that the open COPY was given
    bool in_copy_ = false;    ///< a transaction and its COPY are open and whole
    bool broken_ = false;     ///< sending ahead failed: store() sends everything
    bool go_around_ = false;  ///< the server refused a row of this epoch
    std::vector<RejectedRow> refused_;
    std::atomic<bool> stopped_{false};
};

}  // namespace streamql::postgres
