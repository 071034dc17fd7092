// The code of one row: its columns, the expressions over them, and what happens when one of them fails.
//
// What: expressions become SSA values (emit/value.h). Columns are loaded, and projected expressions computed, when they
// are first needed; a Call made before with the same arguments is not made again. Both memories follow dominance: what
// was computed inside a branch is forgotten behind it. Threading: one thread.
#pragma once
#include <functional>
#include <map>

#include "compiler/codegen/emit/value.h"
#include "compiler/functions/registry.h"
#include "compiler/pipeline/physical.h"

namespace streamql::codegen {

/// The row as it stands at one step: the batch, or the expressions of a ProjectStep over the level below.
struct Level {
    std::function<Value(int column)> column;
};

class Row {
  public:
    /// `context` points at a KernelContext. Failures jump to one block that reports them: see failed().
    Row(Emit& e, const physical::Sites& sites, llvm::Value* context) : e_(e), sites_(sites), context_(context) {}

    /// Starts the next row's code: forgets all values. Failures of this row jump to `failure`, a fresh block.
    void begin(llvm::BasicBlock* failure);
    /// The phis {code, site} of the failure block; null if nothing can fail.
    bool can_fail() const { return code_ != nullptr; }
    llvm::Value* code() const { return code_; }
    llvm::Value* site() const { return site_; }

    Value expression(const plan::ExprPtr& x, const Level& level);
    /// Remembers make()'s value for (level, column).
    Value column(const Level& level, int column, const std::function<Value()>& make);
    void set_column(const Level& level, int column, const Value& value);

    /// Fails the row where the condition holds.
    void fail_if(llvm::Value* condition, RowError error, int site);
    void fail_if_code(llvm::Value* code, int site);

    using Make = std::function<Value()>;
    Value choose(llvm::Value* condition, const char* name, const Make& then, const Make& otherwise);
    void when(llvm::Value* condition, const char* name, const Emit::Body& then);

    Emit& emit() { return e_; }
    llvm::Value* cells(size_t count);  ///< the argument array that all calls share
    llvm::Value* result_cell() { return result_ ? result_ : result_ = e_.alloca_bytes(sizeof(Cell), "result"); }
    llvm::Value* context() { return context_; }

  private:
    using Key = std::vector<const void*>;
    Value visit(const plan::Literal&, const plan::Expr&, const Level&);
    Value visit(const plan::Column&, const plan::Expr&, const Level&);
    Value visit(const plan::Call&, const plan::Expr&, const Level&);
    Value visit(const plan::Logical&, const plan::Expr&, const Level&);
    Value visit(const plan::Not&, const plan::Expr&, const Level&);
    Value visit(const plan::IsNull&, const plan::Expr&, const Level&);
    Value visit(const plan::NotDistinct&, const plan::Expr&, const Level&);
    Value visit(const plan::Case&, const plan::Expr&, const Level&);
    Value visit(const plan::Coalesce&, const plan::Expr&, const Level&);
    Value logical_from(const plan::Logical&, size_t next, const Value& known, const Level&);
    Value case_from(const plan::Case&, size_t next, const plan::Expr&, const Level&);
    Value coalesce_from(const plan::Coalesce&, size_t next, const Value& known, const plan::Expr&, const Level&);
    Value call_value(const plan::Call&, const plan::Expr&, const std::vector<Value>& args);
    Value call_kernel(const plan::Call&, const plan::Expr&, const std::vector<Value>& args);
    void remember(Key key, const Value& value);
    void forget_to(size_t mark);

    Emit& e_;
    const physical::Sites& sites_;
    llvm::Value* context_;
    llvm::BasicBlock* failure_ = nullptr;
    llvm::PHINode *code_ = nullptr, *site_ = nullptr;
    llvm::AllocaInst* cells_ = nullptr;
    llvm::AllocaInst* result_ = nullptr;
    size_t cells_count_ = 0;
    std::map<Key, Value> known_;
    std::vector<Key> log_;
};

/// Operations of the registry in IR (operation.cpp). Payloads of NULL arguments are computed with; only what is not
/// NULL may fail.
Value emit_operation(Row& row, const ScalarFunction& function, const plan::Call& call, const plan::Expr& x,
                     const std::vector<Value>& args, int site);
/// a = b for two values of one type that are both not NULL where `present` holds; false elsewhere.
llvm::Value* emit_equal(Row& row, Shape shape, llvm::Value* present, const Value& a, const Value& b);
/// Few instructions, no calls and no way to fail: cheaper computed than jumped over.
bool is_cheap(const plan::ExprPtr& x);

}  // namespace streamql::codegen
