#include "norn/runtime/work.hpp"

#include "caller.hpp"

namespace norn {

void consume(Duration duration) {
  constexpr std::int64_t kWhole = 1000;
  const host::Caller self = host::caller("consume()");
  NORN_ASSERT(duration >= Duration::zero(), "consume() of a negative duration");
  if (!self.process.alive || duration == Duration::zero()) return;
  if ((self.process.gate & host::kSlowCpu) != 0) ++self.process.held_up;
  const std::int64_t permille = self.process.cpu_time_permille;
  const Duration taken(duration.count() / kWhole * permille +
                       duration.count() % kWhole * permille / kWhole);
  self.scheduler.hold_cpu();
  struct Release {
    host::Scheduler& scheduler;
    host::Process& process;
    host::Fiber& fiber;
    ~Release() {
      if (process.cpu_holder == &fiber) scheduler.release_cpu(process);
    }
  } release{self.scheduler, self.process, self.fiber};
  self.scheduler.park_until(host::BlockReason::cpu, self.world.now() + taken);
}

std::string dump_fibers() {
  const host::Caller self = host::caller("dump_fibers()");
  return self.scheduler.dump(self.process);
}

namespace detail {

void run_blocking(void (*work)(void* argument), void* argument) {
  host::caller("blocking()").world.blocking(work, argument);
}

}  // namespace detail
}  // namespace norn
