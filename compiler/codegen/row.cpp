#include "compiler/codegen/row.h"

#include "runtime/base/result.h"

namespace streamql::codegen {

void Row::begin(llvm::BasicBlock* failure) {
    known_.clear();
    log_.clear();
    failure_ = failure;
    code_ = site_ = nullptr;
}

void Row::remember(Key key, const Value& value) {
    if (known_.emplace(key, value).second) log_.push_back(std::move(key));
}

void Row::forget_to(size_t mark) {
    for (; log_.size() > mark; log_.pop_back()) known_.erase(log_.back());
}

Value Row::column(const Level& level, int column, const std::function<Value()>& make) {
    Key key{&level, reinterpret_cast<const void*>(static_cast<intptr_t>(column))};
    if (auto at = known_.find(key); at != known_.end()) return at->second;
    Value v = make();
    remember(std::move(key), v);
    return v;
}

void Row::set_column(const Level& level, int column, const Value& value) {
    known_[{&level, reinterpret_cast<const void*>(static_cast<intptr_t>(column))}] = value;
}

void Row::fail_if_code(llvm::Value* code, int site) {
    if (auto* c = llvm::dyn_cast<llvm::ConstantInt>(code); c && c->isZero()) return;
    llvm::Value* failed = e_.b().CreateICmpNE(code, e_.int32(0), "failed");
    if (!code_) {
        llvm::IRBuilder<> at(failure_);
        code_ = at.CreatePHI(e_.i32(), 4, "code");
        site_ = at.CreatePHI(e_.i32(), 4, "site");
    }
    code_->addIncoming(code, e_.b().GetInsertBlock());
    site_->addIncoming(e_.int32(site), e_.b().GetInsertBlock());
    auto* go_on = e_.block("fine");
    auto* weights = llvm::MDBuilder(e_.context()).createBranchWeights(1, 100000);
    e_.b().CreateCondBr(failed, failure_, go_on, weights);
    e_.place(go_on);
}

void Row::fail_if(llvm::Value* condition, RowError error, int site) {
    if (Emit::is_false(condition)) return;
    fail_if_code(e_.b().CreateSelect(condition, e_.int32(static_cast<int32_t>(error)), e_.int32(0)), site);
}

Value Row::choose(llvm::Value* condition, const char* name, const Make& then, const Make& otherwise) {
    if (Emit::is_true(condition)) return then();
    if (Emit::is_false(condition)) return otherwise();
    Value a, b;
    llvm::BasicBlock *from_a = nullptr, *from_b = nullptr;
    size_t mark = log_.size();
    e_.if_(
        condition, name,
        [&] {
            a = then();
            from_a = e_.b().GetInsertBlock();
            forget_to(mark);
        },
        [&] {
            b = otherwise();
            from_b = e_.b().GetInsertBlock();
            forget_to(mark);
        });
    return phi(e_, a, from_a, b, from_b);
}

void Row::when(llvm::Value* condition, const char* name, const Emit::Body& then) {
    size_t mark = log_.size();
    bool always = Emit::is_true(condition);
    e_.if_(condition, name, [&] {
        then();
        if (!always) forget_to(mark);
    });
}

llvm::Value* Row::cells(size_t count) {
    if (!cells_) cells_ = e_.alloca_bytes(sizeof(Cell), "arguments");
    if (count > cells_count_) {
        cells_count_ = count;
        cells_->setOperand(0, e_.int64(static_cast<int64_t>(count * sizeof(Cell))));
    }
    return cells_;
}

Value Row::expression(const plan::ExprPtr& x, const Level& level) {
    return std::visit([&](const auto& n) { return visit(n, *x, level); }, x->node);
}

Value Row::visit(const plan::Literal& n, const plan::Expr& x, const Level&) {
    return constant(e_, n.value, shape_of(x.type));
}

Value Row::visit(const plan::Column& n, const plan::Expr&, const Level& level) {
    return column(level, n.index, [&] { return level.column(n.index); });
}

Value Row::visit(const plan::Call& n, const plan::Expr& x, const Level& level) {
    std::vector<Value> args;
    for (auto& a : n.args) args.push_back(expression(a, level));
    Key key{n.function, reinterpret_cast<const void*>(static_cast<uintptr_t>(x.type.kind))};
    for (auto& a : args) key.insert(key.end(), {a.null, a.payload, a.size});
    if (auto at = known_.find(key); at != known_.end() && n.function->deterministic) return at->second;
    Value v = call_value(n, x, args);
    if (n.function->deterministic) remember(std::move(key), v);
    return v;
}

Value Row::call_value(const plan::Call& n, const plan::Expr& x, const std::vector<Value>& args) {
    const ScalarFunction& f = *n.function;
    if (&f == &not_null_function()) {
        fail_if(args[0].null, RowError::kNotNull, sites_.of(&x));
        return {e_.bit(false), args[0].payload, args[0].size};
    }
    if (f.op != Operation::kNone) return emit_operation(*this, f, n, x, args, f.fallible ? sites_.of(&x) : -1);
    if (!f.strict) return call_kernel(n, x, args);
    llvm::Value* any_null = e_.bit(false);
    for (auto& a : args) any_null = e_.or_(any_null, a.null);
    return choose(
        any_null, "null_argument", [&] { return null_value(e_, shape_of(x.type)); },
        [&] { return call_kernel(n, x, args); });
}

Value Row::call_kernel(const plan::Call& n, const plan::Expr& x, const std::vector<Value>& args) {
    Shape shape = shape_of(x.type);
    const ScalarFunction& f = *n.function;
    llvm::Value* array = cells(std::max<size_t>(args.size(), 1));
    for (size_t i = 0; i < args.size(); ++i) {
        store_cell(e_, args[i], e_.at(array, static_cast<int64_t>(i * sizeof(Cell))), shape_of(n.args[i]->type));
    }
    // What is used through a pointer needs a cell of its own; the rest is read out at once.
    bool by_pointer = shape == Shape::kInterval || shape == Shape::kDecimal;
    llvm::Value* out = by_pointer ? e_.alloca_bytes(sizeof(Cell), "result") : result_cell();
    llvm::Value* code = e_.call(f.symbol, function_type<ScalarKernel>(e_.context()),
                                {context_, array, e_.int32(static_cast<int32_t>(args.size())), out}, f.symbol.c_str());
    if (f.fallible) fail_if_code(code, sites_.of(&x));
    llvm::Value* null = e_.bit(false);
    if (!f.strict || f.nullable)
        null = e_.b().CreateICmpNE(e_.load(e_.i8(), out, offsetof(Cell, null)), e_.b().getInt8(0), "null");
    return load_value(e_, out, shape, null);
}

Value Row::visit(const plan::Logical& n, const plan::Expr&, const Level& level) {
    return logical_from(n, 1, expression(n.args[0], level), level);
}

Value Row::logical_from(const plan::Logical& n, size_t next, const Value& known, const Level& level) {
    if (next == n.args.size()) return known;
    // AND: false if either is false, else NULL if either is NULL, else true; OR the other way round.
    auto decided = [&](const Value& v) { return e_.and_(e_.not_(v.null), n.is_and ? e_.not_(v.payload) : v.payload); };
    auto combine = [&] {
        Value rhs = expression(n.args[next], level);
        llvm::Value* done = e_.or_(decided(known), decided(rhs));
        return Value{e_.and_(e_.not_(done), e_.or_(known.null, rhs.null)), n.is_and ? e_.not_(done) : done, nullptr};
    };
    if (is_cheap(n.args[next])) return logical_from(n, next + 1, combine(), level);
    return choose(
        decided(known), n.is_and ? "and_false" : "or_true",
        [&] { return Value{e_.bit(false), e_.bit(!n.is_and), nullptr}; },
        [&] { return logical_from(n, next + 1, combine(), level); });
}

Value Row::visit(const plan::Not& n, const plan::Expr&, const Level& level) {
    Value v = expression(n.arg, level);
    return {v.null, e_.not_(v.payload), nullptr};
}

Value Row::visit(const plan::IsNull& n, const plan::Expr&, const Level& level) {
    return {e_.bit(false), expression(n.arg, level).null, nullptr};
}

Value Row::visit(const plan::NotDistinct& n, const plan::Expr& x, const Level& level) {
    Value a = expression(n.left, level), b = expression(n.right, level);
    llvm::Value* both_null = e_.and_(a.null, b.null);
    llvm::Value* present = e_.not_(e_.or_(a.null, b.null));
    llvm::Value* equal;
    if (n.equal->op == Operation::kEq) {
        equal = emit_equal(*this, shape_of(n.left->type), present, a, b);
    } else {
        plan::Call call{n.equal, {n.left, n.right}};
        equal = choose(
                    present, "compare", [&] { return call_kernel(call, x, {a, b}); },
                    [&] { return Value{e_.bit(false), e_.bit(false), nullptr}; })
                    .payload;
    }
    return {e_.bit(false), e_.or_(both_null, e_.and_(present, equal)), nullptr};
}

Value Row::visit(const plan::Case& n, const plan::Expr& x, const Level& level) { return case_from(n, 0, x, level); }

Value Row::case_from(const plan::Case& n, size_t next, const plan::Expr& x, const Level& level) {
    if (next == n.whens.size()) return expression(n.otherwise, level);
    Value condition = expression(n.whens[next].first, level);
    return choose(
        holds(e_, condition), "case_then", [&] { return expression(n.whens[next].second, level); },
        [&] { return case_from(n, next + 1, x, level); });
}

Value Row::visit(const plan::Coalesce& n, const plan::Expr& x, const Level& level) {
    if (n.args.empty()) return null_value(e_, shape_of(x.type));
    return coalesce_from(n, 1, expression(n.args[0], level), x, level);
}

Value Row::coalesce_from(const plan::Coalesce& n, size_t next, const Value& known, const plan::Expr& x,
                         const Level& level) {
    if (next == n.args.size()) return known;
    return choose(
        known.null, "coalesce_next",
        [&] { return coalesce_from(n, next + 1, expression(n.args[next], level), x, level); },
        [&] { return Value{e_.bit(false), known.payload, known.size}; });
}

bool is_cheap(const plan::ExprPtr& x) {
    auto cheap = [](const std::vector<plan::ExprPtr>& args) { return std::all_of(args.begin(), args.end(), is_cheap); };
    return std::visit(overloaded{
                          [](const plan::Literal&) { return true; },
                          [](const plan::Column&) { return true; },
                          [&](const plan::Call& n) {
                              if (n.function->fallible || n.function->op == Operation::kNone || !cheap(n.args))
                                  return false;
                              return n.args.empty() || n.args[0]->type.physical() == Physical::kI64 ||
                                     n.args[0]->type.physical() == Physical::kF64;
                          },
                          [&](const plan::Logical& n) { return cheap(n.args); },
                          [&](const plan::Not& n) { return is_cheap(n.arg); },
                          [&](const plan::IsNull& n) { return is_cheap(n.arg); },
                          [](const plan::NotDistinct&) { return false; },
                          [](const plan::Case&) { return false; },
                          [](const plan::Coalesce&) { return false; },
                      },
                      x->node);
}

}  // namespace streamql::codegen
