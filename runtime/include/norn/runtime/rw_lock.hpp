// RwLock: many readers or one writer.
#pragma once

#include <cstdint>

#include "norn/runtime/host/waiter.hpp"

namespace norn {

// Fibers get the lock in the order in which they asked: a reader that comes after a waiting writer
// waits for it, so that neither side starves. It works with std::unique_lock and std::shared_lock.
// Unlocking what is not locked asserts. Not recursive: a writer that locks again waits for ever,
// and so does a reader behind a waiting writer.
class RwLock {
 public:
  RwLock() = default;
  RwLock(const RwLock&) = delete;
  RwLock& operator=(const RwLock&) = delete;

  // lock() blocks until nobody else reads or writes.
  void lock();
  bool try_lock();
  void unlock();
  // lock_shared() blocks while somebody writes or waits to.
  void lock_shared();
  bool try_lock_shared();
  void unlock_shared();

 private:
  void serve();

  std::uint64_t readers_ = 0;
  bool writing_ = false;
  host::WaiterQueue waiting_;  // item: not null for a writer
};

}  // namespace norn
