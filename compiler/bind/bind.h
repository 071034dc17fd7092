// Binding: the AST becomes a typed logical plan; names, types, options and clauses are checked, problems get carets.
//
// What: bind() walks the statements in order, keeps what they declare in a catalog, and gives one Job with every INSERT
// and bare SELECT of the script. Anything of LANGUAGE that is not lowered yet is error[not-supported] at its place.
// Errors: Diagnostics only; a Job is given only if there are none. Threading: none.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "compiler/ast/ast.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/plan/logical_plan.h"

namespace streamql {

struct BindOptions {
    bool local = false;                           ///< --local: samples and generators in, files and console out
    std::map<std::string, std::string> settings;  ///< --set and STREAMQL_*: win over SET
    std::string job_name = "streamql";
    std::function<std::optional<std::string>(const std::string&)> environment;  ///< for SECRET 'env:NAME'
};

struct BoundScript {
    plan::Job job;
    bool explain = false;  ///< the script asks for EXPLAIN
    bool analyze = false;
    std::vector<std::string> replaced;  ///< --local: one line a replacement, for the user
};

std::optional<BoundScript> bind(const ast::Script& script, const BindOptions& options, Diagnostics& diagnostics);

/// What SET, --set and STREAMQL_* take, with types, ranges, defaults and docs.
const std::vector<OptionSpec>& job_option_specs();
/// The checked values, defaults filled in; `what` is said of an unknown one ("SET").
Options check_settings(const std::map<std::string, std::string>& given, std::string_view what,
                       std::vector<OptionProblem>& problems);

}  // namespace streamql
