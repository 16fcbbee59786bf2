// Who calls: the fiber and its process, for the functions that node code calls.
#pragma once

#include "norn/runtime/assert.hpp"
#include "norn/runtime/host/scheduler.hpp"

namespace norn::host {

struct Caller {
  Scheduler& scheduler;
  Fiber& fiber;
  Process& process;
  World& world;
};

[[noreturn, gnu::cold, gnu::noinline]] inline void no_caller(const char* what) {
  detail::assertion_failed(
      "called by a fiber", __FILE__, __LINE__,
      std::string(what) + " is for node code: it was called outside of a fiber");
}

// Calling says whose answer a fiber waits for, while it does.
class Calling {
 public:
  Calling(Fiber& fiber, const OpenCall& call, World& world) : fiber_(fiber) {
    fiber_.waits_for.call = &call;
    if (call.endless) [[unlikely]]
      world.waits_for_ever(fiber_);
  }
  Calling(const Calling&) = delete;
  Calling& operator=(const Calling&) = delete;
  ~Calling() { fiber_.waits_for.call = nullptr; }

 private:
  Fiber& fiber_;
};

// caller() asserts that it is called from node code; `what` names the function.
inline Caller caller(const char* what) {
  Scheduler* const scheduler = Scheduler::current();
  if (scheduler == nullptr || scheduler->running() == nullptr) [[unlikely]]
    no_caller(what);
  Fiber& fiber = *scheduler->running();
  return {*scheduler, fiber, *fiber.process, scheduler->world()};
}

}  // namespace norn::host
