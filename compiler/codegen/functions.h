// One emitter for each kind of physical function.
#pragma once
#include "compiler/codegen/emit/llvm.h"
#include "compiler/pipeline/physical.h"

namespace streamql::codegen {

void emit_pipeline(llvm::Module&, const physical::Pipeline&, const physical::Sites&);
void emit_scan(llvm::Module&, const physical::Scan&, const physical::Sites&);
void emit_condition(llvm::Module&, const physical::Condition&, const physical::Sites&);
void emit_aggregate(llvm::Module&, const physical::Aggregate&);

}  // namespace streamql::codegen
