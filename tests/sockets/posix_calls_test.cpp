// The kernel's socket calls as a POSIX program would use them: descriptors, errno values, pointers
// and lengths.
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "norn/runtime/host/scheduler.hpp"
#include "norn/trace/describe.hpp"
#include "norn/trace/reader.hpp"
#include "support/two_nodes.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;
using host::SocketName;
using host::SocketType;

namespace {

constexpr std::uint32_t kServer = 0x0a000001U;  // 10.0.0.1, the first node

// The calls, with the caller's process filled in.
struct Posix {
  host::Scheduler& scheduler = *host::Scheduler::current();
  host::Process& process = *scheduler.running()->process;
  host::Sockets& calls = scheduler.world().sockets();

  int socket(SocketType type = SocketType::stream) const { return calls.socket(process, type); }
  int bind(int fd, std::uint16_t port, std::uint32_t address = 0) const {
    return calls.bind(process, fd, {.address = address, .port = port});
  }
  int listen(int fd) const { return calls.listen(process, fd, 5); }
  int accept(int fd) const {
    SocketName peer;
    return calls.accept(process, fd, peer);
  }
  int connect(int fd, std::uint16_t port, std::uint32_t address = kServer) const {
    return calls.connect(process, fd, {.address = address, .port = port});
  }
  std::int64_t send(int fd, std::string_view text) const {
    return calls.send(process, fd, text.data(), text.size());
  }
  std::int64_t receive(int fd, std::string& text) const {
    char buffer[256] = {};
    const std::int64_t count = calls.receive(process, fd, buffer, sizeof(buffer));
    text.assign(buffer, count > 0 ? static_cast<std::size_t>(count) : 0);
    return count;
  }
  int shutdown(int fd, host::ShutdownHow how) const { return calls.shutdown(process, fd, how); }
  int close(int fd) const { return calls.close(process, fd); }
};

}  // namespace

TEST_CASE("descriptors are the lowest free ones, from 3 on, up to a limit") {
  const auto run = simulate([] {
    const Posix posix;
    CHECK(posix.socket() == 3);
    CHECK(posix.socket(SocketType::datagram) == 4);
    CHECK(posix.socket() == 5);
    CHECK(posix.close(4) == 0);
    CHECK(posix.close(4) == -EBADF);
    CHECK(posix.socket() == 4);
    for (int fd = 6; fd < 1024; ++fd) REQUIRE(posix.socket() == fd);
    CHECK(posix.socket() == -EMFILE);
  });
  CHECK(run.verdict == Verdict::passed);
}

TEST_CASE("calls on what is no socket, or not such a one, say why") {
  const auto run = simulate([] {
    const Posix posix;
    std::string text;
    for (const int none : {-1, 0, 3, 1000}) {
      CHECK(posix.bind(none, 1) == -EBADF);
      CHECK(posix.listen(none) == -EBADF);
      CHECK(posix.accept(none) == -EBADF);
      CHECK(posix.connect(none, 1) == -EBADF);
      CHECK(posix.send(none, "x") == -EBADF);
      CHECK(posix.receive(none, text) == -EBADF);
      CHECK(posix.shutdown(none, host::ShutdownHow::both) == -EBADF);
    }
    const int stream = posix.socket();
    CHECK(posix.accept(stream) == -EINVAL);
    CHECK(posix.send(stream, "x") == -ENOTCONN);
    CHECK(posix.receive(stream, text) == -ENOTCONN);
    CHECK(posix.shutdown(stream, host::ShutdownHow::write) == -ENOTCONN);
    CHECK(posix.bind(stream, 80, 0x08080808U) == -EADDRNOTAVAIL);
    CHECK(posix.bind(stream, 80) == 0);
    CHECK(posix.bind(stream, 81) == -EINVAL);
    CHECK(posix.bind(posix.socket(), 80) == -EADDRINUSE);
    const int datagram = posix.socket(SocketType::datagram);
    CHECK(posix.bind(datagram, 80) == 0);  // another protocol
    CHECK(posix.listen(datagram) == -EOPNOTSUPP);
    CHECK(posix.send(datagram, "x") == -EDESTADDRREQ);
    CHECK(posix.connect(datagram, 80) == 0);
    CHECK(posix.send(datagram, "x") == 1);
    SocketName name;
    CHECK(posix.calls.peer_name(posix.process, stream, name) == -ENOTCONN);
    CHECK(posix.calls.local_name(posix.process, stream, name) == 0);
    CHECK(name == SocketName{.address = kServer, .port = 80});
  });
  CHECK(run.verdict == Verdict::passed);
}

