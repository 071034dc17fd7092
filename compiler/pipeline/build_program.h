// Cutting: the one place where a logical plan becomes pipelines, breakers and exchanges.
//
// What: build() walks the plan from the sinks to the sources. Chains of filters and projections become one Pipeline in
// front of each consumer; Deduplicate, WithinJoin and WindowAggregate are breakers with an Exchange on their key before
// them; a scan is read once whoever uses it. Functions are only described here (physical::Module); link() puts compiled
// slots in place. Invariants: program.h's. Threading: none.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "compiler/pipeline/physical.h"
#include "compiler/plan/logical_plan.h"
#include "runtime/program/program.h"

namespace streamql::pipeline {

struct Built {
    Program program;  ///< slots empty
    physical::Module module;
    std::vector<std::string> node_functions;  ///< per program node: the function it runs; empty = none
    std::vector<std::string> scan_functions;  ///< per source
};

Built build(const plan::Job& job);

/// Gives every node and source its compiled functions and error sites.
void link(Built& built, const std::map<std::string, Slot>& slots,
          const std::map<std::string, std::vector<std::string>>& sites);

/// The program's nodes with their inputs and functions, for explain --stage=pipelines.
std::string to_string(const Built& built);

}  // namespace streamql::pipeline
