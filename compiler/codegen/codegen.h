// Makes LLVM IR of a physical module.
//
// What: one function per physical function (an Aggregate has four). Names are those of the plan; scalar and aggregate
// kernels are external symbols as the registry spells them, the runtime's functions those of runtime/abi/exports.h, and
// nothing else is called but memcpy, memset and bcmp. Bad plans are our bug (SQ_CHECK). Ownership: the result owns
// context and module. Threading: any thread; one at a time per Generated.
#pragma once
#include <map>
#include <memory>

#include "compiler/pipeline/physical.h"

namespace llvm {
class LLVMContext;
class Module;
}  // namespace llvm

namespace streamql::codegen {

struct Generated {
    std::unique_ptr<llvm::LLVMContext> context;
    std::unique_ptr<llvm::Module> module;
    Generated();
    Generated(Generated&&) noexcept;
    ~Generated();
};

Generated generate(const physical::Module&);
/// Names of the functions made for one physical function, in the order init, update, merge, finish for an Aggregate.
std::vector<std::string> symbols_of(const physical::Function&);
/// Raised whenever the same plan gives other code; part of the object cache's key.
inline constexpr int kVersion = 2;

}  // namespace streamql::codegen
