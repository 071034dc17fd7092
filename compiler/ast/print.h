// The AST as text: an indented dump for `explain --stage=ast`, and SQL again for expressions.
//
// Invariants: to_sql gives text that parses to an equal tree (parentheses where precedence needs them, names quoted
// where they must be); dump leaves spans out, so that it does not change with white space. Threading: pure functions.
#pragma once
#include <string>

#include "compiler/ast/ast.h"

namespace streamql::ast {

std::string dump(const Script& script);
std::string dump(const Statement& statement);

std::string to_sql(const Expr& expr);
std::string to_sql(const Query& query);
std::string to_sql(const TypeName& type);
std::string to_sql(const Name& name);
std::string to_sql(const Identifier& identifier);
/// "=", "AND", "->>": the operator's SQL spelling.
const char* to_sql(BinaryOp op);
/// 'it''s'
std::string quoted(std::string_view text);
/// INTERVAL '1 day 02:00:00'
std::string to_sql(const Interval& interval);

}  // namespace streamql::ast
