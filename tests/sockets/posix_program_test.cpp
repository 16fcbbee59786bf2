// Programs in the manner of POSIX between nodes: event loops over sockets, pipes, timers and files,
// under faults.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <string>

#include "norn/posix/posix.hpp"
#include "support/two_nodes.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

namespace {

sockaddr_in node_name(std::uint32_t node, std::uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(node == 0 ? INADDR_ANY : 0x0a000000U + node);
  name.sin_port = htons(port);
  return name;
}

int call_on(int (*call)(int, const sockaddr*, socklen_t), int fd, const sockaddr_in& name) {
  return call(fd, reinterpret_cast<const sockaddr*>(&name), sizeof(name));
}

void watch(int epoll, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  REQUIRE(posix::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
}

// What a server owes one of its clients.
using Owed = std::map<int, std::string>;

void accept_all(int listener, int epoll, Owed& owed) {
  for (;;) {
    const int client = posix::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
    if (client < 0) {
      REQUIRE(errno == EAGAIN);
      return;
    }
    owed[client] = {};
    watch(epoll, client, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
  }
}

// Reads and writes until both would block; false: the connection is over.
bool echo(int client, std::string& owed) {
  std::array<char, 1000> buffer{};
  bool ended = false;
  for (;;) {
    const ssize_t count = posix::read(client, buffer.data(), buffer.size());
    if (count < 0 && errno == EAGAIN) break;
    ended = count <= 0;
    if (ended) break;
    owed.append(buffer.data(), static_cast<std::size_t>(count));
  }
  while (!owed.empty()) {
    const ssize_t count = posix::write(client, owed.data(), owed.size());
    if (count < 0) break;
    owed.erase(0, static_cast<std::size_t>(count));
  }
  return !ended || !owed.empty();
}

// An edge-triggered event loop, as in epoll(7).
void echo_server() {
  const int listener = posix::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  REQUIRE(call_on(&posix::bind, listener, node_name(0, kPort)) == 0);
  REQUIRE(posix::listen(listener, 16) == 0);
  const int epoll = posix::epoll_create1(0);
  watch(epoll, listener, EPOLLIN | EPOLLET);
  Owed owed;
  for (;;) {
    std::array<epoll_event, 4> events{};
    const int count = posix::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    REQUIRE(count > 0);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        accept_all(listener, epoll, owed);
      } else if (!echo(fd, owed.at(fd))) {
        posix::close(fd);
        owed.erase(fd);
      }
    }
  }
}

void echo_client(std::size_t size, std::uint32_t salt, int& done) {
  const auto sent = pattern(size, salt);
  const int fd = posix::socket(AF_INET, SOCK_STREAM, 0);
  REQUIRE(call_on(&posix::connect, fd, node_name(1, kPort)) == 0);
  auto writer = spawn("writer", [&] {
    CHECK(posix::write(fd, sent.data(), sent.size()) == static_cast<ssize_t>(sent.size()));
    CHECK(posix::shutdown(fd, SHUT_WR) == 0);
  });
  std::vector<std::byte> got(size + 1);
  std::size_t have = 0;
  for (ssize_t count = 1; count > 0;) {
    count = posix::read(fd, got.data() + have, got.size() - have);
    REQUIRE(count >= 0);
    have += static_cast<std::size_t>(count);
  }
  writer.join();
  got.resize(have);
  CHECK((got == sent));
  CHECK(posix::close(fd) == 0);
  ++done;
}

std::uint64_t run_echo(std::uint64_t seed, Ratio loss) {
  int done = 0;
  Simulation simulation(options(seed));
  simulation.links({.loss = loss});
  simulation.node("server", echo_server);
  for (std::uint32_t i = 0; i < 4; ++i) {
    simulation.node("client" + std::to_string(i), [&done, i] {
      sleep_for(1ms);
      echo_client(20'000 + 30'000 * i, i, done);
    });
  }
  simulation.run_for(30min);
  const RunSummary run = simulation.summary();
  INFO((run.violation ? run.violation->detail : std::string()));
  CHECK(run.verdict == Verdict::passed);
  CHECK(done == 4);
  return run.trace_hash;
}

}  // namespace

TEST_CASE("an event loop with edge-triggered epoll echoes to many, over lossy links") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    run_echo(seed, {0, 1});
    const std::uint64_t lossy = run_echo(seed, {1, 20});
    CHECK(run_echo(seed, {1, 20}) == lossy);
  }
}

TEST_CASE("a crash ends whatever a node's fibers wait for on descriptors") {
  int lives = 0;
  Simulation simulation(options());
  simulation.node("n1", [&] {
    ++lives;
    int ends[2] = {};
    REQUIRE(posix::pipe(ends) == 0);
    CHECK(ends[0] == 3);  // nothing is left of the life before
    const int event = posix::eventfd(0, 0);
    const int timer = posix::timerfd_create(CLOCK_MONOTONIC, 0);
    itimerspec period{};
    period.it_value.tv_sec = 100;
    REQUIRE(posix::timerfd_settime(timer, 0, &period, nullptr) == 0);
    const int epoll = posix::epoll_create1(0);
    watch(epoll, event, EPOLLIN);
    char byte = 0;
    auto reader = spawn("reader", [&] { posix::read(ends[0], &byte, 1); });
    auto ticker = spawn("ticker", [&] {
      std::uint64_t count = 0;
      posix::read(timer, &count, sizeof(count));
    });
    auto waiter = spawn("waiter", [&] {
      epoll_event out{};
      posix::epoll_wait(epoll, &out, 1, -1);
    });
    pollfd one{.fd = event, .events = POLLIN, .revents = 0};
    posix::poll(&one, 1, -1);
  });
  simulation.run_for(1s);
  for (int i = 0; i < 3; ++i) {
    simulation.restart("n1");
    simulation.run_for(1s);
  }
  CHECK(lives == 4);
  CHECK(simulation.summary().verdict == Verdict::passed);
}

