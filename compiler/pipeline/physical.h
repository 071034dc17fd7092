// The physical plan: what is left of a query when the logical plan has been cut at breakers and exchanges. Codegen (or
// the interpreter) makes one function of each of these; compiler/pipeline/build_program.cpp places them in the Program.
//
// Invariants: columns of an expression index the row as it stands at that step. Function names are unique in a job and
// stable for equal plans (they are the symbols in the object cache). Ownership: values. Threading: immutable.
#pragma once
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "compiler/plan/expression.h"
#include "runtime/program/program.h"

namespace streamql {
struct AggregateFunction;
}

namespace streamql::physical {

/// Drops rows where the condition is not TRUE (rows that fail count as errors, not as filtered).
struct FilterStep {
    plan::ExprPtr condition;
};
/// The row becomes these expressions over the row so far.
struct ProjectStep {
    std::vector<plan::ExprPtr> expressions;
};
using Step = std::variant<FilterStep, ProjectStep>;

/// PipelineFunction `name`. A value is computed only when a later step or the output needs it, once a row; a projected
/// expression that nothing uses is not evaluated (one that is not deterministic is, at its step). Error sites:
/// sites_of().
struct Pipeline {
    std::string name;
    std::vector<Type> input;
    std::vector<Step> steps;
    std::vector<Type> output;
};

/// ScanFunction `name`: sq_decode; computed columns in order (they may use earlier columns); NOT NULL of computed
/// and metadata columns; sq_stamp(event_time); checks (FALSE is RowError::kCheck; NULL passes).
struct Scan {
    std::string name;
    std::vector<Type> columns;                            ///< of the scan's batch
    std::vector<std::pair<int, plan::ExprPtr>> computed;  ///< column, expression over the batch's columns
    std::vector<std::pair<int, std::string>> not_null;    ///< computed and metadata columns declared so, with names
    int event_time = -1;
    std::vector<plan::ExprPtr> checks;
};

/// ConditionFunction `name` over a pair batch.
struct Condition {
    std::string name;
    std::vector<Type> input;
    plan::ExprPtr condition;
};

struct AggregateCall {
    const AggregateFunction* function = nullptr;
    std::vector<int> args;  ///< columns of the input batch
    int filter = -1;        ///< BOOLEAN column: the row counts only where TRUE; -1 = no filter
    bool distinct = false;  ///< (the function is then the DISTINCT variant of the registry)
    Type type;              ///< result
    int state_offset = 0;   ///< multiple of 16
    int state_bytes = 0;
};
/// Init/Update/Merge/FinishFunction `name`_init, _update, _merge, _finish.
struct Aggregate {
    std::string name;
    std::vector<Type> input;
    std::vector<AggregateCall> calls;
    int state_bytes = 0;  ///< all together, multiple of 16
};

using Function = std::variant<Pipeline, Scan, Condition, Aggregate>;

/// All functions of a job, in the order of their making.
struct Module {
    std::vector<Function> functions;
};

/// The function's name, and its readable text (explain --stage=pipelines).
const std::string& name_of(const Function&);
std::string to_string(const Function&);
/// Text for machines: equal exactly when the generated code is (the object cache hashes it).
std::string fingerprint(const Function&);
/// Empty if the function is sound, else what is wrong with it (our bug).
std::string verify(const Function&);

/// The places of a function that can fail a row, numbered alike by codegen and the interpreter: fallible Calls in the
/// order of the steps, then NOT NULL columns, then CHECKs. Of an aggregate: site i is call i.
struct Sites {
    std::vector<std::string> texts;
    std::unordered_map<const plan::Expr*, int> calls;  ///< fallible Calls, and the roots of CHECKs
    int first_not_null = 0;                            ///< site of Scan::not_null[0]
    int of(const plan::Expr* e) const;
};
Sites sites_of(const Function&);

}  // namespace streamql::physical
