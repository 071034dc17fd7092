#include "compiler/functions/registry.h"

#include <algorithm>
#include <map>

#include "compiler/functions/casts.h"
#include "compiler/functions/entries.h"
#include "runtime/base/result.h"
#include "runtime/functions/nested_functions.h"
#include "runtime/functions/not_null.h"

namespace streamql {

namespace {

constexpr std::pair<char, TypeKind> kLetters[] = {
    {'b', TypeKind::kBoolean},     {'h', TypeKind::kSmallint}, {'i', TypeKind::kInteger}, {'l', TypeKind::kBigint},
    {'r', TypeKind::kReal},        {'d', TypeKind::kDouble},   {'n', TypeKind::kDecimal}, {'t', TypeKind::kString},
    {'y', TypeKind::kBytes},       {'D', TypeKind::kDate},     {'T', TypeKind::kTime},    {'s', TypeKind::kTimestamp},
    {'z', TypeKind::kTimestampTz}, {'v', TypeKind::kInterval}, {'j', TypeKind::kJson},    {'A', TypeKind::kArray},
    {'M', TypeKind::kMap},         {'R', TypeKind::kStruct}};

TypePattern pattern_of(char letter) {
    switch (letter) {
        case 'A':
            return TypePattern::Kind::kArray;
        case 'E':
        case 'V':
            return TypePattern::Kind::kElement;
        case 'M':
            return TypePattern::Kind::kMap;
        case 'K':
            return TypePattern::Kind::kMapKey;
        case 'R':
            return TypePattern::Kind::kStruct;
        case '*':
            return TypePattern::Kind::kAny;
        default:
            return kind_of(letter);
    }
}

struct Registry {
    Entries scalars;
    std::deque<AggregateFunction> aggregates;
    std::map<std::string, std::vector<const ScalarFunction*>, std::less<>> by_name;
    std::map<std::string, std::vector<const AggregateFunction*>, std::less<>> aggregates_by_name;

