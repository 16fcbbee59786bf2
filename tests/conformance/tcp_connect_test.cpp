// TCP over loopback: connecting, accepting, addresses.
#include "conformance/support/calls.hpp"

using namespace norn::test;

namespace {

template <class Arm>
void refused(Arm& arm) {
  const int listening = listener(arm);
  const int port = port_of(arm, listening);
  arm.close(listening);
  const int fd = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connect_to(arm, fd, port) == ECONNREFUSED);
  CHECK(get_option(arm, fd, SOL_SOCKET, SO_ERROR) == 0);  // connect() has told it
  arm.close(fd);
}

template <class Arm>
void bound_is_not_listening(Arm& arm) {
  const int bound = arm.socket(AF_INET, SOCK_STREAM, 0);
  REQUIRE(bind_to(arm, bound, 0) == 0);
  const int fd = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connect_to(arm, fd, port_of(arm, bound)) == ECONNREFUSED);
  arm.close(fd);
  arm.close(bound);
}

template <class Arm>
void connect_without_waiting(Arm& arm) {
  const int listening = listener(arm);
  const int fd = arm.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int port = port_of(arm, listening);
  CHECK(connect_to(arm, fd, port) == EINPROGRESS);
  CHECK(polled(arm, fd, POLLOUT, kPatience) == POLLOUT);
  CHECK(get_option(arm, fd, SOL_SOCKET, SO_ERROR) == 0);
  CHECK(connect_to(arm, fd, port) == 0);  // it tells of its success once
  CHECK(connect_to(arm, fd, port) == EISCONN);
  arm.close(fd);
  arm.close(listening);
}

template <class Arm>
void refused_without_waiting(Arm& arm) {
  const int listening = listener(arm);
  const int port = port_of(arm, listening);
  arm.close(listening);
  const int fd = arm.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int first = connect_to(arm, fd, port);
  CHECK((first == EINPROGRESS || first == ECONNREFUSED));  // Linux knows at once on loopback
  if (first == EINPROGRESS) {
    CHECK(polled(arm, fd, POLLOUT, kPatience) == (POLLOUT | POLLERR | POLLHUP));
    CHECK(get_option(arm, fd, SOL_SOCKET, SO_ERROR) == ECONNREFUSED);
    CHECK(get_option(arm, fd, SOL_SOCKET, SO_ERROR) == 0);
  }
  arm.close(fd);
}

template <class Arm>
void connected_twice(Arm& arm) {
  const Connection made = connection(arm);
  CHECK(connect_to(arm, made.client, made.port) == EISCONN);
  CHECK(connect_to(arm, made.server, made.port) == EISCONN);
  CHECK(error(arm.listen(made.client, 1)) == EINVAL);
  close_all(arm, made);
}

template <class Arm>
void not_connected(Arm& arm) {
  const int fd = arm.socket(AF_INET, SOCK_STREAM, 0);
  char one = 0;
  CHECK(error(arm.recv(fd, &one, 1, 0)) == ENOTCONN);
  CHECK(read_once(arm, fd) == -ENOTCONN);
  CHECK(error(arm.send(fd, "x", 1, 0)) == (Arm::kSimulated ? ENOTCONN : EPIPE));
  sockaddr_in name{};
  socklen_t length = sizeof(name);
  CHECK(error(arm.getpeername(fd, reinterpret_cast<sockaddr*>(&name), &length)) == ENOTCONN);
  CHECK(error(arm.accept(fd, nullptr, nullptr)) == EINVAL);
  arm.close(fd);
}

