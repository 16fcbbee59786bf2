// TcpStream and TcpListener, with native code at both ends.
#include <array>
#include <vector>

#include "conformance/support/native.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

namespace {

template <class Arm>
void pieces(Arm&) {
  Pair pair;
  for (const std::string_view part : {"a", "bcd", "", "ef"})
    CHECK(pair.client.write_all(bytes_of(part)).ok());
  CHECK(read_some(pair.server, 2) == "ab");
  CHECK(read_some(pair.server, 4) == "cdef");
}

template <class Arm>
void both_at_once(Arm&) {
  Pair pair;
  Task<std::string> reader = spawn("reader", [&] { return read_some(pair.client, 4); });
  CHECK(pair.client.write_all(bytes_of("to")).ok());  // while another fiber reads there
  CHECK(read_some(pair.server, 2) == "to");
  CHECK(pair.server.write_all(bytes_of("from")).ok());
  CHECK(reader.join() == "from");
}

template <class Arm>
void half_closed_both_ways(Arm&) {
  Pair pair;
  CHECK(pair.client.write_all(bytes_of("question")).ok());
  CHECK(pair.client.shutdown_write().ok());
  CHECK(read_some(pair.server, 100) == "question");
  CHECK(read_one(pair.server).value() == 0);
  CHECK(pair.server.write_all(bytes_of("answer")).ok());
  CHECK(pair.server.shutdown_write().ok());
  CHECK(read_some(pair.client, 100) == "answer");
  CHECK(why(pair.server.write(bytes_of("x"))) == Errc::closed);
}

template <class Arm>
void end_of_stream(Arm&) {
  Pair pair;
  CHECK(pair.server.write_all(bytes_of("abc")).ok());
  pair.server.close();
  CHECK(read_some(pair.client, 100) == "abc");
  CHECK(read_one(pair.client).value() == 0);
  CHECK(read_one(pair.client).value() == 0);
}

template <class Arm>
void destroying_closes(Arm&) {
  Pair pair;
  {
    const TcpStream gone = std::move(pair.server);
    CHECK_FALSE(pair.server.is_open());
    CHECK(gone.is_open());
  }
  CHECK(read_one(pair.client).value() == 0);
}

template <class Arm>
void exactly(Arm&) {
  Pair pair;
  CHECK(pair.client.write_all(bytes_of("abc")).ok());
  Task<void> rest = spawn("rest", [&] {
    sleep_for(20ms);
    CHECK(pair.client.write_all(bytes_of("defg")).ok());
    pair.client.close();
  });
  std::array<std::byte, 5> five{};
  CHECK(pair.server.read_exactly(five).ok());
  CHECK(text_of(five) == "abcde");
  CHECK(why(pair.server.read_exactly(five)) == Errc::closed);
  rest.join();
}

template <class Arm>
void nothing_asked(Arm&) {
  Pair pair;
  CHECK(pair.client.read({}).value() == 0);
  CHECK(pair.client.write({}).value() == 0);
  CHECK(pair.client.write_all({}).ok());
}

// The first write after the reset may still succeed: its peer answers with the reset.
template <class Arm>
void writing_to_a_reset_stream(Arm&) {
  Pair pair;
  CHECK(pair.client.write_all(bytes_of("unread")).ok());
  sleep_for(20ms);
  pair.server.close();
  Result<std::size_t> written = 0;
  for (int i = 0; i < 100 && written.ok(); ++i) {
    written = pair.client.write(bytes_of("x"));
    sleep_for(5ms);
  }
  CHECK(why(written) == Errc::reset);
  CHECK(why(pair.client.write(bytes_of("x"))) == Errc::reset);
  CHECK(why(read_one(pair.client)) == Errc::reset);
}

template <class Arm>
void own_end_closed(Arm&) {
  Pair pair;
  pair.client.close();
  CHECK_FALSE(pair.client.is_open());
  CHECK(why(read_one(pair.client)) == Errc::closed);
  CHECK(why(pair.client.write(bytes_of("x"))) == Errc::closed);
  pair.client.close();  // again: nothing
}

// ---- deadlines

template <class Arm>
void write_deadline(Arm& arm) {
  Pair pair;
  const std::vector<std::byte> much(std::size_t{64} << 20U);
  const TimePoint begin = now();
  pair.client.set_write_deadline(begin + 200ms);
  const auto written = pair.client.write(much);  // nobody reads
  REQUIRE(written.ok());
  CHECK(*written > 0);
  CHECK(*written < much.size());
  CHECK(took(arm, now() - begin, 200ms));
  CHECK(why(pair.client.write(much)) == Errc::timeout);
  CHECK(why(pair.client.write_all(bytes_of("x"))) == Errc::timeout);
}

template <class Arm>
void deadline_of_the_past(Arm& arm) {
  Pair pair;
  CHECK(pair.server.write_all(bytes_of("abc")).ok());
  sleep_for(20ms);
  const TimePoint begin = now();
  pair.client.set_deadline(begin - 1ns);
  CHECK(why(read_one(pair.client)) == Errc::timeout);  // though there is something
  CHECK(why(pair.client.write(bytes_of("x"))) == Errc::timeout);
  CHECK(took(arm, now() - begin, 0ns));
  pair.client.set_deadline(std::nullopt);
  CHECK(read_some(pair.client, 3) == "abc");
  CHECK(pair.client.write(bytes_of("x")).ok());
}

template <class Arm>
void deadline_while_waiting(Arm& arm) {
  Pair pair;
  const TimePoint begin = now();
  pair.client.set_read_deadline(begin + 1h);
  Task<void> other = spawn("other", [&] {
    sleep_for(50ms);
    pair.client.set_read_deadline(begin + 80ms);
  });
  CHECK(why(read_one(pair.client)) == Errc::timeout);
  CHECK(took(arm, now() - begin, 80ms));
  other.join();
}

template <class Arm>
void deadline_lifted_while_waiting(Arm&) {
  Pair pair;
  pair.client.set_read_deadline(now() + 60ms);
  Task<void> other = spawn("other", [&] {
    pair.client.set_read_deadline(std::nullopt);
    sleep_for(150ms);
    CHECK(pair.server.write_all(bytes_of("late")).ok());
  });
  CHECK(read_some(pair.client, 4) == "late");
  other.join();
}

template <class Arm>
void directions_apart(Arm&) {
  Pair pair;
  pair.client.set_read_deadline(now() - 1ns);
  CHECK(pair.client.write_all(bytes_of("abc")).ok());
  pair.client.set_read_deadline(std::nullopt);
  pair.client.set_write_deadline(now() - 1ns);
  CHECK(pair.server.write_all(bytes_of("abc")).ok());
  CHECK(read_some(pair.client, 3) == "abc");
}

// ---- closing by another fiber

template <class Arm>
void closed_while_reading(Arm&) {
  Pair pair;
  Task<void> other = spawn("other", [&] {
    sleep_for(20ms);
    pair.client.close();
  });
  CHECK(why(read_one(pair.client)) == Errc::closed);
  other.join();
  CHECK(read_one(pair.server).value() == 0);
}

template <class Arm>
void closed_while_writing(Arm&) {
  Pair pair;
  const std::vector<std::byte> much(std::size_t{64} << 20U);
  Task<void> other = spawn("other", [&] {
    sleep_for(100ms);
    pair.client.close();
  });
  CHECK(why(pair.client.write(much)) == Errc::closed);
  other.join();
}

template <class Arm>
void closed_while_accepting(Arm&) {
  TcpListener listener = std::move(*TcpListener::listen(0));
  Task<void> other = spawn("other", [&] {
    sleep_for(20ms);
    listener.close();
  });
  CHECK(why(listener.accept()) == Errc::closed);
  CHECK(why(listener.accept()) == Errc::closed);
  other.join();
}

// ---- much, and many

template <class Arm>
void large_both_ways(Arm&) {
  constexpr std::size_t kSize = std::size_t{8} << 20U;
  Pair pair;
  const auto byte_at = [](std::size_t at) { return static_cast<std::byte>(at * 7 + at / 251); };
  std::vector<std::byte> content(kSize);
  for (std::size_t i = 0; i < kSize; ++i) content[i] = byte_at(i);
  const auto receives_all = [&](TcpStream& stream) {
    std::vector<std::byte> buffer(std::size_t{256} << 10U);
    std::size_t have = 0;
    while (have < kSize) {
      const auto count = stream.read(buffer);
      if (!count || *count == 0) return false;
      for (std::size_t i = 0; i < *count; ++i) {
        if (buffer[i] != byte_at(have + i)) return false;
      }
      have += *count;
    }
    return have == kSize;
  };
  Task<bool> there = spawn("there", [&] { return receives_all(pair.server); });
  Task<bool> back = spawn("back", [&] { return receives_all(pair.client); });
  Task<bool> sends = spawn("sends", [&] { return pair.server.write_all(content).ok(); });
  CHECK(pair.client.write_all(content).ok());
  CHECK(sends.join());
  CHECK(there.join());
  CHECK(back.join());
}

template <class Arm>
void backlog(Arm&) {
  TcpListener listener = std::move(*TcpListener::listen(0, {.backlog = 16}));
  std::vector<TcpStream> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(std::move(*TcpStream::connect("localhost", listener.local_address().port)));
    CHECK(clients.back().write_all(bytes_of(std::to_string(i))).ok());
  }
  for (int i = 0; i < 8; ++i) {  // they waited, in order, with what they wrote
    TcpStream server = std::move(*listener.accept());
    CHECK(read_some(server, 1) == std::to_string(i));
  }
}

