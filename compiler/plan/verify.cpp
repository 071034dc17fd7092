#include "compiler/plan/verify.h"

#include <fmt/format.h>

#include "compiler/functions/registry.h"
#include "runtime/base/result.h"

namespace streamql::plan {

namespace {

struct Verifier {
    const std::vector<Type>& input;
    std::string complaint;

    void require(bool ok, const ExprPtr& e, std::string_view what) {
        if (!ok && complaint.empty()) complaint = fmt::format("{}: {}", e ? to_string(e) : "null", what);
    }
    void boolean(const ExprPtr& e) {
        run(e);
        if (complaint.empty()) require(e->type.kind == TypeKind::kBoolean, e, "is not BOOLEAN");
    }
    void typed(const ExprPtr& e, const Type& type) {
        run(e);
        if (complaint.empty()) require(e->type.same_kind(type), e, "should be of type " + type.to_string());
    }

    void run(const ExprPtr& e) {
        if (!complaint.empty()) return;
        if (!e) {
            complaint = "a missing expression";
            return;
        }
        std::visit([&](const auto& n) { visit(n, e); }, e->node);
    }

    void visit(const Literal& n, const ExprPtr& e) {
        require(n.value.null || e->type.kind != TypeKind::kNull, e, "a value of type NULL");
        if (!n.value.null && e->type.physical() == Physical::kStr) {
            require(n.bytes && n.value.str.data == n.bytes->data(), e, "a string literal that does not own its bytes");
        }
    }
    void visit(const Column& n, const ExprPtr& e) {
        bool known = n.index >= 0 && static_cast<size_t>(n.index) < input.size();
        require(known, e, fmt::format("column {} of {}", n.index, input.size()));
        if (known) require(e->type.same_kind(input[n.index]), e, "the column is of type " + input[n.index].to_string());
    }
    void visit(const Call& n, const ExprPtr& e) {
        if (!n.function) {
            complaint = "a Call without a function";
            return;
        }
        for (auto& a : n.args) run(a);
        if (!complaint.empty()) return;
        const auto& patterns = n.function->args;
        if (n.function->name == "cast" || n.function->name == ".") {
            require(!n.args.empty(), e, "no argument");
            return;
        }
        bool arity = n.function->variadic ? n.args.size() + 1 >= patterns.size() : n.args.size() == patterns.size();
        require(arity, e, fmt::format("{} arguments, the function takes {}", n.args.size(), patterns.size()));
        if (!arity || patterns.empty()) return;
        for (size_t i = 0; i < n.args.size(); ++i) {
            const TypePattern& p = patterns[std::min(i, patterns.size() - 1)];
            if (p.kind == TypePattern::Kind::kExact) {
                require(n.args[i]->type.kind == p.type, n.args[i],
                        "does not fit parameter of type " + Type(p.type).to_string());
            }
        }
    }
    void visit(const Logical& n, const ExprPtr& e) {
        require(n.args.size() >= 2, e, "fewer than two arguments");
        for (auto& a : n.args) boolean(a);
    }
    void visit(const Not& n, const ExprPtr&) { boolean(n.arg); }
    void visit(const IsNull& n, const ExprPtr&) { run(n.arg); }
    void visit(const NotDistinct& n, const ExprPtr& e) {
        require(n.equal != nullptr, n.left, "IS NOT DISTINCT FROM without its equality");
        run(n.left);
        typed(n.right, n.left->type);
    }
    void visit(const Case& n, const ExprPtr& e) {
        for (auto& [when, then] : n.whens) {
            boolean(when);
            typed(then, e->type);
        }
        typed(n.otherwise, e->type);
    }
    void visit(const Coalesce& n, const ExprPtr& e) {
        for (auto& a : n.args) typed(a, e->type);
    }
};

}  // namespace

std::string verify(const ExprPtr& e, const std::vector<Type>& input) {
    Verifier v{input, {}};
    v.run(e);
    return v.complaint;
}

}  // namespace streamql::plan
