// TCP over loopback: bytes, half-close, resets.
#include "conformance/support/calls.hpp"

using namespace norn::test;

namespace {

template <class Arm>
void both_ways(Arm& arm) {
  const Connection made = connection(arm);
  CHECK(put(arm, made.client, "question") == 8);
  CHECK(get(arm, made.server, 8) == "question");
  CHECK(put(arm, made.server, "answer") == 6);
  CHECK(get(arm, made.client, 6) == "answer");
  close_all(arm, made);
}

template <class Arm>
void no_boundaries(Arm& arm) {
  const Connection made = connection(arm);
  for (const char* part : {"a", "bc", "def"}) CHECK(put(arm, made.client, part) > 0);
  CHECK(get(arm, made.server, 6) == "abcdef");
  close_all(arm, made);
}

template <class Arm>
void end(Arm& arm) {
  const Connection made = connection(arm);
  CHECK(put(arm, made.client, "abc") == 3);
  arm.close(made.client);
  CHECK(get(arm, made.server, 100) == "abc");
  CHECK(read_once(arm, made.server) == 0);
  CHECK(read_once(arm, made.server) == 0);
  arm.close(made.server);
  arm.close(made.listening);
}

template <class Arm>
void half_close(Arm& arm) {
  const Connection made = connection(arm);
  CHECK(put(arm, made.client, "question") == 8);
  CHECK(arm.shutdown(made.client, SHUT_WR) == 0);
  CHECK(get(arm, made.server, 100) == "question");
  CHECK(put(arm, made.server, "answer") == 6);
  arm.close(made.server);
  CHECK(get(arm, made.client, 100) == "answer");
  CHECK(error(put(arm, made.client, "x")) == EPIPE);
  arm.close(made.client);
  arm.close(made.listening);
}

template <class Arm>
void shut_reading(Arm& arm) {
  const Connection made = connection(arm);
  CHECK(arm.shutdown(made.client, SHUT_RD) == 0);
  CHECK(read_once(arm, made.client) == 0);
  CHECK(put(arm, made.client, "still") == 5);
  CHECK(get(arm, made.server, 5) == "still");
  close_all(arm, made);
}

template <class Arm>
void shutdown_mistakes(Arm& arm) {
  const int fresh = arm.socket(AF_INET, SOCK_STREAM, 0);
  CHECK(error(arm.shutdown(fresh, SHUT_WR)) == ENOTCONN);
  const Connection made = connection(arm);
  CHECK(error(arm.shutdown(made.client, 77)) == EINVAL);
  CHECK(arm.shutdown(made.client, SHUT_WR) == 0);
  CHECK(arm.shutdown(made.client, SHUT_WR) == 0);
  arm.close(fresh);
  close_all(arm, made);
}

template <class Arm>
void reset_of_unread(Arm& arm) {
  const Connection made = connection(arm);
  CHECK(put(arm, made.client, "abc") == 3);
  CHECK(readable(arm, made.server));
  arm.close(made.server);  // without reading
  CHECK(readable(arm, made.client));
  CHECK(read_once(arm, made.client) == -ECONNRESET);
  CHECK(read_once(arm, made.client) == 0);  // told once
  CHECK(error(put(arm, made.client, "x")) == EPIPE);
  arm.close(made.client);
  arm.close(made.listening);
}

template <class Arm>
void write_to_closed(Arm& arm) {
  const Connection made = connection(arm);
  arm.close(made.server);
  CHECK(readable(arm, made.client));
  CHECK(put(arm, made.client, "x") == 1);  // the answer is a reset
  arm.pause();
  CHECK(error(put(arm, made.client, "y")) == EPIPE);
  CHECK(read_once(arm, made.client) == 0);
  arm.close(made.client);
  arm.close(made.listening);
}

template <class Arm>
void much(Arm& arm) {
  const Connection made = connection(arm);
  std::string all(1'000'000, '\0');
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<char>(i * 7 + i / 251);
  std::string got;
  arm.beside([&] { got = get(arm, made.server, all.size()); },
             [&] { CHECK(put(arm, made.client, all) == static_cast<ssize_t>(all.size())); });
  CHECK((got == all));
  close_all(arm, made);
}

template <class Arm>
void reader_waits(Arm& arm) {
  const Connection made = connection(arm);
  arm.beside(
      [&] {
        arm.pause();
        put(arm, made.client, "a");
        arm.pause();
        arm.close(made.client);
      },
      [&] {
        CHECK(read_once(arm, made.server) == 1);
        CHECK(read_once(arm, made.server) == 0);
      });
  arm.close(made.server);
  arm.close(made.listening);
}

template <class Arm>
void peeking(Arm& arm) {
  const Connection made = connection(arm);
  CHECK(put(arm, made.client, "a") == 1);
  CHECK(readable(arm, made.server));
  char one = 0;
  CHECK(arm.recv(made.server, &one, 1, MSG_PEEK) == 1);
  CHECK(one == 'a');
  CHECK(arm.recv(made.server, &one, 1, 0) == 1);
  CHECK(error(arm.recv(made.server, &one, 1, MSG_DONTWAIT)) == EAGAIN);
  close_all(arm, made);
}

template <class Arm>
void waiting_for_all(Arm& arm) {
  const Connection made = connection(arm);
  char ten[10] = {};
  arm.beside(
      [&] {
        put(arm, made.client, "01234");
        arm.pause();
        put(arm, made.client, "56789");
      },
      [&] { CHECK(arm.recv(made.server, ten, 10, MSG_WAITALL) == 10); });
  CHECK(std::string(ten, 10) == "0123456789");
  CHECK(put(arm, made.client, "end") == 3);
  arm.close(made.client);
  CHECK(arm.recv(made.server, ten, 10, MSG_WAITALL) == 3);
  arm.close(made.server);
  arm.close(made.listening);
}

template <class Arm>
void unread_count(Arm& arm) {
  const Connection made = connection(arm);
  CHECK(put(arm, made.client, "abc") == 3);
  CHECK(readable(arm, made.server));
  int unread = -1;
  CHECK(arm.ioctl(made.server, FIONREAD, &unread) == 0);
  CHECK(unread == 3);
  CHECK(error(arm.ioctl(made.listening, FIONREAD, &unread)) == EINVAL);
  close_all(arm, made);
}

template <class Arm>
void copies(Arm& arm) {
  const Connection made = connection(arm);
  const int copy = arm.dup(made.client);
  arm.close(made.client);
  CHECK(put(arm, copy, "abc") == 3);
  CHECK(get(arm, made.server, 3) == "abc");
  CHECK(polled(arm, made.server, POLLIN) == 0);  // no end yet
  arm.close(copy);
  CHECK(read_once(arm, made.server) == 0);
  arm.close(made.server);
  arm.close(made.listening);
}

}  // namespace

NORN_CONFORMS("a connection carries bytes both ways", both_ways)
NORN_CONFORMS("a stream has no boundaries", no_boundaries)
NORN_CONFORMS("a closed connection ends after what was written", end)
NORN_CONFORMS("half-close: one end is done, the other still answers", half_close)
NORN_CONFORMS("shutting down reading ends reads, not writes", shut_reading)
NORN_CONFORMS("shutdown says what is wrong", shutdown_mistakes)
NORN_CONFORMS("closing with bytes unread resets the peer", reset_of_unread)
NORN_CONFORMS("the second write to a closed peer is EPIPE", write_to_closed)
NORN_CONFORMS("a megabyte arrives whole and in order", much)
NORN_CONFORMS("a reader waits for bytes and for the end", reader_waits)
NORN_CONFORMS("MSG_PEEK leaves the bytes", peeking)
NORN_CONFORMS("MSG_WAITALL waits for all, or the end", waiting_for_all)
NORN_CONFORMS("FIONREAD counts what came", unread_count)
NORN_CONFORMS("a connection is closed by its last descriptor", copies)