template <class Arm>
void many(Arm&) {
  constexpr int kClients = 50;
  TcpListener listener = std::move(*TcpListener::listen(0));
  const std::uint16_t port = listener.local_address().port;
  Task<void> server = spawn("server", [&] {
    std::vector<Task<void>> served;
    for (int i = 0; i < kClients; ++i) {
      served.push_back(spawn("serve", [stream = std::move(*listener.accept())]() mutable {
        const std::string line = read_some(stream, 8);
        CHECK(stream.write_all(bytes_of(line)).ok());
      }));
    }
    for (Task<void>& each : served) each.join();
  });
  std::vector<Task<bool>> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(spawn("client", [port, i] {
      const std::string line = std::to_string(10'000'000 + i);
      TcpStream stream = std::move(*TcpStream::connect("localhost", port));
      return stream.write_all(bytes_of(line)).ok() && read_some(stream, 8) == line;
    }));
  }
  for (Task<bool>& each : clients) CHECK(each.join());
  server.join();
}

// ---- names, ports and options

template <class Arm>
void addresses(Arm&) {
  Pair pair;
  CHECK(pair.client.peer_address().port == pair.listener.local_address().port);
  CHECK(pair.server.peer_address() == pair.client.local_address());
  CHECK(pair.client.peer_address() == pair.server.local_address());
  CHECK(pair.client.local_address().port != 0);
  CHECK(pair.client.local_address().ip != 0);
}

