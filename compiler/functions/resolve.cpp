#include "compiler/functions/resolve.h"

#include <algorithm>
#include <optional>

#include "compiler/functions/casts.h"

namespace streamql {

namespace {

using K = TypeKind;

/// PostgreSQL's type categories, as far as they decide anything.
char category(K kind) {
    switch (kind) {
        case K::kBoolean:
            return 'B';
        case K::kSmallint:
        case K::kInteger:
        case K::kBigint:
        case K::kReal:
        case K::kDouble:
        case K::kDecimal:
            return 'N';
        case K::kString:
            return 'S';
        case K::kDate:
        case K::kTime:
        case K::kTimestamp:
        case K::kTimestampTz:
            return 'D';
        case K::kInterval:
            return 'T';
        case K::kArray:
            return 'A';
        default:
            return 'U';
    }
}
bool is_preferred(K kind) {
    return kind == K::kBoolean || kind == K::kDouble || kind == K::kString || kind == K::kTimestampTz ||
           kind == K::kInterval;
}

template <class Function>
constexpr bool is_variadic(const Function& f) {
    if constexpr (requires { f.variadic; }) return f.variadic;
    return false;
}

/// The types an entry would take these arguments as.
struct Fit {
    std::vector<Type> targets;
    int exact = 0;      ///< known arguments taken as they are
    int preferred = 0;  ///< coerced ones that become a preferred type
};

bool coerces(const ArgumentType& from, const Type& to, bool prints_anything) {
    if (from.unknown || from.type.kind == K::kNull) return true;
    return find_cast(from.type, to, prints_anything ? CastContext::kAssignment : CastContext::kImplicit) != nullptr;
}

/// concat and concat_ws take anything and print it.
template <class Function>
bool prints_anything(const Function& f) {
    return f.name == "concat" || f.name == "concat_ws";
}

struct Variables {
    std::optional<Type> element, key;
};

bool bind_variable(std::optional<Type>& variable, const Type& type) {
    if (!variable)
        variable = type;
    else if (!(*variable == type)) {
        std::vector<ArgumentType> both{{*variable, false}, {type, false}};
        Type common;
        if (!common_type(both, &common)) return false;
        variable = common;
    }
    return true;
}

/// Binds the type variables by the arguments whose type is known.
bool bind_variables(const std::vector<TypePattern>& patterns, const std::vector<ArgumentType>& args, Variables& v) {
    for (size_t i = 0; i < args.size(); ++i) {
        const TypePattern& p = patterns[std::min(i, patterns.size() - 1)];
        const Type& t = args[i].type;
        if (args[i].unknown || t.kind == K::kNull) continue;
        switch (p.kind) {
            case TypePattern::Kind::kElement:
                if (!bind_variable(v.element, t)) return false;
                break;
            case TypePattern::Kind::kArray:
                if (t.kind != K::kArray || !bind_variable(v.element, *t.element)) return false;
                break;
            case TypePattern::Kind::kMap:
                if (t.kind != K::kMap || !bind_variable(v.element, *t.element) || !bind_variable(v.key, *t.key))
                    return false;
                break;
            case TypePattern::Kind::kMapKey:
                if (!bind_variable(v.key, t)) return false;
                break;
            case TypePattern::Kind::kStruct:
                if (t.kind != K::kStruct) return false;
                break;
            case TypePattern::Kind::kExact:
            case TypePattern::Kind::kAny:
                break;
        }
    }
    return true;
}

std::optional<Type> target_of(const TypePattern& p, const ArgumentType& arg, const Variables& v) {
    bool open = arg.unknown || arg.type.kind == K::kNull;
    switch (p.kind) {
        case TypePattern::Kind::kExact:
            if (arg.type.kind == p.type && !arg.unknown) return arg.type;
            return Type(p.type);
        case TypePattern::Kind::kAny:
            return open ? Type(K::kString) : arg.type;
        case TypePattern::Kind::kElement:
            return v.element ? v.element : std::optional<Type>(Type(K::kString));
        case TypePattern::Kind::kArray:
            return v.element ? std::optional<Type>(Type::array(*v.element)) : std::nullopt;
        case TypePattern::Kind::kMap:
            return v.element && v.key ? std::optional<Type>(Type::map(*v.key, *v.element)) : std::nullopt;
        case TypePattern::Kind::kMapKey:
            return v.key;
        case TypePattern::Kind::kStruct:
            return open ? std::nullopt : std::optional<Type>(arg.type);
    }
    return std::nullopt;
}

template <class Function>
std::optional<Fit> fit(const Function& f, const std::vector<ArgumentType>& args) {
    size_t least = is_variadic(f) ? f.args.size() - 1 : f.args.size();
    if (args.size() < least || (!is_variadic(f) && args.size() > f.args.size())) return std::nullopt;
    Variables variables;
    if (!f.args.empty() && !bind_variables(f.args, args, variables)) return std::nullopt;
    Fit result;
    for (size_t i = 0; i < args.size(); ++i) {
        const TypePattern& p = f.args[std::min(i, f.args.size() - 1)];
        std::optional<Type> target = target_of(p, args[i], variables);
        if (!target || !coerces(args[i], *target, prints_anything(f))) return std::nullopt;
        bool open = args[i].unknown || args[i].type.kind == K::kNull;
        if (!open) {
            bool same = args[i].type.same_kind(*target);
            if (same && p.kind == TypePattern::Kind::kExact) ++result.exact;
            if (same || is_preferred(target->kind)) ++result.preferred;
        }
        result.targets.push_back(*target);
    }
    return result;
}

template <class Function>
struct Candidate {
    const Function* function;
    Fit fit;
};

template <class Function, class Score>
void keep_best(std::vector<Candidate<Function>>& list, Score score) {
    int best = INT32_MIN;
    for (const auto& c : list) best = std::max(best, score(c));
    std::erase_if(list, [&](const auto& c) { return score(c) < best; });
}

/// PostgreSQL's rule for open literals: the string category if any candidate takes it, else the one category all take;
/// then preferred.
template <class Function>
void narrow_by_category(std::vector<Candidate<Function>>& list, const std::vector<ArgumentType>& args) {
    for (size_t i = 0; i < args.size(); ++i) {
        if (!args[i].unknown && args[i].type.kind != K::kNull) continue;
        bool string = false, same = true, preferred = false;
        char first = category(list[0].fit.targets[i].kind);
        for (const auto& c : list) {
            string |= category(c.fit.targets[i].kind) == 'S';
            same &= category(c.fit.targets[i].kind) == first;
        }
        if (!string && !same) return;
        char wanted = string ? 'S' : first;
        for (const auto& c : list)
            preferred |= category(c.fit.targets[i].kind) == wanted && is_preferred(c.fit.targets[i].kind);
        std::vector<Candidate<Function>> kept;
        for (const auto& c : list) {
            K kind = c.fit.targets[i].kind;
            if (category(kind) == wanted && (!preferred || is_preferred(kind))) kept.push_back(c);
        }
        if (!kept.empty()) list = std::move(kept);
    }
}

/// Last resort: open literals as the type all known arguments have.
template <class Function>
void narrow_by_known_type(std::vector<Candidate<Function>>& list, const std::vector<ArgumentType>& args) {
    const Type* known = nullptr;
    for (const ArgumentType& a : args) {
        if (a.unknown || a.type.kind == K::kNull) continue;
        if (known != nullptr && !known->same_kind(a.type)) return;
        known = &a.type;
    }
    if (known == nullptr) return;
    std::vector<Candidate<Function>> kept;
    for (const auto& c : list) {
        bool all =
            std::all_of(c.fit.targets.begin(), c.fit.targets.end(), [&](const Type& t) { return t.same_kind(*known); });
        if (all) kept.push_back(c);
    }
    if (!kept.empty()) list = std::move(kept);
}

bool is_operator(std::string_view name) { return !name.empty() && !((name[0] | 32) >= 'a' && (name[0] | 32) <= 'z'); }

/// A binary operator's open literal first adopts the other side's type, where that fits exactly. REAL beside another
/// number is DOUBLE.
std::vector<ArgumentType> adopt(std::string_view name, std::vector<ArgumentType> args, bool* adopted) {
    *adopted = false;
    if (args.size() != 2 || !is_operator(name)) return args;
    auto open = [](const ArgumentType& a) { return a.unknown || a.type.kind == K::kNull; };
    for (int i = 0; i < 2; ++i) {
        ArgumentType &self = args[static_cast<size_t>(i)], &other = args[static_cast<size_t>(1 - i)];
        if (open(self) && !open(other)) {
            self.type = other.type;
            self.unknown = false;
            *adopted = true;
            break;
        }
    }
    bool mixed = (args[0].type.kind == K::kReal) != (args[1].type.kind == K::kReal);
    if (mixed && args[0].type.is_numeric() && args[1].type.is_numeric())
        for (ArgumentType& a : args)
            if (a.type.kind == K::kReal) a.type = K::kDouble;
    return args;
}

template <class Function>
std::variant<Resolved<Function>, ResolveFailure> choose(const std::vector<const Function*>& entries,
                                                        const std::vector<ArgumentType>& args) {
    std::vector<Candidate<Function>> list;
    ResolveFailure failure;
    failure.known_name = !entries.empty();
    for (const Function* f : entries) {
        failure.candidates.push_back(signature(*f));
        if (auto fits = fit(*f, args)) list.push_back({f, std::move(*fits)});
    }
    if (list.size() > 1) keep_best(list, [](const auto& c) { return c.fit.exact; });
    if (list.size() > 1) keep_best(list, [](const auto& c) { return c.fit.preferred; });
    if (list.size() > 1) narrow_by_category(list, args);
    if (list.size() > 1) narrow_by_known_type(list, args);
    if (list.size() != 1) {
        failure.ambiguous = list.size() > 1;
        if (failure.ambiguous) failure.suggestion = "cast an argument to say which one is meant";
        return failure;
    }
    Resolved<Function> r;
    r.function = list[0].function;
    r.args = std::move(list[0].fit.targets);
    r.result = r.function->result_type(r.args);
    return r;
}

}  // namespace

std::variant<Resolved<ScalarFunction>, ResolveFailure> resolve(std::string_view name,
                                                               const std::vector<ArgumentType>& args) {
    const auto& entries = find_scalar_functions(name);
    bool adopted;
    std::vector<ArgumentType> first = adopt(name, args, &adopted);
    if (adopted) {
        // Only if the entry takes exactly this type on both sides, as PostgreSQL has it.
        for (const ScalarFunction* f : entries) {
            auto fits = fit(*f, first);
            if (fits && fits->exact == 2)
                return Resolved<ScalarFunction>{f, fits->targets, f->result_type(fits->targets)};
        }
        return choose(entries, args);
    }
    return choose(entries, first);
}

std::variant<Resolved<AggregateFunction>, ResolveFailure> resolve_aggregate(std::string_view name,
                                                                            const std::vector<ArgumentType>& args,
                                                                            bool distinct) {
    std::vector<const AggregateFunction*> entries;
    for (const AggregateFunction* f : find_aggregate_functions(name))
        if (f->distinct == distinct) entries.push_back(f);
    auto result = choose(entries, args);
    if (auto* failure = std::get_if<ResolveFailure>(&result)) {
        failure->known_name = is_aggregate_function(name);
        if (entries.empty() && distinct && failure->known_name)
            failure->suggestion = std::string(name) + " has no DISTINCT form";
    }
    return result;
}

bool common_type(const std::vector<ArgumentType>& args, Type* out) {
    const Type* best = nullptr;
    for (const ArgumentType& a : args) {
        if (a.unknown || a.type.kind == K::kNull) continue;
        if (best == nullptr) {
            best = &a.type;
        } else if (!best->same_kind(a.type)) {
            if (category(best->kind) != category(a.type.kind)) return false;
            if (is_preferred(best->kind)) continue;
            bool up = find_cast(*best, a.type, CastContext::kImplicit) != nullptr;
            bool down = find_cast(a.type, *best, CastContext::kImplicit) != nullptr;
            if (up && !down) best = &a.type;
        }
    }
    if (best == nullptr) {
        *out = K::kString;
        return true;
    }
    *out = *best;
    for (const ArgumentType& a : args) {
        if (a.unknown || a.type.kind == K::kNull) continue;
        if (find_cast(a.type, *best, CastContext::kImplicit) == nullptr) return false;
        if (a.type.precision != best->precision || a.type.scale != best->scale)
            *out = Type(best->kind);  // unlike: none
    }
    return true;
}

}  // namespace streamql
