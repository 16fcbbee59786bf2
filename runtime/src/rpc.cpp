#include "norn/runtime/rpc.hpp"

#include "caller.hpp"

namespace norn::detail {

namespace {

class CancelListener {
 public:
  explicit CancelListener(host::Process& process) : process_(process) {
    ++process.cancel_listeners;
  }
  CancelListener(const CancelListener&) = delete;
  CancelListener& operator=(const CancelListener&) = delete;
  ~CancelListener() { --process_.cancel_listeners; }

 private:
  host::Process& process_;
};

}  // namespace

[[noreturn]] void RunningCalls::listen(std::span<const std::uint64_t> cancel_classes) {
  const host::Caller self = host::caller("serve_concurrently()");
  const CancelListener listener(self.process);
  for (;;) {
    host::Message* const message = take_message(cancel_classes, kNoDeadline);
    if (message == nullptr) throw Killed{};  // only a dying fiber gets nothing
    const MessageGuard guard(*message);
    const auto [first, last] = running_.equal_range({message->from, message->request});
    for (auto call = first; call != last; ++call) call->second.cancel();
    self.process.call_off(message->from, message->request, self.world.messages());
  }
}

}  // namespace norn::detail
