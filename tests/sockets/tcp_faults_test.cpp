// Streams when nodes are cut off, die, or do not listen.
#include <optional>
#include <string>
#include <vector>

#include "support/two_nodes.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

namespace {

Errc code(const Result<void>& result) {
  REQUIRE_FALSE(result.ok());
  return result.error().code;
}
template <class T>
Errc code(const Result<T>& result) {
  REQUIRE_FALSE(result.ok());
  return result.error().code;
}

Errc read_code(TcpStream& stream) {
  std::byte one{};
  return code(stream.read({&one, 1}));
}

std::uint64_t bitten(const RunSummary& run, std::string_view kind) {
  for (const FaultCount& fault : run.faults) {
    if (fault.kind == kind) return fault.bit;
  }
  return 0;
}

void silent_server() {
  serving_one([](TcpStream&) { sleep_for(100h); })();
}

}  // namespace

TEST_CASE("connecting to a port where nobody listens is refused, after a round trip") {
  bool done = false;
  Pair pair([] { sleep_for(1h); },
            [&] {
              const TimePoint before = now();
              CHECK(code(TcpStream::connect("server", kPort)) == Errc::refused);
              CHECK(now() > before);
              CHECK(now() - before < 1s);
              done = true;
            });
  pair.run();
  CHECK(done);
}

TEST_CASE("connecting to what is no node is not found, or unreachable") {
  bool done = false;
  Pair pair([] {},
            [&] {
              CHECK(code(TcpStream::connect("nobody", kPort)) == Errc::not_found);
              CHECK(code(TcpStream::connect("10.0.0.77", kPort)) == Errc::unreachable);
              CHECK(code(TcpStream::connect("192.168.0.1", kPort)) == Errc::unreachable);
              done = true;
            });
  pair.run();
  CHECK(done);
}

TEST_CASE("connecting into a partition takes as long as it may, or 127 seconds") {
  std::optional<Duration> with_timeout;
  std::optional<Duration> without;
  Pair pair(silent_server, [&] {
    TimePoint begin = now();
    CHECK(code(TcpStream::connect("server", kPort, {.timeout = 2s})) == Errc::timeout);
    with_timeout = now() - begin;
    begin = now();
    CHECK(code(TcpStream::connect("server", kPort)) == Errc::timeout);
    without = now() - begin;
  });
  pair.simulation.partition({"server"}, {"client"});
  CHECK(bitten(pair.run(), "partition") == 2 + 7);  // SYNs: at 0 and 1 s; at 0, 1, 3, 7, …, 63 s
  CHECK(with_timeout == 2s);
  CHECK(without == 127s);
}

TEST_CASE("a SYN that is lost is sent again") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    bool done = false;
    Pair pair(
        silent_server,
        [&] {
          const TimePoint begin = now();
          TcpStream stream = connect_to("server");
          CHECK(now() - begin > 3s);  // the tries at 0 and 1 s are lost, that at 3 s is not
          CHECK(now() - begin < 4s);
          done = true;
        },
        seed);
    pair.simulation.partition({"server"}, {"client"});
    pair.simulation.run_for(2s);
    pair.simulation.heal();
    pair.run();
    REQUIRE(done);
  }
}

TEST_CASE("a transfer goes on when a partition is healed") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::string got;
    Pair pair(
        serving_one([&](TcpStream& stream) { got = read_all(stream); }),
        [] {
          TcpStream stream = connect_to("server");
          for (int i = 0; i < 100; ++i) {
            write_text(stream, "line " + std::to_string(i) + "\n");
            sleep_for(100ms);
          }
        },
        seed);
    pair.simulation.run_for(3s);
    pair.simulation.partition({"server"}, {"client"});
    pair.simulation.run_for(20s);
    CHECK(got.empty());
    pair.simulation.heal();
    CHECK(bitten(pair.run(), "partition") > 5);
    CHECK(got.size() == 10 * 7 + 90 * 8);
    CHECK(got.ends_with("line 98\nline 99\n"));
  }
}

TEST_CASE("a partition that lasts breaks the connection, and the stream says so from then on") {
  std::optional<Duration> broken_after;
  Pair pair(silent_server, [&] {
    TcpStream stream = connect_to("server");
    sleep_for(2s);
    const TimePoint begin = now();
    write_text(stream, "does anybody hear?");
    CHECK(read_code(stream) == Errc::timeout);
    broken_after = now() - begin;
    CHECK(read_code(stream) == Errc::timeout);
    CHECK(code(stream.write_all(bytes_of("more"))) == Errc::timeout);
  });
  pair.simulation.run_for(1s);
  pair.simulation.partition({"server"}, {"client"});
  pair.run();
  REQUIRE(broken_after.has_value());
  // Linux: 15 retransmissions, 924.6 s if the first comes after 200 ms.
  CHECK(*broken_after > 900s);
  CHECK(*broken_after < 1000s);
}

TEST_CASE("a user timeout ends the patience earlier") {
  std::optional<Duration> broken_after;
  Pair pair(silent_server, [&] {
    TcpStream stream = connect_to("server");
    stream.set_user_timeout(10s);
    sleep_for(2s);
    const TimePoint begin = now();
    write_text(stream, "does anybody hear?");
    CHECK(read_code(stream) == Errc::timeout);
    broken_after = now() - begin;
  });
  pair.simulation.run_for(1s);
  pair.simulation.partition({"server"}, {"client"});
  pair.run();
  CHECK(broken_after == 10s);
}

