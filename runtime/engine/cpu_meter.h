// CPU time of each operator of a worker, exclusive of what it calls; a no-op unless the query is analyzed.
//
// Invariants: one thread's clock; every scope charges what passed since the last change to whoever was on top.
// Threading: its worker's.
#pragma once
#include <ctime>

#include "runtime/metrics/counter.h"

namespace streamql {

class CpuMeter {
  public:
    explicit CpuMeter(bool on) : on_(on) {}

    class Scope {
      public:
        Scope(CpuMeter& meter, Counter& account) : meter_(meter) {
            if (!meter.on_) return;
            outer_ = meter.current_;
            meter.charge();
            meter.current_ = &account;
        }
        ~Scope() {
            if (!meter_.on_) return;
            meter_.charge();
            meter_.current_ = outer_;
        }
        Scope(const Scope&) = delete;

      private:
        CpuMeter& meter_;
        Counter* outer_ = nullptr;
    };

  private:
    void charge() {
        timespec t;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        const int64_t now = t.tv_sec * 1'000'000'000 + t.tv_nsec;
        if (current_) current_->add(now - last_);
        last_ = now;
    }
    bool on_;
    int64_t last_ = 0;
    Counter* current_ = nullptr;
};

}  // namespace streamql
