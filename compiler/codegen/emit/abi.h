// LLVM types out of C++ signatures: what generated code calls and is called by is declared once, in C++.
#pragma once
#include <cstdint>
#include <type_traits>

#include "compiler/codegen/emit/llvm.h"
#include "runtime/abi/exports.h"

namespace streamql::codegen {

template <typename T>
llvm::Type* llvm_type(llvm::LLVMContext& c) {
    if constexpr (std::is_void_v<T>)
        return llvm::Type::getVoidTy(c);
    else if constexpr (std::is_pointer_v<T>)
        return llvm::PointerType::getUnqual(c);
    else if constexpr (std::is_same_v<T, double>)
        return llvm::Type::getDoubleTy(c);
    else {
        static_assert(std::is_integral_v<T> || std::is_enum_v<T>, "a type that the ABI does not know");
        return llvm::Type::getIntNTy(c, sizeof(T) * 8);
    }
}

template <typename F>
struct Signature;
template <typename R, typename... A>
struct Signature<R (*)(A...)> {
    static llvm::FunctionType* type(llvm::LLVMContext& c) {
        return llvm::FunctionType::get(llvm_type<R>(c), {llvm_type<A>(c)...}, false);
    }
};
template <typename R, typename... A>
struct Signature<R (*)(A...) noexcept> : Signature<R (*)(A...)> {};

/// The LLVM type of a function pointer type.
template <typename F>
llvm::FunctionType* function_type(llvm::LLVMContext& c) {
    return Signature<F>::type(c);
}

}  // namespace streamql::codegen
