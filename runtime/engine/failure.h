// The first error for good of a job, and why it is degraded now; both reported by any thread.
#pragma once
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "runtime/base/result.h"
#include "runtime/engine/channel.h"

namespace streamql {

/// The first set() wins; the coordinator, woken by it, ends the job. Threading: any thread.
class Failure {
  public:
    explicit Failure(Wakeup& coordinator) : coordinator_(coordinator) {}
    void set(Error error) {
        {
            std::lock_guard lock(mutex_);
            if (!error_) error_ = std::move(error);
            failed_.store(true, std::memory_order_release);
        }
        coordinator_.notify();
    }
    bool failed() const { return failed_.load(std::memory_order_acquire); }
    std::optional<Error> get() const {
        std::lock_guard lock(mutex_);
        return error_;
    }

  private:
    Wakeup& coordinator_;
    mutable std::mutex mutex_;
    std::optional<Error> error_;
    std::atomic<bool> failed_{false};
};

/// Who waits for the outside world, and why. Threading: any thread.
class Degraded {
  public:
    void set(const std::string& who, const std::string& why) {
        std::lock_guard lock(mutex_);
        reasons_[who] = why;
        any_.store(true, std::memory_order_relaxed);
    }
    void clear(const std::string& who) {
        std::lock_guard lock(mutex_);
        reasons_.erase(who);
        any_.store(!reasons_.empty(), std::memory_order_relaxed);
    }
    bool any() const { return any_.load(std::memory_order_relaxed); }
    std::string text() const {
        std::lock_guard lock(mutex_);
        std::string all;
        for (auto& [who, why] : reasons_) {
            if (!all.empty()) all += "; ";
            all.append(who).append(": ").append(why);
        }
        return all;
    }

  private:
    mutable std::mutex mutex_;
    std::map<std::string, std::string> reasons_;
    std::atomic<bool> any_{false};
};

}  // namespace streamql
