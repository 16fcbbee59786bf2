#include "kernel/node_kernel.hpp"

namespace norn::sim {

void NodeKernel::bind(Socket& socket, std::uint16_t port) {
  socket.port = port;
  bound(socket.type)[port] = &socket;
}

void NodeKernel::unbind(Socket& socket) {
  const auto found = bound(socket.type).find(socket.port);
  if (found != bound(socket.type).end() && found->second == &socket)
    bound(socket.type).erase(found);
}

Socket* NodeKernel::bound_to(host::SocketType type, std::uint16_t port) const {
  const auto found = bound(type).find(port);
  return found == bound(type).end() ? nullptr : found->second;
}

bool NodeKernel::is_free(host::SocketType type, std::uint16_t port) const {
  if (is_bound(type, port)) return false;
  if (type == host::SocketType::datagram) return true;
  const auto first = connections_.lower_bound(TcpEnds{.local_port = port});
  return first == connections_.end() || first->first.local_port != port;
}

bool NodeKernel::may_bind(const Socket& socket, std::uint16_t port) const {
  if (is_bound(socket.type, port)) return false;
  if (!socket.is_stream()) return true;
  for (auto at = connections_.lower_bound(TcpEnds{.local_port = port});
       at != connections_.end() && at->first.local_port == port; ++at) {
    if (!socket.options.reuse_address || !at->second->options().reuse_address) return false;
  }
  return true;
}

}  // namespace norn::sim
