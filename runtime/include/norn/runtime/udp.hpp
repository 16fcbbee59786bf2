// UDP: datagrams between nodes. They may be lost, doubled, late, or overtake each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "norn/runtime/detail/socket_handle.hpp"
#include "norn/runtime/result.hpp"
#include "norn/runtime/socket_address.hpp"
#include "norn/runtime/time.hpp"

namespace norn {

// A datagram that came.
struct Datagram {
  SocketAddress from;
  std::size_t size = 0;    // bytes that were put into the buffer
  bool truncated = false;  // it was longer: the rest is lost
};

// UdpSocket sends and receives datagrams of up to 65,507 bytes, each whole or not at all. What
// comes while its buffer is full (208 KiB, as Linux') is lost. Destroying it closes it.
class UdpSocket {
 public:
  // bind() opens `port` of the calling node; 0 takes a free one. Errors: address_in_use.
  static Result<UdpSocket> bind(std::uint16_t port = 0);

  // send_to() never blocks and tells nothing of the datagram's fate. Errors: too_large, not_found
  // (no such name), unreachable (no node has the address), closed, dead.
  Result<void> send_to(std::span<const std::byte> bytes, SocketAddress to);
  Result<void> send_to(std::span<const std::byte> bytes, std::string_view host, std::uint16_t port);
  // receive_from() blocks until a datagram comes. Errors: timeout (the deadline has passed), closed
  // (perhaps meanwhile), dead.
  Result<Datagram> receive_from(std::span<std::byte> into);
  // A receive_from() that waits at the deadline, or begins after it, ends with `timeout`.
  void set_read_deadline(std::optional<TimePoint> deadline);
  void close() { handle_.close(); }

  SocketAddress local_address() const;
  bool is_open() const { return handle_.is_open(); }

 private:
  explicit UdpSocket(detail::SocketHandle handle) : handle_(std::move(handle)) {}
  detail::SocketHandle handle_;
};

}  // namespace norn
