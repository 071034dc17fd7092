// Aggregate: init, update, merge and finish of all aggregate calls of one operator.
//
// Update, a row at a time:
//     for (k in n) {
//         for (each call that can fail, but the last of them) if (filter is TRUE) { would it fail? }
//         for (each call, the last that can fail first) if (filter is TRUE) { fast path in IR, or kernel }
//     failed:  sq_aggregate_error(context, row, code, call)
//     }
// So a row that fails is in none of its aggregates, and one aggregate that can fail is not asked twice.
// The fast paths know the state layouts that compiler/functions/registry.h documents; everything else is the kernels'.
#include "compiler/codegen/batch.h"
#include "compiler/codegen/functions.h"
#include "compiler/functions/registry.h"
#include "runtime/base/result.h"

namespace streamql::codegen {

namespace {

bool counts(AggregateOperation op) { return op == AggregateOperation::kCountStar || op == AggregateOperation::kCount; }

class UpdateEmitter {
  public:
    UpdateEmitter(llvm::Module& module, const physical::Aggregate& plan)
        : plan_(plan),
          e_(module, plan.name + "_update", function_type<UpdateFunction>(module.getContext()),
             {"context", "in", "rows", "states", "n"}),
          row_(e_, no_sites_, e_.arg(0)),
          in_(e_, e_.arg(1), plan.input, e_.entry().GetInsertBlock()->getTerminator()) {}

    void run() {
        bool kernels =
            std::any_of(plan_.calls.begin(), plan_.calls.end(), [](auto& c) { return !has_fast_path(c.function->op); });
        if (kernels) facts_ = e_.alloca_bytes(sizeof(AggregateRow), "facts");
        e_.loop("row", e_.arg(4), [&](llvm::Value* k, llvm::BasicBlock* next) {
            auto* failure = e_.block("row_failed");
            row_.begin(failure);
            auto* row = e_.b().CreateSExt(e_.load(e_.i32(), e_.element(e_.arg(2), k, 4), 0), e_.i64(), "row");
            auto* state = e_.load(e_.ptr(), e_.element(e_.arg(3), k, 8), 0, "state");
            if (kernels) store_facts(row);
            Level level{[&](int c) { return in_.read(c, row); }};
            int last = -1;  // of the calls that can fail; all before it are asked first
            for (size_t c = 0; c < plan_.calls.size(); ++c) {
                if (!can_fail(plan_.calls[c])) continue;
                if (last >= 0) call(last, Step::kCheck, state, level);
                last = static_cast<int>(c);
            }
            if (last >= 0) call(last, Step::kCheckAndUpdate, state, level);
            for (int c = 0; c < static_cast<int>(plan_.calls.size()); ++c)
                if (c != last) call(c, Step::kUpdate, state, level);
            e_.jump(next);
            e_.place(failure);
            if (row_.can_fail()) {
                e_.call_abi("sq_aggregate_error", {e_.arg(0), row, row_.code(), row_.site()})
                    ->addFnAttr(llvm::Attribute::Cold);
            }
        });
        e_.finish();
    }

  private:
    enum class Step { kCheck, kCheckAndUpdate, kUpdate };
    static bool has_fast_path(AggregateOperation op) { return op != AggregateOperation::kNone; }
    static bool can_fail(const physical::AggregateCall& call) { return call.function->check != nullptr; }

    Value column(const Level& level, int c) {
        return row_.column(level, c, [&] { return level.column(c); });
    }

    void store_facts(llvm::Value* row) {
        auto* times = in_.field(e_.ptr(), offsetof(BatchView, event_time), "event_time");
        auto* origins = in_.field(e_.ptr(), offsetof(BatchView, origin), "origin");
        e_.store(e_.load(e_.i64(), e_.element(times, row, 8), 0), facts_, offsetof(AggregateRow, event_time));
        auto* origin = e_.element(origins, row, sizeof(Origin));
        for (int word = 0; word < 2; ++word)
            e_.store(e_.load(e_.i64(), origin, word * 8), facts_, offsetof(AggregateRow, origin) + word * 8);
    }

