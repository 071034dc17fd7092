// Constants that an argument can never be: date_trunc('bogus', ts) is an error of the query and not one of each record.
//
// What: a registry entry says which of its arguments choose how it works (a unit, a pattern, a format, a zone) and what
// they may be; when a query is compiled, the kernel itself is asked whether it takes the constants given, with harmless
// values in the other places. So nothing is refused here that a record could pass. Threading: pure functions.
#pragma once
#include <optional>
#include <span>
#include <string>

#include "compiler/functions/registry.h"

namespace streamql {

struct ArgumentProblem {
    size_t argument = 0;
    std::string message;
    std::string help;
};

/// `constants` has a cell for each argument of the call that is a constant, and null for the others. `timezone` as in
/// KernelContext.
std::optional<ArgumentProblem> judge_constants(const ScalarFunction&, std::span<const Cell* const> constants,
                                               const void* timezone);

}  // namespace streamql
