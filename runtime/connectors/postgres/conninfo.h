// Where the server is, in the form libpq wants and in a form that may be shown.
//
// Invariants: `text` holds secrets and is never printed; `shown` holds none. Threading: a value.
#pragma once
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/connectors/options.h"

namespace streamql::postgres {

struct Conninfo {
    std::string text;   ///< keyword='value' pairs
    std::string shown;  ///< "host:port, database "d", user "u""
    std::string user, database;
    int64_t timeout = 0;  ///< microseconds for the first contact
};

Result<Conninfo> make_conninfo(const Options& options);

/// What libpq says of a failed connection -> an Error that says how to mend it. Retryable: the server is not there
/// (yet).
Error connection_error(const Conninfo& where, std::string_view libpq_text);

/// The first line of a libpq message, without "ERROR:  " in front.
std::string first_line(std::string_view text);

}  // namespace streamql::postgres