    void call(int site, Step step, llvm::Value* states, const Level& level) {
        const physical::AggregateCall& call = plan_.calls[static_cast<size_t>(site)];
        auto* state = e_.at(states, call.state_offset, "state_of_call");
        llvm::Value* wanted = call.filter < 0 ? e_.bit(true) : holds(e_, column(level, call.filter));
        row_.when(wanted, "filter", [&] {
            if (!has_fast_path(call.function->op)) return kernel(call, site, step, state, level);
            if (call.function->op == AggregateOperation::kCountStar) return add_one(state, 0);
            Value v = column(level, call.args[0]);
            if (v.payload->getType() == e_.i1()) v.payload = e_.b().CreateZExt(v.payload, e_.i64());
            row_.when(e_.not_(v.null), "present", [&] { fast(call.function->op, site, step, state, v.payload); });
        });
    }

    void add_one(llvm::Value* state, int64_t offset) {
        e_.store(e_.b().CreateAdd(e_.load(e_.i64(), state, offset, "count"), e_.int64(1)), state, offset);
    }

    void fast(AggregateOperation op, int site, Step step, llvm::Value* state, llvm::Value* x) {
        switch (op) {
            case AggregateOperation::kCount:
                return add_one(state, 0);
            case AggregateOperation::kSumI64: {
                auto* pair = e_.b().CreateBinaryIntrinsic(llvm::Intrinsic::sadd_with_overflow,
                                                          e_.load(e_.i64(), state, 0, "sum"), x);
                if (step != Step::kUpdate) row_.fail_if(e_.b().CreateExtractValue(pair, 1), RowError::kOverflow, site);
                if (step == Step::kCheck) return;
                e_.store(e_.b().CreateExtractValue(pair, 0), state, 0);
                return add_one(state, 8);
            }
            case AggregateOperation::kSumF64:
                return add_compensated(state, x);
            case AggregateOperation::kMinI64:
            case AggregateOperation::kMaxI64: {
                auto* best = e_.load(e_.i64(), state, 0, "best");
                bool least = op == AggregateOperation::kMinI64;
                return better(state, x, best, least ? e_.b().CreateICmpSLT(x, best) : e_.b().CreateICmpSGT(x, best));
            }
            case AggregateOperation::kMinF64:
            case AggregateOperation::kMaxF64: {
                auto* best = e_.load(e_.f64(), state, 0, "best");
                bool least = op == AggregateOperation::kMinF64;
                return better(state, x, best, least ? less(x, best) : less(best, x));
            }
            default:
                SQ_CHECK(false, "an aggregate operation without a fast path");
        }
    }

    /// SumF64State::add of runtime/functions/aggregates.h.
    void add_compensated(llvm::Value* state, llvm::Value* x) {
        auto& b = e_.b();
        auto *sum = e_.load(e_.f64(), state, 0, "sum"), *compensation = e_.load(e_.f64(), state, 8, "compensation");
        auto* total = b.CreateFAdd(sum, x);
        auto magnitude = [&](llvm::Value* v) { return b.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, v); };
        auto* sum_is_larger = b.CreateFCmpOGE(magnitude(sum), magnitude(x));
        auto* lost = b.CreateSelect(sum_is_larger, b.CreateFAdd(b.CreateFSub(sum, total), x),
                                    b.CreateFAdd(b.CreateFSub(x, total), sum));
        e_.store(b.CreateFAdd(compensation, lost), state, 8);
        e_.store(total, state, 0);
        add_one(state, 16);
    }

    /// PostgreSQL's order: NaN is greatest.
    llvm::Value* less(llvm::Value* x, llvm::Value* y) {
        auto& b = e_.b();
        return e_.or_(b.CreateFCmpOLT(x, y), e_.and_(b.CreateFCmpORD(x, x), b.CreateFCmpUNO(y, y)));
    }

    void better(llvm::Value* state, llvm::Value* x, llvm::Value* best, llvm::Value* is_better) {
        auto* first = e_.b().CreateICmpEQ(e_.load(e_.i64(), state, 8, "seen"), e_.int64(0));
        e_.store(e_.b().CreateSelect(e_.or_(first, is_better), x, best), state, 0);
        e_.store(e_.int64(1), state, 8);
    }

    void kernel(const physical::AggregateCall& call, int site, Step step, llvm::Value* state, const Level& level) {
        llvm::Value* args = row_.cells(std::max<size_t>(call.args.size(), 1));
        for (size_t a = 0; a < call.args.size(); ++a) {
            Shape shape = shape_of(plan_.input[static_cast<size_t>(call.args[a])]);
            store_cell(e_, column(level, call.args[a]), e_.at(args, static_cast<int64_t>(a * sizeof(Cell))), shape);
        }
        auto* code = e_.call(call.function->symbol + (step == Step::kCheck ? "_check" : "_update"),
                             function_type<AggregateUpdate>(e_.context()), {e_.arg(0), state, args, facts_}, "code");
        if (step != Step::kUpdate) row_.fail_if_code(code, site);
    }

