// The registry's operators: arithmetic, comparison, text and time operators.
#include "compiler/functions/entries.h"
#include "runtime/functions/arithmetic.h"
#include "runtime/functions/text.h"
#include "runtime/functions/text_pattern.h"
#include "runtime/functions/time_arithmetic.h"

namespace streamql {

namespace {

using K = TypeKind;
constexpr K kNumbers[] = {K::kSmallint, K::kInteger, K::kBigint, K::kReal, K::kDouble, K::kDecimal};

std::string signature_of(K result, std::initializer_list<K> args) {
    std::string s{letter_of(result), '('};
    for (K k : args) s += letter_of(k);
    return s + ")";
}

void add_arithmetic(Entries& to) {
    struct Row {
        const char* name;
        char op;
        Operation operation;
        const char* doc;
    };
    constexpr Row kRows[] = {{"+", '+', Operation::kAdd, "sum"},
                             {"-", '-', Operation::kSub, "difference"},
                             {"*", '*', Operation::kMul, "product"},
                             {"/", '/', Operation::kDiv, "quotient; integers truncate"},
                             {"%", '%', Operation::kMod, "remainder, with the sign of the dividend"}};
    for (const Row& row : kRows) {
        for (K k : kNumbers) {
            ScalarKernel kernel = arithmetic_kernel(row.op, k);
            if (kernel == nullptr) continue;
            Traits traits{.op = k == K::kDecimal ? Operation::kNone : row.operation};
            to.add(row.name, signature_of(k, {k, k}), kernel, traits, row.doc);
            if (row.op == '%') to.add("mod", signature_of(k, {k, k}), kernel, traits, row.doc);
        }
    }
    for (K k : kNumbers) {
        bool fallible = Type(k).is_integer();
        Traits negate{.fallible = fallible, .op = k == K::kDecimal ? Operation::kNone : Operation::kNeg};
        to.add("-", signature_of(k, {k}), arithmetic_kernel('n', k), negate, "the negative");
        to.add("abs", signature_of(k, {k}), arithmetic_kernel('a', k), Traits{.fallible = fallible}, "absolute value");
    }
}

void add_comparison(Entries& to, int op, const char* name, Operation operation, const char* doc) {
    constexpr K kKinds[] = {K::kBoolean, K::kSmallint,  K::kInteger,     K::kBigint,  K::kReal,
                            K::kDouble,  K::kDecimal,   K::kString,      K::kBytes,   K::kDate,
                            K::kTime,    K::kTimestamp, K::kTimestampTz, K::kInterval};
    for (K k : kKinds)
        to.add(name, signature_of(K::kBoolean, {k, k}), comparison_kernel(op, k),
               Traits{.fallible = false, .op = operation}, doc);
    to.add(name, "b(AA)", comparison_kernel(op, K::kArray), kSafe, doc);
    to.add(name, "b(RR)", comparison_kernel(op, K::kStruct), kSafe, doc);
    if (op < 2) to.add(name, "b(MM)", comparison_kernel(op, K::kMap), kSafe, doc);
}

void add_extremes(Entries& to) {
    constexpr K kKinds[] = {K::kBoolean, K::kSmallint,  K::kInteger,     K::kBigint,  K::kReal,
                            K::kDouble,  K::kDecimal,   K::kString,      K::kBytes,   K::kDate,
                            K::kTime,    K::kTimestamp, K::kTimestampTz, K::kInterval};
    for (K k : kKinds) {
        std::string signature{letter_of(k), '(', letter_of(k), letter_of(k), '.', '.', '.', ')'};
        to.add("greatest", signature, extreme_kernel(true, k), kSeesNulls, "the largest argument, NULLs ignored");
        to.add("least", signature, extreme_kernel(false, k), kSeesNulls, "the smallest argument, NULLs ignored");
    }
}

void add_time_arithmetic(Entries& to) {
    to.add("+", "D(Di)", sqk_date_add_days, kFails, "a date some days later");
    to.add("+", "D(iD)", sqk_days_add_date, kFails);
    to.add("-", "D(Di)", sqk_date_sub_days, kFails, "a date some days earlier");
    to.add("-", "i(DD)", sqk_date_sub_date, kFails, "days between two dates");
    to.add("+", "s(DT)", sqk_date_add_time, kFails, "a date at a time of day");
    to.add("+", "s(TD)", sqk_time_add_date, kFails);
    to.add("+", "s(Dv)", sqk_date_add_interval, kFails);
    to.add("+", "s(vD)", sqk_interval_add_date, kFails);
    to.add("-", "s(Dv)", sqk_date_sub_interval, kFails);
    to.add("+", "s(sv)", sqk_timestamp_add_interval, kFails, "a time an interval later");
    to.add("+", "s(vs)", sqk_interval_add_timestamp, kFails);
    to.add("-", "s(sv)", sqk_timestamp_sub_interval, kFails, "a time an interval earlier");
    to.add("+", "z(zv)", sqk_timestamptz_add_interval, kFails);
    to.add("+", "z(vz)", sqk_interval_add_timestamptz, kFails);
    to.add("-", "z(zv)", sqk_timestamptz_sub_interval, kFails);
    to.add("-", "v(ss)", sqk_timestamp_sub_timestamp, kFails, "days and time between two times");
    to.add("-", "v(zz)", sqk_timestamp_sub_timestamp, kFails);
    to.add("+", "T(Tv)", sqk_time_add_interval, kSafe, "a time of day, past midnight starting anew");
    to.add("+", "T(vT)", sqk_interval_add_time, kSafe);
    to.add("-", "T(Tv)", sqk_time_sub_interval, kSafe);
    to.add("-", "v(TT)", sqk_time_sub_time, kSafe);
    to.add("+", "v(vv)", sqk_interval_add, kFails, "sum of intervals, field by field");
    to.add("-", "v(vv)", sqk_interval_sub, kFails);
    to.add("-", "v(v)", sqk_interval_neg, kFails);
    to.add("*", "v(vd)", sqk_interval_mul, kFails, "a multiple of an interval");
    to.add("*", "v(dv)", sqk_double_mul_interval, kFails);
    to.add("/", "v(vd)", sqk_interval_div, kFails, "a fraction of an interval");
}

void add_text_operators(Entries& to) {
    to.add("||", "t(tt)", sqk_concat2, kSafe, "the texts joined; NULL if either is");
    to.add("||", "y(yy)", sqk_concat2, kSafe);
    constexpr K kPrinted[] = {K::kBoolean,     K::kSmallint, K::kInteger, K::kBigint, K::kReal,
                              K::kDouble,      K::kDecimal,  K::kDate,    K::kTime,   K::kTimestamp,
                              K::kTimestampTz, K::kInterval, K::kJson};
    for (K k : kPrinted) {
        to.add("||", signature_of(K::kString, {K::kString, k}), concat_kernel(k, false), kSafe);
        to.add("||", signature_of(K::kString, {k, K::kString}), concat_kernel(k, true), kSafe);
    }
    to.add("LIKE", "b(tt)", sqk_like, kFails, "the text matches a pattern of % and _");
    to.add("NOT LIKE", "b(tt)", sqk_not_like, kFails);
    to.add("ILIKE", "b(tt)", sqk_ilike, kFails, "LIKE in any case");
    to.add("NOT ILIKE", "b(tt)", sqk_not_ilike, kFails);
    const Traits escaped = kFails.judging({{2, "", "ESCAPE takes one character, or '' for none"}});
    to.add("LIKE", "b(ttt)", sqk_like, escaped, "LIKE ... ESCAPE character");
    to.add("NOT LIKE", "b(ttt)", sqk_not_like, escaped);
    to.add("ILIKE", "b(ttt)", sqk_ilike, escaped);
    to.add("NOT ILIKE", "b(ttt)", sqk_not_ilike, escaped);
    const Traits matches = kFails.judging({regular_expression()});
    to.add("~", "b(tt)", sqk_matches, matches,
           "the text matches a regular expression (no back references, no look-around)");
    to.add("~*", "b(tt)", sqk_imatches, matches, "~ in any case");
    to.add("!~", "b(tt)", sqk_not_matches, matches);
    to.add("!~*", "b(tt)", sqk_not_imatches, matches);
}

}  // namespace

void add_operators(Entries& to) {
    add_arithmetic(to);
    add_comparison(to, 0, "=", Operation::kEq, "equal");
    add_comparison(to, 1, "<>", Operation::kNe, "not equal");
    add_comparison(to, 2, "<", Operation::kLt, "less");
    add_comparison(to, 3, "<=", Operation::kLe, "less or equal");
    add_comparison(to, 4, ">", Operation::kGt, "greater");
    add_comparison(to, 5, ">=", Operation::kGe, "greater or equal");
    add_extremes(to);
    add_time_arithmetic(to);
    add_text_operators(to);
}

}  // namespace streamql
