// The socket calls of node code, on streams. A call that waits looks again at everything after each
// wait: its process may be dead, its descriptor closed, its deadline another one.
#include <sys/socket.h>

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

}  // namespace

bool Kernel::is_late(const std::optional<TimePoint>& deadline) const {
  return deadline && deadline->time_since_epoch().count() <= core_.acting_now_ns();
}

Kernel::Terms Kernel::terms_of(const Socket& socket, SocketDirection direction, int flags) const {
  const std::optional<Duration>& patience =
      direction == SocketDirection::read ? socket.read_patience : socket.write_patience;
  Terms terms{.direction = direction,
              .blocks = socket.blocks() && (flags & MSG_DONTWAIT) == 0,
              .patience = {}};
  if (patience) terms.patience = TimePoint(Duration(core_.acting_now_ns())) + *patience;
  return terms;
}

// Blocks the calling fiber on `list` and returns 0, or why the call is over.
int Kernel::wait(host::Process& process, const Socket& socket, WaitPoint& list,
                 const Terms& terms) {
  if (!terms.blocks) return -EAGAIN;
  std::optional<TimePoint> deadline =
      terms.direction == SocketDirection::read ? socket.read_deadline : socket.write_deadline;
  if (terms.patience && (!deadline || *terms.patience < *deadline)) deadline = terms.patience;
  if (is_late(deadline)) return -EAGAIN;
  list.wait(host::BlockReason::socket, deadline);
  if (!process.alive) return -ESRCH;
  if (!socket.is_open()) return -EBADF;
  return 0;
}

// ---- making and naming

int Kernel::socket(host::Process& process, SocketType type) {
  if (!process.alive) return -ESRCH;
  auto made = std::make_shared<Socket>(*this, type);
  made->options.reuse_address = true;
  return of(process).table().install(std::move(made));
}

int Kernel::bind(host::Process& process, int descriptor, host::SocketName name) {
  if (!process.alive) return -ESRCH;
  NodeKernel& node = of(process);
  int error = 0;
  const std::shared_ptr<Socket> socket = node.find(descriptor, error);
  if (socket == nullptr) return error;
  if (socket->port != 0 || socket->connection() != nullptr) return -EINVAL;
  if (node_at(process, name.address) != process.id()) return -EADDRNOTAVAIL;
  if (name.port == 0) {
    if (error = bind_to_any(node, *socket); error != 0) return error;
  } else {
    if (!node.may_bind(*socket, name.port)) return -EADDRINUSE;
    node.bind(*socket, name.port);
  }
  socket->bound_address = name.address;
  return 0;
}

int Kernel::bind_to_any(NodeKernel& node, Socket& socket) {
  const std::uint64_t label = socket.is_stream() ? 6 : 17;
  const std::uint64_t base = mix(node.process().key() + node.process().incarnation(), label);
  const std::uint16_t port = choose_port(node, socket.type, mix(base, node.next(base)));
  if (port == 0) return -EADDRINUSE;
  node.bind(socket, port);
  return 0;
}

int Kernel::local_name(host::Process& process, int descriptor, host::SocketName& name) {
  if (!process.alive) return -ESRCH;
  int error = 0;
  const std::shared_ptr<Socket> socket = of(process).find(descriptor, error);
  if (socket == nullptr) return error;
  const bool connected = socket->connection() != nullptr;
  name.address = address_of(process.id());
  name.port = connected ? socket->connection()->ends().local_port : socket->port;
  return 0;
}

int Kernel::peer_name(host::Process& process, int descriptor, host::SocketName& name) {
  if (!process.alive) return -ESRCH;
  int error = 0;
  const std::shared_ptr<Socket> socket = of(process).find(descriptor, error);
  if (socket == nullptr) return error;
  if (socket->peer) {
    name = *socket->peer;
    return 0;
  }
  if (socket->connection() == nullptr) return -ENOTCONN;
  const TcpEnds& ends = socket->connection()->ends();
  name = {.address = address_of(ends.remote_node), .port = ends.remote_port};
  return 0;
}

// ---- connecting

int Kernel::listen(host::Process& process, int descriptor, int backlog) {
  if (!process.alive) return -ESRCH;
  NodeKernel& node = of(process);
  int error = 0;
  const std::shared_ptr<Socket> socket = node.find(descriptor, error);
  if (socket == nullptr) return error;
  if (!socket->is_stream()) return -EOPNOTSUPP;
  if (socket->connection() != nullptr) return -EINVAL;
  if (socket->port == 0) {
    if (error = bind_to_any(node, *socket); error != 0) return error;
  }
  if (socket->backlog == nullptr) socket->backlog = std::make_unique<Backlog>();
  socket->backlog->limit = static_cast<std::size_t>(std::max(backlog, 1));
  note(process.id(), trace::ConnectionOp::listen, {.local_port = socket->port});
  return 0;
}

int Kernel::accept(host::Process& process, int descriptor, host::SocketName& peer) {
  return accept(process, descriptor, peer, O_RDWR, false);
}

