#include "norn/runtime/mutex.hpp"

#include "norn/runtime/assert.hpp"
#include "norn/runtime/host/scheduler.hpp"

namespace norn {

namespace {

host::Fiber* calling_fiber() {
  host::Scheduler* const scheduler = host::Scheduler::current();
  NORN_ASSERT(scheduler != nullptr && scheduler->running() != nullptr,
              "a Mutex used outside of a fiber: the host needs none, nothing runs beside it");
  return scheduler->running();
}

}  // namespace

void Mutex::lock() {
  host::Fiber* const self = calling_fiber();
  NORN_ASSERT(owner_ != self,
              "this fiber holds the Mutex already: unlock it first, or pass the lock along");
  if (owner_ == nullptr) {
    owner_ = self;
    return;
  }
  waiting_.wait(host::BlockReason::mutex);  // unlock() made this fiber the owner
}

bool Mutex::try_lock() {
  host::Fiber* const self = calling_fiber();
  if (owner_ != nullptr) return false;
  owner_ = self;
  return true;
}

void Mutex::unlock() {
  host::Fiber* const self = calling_fiber();
  if (self->killed && owner_ != self) return;  // it died while it waited for the mutex
  NORN_ASSERT(owner_ == self, "unlock() of a Mutex that this fiber does not hold");
  owner_ = waiting_.next_fiber();
  waiting_.notify_one();
}

}  // namespace norn