template <class Arm>
void names(Arm& arm) {
  const Connection made = connection(arm);
  sockaddr_in name{};
  socklen_t length = sizeof(name);
  REQUIRE(arm.getpeername(made.client, reinterpret_cast<sockaddr*>(&name), &length) == 0);
  CHECK(ntohs(name.sin_port) == made.port);
  CHECK(name.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
  CHECK(length == sizeof(name));
  REQUIRE(arm.getpeername(made.server, reinterpret_cast<sockaddr*>(&name), &length) == 0);
  CHECK(ntohs(name.sin_port) == port_of(arm, made.client));
  CHECK(port_of(arm, made.server) == made.port);
  CHECK(port_of(arm, made.client) >= 1024);
  length = 4;
  REQUIRE(arm.getsockname(made.server, reinterpret_cast<sockaddr*>(&name), &length) == 0);
  CHECK(length == sizeof(name));  // the whole length, though less was given
  close_all(arm, made);
}

template <class Arm>
void unbound_name(Arm& arm) {
  const int fd = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(port_of(arm, fd) == 0);
  CHECK(bind_to(arm, fd, 0) == 0);
  const int port = port_of(arm, fd);
  CHECK(port >= 1024);
  CHECK(bind_to(arm, fd, 0) == EINVAL);
  CHECK(port_of(arm, fd) == port);
  arm.close(fd);
}

template <class Arm>
void address_in_use(Arm& arm) {
  const int listening = listener(arm);
  const int other = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(bind_to(arm, other, port_of(arm, listening)) == EADDRINUSE);
  CHECK(set_option(arm, other, SOL_SOCKET, SO_REUSEADDR, 1) == 0);
  CHECK(bind_to(arm, other, port_of(arm, listening)) == EADDRINUSE);  // it listens
  arm.close(other);
  arm.close(listening);
}

template <class Arm>
void address_of_others(Arm& arm) {
  const int fd = arm.socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in name = loopback(0);
  name.sin_addr.s_addr = htonl(0xc0000201U);  // 192.0.2.1, RFC 5737
  CHECK(error(arm.bind(fd, as_name(name), sizeof(name))) == EADDRNOTAVAIL);
  name.sin_family = AF_UNIX;
  CHECK(error(arm.bind(fd, as_name(name), sizeof(name))) == EAFNOSUPPORT);
  CHECK(error(arm.bind(fd, as_name(name), 4)) == EINVAL);
  arm.close(fd);
}

// Over the simulated network an old acknowledgment may come last, and the reset that answers it
// ends the wait (RFC 1337 warns of it): so it is tried several times.
template <class Arm>
void time_wait(Arm& arm) {
  bool in_use = false;
  for (int i = 0; i < 8 && !in_use; ++i) {
    const Connection made = connection(arm);
    arm.close(made.server);  // closed first here: this port waits
    CHECK(readable(arm, made.client));
    arm.close(made.client);
    arm.close(made.listening);
    arm.pause();
    const int plain = arm.socket(AF_INET, SOCK_STREAM, 0);
    in_use = bind_to(arm, plain, made.port) == EADDRINUSE;
    arm.close(plain);
  }
  CHECK(in_use);
}

template <class Arm>
void time_wait_reused(Arm& arm) {
  Connection made;
  made.listening = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(set_option(arm, made.listening, SOL_SOCKET, SO_REUSEADDR, 1) == 0);
  REQUIRE(bind_to(arm, made.listening, 0) == 0);
  REQUIRE(arm.listen(made.listening, 4) == 0);
  made.port = port_of(arm, made.listening);
  made.client = arm.socket(AF_INET, SOCK_STREAM, 0);
  REQUIRE(connect_to(arm, made.client, made.port) == 0);
  made.server = arm.accept(made.listening, nullptr, nullptr);
  arm.close(made.server);
  CHECK(readable(arm, made.client));
  arm.close(made.client);
  arm.close(made.listening);
  const int again = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(set_option(arm, again, SOL_SOCKET, SO_REUSEADDR, 1) == 0);
  CHECK(bind_to(arm, again, made.port) == 0);
  CHECK(arm.listen(again, 4) == 0);
  arm.close(again);
}

template <class Arm>
void accepting_without_waiting(Arm& arm) {
  const int listening = listener(arm);
  CHECK(make_nonblocking(arm, listening) == 0);
  CHECK(error(arm.accept(listening, nullptr, nullptr)) == EAGAIN);
  const int client = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connect_to(arm, client, port_of(arm, listening)) == 0);
  CHECK(readable(arm, listening));
  const int server = arm.accept(listening, nullptr, nullptr);
  CHECK(server >= 0);
  CHECK((arm.fcntl(server, F_GETFL) & O_NONBLOCK) == 0);  // not inherited
  CHECK(error(arm.accept4(listening, nullptr, nullptr, 77)) == EINVAL);
  for (const int fd : {listening, client, server}) arm.close(fd);
}

template <class Arm>
void accepted_with_flags(Arm& arm) {
  const int listening = listener(arm);
  const int client = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connect_to(arm, client, port_of(arm, listening)) == 0);
  const int server = arm.accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  CHECK((arm.fcntl(server, F_GETFL) & O_NONBLOCK) != 0);
  CHECK(arm.fcntl(server, F_GETFD) == FD_CLOEXEC);
  CHECK(read_once(arm, server) == -EAGAIN);
  for (const int fd : {listening, client, server}) arm.close(fd);
}

template <class Arm>
void accept_order(Arm& arm) {
  const int listening = listener(arm);
  int clients[3] = {};
  for (int& client : clients) {
    client = arm.socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect_to(arm, client, port_of(arm, listening)) == 0);
    arm.pause();  // the last part of a handshake may be overtaken by the next
  }
  for (const int client : clients) {
    sockaddr_in name{};
    socklen_t length = sizeof(name);
    const int server = arm.accept(listening, reinterpret_cast<sockaddr*>(&name), &length);
    CHECK(ntohs(name.sin_port) == port_of(arm, client));
    arm.close(server);
    arm.close(client);
  }
  arm.close(listening);
}

