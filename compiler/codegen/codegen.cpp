#include "compiler/codegen/codegen.h"

#include "compiler/codegen/functions.h"
#include "runtime/base/result.h"

namespace streamql::codegen {

Generated::Generated() = default;
Generated::Generated(Generated&&) noexcept = default;
Generated::~Generated() {
    module.reset();
    context.reset();
}

std::vector<std::string> symbols_of(const physical::Function& f) {
    const std::string& name = physical::name_of(f);
    if (std::holds_alternative<physical::Aggregate>(f))
        return {name + "_init", name + "_update", name + "_merge", name + "_finish"};
    return {name};
}

Generated generate(const physical::Module& plan) {
    Generated g;
    g.context = std::make_unique<llvm::LLVMContext>();
    g.module = std::make_unique<llvm::Module>("streamql", *g.context);
    for (auto& function : plan.functions) {
        std::string complaint = physical::verify(function);
        SQ_CHECK(complaint.empty(), complaint);
        physical::Sites sites = physical::sites_of(function);
        std::visit(overloaded{
                       [&](const physical::Pipeline& f) { emit_pipeline(*g.module, f, sites); },
                       [&](const physical::Scan& f) { emit_scan(*g.module, f, sites); },
                       [&](const physical::Condition& f) { emit_condition(*g.module, f, sites); },
                       [&](const physical::Aggregate& f) { emit_aggregate(*g.module, f); },
                   },
                   function);
    }
    return g;
}

}  // namespace streamql::codegen
