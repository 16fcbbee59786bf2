#include "kernel/description.hpp"

namespace norn::sim {

std::int64_t Description::read(host::Process& process, std::span<std::byte> into) {
  static_cast<void>(process);
  static_cast<void>(into);
  return -EINVAL;
}

std::int64_t Description::write(host::Process& process, std::span<const std::byte> bytes) {
  static_cast<void>(process);
  static_cast<void>(bytes);
  return -EINVAL;
}

int Description::block(host::Process& process, host::WaitList& list,
                       std::optional<TimePoint> deadline) const {
  if (!blocks()) return -EAGAIN;
  const bool notified = list.wait(host::BlockReason::socket, deadline);
  if (!process.alive) return -ESRCH;
  if (!is_open()) return -EBADF;
  return notified ? 0 : -EAGAIN;
}

}  // namespace norn::sim
