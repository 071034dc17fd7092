#include "runtime/connectors/postgres/session.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "runtime/base/faults.h"

namespace streamql::postgres {
namespace {

using ResultPtr = std::unique_ptr<PGresult, decltype(&PQclear)>;
ResultPtr owned(PGresult* r) { return {r, &PQclear}; }

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](auto p) { return text.starts_with(p); });
}

FailureKind kind_of(std::string_view state) {
    if (starts_with_any(state, {"08", "57P", "25006", "26000"})) return FailureKind::kLost;
    // rollbacks, full disks and tables of locks, locks held, cancelled, an I/O error
    if (starts_with_any(state, {"40", "53", "55", "57", "58030"})) return FailureKind::kRetry;
    if (state == "22P04") return FailureKind::kFatal;  // a malformed COPY is our own mistake
    if (starts_with_any(state, {"22", "23", "21000", "44", "P0"})) return FailureKind::kData;
    // classes that the standard leaves to users: a trigger's own code
    const char c = state.empty() ? '0' : state[0];
    const bool users = (c >= '6' && c <= '9') || (c >= 'I' && c <= 'Z');
    return users && !starts_with_any(state, {"72", "XX"}) ? FailureKind::kData : FailureKind::kFatal;
}

Outcome planned_failure(const char* point) {
    if (Status s = fault_point("postgres", point); !s) return Failure{FailureKind::kLost, s.error().message};
    return {};
}

int32_t read_int32(const char* p) {
    int32_t v;
    std::memcpy(&v, p, 4);
    return static_cast<int32_t>(__builtin_bswap32(static_cast<uint32_t>(v)));
}

}  // namespace

void Session::disconnect() {
    {
        std::lock_guard lock(socket_mutex_);
        socket_ = -1;
    }
    connection_.reset();
    prepared_ = under_way_ = false;
}

void Session::interrupt() {
    std::lock_guard lock(socket_mutex_);
    if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
}

Status Session::fit() {
    if (connected()) {
        const auto state = PQtransactionStatus(connection_.get());
        if (state == PQTRANS_IDLE) return {};
        const bool open = state == PQTRANS_INTRANS || state == PQTRANS_INERROR;
        if (open && !execute("ROLLBACK")) return {};
    }
    return connect();
}

Status Session::connect() {
    disconnect();
    doing_ = "connect";
    if (auto ok = fault_point("postgres", "connect"); !ok) return ok;
    connection_.reset(PQconnectdb(where_.text.c_str()));
    if (!connected()) {
        Error e = connection_error(where_, connection_ ? PQerrorMessage(connection_.get()) : "out of memory");
        disconnect();
        return e;
    }
    PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
    {
        std::lock_guard lock(socket_mutex_);
        socket_ = PQsocket(connection_.get());
    }
    // a database whose default is off would answer COMMIT before the rows are safe
    static constexpr const char* kSafeCommit =
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";
    if (PQresultStatus(owned(PQexec(connection_.get(), kSafeCommit)).get()) != PGRES_TUPLES_OK) {
        Error e = connection_error(where_, PQerrorMessage(connection_.get()));
        e.retryable = true;
        disconnect();
        return e;
    }
    return {};
}

Outcome Session::failure(const PGresult* result) {
    const char* state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr;
    if (!state || PQstatus(connection_.get()) != CONNECTION_OK)
        return Failure{FailureKind::kLost, first_line(PQerrorMessage(connection_.get()))};
    std::string text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (const char* detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL)) text += fmt::format(" ({})", detail);
    if (const char* column = PQresultErrorField(result, PG_DIAG_COLUMN_NAME))
        text += fmt::format(" in column {}", column);
    return Failure{kind_of(state), std::move(text)};
}

Outcome Session::execute(const char* sql) {
    doing_ = sql;
    auto result = owned(PQexec(connection_.get(), sql));
    return PQresultStatus(result.get()) == PGRES_COMMAND_OK ? Outcome() : failure(result.get());
}

Outcome Session::begin() {
    if (auto bad = planned_failure("begin")) return bad;
    return execute("BEGIN; SET CONSTRAINTS ALL IMMEDIATE");  // so that a refused row shows before COMMIT
}

