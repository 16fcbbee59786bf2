// The socket calls of node code. A call that waits looks again at everything after each wait: its
// process may be dead, its descriptor closed, its deadline another one.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "engine/distributions.hpp"
#include "kernel/kernel.hpp"

namespace norn::sim {

namespace {

using host::SocketDirection;
using host::SocketType;

constexpr Ratio kShortReads{1, 4};  // of those that find more than one byte

bool is_stream(const Socket& socket) {
  return socket.type == SocketType::stream;
}

}  // namespace

bool Kernel::is_late(const std::optional<TimePoint>& deadline) const {
  return deadline && deadline->time_since_epoch().count() <= core_.now_ns;
}

// Blocks the calling fiber on `list` and returns 0, or why the call is over.
int Kernel::wait(host::Process& process, const Socket& socket, host::WaitList& list,
                 SocketDirection direction) {
  const std::optional<TimePoint>& deadline =
      direction == SocketDirection::read ? socket.read_deadline : socket.write_deadline;
  if (is_late(deadline)) return -EAGAIN;
  list.wait(host::BlockReason::socket, deadline);
  if (!process.alive) return -ESRCH;
  if (!socket.is_open) return -EBADF;
  return 0;
}

// ---- making and naming

int Kernel::socket(host::Process& process, SocketType type) {
  if (!process.alive) return -ESRCH;
  return of(process).install(std::make_shared<Socket>(type));
}

int Kernel::bind(host::Process& process, int descriptor, host::SocketName name) {
  if (!process.alive) return -ESRCH;
  NodeKernel& node = of(process);
  const std::shared_ptr<Socket> socket = node.find(descriptor);
  if (socket == nullptr) return -EBADF;
  if (socket->port != 0 || socket->connection != nullptr) return -EINVAL;
  if (node_at(process, name.address) != process.id()) return -EADDRNOTAVAIL;
  if (name.port == 0) return bind_to_any(node, *socket);
  // As with SO_REUSEADDR: connections of an earlier listener are no obstacle.
  if (node.is_bound(socket->type, name.port)) return -EADDRINUSE;
  node.bind(*socket, name.port);
  return 0;
}

int Kernel::bind_to_any(NodeKernel& node, Socket& socket) {
  const std::uint64_t label = is_stream(socket) ? 6 : 17;
  const std::uint64_t base = mix(node.process().key() + node.process().incarnation(), label);
  const std::uint16_t port = choose_port(node, socket.type, mix(base, node.next(base)));
  if (port == 0) return -EADDRINUSE;
  node.bind(socket, port);
  return 0;
}

int Kernel::local_name(host::Process& process, int descriptor, host::SocketName& name) {
  if (!process.alive) return -ESRCH;
  const std::shared_ptr<Socket> socket = of(process).find(descriptor);
  if (socket == nullptr) return -EBADF;
  const bool connected = socket->connection != nullptr;
  name.address = address_of(process.id());
  name.port = connected ? socket->connection->ends().local_port : socket->port;
  return 0;
}

int Kernel::peer_name(host::Process& process, int descriptor, host::SocketName& name) {
  if (!process.alive) return -ESRCH;
  const std::shared_ptr<Socket> socket = of(process).find(descriptor);
  if (socket == nullptr) return -EBADF;
  if (socket->connection == nullptr) return -ENOTCONN;
  const TcpEnds& ends = socket->connection->ends();
  name = {.address = address_of(ends.remote_node), .port = ends.remote_port};
  return 0;
}

// ---- connecting

int Kernel::listen(host::Process& process, int descriptor, int backlog) {
  if (!process.alive) return -ESRCH;
  NodeKernel& node = of(process);
  const std::shared_ptr<Socket> socket = node.find(descriptor);
  if (socket == nullptr) return -EBADF;
  if (!is_stream(*socket)) return -EOPNOTSUPP;
  if (socket->connection != nullptr) return -EINVAL;
  if (socket->port == 0) {
    if (const int error = bind_to_any(node, *socket); error != 0) return error;
  }
  if (socket->backlog == nullptr) socket->backlog = std::make_unique<Backlog>();
  socket->backlog->limit = static_cast<std::size_t>(std::max(backlog, 1));
  note(process.id(), trace::ConnectionOp::listen, {.local_port = socket->port});
  return 0;
}

int Kernel::accept(host::Process& process, int descriptor, host::SocketName& peer) {
  if (!process.alive) return -ESRCH;
  NodeKernel& node = of(process);
  const std::shared_ptr<Socket> socket = node.find(descriptor);
  if (socket == nullptr) return -EBADF;
  if (socket->backlog == nullptr) return -EINVAL;
  if (is_late(socket->read_deadline)) return -EAGAIN;
  while (socket->backlog->ready.empty()) {
    const int over = wait(process, *socket, socket->readers, SocketDirection::read);
    if (over != 0) return over;
  }
  auto accepted = std::make_shared<Socket>(SocketType::stream);
  accepted->options = socket->options;
  accepted->connection = socket->backlog->ready.front();
  const TcpEnds& ends = accepted->connection->ends();
  peer = {.address = address_of(ends.remote_node), .port = ends.remote_port};
  const int made = node.install(std::move(accepted));
  if (made < 0) return made;
  note(process.id(), trace::ConnectionOp::accept, ends);
  socket->backlog->ready.pop_front();
  return made;
}

int Kernel::connect(host::Process& process, int descriptor, host::SocketName name) {
  if (!process.alive) return -ESRCH;
  NodeKernel& node = of(process);
  const std::shared_ptr<Socket> socket = node.find(descriptor);
  if (socket == nullptr) return -EBADF;
  if (!is_stream(*socket)) return -EOPNOTSUPP;
  if (socket->backlog != nullptr || socket->connection != nullptr) return -EISCONN;
  const host::NodeId to = node_at(process, name.address);
  if (to == 0) return -EHOSTUNREACH;
  const TcpEnds ends{.local_port = socket->port, .remote_port = name.port, .remote_node = to};
  if (node.connections().contains(ends)) return -EADDRNOTAVAIL;
  socket->connection = make_connection(node, ends, socket->options, true);
  if (socket->connection == nullptr) return -EADDRNOTAVAIL;
  const std::shared_ptr<TcpConnection> connection = socket->connection;
  connection->open();
  while (connection->is_connecting()) {
    const int over = wait(process, *socket, connection->writers, SocketDirection::write);
    if (over != 0) return over;
  }
  const int error = connection->take_error();
  if (error != 0) socket->connection = nullptr;  // it may try again
  return -error;
}

// ---- streams

std::int64_t Kernel::send(host::Process& process, int descriptor, const void* from,
                          std::size_t length) {
  if (!process.alive) return -ESRCH;
  const std::shared_ptr<Socket> socket = of(process).find(descriptor);
  if (socket == nullptr) return -EBADF;
  if (socket->connection == nullptr) return is_stream(*socket) ? -ENOTCONN : -EDESTADDRREQ;
  if (is_late(socket->write_deadline)) return -EAGAIN;
  TcpConnection& connection = *socket->connection;
  const std::span bytes(static_cast<const std::byte*>(from), length);
  std::size_t done = 0;
  for (;;) {
    if (connection.is_broken() && done > 0) return static_cast<std::int64_t>(done);
    if (const int error = connection.write_error(); error != 0) return -error;
    done += connection.write(bytes.subspan(done));
    if (done == length) return static_cast<std::int64_t>(done);
    const int over = wait(process, *socket, connection.writers, SocketDirection::write);
    if (over != 0) return over == -EAGAIN && done > 0 ? static_cast<std::int64_t>(done) : over;
  }
}

std::int64_t Kernel::receive(host::Process& process, int descriptor, void* into,
                             std::size_t length) {
  if (!process.alive) return -ESRCH;
  NodeKernel& node = of(process);
  const std::shared_ptr<Socket> socket = node.find(descriptor);
  if (socket == nullptr) return -EBADF;
  if (socket->connection == nullptr) return is_stream(*socket) ? -ENOTCONN : -EOPNOTSUPP;
  if (is_late(socket->read_deadline)) return -EAGAIN;
  TcpConnection& connection = *socket->connection;
  if (length == 0) return 0;
  while (connection.unread() == 0) {
    if (connection.has_ended()) return 0;
    if (const int error = connection.take_error(); error != 0) return -error;
    if (connection.is_broken()) return 0;
    const int over = wait(process, *socket, connection.readers, SocketDirection::read);
    if (over != 0) return over;
  }
  const auto most =
      static_cast<std::size_t>(short_read(node, connection, std::min(length, connection.unread())));
  return static_cast<std::int64_t>(connection.read({static_cast<std::byte*>(into), most}));
}

// How much of what is there a read gives: a choice. POSIX allows any part, and so it happens.
std::int64_t Kernel::short_read(NodeKernel& node, const TcpConnection& connection,
                                std::size_t most) {
  const auto all = static_cast<std::int64_t>(most);
  if (most == 1) return all;
  const auto part = [most, all](std::uint64_t bits) {
    const Split rare = split(bits, kShortReads.out_of);
    if (rare.number >= kShortReads.times) return all;
    return static_cast<std::int64_t>(below(rare.rest, most)) + 1;
  };
  const std::int64_t taken = core_.choices.choose(ChoiceKind::short_read, connection.key(),
                                                  node.next(connection.key()), all, all, part);
  return std::clamp<std::int64_t>(taken, 1, all);
}

int Kernel::shutdown(host::Process& process, int descriptor, host::ShutdownHow how) {
  if (!process.alive) return -ESRCH;
  const std::shared_ptr<Socket> socket = of(process).find(descriptor);
  if (socket == nullptr) return -EBADF;
  if (socket->connection == nullptr) return -ENOTCONN;
  if (how != host::ShutdownHow::write) socket->connection->shut_read();
  if (how != host::ShutdownHow::read && !socket->connection->shut_write()) return -ENOTCONN;
  return 0;
}

int Kernel::close(host::Process& process, int descriptor) {
  if (!process.alive) return -ESRCH;
  NodeKernel& node = of(process);
  const std::shared_ptr<Socket> socket = node.remove(descriptor);
  if (socket == nullptr) return -EBADF;
  release(node, *socket);
  return 0;
}

// ---- datagrams

std::int64_t Kernel::send_to(host::Process& process, int descriptor, const void* from,
                             std::size_t length, host::SocketName to) {
  if (!process.alive) return -ESRCH;
  NodeKernel& node = of(process);
  const std::shared_ptr<Socket> socket = node.find(descriptor);
  if (socket == nullptr) return -EBADF;
  if (is_stream(*socket)) return -EISCONN;
  if (length > kMaxDatagram) return -EMSGSIZE;
  const host::NodeId peer = node_at(process, to.address);
  if (peer == 0) return -EHOSTUNREACH;
  if (to.port == 0) return -EINVAL;
  if (socket->port == 0) {
    if (const int error = bind_to_any(node, *socket); error != 0) return error;
  }
  encode({.source_port = socket->port, .destination_port = to.port},
         {static_cast<const std::byte*>(from), length}, encoded_);
  send_bytes(process.id(), peer, datagram_class());
  return static_cast<std::int64_t>(length);
}

std::int64_t Kernel::receive_from(host::Process& process, int descriptor, void* into,
                                  std::size_t length, host::SocketName& from) {
  if (!process.alive) return -ESRCH;
  const std::shared_ptr<Socket> socket = of(process).find(descriptor);
  if (socket == nullptr) return -EBADF;
  if (is_stream(*socket)) return -EOPNOTSUPP;
  if (is_late(socket->read_deadline)) return -EAGAIN;
  while (socket->datagrams.empty()) {
    const int over = wait(process, *socket, socket->readers, SocketDirection::read);
    if (over != 0) return over;
  }
  const WaitingDatagram datagram = std::move(socket->datagrams.front());
  socket->datagrams.pop_front();
  socket->datagram_bytes -= datagram.bytes.size();
  from = datagram.from;
  std::copy_n(datagram.bytes.begin(), std::min(length, datagram.bytes.size()),
              static_cast<std::byte*>(into));
  return static_cast<std::int64_t>(datagram.bytes.size());
}

}  // namespace norn::sim
