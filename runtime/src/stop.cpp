#include "norn/runtime/stop.hpp"

#include "caller.hpp"
#include "norn/runtime/host/wait_list.hpp"
#include "norn/runtime/node_local.hpp"

namespace norn {

namespace {

struct StopState {
  bool asked = false;
  host::WaitList waiting;
};

// The state of the calling node, which from now on handles being asked to stop.
StopState& state() {
  host::Process& process = detail::calling_process("stop_requested()");
  StopState& own = node_local<StopState>();
  if (process.asked_to_stop == nullptr) {
    process.asked_to_stop = [](host::Process& asked) {
      const void* const tag = &detail::kNodeLocalTag<StopState>;
      auto& there = static_cast<detail::NodeLocalValue<StopState>&>(*asked.local(tag)).value;
      there.asked = true;
      there.waiting.notify_all();
    };
  }
  return own;
}

}  // namespace

bool stop_requested() {
  return state().asked;
}

void wait_for_stop() {
  StopState& own = state();
  // As a message, it comes from outside: no deadlock.
  while (!own.asked) own.waiting.wait(host::BlockReason::receive);
}

}  // namespace norn
