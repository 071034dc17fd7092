#include "runtime/connectors/postgres/session.h"

#include <cstring>

#include <fmt/format.h>

namespace streamql::postgres {
namespace {

using ResultPtr = std::unique_ptr<PGresult, decltype(&PQclear)>;
ResultPtr owned(PGresult* r) { return {r, &PQclear}; }

FailureKind kind_of(std::string_view state) {
    if (state == "40001" || state == "40P01" || state == "55P03") return FailureKind::kRetry;
    if (state.starts_with("08") || state.starts_with("57P0") || state == "53300") return FailureKind::kLost;
    if (state == "22P04") return FailureKind::kFatal;  // a malformed COPY is our own mistake
    if (state.starts_with("22") || state.starts_with("23") || state == "21000" || state == "P0001")
        return FailureKind::kData;
    return FailureKind::kFatal;
}

int32_t read_int32(const char* p) {
    int32_t v;
    std::memcpy(&v, p, 4);
    return static_cast<int32_t>(__builtin_bswap32(static_cast<uint32_t>(v)));
}

}  // namespace

Status Session::connect() {
    disconnect();
    prepared_ = under_way_ = false;
    connection_.reset(PQconnectdb(where_.text.c_str()));
    if (connected()) {
        PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
        return {};
    }
    Error e = connection_error(where_, connection_ ? PQerrorMessage(connection_.get()) : "out of memory");
    disconnect();
    return e;
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
    auto result = owned(PQexec(connection_.get(), sql));
    if (PQresultStatus(result.get()) == PGRES_COMMAND_OK) {
        // COMMIT of a dead transaction is answered by ROLLBACK and no error
        if (std::string_view(sql) == "COMMIT" && std::string_view(PQcmdStatus(result.get())) == "ROLLBACK")
            return Failure{FailureKind::kRetry, "the transaction was rolled back"};
        return {};
    }
    return failure(result.get());
}

Outcome Session::begin_copy() {
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
