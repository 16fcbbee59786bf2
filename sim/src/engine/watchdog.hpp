// Watchdog: finds the fiber that does not give the thread back.
#pragma once

#include <ctime>

#include <cstdint>

#include "norn/runtime/host/scheduler.hpp"

namespace norn::sim {

// While a Watchdog lives, a fiber of its scheduler that runs for longer than `limit` of real time
// without blocking ends the process with exit code 1: nothing else could, and a busy loop in node
// code must not hang a campaign. What it prints is the fiber, its node, the stack, and how to run
// it again. Under a debugger it stays quiet. It belongs to the thread that made it, which runs the
// simulation; several may be on one thread, nested.
class Watchdog {
 public:
  Watchdog(host::Scheduler& scheduler, Duration limit);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

  // runs() is told of each switch to a fiber.
  void runs() { switches_ = switches_ + 1; }
  // Between these it does not count: work that may take long, and blocks the thread on purpose.
  void pause() { paused_ = true; }
  void resume() {
    paused_ = false;
    runs();
  }
  // look() is called by the signal handler.
  void look();

 private:
  [[noreturn]] void bark(const host::Fiber& fiber) const;

  host::Scheduler& scheduler_;
  Duration limit_;
  Watchdog* outer_ = nullptr;  // of this thread
  timer_t timer_{};
  bool armed_ = false;
  volatile std::uint64_t switches_ = 0;
  volatile bool paused_ = false;
  std::uint64_t seen_ = 0;
  unsigned same_ = 0;  // how many looks found the same fiber still running
};

}  // namespace norn::sim
