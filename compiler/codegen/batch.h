// A BatchView seen from generated code: column bases loaded once in front of the loop, cells by row.
#pragma once
#include "compiler/codegen/row.h"

namespace streamql::codegen {

class BatchColumns {
  public:
    /// `view` is a BatchView*. Bases are loaded before `before` (a terminator that dominates the loop).
    BatchColumns(Emit& e, llvm::Value* view, const std::vector<Type>& types, llvm::Instruction* before)
        : e_(e), view_(view), types_(types), before_(before), columns_(types.size()) {}
    /// A field of the view itself, loaded once.
    llvm::Value* field(llvm::Type* type, size_t offset, const char* name);
    Value read(int column, llvm::Value* row);
    void write(int column, llvm::Value* row, const Value& value);
    llvm::Value* valid(int column, llvm::Value* row);  ///< address of the validity byte

  private:
    struct Bases {
        llvm::Value *data = nullptr, *valid = nullptr;
    };
    Bases& bases(int column);
    Emit& e_;
    llvm::Value* view_;
    const std::vector<Type>& types_;
    llvm::Instruction* before_;
    llvm::Value* table_ = nullptr;
    std::vector<Bases> columns_;
};

/// Copies event_time, lateness and origin of row `from` to row `to`, and clears the status there.
struct HiddenColumns {
    HiddenColumns(Emit& e, BatchColumns& in, BatchColumns& out);
    void copy(llvm::Value* from, llvm::Value* to);
    Emit& e;
    llvm::Value *in_time, *in_lateness, *in_origin, *out_time, *out_lateness, *out_origin, *out_status;
};

}  // namespace streamql::codegen
