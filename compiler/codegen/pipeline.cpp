// Pipeline and Condition: one loop over the rows of a batch.
//
//     for (i in rows) {
//         if (status[i]) continue;
//         filters: not TRUE -> ++filtered, continue
//         out[n] = columns;  ++n
//     failed:  sq_row_error(context, i, code, site)
//     }
#include "compiler/codegen/batch.h"
#include "compiler/codegen/functions.h"

namespace streamql::codegen {

namespace {

class PipelineEmitter {
  public:
    PipelineEmitter(llvm::Module& module, const physical::Pipeline& plan, const physical::Sites& sites)
        : plan_(plan),
          e_(module, plan.name, function_type<PipelineFunction>(module.getContext()), {"context", "in", "out"}),
          row_(e_, sites, e_.arg(0)),
          in_(e_, e_.arg(1), plan.input, e_.entry().GetInsertBlock()->getTerminator()),
          out_(e_, e_.arg(2), plan.output, e_.entry().GetInsertBlock()->getTerminator()),
          hidden_(e_, in_, out_) {
        for (unsigned a = 0; a < 3; ++a)
            llvm::cast<llvm::Argument>(e_.arg(static_cast<int>(a)))->addAttr(llvm::Attribute::NoAlias);
    }

    void run() {
        auto* rows = in_.field(e_.i64(), offsetof(BatchView, rows), "rows");
        auto* status = in_.field(e_.ptr(), offsetof(BatchView, status), "status");
        count_ = e_.variable(e_.i64(), e_.int64(0), "n");
        filtered_ = e_.variable(e_.i64(), e_.int64(0), "filtered");
        e_.loop("row", rows, [&](llvm::Value* i, llvm::BasicBlock* next) {
            auto* live = e_.block("live");
            auto* is_live =
                e_.b().CreateICmpEQ(e_.load(e_.i8(), e_.element(status, i, 1), 0), e_.b().getInt8(0), "is_live");
            e_.b().CreateCondBr(is_live, live, next);
            e_.place(live);
            one_row(i, next);
        });
        e_.store(load(count_), e_.arg(2), offsetof(BatchView, rows));
        auto* before = e_.load(e_.i64(), e_.arg(0), offsetof(PipelineContext, filtered));
        e_.store(e_.b().CreateAdd(before, load(filtered_)), e_.arg(0), offsetof(PipelineContext, filtered));
        e_.finish();
    }

  private:
    llvm::Value* load(llvm::AllocaInst* variable) { return e_.load(variable->getAllocatedType(), variable, 0); }
    void add_one(llvm::AllocaInst* variable) {
        e_.b().CreateStore(e_.b().CreateAdd(load(variable), e_.int64(1)), variable);
    }

    void one_row(llvm::Value* i, llvm::BasicBlock* next) {
        auto* failure = e_.block("row_failed");
        row_.begin(failure);
        levels_.clear();
        levels_.push_back(std::make_unique<Level>(Level{[this, i](int c) { return in_.read(c, i); }}));
        for (auto& step : plan_.steps) {
            if (const auto* project = std::get_if<physical::ProjectStep>(&step)) {
                push_projection(*project);
                continue;
            }
            const auto& filter = std::get<physical::FilterStep>(step);
            leave_unless(holds(e_, row_.expression(filter.condition, *levels_.back())), next);
        }
        write(i);
        e_.jump(next);
        e_.place(failure);
        if (row_.can_fail())
            e_.call_abi("sq_row_error", {e_.arg(0), i, row_.code(), row_.site()})->addFnAttr(llvm::Attribute::Cold);
    }

    void push_projection(const physical::ProjectStep& project) {
        const Level* below = levels_.back().get();
        levels_.push_back(std::make_unique<Level>(Level{[this, &project, below](int c) {
            return row_.expression(project.expressions[static_cast<size_t>(c)], *below);
        }}));
        for (size_t c = 0; c < project.expressions.size(); ++c) {
            if (!plan::is_deterministic(project.expressions[c])) column(static_cast<int>(c));
        }
    }

    Value column(int c) {
        const Level& level = *levels_.back();
        return row_.column(level, c, [&] { return level.column(c); });
    }

    void leave_unless(llvm::Value* passes, llvm::BasicBlock* next) {
        auto* drop = e_.block("filtered_out");
        auto* go_on = e_.block("passes");
        e_.b().CreateCondBr(passes, go_on, drop);
        e_.place(drop);
        add_one(filtered_);
        e_.jump(next);
        e_.place(go_on);
    }

    void write(llvm::Value* i) {
        std::vector<Value> values;
        for (size_t c = 0; c < plan_.output.size(); ++c) values.push_back(column(static_cast<int>(c)));
        auto* n = load(count_);
        for (size_t c = 0; c < values.size(); ++c) out_.write(static_cast<int>(c), n, values[c]);
        hidden_.copy(i, n);
        add_one(count_);
    }

    const physical::Pipeline& plan_;
    Emit e_;
    Row row_;
    BatchColumns in_, out_;
    HiddenColumns hidden_;
    llvm::AllocaInst *count_ = nullptr, *filtered_ = nullptr;
    std::vector<std::unique_ptr<Level>> levels_;
};

}  // namespace

void emit_pipeline(llvm::Module& module, const physical::Pipeline& plan, const physical::Sites& sites) {
    PipelineEmitter(module, plan, sites).run();
}

void emit_condition(llvm::Module& module, const physical::Condition& plan, const physical::Sites& sites) {
    Emit e(module, plan.name, function_type<ConditionFunction>(module.getContext()), {"context", "pairs", "keep"});
    BatchColumns pairs(e, e.arg(1), plan.input, e.entry().GetInsertBlock()->getTerminator());
    Row row(e, sites, e.arg(0));
    e.loop("pair", pairs.field(e.i64(), offsetof(BatchView, rows), "rows"),
           [&](llvm::Value* i, llvm::BasicBlock* next) {
               auto* failure = e.block("pair_failed");
               row.begin(failure);
               Level level{[&](int c) { return pairs.read(c, i); }};
               auto* keep = holds(e, row.expression(plan.condition, level));
               auto* flag = e.element(e.arg(2), i, 1, "flag");
               e.store(e.b().CreateZExt(keep, e.i8()), flag, 0);
               e.jump(next);
               e.place(failure);
               if (row.can_fail()) {
                   e.store(e.b().getInt8(0), e.element(e.arg(2), i, 1, "flag"), 0);
                   e.call_abi("sq_row_error", {e.arg(0), i, row.code(), row.site()})->addFnAttr(llvm::Attribute::Cold);
               }
           });
    e.finish();
}

}  // namespace streamql::codegen
