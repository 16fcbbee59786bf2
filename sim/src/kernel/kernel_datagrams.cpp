// The socket calls of node code, on datagrams.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "kernel/kernel.hpp"

namespace norn::sim {

using host::SocketDirection;

int Kernel::connect_datagrams(host::Process& process, NodeKernel& node, Socket& socket,
                              host::SocketName name) {
  const host::NodeId peer = node_at(process, name.address);
  if (peer == 0) return -EHOSTUNREACH;
  if (socket.port == 0) {
    if (const int error = bind_to_any(node, socket); error != 0) return error;
  }
  socket.peer = name;
  socket.peer_node = peer;
  return 0;
}

std::int64_t Kernel::send_to(host::Process& process, int descriptor, const void* from,
                             std::size_t length, host::SocketName to) {
  if (!process.alive) return -ESRCH;
  int error = 0;
  const std::shared_ptr<Socket> socket = of(process).find(descriptor, error);
  if (socket == nullptr) return error;
  if (socket->is_stream()) return -EISCONN;
  return send_datagram(process, *socket, {static_cast<const std::byte*>(from), length}, &to);
}

std::int64_t Kernel::send_datagram(host::Process& process, Socket& socket,
                                   std::span<const std::byte> bytes, const host::SocketName* to) {
  if (to == nullptr && !socket.peer) return -EDESTADDRREQ;
  if (bytes.size() > kMaxDatagram) return -EMSGSIZE;
  const host::SocketName target = to == nullptr ? *socket.peer : *to;
  const host::NodeId peer = to == nullptr ? socket.peer_node : node_at(process, target.address);
  if (peer == 0) return -EHOSTUNREACH;
  if (target.port == 0) return -EINVAL;
  if (socket.port == 0) {
    if (const int error = bind_to_any(of(process), socket); error != 0) return error;
  }
  encode({.source_port = socket.port, .destination_port = target.port}, bytes, encoded_);
  send_bytes(process.id(), peer, datagram_class());
  return static_cast<std::int64_t>(bytes.size());
}

std::int64_t Kernel::receive_from(host::Process& process, int descriptor, void* into,
                                  std::size_t length, host::SocketName& from) {
  if (!process.alive) return -ESRCH;
  int error = 0;
  const std::shared_ptr<Socket> socket = of(process).find(descriptor, error);
  if (socket == nullptr) return error;
  if (socket->is_stream()) return -EOPNOTSUPP;
  return receive_datagram(process, *socket, {static_cast<std::byte*>(into), length}, MSG_TRUNC,
                          &from);
}

// Returns the whole length of the datagram with MSG_TRUNC, else how much of it was copied.
std::int64_t Kernel::receive_datagram(host::Process& process, Socket& socket,
                                      std::span<std::byte> into, int flags,
                                      host::SocketName* from) {
  if (is_late(socket.read_deadline)) return -EAGAIN;
  const Terms terms = terms_of(socket, SocketDirection::read, flags);
  while (socket.datagrams.empty()) {
    const int over = wait(process, socket, socket.readers, terms);
    if (over != 0) return over;
  }
  const WaitingDatagram& datagram = socket.datagrams.front();
  const std::size_t whole = datagram.bytes.size();
  const std::size_t copied = std::min(into.size(), whole);
  if (from != nullptr) *from = datagram.from;
  std::copy_n(datagram.bytes.begin(), copied, into.begin());
  if ((flags & MSG_PEEK) == 0) {
    socket.datagram_bytes -= whole;
    socket.datagrams.pop_front();
  }
  return static_cast<std::int64_t>((flags & MSG_TRUNC) != 0 ? whole : copied);
}

}  // namespace norn::sim
