#include "norn/runtime/task.hpp"

#include "norn/runtime/host/scheduler.hpp"

namespace norn::detail {

void TaskCore::join() {
  while (!done) {
    host::Scheduler* const scheduler = host::Scheduler::current();
    NORN_ASSERT(scheduler != nullptr && scheduler->running() != nullptr,
                "join() outside of a fiber");
    joiner.wait(host::BlockReason::join);
    if (scheduler->running()->killed) throw Killed{};
  }
  if (problem != nullptr) std::rethrow_exception(problem);
  if (killed) throw Killed{};
}

bool task_ended(void* core, std::exception_ptr problem, bool killed) {
  auto* const task = static_cast<TaskCore*>(core);
  const bool taken = task->wanted;
  task->done = true;
  task->killed = killed;
  task->problem = std::move(problem);
  task->joiner.notify_all();
  task->release();
  return taken;
}

void start_fiber(std::string_view name, const host::FiberCode& code) {
  host::Scheduler* const scheduler = host::Scheduler::current();
  NORN_ASSERT(scheduler != nullptr && scheduler->running() != nullptr,
              "spawn() outside of a fiber: start fibers from node code");
  host::Process& process = *scheduler->running()->process;
  if (process.alive) {
    scheduler->start(process, name, code);
  } else {
    code.ended(code.completion, nullptr, true);  // a destructor of a dead node spawns: nothing runs
  }
}

}  // namespace norn::detail
