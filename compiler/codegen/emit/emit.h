// A thin layer over IRBuilder: control flow nests as lambdas, struct fields are named by C++ offsets.
//
//     e.if_(is_late, "late", [&] { e.call_abi("sq_row_error", ...); });
//     e.loop("row", rows, [&](llvm::Value* i, llvm::BasicBlock* next) { ... });
// Invariants: entry() is a block of its own that ends in a branch to the body; allocas and what is loop-invariant go
// there. Ownership: the module belongs to the caller. Threading: one thread a module.
#pragma once
#include <functional>
#include <map>
#include <string>

#include "compiler/codegen/emit/abi.h"

namespace streamql::codegen {

class Emit {
  public:
    /// Opens function `name` of type `type`; the builder stands at the start of the body.
    Emit(llvm::Module& module, const std::string& name, llvm::FunctionType* type,
         const std::vector<std::string>& arg_names);
    /// Returns `value` (null: void) and closes the function.
    void finish(llvm::Value* value = nullptr);

    llvm::IRBuilder<>& b() { return builder_; }
    llvm::IRBuilder<>& entry() { return entry_; }
    llvm::Module& module() { return module_; }
    llvm::LLVMContext& context() { return module_.getContext(); }
    llvm::Value* arg(int i) { return function_->getArg(i); }

    llvm::Type* i1() { return builder_.getInt1Ty(); }
    llvm::Type* i8() { return builder_.getInt8Ty(); }
    llvm::Type* i32() { return builder_.getInt32Ty(); }
    llvm::Type* i64() { return builder_.getInt64Ty(); }
    llvm::Type* f64() { return builder_.getDoubleTy(); }
    llvm::Type* ptr() { return builder_.getPtrTy(); }
    llvm::ConstantInt* bit(bool v) { return builder_.getInt1(v); }
    llvm::ConstantInt* int64(int64_t v) { return builder_.getInt64(static_cast<uint64_t>(v)); }
    llvm::ConstantInt* int32(int32_t v) { return builder_.getInt32(static_cast<uint32_t>(v)); }

    /// base + bytes; base itself for 0.
    llvm::Value* at(llvm::Value* base, int64_t bytes, const char* name = "");
    /// base + index * width.
    llvm::Value* element(llvm::Value* base, llvm::Value* index, int64_t width, const char* name = "");
    llvm::Value* load(llvm::Type* type, llvm::Value* base, int64_t bytes, const char* name = "");
    void store(llvm::Value* value, llvm::Value* base, int64_t bytes);
    /// Zeroed by nobody; lives in the entry block. 16-byte aligned.
    llvm::AllocaInst* alloca_bytes(int64_t bytes, const char* name);
    llvm::AllocaInst* variable(llvm::Type* type, llvm::Value* initial, const char* name);
    /// A private constant with these bytes.
    llvm::Value* bytes(std::string_view bytes);
    llvm::Value* zero_block();  ///< 48 zero bytes, readable only

    llvm::CallInst* call(const std::string& symbol, llvm::FunctionType* type, llvm::ArrayRef<llvm::Value*> args,
                         const char* name = "");
    /// A function of exports.h.
    llvm::CallInst* call_abi(const std::string& symbol, llvm::ArrayRef<llvm::Value*> args, const char* name = "");

    llvm::BasicBlock* block(const char* name);
    void jump(llvm::BasicBlock* to) { builder_.CreateBr(to); }
    void place(llvm::BasicBlock* at) { builder_.SetInsertPoint(at); }
    using Body = std::function<void()>;
    void if_(llvm::Value* condition, const char* name, const Body& then, const Body& otherwise = {});
    /// for (i = 0; i < end; ++i) body(i, next): `next` is where `continue` jumps to.
    void loop(const char* name, llvm::Value* end,
              const std::function<void(llvm::Value* i, llvm::BasicBlock* next)>& body);

    /// Constant folding for i1.
    static bool is_false(llvm::Value* v);
    static bool is_true(llvm::Value* v);
    llvm::Value* or_(llvm::Value* a, llvm::Value* b);
    llvm::Value* and_(llvm::Value* a, llvm::Value* b);
    llvm::Value* not_(llvm::Value* a);

  private:
    llvm::Module& module_;
    llvm::IRBuilder<> builder_, entry_;
    llvm::Function* function_;
    llvm::GlobalVariable* zero_ = nullptr;
};

}  // namespace streamql::codegen
