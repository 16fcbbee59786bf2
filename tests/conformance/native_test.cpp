// The native API (TcpStream, UdpSocket, File, Timer) beside the descriptor calls, in one node: what
// one says, the other sees.
#include <vector>

#include "conformance/support/native.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

namespace {

// A native client, whose server's end is a descriptor.
struct Mixed {
  int listening;
  TcpStream client;
  int server;

  template <class Arm>
  explicit Mixed(Arm& arm)
      : listening(listener(arm)),
        client(std::move(
            *TcpStream::connect("localhost", static_cast<std::uint16_t>(port_of(arm, listening))))),
        server(arm.accept(listening, nullptr, nullptr)) {}
};

template <class Arm>
int listener_at(Arm& arm, std::uint16_t port) {
  const int fd = arm.socket(AF_INET, SOCK_STREAM, 0);
  REQUIRE(bind_to(arm, fd, port) == 0);
  REQUIRE(arm.listen(fd, 8) == 0);
  return fd;
}

template <class Arm>
void order(Arm& arm) {
  Mixed mixed(arm);
  CHECK(mixed.client.write_all(bytes_of("abc")).ok());
  CHECK(mixed.client.write_all(bytes_of("def")).ok());
  CHECK(get(arm, mixed.server, 6) == "abcdef");
  CHECK(put(arm, mixed.server, "answer") == 6);
  CHECK(read_some(mixed.client, 6) == "answer");
}

template <class Arm>
void half_close(Arm& arm) {
  Mixed mixed(arm);
  CHECK(mixed.client.write_all(bytes_of("abc")).ok());
  CHECK(mixed.client.shutdown_write().ok());
  CHECK(get(arm, mixed.server, 10) == "abc");
  CHECK(put(arm, mixed.server, "still") == 5);
  CHECK(read_some(mixed.client, 5) == "still");
  CHECK(why(mixed.client.write(bytes_of("x"))) == Errc::closed);
}

template <class Arm>
void end(Arm& arm) {
  Mixed mixed(arm);
  CHECK(put(arm, mixed.server, "abc") == 3);
  CHECK(arm.close(mixed.server) == 0);
  CHECK(read_some(mixed.client, 10) == "abc");
  CHECK(read_one(mixed.client).value() == 0);
  CHECK(read_one(mixed.client).value() == 0);
}

template <class Arm>
void reset_of_unread(Arm& arm) {
  Mixed mixed(arm);
  CHECK(mixed.client.write_all(bytes_of("abc")).ok());
  CHECK(readable(arm, mixed.server));
  CHECK(arm.close(mixed.server) == 0);
  CHECK(why(read_one(mixed.client)) == Errc::reset);
  CHECK(why(read_one(mixed.client)) == Errc::reset);  // a stream goes on saying so
}

template <class Arm>
void reset_by_linger(Arm& arm) {
  Mixed mixed(arm);
  struct linger how{};
  how.l_onoff = 1;
  CHECK(arm.setsockopt(mixed.server, SOL_SOCKET, SO_LINGER, &how, sizeof(how)) == 0);
  CHECK(arm.close(mixed.server) == 0);
  CHECK(why(read_one(mixed.client)) == Errc::reset);
}

template <class Arm>
void native_close_with_unread(Arm& arm) {
  Mixed mixed(arm);
  CHECK(put(arm, mixed.server, "abc") == 3);
  sleep_for(100ms);
  mixed.client.close();
  CHECK(readable(arm, mixed.server));
  CHECK(read_once(arm, mixed.server) == -ECONNRESET);
}

template <class Arm>
void refused(Arm& arm) {
  const std::uint16_t port = own_port();
  const int listening = listener_at(arm, port);
  arm.close(listening);
  CHECK(why(TcpStream::connect("localhost", port)) == Errc::refused);
}

template <class Arm>
void address_in_use(Arm& arm) {
  const std::uint16_t port = own_port();
  const int listening = listener_at(arm, port);
  CHECK(why(TcpListener::listen(port)) == Errc::address_in_use);
  CHECK(UdpSocket::bind(port).ok());  // another protocol
  arm.close(listening);
  CHECK(TcpListener::listen(port).ok());
}

// As Go's listeners, a native one has SO_REUSEADDR.
template <class Arm>
void time_wait_is_no_obstacle(Arm& arm) {
  static_cast<void>(arm);
  const std::uint16_t port = own_port();
  for (int i = 0; i < 3; ++i) {
    TcpListener listener = std::move(*TcpListener::listen(port));
    TcpStream client = std::move(*TcpStream::connect("localhost", port));
    TcpStream server = std::move(*listener.accept());
    server.close();
    CHECK(read_some(client, 1).empty());
  }
}

template <class Arm>
void deadline(Arm& arm) {
  Mixed mixed(arm);
  const TimePoint begin = now();
  mixed.client.set_read_deadline(begin + 100ms);
  CHECK(why(read_one(mixed.client)) == Errc::timeout);
  CHECK(took(arm, now() - begin, 100ms));
  mixed.client.set_read_deadline(std::nullopt);
  CHECK(put(arm, mixed.server, "a") == 1);
  CHECK(read_some(mixed.client, 1) == "a");  // it stays usable
}

template <class Arm>
void datagrams(Arm& arm) {
  UdpSocket sender = std::move(*UdpSocket::bind());
  const int fd = arm.socket(AF_INET, SOCK_DGRAM, 0);
  REQUIRE(bind_to(arm, fd, 0) == 0);
  const auto port = static_cast<std::uint16_t>(port_of(arm, fd));
  CHECK(sender.send_to(bytes_of("abcdef"), "localhost", port).ok());
  char few[4] = {};
  CHECK(arm.recv(fd, few, 4, MSG_TRUNC) == 6);
  CHECK(why(sender.send_to(std::vector<std::byte>(65'508), "localhost", port)) == Errc::too_large);
}

template <class Arm>
void datagram_truncation(Arm& arm) {
  UdpSocket native = std::move(*UdpSocket::bind());
  const int fd = arm.socket(AF_INET, SOCK_DGRAM, 0);
  REQUIRE(connect_to(arm, fd, native.local_address().port) == 0);
  CHECK(put(arm, fd, "0123456789") == 10);
  std::vector<std::byte> few(4);
  const auto got = native.receive_from(few);
  REQUIRE(got.ok());
  CHECK(got->size == 4);
  CHECK(got->truncated);
  CHECK(got->from.port == port_of(arm, fd));
}

template <class Arm>
void files(Arm& arm) {
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

template <class Arm>
void file_end(Arm& arm) {
  File file = std::move(*File::open(arm.path("f")));
  CHECK(file.write_at(0, bytes_of("abc")).ok());
  std::vector<std::byte> buffer(10);
  CHECK(file.read_at(1, buffer).value() == 2);
  CHECK(file.read_at(3, buffer).value() == 0);
  CHECK(file.read_at(100, buffer).value() == 0);
}

template <class Arm>
void file_names(Arm& arm) {
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

template <class Arm>
void timers(Arm& arm) {
  const int fd = arm.timerfd_create(CLOCK_MONOTONIC, 0);
  itimerspec value{};
  value.it_value.tv_nsec = 200'000'000;
  const TimePoint begin = now();
  Timer early(100ms);
  Timer late(1min);
  CHECK(arm.timerfd_settime(fd, 0, &value, nullptr) == 0);
  std::uint64_t count = 0;
  CHECK(arm.read(fd, &count, sizeof(count)) == 8);
  CHECK(took(arm, now() - begin, 200ms));
  CHECK(early.fired().try_receive().has_value());
  CHECK_FALSE(late.fired().try_receive().has_value());
}

template <class Arm>
void sleeping(Arm& arm) {
  const TimePoint begin = now();
  CHECK(arm.poll(nullptr, 0, 150) == 0);
  CHECK(took(arm, now() - begin, 150ms));
  const int epoll = arm.epoll_create1(0);
  epoll_event event{};
  CHECK(arm.epoll_wait(epoll, &event, 1, 50) == 0);
  CHECK(took(arm, now() - begin, 200ms));
}

}  // namespace

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
