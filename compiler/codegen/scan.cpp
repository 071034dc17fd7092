// Scan: what a source's records go through before they are rows.
//
//     sq_decode(context, raw, out)
//     for (i in rows) if (!status[i]) { computed columns; NOT NULL of them }
//     sq_stamp(context, out, event_time)
//     for (i in rows) if (!status[i]) { checks }
#include "compiler/codegen/batch.h"
#include "compiler/codegen/functions.h"

namespace streamql::codegen {

namespace {

class ScanEmitter {
  public:
    ScanEmitter(llvm::Module& module, const physical::Scan& plan, const physical::Sites& sites)
        : plan_(plan),
          sites_(sites),
          e_(module, plan.name, function_type<ScanFunction>(module.getContext()), {"context", "messages", "out"}),
          row_(e_, sites, e_.arg(0)) {}

    void run() {
        e_.call_abi("sq_decode", {e_.arg(0), e_.arg(1), e_.arg(2)});
        if (!plan_.computed.empty() || !plan_.not_null.empty()) {
            live_rows("compute",
                      [&](BatchColumns& batch, llvm::Value* i, const Level& level) { compute(batch, i, level); });
        }
        e_.call_abi("sq_stamp", {e_.arg(0), e_.arg(2), e_.int32(plan_.event_time)});
        if (!plan_.checks.empty()) {
            live_rows("check", [&](BatchColumns&, llvm::Value*, const Level& level) { check(level); });
        }
        e_.finish();
    }

  private:
    /// A loop over the rows that are still live; sq_row_error (which marks the status) gets those that fail in `body`.
    template <typename Body>
    void live_rows(const char* name, Body&& body) {
        // sq_decode may have moved the columns: their bases are loaded here, not at entry.
        auto* bases = e_.block("bases");
        auto* start = e_.block("start");
        e_.jump(bases);
        e_.place(bases);
        e_.jump(start);
        e_.place(start);
        BatchColumns batch(e_, e_.arg(2), plan_.columns, bases->getTerminator());
        auto* rows = batch.field(e_.i64(), offsetof(BatchView, rows), "rows");
        auto* status = batch.field(e_.ptr(), offsetof(BatchView, status), "status");
        e_.loop(name, rows, [&](llvm::Value* i, llvm::BasicBlock* next) {
            auto* live = e_.block("live");
            auto* failure = e_.block("row_failed");
            auto* is_live =
                e_.b().CreateICmpEQ(e_.load(e_.i8(), e_.element(status, i, 1), 0), e_.b().getInt8(0), "is_live");
            e_.b().CreateCondBr(is_live, live, next);
            e_.place(live);
            row_.begin(failure);
            Level level{[&](int c) { return batch.read(c, i); }};
            body(batch, i, level);
            e_.jump(next);
            e_.place(failure);
            if (row_.can_fail())
                e_.call_abi("sq_row_error", {e_.arg(0), i, row_.code(), row_.site()})->addFnAttr(llvm::Attribute::Cold);
        });
    }

    void compute(BatchColumns& batch, llvm::Value* i, const Level& level) {
        for (auto& [column, x] : plan_.computed) {
            Value v = row_.expression(x, level);
            batch.write(column, i, v);
            row_.set_column(level, column, v);
        }
        for (size_t n = 0; n < plan_.not_null.size(); ++n) {
            int column = plan_.not_null[n].first;
            Value v = row_.column(level, column, [&] { return level.column(column); });
            row_.fail_if(v.null, RowError::kNotNull, sites_.first_not_null + static_cast<int>(n));
        }
    }

    void check(const Level& level) {
        for (auto& x : plan_.checks) {
            Value v = row_.expression(x, level);
            row_.fail_if(e_.and_(e_.not_(v.null), e_.not_(v.payload)), RowError::kCheck, sites_.of(x.get()));
        }
    }

    const physical::Scan& plan_;
    const physical::Sites& sites_;
    Emit e_;
    Row row_;
};

}  // namespace

void emit_scan(llvm::Module& module, const physical::Scan& plan, const physical::Sites& sites) {
    ScanEmitter(module, plan, sites).run();
}

}  // namespace streamql::codegen