    Registry() {
        add_operators(scalars);
        add_math(scalars);
        add_text(scalars);
        add_time(scalars);
        add_nested(scalars);
        add_aggregates(aggregates);
        for (const ScalarFunction& f : scalars.list) by_name[f.name].push_back(&f);
        for (const AggregateFunction& f : aggregates) aggregates_by_name[f.name].push_back(&f);
    }
};

const Registry& registry() {
    static const Registry r;
    return r;
}

std::string pattern_text(const TypePattern& p) {
    switch (p.kind) {
        case TypePattern::Kind::kExact:
            return p.type == TypeKind::kDecimal ? "NUMERIC" : Type(p.type).to_string();
        case TypePattern::Kind::kAny:
            return "any";
        case TypePattern::Kind::kElement:
            return "T";
        case TypePattern::Kind::kArray:
            return "ARRAY<T>";
        case TypePattern::Kind::kMap:
            return "MAP<K, T>";
        case TypePattern::Kind::kMapKey:
            return "K";
        case TypePattern::Kind::kStruct:
            return "STRUCT";
    }
    return {};
}

template <class Function>
std::string signature_text(const Function& f, bool variadic) {
    std::string text = f.name + "(";
    for (size_t i = 0; i < f.args.size(); ++i) text += (i > 0 ? ", " : "") + pattern_text(f.args[i]);
    return text + (variadic ? ", ...)" : ")");
}

ScalarFunction nested_entry(const char* name, ScalarKernel kernel, const char* symbol, std::vector<TypePattern> args) {
    ScalarFunction f;
    f.name = name;
    f.args = std::move(args);
    f.kernel = kernel;
    f.symbol = symbol;
    return f;
}

}  // namespace

char letter_of(TypeKind kind) {
    for (auto [letter, k] : kLetters)
        if (k == kind) return letter;
    return '0';
}

TypeKind kind_of(char letter) {
    for (auto [l, kind] : kLetters)
        if (l == letter) return kind;
    SQ_CHECK(false, std::string("signature letter ") + letter);
    return TypeKind::kNull;
}

std::string symbol_part(std::string_view name) {
    bool word = (name[0] | 32) >= 'a' && (name[0] | 32) <= 'z';
    std::string part = word ? "" : "op_";
    for (char c : name) {
        switch (c) {
            case '+':
                part += "add";
                break;
            case '-':
                part += "sub";
                break;
            case '*':
                part += "mul";
                break;
            case '/':
                part += "div";
                break;
            case '%':
                part += "mod";
                break;
            case '^':
                part += "pow";
                break;
            case '|':
                part += "bar";
                break;
            case '=':
                part += "eq";
                break;
            case '<':
                part += "lt";
                break;
            case '>':
                part += "gt";
                break;
            case '~':
                part += "match";
                break;
            case '!':
                part += "not";
                break;
            case '[':
                part += "at";
                break;
            case ']':
                break;
            case ' ':
                part += '_';
                break;
            default:
                part += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
        }
    }
    return part;
}

ScalarFunction& Entries::add(std::string_view name, std::string_view signature, ScalarKernel kernel,
                             const Traits& traits, std::string_view doc) {
    SQ_CHECK(kernel != nullptr, std::string(name));
    ScalarFunction& f = list.emplace_back();
    f.name = name;
    f.symbol = "sqk_" + symbol_part(name) + "_";
    std::string_view params = signature.substr(2, signature.rfind(')') - 2);
    if (params.size() > 3 && params.substr(params.size() - 3) == "...") {
        f.variadic = true;
        params.remove_suffix(3);
    }
    for (char c : params) {
        f.args.push_back(pattern_of(c));
        // letters that differ only in case get a mark, so that symbols stay apart whatever folds them
        if (c >= 'A' && c <= 'Z') f.symbol += 'u';
        f.symbol += c == '*' ? 'x' : c;
    }
    if (traits.rule == nullptr) f.result = Type(kind_of(signature[0]));
    f.result_rule = traits.rule;
    f.strict = traits.strict;
    f.deterministic = traits.deterministic;
    f.fallible = traits.fallible;
    f.nullable = traits.nullable;
    f.op = traits.op;
    f.judged = traits.judged;
    f.kernel = kernel;
    f.doc = doc;
    return f;
}

const std::deque<ScalarFunction>& scalar_functions() { return registry().scalars.list; }
const std::deque<AggregateFunction>& aggregate_functions() { return registry().aggregates; }

const std::vector<const ScalarFunction*>& find_scalar_functions(std::string_view name) {
    static const std::vector<const ScalarFunction*> none;
    auto at = registry().by_name.find(name);
    return at == registry().by_name.end() ? none : at->second;
}

const std::vector<const AggregateFunction*>& find_aggregate_functions(std::string_view name) {
    static const std::vector<const AggregateFunction*> none;
    auto at = registry().aggregates_by_name.find(name);
    return at == registry().aggregates_by_name.end() ? none : at->second;
}

std::vector<std::string> function_names() {
    std::vector<std::string> names;
    auto is_word = [](const std::string& s) { return s[0] >= 'a' && s[0] <= 'z'; };
    for (const auto& [name, entries] : registry().by_name)
        if (is_word(name)) names.push_back(name);
    for (const auto& [name, entries] : registry().aggregates_by_name) names.push_back(name);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

std::string signature(const ScalarFunction& f) { return signature_text(f, f.variadic); }
std::string signature(const AggregateFunction& f) { return f.args.empty() ? f.name + "(*)" : signature_text(f, false); }

const ScalarFunction& struct_field_function(Physical) {
    static const ScalarFunction f = [] {
        ScalarFunction e =
            nested_entry(".", sqk_struct_field, "sqk_struct_field", {TypePattern::Kind::kStruct, TypeKind::kBigint});
        e.nullable = true;
        return e;
    }();
    return f;
}

const ScalarFunction& not_null_function() {
    static const ScalarFunction f = [] {
        ScalarFunction e =
            nested_entry("not_null", sqk_not_null, "sqk_not_null", {TypePattern::Kind::kAny, TypeKind::kString});
        e.strict = false;
        e.fallible = true;
        return e;
    }();
    return f;
}

const ScalarFunction& make_array_function() {
    static const ScalarFunction f = [] {
        ScalarFunction e =
            nested_entry("array", sqk_make_array, "sqk_make_array", {TypeKind::kString, TypePattern::Kind::kAny});
        e.variadic = true;
        e.strict = false;
        return e;
    }();
    return f;
}

const ScalarFunction& make_struct_function() {
    static const ScalarFunction f = [] {
        ScalarFunction e =
            nested_entry("row", sqk_make_struct, "sqk_make_struct", {TypeKind::kString, TypePattern::Kind::kAny});
        e.variadic = true;
        e.strict = false;
        return e;
    }();
    return f;
}

std::vector<std::pair<std::string, void*>> kernel_symbols() {
    std::vector<std::pair<std::string, void*>> symbols;
    auto put = [&symbols](const ScalarFunction& f) {
        symbols.emplace_back(f.symbol, reinterpret_cast<void*>(f.kernel));
    };
    for (const ScalarFunction& f : scalar_functions()) put(f);
    for (const ScalarFunction* f : all_casts()) put(*f);
    put(struct_field_function(Physical::kI64));
    put(make_array_function());
    put(make_struct_function());
    put(not_null_function());
    for (const AggregateFunction& f : aggregate_functions()) {
        symbols.emplace_back(f.symbol + "_init", reinterpret_cast<void*>(f.init));
        symbols.emplace_back(f.symbol + "_update", reinterpret_cast<void*>(f.update));
        if (f.check) symbols.emplace_back(f.symbol + "_check", reinterpret_cast<void*>(f.check));
        symbols.emplace_back(f.symbol + "_merge", reinterpret_cast<void*>(f.merge));
        symbols.emplace_back(f.symbol + "_finish", reinterpret_cast<void*>(f.finish));
    }
    return symbols;
}

}  // namespace streamql
