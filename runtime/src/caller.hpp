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

// caller() asserts that it is called from node code; `what` names the function.
inline Caller caller(const char* what) {
  Scheduler* const scheduler = Scheduler::current();
  NORN_ASSERT(scheduler != nullptr && scheduler->running() != nullptr,
              std::string(what) + " is for node code: it was called outside of a fiber");
  Fiber& fiber = *scheduler->running();
  return {*scheduler, fiber, *fiber.process, scheduler->world()};
}

}  // namespace norn::host
