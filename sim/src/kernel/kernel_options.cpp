// Closing, deadlines, options and names of sockets.
#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include "kernel/kernel.hpp"

namespace norn::sim {

namespace {

// An IPv4 address in dotted form.
std::optional<std::uint32_t> dotted(std::string_view text) {
  std::uint32_t address = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0) {
      if (text.empty() || text.front() != '.') return std::nullopt;
      text.remove_prefix(1);
    }
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || value > 255) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    address = address << 8U | value;
  }
  return text.empty() ? std::optional(address) : std::nullopt;
}

}  // namespace

// What the end of its last descriptor means for a socket.
void Kernel::release(host::Process& process, Socket& socket) {
  NodeKernel& node = of(process);
  node.unbind(socket);
  socket.readers.notify_all();
  if (const std::shared_ptr<TcpConnection> connection = socket.connection();
      connection != nullptr) {
    if (!connection->is_broken() && !connection->is_connecting())
      note(node.process().id(), trace::ConnectionOp::close, connection->ends());
    if (socket.linger && *socket.linger == Duration::zero()) {
      connection->abort();
    } else {
      connection->close();
    }
  }
  end_backlog(node, socket);
}

void Kernel::end_backlog(NodeKernel& node, Socket& socket) {
  if (socket.backlog == nullptr) return;
  for (const auto& connection : std::exchange(socket.backlog->ready, {})) connection->abort();
  std::vector<std::shared_ptr<TcpConnection>> unfinished;
  for (auto at = node.connections().lower_bound(TcpEnds{.local_port = socket.port});
       at != node.connections().end() && at->first.local_port == socket.port; ++at) {
    if (at->second->state() == TcpState::syn_received) unfinished.push_back(at->second);
  }
  for (const auto& connection : unfinished) connection->abort();
}

void Kernel::lingers(host::Process& process, const std::shared_ptr<TcpConnection>& connection,
                     Duration most) const {
  const TimePoint deadline = TimePoint(Duration(core_.acting_now_ns())) + most;
  while (process.alive && connection->is_draining() && !is_late(deadline))
    connection->writers.wait(host::BlockReason::socket, deadline);
}

int Kernel::shutdown(host::Process& process, int descriptor, host::ShutdownHow how) {
  if (!process.alive) return -ESRCH;
  int error = 0;
  const std::shared_ptr<Socket> socket = of(process).find(descriptor, error);
  if (socket == nullptr) return error;
  if (socket->backlog != nullptr) {
    // As on Linux: a listener whose reading is shut down listens no more, and keeps its port.
    if (how == host::ShutdownHow::write) return 0;
    end_backlog(of(process), *socket);
    socket->backlog = nullptr;
    socket->readers.notify_all();
    return 0;
  }
  if (socket->connection() == nullptr) return -ENOTCONN;
  if (how != host::ShutdownHow::write) socket->connection()->shut_read();
  if (how != host::ShutdownHow::read && !socket->connection()->shut_write()) return -ENOTCONN;
  return 0;
}

int Kernel::close(host::Process& process, int descriptor) {
  if (!process.alive) return -ESRCH;
  const std::shared_ptr<Description> description = of(process).table().remove(descriptor);
  if (description == nullptr) return -EBADF;
  if (description->is_open()) return 0;  // another descriptor leads there
  description->closed(process);
  description->readiness.gone();
  return 0;
}

int Kernel::set_deadline(host::Process& process, int descriptor, host::SocketDirection direction,
                         std::optional<TimePoint> deadline) {
  if (!process.alive) return -ESRCH;
  int error = 0;
  const std::shared_ptr<Socket> socket = of(process).find(descriptor, error);
  if (socket == nullptr) return error;
  const bool reads = direction == host::SocketDirection::read;
  (reads ? socket->read_deadline : socket->write_deadline) = deadline;
  if (reads) socket->readers.wake_waiting();
  if (socket->connection() != nullptr)
    (reads ? socket->connection()->readers : socket->connection()->writers).wake_waiting();
  return 0;
}

int Kernel::set_option(host::Process& process, int descriptor, host::SocketOption option,
                       std::int64_t value) {
  if (!process.alive) return -ESRCH;
  int error = 0;
  const std::shared_ptr<Socket> socket = of(process).find(descriptor, error);
  if (socket == nullptr) return error;
  if (value < 0) return -EINVAL;
  TcpOptions& options = socket->options;
  switch (option) {
    case host::SocketOption::keepalive_idle:
      options.keepalive_idle_ns = value;
      break;
    case host::SocketOption::keepalive_interval:
      if (value == 0) return -EINVAL;
      options.keepalive_interval_ns = value;
      break;
    case host::SocketOption::keepalive_count:
      options.keepalive_count = static_cast<int>(value);
      break;
    case host::SocketOption::user_timeout:
      options.user_timeout_ns = value;
      break;
    case host::SocketOption::send_buffer:
    case host::SocketOption::receive_buffer:
      if (socket->connection() != nullptr) return -EISCONN;
      if (value == 0) return -EINVAL;
      (option == host::SocketOption::send_buffer ? options.send_buffer : options.receive_buffer) =
          static_cast<std::size_t>(value);
      break;
  }
  if (socket->connection() != nullptr) socket->connection()->set_options(options);
  return 0;
}

int Kernel::resolve(host::Process& process, std::string_view name,
                    std::vector<std::uint32_t>& addresses) {
  if (!process.alive) return -ESRCH;
  addresses.clear();
  if (names_.knows(name)) {
    for (const host::NodeId node :
         names_.ask(process.id(), of(process).name_cache(), name, core_.now_ns, core_.bites))
      addresses.push_back(address_of(node));
  } else if (const host::NodeId node = cluster_.find(name); node != 0) {
    addresses.push_back(address_of(node));
  } else if (name == "localhost") {
    addresses.push_back(0x7f000001U);
  } else if (const std::optional<std::uint32_t> address = dotted(name)) {
    addresses.push_back(*address);
  }
  return addresses.empty() ? -ENOENT : 0;
}

std::string Kernel::name_of(host::Process& process, std::uint32_t address) {
  const host::NodeId node = process.alive && address != 0 ? node_at(process, address) : 0;
  return node == 0 ? std::string() : cluster_.at(node).name;
}

}  // namespace norn::sim
