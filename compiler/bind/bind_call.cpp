#include <fmt/format.h>

#include "compiler/bind/binder.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/functions/constant_arguments.h"
#include "compiler/functions/resolve.h"
#include "compiler/plan/evaluate.h"

namespace streamql::bind_detail {

namespace {

std::string argument_list(const std::vector<Bound>& args) {
    std::string s;
    for (auto& a : args)
        s += (s.empty() ? "" : ", ") +
             (a.unknown ? std::string(a.type().kind == TypeKind::kNull ? "NULL" : "'text'") : a.type().to_string());
    return s;
}

bool is_operator(const std::string& name) {
    return name.empty() || !(std::isalpha(static_cast<unsigned char>(name[0])) || name[0] == '_') || name == "LIKE" ||
           name == "ILIKE";
}

/// Functions of the language that are not in the registry yet.
const std::set<std::string> kPlanned = {"array_agg",
                                        "string_agg",
                                        "percentile_cont",
                                        "percentile_disc",
                                        "median",
                                        "approx_count_distinct",
                                        "approx_percentile",
                                        "top_k",
                                        "histogram",
                                        "row_number",
                                        "rank",
                                        "dense_rank",
                                        "lag",
                                        "lead",
                                        "arg_min",
                                        "arg_max"};

/// How to mend an operator between these types, where that is known.
std::string operator_help(const std::string& name, const std::vector<Bound>& args) {
    const Type &l = args[0].type(), &r = args[1].type();
    auto is_time = [](const Type& t) { return t.is_timestamp() || t.kind == TypeKind::kDate; };
    if ((name == "+" || name == "-") && ((is_time(l) && r.is_integer()) || (l.is_integer() && is_time(r))))
        return "write INTERVAL '1' SECOND, INTERVAL '1' DAY ...";
    if (name == "||") return "concat(a, b) takes values of any type";
    if (name == "=" || name == "<>" || name == "<" || name == "<=" || name == ">" || name == ">=" ||
        r.kind == TypeKind::kString || l.kind == TypeKind::kString)
        return "bring one side to the other's type with CAST(... AS type)";
    return "";
}

void resolve_problem(Diagnostics& diags, const ResolveFailure& f, const std::string& name,
                     const std::vector<Bound>& args, Span span) {
    if (!f.known_name && kPlanned.count(name)) {
        diags.error("not-supported", span, fmt::format("the function {} is not supported yet", name));
        return;
    }
    if (!f.known_name) {
        diags.error("unknown-function", span, fmt::format("there is no function \"{}\"", name))
            .with_help(did_you_mean(name, function_names()));
        return;
    }
    auto& d = is_operator(name) && args.size() == 2
                  ? diags.error(
                        "type-mismatch", span,
                        fmt::format("{} {} {} is not possible", args[0].unknown ? "'text'" : args[0].type().to_string(),
                                    name, args[1].unknown ? "'text'" : args[1].type().to_string()))
                  : diags.error("no-overload", span, fmt::format("{} does not take ({})", name, argument_list(args)));
    if (f.ambiguous) d.message += ": several overloads would fit";
    if (!f.suggestion.empty())
        d.with_help(f.suggestion);
    else if (is_operator(name) && args.size() == 2)
        d.with_help(operator_help(name, args));
    else if (!is_operator(name) && !f.candidates.empty())
        d.with_help(fmt::format(
            "it takes: {}",
            fmt::join(f.candidates.begin(), f.candidates.begin() + std::min<size_t>(f.candidates.size(), 4), ", ")));
}

/// concat() prints TRUE as t, unlike CAST(... AS STRING).
Bound printed_boolean(const Bound& b) {
    if (b.type().kind != TypeKind::kBoolean) return b;
    const Span span = b.expr->span;
    auto text = [&](const char* t) { return plan::literal(Cell::of(Str::of(t)), TypeKind::kString, span); };
    plan::Case node;
    node.whens = {
        {b.expr, text("t")},
        {plan::make(plan::IsNull{b.expr}, TypeKind::kBoolean, span), plan::null_literal(TypeKind::kString, span)}};
    node.otherwise = text("f");
    return {plan::make(node, TypeKind::kString, span)};
}

}  // namespace

bool Binder::is_aggregate_name(const std::string& name) const {
    return !macros_.count(name) && is_aggregate_function(name);
}

Bound Binder::call(const std::string& name, std::vector<Bound> args, Span span) {
    std::vector<ArgumentType> types;
    for (auto& a : args) {
        if (!a) return {};  // said already, where it was bound or coerced
        types.push_back({a.type(), a.unknown});
    }
    auto resolved = resolve(name, types);
    if (auto* f = std::get_if<ResolveFailure>(&resolved)) {
        resolve_problem(diags_, *f, name, args, span);
        return {};
    }
    auto& r = std::get<Resolved<ScalarFunction>>(resolved);
    std::vector<plan::ExprPtr> exprs;
    for (size_t i = 0; i < args.size(); ++i) {
        const bool as_is = r.args[i].kind == TypeKind::kDecimal &&
                           args[i].type().kind == TypeKind::kDecimal;  // precision does not matter
        const bool keeps_digits =
            args[i].unknown && r.args[i].kind == TypeKind::kDecimal;  // '1.005' beside a DECIMAL(12,2) stays 1.005
        auto e = as_is && !args[i].unknown ? args[i].expr
                                           : coerce(args[i], keeps_digits ? Type::numeric() : r.args[i],
                                                    Coercion::kAssignment, args[i].expr->span, name);
        if (!e) return {};
        exprs.push_back(e);
    }
    if (!constants_work(*r.function, exprs)) return {};
    return {plan::make(plan::Call{r.function, std::move(exprs)}, r.result, span)};
}

bool Binder::constants_work(const ScalarFunction& function, const std::vector<plan::ExprPtr>& args) {
    if (function.judged.empty()) return true;
    std::vector<plan::ExprPtr> folded;
    std::vector<const Cell*> constants;
    for (const auto& a : args) {
        folded.push_back(plan::fold(a, zone_));
        auto* literal = std::get_if<plan::Literal>(&folded.back()->node);
        constants.push_back(literal ? &literal->value : nullptr);
    }
    auto problem = judge_constants(function, constants, zone_);
    if (!problem) return true;
    diags_.error("bad-argument", args[problem->argument]->span, problem->message).with_help(problem->help);
    return false;
}

Bound Binder::bind_function(const ast::FunctionCall& f, const ExprContext& context, Span span) {
    const std::string name = f.name.to_string();
    if (f.over) return not_supported(span, "OVER"), Bound{};
    if (!f.within_group.empty()) return not_supported(span, "WITHIN GROUP"), Bound{};
    if (!f.order_by.empty()) return not_supported(span, "ORDER BY inside an aggregate"), Bound{};
    if (!f.named_args.empty()) return not_supported(span, "a named argument"), Bound{};
    if (auto m = macros_.find(name); m != macros_.end()) return bind_macro(*m->second, f, context, span);
    if (is_aggregate_name(name)) return bind_aggregate_call(f, context, span);
    if (f.star) return diags_.error("misplaced-star", span, fmt::format("{} does not take *", name)), Bound{};
    if (f.filter || f.distinct)
        return diags_.error("not-an-aggregate", span,
                            fmt::format("{} is no aggregate: it takes no {}", name, f.filter ? "FILTER" : "DISTINCT")),
               Bound{};
    std::vector<Bound> args;
    bool ok = true;
    for (auto& a : f.args) {
        args.push_back(bind_expr(a, context));
        ok &= static_cast<bool>(args.back());
    }
    if (!ok) return {};
    if (name == "concat" || name == "concat_ws")
        for (auto& a : args) a = printed_boolean(a);
    if (name == "coalesce" || name == "ifnull") {
        if (args.empty()) return diags_.error("no-overload", span, "COALESCE needs arguments"), Bound{};
        auto type = common_type(args, span, "COALESCE");
        if (!type) return {};
        plan::Coalesce node;
        for (auto& a : args) {
            node.args.push_back(coerce(a, *type, Coercion::kImplicit, a.expr->span, "COALESCE"));
            if (!node.args.back()) return {};
        }
        return {plan::make(node, *type, span)};
    }
    if (name == "nullif") {
        if (args.size() != 2) return diags_.error("no-overload", span, "NULLIF takes two arguments"), Bound{};
        Bound equal = call("=", args, span);
        if (!equal) return {};
        Bound first = args[0];
        if (first.unknown) first = {coerce(first, TypeKind::kString, Coercion::kImplicit, span, "NULLIF")};
        return {plan::make(plan::Case{{{equal.expr, plan::null_literal(first.type(), span)}}, first.expr}, first.type(),
                           span)};
    }
    Bound result = call(name, args, f.name.span);
    if (result) {
        auto fixed = std::make_shared<plan::Expr>(*result.expr);
        fixed->span = span;
        result.expr = fixed;
        if (auto* c = std::get_if<plan::Call>(&result.expr->node); c && !c->function->deterministic)
            diags_.note(
                "non-deterministic", span,
                fmt::format("{}() gives another answer at another time: a restart or a replay may change the result",
                            name));
    }
    return result;
}

Bound Binder::bind_macro(const ast::CreateFunction& m, const ast::FunctionCall& f, const ExprContext& context,
                         Span span) {
    if (std::find(expanding_.begin(), expanding_.end(), &m) != expanding_.end())
        return diags_.error("recursive-function", span,
                            fmt::format("function \"{}\" calls itself", m.name.to_string())),
               Bound{};
    if (expanding_.size() >= kMaxMacroDepth)
        return diags_.error("too-deep", span,
                            fmt::format("functions call each other more than {} levels deep", kMaxMacroDepth)),
               Bound{};
    if (too_large_) return {};  // said once: the calls around this one would say it again
    if (f.args.size() != m.parameters.size() || f.distinct || f.filter || f.star) {
        diags_.error("no-overload", span,
                     fmt::format("{} takes {} arguments, and {} are given", m.name.to_string(), m.parameters.size(),
                                 f.args.size()));
        return {};
    }
    std::map<std::string, Bound> parameters;
    for (size_t i = 0; i < f.args.size(); ++i) {
        Bound a = bind_expr(f.args[i], context);
        auto type = bind_type(m.parameters[i].type);
        if (!a || !type) return {};
        auto e = coerce(a, *type, Coercion::kAssignment, f.args[i].span,
                        fmt::format("parameter {}", m.parameters[i].name.text));
        if (!e) return {};
        parameters[m.parameters[i].name.text] = Bound{e};
    }
    static const std::vector<ScopeColumn> kNone;
    ExprContext inner = context;
    inner.columns = &kNone;
    inner.parameters = &parameters;
    inner.aggregates = nullptr;
    expanding_.push_back(&m);
    Bound body = bind_expr(*m.body, inner);
    expanding_.pop_back();
    auto type = bind_type(m.returns);
    if (!body || !type) return {};
    if (body.expr->weight > plan::kMaxWeight) {
        too_large_ = true;
        diags_
            .error("too-large", m.name.span,
                   fmt::format("written out, a call of function \"{}\" has more than {} parts", m.name.to_string(),
                               plan::kMaxWeight))
            .with_help("name what it uses more than once in a subquery: SELECT f(y) FROM (SELECT g(x) AS y FROM ...)");
        return {};
    }
    return {coerce(body, *type, Coercion::kAssignment, m.body_span, "RETURNS")};
}

Bound Binder::bind_aggregate_call(const ast::FunctionCall& f, const ExprContext& context, Span span) {
    const std::string name = f.name.to_string();
    if (!context.aggregates) {
        diags_
            .error("misplaced-aggregate", span,
                   fmt::format("{} is an aggregate and cannot stand in {}", name, context.clause))
            .with_help(std::string(context.clause) == "WHERE" ? "use HAVING to filter by an aggregate" : "");
        return {};
    }
    if (context.inside_aggregate)
        return diags_.error("nested-aggregate", span, "an aggregate cannot stand inside another"), Bound{};
    ExprContext inner = context;
    inner.inside_aggregate = true;
    std::vector<Bound> args;
    std::vector<ArgumentType> types;
    for (auto& a : f.args) {
        args.push_back(bind_expr(a, inner));
        if (!args.back()) return {};
        types.push_back({args.back().type(), args.back().unknown});
    }
    if (!f.star && args.empty()) {
        diags_.error("no-overload", span, fmt::format("{} needs an argument", name))
            .with_help(name == "count" ? "write count(*)" : "");
        return {};
    }
    auto resolved = resolve_aggregate(name, types, f.distinct);
    if (auto* failure = std::get_if<ResolveFailure>(&resolved)) {
        if (f.distinct && failure->known_name &&
            std::holds_alternative<Resolved<AggregateFunction>>(resolve_aggregate(name, types, false)))
            not_supported(span, fmt::format("{}(DISTINCT ...)", name));
        else
            resolve_problem(diags_, *failure, name, args, f.name.span);
        return {};
    }
    auto& r = std::get<Resolved<AggregateFunction>>(resolved);
    plan::Aggregate a;
    a.function = r.function;
    a.distinct = f.distinct;
    a.type = r.result;
    a.name = name;
    for (size_t i = 0; i < args.size(); ++i) {
        const bool as_is = r.args[i].kind == TypeKind::kDecimal && args[i].type().kind == TypeKind::kDecimal;
        a.args.push_back(as_is && !args[i].unknown
                             ? args[i].expr
                             : coerce(args[i], r.args[i], Coercion::kImplicit, args[i].expr->span, name));
        if (!a.args.back()) return {};
    }
    if (f.filter) {
        inner.clause = "FILTER";
        a.filter = boolean(*f.filter, inner);
        if (!a.filter) return {};
    }
    auto print = [](const plan::Aggregate& x) {
        std::string s =
            x.function->symbol + (x.distinct ? " distinct" : "") + (x.filter ? "?" + plan::fingerprint(x.filter) : "");
        for (auto& e : x.args) s += "," + plan::fingerprint(e);
        return s;
    };
    auto& all = context.aggregates->aggregates;
    for (size_t i = 0; i < all.size(); ++i)
        if (print(all[i]) == print(a)) return {plan::column(kAggregateBase + static_cast<int>(i), a.type, name, span)};
    all.push_back(a);
    context.aggregates->spans.push_back(span);
    return {plan::column(kAggregateBase + static_cast<int>(all.size()) - 1, a.type, name, span)};
}

}  // namespace streamql::bind_detail
