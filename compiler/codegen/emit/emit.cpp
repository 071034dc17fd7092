#include "compiler/codegen/emit/emit.h"

#include "runtime/base/result.h"

namespace streamql::codegen {

Emit::Emit(llvm::Module& module, const std::string& name, llvm::FunctionType* type,
           const std::vector<std::string>& arg_names)
    : module_(module), builder_(module.getContext()), entry_(module.getContext()) {
    function_ = llvm::Function::Create(type, llvm::Function::ExternalLinkage, name, module);
    function_->addFnAttr(llvm::Attribute::NoUnwind);
    function_->setUWTableKind(llvm::UWTableKind::Default);
    function_->addFnAttr("frame-pointer", "all");  // perf walks the stack by it
    for (size_t i = 0; i < arg_names.size(); ++i) function_->getArg(i)->setName(arg_names[i]);
    auto* entry = llvm::BasicBlock::Create(context(), "entry", function_);
    auto* body = llvm::BasicBlock::Create(context(), "body", function_);
    entry_.SetInsertPoint(entry);
    entry_.SetInsertPoint(entry_.CreateBr(body));
    builder_.SetInsertPoint(body);
}

void Emit::finish(llvm::Value* value) {
    if (value)
        builder_.CreateRet(value);
    else
        builder_.CreateRetVoid();
    std::string complaint;
    llvm::raw_string_ostream out(complaint);
    SQ_CHECK(!llvm::verifyFunction(*function_, &out), complaint);
}

llvm::Value* Emit::at(llvm::Value* base, int64_t bytes, const char* name) {
    return bytes == 0 ? base : builder_.CreateConstInBoundsGEP1_64(i8(), base, static_cast<uint64_t>(bytes), name);
}

llvm::Value* Emit::element(llvm::Value* base, llvm::Value* index, int64_t width, const char* name) {
    switch (width) {
        case 1:
            return builder_.CreateInBoundsGEP(i8(), base, index, name);
        case 4:
            return builder_.CreateInBoundsGEP(i32(), base, index, name);
        case 8:
            return builder_.CreateInBoundsGEP(i64(), base, index, name);
        default:
            return builder_.CreateInBoundsGEP(llvm::ArrayType::get(i8(), static_cast<uint64_t>(width)), base, index,
                                              name);
    }
}

llvm::Value* Emit::load(llvm::Type* type, llvm::Value* base, int64_t bytes, const char* name) {
    return builder_.CreateLoad(type, at(base, bytes), name);
}

void Emit::store(llvm::Value* value, llvm::Value* base, int64_t bytes) { builder_.CreateStore(value, at(base, bytes)); }

llvm::AllocaInst* Emit::alloca_bytes(int64_t bytes, const char* name) {
    auto* slot = entry_.CreateAlloca(i8(), int64(bytes), name);
    slot->setAlignment(llvm::Align(16));
    return slot;
}

llvm::AllocaInst* Emit::variable(llvm::Type* type, llvm::Value* initial, const char* name) {
    auto* slot = entry_.CreateAlloca(type, nullptr, name);
    entry_.CreateStore(initial, slot);
    return slot;
}

llvm::Value* Emit::bytes(std::string_view bytes) {
    auto* data =
        llvm::ConstantDataArray::getString(context(), llvm::StringRef(bytes.data(), bytes.size()), /*AddNull=*/false);
    for (auto& g : module_.globals()) {
        if (g.hasInitializer() && g.getInitializer() == data) return &g;
    }
    return new llvm::GlobalVariable(module_, data->getType(), true, llvm::GlobalValue::PrivateLinkage, data, "text");
}

llvm::Value* Emit::zero_block() {
    if (!zero_) {
        auto* type = llvm::ArrayType::get(i64(), sizeof(Cell) / 8);
        zero_ = new llvm::GlobalVariable(module_, type, true, llvm::GlobalValue::PrivateLinkage,
                                         llvm::ConstantAggregateZero::get(type), "zero");
        zero_->setAlignment(llvm::Align(16));
    }
    return zero_;
}

llvm::CallInst* Emit::call(const std::string& symbol, llvm::FunctionType* type, llvm::ArrayRef<llvm::Value*> args,
                           const char* name) {
    auto callee = module_.getOrInsertFunction(symbol, type);
    llvm::cast<llvm::Function>(callee.getCallee())->setDoesNotThrow();
    return builder_.CreateCall(callee, args, name);
}

llvm::CallInst* Emit::call_abi(const std::string& symbol, llvm::ArrayRef<llvm::Value*> args, const char* name) {
#define STREAMQL_CALL(f) \
    if (symbol == #f) return call(symbol, function_type<decltype(&::f)>(context()), args, name);
    STREAMQL_ABI_FUNCTIONS(STREAMQL_CALL)
#undef STREAMQL_CALL
    SQ_CHECK(false, symbol + " is not in runtime/abi/exports.h");
    return nullptr;
}

llvm::BasicBlock* Emit::block(const char* name) { return llvm::BasicBlock::Create(context(), name, function_); }

void Emit::if_(llvm::Value* condition, const char* name, const Body& then, const Body& otherwise) {
    if (is_true(condition)) return then();
    if (is_false(condition)) return otherwise ? otherwise() : void();
    auto* yes = block(name);
    auto* after = block("after");
    auto* no = otherwise ? block("else") : after;
    builder_.CreateCondBr(condition, yes, no);
    place(yes);
    then();
    jump(after);
    if (otherwise) {
        place(no);
        otherwise();
        jump(after);
    }
    place(after);
}

void Emit::loop(const char* name, llvm::Value* end, const std::function<void(llvm::Value*, llvm::BasicBlock*)>& body) {
    auto* before = builder_.GetInsertBlock();
    auto* head = block((std::string(name) + "_head").c_str());
    auto* inside = block(name);
    auto* next = block((std::string(name) + "_next").c_str());
    auto* done = block((std::string(name) + "_done").c_str());
    jump(head);
    place(head);
    auto* i = builder_.CreatePHI(i64(), 2, "i");
    i->addIncoming(int64(0), before);
    builder_.CreateCondBr(builder_.CreateICmpSLT(i, end), inside, done);
    place(inside);
    body(i, next);
    jump(next);
    place(next);
    i->addIncoming(builder_.CreateNSWAdd(i, int64(1), "i_next"), next);
    jump(head);
    place(done);
}

bool Emit::is_false(llvm::Value* v) {
    auto* c = llvm::dyn_cast<llvm::ConstantInt>(v);
    return c && c->isZero();
}
bool Emit::is_true(llvm::Value* v) {
    auto* c = llvm::dyn_cast<llvm::ConstantInt>(v);
    return c && c->isOne();
}
llvm::Value* Emit::or_(llvm::Value* a, llvm::Value* b) {
    if (is_false(a) || is_true(b) || a == b) return b;
    if (is_false(b) || is_true(a)) return a;
    return builder_.CreateOr(a, b);
}
llvm::Value* Emit::and_(llvm::Value* a, llvm::Value* b) {
    if (is_true(a) || is_false(b) || a == b) return b;
    if (is_true(b) || is_false(a)) return a;
    return builder_.CreateAnd(a, b);
}
llvm::Value* Emit::not_(llvm::Value* a) {
    if (is_false(a)) return bit(true);
    if (is_true(a)) return bit(false);
    return builder_.CreateNot(a);
}

}  // namespace streamql::codegen
