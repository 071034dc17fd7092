// Kernels of aggregates, and the state layouts that generated code shares with them.
//
// Invariants: a state is plain bytes, all zero when empty; init is memset for every aggregate here. Update skips NULLs
// where PostgreSQL does, and touches nothing when it fails. Values of variable size lie in the table's pages
// (state/aggregate_memory.h). DOUBLE sums are compensated (Neumaier), so that any split over workers gives nearly the
// same. Threading: that of the state's owner.
#pragma once
#include <vector>

#include "runtime/functions/kernel.h"

namespace streamql {

struct AggregateKernels {
    int32_t state_bytes = 0;  ///< multiple of 16
    AggregateInit init = nullptr;
    AggregateUpdate update = nullptr;
    AggregateMerge merge = nullptr;
    AggregateFinish finish = nullptr;
    std::vector<StateField> fields;   ///< of the state
    AggregateUpdate check = nullptr;  ///< what update would say, nothing touched; null: it cannot fail
};

struct CountState {
    int64_t count;
    int64_t pad;
};
struct SumI64State {
    int64_t sum;
    int64_t count;
};
struct SumF64State {
    double sum, compensation;
    int64_t count, pad;
    void add(double v) {
        double t = sum + v;
        compensation += (sum < 0 ? -sum : sum) >= (v < 0 ? -v : v) ? (sum - t) + v : (v - t) + sum;
        sum = t;
    }
    /// An infinite sum has no meaningful compensation.
    double total() const { return sum - sum == 0 ? sum + compensation : sum; }
};
struct ExtremeI64State {
    int64_t value;
    int64_t seen;
};
struct ExtremeF64State {
    double value;
    int64_t seen;
};

AggregateKernels count_star_kernels();
AggregateKernels count_kernels();
/// SUM of SMALLINT / INTEGER (BIGINT), BIGINT (NUMERIC), DECIMAL, REAL, DOUBLE, INTERVAL; no update where there is
/// none.
AggregateKernels sum_kernels(TypeKind argument);
AggregateKernels avg_kernels(TypeKind argument);
AggregateKernels extreme_kernels(bool greatest, const Type& argument);
/// By (event time, origin); NULLs count.
AggregateKernels first_last_kernels(bool last, const Type& argument);
AggregateKernels bool_kernels(bool all);
/// VARIANCE / STDDEV: exact NUMERIC of integers and decimals, DOUBLE of floats.
AggregateKernels variance_kernels(TypeKind argument, bool sample, bool square_root);
AggregateKernels count_distinct_kernels(const Type& argument);
AggregateKernels sum_distinct_kernels(TypeKind argument);
AggregateKernels avg_distinct_kernels(TypeKind argument);

}  // namespace streamql
