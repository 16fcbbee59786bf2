// The native API (TcpStream, UdpSocket, File, Timer) beside the descriptor calls, in one node: what
// one says, the other sees. Only the simulated arm exists, for native calls need a world; but the
// descriptor calls that they meet here are held against Linux by the rest of the suite.
#include <algorithm>
#include <vector>

#include "conformance/support/calls.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string read_some(TcpStream& stream, std::size_t size) {
  std::vector<std::byte> buffer(size);
  std::size_t have = 0;
  while (have < size) {
    const auto count = stream.read(std::span(buffer).subspan(have));
    if (!count || *count == 0) break;
    have += *count;
  }
  return {reinterpret_cast<const char*>(buffer.data()), have};
}

Errc why(const auto& result) {
  REQUIRE_FALSE(result.ok());
  return result.error().code;
}

// A native client, whose server's end is a descriptor.
struct Mixed {
  int listening;
  TcpStream client;
  int server;

  explicit Mixed(Simulated& arm)
      : listening(listener(arm)),
        client(std::move(
            *TcpStream::connect("localhost", static_cast<std::uint16_t>(port_of(arm, listening))))),
        server(arm.accept(listening, nullptr, nullptr)) {}
};

void order(Simulated& arm) {
  Mixed mixed(arm);
  CHECK(mixed.client.write_all(bytes_of("abc")).ok());
  CHECK(mixed.client.write_all(bytes_of("def")).ok());
  CHECK(get(arm, mixed.server, 6) == "abcdef");
  CHECK(put(arm, mixed.server, "answer") == 6);
  CHECK(read_some(mixed.client, 6) == "answer");
}

void half_close(Simulated& arm) {
  Mixed mixed(arm);
  CHECK(mixed.client.write_all(bytes_of("abc")).ok());
  CHECK(mixed.client.shutdown_write().ok());
  CHECK(get(arm, mixed.server, 10) == "abc");
  CHECK(put(arm, mixed.server, "still") == 5);
  CHECK(read_some(mixed.client, 5) == "still");
  CHECK(why(mixed.client.write(bytes_of("x"))) == Errc::closed);
}

void end(Simulated& arm) {
  Mixed mixed(arm);
  CHECK(put(arm, mixed.server, "abc") == 3);
  CHECK(arm.close(mixed.server) == 0);
  CHECK(read_some(mixed.client, 10) == "abc");
  std::byte one{};
  CHECK(mixed.client.read({&one, 1}).value() == 0);
  CHECK(mixed.client.read({&one, 1}).value() == 0);
}

void reset_of_unread(Simulated& arm) {
  Mixed mixed(arm);
  CHECK(mixed.client.write_all(bytes_of("abc")).ok());
  CHECK(readable(arm, mixed.server));
  CHECK(arm.close(mixed.server) == 0);
  std::byte one{};
  CHECK(why(mixed.client.read({&one, 1})) == Errc::reset);
  CHECK(why(mixed.client.read({&one, 1})) == Errc::reset);  // a stream goes on saying so
}

void reset_by_linger(Simulated& arm) {
  Mixed mixed(arm);
  struct linger how{};
  how.l_onoff = 1;
  CHECK(arm.setsockopt(mixed.server, SOL_SOCKET, SO_LINGER, &how, sizeof(how)) == 0);
  CHECK(arm.close(mixed.server) == 0);
  std::byte one{};
  CHECK(why(mixed.client.read({&one, 1})) == Errc::reset);
}

void native_close_with_unread(Simulated& arm) {
  Mixed mixed(arm);
  CHECK(put(arm, mixed.server, "abc") == 3);
  sleep_for(100ms);
  mixed.client.close();
  CHECK(readable(arm, mixed.server));
  CHECK(read_once(arm, mixed.server) == -ECONNRESET);
}

void refused(Simulated& arm) {
  const int listening = listener(arm);
  const auto port = static_cast<std::uint16_t>(port_of(arm, listening));
  arm.close(listening);
  CHECK(why(TcpStream::connect("localhost", port)) == Errc::refused);
}

void address_in_use(Simulated& arm) {
  const int listening = listener(arm);
  const auto port = static_cast<std::uint16_t>(port_of(arm, listening));
  CHECK(why(TcpListener::listen(port)) == Errc::address_in_use);
  CHECK(UdpSocket::bind(port).ok());  // another protocol
  arm.close(listening);
  CHECK(TcpListener::listen(port).ok());
}

// As Go's listeners, a native one has SO_REUSEADDR.
void time_wait_is_no_obstacle(Simulated& arm) {
  static_cast<void>(arm);
  for (int i = 0; i < 3; ++i) {
    TcpListener listener = std::move(*TcpListener::listen(7000));
    TcpStream client = std::move(*TcpStream::connect("localhost", 7000));
    TcpStream server = std::move(*listener.accept());
    server.close();
    CHECK(read_some(client, 1).empty());
  }
}

void deadline(Simulated& arm) {
  Mixed mixed(arm);
  const TimePoint begin = now();
  mixed.client.set_read_deadline(begin + 1s);
  std::byte one{};
  CHECK(why(mixed.client.read({&one, 1})) == Errc::timeout);
  CHECK(now() == begin + 1s);
  mixed.client.set_read_deadline(std::nullopt);
  CHECK(put(arm, mixed.server, "a") == 1);
  CHECK(read_some(mixed.client, 1) == "a");  // it stays usable
}

