// Sockets within a machine (AF_UNIX).
#include "conformance/support/calls.hpp"

using namespace norn::test;

namespace {

struct Ends {
  int first = -1;
  int second = -1;
};

template <class Arm>
Ends make_pair(Arm& arm, int type = SOCK_STREAM) {
  int ends[2] = {};
  REQUIRE(arm.socketpair(AF_UNIX, type, 0, ends) == 0);
  return {.first = ends[0], .second = ends[1]};
}

template <class Arm>
int listener_at(Arm& arm, const std::string& path, int backlog = 4) {
  const int fd = arm.socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(bind_local(arm, fd, path) == 0);
  REQUIRE(arm.listen(fd, backlog) == 0);
  return fd;
}

template <class Arm>
void pair_both_ways(Arm& arm) {
  const Ends ends = make_pair(arm);
  CHECK(put(arm, ends.first, "abc") == 3);
  CHECK(put(arm, ends.first, "def") == 3);
  CHECK(get(arm, ends.second, 6) == "abcdef");
  CHECK(put(arm, ends.second, "ghi") == 3);
  CHECK(get(arm, ends.first, 3) == "ghi");
  arm.close(ends.first);
  arm.close(ends.second);
}

template <class Arm>
void pair_ends(Arm& arm) {
  const Ends ends = make_pair(arm);
  CHECK(put(arm, ends.first, "abc") == 3);
  arm.close(ends.first);
  CHECK(get(arm, ends.second, 100) == "abc");
  CHECK(read_once(arm, ends.second) == 0);
  CHECK(error(put(arm, ends.second, "x")) == EPIPE);
  arm.close(ends.second);
}

template <class Arm>
void pair_reset(Arm& arm) {
  const Ends ends = make_pair(arm);
  CHECK(put(arm, ends.first, "abc") == 3);
  arm.close(ends.second);  // unread
  CHECK(read_once(arm, ends.first) == -ECONNRESET);
  CHECK(read_once(arm, ends.first) == 0);
  CHECK(error(put(arm, ends.first, "x")) == EPIPE);
  arm.close(ends.first);
}

template <class Arm>
void half_close(Arm& arm) {
  const Ends ends = make_pair(arm);
  CHECK(put(arm, ends.first, "abc") == 3);
  CHECK(arm.shutdown(ends.first, SHUT_WR) == 0);
  CHECK(get(arm, ends.second, 100) == "abc");
  CHECK(put(arm, ends.second, "still") == 5);
  CHECK(get(arm, ends.first, 5) == "still");
  CHECK(error(put(arm, ends.first, "x")) == EPIPE);
  arm.close(ends.first);
  arm.close(ends.second);
}

template <class Arm>
void shut_reading(Arm& arm) {
  const Ends ends = make_pair(arm);
  CHECK(arm.shutdown(ends.first, SHUT_RD) == 0);
  CHECK(read_once(arm, ends.first) == 0);
  CHECK(error(put(arm, ends.second, "x")) == EPIPE);
  CHECK(put(arm, ends.first, "abc") == 3);
  CHECK(get(arm, ends.second, 3) == "abc");
  arm.close(ends.first);
  arm.close(ends.second);
}

template <class Arm>
void pair_events(Arm& arm) {
  const Ends ends = make_pair(arm);
  CHECK(polled(arm, ends.first, POLLIN | POLLOUT) == POLLOUT);
  CHECK(put(arm, ends.second, "a") == 1);
  CHECK(polled(arm, ends.first, POLLIN | POLLOUT) == (POLLIN | POLLOUT));
  CHECK(arm.shutdown(ends.second, SHUT_WR) == 0);
  CHECK(polled(arm, ends.first, POLLIN | POLLRDHUP) == (POLLIN | POLLRDHUP));
  arm.close(ends.second);
  CHECK(polled(arm, ends.first, POLLIN | POLLRDHUP) == (POLLIN | POLLRDHUP | POLLHUP));
  arm.close(ends.first);
}

template <class Arm>
void by_path(Arm& arm) {
  const std::string path = arm.path("s");
  const int listening = listener_at(arm, path);
  const int client = arm.socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(connect_local(arm, client, path) == 0);
  CHECK(put(arm, client, "early") == 5);
  const int server = arm.accept(listening, nullptr, nullptr);
  CHECK(get(arm, server, 5) == "early");
  CHECK(put(arm, server, "abc") == 3);
  CHECK(get(arm, client, 3) == "abc");
  CHECK(connect_local(arm, client, path) == EISCONN);
  for (const int fd : {client, server, listening}) arm.close(fd);
}

template <class Arm>
void no_such_path(Arm& arm) {
  const int fd = arm.socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(connect_local(arm, fd, arm.path("none")) == ENOENT);
  const int bound = arm.socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(bind_local(arm, bound, arm.path("s")) == 0);
  CHECK(connect_local(arm, fd, arm.path("s")) == ECONNREFUSED);  // it does not listen
  arm.close(bound);
  CHECK(connect_local(arm, fd, arm.path("s")) == ECONNREFUSED);  // nobody there any more
  CHECK(arm.unlink("s") == 0);
  CHECK(connect_local(arm, fd, arm.path("s")) == ENOENT);
  arm.close(fd);
}

template <class Arm>
void path_stays(Arm& arm) {
  const int first = arm.socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(bind_local(arm, first, arm.path("s")) == 0);
  CHECK(bind_local(arm, first, arm.path("t")) == EINVAL);
  const int second = arm.socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(bind_local(arm, second, arm.path("s")) == EADDRINUSE);
  arm.close(first);
  CHECK(bind_local(arm, second, arm.path("s")) == EADDRINUSE);  // until it is unlinked
  CHECK(arm.unlink("s") == 0);
  CHECK(bind_local(arm, second, arm.path("s")) == 0);
  arm.close(second);
}

template <class Arm>
void path_of_a_file(Arm& arm) {
  arm.close(arm.open("f", O_RDWR | O_CREAT));
  const int fd = arm.socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(bind_local(arm, fd, arm.path("f")) == EADDRINUSE);
  CHECK(bind_local(arm, fd, arm.path("s")) == 0);
  CHECK(error(arm.open("s", O_RDWR)) == ENXIO);
  arm.close(fd);
}

template <class Arm>
void abstract_name(Arm& arm) {
  // The machine has one space of such names for all programs that run now.
  const std::string name =
      std::string(1, '\0') + "norn" + std::to_string(::getpid()) + arm.path("x");
  const int listening = listener_at(arm, name);
  const int client = arm.socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(connect_local(arm, client, name) == 0);
  arm.close(listening);
  const int other = arm.socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(connect_local(arm, other, name) == ECONNREFUSED);
  CHECK(bind_local(arm, other, name) == 0);  // it went with its socket
  arm.close(client);
  arm.close(other);
}

template <class Arm>
void local_names(Arm& arm) {
  const std::string path = arm.path("s");
  const int listening = listener_at(arm, path);
  const int client = arm.socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(connect_local(arm, client, path) == 0);
  sockaddr_un name{};
  socklen_t length = sizeof(name);
  CHECK(arm.getpeername(client, reinterpret_cast<sockaddr*>(&name), &length) == 0);
  CHECK(std::string(name.sun_path) == path);
  CHECK(length == offsetof(sockaddr_un, sun_path) + path.size() + 1);
  length = sizeof(name);
  CHECK(arm.getsockname(client, reinterpret_cast<sockaddr*>(&name), &length) == 0);
  CHECK(length == offsetof(sockaddr_un, sun_path));  // it has none
  CHECK(name.sun_family == AF_UNIX);
  arm.close(client);
  arm.close(listening);
}

template <class Arm>
void full_backlog(Arm& arm) {
  const std::string path = arm.path("s");
  const int listening = listener_at(arm, path, 0);
  const int first = arm.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int second = arm.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CHECK(connect_local(arm, first, path) == 0);
  CHECK(connect_local(arm, second, path) == EAGAIN);
  const int server = arm.accept(listening, nullptr, nullptr);
  CHECK(connect_local(arm, second, path) == 0);
  for (const int fd : {first, second, server, listening}) arm.close(fd);
}

template <class Arm>
void backlog_is_lost(Arm& arm) {
  const std::string path = arm.path("s");
  const int listening = listener_at(arm, path);
  const int client = arm.socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(connect_local(arm, client, path) == 0);
  arm.close(listening);
  CHECK(read_once(arm, client) == -ECONNRESET);
  arm.close(client);
}

template <class Arm>
void accept_waits(Arm& arm) {
  const std::string path = arm.path("s");
  const int listening = listener_at(arm, path);
  const int client = arm.socket(AF_UNIX, SOCK_STREAM, 0);
  arm.beside(
      [&] {
        arm.pause();
        connect_local(arm, client, path);
      },
      [&] {
        CHECK(polled(arm, listening, POLLIN, kPatience) == POLLIN);
        const int server = arm.accept(listening, nullptr, nullptr);
        CHECK(server >= 0);
        arm.close(server);
      });
  arm.close(client);
  arm.close(listening);
}

template <class Arm>
void much(Arm& arm) {
  const Ends ends = make_pair(arm);
  const std::string all(2'000'000, 'x');
  std::size_t got = 0;
  arm.beside([&] { got = get(arm, ends.second, all.size()).size(); },
             [&] { CHECK(put(arm, ends.first, all) == static_cast<ssize_t>(all.size())); });
  CHECK(got == all.size());
  arm.close(ends.first);
  arm.close(ends.second);
}

template <class Arm>
void full_stream(Arm& arm) {
  const Ends ends = make_pair(arm, SOCK_STREAM | SOCK_NONBLOCK);
  const std::string much(4096, 'x');
  std::size_t sent = 0;
  ssize_t count = 0;
  while ((count = put(arm, ends.first, much)) > 0) sent += static_cast<std::size_t>(count);
  CHECK(error(count) == EAGAIN);
  CHECK(polled(arm, ends.first, POLLOUT) == 0);
  CHECK(get(arm, ends.second, sent).size() == sent);
  CHECK(polled(arm, ends.first, POLLOUT) == POLLOUT);
  arm.close(ends.first);
  arm.close(ends.second);
}

// ---- datagrams

template <class Arm>
void datagram_pair(Arm& arm) {
  const Ends ends = make_pair(arm, SOCK_DGRAM);
  CHECK(put(arm, ends.first, "abc") == 3);
  CHECK(put(arm, ends.first, "") == 0);
  CHECK(put(arm, ends.first, "defgh") == 5);
  CHECK(read_once(arm, ends.second) == 3);
  CHECK(read_once(arm, ends.second) == 0);
  CHECK(read_once(arm, ends.second, 2) == 2);  // the rest is lost
  CHECK(make_nonblocking(arm, ends.second) == 0);
  CHECK(read_once(arm, ends.second) == -EAGAIN);
  arm.close(ends.second);
  CHECK(error(put(arm, ends.first, "x")) == ECONNREFUSED);
  CHECK(error(put(arm, ends.first, "x")) == ENOTCONN);
  arm.close(ends.first);
}

template <class Arm>
void datagrams_by_path(Arm& arm) {
  const LocalName there(arm.path("there"));
  const int receiver = arm.socket(AF_UNIX, SOCK_DGRAM, 0);
  const int sender = arm.socket(AF_UNIX, SOCK_DGRAM, 0);
  CHECK(error(arm.sendto(sender, "x", 1, 0, there.get(), there.length)) == ENOENT);
  CHECK(bind_local(arm, receiver, arm.path("there")) == 0);
  CHECK(bind_local(arm, sender, arm.path("here")) == 0);
  CHECK(arm.sendto(sender, "abc", 3, 0, there.get(), there.length) == 3);
  sockaddr_un from{};
  socklen_t length = sizeof(from);
  char text[8] = {};
  CHECK(arm.recvfrom(receiver, text, 8, 0, reinterpret_cast<sockaddr*>(&from), &length) == 3);
  CHECK(std::string(from.sun_path) == arm.path("here"));
  arm.close(receiver);
  CHECK(error(arm.sendto(sender, "x", 1, 0, there.get(), there.length)) == ECONNREFUSED);
  arm.close(sender);
}

template <class Arm>
void wrong_type(Arm& arm) {
  const int listening = listener_at(arm, arm.path("s"));
  const int datagrams = arm.socket(AF_UNIX, SOCK_DGRAM, 0);
  CHECK(connect_local(arm, datagrams, arm.path("s")) == EPROTOTYPE);
  CHECK(error(arm.listen(datagrams, 1)) == EOPNOTSUPP);
  CHECK(error(put(arm, datagrams, "x")) == ENOTCONN);
  const int stream = arm.socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(error(put(arm, stream, "x")) == ENOTCONN);
  CHECK(read_once(arm, stream) == -EINVAL);
  CHECK(error(arm.listen(stream, 1)) == EINVAL);  // it has no name
  for (const int fd : {listening, datagrams, stream}) arm.close(fd);
}

template <class Arm>
void strangers_are_refused(Arm& arm) {
  const Ends ends = make_pair(arm, SOCK_DGRAM);
  const int stranger = arm.socket(AF_UNIX, SOCK_DGRAM, 0);
  CHECK(bind_local(arm, ends.first, arm.path("s")) == 0);
  CHECK(connect_local(arm, stranger, arm.path("s")) == EPERM);
  const LocalName name(arm.path("s"));
  CHECK(error(arm.sendto(stranger, "x", 1, 0, name.get(), name.length)) == EPERM);
  for (const int fd : {ends.first, ends.second, stranger}) arm.close(fd);
}

template <class Arm>
void full_queue(Arm& arm) {
  const Ends ends = make_pair(arm, SOCK_DGRAM | SOCK_NONBLOCK);
  int sent = 0;
  while (put(arm, ends.first, "x") == 1) ++sent;
  CHECK(sent >= 10);  // net.unix.max_dgram_qlen, and what the sender may hold
  CHECK(polled(arm, ends.first, POLLOUT) == 0);
  CHECK(read_once(arm, ends.second) == 1);
  CHECK(put(arm, ends.first, "x") == 1);
  arm.close(ends.first);
  arm.close(ends.second);
}

}  // namespace

