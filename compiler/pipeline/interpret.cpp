#include "compiler/pipeline/interpret.h"

#include "compiler/functions/registry.h"
#include "compiler/plan/evaluate.h"
#include "runtime/abi/exports.h"
#include "runtime/base/result.h"
#include "runtime/record/hidden.h"

namespace streamql::physical {

namespace {

/// What context->user points at.
struct Plan {
    Function function;
    Sites sites;
};

Cell load(const BatchView& batch, int column, int64_t row, Physical form) {
    const ColumnView& view = batch.columns[column];
    Cell c;
    if (!view.valid[row]) return c;
    c.null = false;
    std::memcpy(static_cast<void*>(&c), view.data + row * physical_width(form), physical_width(form));
    return c;
}

void store(const BatchView& batch, int column, int64_t row, Physical form, const Cell& c) {
    const ColumnView& view = batch.columns[column];
    view.valid[row] = !c.null;
    if (!c.null)
        std::memcpy(view.data + row * physical_width(form), static_cast<const void*>(&c), physical_width(form));
}

/// The row as it stands in a batch.
class BatchRow : public plan::ColumnSource {
  public:
    BatchRow(const BatchView& batch, const std::vector<Type>& types) : batch_(batch), types_(types) {}
    void move_to(int64_t row) { row_ = row; }
    RowError get(int column, KernelContext&, Cell* out, const plan::Expr**) override {
        *out = load(batch_, column, row_, types_[column].physical());
        return RowError::kOk;
    }

  private:
    const BatchView& batch_;
    const std::vector<Type>& types_;
    int64_t row_ = 0;
};

/// The row behind a ProjectStep: each column is computed when it is first asked for, once a row.
class ProjectedRow : public plan::ColumnSource {
  public:
    ProjectedRow(const ProjectStep& step, plan::ColumnSource& below)
        : step_(step), below_(below), cells_(step.expressions.size()) {}
    void next_row() { known_.assign(cells_.size(), false); }
    RowError get(int column, KernelContext& context, Cell* out, const plan::Expr** failed) override {
        if (!known_[column]) {
            RowError error = plan::evaluate(step_.expressions[column], below_, context, &cells_[column], failed);
            if (error != RowError::kOk) return error;
            known_[column] = true;
        }
        *out = cells_[column];
        return RowError::kOk;
    }
    /// Expressions that may give another value each time are computed here and now.
    RowError settle(KernelContext& context, const plan::Expr** failed) {
        for (size_t i = 0; i < cells_.size(); ++i) {
            Cell ignored;
            if (plan::is_deterministic(step_.expressions[i])) continue;
            if (RowError error = get(static_cast<int>(i), context, &ignored, failed); error != RowError::kOk)
                return error;
        }
        return RowError::kOk;
    }

  private:
    const ProjectStep& step_;
    plan::ColumnSource& below_;
    std::vector<Cell> cells_;
    std::vector<bool> known_;
};

class PipelineRun {
  public:
    PipelineRun(const Pipeline& plan, PipelineContext& context, const BatchView& in, BatchView& out)
        : plan_(plan), context_(context), out_(out), input_(in, plan.input) {
        top_ = &input_;
        for (auto& step : plan.steps) {
            Stage stage{std::get_if<FilterStep>(&step), top_, nullptr};
            if (!stage.filter) {
                stage.row = std::make_unique<ProjectedRow>(std::get<ProjectStep>(step), *top_);
                top_ = stage.row.get();
            }
            stages_.push_back(std::move(stage));
        }
    }

    /// True if the row goes on. Its cells are written to row out_.rows then.
    RowError row(int64_t row, bool* passes, const plan::Expr** failed) {
        input_.move_to(row);
        *passes = false;
        for (auto& stage : stages_) {
            if (stage.row) {
                stage.row->next_row();
                if (RowError error = stage.row->settle(context_.kernel, failed); error != RowError::kOk) return error;
                continue;
            }
            Cell keep;
            RowError error = plan::evaluate(stage.filter->condition, *stage.below, context_.kernel, &keep, failed);
            if (error != RowError::kOk) return error;
            if (keep.null || !keep.i64) return RowError::kOk;
        }
        for (size_t i = 0; i < plan_.output.size(); ++i) {
            Cell c;
            if (RowError error = top_->get(static_cast<int>(i), context_.kernel, &c, failed); error != RowError::kOk)
                return error;
            store(out_, static_cast<int>(i), out_.rows, plan_.output[i].physical(), c);
        }
        *passes = true;
        return RowError::kOk;
    }

