#include "compiler/jit/linker.h"

#include "compiler/jit/llvm_jit.h"
#include "runtime/base/result.h"

namespace streamql::jit {

namespace orc = llvm::orc;

namespace {

void check(llvm::Error error) {
    bool failed = static_cast<bool>(error);
    std::string text = failed ? llvm::toString(std::move(error)) : "";
    SQ_CHECK(!failed, text);
}
template <typename T>
T check(llvm::Expected<T> value) {
    check(value.takeError());
    return std::move(*value);
}

orc::ExecutorSymbolDef symbol(void* address) {
    return {orc::ExecutorAddr::fromPtr(address), llvm::JITSymbolFlags::Exported};
}

}  // namespace

struct Linker::Session {
    orc::ExecutionSession es{check(orc::SelfExecutorProcessControl::Create())};
    orc::ObjectLinkingLayer layer{es, es.getExecutorProcessControl().getMemMgr()};
    orc::JITDylib& runtime{es.createBareJITDylib("runtime")};
    ~Session() { check(es.endSession()); }
};

Linker::Linker(const Symbols& symbols, bool gdb, bool perf) : session_(std::make_unique<Session>()) {
    auto& es = session_->es;
    orc::SymbolMap map;
    for (auto& [name, address] : symbols) map[es.intern(name)] = symbol(address);
    if (perf) {
        map[es.intern("llvm_orc_registerJITLoaderPerfStart")] =
            symbol(reinterpret_cast<void*>(&llvm_orc_registerJITLoaderPerfStart));
        map[es.intern("llvm_orc_registerJITLoaderPerfEnd")] =
            symbol(reinterpret_cast<void*>(&llvm_orc_registerJITLoaderPerfEnd));
        map[es.intern("llvm_orc_registerJITLoaderPerfImpl")] =
            symbol(reinterpret_cast<void*>(&llvm_orc_registerJITLoaderPerfImpl));
    }
    check(session_->runtime.define(orc::absoluteSymbols(std::move(map))));
    if (gdb) {
        auto registrar = check(orc::createJITLoaderGDBRegistrar(es));
        session_->layer.addPlugin(std::make_shared<orc::DebugObjectManagerPlugin>(es, std::move(registrar),
                                                                                  /*RequireDebugSections=*/false,
                                                                                  /*AutoRegisterCode=*/true));
    }
    if (perf) {
        auto plugin = check(orc::PerfSupportPlugin::Create(es.getExecutorProcessControl(), session_->runtime,
                                                           /*EmitDebugInfo=*/false, /*EmitUnwindInfo=*/false));
        session_->layer.addPlugin(std::shared_ptr<orc::ObjectLinkingLayer::Plugin>(std::move(plugin)));
    }
}

Linker::~Linker() = default;

std::vector<void*> Linker::load(const std::string& dylib, const std::string& object,
                                const std::vector<std::string>& names) {
    auto& es = session_->es;
    auto& code = es.createBareJITDylib(dylib);
    code.addToLinkOrder(session_->runtime);
    check(session_->layer.add(
        code, llvm::MemoryBuffer::getMemBufferCopy(llvm::StringRef(object.data(), object.size()), dylib)));
    orc::SymbolLookupSet wanted;
    for (auto& name : names) wanted.add(es.intern(name));
    auto found = check(es.lookup({{&code, orc::JITDylibLookupFlags::MatchAllSymbols}}, std::move(wanted)));
    std::vector<void*> addresses;
    for (auto& name : names) addresses.push_back(found[es.intern(name)].getAddress().toPtr<void*>());
    return addresses;
}

}  // namespace streamql::jit