template <class Arm>
void bytes_before_accept(Arm& arm) {
  const int listening = listener(arm);
  const int client = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connect_to(arm, client, port_of(arm, listening)) == 0);
  CHECK(put(arm, client, "early") == 5);
  arm.close(client);
  const int server = arm.accept(listening, nullptr, nullptr);
  CHECK(get(arm, server, 100) == "early");
  arm.close(server);
  arm.close(listening);
}

template <class Arm>
void backlog_reset(Arm& arm) {
  const int listening = listener(arm);
  const int client = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connect_to(arm, client, port_of(arm, listening)) == 0);
  CHECK(readable(arm, listening));
  arm.close(listening);  // nobody accepted
  CHECK(readable(arm, client));
  CHECK(read_once(arm, client) == -ECONNRESET);
  arm.close(client);
}

template <class Arm>
void listener_is_gone(Arm& arm) {
  const Connection made = connection(arm);
  arm.close(made.listening);
  CHECK(put(arm, made.client, "abc") == 3);  // what was accepted goes on
  CHECK(get(arm, made.server, 3) == "abc");
  arm.close(made.client);
  arm.close(made.server);
}

template <class Arm>
void listener_cannot_talk(Arm& arm) {
  const int listening = listener(arm);
  CHECK(read_once(arm, listening) == -ENOTCONN);
  CHECK(error(put(arm, listening, "x")) == (Arm::kSimulated ? ENOTCONN : EPIPE));
  CHECK(arm.listen(listening, 5) == 0);  // a second time
  CHECK(connect_to(arm, listening, port_of(arm, listening)) == EISCONN);
  arm.close(listening);
}

template <class Arm>
void listener_shut_down(Arm& arm) {
  const int listening = listener(arm);
  const int port = port_of(arm, listening);
  CHECK(arm.shutdown(listening, SHUT_WR) == 0);  // nothing to it
  arm.beside(
      [&] {
        arm.pause();
        arm.shutdown(listening, SHUT_RD);
      },
      [&] { CHECK(error(arm.accept(listening, nullptr, nullptr)) == EINVAL); });
  const int client = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connect_to(arm, client, port) == ECONNREFUSED);
  CHECK(get_option(arm, listening, SOL_SOCKET, SO_ACCEPTCONN) == 0);
  arm.close(client);
  arm.close(listening);
}

template <class Arm>
void kinds(Arm& arm) {
  CHECK(error(arm.socket(77, SOCK_STREAM, 0)) == EAFNOSUPPORT);
  CHECK(error(arm.socket(AF_INET, SOCK_STREAM, IPPROTO_UDP)) == EPROTONOSUPPORT);
  const int fd = arm.socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  CHECK(fd >= 0);
  int ends[2] = {};
  CHECK(error(arm.socketpair(AF_INET, SOCK_STREAM, 0, ends)) == EOPNOTSUPP);
  arm.close(fd);
}

}  // namespace

NORN_CONFORMS("connecting where nobody listens is refused", refused)
NORN_CONFORMS("a port that is bound and does not listen refuses", bound_is_not_listening)
NORN_CONFORMS("connect without waiting: in progress, then writable", connect_without_waiting)
NORN_CONFORMS("connect without waiting, refused: SO_ERROR tells", refused_without_waiting)
NORN_CONFORMS("a connected socket connects no more", connected_twice)
// On Linux a write to a TCP socket that never was connected is EPIPE; POSIX says ENOTCONN.
NORN_CONFORMS("a socket without a connection is ENOTCONN", not_connected)
NORN_CONFORMS("both ends know each other's names", names)
NORN_CONFORMS("a socket has no port until it is bound, and then one", unbound_name)
NORN_CONFORMS("a port that listens is EADDRINUSE, SO_REUSEADDR or not", address_in_use)
NORN_CONFORMS("bind takes the machine's own addresses only", address_of_others)
NORN_CONFORMS("a port in TIME-WAIT is EADDRINUSE", time_wait)
NORN_CONFORMS("a port in TIME-WAIT can be had with SO_REUSEADDR", time_wait_reused)
NORN_CONFORMS("accept without waiting is EAGAIN, and what it gives blocks",
              accepting_without_waiting)
NORN_CONFORMS("accept4 sets the flags of what it gives", accepted_with_flags)
NORN_CONFORMS("connections are accepted in order", accept_order)
NORN_CONFORMS("bytes sent before accept are there after it, and so is the end", bytes_before_accept)
NORN_CONFORMS("closing a listener resets what nobody accepted", backlog_reset)
NORN_CONFORMS("closing a listener leaves what was accepted", listener_is_gone)
NORN_CONFORMS("a listener neither reads nor writes", listener_cannot_talk)
NORN_CONFORMS("a listener that is shut down listens no more", listener_shut_down)
NORN_CONFORMS("sockets of kinds that there are not", kinds)
