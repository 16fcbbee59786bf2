#include "norn/runtime/tcp.hpp"

#include <set>
#include <string>
#include <vector>

#include "support/two_nodes.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

namespace {

// Gives back what comes, until the end of the stream.
void echo(TcpStream& stream) {
  std::vector<std::byte> buffer(1000);
  for (;;) {
    const Result<std::size_t> count = stream.read(buffer);
    if (!count.ok() || *count == 0) return;
    if (!stream.write_all(std::span(buffer).first(*count)).ok()) return;
  }
}

void echo_server() {
  TcpListener listener = listen_on();
  for (;;) {
    Result<TcpStream> stream = listener.accept();
    if (!stream) return;
    spawn("echo", [own = std::move(*stream)]() mutable { echo(own); }).detach();
  }
}

}  // namespace

TEST_CASE("what is written to an echo server comes back") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    bool done = false;
    Pair pair(
        echo_server,
        [&] {
          TcpStream stream = connect_to("server");
          for (int i = 0; i < 20; ++i) {
            const std::string text = "hello " + std::to_string(i);
            write_text(stream, text);
            CHECK(read_text(stream, text.size()) == text);
          }
          done = true;
        },
        seed);
    pair.run();
    REQUIRE(done);
  }
}

TEST_CASE("many streams at once do not mix") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    int done = 0;
    Pair pair(
        echo_server,
        [&] {
          for (std::uint32_t i = 0; i < 100; ++i) {
            spawn("talker", [&done, i] {
              TcpStream stream = connect_to("server");
              const std::vector<std::byte> sent = pattern(3000, i);
              REQUIRE(stream.write_all(sent).ok());
              std::vector<std::byte> got(sent.size());
              REQUIRE(stream.read_exactly(got).ok());
              CHECK(got == sent);
              ++done;
            }).detach();
          }
        },
        seed);
    pair.run();
    REQUIRE(done == 100);
  }
}

TEST_CASE("both ends know each other's address") {
  SocketAddress server_sees;
  SocketAddress server_is;
  Pair pair(serving_one([&](TcpStream& stream) {
              server_sees = stream.peer_address();
              server_is = stream.local_address();
              CHECK(server_sees.node_name() == "client");
            }),
            [&] {
              TcpStream stream = connect_to("server");
              sleep_for(1s);
              CHECK(stream.peer_address() == server_is);
              CHECK(stream.local_address() == server_sees);
              CHECK(stream.peer_address().to_string() == "10.0.0.1:7000");
              CHECK(stream.local_address().node_name() == "client");
              CHECK(stream.local_address().port >= 32768);
            });
  pair.run();
  CHECK(server_sees.port != 0);
}

TEST_CASE("a node may connect to itself, by its name and by localhost") {
  int greetings = 0;
  const auto run = simulate([&] {
    TcpListener listener = listen_on();
    spawn("server", [&] {
      for (int i = 0; i < 2; ++i) {
        Result<TcpStream> stream = listener.accept();
        REQUIRE(stream.ok());
        write_text(*stream, "hello");
      }
    }).detach();
    for (const char* name : {"n1", "localhost"}) {
      TcpStream stream = connect_to(name);
      greetings += read_all(stream) == "hello" ? 1 : 0;
    }
  });
  CHECK(run.verdict == Verdict::passed);
  CHECK(greetings == 2);
}

TEST_CASE("the end of the stream is a read of nothing, after all that was written") {
  Pair pair(serving_one([](TcpStream& stream) { write_text(stream, "the last words"); }), [] {
    TcpStream stream = connect_to("server");
    sleep_for(1s);
    CHECK(read_all(stream) == "the last words");
    std::byte one{};
    CHECK(*stream.read({&one, 1}) == 0);  // and again
  });
  pair.run();
}

TEST_CASE("read_exactly says that the stream ended too early") {
  Pair pair(serving_one([](TcpStream& stream) { write_text(stream, "123"); }), [] {
    TcpStream stream = connect_to("server");
    std::vector<std::byte> five(5);
    const Result<void> read = stream.read_exactly(five);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code == Errc::closed);
    CHECK(read.error().message.find("2 bytes too early") != std::string::npos);
  });
  pair.run();
}

TEST_CASE("after a half-close the other direction goes on") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    bool done = false;
    Pair pair(
        serving_one([](TcpStream& stream) {
          const std::string question = read_all(stream);
          sleep_for(5s);
          write_text(stream, "you said " + question);
        }),
        [&] {
          TcpStream stream = connect_to("server");
          write_text(stream, "something");
          REQUIRE(stream.shutdown_write().ok());
          CHECK(stream.write(bytes_of("more")).error().code == Errc::closed);
          CHECK(read_all(stream) == "you said something");
          done = true;
        },
        seed);
    pair.run();
    REQUIRE(done);
  }
}

