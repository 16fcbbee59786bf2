// UdpSocket and resolve().
#include <algorithm>
#include <array>
#include <vector>

#include "conformance/support/native.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

namespace {

struct Sockets {
  UdpSocket a = std::move(*UdpSocket::bind());
  UdpSocket b = std::move(*UdpSocket::bind());
  std::vector<std::byte> buffer = std::vector<std::byte>(70'000);

  Result<void> send(std::string_view text) {
    return a.send_to(bytes_of(text), "localhost", b.local_address().port);
  }
  std::string receive() {
    const auto got = b.receive_from(buffer);
    return got ? text_of(std::span(buffer).first(got->size)) : "error: " + got.error().message;
  }
};

template <class Arm>
void boundaries(Arm&) {
  Sockets pair;
  for (const std::string_view text : {"first", "2", "", "fourth"}) CHECK(pair.send(text).ok());
  std::vector<std::string> got;
  for (int i = 0; i < 4; ++i) got.push_back(pair.receive());
  std::sort(got.begin(), got.end());  // they may overtake each other
  CHECK(got == std::vector<std::string>{"", "2", "first", "fourth"});
}

template <class Arm>
void truncation(Arm&) {
  Sockets pair;
  CHECK(pair.send("0123456789").ok());
  std::array<std::byte, 4> few{};
  const auto got = pair.b.receive_from(few);
  REQUIRE(got.ok());
  CHECK(got->size == 4);
  CHECK(got->truncated);
  CHECK(text_of(few) == "0123");
  CHECK(pair.send("next").ok());  // the rest is lost
  const auto whole = pair.b.receive_from(few);
  REQUIRE(whole.ok());
  CHECK_FALSE(whole->truncated);
  CHECK(text_of(few) == "next");
}

template <class Arm>
void answering(Arm&) {
  Sockets pair;
  CHECK(pair.send("question").ok());
  const auto got = pair.b.receive_from(pair.buffer);
  REQUIRE(got.ok());
  CHECK(got->from.port == pair.a.local_address().port);
  CHECK(pair.b.send_to(bytes_of("answer"), got->from).ok());
  const auto answer = pair.a.receive_from(pair.buffer);
  REQUIRE(answer.ok());
  CHECK(text_of(std::span(pair.buffer).first(answer->size)) == "answer");
  CHECK(answer->from.port == pair.b.local_address().port);
}

template <class Arm>
void largest(Arm&) {
  Sockets pair;
  CHECK(pair.send(std::string(65'507, 'x')).ok());
  CHECK(pair.receive().size() == 65'507);
  CHECK(why(pair.send(std::string(65'508, 'x'))) == Errc::too_large);
}

template <class Arm>
void closed_while_receiving(Arm&) {
  Sockets pair;
  Task<void> other = spawn("other", [&] {
    sleep_for(20ms);
    pair.b.close();
  });
  CHECK(why(pair.b.receive_from(pair.buffer)) == Errc::closed);
  CHECK(why(pair.b.receive_from(pair.buffer)) == Errc::closed);
  CHECK(why(pair.b.send_to(bytes_of("x"), pair.a.local_address())) == Errc::closed);
  other.join();
}

template <class Arm>
void deadline(Arm& arm) {
  Sockets pair;
  const TimePoint begin = now();
  pair.b.set_read_deadline(begin + 60ms);
  CHECK(why(pair.b.receive_from(pair.buffer)) == Errc::timeout);
  CHECK(took(arm, now() - begin, 60ms));
  CHECK(why(pair.b.receive_from(pair.buffer)) == Errc::timeout);
  pair.b.set_read_deadline(std::nullopt);
  CHECK(pair.send("abc").ok());
  CHECK(pair.receive() == "abc");
}

template <class Arm>
void nobody_there(Arm&) {
  Sockets pair;
  const std::uint16_t port = pair.b.local_address().port;
  pair.b.close();
  for (int i = 0; i < 3; ++i)
    CHECK(pair.a.send_to(bytes_of("x"), "localhost", port).ok());  // and nobody says so
}

template <class Arm>
void one_socket_a_port(Arm&) {
  const std::uint16_t port = own_port();
  UdpSocket first = std::move(*UdpSocket::bind(port));
  CHECK(why(UdpSocket::bind(port)) == Errc::address_in_use);
  CHECK(TcpListener::listen(port).ok());  // another protocol
  first.close();
  CHECK(UdpSocket::bind(port).ok());
}

template <class Arm>
void waits(Arm& arm) {
  Sockets pair;
  const TimePoint begin = now();
  Task<void> sender = spawn("sender", [&] {
    sleep_for(50ms);
    CHECK(pair.send("late").ok());
  });
  CHECK(pair.receive() == "late");
  CHECK(now() - begin >= 50ms);
  static_cast<void>(arm);
  sender.join();
}

// ---- names

template <class Arm>
void names(Arm&) {
  const auto localhost = resolve("localhost", 80);
  REQUIRE(localhost.ok());
  CHECK(localhost->front() == SocketAddress{.ip = 0x7f000001U, .port = 80});
  const auto dotted = resolve("192.0.2.7", 1);
  REQUIRE(dotted.ok());
  CHECK(*dotted == std::vector{SocketAddress{.ip = 0xc0000207U, .port = 1}});
  CHECK(dotted->front().to_string() == "192.0.2.7:1");
  CHECK(dotted->front().node_name().empty());
}

template <class Arm>
void own_name(Arm& arm) {
  const auto own = resolve("n1");
  REQUIRE(own.ok());
  REQUIRE(own->size() == 1);
  CHECK(own->front().node_name() == "n1");
  // Nodes of the real world share this machine's loopback address.
  CHECK((own->front().ip == 0x7f000001U) == !arm.kSimulated);
}

template <class Arm>
void no_name(Arm&) {
  CHECK(why(resolve("")) == Errc::not_found);
  CHECK(why(resolve("a..b")) == Errc::not_found);
  CHECK(why(resolve(std::string_view("n1\0", 3))) == Errc::not_found);
  CHECK(why(TcpStream::connect("a..b", 80)) == Errc::not_found);
}

}  // namespace

NORN_NATIVE("datagrams keep their boundaries", boundaries)
NORN_NATIVE("a datagram is cut to the buffer and its rest is lost", truncation)
NORN_NATIVE("a datagram tells where an answer goes", answering)
NORN_NATIVE("the largest datagram and one that is larger", largest)
NORN_NATIVE("a datagram socket closed by another fiber while one receives", closed_while_receiving)
NORN_NATIVE("a deadline ends a receive, and not the socket", deadline)
NORN_NATIVE("datagrams to nobody are lost in silence", nobody_there)
NORN_NATIVE("a port has one datagram socket at a time", one_socket_a_port)
NORN_NATIVE("a receive waits for its datagram", waits)
NORN_NATIVE("localhost and dotted addresses resolve", names)
NORN_NATIVE("a node resolves its own name", own_name)
NORN_NATIVE("what is no name is not found", no_name)
