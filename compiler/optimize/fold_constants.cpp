#include <map>

#include "compiler/functions/registry.h"
#include "compiler/optimize/optimize.h"
#include "compiler/plan/evaluate.h"
#include "runtime/base/result.h"
#include "runtime/time/timezone.h"

namespace streamql::optimize {

namespace {

using plan::ExprPtr;

const plan::Literal* literal_of(const ExprPtr& e) { return std::get_if<plan::Literal>(&e->node); }
bool is_boolean(const ExprPtr& e, bool value) {
    auto* l = literal_of(e);
    return l && !l->value.null && (l->value.i64 != 0) == value;
}

/// Folds in the job's time zone.
struct Folder {
    const void* zone;

    void fold_all(std::vector<ExprPtr>& list) {
        for (auto& e : list) e = simplify(e);
    }

    // AND / OR: constants that decide or do not matter. An operand behind a deciding constant is never evaluated, so it
    // may go.
    ExprPtr fold_logical(plan::Logical x, const ExprPtr& e) {
        fold_all(x.args);
        std::vector<ExprPtr> kept;
        for (auto& a : x.args) {
            if (is_boolean(a, x.is_and)) continue;
            kept.push_back(a);
            if (is_boolean(a, !x.is_and)) break;
        }
        if (kept.empty()) return plan::boolean_literal(x.is_and, e->span);
        if (kept.size() == 1) return kept[0];
        x.args = std::move(kept);
        return plan::make(x, e->type, e->span);
    }

    ExprPtr fold_case(plan::Case x, const ExprPtr& e) {
        std::vector<std::pair<ExprPtr, ExprPtr>> whens;
        for (auto& w : x.whens) {
            auto condition = simplify(w.first);
            if (auto* l = literal_of(condition)) {
                if (l->value.null || !l->value.i64) continue;
                if (whens.empty()) return simplify(w.second);
                x.otherwise = w.second;
                break;
            }
            whens.push_back({condition, simplify(w.second)});
        }
        x.otherwise = simplify(x.otherwise);
        if (whens.empty()) return x.otherwise;
        x.whens = std::move(whens);
        return plan::make(x, e->type, e->span);
    }

    ExprPtr simplify(const ExprPtr& e) {
        if (literal_of(e) || std::holds_alternative<plan::Column>(e->node)) return e;
        // what fails is left to the row that asks for it: CASE WHEN x THEN 1/0 END is no error before x is true
        if (plan::is_constant(e))
            if (auto value = plan::fold(e, zone); literal_of(value)) return value;
        return std::visit(overloaded{[&](const plan::Literal&) { return e; }, [&](const plan::Column&) { return e; },
                                     [&](plan::Call x) {
                                         fold_all(x.args);
                                         return plan::make(x, e->type, e->span);
                                     },
                                     [&](const plan::Logical& x) { return fold_logical(x, e); },
                                     [&](plan::Not x) {
                                         x.arg = simplify(x.arg);
                                         return plan::make(x, e->type, e->span);
                                     },
                                     [&](plan::IsNull x) {
                                         x.arg = simplify(x.arg);
                                         return plan::make(x, e->type, e->span);
                                     },
                                     [&](plan::NotDistinct x) {
                                         x.left = simplify(x.left);
                                         x.right = simplify(x.right);
                                         return plan::make(x, e->type, e->span);
                                     },
                                     [&](const plan::Case& x) { return fold_case(x, e); },
                                     [&](plan::Coalesce x) {
                                         fold_all(x.args);
                                         return plan::make(x, e->type, e->span);
                                     }},
                          e->node);
    }
};

}  // namespace

namespace {

/// The definition with its computed columns and CHECKs folded; a CHECK that always holds is gone.
std::shared_ptr<const plan::TableDefinition> folded(const plan::TableDefinition& table, Folder& folder) {
    auto copy = std::make_shared<plan::TableDefinition>(table);
    for (auto& e : copy->computed)
        if (e) e = folder.simplify(e);
    folder.fold_all(copy->checks);
    std::erase_if(copy->checks, [](const ExprPtr& e) { return is_boolean(e, true); });
    return copy;
}

}  // namespace

void fold_constants(plan::Job& job) {
    std::map<const plan::TableDefinition*, std::shared_ptr<const plan::TableDefinition>>
        tables;  // one definition, one source
    Folder folder{find_timezone(job.options.timezone)};
    transform(job, [&](const plan::NodePtr& n) -> plan::NodePtr {
        auto kind = n->kind;
        std::visit(overloaded{[&](plan::Scan& s) {
                                  auto& table = tables[s.table.get()];
                                  if (!table) table = folded(*s.table, folder);
                                  s.table = table;
                              },
                              [](plan::Deduplicate&) {}, [](plan::Union&) {}, [](plan::LateSplit&) {},
                              [&](plan::Filter& f) { f.condition = folder.simplify(f.condition); },
                              [&](plan::Project& p) { folder.fold_all(p.expressions); },
                              [&](plan::WithinJoin& j) {
                                  folder.fold_all(j.left_keys);
                                  folder.fold_all(j.right_keys);
                                  if (j.residual) j.residual = folder.simplify(j.residual);
                                  if (j.residual && is_boolean(j.residual, true)) j.residual = nullptr;
                              },
                              [&](plan::WindowAggregate& a) {
                                  folder.fold_all(a.keys);
                                  for (auto& g : a.aggregates) {
                                      folder.fold_all(g.args);
                                      if (g.filter) g.filter = folder.simplify(g.filter);
                                  }
                              }},
                   kind);
        if (auto* f = std::get_if<plan::Filter>(&kind); f && is_boolean(f->condition, true)) return n->inputs[0];
        auto copy = std::make_shared<plan::Node>(*n);
        copy->kind = std::move(kind);
        return copy;
    });
}

}  // namespace streamql::optimize
