// Semaphore: a number of permits that fibers share.
#pragma once

#include <cstdint>

#include "norn/runtime/host/waiter.hpp"

namespace norn {

// Fibers get permits in the order in which they asked; one that asks for many keeps those behind it
// waiting, so that it is not passed over for ever.
class Semaphore {
 public:
  explicit Semaphore(std::uint64_t permits) : free_(permits) {}
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  // acquire() blocks until `permits` are free and takes them.
  void acquire(std::uint64_t permits = 1);
  bool try_acquire(std::uint64_t permits = 1);
  // acquire_for() returns false when `duration` passed.
  bool acquire_for(Duration duration, std::uint64_t permits = 1);
  void release(std::uint64_t permits = 1);
  std::uint64_t available() const { return free_; }

 private:
  void serve();

  std::uint64_t free_;
  host::WaiterQueue waiting_;  // item: how many it wants
};

}  // namespace norn
