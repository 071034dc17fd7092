#include "runtime/connectors/postgres/epoch_delivery.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/connectors/postgres/decode.h"

namespace streamql::postgres {
namespace {

constexpr int kTries = 3;  ///< at once, before the engine is told
constexpr size_t kBlock = 1000;

}  // namespace

EpochDelivery::EpochDelivery(Conninfo where, Target target, const Options& options)
    : where_(std::move(where)),
      target_(std::move(target)),
      fail_at_first_(options.text("on_error") == "fail"),
      max_error_rate_(options.has("max_error_rate") ? options.real("max_error_rate") : 1),
      session_(where_, target_) {}

Error EpochDelivery::outside_error(const std::string& what) const {
    return {ErrorCode::kOutside, fmt::format("PostgreSQL at {}, table {}: {}", where_.shown, target_.shown, what), {}};
}

void EpochDelivery::stop() {
    stopped_ = true;
    session_.interrupt();
}

void EpochDelivery::send_ahead(std::string_view rows) {
    if (broken_ || go_around_) return;
    if (!in_copy_) {
        broken_ = !session_.fit() || session_.begin() || session_.begin_copy();
        if (broken_) return;
        in_copy_ = true;
    }
    broken_ = session_.copy_rows(rows).has_value();
    sent_ahead_ += rows.size();
}

/// Rows [from, to) in the open transaction.
Outcome EpochDelivery::send(size_t from, size_t to) {
    if (!upserts()) {
        if (auto bad = session_.begin_copy()) return bad;
        if (auto bad = session_.copy_rows(rows_.range(from, to))) return bad;
        return session_.end_copy();
    }
    std::vector<std::string_view> some;
    for (size_t i = from; i < to; ++i) {
        some.push_back(rows_.row(i));
        if (some.size() < Session::kUpsertRows && i + 1 < to) continue;
        if (auto bad = session_.send_upsert(some)) return bad;
        some.clear();
    }
    return session_.finish_upsert();
}

/// The whole epoch, going on where send_ahead() is.
Outcome EpochDelivery::store_all() {
    if (in_copy_) {
        if (auto bad = session_.copy_rows(rows_.range(0, rows_.count()).substr(sent_ahead_))) return bad;
        if (auto bad = session_.end_copy()) return bad;
        return session_.commit();
    }
    if (auto bad = session_.begin()) return bad;
    if (auto bad = send(0, rows_.count())) return bad;
    return session_.commit();
}

Outcome EpochDelivery::store_around_refused() {
    refused_.clear();
    if (auto bad = session_.begin()) return bad;
    for (size_t from = 0; from < rows_.count(); from += kBlock) {
        const size_t to = std::min(from + kBlock, rows_.count()), before = refused_.size();
        if (auto bad = store_block(from, to)) return bad;
        const size_t refused = refused_.size() - before;
        const bool full = to - from == kBlock;
        if (full && static_cast<double>(refused) > max_error_rate_ * kBlock) return too_many(refused, kBlock);
    }
    return session_.commit();
}

/// Halves each range that is refused until single rows are left.
Outcome EpochDelivery::store_block(size_t first, size_t last) {
    std::vector<std::pair<size_t, size_t>> ranges{{first, last}};
    while (!ranges.empty()) {
        auto [from, to] = ranges.back();
        ranges.pop_back();
        if (auto bad = session_.execute("SAVEPOINT s")) return bad;
        auto refusal = send(from, to);
        if (refusal && refusal->kind != FailureKind::kData) return refusal;
        if (auto bad = session_.execute(refusal ? "ROLLBACK TO s" : "RELEASE s")) return bad;
        if (!refusal) continue;
        if (to - from == 1) {
            refused_.push_back({-1, refusal->message, row_json(from)});
            if (fail_at_first_) return too_many(1, 1);
            continue;
        }
        const size_t middle = from + (to - from) / 2;
        ranges.push_back({middle, to});
        ranges.push_back({from, middle});
    }
    return {};
}

Outcome EpochDelivery::too_many(size_t refused, size_t rows) const {
    const RejectedRow& last = refused_.back();
    std::string text = fail_at_first_
                           ? fmt::format("refuses a row under on_error = 'fail': {}", last.reason)
                           : fmt::format("refuses {} of {} rows, the last one with: {}; max_error_rate is {}", refused,
                                         rows, last.reason, max_error_rate_);
    return Failure{FailureKind::kGiveUp, fmt::format("{}; the row: {}", text, last.text)};
}

std::string EpochDelivery::row_json(size_t i) const { return json_of_row(target_.columns, rows_.row(i)); }

Status EpochDelivery::store() {
    for (int tries = 1; rows_.count() > 0; ++tries) {
        if (stopped_) return outside_error("the job was stopped");
        if (!in_copy_ || broken_) {
            in_copy_ = false;
            if (auto fit = session_.fit(); !fit) {
                fit.error().retryable = true;  // it was in once: passwords and databases come back too
                return fit;
            }
        }
        auto bad = go_around_ ? store_around_refused() : store_all();
        if (!bad) break;
        in_copy_ = false;
        broken_ = true;
        if (bad->kind == FailureKind::kLost) session_.disconnect();
        if (bad->kind == FailureKind::kData && !go_around_) {
            go_around_ = true;
            continue;
        }
        const bool again = bad->kind == FailureKind::kLost || bad->kind == FailureKind::kRetry;
        if (again && tries < kTries) continue;
        Error e = outside_error(bad->message);
        e.retryable = again;
        e.help = again ? "trying again" : "";
        if (bad->kind == FailureKind::kGiveUp) {
            e.code = ErrorCode::kData;
            e.help = "see the table's constraints and triggers, or raise the sink's max_error_rate";
        }
        return e;
    }
    return {};
}

std::vector<RejectedRow> EpochDelivery::begin_next() {
    rows_.clear();
    sent_ahead_ = 0;
    in_copy_ = broken_ = go_around_ = false;
    return std::exchange(refused_, {});
}

}  // namespace streamql::postgres
