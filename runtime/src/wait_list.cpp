#include "norn/runtime/host/wait_list.hpp"

#include "norn/runtime/assert.hpp"
#include "norn/runtime/host/scheduler.hpp"

namespace norn::host {

bool WaitList::wait(BlockReason reason, std::optional<TimePoint> deadline) {
  Scheduler* const scheduler = Scheduler::current();
  NORN_ASSERT(scheduler != nullptr && scheduler->running() != nullptr,
              "a blocking call outside of a fiber: call it from node code, not from the scenario's "
              "body or a property");
  Waiter waiter(*scheduler->running());
  waiting_.push(waiter);
  return host::wait(waiter, reason, deadline);
}

}  // namespace norn::host
