// IR to optimised IR, object or assembly, for the CPU that we run on. Holds LLVM's slow half away from the rest of the
// JIT.
#pragma once
#include <atomic>
#include <string>

#include "compiler/codegen/codegen.h"

namespace streamql::jit {

/// LLVM's version, CPU and features: what an object depends on beside the plan.
const std::string& target_identity();

/// Runs the O2 pipeline. Passes are skipped once `cancelled` is set (the result is then still valid code).
void optimize(llvm::Module&, const std::atomic<bool>* cancelled = nullptr);
std::string emit_object(llvm::Module&, bool fast);
std::string emit_assembly(llvm::Module&);
std::string print_ir(const llvm::Module&);

}  // namespace streamql::jit
