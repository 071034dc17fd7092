// What the files of aggregate kernels share: the kernels' signatures and typed access to a state block.
//
// Invariants: included by the .cpp files of aggregates only; a state block is plain bytes, zeroed is its beginning.
// Threading: of the block.
#pragma once
#include <cstring>

#include "runtime/functions/aggregates.h"

#define STREAMQL_UPDATE(name) \
    RowError name(AggregateContext* ctx, char* state, const Cell* a, const AggregateRow* row) noexcept
#define STREAMQL_MERGE(name) \
    RowError name(AggregateContext* ctx, char* into, const char* from, void* from_pages) noexcept
#define STREAMQL_FINISH(name) RowError name(AggregateContext* ctx, const char* state, Cell* out) noexcept

namespace streamql::aggregate_kernels {

template <class State>
State& at(char* p) {
    return *reinterpret_cast<State*>(p);
}
template <class State>
const State& at(const char* p) {
    return *reinterpret_cast<const State*>(p);
}
template <class State>
void init(char* state) noexcept {
    std::memset(state, 0, sizeof(State));
}

}  // namespace streamql::aggregate_kernels
