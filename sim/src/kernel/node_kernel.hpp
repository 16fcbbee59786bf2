// NodeKernel: the sockets of one life of a node.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "kernel/socket.hpp"
#include "norn/runtime/host/process.hpp"

namespace norn::sim {

// Plain tables, with no knowledge of network or time. All of it dies with the node.
class NodeKernel {
 public:
  static constexpr int kFirstDescriptor = 3;     // after the standard streams
  static constexpr std::size_t kMaxOpen = 1024;  // Linux' usual limit of a process
  // ip_local_port_range of Linux: the ports that are chosen when none is given.
  static constexpr std::uint16_t kFirstEphemeral = 32768;
  static constexpr std::uint16_t kLastEphemeral = 60999;

  explicit NodeKernel(host::Process& process) : process_(process) {}

  host::Process& process() { return process_; }

  // install() gives the lowest free descriptor, or -EMFILE.
  int install(std::shared_ptr<Socket> socket);
  std::shared_ptr<Socket> find(int descriptor) const;
  std::shared_ptr<Socket> remove(int descriptor);
  std::vector<int> descriptors() const;

  // Bound sockets, by type and port.
  bool is_bound(host::SocketType type, std::uint16_t port) const {
    return bound(type).contains(port);
  }
  void bind(Socket& socket, std::uint16_t port);
  void unbind(Socket& socket);
  Socket* bound_to(host::SocketType type, std::uint16_t port) const;
  // is_free(): no socket and no connection uses the port.
  bool is_free(host::SocketType type, std::uint16_t port) const;

  std::map<TcpEnds, std::shared_ptr<TcpConnection>>& connections() { return connections_; }
  // next() counts how often something happened, for keyed choices.
  std::uint64_t next(std::uint64_t key) { return counts_[key]++; }

 private:
  using Bound = std::map<std::uint16_t, Socket*>;
  const Bound& bound(host::SocketType type) const {
    return type == host::SocketType::stream ? streams_ : datagrams_;
  }
  Bound& bound(host::SocketType type) {
    return type == host::SocketType::stream ? streams_ : datagrams_;
  }

  host::Process& process_;
  std::vector<std::shared_ptr<Socket>> descriptors_;  // from kFirstDescriptor; null: free
  Bound streams_;
  Bound datagrams_;
  std::map<TcpEnds, std::shared_ptr<TcpConnection>> connections_;
  std::map<std::uint64_t, std::uint64_t> counts_;
};

}  // namespace norn::sim
