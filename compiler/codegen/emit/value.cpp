#include "compiler/codegen/emit/value.h"

#include "runtime/base/result.h"

namespace streamql::codegen {

Shape shape_of(const Type& type) {
    if (type.kind == TypeKind::kBoolean) return Shape::kBool;
    switch (type.physical()) {
        case Physical::kI64:
            return Shape::kI64;
        case Physical::kF64:
            return Shape::kF64;
        case Physical::kStr:
            return Shape::kStr;
        case Physical::kInterval:
            return Shape::kInterval;
        case Physical::kDecimal:
            return Shape::kDecimal;
    }
    SQ_CHECK(false, "a type without a physical form");
    return Shape::kI64;
}

int shape_width(Shape shape) {
    switch (shape) {
        case Shape::kBool:
        case Shape::kI64:
        case Shape::kF64:
            return 8;
        case Shape::kStr:
        case Shape::kInterval:
            return 16;
        case Shape::kDecimal:
            return 32;
    }
    return 0;
}

Value null_value(Emit& e, Shape shape) {
    switch (shape) {
        case Shape::kBool:
            return {e.bit(true), e.bit(false), nullptr};
        case Shape::kI64:
            return {e.bit(true), e.int64(0), nullptr};
        case Shape::kF64:
            return {e.bit(true), llvm::ConstantFP::get(e.f64(), 0.0), nullptr};
        case Shape::kStr:
            return {e.bit(true), llvm::ConstantPointerNull::get(e.b().getPtrTy()), e.int64(0)};
        case Shape::kInterval:
        case Shape::kDecimal:
            return {e.bit(true), e.zero_block(), nullptr};
    }
    return {};
}

Value constant(Emit& e, const Cell& cell, Shape shape) {
    if (cell.null) return null_value(e, shape);
    Value v{e.bit(false), nullptr, nullptr};
    switch (shape) {
        case Shape::kBool:
            v.payload = e.bit(cell.i64 != 0);
            break;
        case Shape::kI64:
            v.payload = e.int64(cell.i64);
            break;
        case Shape::kF64:
            v.payload = llvm::ConstantFP::get(e.f64(), cell.f64);
            break;
        case Shape::kStr:
            v.payload = e.bytes(cell.str.view());
            v.size = e.int64(static_cast<int64_t>(cell.str.size));
            break;
        case Shape::kInterval:
        case Shape::kDecimal: {
            uint64_t words[4] = {};
            std::memcpy(words, static_cast<const void*>(&cell), static_cast<size_t>(shape_width(shape)));
            auto* data =
                llvm::ConstantDataArray::get(e.context(), llvm::ArrayRef<uint64_t>(words, shape_width(shape) / 8));
            auto* global = new llvm::GlobalVariable(e.module(), data->getType(), true,
                                                    llvm::GlobalValue::PrivateLinkage, data, "constant");
            global->setAlignment(llvm::Align(16));
            v.payload = global;
            break;
        }
    }
    return v;
}

Value load_value(Emit& e, llvm::Value* base, Shape shape, llvm::Value* null, const char* name) {
    switch (shape) {
        case Shape::kBool:
            return {null, e.b().CreateICmpNE(e.load(e.i64(), base, 0), e.int64(0), name), nullptr};
        case Shape::kI64:
            return {null, e.load(e.i64(), base, 0, name), nullptr};
        case Shape::kF64:
            return {null, e.load(e.f64(), base, 0, name), nullptr};
        case Shape::kStr:
            return {null, e.load(e.ptr(), base, offsetof(Str, data), name), e.load(e.i64(), base, offsetof(Str, size))};
        case Shape::kInterval:
        case Shape::kDecimal:
            return {null, base, nullptr};
    }
    return {};
}

void store_value(Emit& e, const Value& value, llvm::Value* base, Shape shape) {
    switch (shape) {
        case Shape::kBool:
            e.store(e.b().CreateZExt(value.payload, e.i64()), base, 0);
            break;
        case Shape::kI64:
        case Shape::kF64:
            e.store(value.payload, base, 0);
            break;
        case Shape::kStr:
            e.store(value.payload, base, offsetof(Str, data));
            e.store(value.size, base, offsetof(Str, size));
            break;
        case Shape::kInterval:
        case Shape::kDecimal:
            for (int word = 0; word < shape_width(shape) / 8; ++word)
                e.store(e.load(e.i64(), value.payload, word * 8), base, word * 8);
            break;
    }
}

void store_cell(Emit& e, const Value& value, llvm::Value* cell, Shape shape) {
    store_value(e, value, cell, shape);
    e.store(e.b().CreateZExt(value.null, e.i8()), cell, offsetof(Cell, null));
}

Value phi(Emit& e, const Value& a, llvm::BasicBlock* from_a, const Value& b, llvm::BasicBlock* from_b) {
    auto join = [&](llvm::Value* x, llvm::Value* y) -> llvm::Value* {
        if (x == y) return x;
        auto* p = e.b().CreatePHI(x->getType(), 2);
        p->addIncoming(x, from_a);
        p->addIncoming(y, from_b);
        return p;
    };
    Value v{join(a.null, b.null), join(a.payload, b.payload), nullptr};
    if (a.size) v.size = join(a.size, b.size);
    return v;
}

llvm::Value* holds(Emit& e, const Value& boolean) { return e.and_(e.not_(boolean.null), boolean.payload); }

}  // namespace streamql::codegen
