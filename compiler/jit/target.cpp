#include "compiler/jit/target.h"

#include <mutex>

#include "compiler/jit/llvm_jit.h"
#include "runtime/base/result.h"

namespace streamql::jit {

namespace {

struct Host {
    std::string triple, cpu, features;
    const llvm::Target* target = nullptr;
};

const Host& host() {
    static const Host h = [] {
        llvm::InitializeNativeTarget();
        llvm::InitializeNativeTargetAsmPrinter();
        Host host;
        host.triple = llvm::sys::getProcessTriple();
        host.cpu = llvm::sys::getHostCPUName().str();
        // In the map's own order the text would differ from run to run.
        std::map<std::string, bool> sorted;
        for (auto& f : llvm::sys::getHostCPUFeatures()) sorted[f.first().str()] = f.second;
        for (auto& [name, on] : sorted)
            host.features += (host.features.empty() ? "" : ",") + std::string(on ? "+" : "-") + name;
        std::string error;
        host.target = llvm::TargetRegistry::lookupTarget(host.triple, error);
        SQ_CHECK(host.target, error);
        return host;
    }();
    return h;
}

std::unique_ptr<llvm::TargetMachine> machine(bool fast) {
    const Host& h = host();
    auto level = fast ? llvm::CodeGenOptLevel::None : llvm::CodeGenOptLevel::Default;
    std::unique_ptr<llvm::TargetMachine> m(h.target->createTargetMachine(
        h.triple, h.cpu, h.features, {}, llvm::Reloc::PIC_, llvm::CodeModel::Small, level, true));
    SQ_CHECK(m != nullptr, h.triple);
    if (fast) m->setFastISel(true);
    return m;
}

void adopt(llvm::Module& module, const llvm::TargetMachine& m) {
    module.setDataLayout(m.createDataLayout());
    module.setTargetTriple(m.getTargetTriple().str());
}

std::string emit(llvm::Module& module, bool fast, llvm::CodeGenFileType kind) {
    auto m = machine(fast);
    adopt(module, *m);
    llvm::SmallVector<char, 0> bytes;
    llvm::raw_svector_ostream out(bytes);
    llvm::legacy::PassManager passes;
    SQ_CHECK(!m->addPassesToEmitFile(passes, out, nullptr, kind), "no code generator");
    passes.run(module);
    return {bytes.data(), bytes.size()};
}

}  // namespace

const std::string& target_identity() {
    static const std::string identity =
        "LLVM " LLVM_VERSION_STRING " " + host().triple + " " + host().cpu + " " + host().features;
    return identity;
}

void optimize(llvm::Module& module, const std::atomic<bool>* cancelled) {
    auto m = machine(false);
    adopt(module, *m);
    llvm::PassInstrumentationCallbacks callbacks;
    if (cancelled) {
        callbacks.registerShouldRunOptionalPassCallback(
            [cancelled](llvm::StringRef, llvm::Any) { return !cancelled->load(std::memory_order_relaxed); });
    }
    llvm::LoopAnalysisManager loops;
    llvm::FunctionAnalysisManager functions;
    llvm::CGSCCAnalysisManager components;
    llvm::ModuleAnalysisManager modules;
    llvm::PassBuilder builder(m.get(), {}, {}, &callbacks);
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(components);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, components, modules);
    builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2).run(module, modules);
}

std::string emit_object(llvm::Module& module, bool fast) {
    return emit(module, fast, llvm::CodeGenFileType::ObjectFile);
}
std::string emit_assembly(llvm::Module& module) { return emit(module, false, llvm::CodeGenFileType::AssemblyFile); }

std::string print_ir(const llvm::Module& module) {
    std::string text;
    llvm::raw_string_ostream out(text);
    module.print(out, nullptr);
    return text;
}

}  // namespace streamql::jit
