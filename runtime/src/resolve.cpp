#include "norn/runtime/resolve.hpp"

#include <cerrno>
#include <string>

#include "caller.hpp"
#include "socket_errors.hpp"

namespace norn {

Result<std::vector<SocketAddress>> resolve(std::string_view name, std::uint16_t port) {
  const host::Caller self = host::caller("resolve()");
  std::vector<std::uint32_t> found;
  const int result = self.world.sockets().resolve(self.process, name, found);
  if (result == -ENOENT)
    return Error{Errc::not_found, "no node is called '" + std::string(name) + "'"};
  if (result < 0) return detail::socket_error(result, "resolve '" + std::string(name) + "'");
  std::vector<SocketAddress> addresses;
  for (const std::uint32_t ip : found) addresses.push_back({.ip = ip, .port = port});
  return addresses;
}

std::string SocketAddress::to_string() const {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    text += std::to_string(ip >> static_cast<unsigned>(shift) & 0xffU);
    text += shift > 0 ? '.' : ':';
  }
  return text + std::to_string(port);
}

std::string SocketAddress::node_name() const {
  const host::Caller self = host::caller("SocketAddress::node_name()");
  return self.world.sockets().name_of(self.process, ip);
}

}  // namespace norn
