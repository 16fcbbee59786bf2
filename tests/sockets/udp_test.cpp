#include "norn/runtime/udp.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "support/two_nodes.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

namespace {

UdpSocket bind_to(std::uint16_t port) {
  Result<UdpSocket> socket = UdpSocket::bind(port);
  if (!socket) FAIL(socket.error().message);
  return std::move(*socket);
}

template <class T>
Errc code(const Result<T>& result) {
  REQUIRE_FALSE(result.ok());
  return result.error().code;
}

// Receives numbers until nothing comes for a second; how often each came, in order of coming.
std::vector<int> receive_numbers() {
  UdpSocket socket = bind_to(kPort);
  std::vector<int> numbers;
  for (;;) {
    int number = 0;
    socket.set_read_deadline(now() + 5s);
    const Result<Datagram> datagram =
        socket.receive_from(std::as_writable_bytes(std::span(&number, 1)));
    if (!datagram) return numbers;
    numbers.push_back(number);
  }
}

std::vector<int> send_numbers(const LinkOptions& links, std::uint64_t seed) {
  std::vector<int> got;
  Pair pair([&] { got = receive_numbers(); },
            [] {
              UdpSocket socket = bind_to(0);
              for (int i = 0; i < 1000; ++i) {
                REQUIRE(socket.send_to(std::as_bytes(std::span(&i, 1)), "server", kPort).ok());
                sleep_for(100us);
              }
            },
            seed);
  pair.simulation.links(links);
  pair.run();
  return got;
}

}  // namespace

TEST_CASE("a datagram comes whole, and its answer finds the way back") {
  bool done = false;
  Pair pair(
      [] {
        UdpSocket socket = bind_to(kPort);
        std::vector<std::byte> buffer(100);
        const Result<Datagram> datagram = socket.receive_from(buffer);
        REQUIRE(datagram.ok());
        CHECK(datagram->size == 8);
        CHECK_FALSE(datagram->truncated);
        CHECK(datagram->from.node_name() == "client");
        REQUIRE(socket.send_to(std::span(buffer).first(3), datagram->from).ok());
      },
      [&] {
        UdpSocket socket = bind_to(0);
        REQUIRE(socket.send_to(bytes_of("question"), "server", kPort).ok());
        std::vector<std::byte> buffer(100);
        const Result<Datagram> datagram = socket.receive_from(buffer);
        REQUIRE(datagram.ok());
        CHECK(datagram->size == 3);
        CHECK(datagram->from.port == kPort);
        done = true;
      });
  pair.run();
  CHECK(done);
}

TEST_CASE("datagrams are lost, doubled and overtaken as the link says") {
  const std::vector<int> usual = send_numbers({}, 1);
  CHECK(usual.size() == 1000);
  CHECK_FALSE(std::is_sorted(usual.begin(), usual.end()));

  const std::vector<int> lossy = send_numbers({.latency = {}, .loss = {1, 5}, .duplicate = {}}, 2);
  CHECK(lossy.size() > 700);
  CHECK(lossy.size() < 900);

  const std::vector<int> doubled =
      send_numbers({.latency = {}, .loss = {}, .duplicate = {1, 5}}, 3);
  CHECK(doubled.size() > 1100);
  CHECK(doubled.size() < 1300);
  CHECK(std::set<int>(doubled.begin(), doubled.end()).size() == 1000);
}

TEST_CASE("a buffer that is too small gets the beginning, and is told") {
  Pair pair(
      [] {
        UdpSocket socket = bind_to(kPort);
        std::vector<std::byte> buffer(4);
        const Result<Datagram> datagram = socket.receive_from(buffer);
        REQUIRE(datagram.ok());
        CHECK(datagram->size == 4);
        CHECK(datagram->truncated);
        CHECK(std::equal(buffer.begin(), buffer.end(), bytes_of("trun").begin()));
        socket.set_read_deadline(now() + 5s);
        CHECK(code(socket.receive_from(buffer)) == Errc::timeout);  // the rest is lost
      },
      [] {
        UdpSocket socket = bind_to(0);
        REQUIRE(socket.send_to(bytes_of("truncated"), "server", kPort).ok());
      });
  pair.run();
}

TEST_CASE("what comes while the buffer is full, or where nobody listens, is lost") {
  std::size_t got = 0;
  Pair pair(
      [&] {
        UdpSocket socket = bind_to(kPort);
        sleep_for(10s);
        std::vector<std::byte> buffer(1000);
        for (;;) {
          socket.set_read_deadline(now() + 1s);
          if (!socket.receive_from(buffer)) return;
          ++got;
        }
      },
      [] {
        UdpSocket socket = bind_to(0);
        for (int i = 0; i < 500; ++i) {
          REQUIRE(socket.send_to(pattern(1000), "server", kPort).ok());
          REQUIRE(socket.send_to(pattern(1000), "server", kPort + 1).ok());
        }
      });
  pair.run();
  CHECK(got == 212);  // 212,992 bytes
}

TEST_CASE("a datagram has its limits") {
  const auto run = simulate([] {
    UdpSocket socket = bind_to(kPort);
    CHECK(socket.local_address().port == kPort);
    CHECK(code(UdpSocket::bind(kPort)) == Errc::address_in_use);
    CHECK(socket.send_to(pattern(65'507), "n1", kPort).ok());
    CHECK(socket.send_to(pattern(65'508), "n1", kPort).error().code == Errc::too_large);
    CHECK(socket.send_to(pattern(1), "nobody", kPort).error().code == Errc::not_found);
    CHECK(socket.send_to(pattern(1), "10.9.9.9", kPort).error().code == Errc::unreachable);
    TcpListener no_conflict = listen_on(kPort);
    std::vector<std::byte> buffer(65'507);
    const Result<Datagram> datagram = socket.receive_from(buffer);
    REQUIRE(datagram.ok());
    CHECK(datagram->size == 65'507);
    CHECK(buffer == pattern(65'507));
    spawn("closer", [&socket] {
      sleep_for(1s);
      socket.close();
    }).detach();
    CHECK(code(socket.receive_from(buffer)) == Errc::closed);
    CHECK(socket.send_to(pattern(1), "n1", kPort).error().code == Errc::closed);
  });
  CHECK(run.verdict == Verdict::passed);
}

TEST_CASE("names resolve to addresses, and back") {
  Pair pair([] {},
            [] {
              const auto server = resolve("server", 80);
              REQUIRE(server.ok());
              REQUIRE(server->size() == 1);
              CHECK(server->front().to_string() == "10.0.0.1:80");
              CHECK(server->front().node_name() == "server");
              CHECK(resolve("client")->front().node_name() == "client");
              CHECK(resolve("localhost")->front().to_string() == "127.0.0.1:0");
              CHECK(resolve("localhost")->front().node_name() == "client");
              CHECK(resolve("192.168.1.20", 5)->front().to_string() == "192.168.1.20:5");
              CHECK(resolve("192.168.1.20")->front().node_name().empty());
              for (const char* none : {"nobody", "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1..2.3"})
                CHECK(resolve(none).error().code == Errc::not_found);
            });
  pair.run();
}
