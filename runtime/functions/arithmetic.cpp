#include "runtime/functions/arithmetic.h"

#include <cmath>

#include "runtime/types/decimal.h"
#include "runtime/types/nested.h"

namespace streamql {

namespace {

template <char op, TypeKind kind>
STREAMQL_KERNEL(int_kernel) {
    int64_t x = a[0].i64, r = 0;
    bool overflow = false;
    if constexpr (op == 'n')
        overflow = __builtin_sub_overflow(int64_t{0}, x, &r);
    else if constexpr (op == 'a')
        overflow = x < 0 && __builtin_sub_overflow(int64_t{0}, x, &r), r = x < 0 ? r : x;
    else {
        int64_t y = a[1].i64;
        if constexpr (op == '+') overflow = __builtin_add_overflow(x, y, &r);
        if constexpr (op == '-') overflow = __builtin_sub_overflow(x, y, &r);
        if constexpr (op == '*') overflow = __builtin_mul_overflow(x, y, &r);
        if constexpr (op == '/' || op == '%') {
            if (y == 0) return RowError::kDivisionByZero;
            if (y == -1)
                overflow = op == '/' && __builtin_sub_overflow(int64_t{0}, x, &r);
            else
                r = op == '/' ? x / y : x % y;
        }
    }
    if (overflow || !int_fits(kind, r)) return RowError::kOverflow;
    return give(out, r);
}

template <char op, bool real>
STREAMQL_KERNEL(float_kernel) {
    double x = a[0].f64, r;
    if constexpr (op == 'n') return give(out, -x);
    if constexpr (op == 'a') return give(out, std::fabs(x));
    double y = a[1].f64;
    if constexpr (op == '/') {
        if (y == 0 && !std::isnan(x)) return RowError::kDivisionByZero;
    }
    r = op == '+' ? x + y : op == '-' ? x - y : op == '*' ? x * y : x / y;
    if constexpr (real) r = static_cast<float>(r);
    if (std::isinf(r) && !std::isinf(x) && !std::isinf(y)) return RowError::kOverflow;
    if constexpr (op == '*') {
        if (r == 0 && x != 0 && y != 0) return RowError::kOverflow;
    }
    if constexpr (op == '/') {
        if (r == 0 && x != 0 && !std::isinf(y)) return RowError::kOverflow;
    }
    return give(out, r);
}

template <char op>
STREAMQL_KERNEL(decimal_kernel) {
    const Decimal& x = a[0].decimal;
    if constexpr (op == 'n') return give(out, decimal_negate(x));
    if constexpr (op == 'a') return give(out, x.value < 0 ? decimal_negate(x) : x);
    const Decimal& y = a[1].decimal;
    if constexpr (op == '/' || op == '%') {
        if (y.value == 0) return RowError::kDivisionByZero;
    }
    Decimal r;
    bool ok = false;
    if constexpr (op == '+') ok = decimal_add(x, y, &r);
    if constexpr (op == '-') ok = decimal_subtract(x, y, &r);
    if constexpr (op == '*') ok = decimal_multiply(x, y, &r);
    if constexpr (op == '/') ok = decimal_divide(x, y, &r);
    if constexpr (op == '%') ok = decimal_modulo(x, y, &r);
    return ok ? give(out, r) : RowError::kOverflow;
}

template <char op>
ScalarKernel kernel_of(TypeKind kind) {
    switch (kind) {
        case TypeKind::kSmallint:
            return int_kernel<op, TypeKind::kSmallint>;
        case TypeKind::kInteger:
            return int_kernel<op, TypeKind::kInteger>;
        case TypeKind::kBigint:
            return int_kernel<op, TypeKind::kBigint>;
        case TypeKind::kReal:
            return op == '%' ? nullptr : float_kernel<op, true>;
        case TypeKind::kDouble:
            return op == '%' ? nullptr : float_kernel<op, false>;
        case TypeKind::kDecimal:
            return decimal_kernel<op>;
        default:
            return nullptr;
    }
}

template <TypeKind representative>
int order(const Cell& x, const Cell& y) {
    return cell_compare(representative, x, y);
}

template <int op, TypeKind representative>
STREAMQL_KERNEL(compare) {
    int c = order<representative>(a[0], a[1]);
    bool r = op == 0 ? c == 0 : op == 1 ? c != 0 : op == 2 ? c < 0 : op == 3 ? c <= 0 : op == 4 ? c > 0 : c >= 0;
    return give(out, r);
}

template <bool greatest, TypeKind representative>
STREAMQL_KERNEL(extreme) {
    const Cell* best = nullptr;
    for (int32_t i = 0; i < n; ++i) {
        if (a[i].null) continue;
        if (best == nullptr ||
            (greatest ? order<representative>(a[i], *best) > 0 : order<representative>(a[i], *best) < 0))
            best = &a[i];
    }
    if (best == nullptr) return give_null(out);
    *out = *best;
    return RowError::kOk;
}

template <TypeKind kind>
ScalarKernel comparison_of(int op) {
    constexpr ScalarKernel kernels[] = {compare<0, kind>, compare<1, kind>, compare<2, kind>,
                                        compare<3, kind>, compare<4, kind>, compare<5, kind>};
    return kernels[op];
}

}  // namespace

ScalarKernel arithmetic_kernel(char op, TypeKind kind) {
    switch (op) {
        case '+':
            return kernel_of<'+'>(kind);
        case '-':
            return kernel_of<'-'>(kind);
        case '*':
            return kernel_of<'*'>(kind);
        case '/':
            return kernel_of<'/'>(kind);
        case '%':
            return kernel_of<'%'>(kind);
        case 'n':
            return kernel_of<'n'>(kind);
        case 'a':
            return kernel_of<'a'>(kind);
        default:
            return nullptr;
    }
}

ScalarKernel comparison_kernel(int op, const Type& type) {
    if (type.is_nested()) return comparison_of<TypeKind::kArray>(op);
    switch (type.physical()) {
        case Physical::kI64:
            return comparison_of<TypeKind::kBigint>(op);
        case Physical::kF64:
            return comparison_of<TypeKind::kDouble>(op);
        case Physical::kStr:
            return comparison_of<TypeKind::kString>(op);
        case Physical::kInterval:
            return comparison_of<TypeKind::kInterval>(op);
        case Physical::kDecimal:
            return comparison_of<TypeKind::kDecimal>(op);
    }
    return nullptr;
}

ScalarKernel extreme_kernel(bool greatest, const Type& type) {
    switch (type.physical()) {
        case Physical::kI64:
            return greatest ? extreme<true, TypeKind::kBigint> : extreme<false, TypeKind::kBigint>;
        case Physical::kF64:
            return greatest ? extreme<true, TypeKind::kDouble> : extreme<false, TypeKind::kDouble>;
        case Physical::kStr:
            return greatest ? extreme<true, TypeKind::kString> : extreme<false, TypeKind::kString>;
        case Physical::kInterval:
            return greatest ? extreme<true, TypeKind::kInterval> : extreme<false, TypeKind::kInterval>;
        case Physical::kDecimal:
            return greatest ? extreme<true, TypeKind::kDecimal> : extreme<false, TypeKind::kDecimal>;
    }
    return nullptr;
}

}  // namespace streamql
