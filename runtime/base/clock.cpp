#include "runtime/base/clock.h"

#include "runtime/base/faults.h"

namespace streamql {
namespace {

/// The wall clock with the jumps that the fault plan makes.
class JumpingClock final : public Clock {
  public:
    int64_t now_micros() const override { return Clock::now_micros() + planned_clock_shift(); }
};

}  // namespace

Clock& Clock::system() {
    static Clock clock;
    static JumpingClock jumping;
    return faults_armed.load(std::memory_order_relaxed) ? jumping : clock;
}

}  // namespace streamql
