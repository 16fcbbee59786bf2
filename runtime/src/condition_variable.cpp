#include "norn/runtime/condition_variable.hpp"

#include "norn/runtime/cancelled.hpp"

namespace norn {

namespace {

// Takes the lock again however the wait ends.
struct Relock {
  std::unique_lock<Mutex>& lock;
  explicit Relock(std::unique_lock<Mutex>& held) : lock(held) { lock.unlock(); }
  Relock(const Relock&) = delete;
  Relock& operator=(const Relock&) = delete;
  ~Relock() noexcept(false) {
    const Shield shield;
    lock.lock();
  }
};

}  // namespace

void ConditionVariable::wait() {
  waiting_.wait(host::BlockReason::condition);
}

void ConditionVariable::wait(std::unique_lock<Mutex>& lock) {
  const Relock relock(lock);
  waiting_.wait(host::BlockReason::condition);
}

bool ConditionVariable::wait_until(TimePoint deadline) {
  return waiting_.wait(host::BlockReason::condition, deadline);
}

bool ConditionVariable::wait_until(std::unique_lock<Mutex>& lock, TimePoint deadline) {
  const Relock relock(lock);
  return waiting_.wait(host::BlockReason::condition, deadline);
}

}  // namespace norn