int Kernel::accept(host::Process& process, int descriptor, host::SocketName& peer, int flags,
                   bool close_on_exec) {
  if (!process.alive) return -ESRCH;
  NodeKernel& node = of(process);
  int error = 0;
  const std::shared_ptr<Socket> socket = node.find(descriptor, error);
  if (socket == nullptr) return error;
  if (!socket->is_stream()) return -EOPNOTSUPP;
  if (socket->backlog == nullptr) return -EINVAL;
  if (is_late(socket->read_deadline)) return -EAGAIN;
  const Terms terms = terms_of(*socket, SocketDirection::read, 0);
  while (socket->backlog->ready.empty()) {
    const int over = wait(process, *socket, socket->readers, terms);
    if (over != 0) return over;
    if (socket->backlog == nullptr) return -EINVAL;  // shut down meanwhile
  }
  auto accepted = std::make_shared<Socket>(*this, SocketType::stream, flags);
  accepted->options = socket->options;
  accepted->keepalive = socket->keepalive;
  accepted->keepalive_idle_ns = socket->keepalive_idle_ns;
  accepted->linger = socket->linger;
  accepted->attach(socket->backlog->ready.front());
  const TcpEnds& ends = accepted->connection()->ends();
  peer = {.address = address_of(ends.remote_node), .port = ends.remote_port};
  const int made = node.table().install(std::move(accepted), close_on_exec);
  if (made < 0) return made;
  note(process.id(), trace::ConnectionOp::accept, ends);
  socket->backlog->ready.pop_front();
  return made;
}

int Kernel::connect(host::Process& process, int descriptor, host::SocketName name) {
  if (!process.alive) return -ESRCH;
  NodeKernel& node = of(process);
  int error = 0;
  const std::shared_ptr<Socket> socket = node.find(descriptor, error);
  if (socket == nullptr) return error;
  if (!socket->is_stream()) return connect_datagrams(process, node, *socket, name);
  if (socket->backlog != nullptr) return -EISCONN;
  if (socket->connection() != nullptr) {
    if (socket->connection()->is_connecting()) return -EALREADY;
    if (!socket->connect_pending) return -EISCONN;
    return told_how_connect_ended(*socket);
  }
  const host::NodeId to = node_at(process, name.address);
  if (to == 0) return -EHOSTUNREACH;
  const TcpEnds ends{.local_port = socket->port, .remote_port = name.port, .remote_node = to};
  if (node.connections().contains(ends)) return -EADDRNOTAVAIL;
  socket->attach(make_connection(node, ends, socket->options, true));
  if (socket->connection() == nullptr) return -EADDRNOTAVAIL;
  const std::shared_ptr<TcpConnection> connection = socket->connection();
  connection->open();
  const Terms terms = terms_of(*socket, SocketDirection::write, 0);
  if (!terms.blocks) {
    socket->connect_pending = true;
    return -EINPROGRESS;
  }
  while (connection->is_connecting()) {
    const int over = wait(process, *socket, connection->writers, terms);
    if (over != 0) return over;
  }
  return told_how_connect_ended(*socket);
}

int Kernel::told_how_connect_ended(Socket& socket) {
  socket.connect_pending = false;
  const int error = socket.connection()->take_error();
  if (error != 0) socket.attach(nullptr);  // it may try again
  return -error;
}

// ---- bytes

std::int64_t Kernel::send(host::Process& process, int descriptor, const void* from,
                          std::size_t length) {
  if (!process.alive) return -ESRCH;
  int error = 0;
  const std::shared_ptr<Socket> socket = of(process).find(descriptor, error);
  if (socket == nullptr) return error;
  return send_on(process, *socket, {static_cast<const std::byte*>(from), length}, 0, nullptr);
}

std::int64_t Kernel::send_on(host::Process& process, Socket& socket,
                             std::span<const std::byte> bytes, int flags,
                             const host::SocketName* to) {
  if (!socket.is_stream()) return send_datagram(process, socket, bytes, to);
  if (socket.connection() == nullptr) return to == nullptr ? -ENOTCONN : -EISCONN;
  if (is_late(socket.write_deadline)) return -EAGAIN;
  const Terms terms = terms_of(socket, SocketDirection::write, flags);
  const std::shared_ptr<TcpConnection> connection = socket.connection();
  std::size_t done = 0;
  for (;;) {
    while (connection->is_connecting()) {
      if (const int over = wait(process, socket, connection->writers, terms); over != 0)
        return over;
    }
    if (connection->is_broken() && done > 0) return static_cast<std::int64_t>(done);
    if (const int error = connection->write_error(); error != 0) return -error;
    done += connection->write(bytes.subspan(done));
    if (done == bytes.size()) return static_cast<std::int64_t>(done);
    const int over = wait(process, socket, connection->writers, terms);
    if (over != 0) return over == -EAGAIN && done > 0 ? static_cast<std::int64_t>(done) : over;
  }
}

std::int64_t Kernel::receive(host::Process& process, int descriptor, void* into,
                             std::size_t length) {
  if (!process.alive) return -ESRCH;
  int error = 0;
  const std::shared_ptr<Socket> socket = of(process).find(descriptor, error);
  if (socket == nullptr) return error;
  return receive_on(process, *socket, {static_cast<std::byte*>(into), length}, 0, nullptr);
}

std::int64_t Kernel::receive_on(host::Process& process, Socket& socket, std::span<std::byte> into,
                                int flags, host::SocketName* from) {
  if (!socket.is_stream()) return receive_datagram(process, socket, into, flags, from);
  if (socket.connection() == nullptr) return -ENOTCONN;
  if (is_late(socket.read_deadline)) return -EAGAIN;
  const Terms terms = terms_of(socket, SocketDirection::read, flags);
  const std::shared_ptr<TcpConnection> connection = socket.connection();
  if (into.empty()) return 0;
  while (connection->unread() == 0) {
    if (connection->has_ended()) return 0;
    if (const int error = connection->take_error(); error != 0) return -error;
    if (connection->is_broken()) return 0;
    const int over = wait(process, socket, connection->readers, terms);
    if (over != 0) return over;
  }
  NodeKernel& node = of(process);
  const auto most = static_cast<std::size_t>(
      short_read(node, *connection, std::min(into.size(), connection->unread())));
  const std::span<std::byte> part = into.first(most);
  const std::size_t count =
      (flags & MSG_PEEK) != 0 ? connection->peek(part) : connection->read(part);
  return static_cast<std::int64_t>(count);
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

}  // namespace norn::sim
