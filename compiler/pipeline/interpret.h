// Runs physical functions by the evaluator, without LLVM: --jit=off, and the oracle that generated code is held
// against.
//
// What: a FunctionSlot for every function of a module, of plain C++ functions that find their plan in context->user.
// Ownership: `keep` owns the plans; it outlives the slots' use. Threading: the functions keep nothing between calls, so
// any number of workers may share them.
#pragma once
#include <map>

#include "compiler/pipeline/physical.h"

namespace streamql::physical {

struct Interpreted {
    std::shared_ptr<void> keep;
    std::map<std::string, Slot> slots;  ///< by name; of an Aggregate: name_init, _update, _merge, _finish
    std::map<std::string, std::vector<std::string>> sites;  ///< by name of the function
};

Interpreted interpret(const Module&);

}  // namespace streamql::physical
