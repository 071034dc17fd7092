#include "runtime/connectors/postgres/conninfo.h"

#include <libpq-fe.h>

#include <map>
#include <memory>

#include <fmt/format.h>

namespace streamql::postgres {
namespace {

std::string quoted(std::string_view value) {
    std::string out = "'";
    for (char c : value) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

using Parsed = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace

std::string first_line(std::string_view text) {
    for (std::string_view prefix : {"ERROR:  ", "FATAL:  "})
        if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
    text = text.substr(0, text.find('\n'));
    return std::string(text);
}

Result<Conninfo> make_conninfo(const Options& options) {
    std::map<std::string, std::string> values;
    if (options.has("url")) {
        char* problem = nullptr;
        Parsed parsed(PQconninfoParse(options.text("url").c_str(), &problem), &PQconninfoFree);
        PQfreemem(problem);  // it may quote the password
        if (!parsed)
            return Error{ErrorCode::kQuery, "the option \"url\" is no connection URL",
                         "as postgresql://user:password@host:5432/database"};
        for (auto* o = parsed.get(); o->keyword; ++o)
            if (o->val && *o->val) values[o->keyword] = o->val;
    } else {
        for (auto& [ours, theirs] : {std::pair{"host", "host"},
                                     {"port", "port"},
                                     {"database", "dbname"},
                                     {"user", "user"},
                                     {"password", "password"},
                                     {"sslmode", "sslmode"}})
            if (options.has(ours)) values[theirs] = options.text(ours);
        if (!values.count("host")) values["host"] = "localhost";
    }
    values.try_emplace("application_name", "streamql");
    values.try_emplace("connect_timeout", "5");
    values.try_emplace("tcp_user_timeout", "15000");
    values.try_emplace("client_encoding", "UTF8");
    Conninfo out;
    for (auto& [key, value] : values) out.text += key + "=" + quoted(value) + " ";
    out.user = values["user"];
    out.database = values["dbname"].empty() ? out.user : values["dbname"];
    out.timeout = options.duration("connect_timeout");
    out.shown = values["host"].empty() ? std::string("localhost") : values["host"];
    out.shown += ":" + (values["port"].empty() ? std::string("5432") : values["port"]);
    return out;
}

Error connection_error(const Conninfo& where, std::string_view text) {
    Error e;
    std::string_view reason = text;
    if (size_t fatal = reason.find("FATAL:  "); fatal != std::string_view::npos) reason.remove_prefix(fatal);
    std::string line = first_line(reason);
    e.message = fmt::format("cannot connect to PostgreSQL at {}: {}", where.shown, line);
    if (contains(text, "password authentication failed") || contains(text, "no password supplied") ||
        contains(text, "SASL")) {
        e.message = fmt::format("PostgreSQL at {} does not let user \"{}\" in: {}", where.shown, where.user, line);
        e.help = "check user and password (password = SECRET 'env:NAME')";
    } else if (contains(text, "database") && contains(text, "does not exist")) {
        e.help = fmt::format("create the database (createdb {}), or name another one", where.database);
    } else if (contains(text, "role") && contains(text, "does not exist")) {
        e.help = "create the role (CREATE ROLE ... LOGIN), or name another user";
    } else if (contains(text, "pg_hba.conf")) {
        e.help = "the server's pg_hba.conf lets nobody in from here with this user and database";
    } else if (contains(text, "could not translate host name")) {
        e.help = "is the host's name right?";
        e.retryable = true;
    } else if (contains(text, "SSL")) {
        e.help = "check sslmode and the certificates";
    } else {
        e.help = fmt::format("is the server running at {}?", where.shown);
        e.retryable = true;
    }
    return e;
}

}  // namespace streamql::postgres
