// How the registry's tables are written: a row is a name, a compact signature and a kernel.
//
// Signature "t(ti...)": result, then parameters, one letter each: b BOOLEAN, h SMALLINT, i INTEGER, l BIGINT, r REAL, d
// DOUBLE, n NUMERIC, t STRING, y BYTES, D DATE, T TIME, s TIMESTAMP, z TIMESTAMPTZ, v INTERVAL, j JSON, A ARRAY<T>, E
// T, M MAP, K its key, V its value, R STRUCT, * anything; "..." makes the last parameter repeat. Private to
// compiler/functions.
#pragma once
#include <deque>
#include <string_view>

#include "compiler/functions/registry.h"

namespace streamql {

/// Properties beside the signature.
struct Traits {
    bool strict = true, deterministic = true, fallible = true, nullable = false;
    Operation op = Operation::kNone;
    ResultRule rule = nullptr;
    std::vector<JudgedArgument> judged = {};
    /// The same, with these arguments judged where they are constants.
    Traits judging(std::vector<JudgedArgument> arguments) const {
        Traits t = *this;
        t.judged = std::move(arguments);
        return t;
    }
};
inline const Traits kSafe{.fallible = false};
inline const Traits kFails{};
inline const Traits kSafeNullable{.fallible = false, .nullable = true};
inline const Traits kFailsNullable{.nullable = true};
inline const Traits kSeesNulls{.strict = false, .fallible = false};

class Entries {
  public:
    ScalarFunction& add(std::string_view name, std::string_view signature, ScalarKernel kernel, const Traits& traits,
                        std::string_view doc = {});
    std::deque<ScalarFunction> list;
};

/// The second argument is a regular expression.
JudgedArgument regular_expression();

char letter_of(TypeKind kind);
TypeKind kind_of(char letter);
/// "<=" -> "le"; letters and digits stay: a part of a symbol.
std::string symbol_part(std::string_view name);

void add_operators(Entries& to);
void add_math(Entries& to);
void add_text(Entries& to);
void add_time(Entries& to);
void add_nested(Entries& to);
void add_aggregates(std::deque<AggregateFunction>& to);

}  // namespace streamql
