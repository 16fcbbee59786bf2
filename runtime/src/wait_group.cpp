#include "norn/runtime/wait_group.hpp"

#include "norn/runtime/assert.hpp"

namespace norn {

void WaitGroup::done() {
  NORN_ASSERT(left_ > 0, "WaitGroup::done() more often than add() said");
  if (--left_ == 0) waiting_.notify_all();
}

void WaitGroup::wait() {
  if (left_ > 0) waiting_.wait(host::BlockReason::wait_group);
}

}  // namespace norn