TEST_CASE("a connection made by descriptors carries bytes both ways and ends in order") {
  bool done = false;
  Pair pair(
      [] {
        const Posix posix;
        const int listener = posix.socket();
        REQUIRE(posix.bind(listener, 80) == 0);
        REQUIRE(posix.listen(listener) == 0);
        const int fd = posix.accept(listener);
        REQUIRE(fd == 4);
        std::string text;
        std::string all;
        while (posix.receive(fd, text) > 0) all += text;
        CHECK(all == "question");
        CHECK(posix.send(fd, "answer") == 6);
        CHECK(posix.close(fd) == 0);
      },
      [&] {
        const Posix posix;
        const int fd = posix.socket();
        REQUIRE(posix.bind(fd, 5000) == 0);
        REQUIRE(posix.connect(fd, 80) == 0);
        CHECK(posix.connect(fd, 80) == -EISCONN);
        SocketName name;
        CHECK(posix.calls.local_name(posix.process, fd, name) == 0);
        CHECK(name.port == 5000);
        CHECK(posix.send(fd, "question") == 8);
        CHECK(posix.shutdown(fd, host::ShutdownHow::write) == 0);
        CHECK(posix.shutdown(fd, host::ShutdownHow::write) == 0);
        CHECK(posix.send(fd, "x") == -EPIPE);
        std::string text;
        std::string all;
        while (posix.receive(fd, text) > 0) all += text;
        CHECK(all == "answer");
        CHECK(posix.receive(fd, text) == 0);
        done = true;
      });
  pair.run();
  CHECK(done);
}

TEST_CASE("what broke a connection is told once, then reads end and writes are EPIPE") {
  bool done = false;
  Pair pair(serving_one([](TcpStream&) { sleep_for(100h); }), [&] {
    const Posix posix;
    const int fd = posix.socket();
    REQUIRE(posix.connect(fd, kPort) == 0);
    sleep_for(5s);
    CHECK(posix.send(fd, "x") == 1);
    std::string text;
    CHECK(posix.receive(fd, text) == -ECONNRESET);
    CHECK(posix.receive(fd, text) == 0);
    CHECK(posix.send(fd, "x") == -EPIPE);
    done = true;
  });
  pair.simulation.run_for(2s);
  pair.simulation.restart("server");
  pair.run();
  CHECK(done);
}

TEST_CASE("a socket whose connect failed may try again") {
  bool done = false;
  Pair pair(
      [] {
        sleep_for(1s);
        serving_one([](TcpStream&) { sleep_for(1h); })();
      },
      [&] {
        const Posix posix;
        const int fd = posix.socket();
        CHECK(posix.connect(fd, kPort) == -ECONNREFUSED);
        sleep_for(2s);
        CHECK(posix.connect(fd, kPort) == 0);
        done = true;
      });
  pair.run();
  CHECK(done);
}

TEST_CASE("a small receive buffer bounds what is under way") {
  std::size_t written = 0;
  Pair pair(
      [] {
        const Posix posix;
        const int listener = posix.socket();
        REQUIRE(posix.calls.set_option(posix.process, listener, host::SocketOption::receive_buffer,
                                       1000) == 0);
        REQUIRE(posix.bind(listener, kPort) == 0);
        REQUIRE(posix.listen(listener) == 0);
        const int fd = posix.accept(listener);
        REQUIRE(fd >= 0);
        sleep_for(60s);
        std::string text;
        while (posix.receive(fd, text) > 0) {
        }
      },
      [&] {
        const Posix posix;
        const int fd = posix.socket();
        CHECK(posix.calls.set_option(posix.process, fd, host::SocketOption::send_buffer, 0) ==
              -EINVAL);
        REQUIRE(posix.calls.set_option(posix.process, fd, host::SocketOption::send_buffer, 2000) ==
                0);
        REQUIRE(posix.connect(fd, kPort) == 0);
        for (int i = 0; i < 1000; ++i) {
          REQUIRE(posix.send(fd, "0123456789") == 10);
          written += 10;
        }
      });
  pair.simulation.run_for(59s);
  CHECK(written >= 2500);
  CHECK(written <= 3000);
  pair.run();
  CHECK(written == 10'000);
}

TEST_CASE("the trace tells the life of a connection, and its segments by name") {
  SimOptions recorded = options(3);
  recorded.trace.mode = trace::RecorderOptions::Mode::memory;
  Pair pair(
      serving_one([](TcpStream& stream) { CHECK(read_all(stream) == "hello"); }),
      [] {
        TcpStream stream = connect_to("server");
        write_text(stream, "hello");
        stream.close();
        CHECK_FALSE(TcpStream::connect("server", 1).ok());
      },
      recorded);
  const RunSummary run = pair.run();
  REQUIRE(run.recording != nullptr);
  const auto reader = trace::Reader::from_bytes(*run.recording);
  REQUIRE(reader.ok());
  std::string story;
  for (trace::Seq seq = 1; seq <= run.events; ++seq) {
    const auto event = reader->event(seq);
    REQUIRE(event.ok());
    if (event->kind == trace::EventKind::connection) {
      story += trace::describe(*reader, *event).substr(0, 7) + ";";
    } else if (event->kind == trace::EventKind::send && event->b != 0) {
      story += std::string(reader->string(event->text)) + ";";
    }
  }
  for (const char* part : {"listen ;", "tcp.SYN;tcp.SYN-ACK;", "connect;", "tcp.DATA;", "accept ;",
                           "close :;", "tcp.FIN;", "tcp.RST;", "refused;"}) {
    INFO(story);
    CHECK(story.find(part) != std::string::npos);
  }
}
