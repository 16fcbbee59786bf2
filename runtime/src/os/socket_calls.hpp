// SocketCalls: the calls on sockets that wait, for the native API and the calls of POSIX alike.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>

#include "os/local_names.hpp"
#include "os/node_files.hpp"

namespace norn::real {

// Results are values >= 0 or minus an errno value. Each call ends when its descriptor is closed
// (-EBADF), its deadline passes (-EAGAIN), or its process dies (-ESRCH).
class SocketCalls {
 public:
  explicit SocketCalls(NodeFiles& files) : files_(files) {}

  // open() makes a socket of the machine and returns the node's number for it.
  int open(const host::Process& process, int domain, int kind, bool blocks, bool close_on_exec);
  int bind(const host::Process& process, const DescriptorPtr& descriptor, const sockaddr* name,
           socklen_t length);
  int connect(const host::Process& process, const DescriptorPtr& descriptor, const sockaddr* name,
              socklen_t length);
  struct Peer {
    sockaddr_storage name{};
    socklen_t length = sizeof(sockaddr_storage);
  };
  int accept(const host::Process& process, const DescriptorPtr& descriptor, bool blocks,
             bool close_on_exec, Peer& peer);
  // send() sends all, unless it is cut short; a datagram is sent whole or not at all.
  std::int64_t send(const host::Process& process, const DescriptorPtr& descriptor, const void* from,
                    std::size_t length, int flags, const sockaddr* to, socklen_t to_length);
  std::int64_t receive(const host::Process& process, const DescriptorPtr& descriptor, void* into,
                       std::size_t length, int flags, Peer* from);
  LocalNames& names() { return names_; }

 private:
  int translate(const host::Process& process, const sockaddr* name, socklen_t length, bool make,
                MachineName& out);
  std::int64_t receive_all(const host::Process& process, const DescriptorPtr& descriptor,
                           std::byte* into, std::size_t length, int flags, const Terms& terms);

  NodeFiles& files_;
  LocalNames names_;
};

}  // namespace norn::real
