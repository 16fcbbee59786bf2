// Mutex: mutual exclusion between fibers.
#pragma once

#include "norn/runtime/host/wait_list.hpp"

namespace norn {

// Mutex blocks the fiber, never the thread; fibers get it in the order in which they asked. It
// works with std::lock_guard and std::unique_lock. Locking a mutex one holds, and unlocking one
// held by another fiber or by nobody, is misuse and asserts. Fibers that wait for each other in a
// circle end the run as a violation that names them.
class Mutex {
 public:
  // lock() blocks until the mutex is free.
  void lock();
  bool try_lock();
  void unlock();

 private:
  void report_cycle(const host::Fiber& self) const;

  host::WaitList waiting_;
  host::Fiber* owner_ = nullptr;
};

}  // namespace norn
