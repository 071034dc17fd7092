#include "compiler/functions/casts.h"

#include <deque>

#include "compiler/functions/entries.h"
#include "runtime/functions/casts.h"
#include "runtime/types/datetime.h"
#include "runtime/types/nested.h"

namespace streamql {

namespace {

using K = TypeKind;
constexpr int kKinds = static_cast<int>(K::kStruct) + 1;

/// The weakest context that allows the cast: 'i'mplicit, 'a'ssignment, 'e'xplicit, 0 none (PostgreSQL's pg_cast).
char cast_context(K from, K to) {
    if (from == to || from == K::kNull) return 'i';
    if (to == K::kString) return 'a';
    if (from == K::kString) return 'e';
    if (Type(from).is_numeric() && Type(to).is_numeric()) {
        if (to == K::kReal || to == K::kDouble) return from == K::kDouble ? 'a' : 'i';
        if (to == K::kDecimal) return Type(from).is_integer() ? 'i' : 'a';
        return Type(from).is_integer() && from < to ? 'i' : 'a';
    }
    if ((from == K::kInteger && to == K::kBoolean) || (from == K::kBoolean && to == K::kInteger)) return 'e';
    if (to == K::kTimestampTz) return from == K::kDate || from == K::kTimestamp ? 'i' : 0;
    if (to == K::kTimestamp) return from == K::kDate ? 'i' : from == K::kTimestampTz ? 'a' : 0;
    if (to == K::kInterval) return from == K::kTime ? 'i' : 0;
    if (to == K::kDate) return from == K::kTimestamp || from == K::kTimestampTz ? 'a' : 0;
    if (to == K::kTime) return from == K::kTimestamp || from == K::kTimestampTz || from == K::kInterval ? 'a' : 0;
    return 0;
}

bool copies(K from, K to) {
    if (from == to) return from != K::kDecimal && from != K::kArray && from != K::kTime && !Type(from).is_timestamp();
    if (from == K::kNull || (from == K::kJson && to == K::kString) || (from == K::kReal && to == K::kDouble))
        return true;
    return (Type(from).is_integer() && Type(to).is_integer() && from < to) ||
           (from == K::kBoolean && to == K::kInteger);
}

struct CastTable {
    std::deque<ScalarFunction> entries;
    const ScalarFunction* at[kKinds][kKinds] = {};
    std::vector<const ScalarFunction*> all;

    CastTable() {
        for (int f = 0; f < kKinds; ++f)
            for (int t = 1; t < kKinds; ++t) add(static_cast<K>(f), static_cast<K>(t));
    }
    void add(K from, K to) {
        ScalarKernel kernel = cast_kernel(from, to);
        if (kernel == nullptr || cast_context(from, to) == 0) return;
        ScalarFunction& f = entries.emplace_back();
        f.name = "cast";
        f.args = {from};
        f.result = Type(to);
        f.kernel = kernel;
        f.symbol = "sqk_cast_" + std::to_string(static_cast<int>(from)) + "_" + std::to_string(static_cast<int>(to));
        if (copies(from, to))
            f.op = Operation::kCopy;
        else if (Type(from).is_integer() && to == K::kDouble)
            f.op = Operation::kIntToDouble;
        else if (Type(from).is_integer() && Type(to).is_integer())
            f.op = Operation::kNarrowInt;
        bool never_fails =
            to == K::kString || to == K::kReal || to == K::kDouble || to == K::kBoolean || to == K::kInterval;
        f.fallible = f.op != Operation::kCopy && f.op != Operation::kIntToDouble &&
                     !(never_fails && from != K::kString && from != K::kDouble);
        at[static_cast<int>(from)][static_cast<int>(to)] = &f;
        all.push_back(&f);
    }
};

const CastTable& table() {
    static const CastTable t;
    return t;
}

}  // namespace

bool is_no_op_cast(const Type& from, const Type& to) {
    if (from == to) return true;
    return from.kind == K::kDecimal && to.kind == K::kDecimal && to.precision == 0;
}

const ScalarFunction* find_cast(const Type& from, const Type& to, CastContext context) {
    if (to.kind == K::kNull) return nullptr;
    char least = cast_context(from.kind, to.kind);
    if (from.kind == K::kArray && to.kind == K::kArray && !(from == to)) {
        if (find_cast(*from.element, *to.element, context) == nullptr) return nullptr;
    } else if (from.is_nested() && from.kind == to.kind && !(from == to)) {
        return nullptr;
    }
    if (least == 0 || (context == CastContext::kImplicit && least != 'i') ||
        (context == CastContext::kAssignment && least == 'e'))
        return nullptr;
    return table().at[static_cast<int>(from.kind)][static_cast<int>(to.kind)];
}

CastParameters cast_parameters(const Type& from, const Type& to) {
    CastParameters p;
    if (to.kind == K::kDecimal && to.precision > 0) p.numbers = {to.precision, to.scale};
    if (from.kind == to.kind && time_unit(to) > 1) p.numbers = {time_unit(to)};
    if (to.kind == K::kArray && (from.kind == K::kString || from.kind == K::kArray)) p.text = type_descriptor(to);
    return p;
}

const std::vector<const ScalarFunction*>& all_casts() { return table().all; }

}  // namespace streamql
