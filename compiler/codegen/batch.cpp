#include "compiler/codegen/batch.h"

namespace streamql::codegen {

llvm::Value* BatchColumns::field(llvm::Type* type, size_t offset, const char* name) {
    llvm::IRBuilder<> at(before_);
    return at.CreateLoad(type, at.CreateConstInBoundsGEP1_64(at.getInt8Ty(), view_, offset), name);
}

BatchColumns::Bases& BatchColumns::bases(int column) {
    Bases& c = columns_[static_cast<size_t>(column)];
    if (c.data) return c;
    if (!table_) table_ = field(e_.ptr(), offsetof(BatchView, columns), "columns");
    llvm::IRBuilder<> at(before_);
    auto load = [&](size_t offset, const char* name) {
        uint64_t bytes = static_cast<uint64_t>(column) * sizeof(ColumnView) + offset;
        return at.CreateLoad(at.getPtrTy(), at.CreateConstInBoundsGEP1_64(at.getInt8Ty(), table_, bytes), name);
    };
    c.data = load(offsetof(ColumnView, data), "data");
    c.valid = load(offsetof(ColumnView, valid), "valid");
    return c;
}

llvm::Value* BatchColumns::valid(int column, llvm::Value* row) { return e_.element(bases(column).valid, row, 1); }

Value BatchColumns::read(int column, llvm::Value* row) {
    Bases& c = bases(column);
    Shape shape = shape_of(types_[static_cast<size_t>(column)]);
    llvm::Value* null = e_.b().CreateICmpEQ(e_.load(e_.i8(), valid(column, row), 0), e_.b().getInt8(0), "null");
    return load_value(e_, e_.element(c.data, row, shape_width(shape)), shape, null, "cell");
}

void BatchColumns::write(int column, llvm::Value* row, const Value& value) {
    Bases& c = bases(column);
    Shape shape = shape_of(types_[static_cast<size_t>(column)]);
    store_value(e_, value, e_.element(c.data, row, shape_width(shape)), shape);
    e_.store(e_.b().CreateZExt(e_.not_(value.null), e_.i8()), valid(column, row), 0);
}

HiddenColumns::HiddenColumns(Emit& emit, BatchColumns& in, BatchColumns& out)
    : e(emit),
      in_time(in.field(e.ptr(), offsetof(BatchView, event_time), "in_event_time")),
      in_lateness(in.field(e.ptr(), offsetof(BatchView, lateness), "in_lateness")),
      in_origin(in.field(e.ptr(), offsetof(BatchView, origin), "in_origin")),
      out_time(out.field(e.ptr(), offsetof(BatchView, event_time), "out_event_time")),
      out_lateness(out.field(e.ptr(), offsetof(BatchView, lateness), "out_lateness")),
      out_origin(out.field(e.ptr(), offsetof(BatchView, origin), "out_origin")),
      out_status(out.field(e.ptr(), offsetof(BatchView, status), "out_status")) {}

void HiddenColumns::copy(llvm::Value* from, llvm::Value* to) {
    e.store(e.load(e.i64(), e.element(in_time, from, 8), 0), e.element(out_time, to, 8), 0);
    e.store(e.load(e.i64(), e.element(in_lateness, from, 8), 0), e.element(out_lateness, to, 8), 0);
    auto* source = e.element(in_origin, from, sizeof(Origin));
    auto* target = e.element(out_origin, to, sizeof(Origin));
    for (int word = 0; word < 2; ++word) e.store(e.load(e.i64(), source, word * 8), target, word * 8);
    e.store(e.b().getInt8(0), e.element(out_status, to, 1), 0);
}

}  // namespace streamql::codegen
