#include "runtime/connectors/postgres/postgres.h"

#include <fmt/format.h>

#include "runtime/connectors/postgres/sink.h"

namespace streamql {
namespace {

std::vector<OptionSpec> options() {
    using enum OptionType;
    return {
        {.name = "url",
         .secret = true,
         .source = false,
         .doc = "postgresql://user:password@host:port/database, in place of the parts below."},
        {.name = "host", .source = false, .doc = "Server, or the folder of its socket; localhost if left out."},
        {.name = "port",
         .type = kInteger,
         .source = false,
         .least = "1",
         .most = "65535",
         .doc = "Port; 5432 if left out."},
        {.name = "database", .source = false, .doc = "Database; the user's name if left out."},
        {.name = "user", .source = false, .doc = "Role; the system user if left out."},
        {.name = "password", .secret = true, .source = false, .doc = "The role's password."},
        {.name = "sslmode",
         .type = kChoice,
         .source = false,
         .choices = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"},
         .doc = "How the connection is secured, as in libpq."},
        {.name = "schema", .source = false, .doc = "The table's schema; the search path decides if left out."},
        {.name = "table", .source = false, .doc = "The table; the relation's name if left out."},
        {.name = "create",
         .type = kChoice,
         .default_value = "never",
         .source = false,
         .choices = {"never", "if_missing"},
         .doc = "Whether a missing schema and table are made."},
        {.name = "setup",
         .source = false,
         .doc = "An SQL file that is run once, in one transaction, before anything else."},
        {.name = "connect_timeout",
         .type = kDuration,
         .default_value = "30s",
         .source = false,
         .least = "1ms",
         .doc = "How long the first contact with the server may take."},
    };
}

void check(const Options& o, bool, std::vector<OptionProblem>& problems) {
    for (const char* name : {"schema", "table"})
        if (o.text(name).size() > 63)
            problems.push_back({name,
                                fmt::format("option \"{}\" has {} bytes, and PostgreSQL's names have at most 63", name,
                                            o.text(name).size()),
                                "PostgreSQL would cut it, and two tables might become one"});
    if (!o.has("url")) return;
    for (const char* part : {"host", "port", "database", "user", "password", "sslmode"})
        if (o.has(part))
            problems.push_back({part, std::string("option \"") + part + "\" cannot stand beside \"url\"",
                                "give the url or its parts"});
}

}  // namespace

Connector postgres_connector() {
    Connector c;
    c.name = "postgres";
    c.doc =
        "Tables of PostgreSQL: rows are appended by COPY, or written over by PRIMARY KEY; one transaction an epoch.";
    c.options = options();
    c.make_sink = postgres::make_postgres_sink;
    c.check = check;
    c.upsert = true;
    c.server = true;
    c.place_option = "table";
    return c;
}

}  // namespace streamql
