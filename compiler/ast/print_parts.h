// What the printers of expressions and of queries share. Private to compiler/ast.
#pragma once
#include <string>
#include <vector>

#include "compiler/ast/ast.h"

namespace streamql::ast {

/// The texts of all items with ", " between them.
template <typename T, typename Print>
std::string joined(const std::vector<T>& items, Print print) {
    std::string out;
    for (size_t i = 0; i < items.size(); ++i) out += (i ? ", " : "") + print(items[i]);
    return out;
}

std::string over_sql(const OverClause& over);
std::string order_item_sql(const OrderItem& item);
std::string within_sql(const Within& within);
/// The words of a query, clause by clause, in the order they are written: one line each in a dump, joined by blanks in
/// SQL.
std::vector<std::string> query_clauses(const Query& query);

}  // namespace streamql::ast
