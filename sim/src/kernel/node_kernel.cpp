#include "kernel/node_kernel.hpp"

#include <cerrno>
#include <utility>

namespace norn::sim {

int NodeKernel::install(std::shared_ptr<Socket> socket) {
  std::size_t index = 0;
  while (index < descriptors_.size() && descriptors_[index] != nullptr) ++index;
  if (index + kFirstDescriptor >= kMaxOpen) return -EMFILE;
  if (index == descriptors_.size()) descriptors_.emplace_back();
  descriptors_[index] = std::move(socket);
  return static_cast<int>(index) + kFirstDescriptor;
}

std::shared_ptr<Socket> NodeKernel::find(int descriptor) const {
  const int index = descriptor - kFirstDescriptor;
  if (index < 0 || static_cast<std::size_t>(index) >= descriptors_.size()) return nullptr;
  return descriptors_[static_cast<std::size_t>(index)];
}

std::shared_ptr<Socket> NodeKernel::remove(int descriptor) {
  std::shared_ptr<Socket> socket = find(descriptor);
  if (socket != nullptr)
    descriptors_[static_cast<std::size_t>(descriptor - kFirstDescriptor)] = nullptr;
  return socket;
}

std::vector<int> NodeKernel::descriptors() const {
  std::vector<int> open;
  for (std::size_t i = 0; i < descriptors_.size(); ++i) {
    if (descriptors_[i] != nullptr) open.push_back(static_cast<int>(i) + kFirstDescriptor);
  }
  return open;
}

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

}  // namespace norn::sim
