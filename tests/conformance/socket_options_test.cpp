// Options of sockets.
#include <sys/time.h>

#include "conformance/support/calls.hpp"

using namespace norn::test;

namespace {

template <class Arm>
int set_linger(Arm& arm, int fd, int on, int seconds) {
  struct linger how{};
  how.l_onoff = on;
  how.l_linger = seconds;
  return error(arm.setsockopt(fd, SOL_SOCKET, SO_LINGER, &how, sizeof(how)));
}

template <class Arm>
int set_patience(Arm& arm, int fd, int option, int milliseconds) {
  timeval time{};
  time.tv_sec = milliseconds / 1000;
  time.tv_usec = milliseconds % 1000 * 1000;
  return error(arm.setsockopt(fd, SOL_SOCKET, option, &time, sizeof(time)));
}

template <class Arm>
void told_of_itself(Arm& arm) {
  const int listening = listener(arm);
  CHECK(get_option(arm, listening, SOL_SOCKET, SO_TYPE) == SOCK_STREAM);
  CHECK(get_option(arm, listening, SOL_SOCKET, SO_DOMAIN) == AF_INET);
  CHECK(get_option(arm, listening, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_TCP);
  CHECK(get_option(arm, listening, SOL_SOCKET, SO_ACCEPTCONN) == 1);
  const int datagrams = arm.socket(AF_INET, SOCK_DGRAM, 0);
  CHECK(get_option(arm, datagrams, SOL_SOCKET, SO_TYPE) == SOCK_DGRAM);
  CHECK(get_option(arm, datagrams, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_UDP);
  CHECK(get_option(arm, datagrams, SOL_SOCKET, SO_ACCEPTCONN) == 0);
  arm.close(listening);
  arm.close(datagrams);
}

template <class Arm>
void defaults(Arm& arm) {
  const int fd = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(get_option(arm, fd, SOL_SOCKET, SO_REUSEADDR) == 0);
  CHECK(get_option(arm, fd, SOL_SOCKET, SO_KEEPALIVE) == 0);
  CHECK(get_option(arm, fd, SOL_SOCKET, SO_ERROR) == 0);
  CHECK(get_option(arm, fd, IPPROTO_TCP, TCP_NODELAY) == 0);
  CHECK(get_option(arm, fd, IPPROTO_TCP, TCP_KEEPIDLE) == 7200);
  CHECK(get_option(arm, fd, IPPROTO_TCP, TCP_KEEPINTVL) == 75);
  CHECK(get_option(arm, fd, IPPROTO_TCP, TCP_KEEPCNT) == 9);
  CHECK(get_option(arm, fd, IPPROTO_TCP, TCP_USER_TIMEOUT) == 0);
  arm.close(fd);
}

template <class Arm>
void set_and_told(Arm& arm) {
  const int fd = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(set_option(arm, fd, SOL_SOCKET, SO_REUSEADDR, 7) == 0);
  CHECK(get_option(arm, fd, SOL_SOCKET, SO_REUSEADDR) == 1);
  CHECK(set_option(arm, fd, SOL_SOCKET, SO_KEEPALIVE, 1) == 0);
  CHECK(get_option(arm, fd, SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(set_option(arm, fd, IPPROTO_TCP, TCP_NODELAY, 1) == 0);
  CHECK(get_option(arm, fd, IPPROTO_TCP, TCP_NODELAY) == 1);
  CHECK(set_option(arm, fd, IPPROTO_TCP, TCP_KEEPIDLE, 5) == 0);
  CHECK(get_option(arm, fd, IPPROTO_TCP, TCP_KEEPIDLE) == 5);
  CHECK(set_option(arm, fd, IPPROTO_TCP, TCP_KEEPINTVL, 6) == 0);
  CHECK(get_option(arm, fd, IPPROTO_TCP, TCP_KEEPINTVL) == 6);
  CHECK(set_option(arm, fd, IPPROTO_TCP, TCP_KEEPCNT, 3) == 0);
  CHECK(get_option(arm, fd, IPPROTO_TCP, TCP_KEEPCNT) == 3);
  CHECK(set_option(arm, fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 1234) == 0);
  CHECK(get_option(arm, fd, IPPROTO_TCP, TCP_USER_TIMEOUT) == 1234);
  arm.close(fd);
}

template <class Arm>
void out_of_range(Arm& arm) {
  const int fd = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(set_option(arm, fd, IPPROTO_TCP, TCP_KEEPIDLE, 0) == EINVAL);
  CHECK(set_option(arm, fd, IPPROTO_TCP, TCP_KEEPIDLE, 40000) == EINVAL);
  CHECK(set_option(arm, fd, IPPROTO_TCP, TCP_KEEPINTVL, -1) == EINVAL);
  CHECK(set_option(arm, fd, IPPROTO_TCP, TCP_KEEPCNT, 128) == EINVAL);
  const int value = 1;
  CHECK(error(arm.setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, 1)) == EINVAL);
  CHECK(set_option(arm, fd, SOL_SOCKET, 7777, 1) == ENOPROTOOPT);
  CHECK(set_option(arm, fd, IPPROTO_TCP, 7777, 1) == ENOPROTOOPT);
  CHECK(get_option(arm, fd, SOL_SOCKET, 7777) == -ENOPROTOOPT);
  CHECK(set_option(arm, -1, SOL_SOCKET, SO_KEEPALIVE, 1) == EBADF);
  arm.close(fd);
}

template <class Arm>
void buffers_are_doubled(Arm& arm) {
  const int fd = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(set_option(arm, fd, SOL_SOCKET, SO_SNDBUF, 10'000) == 0);
  CHECK(get_option(arm, fd, SOL_SOCKET, SO_SNDBUF) == 20'000);
  CHECK(set_option(arm, fd, SOL_SOCKET, SO_RCVBUF, 10'000) == 0);
  CHECK(get_option(arm, fd, SOL_SOCKET, SO_RCVBUF) == 20'000);
  CHECK(set_option(arm, fd, SOL_SOCKET, SO_SNDBUF, 1) == 0);
  CHECK(get_option(arm, fd, SOL_SOCKET, SO_SNDBUF) == 4608);
  CHECK(set_option(arm, fd, SOL_SOCKET, SO_RCVBUF, 1) == 0);
  CHECK(get_option(arm, fd, SOL_SOCKET, SO_RCVBUF) == 2304);
  arm.close(fd);
}

template <class Arm>
void small_buffers_hold_little(Arm& arm) {
  const int listening = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(set_option(arm, listening, SOL_SOCKET, SO_RCVBUF, 5000) == 0);
  REQUIRE(bind_to(arm, listening, 0) == 0);
  REQUIRE(arm.listen(listening, 1) == 0);
  const int client = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(set_option(arm, client, SOL_SOCKET, SO_SNDBUF, 5000) == 0);
  CHECK(connect_to(arm, client, port_of(arm, listening)) == 0);
  CHECK(make_nonblocking(arm, client) == 0);
  const std::string page(1000, 'x');
  std::size_t sent = 0;
  for (int still = 0; still < 3;) {
    const ssize_t count = put(arm, client, page);
    sent += count > 0 ? static_cast<std::size_t>(count) : 0;
    still = count > 0 ? 0 : still + 1;
    if (count <= 0) arm.pause();
  }
  CHECK(sent >= 1000);
  CHECK(sent <= 60'000);  // without the options it would be a hundred thousand and more
  arm.close(client);
  arm.close(listening);
}

template <class Arm>
void linger_zero(Arm& arm) {
  const Connection made = connection(arm);
  CHECK(set_linger(arm, made.server, 1, 0) == 0);
  arm.close(made.server);
  CHECK(readable(arm, made.client));
  CHECK(read_once(arm, made.client) == -ECONNRESET);
  arm.close(made.client);
  arm.close(made.listening);
  const int again = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(bind_to(arm, again, made.port) == 0);  // a reset leaves no TIME-WAIT
  arm.close(again);
}

template <class Arm>
void linger_told(Arm& arm) {
  const int fd = arm.socket(AF_INET, SOCK_STREAM, 0);
  struct linger how{};
  socklen_t length = sizeof(how);
  CHECK(arm.getsockopt(fd, SOL_SOCKET, SO_LINGER, &how, &length) == 0);
  CHECK(how.l_onoff == 0);
  CHECK(set_linger(arm, fd, 1, 9) == 0);
  CHECK(arm.getsockopt(fd, SOL_SOCKET, SO_LINGER, &how, &length) == 0);
  CHECK(how.l_onoff == 1);
  CHECK(how.l_linger == 9);
  arm.close(fd);
}

template <class Arm>
void linger_delivers(Arm& arm) {
  const Connection made = connection(arm);
  CHECK(set_linger(arm, made.client, 1, 10) == 0);
  CHECK(put(arm, made.client, "last words") == 10);
  CHECK(arm.close(made.client) == 0);
  CHECK(polled(arm, made.server, POLLIN) == POLLIN);  // they are there when close() is back
  CHECK(get(arm, made.server, 100) == "last words");
  arm.close(made.server);
  arm.close(made.listening);
}

template <class Arm>
void receive_timeout(Arm& arm) {
  const Connection made = connection(arm);
  CHECK(set_patience(arm, made.server, SO_RCVTIMEO, 20) == 0);
  CHECK(read_once(arm, made.server) == -EAGAIN);
  timeval told{};
  socklen_t length = sizeof(told);
  CHECK(arm.getsockopt(made.server, SOL_SOCKET, SO_RCVTIMEO, &told, &length) == 0);
  CHECK(told.tv_sec == 0);
  CHECK(told.tv_usec == 20'000);
  CHECK(put(arm, made.client, "a") == 1);
  CHECK(set_patience(arm, made.server, SO_RCVTIMEO, kPatience) == 0);
  CHECK(read_once(arm, made.server) == 1);
  close_all(arm, made);
}

template <class Arm>
void send_timeout(Arm& arm) {
  const Connection made = connection(arm);
  CHECK(set_patience(arm, made.client, SO_SNDTIMEO, 50) == 0);
  std::string much;
  much.resize(20'000'000, 'x');
  const ssize_t sent = put(arm, made.client, much);
  CHECK(sent > 0);  // as much as there was room for
  CHECK(sent < static_cast<ssize_t>(much.size()));
  ssize_t more = 1;
  for (int i = 0; i < 20 && more > 0; ++i) more = put(arm, made.client, much);
  CHECK(error(more) == EAGAIN);
  close_all(arm, made);
}

template <class Arm>
void accept_timeout(Arm& arm) {
  const int listening = listener(arm);
  CHECK(set_patience(arm, listening, SO_RCVTIMEO, 20) == 0);
  CHECK(error(arm.accept(listening, nullptr, nullptr)) == EAGAIN);
  arm.close(listening);
}

template <class Arm>
void timeout_mistakes(Arm& arm) {
  const int fd = arm.socket(AF_INET, SOCK_DGRAM, 0);
  timeval bad{};
  bad.tv_usec = 1'000'000;
  CHECK(error(arm.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bad, sizeof(bad))) == EDOM);
  CHECK(error(arm.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bad, 4)) == EINVAL);
  arm.close(fd);
}

template <class Arm>
void inherited(Arm& arm) {
  const int listening = listener(arm);
  CHECK(set_option(arm, listening, SOL_SOCKET, SO_KEEPALIVE, 1) == 0);
  CHECK(set_option(arm, listening, IPPROTO_TCP, TCP_NODELAY, 1) == 0);
  CHECK(set_option(arm, listening, IPPROTO_TCP, TCP_KEEPIDLE, 5) == 0);
  CHECK(set_linger(arm, listening, 1, 3) == 0);
  const int client = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connect_to(arm, client, port_of(arm, listening)) == 0);
  const int server = arm.accept(listening, nullptr, nullptr);
  CHECK(get_option(arm, server, SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(get_option(arm, server, IPPROTO_TCP, TCP_NODELAY) == 1);
  CHECK(get_option(arm, server, IPPROTO_TCP, TCP_KEEPIDLE) == 5);
  for (const int fd : {server, client, listening}) arm.close(fd);
}

template <class Arm>
void delayed_small_writes_arrive(Arm& arm) {
  const Connection made = connection(arm);
  for (int i = 0; i < 20; ++i) CHECK(put(arm, made.client, "x") == 1);  // RFC 896 at work
  CHECK(get(arm, made.server, 20).size() == 20);
  CHECK(set_option(arm, made.client, IPPROTO_TCP, TCP_NODELAY, 1) == 0);
  for (int i = 0; i < 20; ++i) CHECK(put(arm, made.client, "x") == 1);
  CHECK(get(arm, made.server, 20).size() == 20);
  close_all(arm, made);
}

}  // namespace

NORN_CONFORMS("a socket tells its type, domain, protocol and whether it listens", told_of_itself)
NORN_CONFORMS("options have Linux' defaults", defaults)
NORN_CONFORMS("options are told as they were set", set_and_told)
NORN_CONFORMS("options out of range, too short or unknown are refused", out_of_range)
NORN_CONFORMS("buffer sizes are told doubled, and have a least", buffers_are_doubled)
NORN_CONFORMS("small buffers hold little", small_buffers_hold_little)
NORN_CONFORMS("SO_LINGER of 0 resets and leaves the port free", linger_zero)
NORN_CONFORMS("SO_LINGER is told as it was set", linger_told)
NORN_CONFORMS("a close that lingers is back when all has arrived", linger_delivers)
NORN_CONFORMS("SO_RCVTIMEO ends a read", receive_timeout)
NORN_CONFORMS("SO_SNDTIMEO ends a write, and tells how much went", send_timeout)
NORN_CONFORMS("SO_RCVTIMEO ends an accept", accept_timeout)
NORN_CONFORMS("SO_RCVTIMEO refuses times that are none", timeout_mistakes)
NORN_CONFORMS("what is accepted has the listener's options", inherited)
NORN_CONFORMS("small writes arrive, with and without TCP_NODELAY", delayed_small_writes_arrive)
