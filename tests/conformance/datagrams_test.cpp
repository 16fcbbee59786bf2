// UDP over loopback.
#include "conformance/support/calls.hpp"

using namespace norn::test;

namespace {

template <class Arm>
int bound(Arm& arm) {
  const int fd = arm.socket(AF_INET, SOCK_DGRAM, 0);
  REQUIRE(bind_to(arm, fd, 0) == 0);
  return fd;
}

template <class Arm>
ssize_t send_to(Arm& arm, int fd, std::string_view text, int port) {
  const sockaddr_in name = loopback(port);
  const ssize_t count = arm.sendto(fd, text.data(), text.size(), 0, as_name(name), sizeof(name));
  return count < 0 ? -errno : count;
}

template <class Arm>
void there_and_back(Arm& arm) {
  const int here = bound(arm);
  const int there = bound(arm);
  CHECK(send_to(arm, here, "question", port_of(arm, there)) == 8);
  sockaddr_in from{};
  socklen_t length = sizeof(from);
  char text[64] = {};
  CHECK(arm.recvfrom(there, text, sizeof(text), 0, reinterpret_cast<sockaddr*>(&from), &length) ==
        8);
  CHECK(std::string(text) == "question");
  CHECK(ntohs(from.sin_port) == port_of(arm, here));
  CHECK(from.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
  CHECK(send_to(arm, there, "answer", ntohs(from.sin_port)) == 6);
  CHECK(read_once(arm, here) == 6);
  arm.close(here);
  arm.close(there);
}

template <class Arm>
void boundaries(Arm& arm) {
  const int here = bound(arm);
  const int there = bound(arm);
  CHECK(send_to(arm, here, "abc", port_of(arm, there)) == 3);
  CHECK(readable(arm, there));
  CHECK(send_to(arm, here, "defgh", port_of(arm, there)) == 5);
  CHECK(read_once(arm, there) == 3);
  CHECK(read_once(arm, there) == 5);
  arm.close(here);
  arm.close(there);
}

template <class Arm>
void truncated(Arm& arm) {
  const int here = bound(arm);
  const int there = bound(arm);
  char text[4] = {};
  CHECK(send_to(arm, here, "0123456789", port_of(arm, there)) == 10);
  CHECK(arm.recv(there, text, 4, 0) == 4);
  CHECK(std::string(text, 4) == "0123");
  CHECK(send_to(arm, here, "0123456789", port_of(arm, there)) == 10);
  CHECK(arm.recv(there, text, 4, MSG_TRUNC) == 10);
  CHECK(error(arm.recv(there, text, 4, MSG_DONTWAIT)) == EAGAIN);  // the rest is lost
  arm.close(here);
  arm.close(there);
}

template <class Arm>
void empty(Arm& arm) {
  const int here = bound(arm);
  const int there = bound(arm);
  CHECK(send_to(arm, here, "", port_of(arm, there)) == 0);
  CHECK(readable(arm, there));
  CHECK(read_once(arm, there) == 0);  // a datagram of nothing, not an end
  CHECK(polled(arm, there, POLLIN) == 0);
  arm.close(here);
  arm.close(there);
}

template <class Arm>
void too_large(Arm& arm) {
  const int here = bound(arm);
  const int there = bound(arm);
  CHECK(send_to(arm, here, std::string(65'508, 'x'), port_of(arm, there)) == -EMSGSIZE);
  CHECK(send_to(arm, here, std::string(65'507, 'x'), port_of(arm, there)) == 65'507);
  std::string large(70'000, '\0');
  CHECK(arm.recv(there, large.data(), large.size(), 0) == 65'507);
  arm.close(here);
  arm.close(there);
}

template <class Arm>
void connected(Arm& arm) {
  const int here = bound(arm);
  const int there = bound(arm);
  const int stranger = bound(arm);
  CHECK(error(put(arm, here, "x")) == EDESTADDRREQ);
  CHECK(connect_to(arm, here, port_of(arm, there)) == 0);
  CHECK(put(arm, here, "abc") == 3);
  CHECK(read_once(arm, there) == 3);
  CHECK(send_to(arm, stranger, "no", port_of(arm, here)) == 2);
  CHECK(send_to(arm, there, "yes", port_of(arm, here)) == 3);
  CHECK(read_once(arm, here) == 3);  // from its peer only
  arm.pause();
  CHECK(polled(arm, here, POLLIN) == 0);
  sockaddr_in peer{};
  socklen_t length = sizeof(peer);
  CHECK(arm.getpeername(here, reinterpret_cast<sockaddr*>(&peer), &length) == 0);
  CHECK(ntohs(peer.sin_port) == port_of(arm, there));
  for (const int fd : {here, there, stranger}) arm.close(fd);
}

template <class Arm>
void bound_by_sending(Arm& arm) {
  const int here = arm.socket(AF_INET, SOCK_DGRAM, 0);
  const int there = bound(arm);
  CHECK(port_of(arm, here) == 0);
  CHECK(send_to(arm, here, "abc", port_of(arm, there)) == 3);
  CHECK(port_of(arm, here) >= 1024);
  CHECK(send_to(arm, here, "abc", 0) == -EINVAL);
  arm.close(here);
  arm.close(there);
}

template <class Arm>
void not_of_datagrams(Arm& arm) {
  const int fd = bound(arm);
  CHECK(error(arm.listen(fd, 1)) == EOPNOTSUPP);
  CHECK(error(arm.accept(fd, nullptr, nullptr)) == EOPNOTSUPP);
  CHECK(set_option(arm, fd, IPPROTO_TCP, TCP_NODELAY, 1) == ENOPROTOOPT);
  const int other = arm.socket(AF_INET, SOCK_DGRAM, 0);
  CHECK(bind_to(arm, other, port_of(arm, fd)) == EADDRINUSE);
  arm.close(fd);
  arm.close(other);
}

template <class Arm>
void peeked(Arm& arm) {
  const int here = bound(arm);
  const int there = bound(arm);
  CHECK(send_to(arm, here, "abc", port_of(arm, there)) == 3);
  CHECK(readable(arm, there));
  char text[8] = {};
  CHECK(arm.recv(there, text, 8, MSG_PEEK) == 3);
  int size = -1;
  CHECK(arm.ioctl(there, FIONREAD, &size) == 0);
  CHECK(size == 3);
  CHECK(arm.recv(there, text, 8, 0) == 3);
  arm.close(here);
  arm.close(there);
}

template <class Arm>
void two_protocols(Arm& arm) {
  const int listening = listener(arm);
  const int datagrams = arm.socket(AF_INET, SOCK_DGRAM, 0);
  CHECK(bind_to(arm, datagrams, port_of(arm, listening)) == 0);
  arm.close(listening);
  arm.close(datagrams);
}

template <class Arm>
void reader_waits(Arm& arm) {
  const int here = bound(arm);
  const int there = bound(arm);
  const int port = port_of(arm, there);
  arm.beside(
      [&] {
        arm.pause();
        send_to(arm, here, "abc", port);
      },
      [&] { CHECK(read_once(arm, there) == 3); });
  arm.close(here);
  arm.close(there);
}

}  // namespace

NORN_CONFORMS("datagrams go there and back, with their sender's name", there_and_back)
NORN_CONFORMS("datagrams keep their boundaries", boundaries)
NORN_CONFORMS("a datagram is cut to the buffer, and MSG_TRUNC tells how long it was", truncated)
NORN_CONFORMS("an empty datagram is one", empty)
NORN_CONFORMS("a datagram has at most 65507 bytes", too_large)
NORN_CONFORMS("a connected datagram socket talks to its peer only", connected)
NORN_CONFORMS("sending binds to a port", bound_by_sending)
NORN_CONFORMS("datagram sockets neither listen nor accept", not_of_datagrams)
NORN_CONFORMS("MSG_PEEK leaves the datagram", peeked)
NORN_CONFORMS("TCP and UDP have ports of their own", two_protocols)
NORN_CONFORMS("a reader waits for a datagram", reader_waits)