NORN_CONFORMS("a local pair carries bytes both ways", pair_both_ways)
NORN_CONFORMS("a local stream ends after what was written", pair_ends)
NORN_CONFORMS("closing a local stream with bytes unread resets the peer", pair_reset)
NORN_CONFORMS("half-close of a local stream", half_close)
NORN_CONFORMS("shutting down reading of a local stream breaks the writer", shut_reading)
NORN_CONFORMS("poll of a local stream", pair_events)
NORN_CONFORMS("local streams connect by path", by_path)
NORN_CONFORMS("connecting to a path where nobody listens", no_such_path)
NORN_CONFORMS("a local socket's path is taken until it is unlinked", path_stays)
NORN_CONFORMS("a local socket's path is no file's", path_of_a_file)
NORN_CONFORMS("an abstract name goes with its socket", abstract_name)
NORN_CONFORMS("local sockets tell their names", local_names)
NORN_CONFORMS("a full local backlog is EAGAIN", full_backlog)
NORN_CONFORMS("closing a local listener resets what nobody accepted", backlog_is_lost)
NORN_CONFORMS("poll and accept wait for a local connection", accept_waits)
NORN_CONFORMS("a local stream carries much", much)
NORN_CONFORMS("a full local stream is EAGAIN until it is read", full_stream)
NORN_CONFORMS("a pair of local datagram sockets keeps boundaries, and notices a closed peer",
              datagram_pair)
NORN_CONFORMS("local datagrams go by path, with their sender's", datagrams_by_path)
NORN_CONFORMS("local sockets of the wrong type say so", wrong_type)
NORN_CONFORMS("a local datagram socket with a peer refuses strangers", strangers_are_refused)
NORN_CONFORMS("a full local datagram queue is EAGAIN until it is read", full_queue)