TEST_CASE("a connection to a crashed node stays half-open until something is sent") {
  std::optional<Errc> error;
  bool quiet = true;
  Pair pair(silent_server, [&] {
    TcpStream stream = connect_to("server");
    sleep_for(10min);  // nothing tells of the crash
    quiet = error == std::nullopt;
    write_text(stream, "are you there?");
    error = read_code(stream);
  });
  pair.simulation.run_for(1s);
  pair.simulation.crash("server");
  pair.run(1h);
  CHECK(quiet);
  CHECK(error == Errc::timeout);
}

TEST_CASE("a node that came back resets the connections of its former life") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::optional<Errc> error;
    std::optional<Duration> after;
    Pair pair(
        silent_server,
        [&] {
          TcpStream stream = connect_to("server");
          sleep_for(2s);
          const TimePoint begin = now();
          write_text(stream, "are you there?");
          error = read_code(stream);
          after = now() - begin;
          CHECK(code(stream.write_all(bytes_of("more"))) == Errc::reset);
          CHECK(read_code(stream) == Errc::reset);
          TcpStream again = connect_to("server");
        },
        seed);
    pair.simulation.run_for(1s);
    pair.simulation.restart("server");
    pair.run();
    CHECK(error == Errc::reset);
    REQUIRE(after.has_value());
    CHECK(*after < 1s);
  }
}

TEST_CASE("keepalive finds out that the peer is gone") {
  std::optional<Duration> found_after;
  Pair pair(silent_server, [&] {
    TcpStream stream = connect_to("server");
    stream.set_keepalive({.idle = 10s, .interval = 5s, .count = 3});
    const TimePoint begin = now();
    CHECK(read_code(stream) == Errc::timeout);
    found_after = now() - begin;
  });
  pair.simulation.run_for(35s);
  pair.simulation.crash("server");
  pair.run();
  REQUIRE(found_after.has_value());
  // The probes at 10, 20 and 30 s were answered; those at 40, 45 and 50 s were not.
  CHECK(*found_after > 54s);
  CHECK(*found_after < 56s);
}

TEST_CASE("keepalive leaves a peer in peace that answers") {
  Pair pair(silent_server, [] {
    TcpStream stream = connect_to("server");
    stream.set_keepalive({.idle = 1s, .interval = 1s, .count = 1});
    std::byte one{};
    stream.set_read_deadline(now() + 10min);
    CHECK(code(stream.read({&one, 1})) == Errc::timeout);
    write_text(stream, "still usable");
  });
  pair.run();
}

TEST_CASE("closing with unread data resets the connection") {
  std::optional<Errc> error;
  Pair pair(serving_one([](TcpStream&) { sleep_for(5s); }), [&] {
    TcpStream stream = connect_to("server");
    write_text(stream, "nobody will read this");
    error = read_code(stream);
  });
  pair.run();
  CHECK(error == Errc::reset);
}

TEST_CASE("what comes after the close of its reader is answered by a reset") {
  std::optional<Errc> error;
  Pair pair(serving_one([](TcpStream&) {}), [&] {
    TcpStream stream = connect_to("server");
    sleep_for(1s);
    std::byte one{};
    CHECK(*stream.read({&one, 1}) == 0);
    write_text(stream, "too late");
    sleep_for(1s);
    error = code(stream.write_all(bytes_of("much too late")));
  });
  pair.run();
  CHECK(error == Errc::reset);
}

TEST_CASE("a node that ends by itself closes its connections in good order") {
  std::string got;
  Pair pair(serving_one([](TcpStream& stream) { write_text(stream, "goodbye"); }), [&] {
    TcpStream stream = connect_to("server");
    got = read_all(stream);
    CHECK(code(TcpStream::connect("server", kPort)) == Errc::refused);
  });
  pair.run();
  CHECK(got == "goodbye");
}

TEST_CASE("a writer whose peer dies and comes back is woken by the reset") {
  std::optional<Errc> error;
  Pair pair(silent_server, [&] {
    TcpStream stream = connect_to("server");
    error = code(stream.write_all(pattern(1'000'000)));
  });
  pair.simulation.run_for(5s);
  CHECK(error == std::nullopt);
  pair.simulation.restart("server");
  pair.run();
  CHECK(error == Errc::reset);
}

TEST_CASE("a zero window opens again, also when the news of it are lost") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    std::size_t got = 0;
    Pair pair(
        serving_one([&](TcpStream& stream) {
          sleep_for(100s);
          got = read_all(stream).size();
        }),
        [] {
          TcpStream stream = connect_to("server");
          REQUIRE(stream.write_all(pattern(300'000)).ok());
        },
        seed);
    pair.simulation.run_for(99s);
    pair.simulation.partition({"server"}, {"client"});
    pair.simulation.run_for(3s);
    pair.simulation.heal();
    pair.run();
    CHECK(got == 300'000);
  }
}

TEST_CASE("all bytes arrive through partitions that come and go") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const std::vector<std::byte> sent = pattern(500'000);
    std::string got;
    Pair pair(
        serving_one([&](TcpStream& stream) { got = read_all(stream); }),
        [&] {
          TcpStream stream = connect_to("server");
          for (std::size_t at = 0; at < sent.size(); at += 5000) {
            REQUIRE(stream.write_all(std::span(sent).subspan(at, 5000)).ok());
            sleep_for(100ms);
          }
        },
        seed);
    for (int i = 0; i < 10; ++i) {
      pair.simulation.run_for(700ms);
      if (i % 2 == 0) {
        pair.simulation.partition({"server"}, {"client"});
      } else {
        pair.simulation.partition_one_way({i % 4 == 1 ? "server" : "client"},
                                          {i % 4 == 1 ? "client" : "server"});
      }
      pair.simulation.run_for(400ms);
      pair.simulation.heal();
    }
    pair.run();
    REQUIRE(got.size() == sent.size());
    CHECK(std::equal(sent.begin(), sent.end(), std::as_bytes(std::span(got)).begin()));
  }
}