  private:
    struct Stage {
        const FilterStep* filter;
        plan::ColumnSource* below;
        std::unique_ptr<ProjectedRow> row;
    };
    const Pipeline& plan_;
    PipelineContext& context_;
    BatchView& out_;
    BatchRow input_;
    plan::ColumnSource* top_;
    std::vector<Stage> stages_;
};

void run_pipeline(PipelineContext* context, const BatchView* in, BatchView* out) {
    const Plan& plan = *static_cast<const Plan*>(context->user);
    out->rows = 0;
    PipelineRun run(std::get<Pipeline>(plan.function), *context, *in, *out);
    for (int64_t i = 0; i < in->rows; ++i) {
        if (in->status[i]) continue;
        bool passes = false;
        const plan::Expr* failed = nullptr;
        if (RowError error = run.row(i, &passes, &failed); error != RowError::kOk) {
            sq_row_error(context, i, static_cast<int32_t>(error), plan.sites.of(failed));
            continue;
        }
        if (!passes) {
            ++context->filtered;
            continue;
        }
        copy_hidden(*in, i, *out, out->rows++);
    }
}

void run_scan(ScanContext* context, const RawBatch* raw, BatchView* out) {
    const Plan& plan = *static_cast<const Plan*>(context->pipeline.user);
    const Scan& scan = std::get<Scan>(plan.function);
    KernelContext& kernel = context->pipeline.kernel;
    auto fail = [&](int64_t row, RowError error, int site) {
        sq_row_error(&context->pipeline, row, static_cast<int32_t>(error), site);
    };
    sq_decode(context, raw, out);
    BatchRow row(*out, scan.columns);
    for (int64_t i = 0; i < out->rows; ++i) {
        if (out->status[i]) continue;
        row.move_to(i);
        bool live = true;
        for (auto& [column, e] : scan.computed) {
            Cell c;
            const plan::Expr* failed = nullptr;
            RowError error = plan::evaluate(e, row, kernel, &c, &failed);
            if (error != RowError::kOk) {
                fail(i, error, plan.sites.of(failed));
                live = false;
                break;
            }
            store(*out, column, i, scan.columns[column].physical(), c);
        }
        for (size_t n = 0; live && n < scan.not_null.size(); ++n) {
            if (out->columns[scan.not_null[n].first].valid[i]) continue;
            fail(i, RowError::kNotNull, plan.sites.first_not_null + static_cast<int>(n));
            live = false;
        }
    }
    sq_stamp(context, out, scan.event_time);
    for (int64_t i = 0; i < out->rows && !scan.checks.empty(); ++i) {
        if (out->status[i]) continue;
        row.move_to(i);
        for (auto& check : scan.checks) {
            Cell c;
            const plan::Expr* failed = check.get();
            RowError error = plan::evaluate(check, row, kernel, &c, &failed);
            if (error == RowError::kOk && !c.null && !c.i64) error = RowError::kCheck;
            if (error == RowError::kOk) continue;
            fail(i, error, plan.sites.of(failed));
            break;
        }
    }
}

void run_condition(PipelineContext* context, const BatchView* pairs, uint8_t* keep) {
    const Plan& plan = *static_cast<const Plan*>(context->user);
    const Condition& condition = std::get<Condition>(plan.function);
    BatchRow row(*pairs, condition.input);
    for (int64_t i = 0; i < pairs->rows; ++i) {
        row.move_to(i);
        Cell c;
        const plan::Expr* failed = nullptr;
        RowError error = plan::evaluate(condition.condition, row, context->kernel, &c, &failed);
        if (error != RowError::kOk) sq_row_error(context, i, static_cast<int32_t>(error), plan.sites.of(failed));
        keep[i] = error == RowError::kOk && !c.null && c.i64;
    }
}

const Aggregate& aggregate_of(const AggregateContext* context) {
    return std::get<Aggregate>(static_cast<const Plan*>(context->user)->function);
}

void run_init(AggregateContext* context, char* state) {
    for (auto& call : aggregate_of(context).calls) call.function->init(state + call.state_offset);
}

/// A row that fails is in none of its aggregates: those that may fail are asked first.
void run_update(AggregateContext* context, const BatchView* in, const int32_t* rows, char* const* states, int64_t n) {
    const Aggregate& plan = aggregate_of(context);
    std::vector<Cell> args;
    for (int64_t i = 0; i < n; ++i) {
        const int64_t row = rows[i];
        AggregateRow facts{in->event_time[row], in->origin[row]};
        auto each = [&](auto kernel) {
            for (size_t k = 0; k < plan.calls.size(); ++k) {
                const AggregateCall& call = plan.calls[k];
                if (!kernel(*call.function)) continue;
                if (call.filter >= 0) {
                    Cell keep = load(*in, call.filter, row, Physical::kI64);
                    if (keep.null || !keep.i64) continue;
                }
                args.resize(call.args.size());
                for (size_t a = 0; a < args.size(); ++a)
                    args[a] = load(*in, call.args[a], row, plan.input[call.args[a]].physical());
                RowError error = kernel(*call.function)(context, states[i] + call.state_offset, args.data(), &facts);
                if (error == RowError::kOk) continue;
                sq_aggregate_error(context, row, static_cast<int32_t>(error), static_cast<int32_t>(k));
                return false;
            }
            return true;
        };
        if (each([](const AggregateFunction& f) { return f.check; }))
            each([](const AggregateFunction& f) { return f.update; });
    }
}

int32_t run_merge(AggregateContext* context, char* into, const char* from, void* from_pages) {
    for (auto& call : aggregate_of(context).calls) {
        RowError error = call.function->merge(context, into + call.state_offset, from + call.state_offset, from_pages);
        if (error != RowError::kOk) return static_cast<int32_t>(error);
    }
    return 0;
}

int32_t run_finish(AggregateContext* context, const char* state, BatchView* out, int64_t row, int32_t first_column) {
    const Aggregate& plan = aggregate_of(context);
    for (size_t k = 0; k < plan.calls.size(); ++k) {
        Cell c;
        RowError error = plan.calls[k].function->finish(context, state + plan.calls[k].state_offset, &c);
        if (error != RowError::kOk) return static_cast<int32_t>(error);
        store(*out, first_column + static_cast<int>(k), row, plan.calls[k].type.physical(), c);
    }
    return 0;
}

}  // namespace

Interpreted interpret(const Module& module) {
    auto plans = std::make_shared<std::vector<std::unique_ptr<Plan>>>();
    Interpreted result;
    for (auto& function : module.functions) {
        std::string complaint = verify(function);
        SQ_CHECK(complaint.empty(), complaint);
        plans->push_back(std::make_unique<Plan>(Plan{function, sites_of(function)}));
        const Plan* plan = plans->back().get();
        const std::string& name = name_of(function);
        auto add = [&](const std::string& slot_name, auto* f) {
            auto slot = std::make_shared<FunctionSlot>();
            slot->function = reinterpret_cast<void*>(f);
            slot->user = plan;
            SQ_CHECK(result.slots.emplace(slot_name, slot).second, slot_name);
        };
        std::visit(overloaded{
                       [&](const Pipeline&) { add(name, run_pipeline); },
                       [&](const Scan&) { add(name, run_scan); },
                       [&](const Condition&) { add(name, run_condition); },
                       [&](const Aggregate&) {
                           add(name + "_init", run_init);
                           add(name + "_update", run_update);
                           add(name + "_merge", run_merge);
                           add(name + "_finish", run_finish);
                       },
                   },
                   function);
        result.sites[name] = plan->sites.texts;
    }
    result.keep = plans;
    return result;
}

}  // namespace streamql::physical