    const physical::Aggregate& plan_;
    const physical::Sites no_sites_;
    Emit e_;
    Row row_;
    BatchColumns in_;
    llvm::Value* facts_ = nullptr;
};

void emit_init(llvm::Module& module, const physical::Aggregate& plan) {
    Emit e(module, plan.name + "_init", function_type<InitFunction>(module.getContext()), {"context", "state"});
    for (auto& call : plan.calls) {
        auto* state = e.at(e.arg(1), call.state_offset);
        if (call.function->op == AggregateOperation::kNone) {
            e.call(call.function->symbol + "_init", function_type<AggregateInit>(e.context()), {state});
        } else {
            e.b().CreateMemSet(state, e.b().getInt8(0), static_cast<uint64_t>(call.function->state_bytes),
                               llvm::MaybeAlign(16));
        }
    }
    e.finish();
}

void emit_merge(llvm::Module& module, const physical::Aggregate& plan) {
    Emit e(module, plan.name + "_merge", function_type<MergeFunction>(module.getContext()),
           {"context", "into", "from", "from_pages"});
    physical::Sites no_sites;
    Row row(e, no_sites, e.arg(0));
    auto* failure = e.block("failed");
    row.begin(failure);
    for (size_t c = 0; c < plan.calls.size(); ++c) {
        const auto& call = plan.calls[c];
        auto *into = e.at(e.arg(1), call.state_offset), *from = e.at(e.arg(2), call.state_offset);
        if (counts(call.function->op)) {
            e.store(e.b().CreateAdd(e.load(e.i64(), into, 0), e.load(e.i64(), from, 0)), into, 0);
            continue;
        }
        auto* type = function_type<AggregateMerge>(e.context());
        row.fail_if_code(e.call(call.function->symbol + "_merge", type, {e.arg(0), into, from, e.arg(3)}, "code"),
                         static_cast<int>(c));
    }
    e.b().CreateRet(e.int32(0));
    e.place(failure);
    e.finish(row.can_fail() ? row.code() : e.int32(0));
}

void emit_finish(llvm::Module& module, const physical::Aggregate& plan) {
    Emit e(module, plan.name + "_finish", function_type<FinishFunction>(module.getContext()),
           {"context", "state", "out", "row", "first_column"});
    physical::Sites no_sites;
    Row row(e, no_sites, e.arg(0));
    auto* failure = e.block("failed");
    row.begin(failure);
    auto* first = e.b().CreateSExt(e.arg(4), e.i64());
    auto* columns = e.element(e.load(e.ptr(), e.arg(2), offsetof(BatchView, columns), "columns"), first,
                              sizeof(ColumnView), "first");
    for (size_t c = 0; c < plan.calls.size(); ++c) {
        const auto& call = plan.calls[c];
        Shape shape = shape_of(call.type);
        auto* state = e.at(e.arg(1), call.state_offset);
        Value v;
        if (counts(call.function->op)) {
            v = {e.bit(false), e.load(e.i64(), state, 0, "count"), nullptr};
        } else {
            auto* cell = row.result_cell();
            auto* type = function_type<AggregateFinish>(e.context());
            row.fail_if_code(e.call(call.function->symbol + "_finish", type, {e.arg(0), state, cell}, "code"),
                             static_cast<int>(c));
            v = load_value(e, cell, shape,
                           e.b().CreateICmpNE(e.load(e.i8(), cell, offsetof(Cell, null)), e.b().getInt8(0), "null"));
        }
        auto* view = e.at(columns, static_cast<int64_t>(c * sizeof(ColumnView)));
        store_value(e, v, e.element(e.load(e.ptr(), view, offsetof(ColumnView, data)), e.arg(3), shape_width(shape)),
                    shape);
        auto* valid = e.element(e.load(e.ptr(), view, offsetof(ColumnView, valid)), e.arg(3), 1);
        e.store(e.b().CreateZExt(e.not_(v.null), e.i8()), valid, 0);
    }
    e.b().CreateRet(e.int32(0));
    e.place(failure);
    e.finish(row.can_fail() ? row.code() : e.int32(0));
}

}  // namespace

void emit_aggregate(llvm::Module& module, const physical::Aggregate& plan) {
    emit_init(module, plan);
    UpdateEmitter(module, plan).run();
    emit_merge(module, plan);
    emit_finish(module, plan);
}

}  // namespace streamql::codegen
