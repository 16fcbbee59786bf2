#include "norn/runtime/task_group.hpp"

#include "norn/runtime/cancelled.hpp"

namespace norn {

TaskGroup::~TaskGroup() noexcept(false) {
  if (running_ == 0) return;
  context_.cancel();
  const Shield shield;
  wait();
}

void TaskGroup::fail(std::exception_ptr problem) {
  if (problem_ != nullptr) return;
  problem_ = std::move(problem);
  context_.cancel();
}

void TaskGroup::wait() {
  while (running_ > 0) {
    if (!ended_.wait(host::BlockReason::join)) return;  // its node is dead
  }
}

void TaskGroup::join() {
  wait();
  if (problem_ != nullptr) std::rethrow_exception(std::exchange(problem_, nullptr));
}

}  // namespace norn
