// NodeKernel: the descriptors, sockets and connections of one life of a node.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "kernel/descriptor_table.hpp"
#include "kernel/local_socket.hpp"
#include "kernel/name_service.hpp"
#include "kernel/socket.hpp"
#include "norn/runtime/host/process.hpp"

namespace norn::sim {

// Plain tables, with no knowledge of network or time. All of it dies with the node.
class NodeKernel {
 public:
  // ip_local_port_range of Linux: the ports that are chosen when none is given.
  static constexpr std::uint16_t kFirstEphemeral = 32768;
  static constexpr std::uint16_t kLastEphemeral = 60999;

  explicit NodeKernel(host::Process& process) : process_(process) {}

  host::Process& process() { return process_; }

  DescriptorTable& table() { return table_; }
  LocalNames& local_names() { return local_names_; }
  NameCache& name_cache() { return name_cache_; }
  // find() is the Internet socket of a descriptor; null with `error` -EBADF or -ENOTSOCK.
  std::shared_ptr<Socket> find(int descriptor, int& error) const {
    return table_.as<Socket>(descriptor, -ENOTSOCK, error);
  }

  // Bound sockets, by type and port.
  bool is_bound(host::SocketType type, std::uint16_t port) const {
    return bound(type).contains(port);
  }
  void bind(Socket& socket, std::uint16_t port);
  void unbind(Socket& socket);
  Socket* bound_to(host::SocketType type, std::uint16_t port) const;
  // is_free(): no socket and no connection uses the port.
  bool is_free(host::SocketType type, std::uint16_t port) const;
  // may_bind(): as SO_REUSEADDR has it: connections of a port, those in TIME-WAIT as well, are no
  // obstacle if both they and the socket have the option.
  bool may_bind(const Socket& socket, std::uint16_t port) const;

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
  DescriptorTable table_;
  LocalNames local_names_;
  NameCache name_cache_;
  Bound streams_;
  Bound datagrams_;
  std::map<TcpEnds, std::shared_ptr<TcpConnection>> connections_;
  std::map<std::uint64_t, std::uint64_t> counts_;
};

}  // namespace norn::sim
