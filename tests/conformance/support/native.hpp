// What the bodies that use the native API do again and again.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/support/calls.hpp"

namespace norn::test {

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

inline std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Reads until there are `size` bytes, or no more come.
inline std::string read_some(TcpStream& stream, std::size_t size) {
  std::vector<std::byte> buffer(size);
  std::size_t have = 0;
  while (have < size) {
    const auto count = stream.read(std::span(buffer).subspan(have));
    if (!count || *count == 0) break;
    have += *count;
  }
  return text_of(std::span(buffer).first(have));
}

// One read, of one byte.
inline Result<std::size_t> read_one(TcpStream& stream) {
  std::byte one{};
  return stream.read({&one, 1});
}

inline Errc why(const auto& result) {
  REQUIRE_FALSE(result.ok());
  return result.error().code;
}

// took() is whether something lasted as long as it should: not less, and in virtual time, which
// passes only while fibers are blocked, not more either.
template <class Arm>
bool took(const Arm&, Duration passed, Duration expected) {
  return Arm::kSimulated ? passed == expected : passed >= expected;
}

// A port that nobody has, and that the machine gives to nobody by itself: below those of
// /proc/sys/net/ipv4/ip_local_port_range. Tests that run at the same time take others.
inline std::uint16_t own_port() {
  constexpr unsigned kFirst = 10'000;
  constexpr unsigned kCount = 20'000;
  static unsigned next = static_cast<unsigned>(::getpid()) * 17U;
  for (;;) {
    const auto port = static_cast<std::uint16_t>(kFirst + next++ % kCount);
    if (TcpListener::listen(port).ok() && UdpSocket::bind(port).ok()) return port;
  }
}

// Two ends of a connection, and the listener.
struct Pair {
  TcpListener listener;
  TcpStream client;
  TcpStream server;

  Pair()
      : listener(std::move(*TcpListener::listen(0))),
        client(std::move(*TcpStream::connect("localhost", listener.local_address().port))),
        server(std::move(*listener.accept())) {}
};

}  // namespace norn::test
