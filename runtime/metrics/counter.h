// A counter with one writer that anybody may read: a plain add on the writer's side, no locked instruction.
#pragma once
#include <atomic>
#include <cstdint>

namespace streamql {

class Counter {
  public:
    void add(int64_t n) { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
    void set(int64_t n) { value_.store(n, std::memory_order_relaxed); }
    int64_t get() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<int64_t> value_{0};
};

}  // namespace streamql
