// Text to AST: the only door to the parser (and the only room that knows ANTLR).
//
// What: a script is cut into words, the words into statements at semicolons, and each statement is parsed and turned
// into AST on its own, so that one wrong statement gives one error and the others are still checked. Statements with
// errors are left out of the Script. Limits: 1 MiB a statement, kMaxNesting open parentheses, kMaxDepth levels of tree.
// Ownership: the Script owns all it holds and does not refer to the source. Threading: any number of parses in
// parallel.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/ast/ast.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/diagnostics/source_text.h"

namespace streamql {

/// What ${NAME} in a string literal stands for; nothing if it is not set.
using EnvLookup = std::function<std::optional<std::string>(std::string_view name)>;

/// The process environment.
EnvLookup process_environment();

ast::Script parse(const SourceText& source, Diagnostics& diagnostics,
                  const EnvLookup& environment = process_environment());

inline constexpr size_t kMaxStatementBytes = 1 << 20;
inline constexpr size_t kMaxNesting = 200;
inline constexpr size_t kMaxDepth = 1000;

}  // namespace streamql
