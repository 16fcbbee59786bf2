// A server and a client that talk over sockets, for the tests of this folder.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "norn/runtime.hpp"
#include "norn/sim/simulation.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

namespace norn::test {

inline constexpr std::uint16_t kPort = 7000;

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

inline void write_text(TcpStream& stream, std::string_view text) {
  REQUIRE(stream.write_all(bytes_of(text)).ok());
}

// Reads until the end of the stream.
inline std::string read_all(TcpStream& stream) {
  std::string all;
  std::vector<std::byte> buffer(4096);
  for (;;) {
    const Result<std::size_t> count = stream.read(buffer);
    REQUIRE(count.ok());
    if (*count == 0) return all;
    all.append(reinterpret_cast<const char*>(buffer.data()), *count);
  }
}

inline std::string read_text(TcpStream& stream, std::size_t size) {
  std::vector<std::byte> buffer(size);
  REQUIRE(stream.read_exactly(buffer).ok());
  return {reinterpret_cast<const char*>(buffer.data()), size};
}

inline TcpStream connect_to(std::string_view host, std::uint16_t port = kPort) {
  Result<TcpStream> stream = TcpStream::connect(host, port);
  if (!stream) FAIL(stream.error().message);
  return std::move(*stream);
}

inline TcpListener listen_on(std::uint16_t port = kPort) {
  Result<TcpListener> listener = TcpListener::listen(port);
  if (!listener) FAIL(listener.error().message);
  return std::move(*listener);
}

// Accepts one connection and gives it to `serve`.
inline std::function<void()> serving_one(std::function<void(TcpStream&)> serve) {
  return [serve = std::move(serve)] {
    TcpListener listener = listen_on();
    Result<TcpStream> stream = listener.accept();
    REQUIRE(stream.ok());
    serve(*stream);
  };
}

// Bytes that tell their place: no part of them is like another.
inline std::vector<std::byte> pattern(std::size_t size, std::uint32_t salt = 0) {
  std::vector<std::byte> bytes(size);
  std::uint32_t state = salt * 2654435761U + 12345;
  for (std::byte& each : bytes) {
    state = state * 1664525U + 1013904223U;
    each = static_cast<std::byte>(state >> 24U);
  }
  return bytes;
}

// What happened, for tests that look at it after the run.
struct Pair {
  Simulation simulation;

  explicit Pair(std::function<void()> server, std::function<void()> client, SimOptions given)
      : simulation(std::move(given)) {
    simulation.node("server", std::move(server));
    simulation.node("client", [main = std::move(client)] {
      sleep_for(std::chrono::milliseconds(1));  // the server listens by now
      main();
    });
  }
  Pair(std::function<void()> server, std::function<void()> client, std::uint64_t seed = 1)
      : Pair(std::move(server), std::move(client), options(seed)) {}

  RunSummary run(Duration time = std::chrono::minutes(30)) {
    simulation.run_for(time);
    RunSummary summary = simulation.summary();
    INFO((summary.violation ? summary.violation->detail : std::string()));
    CHECK(summary.verdict == Verdict::passed);
    return summary;
  }
};

}  // namespace norn::test
