#include "norn/runtime/udp.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "caller.hpp"
#include "norn/runtime/resolve.hpp"
#include "socket_errors.hpp"

namespace norn {

Result<UdpSocket> UdpSocket::bind(std::uint16_t port) {
  const host::Caller self = host::caller("UdpSocket::bind()");
  host::Sockets& sockets = self.world.sockets();
  const std::string what = "bind to port " + std::to_string(port);
  detail::SocketHandle handle(sockets.socket(self.process, host::SocketType::datagram));
  if (handle.descriptor() < 0) return detail::socket_error(handle.descriptor(), what);
  const int result = sockets.bind(self.process, handle.descriptor(), {.address = 0, .port = port});
  if (result < 0) return detail::socket_error(result, what);
  return UdpSocket(std::move(handle));
}

Result<void> UdpSocket::send_to(std::span<const std::byte> bytes, SocketAddress to) {
  const host::Caller self = host::caller("UdpSocket::send_to()");
  const std::int64_t result = self.world.sockets().send_to(
      self.process, handle_.descriptor(), bytes.data(), bytes.size(), detail::name_of(to));
  if (result < 0) return detail::socket_error(result, "send to " + to.to_string());
  return {};
}

Result<void> UdpSocket::send_to(std::span<const std::byte> bytes, std::string_view host,
                                std::uint16_t port) {
  const Result<std::vector<SocketAddress>> addresses = resolve(host, port);
  if (!addresses) return addresses.error();
  return send_to(bytes, addresses->front());
}

Result<Datagram> UdpSocket::receive_from(std::span<std::byte> into) {
  const host::Caller self = host::caller("UdpSocket::receive_from()");
  host::SocketName from;
  const std::int64_t size = self.world.sockets().receive_from(self.process, handle_.descriptor(),
                                                              into.data(), into.size(), from);
  if (size < 0) return detail::socket_error(size, "receive_from");
  const auto whole = static_cast<std::size_t>(size);
  return Datagram{.from = detail::address_of(from),
                  .size = std::min(whole, into.size()),
                  .truncated = whole > into.size()};
}

void UdpSocket::set_read_deadline(std::optional<TimePoint> deadline) {
  const host::Caller self = host::caller("UdpSocket::set_read_deadline()");
  self.world.sockets().set_deadline(self.process, handle_.descriptor(), host::SocketDirection::read,
                                    deadline);
}

SocketAddress UdpSocket::local_address() const {
  const host::Caller self = host::caller("UdpSocket::local_address()");
  host::SocketName name;
  self.world.sockets().local_name(self.process, handle_.descriptor(), name);
  return detail::address_of(name);
}

}  // namespace norn
