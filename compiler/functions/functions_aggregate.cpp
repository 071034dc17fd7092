// The registry's aggregates.
#include "compiler/functions/entries.h"
#include "runtime/functions/aggregates.h"

namespace streamql {

namespace {

using K = TypeKind;
constexpr K kAll[] = {K::kBoolean, K::kSmallint, K::kInteger, K::kBigint, K::kReal,      K::kDouble,      K::kDecimal,
                      K::kString,  K::kBytes,    K::kDate,    K::kTime,   K::kTimestamp, K::kTimestampTz, K::kInterval};
constexpr K kNumbers[] = {K::kSmallint, K::kInteger, K::kBigint, K::kReal, K::kDouble, K::kDecimal};

Type same_as_argument(const std::vector<Type>& args) { return args[0]; }
/// A sum keeps the scale its argument has, at any size.
Type unbounded(const std::vector<Type>&) { return Type::numeric(); }
Type whole(const std::vector<Type>&) { return Type::decimal(38, 0); }

AggregateFunction& add(std::deque<AggregateFunction>& to, const char* name, std::vector<TypePattern> args, Type result,
                       const AggregateKernels& k, const char* suffix, const char* doc) {
    AggregateFunction& f = to.emplace_back();
    f.name = name;
    f.args = std::move(args);
    f.result = std::move(result);
    f.state_bytes = k.state_bytes;
    f.init = k.init;
    f.update = k.update;
    f.check = k.check;
    f.merge = k.merge;
    f.finish = k.finish;
    f.fields = k.fields;
    f.symbol = std::string("sqa_") + name + "_" + suffix;
    f.doc = doc;
    return f;
}

std::string letter(K k) { return std::string(letter_of(k) >= 'A' && letter_of(k) <= 'Z' ? "u" : "") + letter_of(k); }

void add_counts(std::deque<AggregateFunction>& to) {
    add(to, "count", {}, K::kBigint, count_star_kernels(), "star", "number of rows").op =
        AggregateOperation::kCountStar;
    add(to, "count", {TypePattern::Kind::kAny}, K::kBigint, count_kernels(), "x", "number of values that are not NULL")
        .op = AggregateOperation::kCount;
    for (K k : kAll)
        add(to, "count", {k}, K::kBigint, count_distinct_kernels(k), ("distinct_" + letter(k)).c_str(),
            "number of different values")
            .distinct = true;
    auto nested = [&to](TypePattern::Kind p, const char* suffix) {
        add(to, "count", {p}, K::kBigint, count_distinct_kernels(K::kArray), suffix, "number of different values")
            .distinct = true;
    };
    nested(TypePattern::Kind::kArray, "distinct_array");
    nested(TypePattern::Kind::kStruct, "distinct_struct");
    nested(TypePattern::Kind::kMap, "distinct_map");
}

void add_sums(std::deque<AggregateFunction>& to) {
    for (K k : {K::kSmallint, K::kInteger, K::kBigint, K::kReal, K::kDouble, K::kDecimal, K::kInterval}) {
        Type sum = k == K::kSmallint || k == K::kInteger ? Type(K::kBigint)
                   : k == K::kBigint                     ? Type(K::kDecimal)
                                                         : Type(k);
        Type avg = Type(k).is_float() ? Type(K::kDouble) : k == K::kInterval ? Type(k) : Type::numeric();
        ResultRule sum_rule = k == K::kBigint ? whole : k == K::kDecimal ? unbounded : nullptr;
        auto plain = [&](const char* name, Type result, const AggregateKernels& kernels,
                         const char* doc) -> AggregateFunction& {
            AggregateFunction& f = add(to, name, {k}, result, kernels, letter(k).c_str(), doc);
            f.fallible = !Type(k).is_float();
            return f;
        };
        AggregateFunction& s = plain("sum", sum, sum_kernels(k), "sum; integers give BIGINT, BIGINT gives NUMERIC");
        s.result_rule = sum_rule;
        if (k == K::kSmallint || k == K::kInteger) s.op = AggregateOperation::kSumI64;
        if (k == K::kDouble) s.op = AggregateOperation::kSumF64;
        plain("avg", avg, avg_kernels(k), "mean; exact for integers and DECIMAL");
        if (k == K::kInterval) continue;
        AggregateFunction& d = add(to, "sum", {k}, sum, sum_distinct_kernels(k), ("distinct_" + letter(k)).c_str(),
                                   "sum of the different values");
        d.distinct = d.fallible = true;
        d.result_rule = sum_rule;
        AggregateFunction& e = add(to, "avg", {k}, avg, avg_distinct_kernels(k), ("distinct_" + letter(k)).c_str(),
                                   "mean of the different values");
        e.distinct = e.fallible = true;
    }
}

void add_extremes(std::deque<AggregateFunction>& to, const char* name, bool greatest, const char* doc) {
    for (bool distinct : {false, true}) {  // DISTINCT changes nothing
        for (K k : kAll) {
            AggregateFunction& f = add(to, name, {k}, k, extreme_kernels(greatest, k),
                                       ((distinct ? "distinct_" : "") + letter(k)).c_str(), doc);
            f.distinct = distinct;
            f.result_rule = same_as_argument;
            if (Type(k).physical() == Physical::kI64)
                f.op = greatest ? AggregateOperation::kMaxI64 : AggregateOperation::kMinI64;
            if (Type(k).physical() == Physical::kF64)
                f.op = greatest ? AggregateOperation::kMaxF64 : AggregateOperation::kMinF64;
        }
        AggregateFunction& f = add(to, name, {TypePattern::Kind::kArray}, K::kArray,
                                   extreme_kernels(greatest, K::kArray), distinct ? "distinct_array" : "array", doc);
        f.distinct = distinct;
        f.result_rule = same_as_argument;
    }
}

void add_ordered(std::deque<AggregateFunction>& to, const char* name, bool last, const char* doc) {
    auto one = [&](TypePattern p, const Type& type, const std::string& suffix) {
        AggregateFunction& f = add(to, name, {p}, type, first_last_kernels(last, type), suffix.c_str(), doc);
        f.order_sensitive = true;
        f.result_rule = same_as_argument;
    };
    for (K k : kAll) one(k, k, letter(k));
    one(K::kJson, K::kJson, "j");
    one(TypePattern::Kind::kArray, K::kArray, "array");
    one(TypePattern::Kind::kStruct, K::kStruct, "struct");
    one(TypePattern::Kind::kMap, K::kMap, "map");
}

void add_variances(std::deque<AggregateFunction>& to) {
    struct Row {
        const char* name;
        bool sample, root;
        const char* doc;
    };
    constexpr Row kRows[] = {{"variance", true, false, "sample variance"},
                             {"var_samp", true, false, "sample variance"},
                             {"var_pop", false, false, "population variance"},
                             {"stddev", true, true, "sample standard deviation"},
                             {"stddev_samp", true, true, "sample standard deviation"},
                             {"stddev_pop", false, true, "population standard deviation"}};
    for (const Row& r : kRows)
        for (K k : kNumbers) {
            Type result = Type(k).is_float() ? Type(K::kDouble) : Type::numeric();
            add(to, r.name, {k}, result, variance_kernels(k, r.sample, r.root), letter(k).c_str(), r.doc).fallible =
                !Type(k).is_float();
        }
}

}  // namespace

void add_aggregates(std::deque<AggregateFunction>& to) {
    add_counts(to);
    add_sums(to);
    add_extremes(to, "min", false, "smallest value");
    add_extremes(to, "max", true, "largest value");
    add_ordered(to, "first_value", false, "value of the row first in event time, NULLs included");
    add_ordered(to, "last_value", true, "value of the row last in event time, NULLs included");
    for (const char* name : {"bool_and", "every"})
        add(to, name, {K::kBoolean}, K::kBoolean, bool_kernels(true), "b", "all are true");
    add(to, "bool_or", {K::kBoolean}, K::kBoolean, bool_kernels(false), "b", "at least one is true");
    add_variances(to);
}

}  // namespace streamql