template <class Arm>
void accept_deadline(Arm& arm) {
  TcpListener listener = std::move(*TcpListener::listen(0));
  const TimePoint begin = now();
  listener.set_deadline(begin + 60ms);
  CHECK(why(listener.accept()) == Errc::timeout);
  CHECK(took(arm, now() - begin, 60ms));
  listener.set_deadline(std::nullopt);
  const auto client = TcpStream::connect("localhost", listener.local_address().port);
  CHECK(client.ok());
  CHECK(listener.accept().ok());
}

template <class Arm>
void one_listener_a_port(Arm&) {
  const std::uint16_t port = own_port();
  TcpListener first = std::move(*TcpListener::listen(port));
  CHECK(first.local_address().port == port);
  CHECK(why(TcpListener::listen(port)) == Errc::address_in_use);
  first.close();
  CHECK(TcpListener::listen(port).ok());
}

template <class Arm>
void listener_gone(Arm&) {
  const std::uint16_t port = own_port();
  TcpListener listener = std::move(*TcpListener::listen(port));
  TcpStream waiting = std::move(*TcpStream::connect("localhost", port));
  listener.close();  // nobody accepted it
  CHECK(why(read_one(waiting)) == Errc::reset);
  CHECK(why(TcpStream::connect("localhost", port)) == Errc::refused);
  CHECK(why(TcpStream::connect("localhost", port, {.timeout = 5s})) == Errc::refused);
}

