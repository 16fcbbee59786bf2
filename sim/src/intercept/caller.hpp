// Who calls a function of the system: node code, or somebody else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <dlfcn.h>

#include "norn/runtime/host/scheduler.hpp"

namespace norn::intercept {

// calling_fiber() is the fiber whose code runs now, or null: on the host, in another thread, and
// while the world does something on the stack of a fiber that has blocked.
inline host::Fiber* calling_fiber() {
  host::Scheduler* const scheduler = host::Scheduler::current();
  if (scheduler == nullptr) return nullptr;
  host::Fiber* const fiber = scheduler->running();
  return fiber != nullptr && fiber->state == host::FiberState::running ? fiber : nullptr;
}

inline host::World& world() {
  return host::Scheduler::current()->world();
}

// refused() tells the world that node code makes a call that leads out of it, and returns whether
// it must not.
inline bool refused(std::string_view call) {
  const host::Fiber* const fiber = calling_fiber();
  return fiber != nullptr && !world().outside_call(*fiber, call);
}

// next() is the function of this name that would have been called without ours.
template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// Each file of this folder has one, so that the linker takes it.
int link_chance();
int link_identity();
int link_outside();

}  // namespace norn::intercept
