#include "norn/runtime/detail/socket_handle.hpp"

#include "norn/runtime/host/scheduler.hpp"

namespace norn::detail {

SocketHandle& SocketHandle::operator=(SocketHandle&& other) noexcept {
  if (this != &other) {
    close();
    descriptor_ = std::exchange(other.descriptor_, kClosed);
  }
  return *this;
}

void SocketHandle::close() {
  if (descriptor_ == kClosed) return;
  const int descriptor = std::exchange(descriptor_, kClosed);
  host::Scheduler* const scheduler = host::Scheduler::current();
  if (scheduler == nullptr || scheduler->running() == nullptr)
    return;  // its node is gone, and its descriptors with it
  host::Process& process = *scheduler->running()->process;
  if (process.alive) scheduler->world().sockets().close(process, descriptor);
}

}  // namespace norn::detail