Outcome Session::commit() {
    if (auto bad = planned_failure("commit")) return bad;
    doing_ = "COMMIT";
    auto result = owned(PQexec(connection_.get(), "COMMIT"));
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) return failure(result.get());
    // COMMIT of a dead transaction is answered by ROLLBACK and no error
    if (std::string_view(PQcmdStatus(result.get())) == "ROLLBACK")
        return Failure{FailureKind::kRetry, "the transaction was rolled back"};
    return planned_failure("committed");
}

Outcome Session::begin_copy() {
    if (auto bad = planned_failure("copy")) return bad;
    doing_ = "COPY";
    auto result = owned(PQexec(connection_.get(), target_.copy_sql().c_str()));
    if (PQresultStatus(result.get()) != PGRES_COPY_IN) return failure(result.get());
    static constexpr char kHeader[19] = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', '\377', '\r', '\n', '\0'};
    return copy_rows({kHeader, sizeof kHeader});
}

Outcome Session::copy_rows(std::string_view rows) {
    while (!rows.empty()) {
        std::string_view part = rows.substr(0, 1 << 20);
        if (PQputCopyData(connection_.get(), part.data(), static_cast<int>(part.size())) != 1) return failure(nullptr);
        rows.remove_prefix(part.size());
    }
    return {};
}

Outcome Session::end_copy() {
    if (PQputCopyData(connection_.get(), "\377\377", 2) != 1 || PQputCopyEnd(connection_.get(), nullptr) != 1)
        return failure(nullptr);
    Outcome out;
    while (auto result = owned(PQgetResult(connection_.get())))
        if (PQresultStatus(result.get()) != PGRES_COMMAND_OK && !out) out = failure(result.get());
    if (!out && !connected()) out = failure(nullptr);
    return out;
}

Outcome Session::prepare_upsert() {
    if (prepared_) return {};
    auto result = owned(PQprepare(connection_.get(), "streamql_upsert", target_.upsert_sql().c_str(), 0, nullptr));
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) return failure(result.get());
    prepared_ = true;
    arrays_.resize(target_.columns.size());
    return {};
}

Outcome Session::send_upsert(const std::vector<std::string_view>& rows) {
    // the arrays are built while the server still works on the ones before
    size_t columns = target_.columns.size();
    std::vector<std::string> arrays(columns);
    std::swap(arrays, arrays_);
    arrays_.resize(columns);
    for (size_t c = 0; c < columns; ++c) {
        arrays_[c].clear();
        for (int32_t v : {1, 1, static_cast<int32_t>(target_.columns[c].oid), static_cast<int32_t>(rows.size()), 1})
            append_int32(arrays_[c], v);
    }
    for (std::string_view row : rows) {
        const char* at = row.data() + 2;
        for (size_t c = 0; c < columns; ++c) {
            size_t size = 4 + static_cast<size_t>(std::max(read_int32(at), 0));
            arrays_[c].append(at, size);
            at += size;
        }
    }
    if (auto bad = finish_upsert()) return bad;
    if (auto bad = planned_failure("upsert")) return bad;
    doing_ = "INSERT ... ON CONFLICT";
    if (auto bad = prepare_upsert()) return bad;
    std::vector<const char*> values;
    std::vector<int> lengths, formats(columns, 1);
    for (auto& a : arrays_) {
        values.push_back(a.data());
        lengths.push_back(static_cast<int>(a.size()));
    }
    if (PQsendQueryPrepared(connection_.get(), "streamql_upsert", static_cast<int>(columns), values.data(),
                            lengths.data(), formats.data(), 0) != 1)
        return failure(nullptr);
    under_way_ = true;
    if (PQflush(connection_.get()) < 0) return failure(nullptr);
    return {};
}

Outcome Session::finish_upsert() {
    if (!under_way_) return {};
    under_way_ = false;
    Outcome out;
    while (auto result = owned(PQgetResult(connection_.get())))
        if (PQresultStatus(result.get()) != PGRES_COMMAND_OK && !out) out = failure(result.get());
    if (!out && !connected()) out = failure(nullptr);
    return out;
}

}  // namespace streamql::postgres
