// An SQL value while a row is computed: a null flag and a payload in SSA form.
#pragma once
#include "compiler/codegen/emit/emit.h"
#include "runtime/types/value.h"

namespace streamql::codegen {

/// How a value lies in registers. BOOLEAN is an i1 here, an int64 in memory.
enum class Shape : uint8_t { kBool, kI64, kF64, kStr, kInterval, kDecimal };
Shape shape_of(const Type& type);
int shape_width(Shape shape);  ///< bytes in a column or a Cell

/// kBool i1, kI64 i64, kF64 double, kStr {ptr, i64 size}, kInterval and kDecimal a pointer to the 16 or 32 bytes.
/// Where null is true the payload is some harmless value: it may be computed with, pointers of kInterval and kDecimal
/// may be read, those of kStr not.
struct Value {
    llvm::Value* null = nullptr;
    llvm::Value* payload = nullptr;
    llvm::Value* size = nullptr;  ///< kStr only
};

Value null_value(Emit& e, Shape shape);
/// A constant; Str bytes become a global.
Value constant(Emit& e, const Cell& cell, Shape shape);
/// Reads a payload at `base`; the null flag is the caller's.
Value load_value(Emit& e, llvm::Value* base, Shape shape, llvm::Value* null, const char* name = "");
/// Writes a payload (also of NULL: some harmless bytes).
void store_value(Emit& e, const Value& value, llvm::Value* base, Shape shape);
/// Into a Cell: payload and flag.
void store_cell(Emit& e, const Value& value, llvm::Value* cell, Shape shape);
/// The value of whichever of two blocks was left.
Value phi(Emit& e, const Value& a, llvm::BasicBlock* from_a, const Value& b, llvm::BasicBlock* from_b);
/// Neither NULL nor false.
llvm::Value* holds(Emit& e, const Value& boolean);

}  // namespace streamql::codegen
