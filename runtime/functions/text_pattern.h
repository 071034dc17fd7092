// Kernels of LIKE and regular expressions (RE2). Compiled expressions are kept per thread.
//
// As in PostgreSQL a regular expression takes the longest match, and ILIKE compares texts in lower case. What differs
// by choice: no back references and no look-around (kInvalidArgument); where a pattern has a lazy quantifier (`*?`),
// its parts are greedy or lazy each for itself, as in Perl, and its alternatives are tried in their order. Threading:
// thread-local caches only.
#pragma once
#include "runtime/functions/kernel.h"

namespace streamql {

/// Why the kernels below do not take a regular expression; empty if they do.
std::string regular_expression_problem(std::string_view pattern);

STREAMQL_KERNEL(sqk_like);
STREAMQL_KERNEL(sqk_not_like);
STREAMQL_KERNEL(sqk_ilike);
STREAMQL_KERNEL(sqk_not_ilike);
STREAMQL_KERNEL(sqk_matches);
STREAMQL_KERNEL(sqk_imatches);
STREAMQL_KERNEL(sqk_not_matches);
STREAMQL_KERNEL(sqk_not_imatches);
STREAMQL_KERNEL(sqk_substring_regex);
STREAMQL_KERNEL(sqk_regexp_match);
STREAMQL_KERNEL(sqk_regexp_replace);
STREAMQL_KERNEL(sqk_regexp_replace_from);

}  // namespace streamql
