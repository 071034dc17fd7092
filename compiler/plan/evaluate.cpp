#include "compiler/plan/evaluate.h"

#include "compiler/functions/registry.h"
#include "runtime/base/result.h"

namespace streamql::plan {

namespace {

constexpr int kInlineArgs = 8;

class RowColumns : public ColumnSource {
  public:
    explicit RowColumns(std::span<const Cell> row) : row_(row) {}
    RowError get(int column, KernelContext&, Cell* out, const Expr**) override {
        *out = row_[column];
        return RowError::kOk;
    }

  private:
    std::span<const Cell> row_;
};

struct Evaluator {
    ColumnSource& columns;
    KernelContext& context;
    const Expr** failed;

    static void set(Cell* out, bool value) { *out = Cell::of(int64_t{value}); }
    static void set_null(Cell* out) { *out = Cell{}; }

    RowError run(const ExprPtr& e, Cell* out) {
        return std::visit([&](const auto& n) { return visit(n, *e, out); }, e->node);
    }

    RowError visit(const Literal& n, const Expr&, Cell* out) {
        *out = n.value;
        return RowError::kOk;
    }

    RowError visit(const Column& n, const Expr&, Cell* out) { return columns.get(n.index, context, out, failed); }

    RowError visit(const Call& n, const Expr& e, Cell* out) {
        Cell few[kInlineArgs];
        std::vector<Cell> many;
        Cell* args = few;
        if (n.args.size() > kInlineArgs) {
            many.resize(n.args.size());
            args = many.data();
        }
        bool any_null = false;
        for (size_t i = 0; i < n.args.size(); ++i) {
            if (RowError error = run(n.args[i], &args[i]); error != RowError::kOk) return error;
            any_null |= args[i].null;
        }
        set_null(out);
        if (any_null && n.function->strict) return RowError::kOk;
        RowError error = n.function->kernel(&context, args, static_cast<int32_t>(n.args.size()), out);
        if (error != RowError::kOk) *failed = &e;
        return error;
    }

    RowError visit(const Logical& n, const Expr&, Cell* out) {
        bool any_null = false;
        for (auto& arg : n.args) {
            Cell c;
            if (RowError error = run(arg, &c); error != RowError::kOk) return error;
            any_null |= c.null;
            if (!c.null && (c.i64 != 0) != n.is_and) {
                set(out, !n.is_and);
                return RowError::kOk;
            }
        }
        any_null ? set_null(out) : set(out, n.is_and);
        return RowError::kOk;
    }

    RowError visit(const Not& n, const Expr&, Cell* out) {
        RowError error = run(n.arg, out);
        if (error == RowError::kOk && !out->null) set(out, out->i64 == 0);
        return error;
    }

    RowError visit(const IsNull& n, const Expr&, Cell* out) {
        RowError error = run(n.arg, out);
        if (error == RowError::kOk) set(out, out->null);
        return error;
    }

    RowError visit(const NotDistinct& n, const Expr& e, Cell* out) {
        Cell args[2];
        if (RowError error = run(n.left, &args[0]); error != RowError::kOk) return error;
        if (RowError error = run(n.right, &args[1]); error != RowError::kOk) return error;
        if (args[0].null || args[1].null) {
            set(out, args[0].null && args[1].null);
            return RowError::kOk;
        }
        RowError error = n.equal->kernel(&context, args, 2, out);
        if (error != RowError::kOk) *failed = &e;
        return error;
    }

    RowError visit(const Case& n, const Expr&, Cell* out) {
        for (auto& [when, then] : n.whens) {
            Cell c;
            if (RowError error = run(when, &c); error != RowError::kOk) return error;
            if (!c.null && c.i64) return run(then, out);
        }
        return run(n.otherwise, out);
    }

    RowError visit(const Coalesce& n, const Expr&, Cell* out) {
        for (auto& arg : n.args) {
            RowError error = run(arg, out);
            if (error != RowError::kOk || !out->null) return error;
        }
        return RowError::kOk;
    }
};

}  // namespace

RowError evaluate(const ExprPtr& e, ColumnSource& columns, KernelContext& context, Cell* out, const Expr** failed) {
    const Expr* ignored = nullptr;
    return Evaluator{columns, context, failed ? failed : &ignored}.run(e, out);
}

RowError evaluate(const ExprPtr& e, std::span<const Cell> row, KernelContext& context, Cell* out, const Expr** failed) {
    RowColumns columns(row);
    return evaluate(e, columns, context, out, failed);
}

ExprPtr fold(const ExprPtr& e, const void* timezone) {
    if (std::holds_alternative<Literal>(e->node) || !is_constant(e)) return e;
    Arena arena;
    KernelContext context{&arena, 0, timezone};
    Cell value;
    if (evaluate(e, std::span<const Cell>{}, context, &value) != RowError::kOk) return e;
    return literal(value, e->type, e->span);
}

}  // namespace streamql::plan
