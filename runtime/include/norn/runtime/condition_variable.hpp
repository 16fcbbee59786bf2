// ConditionVariable: wait until another fiber says that something changed.
#pragma once

#include <mutex>

#include "norn/runtime/host/wait_list.hpp"
#include "norn/runtime/mutex.hpp"
#include "norn/runtime/time.hpp"

namespace norn {

// As std::condition_variable, for fibers: fibers run one at a time and change only where they
// block, so a mutex is needed only when what is waited for is changed across blocking calls.
class ConditionVariable {
 public:
  // wait() blocks until notified. With a lock, it is released meanwhile and held again on return.
  void wait();
  void wait(std::unique_lock<Mutex>& lock);

  // wait(predicate) blocks until predicate() is true, testing it first and after each notification.
  template <class Predicate>
  void wait_until_true(Predicate predicate) {
    while (!predicate()) wait();
  }

  // wait_for() and wait_until() return false when the time passed without a notification.
  bool wait_for(Duration duration) { return wait_until(now() + duration); }
  bool wait_until(TimePoint deadline);
  bool wait_until(std::unique_lock<Mutex>& lock, TimePoint deadline);

  void notify_one() { waiting_.notify_one(); }
  void notify_all() { waiting_.notify_all(); }

 private:
  host::WaitList waiting_;
};

}  // namespace norn
