#include "norn/runtime/select.hpp"

#include "caller.hpp"
#include "norn/runtime/host/message.hpp"

namespace norn::detail {

std::size_t choose_case(std::size_t ready) {
  const host::Caller self = host::caller("select()");
  const std::uint64_t stream = self.fiber.key ^ host::hash_name("select");
  const std::uint64_t bits = self.world.draw(self.process, stream, self.fiber.selects++);
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::size_t>((Wide{bits} * ready) >> 64U);
}

bool wait_for_cases(host::Fiber& fiber, const host::Selection& selection,
                    std::optional<TimePoint> deadline) {
  host::Scheduler& scheduler = *host::Scheduler::current();
  for (;;) {
    if (!deadline) {
      scheduler.park(host::BlockReason::select);
    } else {
      scheduler.park_until(host::BlockReason::select, *deadline);
    }
    if (selection.fired) return true;
    scheduler.check_interrupted(fiber);
    if (deadline && fiber.timed_out) return false;
  }
}

}  // namespace norn::detail
