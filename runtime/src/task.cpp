#include "norn/runtime/task.hpp"

#include "caller.hpp"

namespace norn::detail {

void TaskCore::wait() {
  while (!done) {
    const host::Caller self = host::caller("join()");
    const host::WaitingFor ends(self.fiber, fiber);
    joiner.wait(host::BlockReason::join);
    if (self.fiber.killed()) throw Killed{};
  }
}

void TaskCore::join() {
  wait();
  if (problem != nullptr) std::rethrow_exception(problem);
  if (how == host::FiberEnd::killed) throw Killed{};
  if (how == host::FiberEnd::cancelled) throw TaskCancelled{};
}

void TaskCore::cancel() {
  if (fiber != nullptr) host::caller("Task::cancel()").scheduler.cancel(*fiber);
}

bool task_ended(void* core, std::exception_ptr problem, host::FiberEnd how) {
  auto* const task = static_cast<TaskCore*>(core);
  const bool taken = task->wanted;
  task->done = true;
  task->how = how;
  task->fiber = nullptr;
  task->problem = std::move(problem);
  task->joiner.notify_all();
  task->release();
  return taken;
}

host::Fiber* start_fiber(std::string_view name, const host::FiberCode& code) {
  const host::Caller self = host::caller("spawn()");
  if (self.process.alive) return &self.scheduler.start(self.process, name, code);
  // A destructor of a dead node spawns: nothing runs.
  code.ended(code.completion, nullptr, host::FiberEnd::killed);
  return nullptr;
}

}  // namespace norn::detail
