// Runs physical functions in a tier over batches and says what came out, as text to compare.
//
// The exports of the engine are doubled here (harness.cpp): sq_decode copies a prepared batch, sq_stamp takes the event
// time.
#pragma once
#include <gtest/gtest.h>

#include <set>

#include "compiler/jit/jit.h"
#include "runtime/record/batch.h"

namespace streamql::test {

/// What ScanContext::scanner points at.
struct FakeScanner {
    const Batch* records = nullptr;
};

struct Ran {
    std::vector<std::string> rows;      ///< values and hidden columns
    std::vector<std::string> failures;  ///< "row code site-text"
    int64_t filtered = 0;
    bool operator==(const Ran&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Ran& r);

std::string text_of(const Batch& batch, int64_t row);
std::string text_of(const Cell& cell, const Type& type);
/// A batch of random rows, NULLs and extremes included; some rows are dead already (status).
std::unique_ptr<Batch> random_batch(const std::vector<Type>& types, int64_t rows, uint64_t seed, bool dead_rows = true);

Ran run_pipeline(const jit::Compiled& code, const physical::Pipeline& plan, const Batch& in);
Ran run_scan(const jit::Compiled& code, const physical::Scan& plan, const Batch& records);
Ran run_condition(const jit::Compiled& code, const physical::Condition& plan, const Batch& pairs);
/// Updates `groups` states with the rows dealt out round robin, merges the last into the first, and finishes all.
Ran run_aggregate(const jit::Compiled& code, const physical::Aggregate& plan, const Batch& in, int groups);

jit::Compiled compile_in(jit::Tier tier, const physical::Function& plan);

}  // namespace streamql::test