void datagrams(Simulated& arm) {
  const UdpSocket native = std::move(*UdpSocket::bind(7000));
  UdpSocket sender = std::move(*UdpSocket::bind());
  const int fd = arm.socket(AF_INET, SOCK_DGRAM, 0);
  REQUIRE(bind_to(arm, fd, 7001) == 0);
  CHECK(sender.send_to(bytes_of("abcdef"), "localhost", 7001).ok());
  char few[4] = {};
  CHECK(arm.recv(fd, few, 4, MSG_TRUNC) == 6);
  CHECK(why(sender.send_to(std::vector<std::byte>(65'508), "localhost", 7001)) == Errc::too_large);
}

void datagram_truncation(Simulated& arm) {
  UdpSocket native = std::move(*UdpSocket::bind(7000));
  const int fd = arm.socket(AF_INET, SOCK_DGRAM, 0);
  REQUIRE(connect_to(arm, fd, 7000) == 0);
  CHECK(put(arm, fd, "0123456789") == 10);
  std::vector<std::byte> few(4);
  const auto got = native.receive_from(few);
  REQUIRE(got.ok());
  CHECK(got->size == 4);
  CHECK(got->truncated);
  CHECK(got->from.port == port_of(arm, fd));
}

void files(Simulated& arm) {
  File file = std::move(*File::open(arm.path("f")));
  CHECK(file.append(bytes_of("abc")).ok());
  const int fd = arm.open("f", O_RDWR | O_APPEND);
  CHECK(put(arm, fd, "def") == 3);
  CHECK(file.size().value() == 6);
  CHECK(file.write_at(1, bytes_of("X")).ok());
  CHECK(get(arm, fd, 10).empty());  // its offset is at the end
  CHECK(arm.lseek(fd, 0, SEEK_SET) == 0);
  CHECK(get(arm, fd, 10) == "aXcdef");
  CHECK(file.truncate(2).ok());
  CHECK(arm.lseek(fd, 0, SEEK_END) == 2);
  CHECK(file.sync().ok());
}

void file_end(Simulated& arm) {
  File file = std::move(*File::open(arm.path("f")));
  CHECK(file.write_at(0, bytes_of("abc")).ok());
  std::vector<std::byte> buffer(10);
  CHECK(file.read_at(1, buffer).value() == 2);
  CHECK(file.read_at(3, buffer).value() == 0);
  CHECK(file.read_at(100, buffer).value() == 0);
}

void file_names(Simulated& arm) {
  CHECK(why(File::open(arm.path("f"), {.create = false})) == Errc::not_found);
  CHECK(write_file(arm.path("f"), bytes_of("old")).ok());
  CHECK(why(File::open(arm.path("f"), {.exclusive = true})) == Errc::already_exists);
  const int fd = arm.open("f", O_RDONLY);
  CHECK(write_file(arm.path("g"), bytes_of("new")).ok());
  CHECK(rename_file(arm.path("g"), arm.path("f")).ok());
  CHECK(get(arm, fd, 10) == "old");  // the file that was replaced lives while it is open
  const int other = arm.open("f", O_RDONLY);
  CHECK(get(arm, other, 10) == "new");
  CHECK(error(arm.open("g", O_RDONLY)) == ENOENT);
  CHECK(remove_file(arm.path("f")).ok());
  CHECK(error(arm.unlink("f")) == ENOENT);
}

void timers(Simulated& arm) {
  const int fd = arm.timerfd_create(CLOCK_MONOTONIC, 0);
  itimerspec value{};
  value.it_value.tv_sec = 2;
  const TimePoint begin = now();
  Timer early(1999ms);
  Timer late(2001ms);
  CHECK(arm.timerfd_settime(fd, 0, &value, nullptr) == 0);
  std::uint64_t count = 0;
  CHECK(arm.read(fd, &count, sizeof(count)) == 8);
  CHECK(now() == begin + 2s);
  CHECK(early.fired().try_receive().has_value());
  CHECK_FALSE(late.fired().try_receive().has_value());
}

void sleeping(Simulated& arm) {
  const TimePoint begin = now();
  CHECK(arm.poll(nullptr, 0, 1500) == 0);
  CHECK(now() == begin + 1500ms);
  const int epoll = arm.epoll_create1(0);
  epoll_event event{};
  CHECK(arm.epoll_wait(epoll, &event, 1, 500) == 0);
  CHECK(now() == begin + 2s);
}

}  // namespace

// NORN_NATIVE(name, body) makes a test case of the simulated arm alone.
#define NORN_NATIVE(name, body)                                   \
  TEST_CASE("native: " name) {                                    \
    norn::test::run_simulated([](Simulated& arm) { body(arm); }); \
  }

NORN_NATIVE("a stream carries bytes in order, both ways", order)
NORN_NATIVE("half-close of a stream", half_close)
NORN_NATIVE("a stream ends after what was written", end)
NORN_NATIVE("a peer that closes with bytes unread resets the stream", reset_of_unread)
NORN_NATIVE("a peer with SO_LINGER of 0 resets the stream", reset_by_linger)
NORN_NATIVE("a stream closed with bytes unread resets its peer", native_close_with_unread)
NORN_NATIVE("connecting where nobody listens is refused", refused)
NORN_NATIVE("a port that listens is in use", address_in_use)
NORN_NATIVE("a listener takes a port in TIME-WAIT", time_wait_is_no_obstacle)
NORN_NATIVE("a deadline ends a read, and not the stream", deadline)
NORN_NATIVE("datagrams reach descriptors", datagrams)
NORN_NATIVE("datagrams from descriptors, cut to the buffer", datagram_truncation)
NORN_NATIVE("a file is one, by whatever it was opened", files)
NORN_NATIVE("reads at the end of a file give nothing", file_end)
NORN_NATIVE("names of files, new, replaced and removed", file_names)
NORN_NATIVE("timers of both kinds ring in order", timers)
NORN_NATIVE("poll and epoll_wait sleep for as long as they were told", sleeping)