TEST_CASE("one write comes in pieces of every size, over the seeds") {
  std::set<std::size_t> sizes;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Pair pair(
        serving_one([](TcpStream& stream) { write_text(stream, "12345678"); }),
        [&] {
          TcpStream stream = connect_to("server");
          std::vector<std::byte> buffer(8);
          const Result<std::size_t> count = stream.read(buffer);
          REQUIRE(count.ok());
          sizes.insert(*count);
        },
        seed);
    pair.run(1min);
  }
  CHECK(sizes == std::set<std::size_t>{1, 2, 3, 4, 5, 6, 7, 8});
}

TEST_CASE("several writes come in one piece at times") {
  bool joined = false;
  Pair pair(serving_one([](TcpStream& stream) {
              for (int i = 0; i < 10; ++i) write_text(stream, "1234");
              sleep_for(1min);
            }),
            [&] {
              TcpStream stream = connect_to("server");
              sleep_for(1s);
              std::vector<std::byte> buffer(100);
              for (std::size_t all = 0; all < 40;) {
                const Result<std::size_t> count = stream.read(buffer);
                REQUIRE(count.ok());
                joined = joined || *count > 4;
                all += *count;
              }
            });
  pair.run();
  CHECK(joined);
}

TEST_CASE("all bytes arrive in order under loss, duplication and reordering") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const std::vector<std::byte> sent = pattern(200'000);
    std::vector<std::byte> got;
    Pair pair(
        serving_one([&](TcpStream& stream) {
          std::vector<std::byte> buffer(5000);
          for (;;) {
            const Result<std::size_t> count = stream.read(buffer);
            REQUIRE(count.ok());
            if (*count == 0) return;
            got.insert(got.end(), buffer.begin(),
                       buffer.begin() + static_cast<std::ptrdiff_t>(*count));
          }
        }),
        [&] {
          TcpStream stream = connect_to("server");
          REQUIRE(stream.write_all(sent).ok());
        },
        seed);
    pair.simulation.links({.latency = {}, .loss = {1, 10}, .duplicate = {1, 10}});
    pair.run();
    REQUIRE(got.size() == sent.size());
    REQUIRE(got == sent);
  }
}

TEST_CASE("a writer waits for a reader that does not read") {
  std::size_t written = 0;
  std::size_t read = 0;
  bool reading = false;
  Pair pair(serving_one([&](TcpStream& stream) {
              sleep_for(60s);
              reading = true;
              read = read_all(stream).size();
            }),
            [&] {
              TcpStream stream = connect_to("server");
              for (int i = 0; i < 100; ++i) {
                REQUIRE(stream.write_all(pattern(10'000)).ok());
                written += 10'000;
              }
            });
  pair.simulation.run_for(59s);
  // Both buffers, and no more.
  CHECK_FALSE(reading);
  CHECK(written >= 100'000);
  CHECK(written <= 140'000);
  pair.run();
  CHECK(written == 1'000'000);
  CHECK(read == 1'000'000);
}

TEST_CASE("a reader and a writer of one stream do not hinder each other") {
  std::size_t back = 0;
  Pair pair(echo_server, [&] {
    TcpStream stream = connect_to("server");
    spawn("writer", [&stream] {
      REQUIRE(stream.write_all(pattern(500'000)).ok());
      REQUIRE(stream.shutdown_write().ok());
    }).detach();
    back = read_all(stream).size();
  });
  pair.run();
  CHECK(back == 500'000);
}

TEST_CASE("the same seed gives the same trace, another seed another") {
  const auto hash = [](std::uint64_t seed) {
    Pair pair(
        echo_server,
        [] {
          TcpStream stream = connect_to("server");
          REQUIRE(stream.write_all(pattern(50'000)).ok());
          std::vector<std::byte> got(50'000);
          REQUIRE(stream.read_exactly(got).ok());
        },
        seed);
    pair.simulation.links({.latency = {}, .loss = {1, 20}, .duplicate = {1, 20}});
    return pair.run(1min).trace_hash;
  };
  std::set<std::uint64_t> seen;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const std::uint64_t first = hash(seed);
    CHECK(first == hash(seed));
    seen.insert(first);
  }
  CHECK(seen.size() == 10);
}
