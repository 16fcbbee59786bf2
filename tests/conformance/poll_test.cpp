// poll.
#include "conformance/support/calls.hpp"

using namespace norn::test;

namespace {

template <class Arm>
void several(Arm& arm) {
  const int quiet = arm.eventfd(0, 0);
  const int ready = arm.eventfd(1, 0);
  pollfd fds[] = {{.fd = quiet, .events = POLLIN, .revents = 0},
                  {.fd = ready, .events = POLLIN, .revents = 0},
                  {.fd = quiet, .events = POLLOUT, .revents = 0}};
  CHECK(arm.poll(fds, 3, -1) == 2);
  CHECK(fds[0].revents == 0);
  CHECK(fds[1].revents == POLLIN);
  CHECK(fds[2].revents == POLLOUT);
  arm.close(quiet);
  arm.close(ready);
}

template <class Arm>
void negative_and_closed(Arm& arm) {
  const int fd = arm.eventfd(0, 0);
  arm.close(fd);
  pollfd fds[] = {{.fd = -1, .events = POLLIN, .revents = 77},
                  {.fd = fd, .events = POLLIN, .revents = 0}};
  CHECK(arm.poll(fds, 2, -1) == 1);
  CHECK(fds[0].revents == 0);
  CHECK(fds[1].revents == POLLNVAL);
}

template <class Arm>
void timeout(Arm& arm) {
  const int fd = arm.eventfd(0, 0);
  CHECK(polled(arm, fd, POLLIN, 0) == 0);
  CHECK(polled(arm, fd, POLLIN, 10) == 0);
  CHECK(arm.poll(nullptr, 0, 5) == 0);
  arm.close(fd);
}

template <class Arm>
void asked_only(Arm& arm) {
  const int fd = arm.eventfd(1, 0);
  CHECK(polled(arm, fd, 0) == 0);
  CHECK(polled(arm, fd, POLLOUT) == POLLOUT);
  CHECK(polled(arm, fd, POLLIN | POLLPRI) == POLLIN);
  arm.close(fd);
}

template <class Arm>
void first_of_two(Arm& arm) {
  int ends[2] = {};
  REQUIRE(arm.pipe(ends) == 0);
  const int event = arm.eventfd(0, 0);
  arm.beside(
      [&] {
        arm.pause();
        const std::uint64_t one = 1;
        arm.write(event, &one, sizeof(one));
      },
      [&] {
        pollfd fds[] = {{.fd = ends[0], .events = POLLIN, .revents = 0},
                        {.fd = event, .events = POLLIN, .revents = 0}};
        CHECK(arm.poll(fds, 2, kPatience) == 1);
        CHECK(fds[0].revents == 0);
        CHECK(fds[1].revents == POLLIN);
      });
  for (const int fd : {ends[0], ends[1], event}) arm.close(fd);
}

template <class Arm>
void two_polls(Arm& arm) {
  const int event = arm.eventfd(0, 0);
  short other = 0;
  arm.beside([&] { other = polled(arm, event, POLLIN, kPatience); },
             [&] {
               arm.pause();
               const std::uint64_t one = 1;
               CHECK(arm.write(event, &one, sizeof(one)) == 8);
               CHECK(polled(arm, event, POLLIN, kPatience) == POLLIN);
             });
  CHECK(other == POLLIN);
  arm.close(event);
}

template <class Arm>
void fresh_socket(Arm& arm) {
  const int fd = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(polled(arm, fd, POLLIN | POLLOUT) == (POLLOUT | POLLHUP));
  const int listening = listener(arm);
  CHECK(polled(arm, listening, POLLIN | POLLOUT) == 0);
  const int datagrams = arm.socket(AF_INET, SOCK_DGRAM, 0);
  CHECK(polled(arm, datagrams, POLLIN | POLLOUT) == POLLOUT);
  for (const int each : {fd, listening, datagrams}) arm.close(each);
}

template <class Arm>
void connection_comes(Arm& arm) {
  const int listening = listener(arm);
  const int client = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connect_to(arm, client, port_of(arm, listening)) == 0);
  CHECK(polled(arm, listening, POLLIN, kPatience) == POLLIN);
  const int server = arm.accept(listening, nullptr, nullptr);
  CHECK(polled(arm, listening, POLLIN) == 0);
  CHECK(polled(arm, server, POLLIN | POLLOUT) == POLLOUT);
  for (const int fd : {listening, client, server}) arm.close(fd);
}

template <class Arm>
void stream_events(Arm& arm) {
  const Connection made = connection(arm);
  CHECK(polled(arm, made.server, POLLIN) == 0);
  CHECK(put(arm, made.client, "abc") == 3);
  CHECK(polled(arm, made.server, POLLIN, kPatience) == POLLIN);
  CHECK(get(arm, made.server, 3) == "abc");
  CHECK(polled(arm, made.server, POLLIN) == 0);
  CHECK(arm.shutdown(made.client, SHUT_WR) == 0);
  CHECK(polled(arm, made.server, POLLIN | POLLRDHUP, kPatience) == (POLLIN | POLLRDHUP));
  CHECK(arm.shutdown(made.server, SHUT_WR) == 0);
  CHECK(polled(arm, made.server, POLLIN | POLLRDHUP, kPatience) == (POLLIN | POLLRDHUP | POLLHUP));
  close_all(arm, made);
}

template <class Arm>
void reset_events(Arm& arm) {
  const Connection made = connection(arm);
  CHECK(put(arm, made.client, "abc") == 3);
  CHECK(readable(arm, made.server));
  arm.close(made.server);  // with bytes unread
  CHECK(polled(arm, made.client, POLLIN, kPatience) == (POLLIN | POLLERR | POLLHUP));
  CHECK(get_option(arm, made.client, SOL_SOCKET, SO_ERROR) == ECONNRESET);
  CHECK(polled(arm, made.client, POLLIN) == (POLLIN | POLLHUP));
  arm.close(made.client);
  arm.close(made.listening);
}

template <class Arm>
void full_stream(Arm& arm) {
  const Connection made = connection(arm);
  CHECK(make_nonblocking(arm, made.client) == 0);
  const std::string much(1 << 20, 'x');
  std::size_t sent = 0;
  for (int still = 0; still < 3;) {  // what is under way moves on to the receiver
    const ssize_t count = put(arm, made.client, much);
    if (count > 0) {
      sent += static_cast<std::size_t>(count);
      still = 0;
    } else {
      CHECK(errno == EAGAIN);
      ++still;
      arm.pause();
    }
  }
  CHECK(polled(arm, made.client, POLLOUT) == 0);
  CHECK(get(arm, made.server, sent).size() == sent);
  CHECK(polled(arm, made.client, POLLOUT, kPatience) == POLLOUT);
  close_all(arm, made);
}

}  // namespace

NORN_CONFORMS("poll tells of each descriptor what holds", several)
NORN_CONFORMS("poll passes over negative numbers, and names those that are not open",
              negative_and_closed)
NORN_CONFORMS("poll gives up after its timeout", timeout)
NORN_CONFORMS("poll tells only what was asked", asked_only)
NORN_CONFORMS("poll wakes at the first of several", first_of_two)
NORN_CONFORMS("two polls of one descriptor both wake", two_polls)
NORN_CONFORMS("poll of sockets that have done nothing yet", fresh_socket)
NORN_CONFORMS("poll of a listener tells of connections", connection_comes)
NORN_CONFORMS("poll of a stream tells of bytes and of both ends", stream_events)
NORN_CONFORMS("poll of a broken stream tells of the error until it is taken", reset_events)
NORN_CONFORMS("poll tells when a full stream has room again", full_stream)
