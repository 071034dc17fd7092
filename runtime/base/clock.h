// The wall clock, and its virtual stand-in for tests. Only idleness, max_future, epochs and now() look at it.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>

namespace streamql {

class Clock {
  public:
    virtual ~Clock() = default;
    /// Microseconds since 1970-01-01 UTC.
    virtual int64_t now_micros() const {
        return std::chrono::duration_cast<std::chrono::microseconds>(
                   std::chrono::system_clock::now().time_since_epoch())
            .count();
    }
    static Clock& system();
};

/// Moves only when told. Thread-safe.
class VirtualClock final : public Clock {
  public:
    explicit VirtualClock(int64_t start) : now_(start) {}
    int64_t now_micros() const override { return now_.load(std::memory_order_relaxed); }
    void advance(int64_t micros) { now_.fetch_add(micros, std::memory_order_relaxed); }

  private:
    std::atomic<int64_t> now_;
};

}  // namespace streamql