template <class Arm>
void options(Arm&) {
  Pair pair;
  pair.client.set_keepalive({.idle = 1s, .interval = 1s, .count = 3});
  pair.server.set_keepalive({.idle = 0s});
  pair.client.set_user_timeout(10s);
  pair.client.set_user_timeout(0s);
  CHECK(pair.client.write_all(bytes_of("abc")).ok());
  CHECK(read_some(pair.server, 3) == "abc");
}

template <class Arm>
void own_name(Arm&) {
  TcpListener listener = std::move(*TcpListener::listen(0));
  const std::uint16_t port = listener.local_address().port;
  CHECK(TcpStream::connect("n1", port).ok());
  CHECK(TcpStream::connect("127.0.0.1", port, {.timeout = 10s}).ok());
  CHECK(TcpStream::connect(listener.local_address()).ok());
}

}  // namespace

NORN_NATIVE("what was written in pieces is read in others", pieces)
NORN_NATIVE("one fiber reads a stream while another writes", both_at_once)
NORN_NATIVE("each direction of a stream is shut by itself", half_closed_both_ways)
NORN_NATIVE("a stream that its peer closed ends, and stays ended", end_of_stream)
NORN_NATIVE("destroying a stream closes it", destroying_closes)
NORN_NATIVE("read_exactly fills its buffer or says that the stream ended", exactly)
NORN_NATIVE("reads and writes of nothing do nothing", nothing_asked)
NORN_NATIVE("writing to a stream that was reset", writing_to_a_reset_stream)
NORN_NATIVE("calls on a stream that was closed here", own_end_closed)
NORN_NATIVE("a write deadline cuts a write short", write_deadline)
NORN_NATIVE("a deadline that has passed ends calls at once", deadline_of_the_past)
NORN_NATIVE("a deadline that is set while a fiber reads ends the read", deadline_while_waiting)
NORN_NATIVE("a deadline that is lifted while a fiber reads is void", deadline_lifted_while_waiting)
NORN_NATIVE("the deadlines of the directions are apart", directions_apart)
NORN_NATIVE("a stream closed by another fiber while one reads", closed_while_reading)
NORN_NATIVE("a stream closed by another fiber while one writes", closed_while_writing)
NORN_NATIVE("a listener closed by another fiber while one accepts", closed_while_accepting)
NORN_NATIVE("eight mebibytes both ways at once", large_both_ways)
NORN_NATIVE("connections wait in the backlog, in order", backlog)
NORN_NATIVE("fifty connections at a time", many)
NORN_NATIVE("the addresses of both ends agree", addresses)
NORN_NATIVE("a deadline ends an accept, and not the listener", accept_deadline)
NORN_NATIVE("a port has one listener at a time", one_listener_a_port)
NORN_NATIVE("a listener that closes resets who waits in its backlog", listener_gone)
NORN_NATIVE("keepalive and user timeout are taken", options)
NORN_NATIVE("a node is reached by its name, its address, and what it says", own_name)
