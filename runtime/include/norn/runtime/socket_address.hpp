// SocketAddress: where a socket is: an IPv4 address and a port.
#pragma once

#include <cstdint>
#include <string>

#include "norn/runtime/host/sockets.hpp"

namespace norn {

// SocketAddress may be kept, compared and sent. In a simulation node number n has the address
// 10.0.0.0 + n; it keeps it over all its lives.
struct SocketAddress {
  std::uint32_t ip = 0;  // in the machine's byte order: 127.0.0.1 is 0x7f000001
  std::uint16_t port = 0;

  // to_string() is "10.0.0.2:80".
  std::string to_string() const;
  // node_name() is the name of the node that has the address; empty when none has. For node code.
  std::string node_name() const;

  friend bool operator==(const SocketAddress&, const SocketAddress&) = default;
  friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
};

namespace detail {
inline SocketAddress address_of(host::SocketName name) {
  return {.ip = name.address, .port = name.port};
}
inline host::SocketName name_of(SocketAddress address) {
  return {.address = address.ip, .port = address.port};
}
}  // namespace detail

}  // namespace norn