TEST_CASE("files, sockets and the typed calls share one space of descriptors") {
  const RunSummary run = simulate([] {
    const int socket = posix::socket(AF_INET, SOCK_STREAM, 0);
    CHECK(socket == 3);
    const Result<File> file = File::open("f");
    REQUIRE(file.ok());
    const int next = posix::open("g", O_RDWR | O_CREAT);
    CHECK(next == 5);
    const Result<UdpSocket> datagrams = UdpSocket::bind();
    REQUIRE(datagrams.ok());
    CHECK(posix::eventfd(0, 0) == 7);
    for (int fd = 8; fd < 1024; ++fd) REQUIRE(posix::dup(socket) == fd);
    CHECK(posix::open("h", O_RDWR | O_CREAT) == -1);
    CHECK(errno == EMFILE);
    CHECK(File::open("h").error().message.find("Too many open files") != std::string::npos);
    int ends[2] = {};
    CHECK(posix::pipe(ends) == -1);
    CHECK(errno == EMFILE);
  });
  CHECK(run.verdict == Verdict::passed);
}

TEST_CASE("a call that waits ends with EBADF when its descriptor is closed") {
  const RunSummary run = simulate([] {
    int ends[2] = {};
    REQUIRE(posix::pipe(ends) == 0);
    const int event = posix::eventfd(0, 0);
    for (const int fd : {ends[0], event}) {
      auto reader = spawn("reader", [fd] {
        std::uint64_t value = 0;
        CHECK(posix::read(fd, &value, sizeof(value)) == -1);
        CHECK(errno == EBADF);
      });
      sleep_for(1ms);
      CHECK(posix::close(fd) == 0);
      reader.join();
    }
  });
  CHECK(run.verdict == Verdict::passed);
}

TEST_CASE("a listener on a loopback address serves its own node only") {
  bool done = false;
  Pair pair(
      [] {
        const int listener = posix::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in name = node_name(0, kPort);
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(call_on(&posix::bind, listener, name) == 0);
        REQUIRE(posix::listen(listener, 4) == 0);
        const int fd = posix::socket(AF_INET, SOCK_STREAM, 0);
        CHECK(call_on(&posix::connect, fd, name) == 0);
        sleep_for(1h);
      },
      [&] {
        const int fd = posix::socket(AF_INET, SOCK_STREAM, 0);
        CHECK(call_on(&posix::connect, fd, node_name(1, kPort)) == -1);
        CHECK(errno == ECONNREFUSED);
        done = true;
      });
  pair.run();
  CHECK(done);
}

TEST_CASE("keep-alive by its socket options gives a silent peer up") {
  bool done = false;
  Pair pair(serving_one([](TcpStream&) { sleep_for(100h); }), [&] {
    const int fd = posix::socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(call_on(&posix::connect, fd, node_name(1, kPort)) == 0);
    const auto set = [fd](int level, int option, int value) {
      REQUIRE(posix::setsockopt(fd, level, option, &value, sizeof(value)) == 0);
    };
    set(IPPROTO_TCP, TCP_KEEPIDLE, 10);
    set(IPPROTO_TCP, TCP_KEEPINTVL, 2);
    set(IPPROTO_TCP, TCP_KEEPCNT, 3);
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    const TimePoint begin = now();
    char byte = 0;
    CHECK(posix::read(fd, &byte, 1) == -1);
    CHECK(errno == ETIMEDOUT);
    CHECK(now() - begin > 10s);
    CHECK(now() - begin < 30s);
    done = true;
  });
  pair.simulation.run_for(2s);
  pair.simulation.partition({"server"}, {"client"});
  pair.run();
  CHECK(done);
}

TEST_CASE("without TCP_NODELAY small writes wait for acknowledgments") {
  for (const int no_delay : {0, 1}) {
    SimOptions recorded = options(3);
    std::uint64_t events = 0;
    Pair pair(
        serving_one([](TcpStream& stream) { CHECK(read_text(stream, 200).size() == 200); }),
        [&] {
          const int fd = posix::socket(AF_INET, SOCK_STREAM, 0);
          REQUIRE(posix::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof(no_delay)) ==
                  0);
          REQUIRE(call_on(&posix::connect, fd, node_name(1, kPort)) == 0);
          for (int i = 0; i < 200; ++i) REQUIRE(posix::write(fd, "x", 1) == 1);
          posix::close(fd);
        },
        recorded);
    events = pair.run().events;
    INFO(events);
    CHECK((events > 300) == (no_delay == 1));  // a segment a write, or a few
  }
}
