// Overload resolution as PostgreSQL does it: exact match, else implicit coercions, else preferred types; untyped
// literals adopt the type of the other side.
//
// Threading: pure functions.
#pragma once
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "compiler/functions/registry.h"

namespace streamql {

/// An argument as the binder knows it. `unknown`: a bare string literal or NULL, whose type is open (its type is
/// kString or kNull); the binder turns it into a literal of the target type (parse through find_cast(STRING, target) at
/// bind time).
struct ArgumentType {
    Type type;
    bool unknown = false;
};

template <class Function>
struct Resolved {
    const Function* function = nullptr;
    std::vector<Type> args;  ///< target type of each argument given; where it differs, wrap in find_cast(..,
                             ///< kAssignment): concat takes what only prints
    Type result;
};
struct ResolveFailure {
    bool ambiguous = false;
    bool known_name = false;              ///< the name exists, its arguments do not fit
    std::vector<std::string> candidates;  ///< signatures of the name
    std::string suggestion;               ///< "cast an argument: ...", or a similar name; may be empty
};

std::variant<Resolved<ScalarFunction>, ResolveFailure> resolve(std::string_view name,
                                                               const std::vector<ArgumentType>& args);
/// COUNT(*) is args empty. An ORDER BY or FILTER of the call is the binder's.
std::variant<Resolved<AggregateFunction>, ResolveFailure> resolve_aggregate(std::string_view name,
                                                                            const std::vector<ArgumentType>& args,
                                                                            bool distinct);
/// The type that CASE, COALESCE, UNION, IN, VALUES, GREATEST bring all of these to; false if there is none. All
/// unknown: STRING.
bool common_type(const std::vector<ArgumentType>& args, Type* out);

}  // namespace streamql
