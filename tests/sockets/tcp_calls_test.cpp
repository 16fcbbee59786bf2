// What calls on listeners and streams do when others interfere: deadlines, closing, crashes,
// cancellation.
#include <optional>
#include <string>
#include <vector>

#include "norn/sim/simulation.hpp"
#include "support/two_nodes.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

namespace {

template <class T>
Errc code(const Result<T>& result) {
  REQUIRE_FALSE(result.ok());
  return result.error().code;
}

void silent_server() {
  serving_one([](TcpStream&) { sleep_for(100h); })();
}

struct Counted {
  explicit Counted(int& c) : count(c) { ++count; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --count; }
  int& count;
};

}  // namespace

TEST_CASE("a read that waits at its deadline ends with timeout, and the stream stays usable") {
  Pair pair(serving_one([](TcpStream& stream) {
              sleep_for(10s);
              write_text(stream, "late");
              sleep_for(1h);
            }),
            [] {
              TcpStream stream = connect_to("server");
              const TimePoint begin = now();
              std::vector<std::byte> buffer(10);
              stream.set_read_deadline(begin + 2s);
              CHECK(code(stream.read(buffer)) == Errc::timeout);
              CHECK(now() - begin == 2s);
              CHECK(code(stream.read(buffer)) == Errc::timeout);
              CHECK(now() - begin == 2s);
              write_text(stream, "the writing deadline is another");
              stream.set_read_deadline(std::nullopt);
              CHECK(read_text(stream, 4) == "late");
            });
  pair.run();
}

TEST_CASE("a deadline that has passed ends a read even if there is something") {
  Pair pair(serving_one([](TcpStream& stream) {
              write_text(stream, "early");
              sleep_for(1h);
            }),
            [] {
              TcpStream stream = connect_to("server");
              sleep_for(1s);
              stream.set_read_deadline(now());
              std::vector<std::byte> buffer(5);
              CHECK(code(stream.read(buffer)) == Errc::timeout);
              stream.set_read_deadline(now() + 1s);
              CHECK(read_text(stream, 5) == "early");
            });
  pair.run();
}

TEST_CASE("a deadline that is set while a read waits holds for it") {
  Pair pair(silent_server, [] {
    TcpStream stream = connect_to("server");
    spawn("setter", [&stream] {
      sleep_for(3s);
      stream.set_deadline(now() + 4s);
      sleep_for(1s);
      stream.set_deadline(now() + 1s);
    }).detach();
    const TimePoint begin = now();
    std::byte one{};
    CHECK(code(stream.read({&one, 1})) == Errc::timeout);
    CHECK(now() - begin == 5s);
  });
  pair.run();
}

TEST_CASE("a write that waits at its deadline tells how much went, then says timeout") {
  Pair pair(silent_server, [] {
    TcpStream stream = connect_to("server");
    const std::vector<std::byte> much = pattern(1'000'000);
    stream.set_write_deadline(now() + 5s);
    const Result<std::size_t> went = stream.write(much);
    REQUIRE(went.ok());
    CHECK(*went > 100'000);
    CHECK(*went < 150'000);
    CHECK(code(stream.write(much)) == Errc::timeout);
  });
  pair.run();
}

TEST_CASE("accept waits until its deadline") {
  const auto run = simulate([] {
    TcpListener listener = listen_on();
    listener.set_deadline(now() + 3s);
    CHECK(code(listener.accept()) == Errc::timeout);
    CHECK(now().time_since_epoch() == 3s);
  });
  CHECK(run.verdict == Verdict::passed);
}

TEST_CASE("a port belongs to one listener at a time, and to the next one at once") {
  const auto run = simulate([] {
    std::optional<TcpListener> first(listen_on());
    CHECK(code(TcpListener::listen(kPort)) == Errc::address_in_use);
    CHECK(first->local_address().port == kPort);
    first->close();
    TcpListener second = listen_on();
    TcpListener any = listen_on(0);
    CHECK(any.local_address().port >= 32768);
    CHECK(any.local_address().node_name() == "n1");
  });
  CHECK(run.verdict == Verdict::passed);
}

TEST_CASE("a server that is restarted listens again, whatever became of its connections") {
  int accepted = 0;
  Pair pair(
      [&] {
        for (int i = 0; i < 3; ++i) {
          TcpListener listener = listen_on();
          Result<TcpStream> stream = listener.accept();
          REQUIRE(stream.ok());
          ++accepted;
        }
      },
      [] {
        for (int i = 0; i < 3; ++i) {
          TcpStream stream = connect_to("server");
          CHECK(read_all(stream).empty());
          sleep_for(100ms);
        }
      });
  pair.run();
  CHECK(accepted == 3);
}

TEST_CASE("closing a listener ends accept, and resets who was not accepted") {
  std::optional<Errc> accept_ended;
  std::optional<Errc> client;
  Pair pair(
      [&] {
        TcpListener listener = listen_on();
        spawn("acceptor", [&] {
          sleep_for(5s);
          while (true) {
            Result<TcpStream> stream = listener.accept();
            if (stream) continue;
            accept_ended = stream.error().code;
            return;
          }
        }).detach();
        sleep_for(2s);
        TcpListener other = listen_on(kPort + 1);
        sleep_for(8s);
        listener.close();
        other.close();
        sleep_for(1s);
      },
      [&] {
        sleep_for(3s);
        TcpStream waits = connect_to("server", kPort + 1);
        std::byte one{};
        client = code(waits.read({&one, 1}));
      });
  pair.run();
  CHECK(accept_ended == Errc::closed);
  CHECK(client == Errc::reset);
}

TEST_CASE("closing a stream ends the calls that wait in other fibers") {
  std::optional<Errc> reader;
  std::optional<Errc> writer;
  Pair pair(silent_server, [&] {
    TcpStream stream = connect_to("server");
    spawn("reader", [&] {
      std::byte one{};
      reader = code(stream.read({&one, 1}));
    }).detach();
    spawn("writer", [&] {
      const std::vector<std::byte> much = pattern(1'000'000);
      const Result<void> written = stream.write_all(much);
      REQUIRE_FALSE(written.ok());
      writer = written.error().code;
    }).detach();
    sleep_for(5s);
    stream.close();
    CHECK_FALSE(stream.is_open());
    sleep_for(1s);
    std::byte one{};
    CHECK(code(stream.read({&one, 1})) == Errc::closed);
  });
  pair.run();
  CHECK(reader == Errc::closed);
  CHECK(writer == Errc::closed);
}

TEST_CASE("a backlog that is full lets connections wait, and none is lost") {
  int served = 0;
  Pair pair(
      [&] {
        Result<TcpListener> listener = TcpListener::listen(kPort, {.backlog = 2});
        REQUIRE(listener.ok());
        sleep_for(10s);
        for (int i = 0; i < 8; ++i) {
          Result<TcpStream> stream = listener->accept();
          REQUIRE(stream.ok());
          write_text(*stream, "served");
          ++served;
        }
      },
      [] {
        for (int i = 0; i < 8; ++i) {
          spawn("client", [] {
            TcpStream stream = connect_to("server");
            CHECK(read_all(stream) == "served");
          }).detach();
        }
      });
  pair.run();
  CHECK(served == 8);
}

TEST_CASE("a crash unwinds fibers that wait in accept, connect, read and write") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    int alive = 0;
    int most = 0;
    Pair pair(
        silent_server,
        [&] {
          const auto with = [&alive](auto call) {
            return [&alive, call] {
              const Counted counted(alive);
              call();
              FAIL("it went on after the crash");
            };
          };
          TcpStream stream = connect_to("server");
          spawn("accepts", with([] { static_cast<void>(listen_on().accept()); })).detach();
          spawn("connects",
                with([] { static_cast<void>(TcpStream::connect("unreachable", kPort)); }))
              .detach();
          spawn("reads", with([&stream] {
                  std::byte one{};
                  static_cast<void>(stream.read({&one, 1}));
                }))
              .detach();
          spawn("writes",
                with([&stream] { static_cast<void>(stream.write_all(pattern(1'000'000))); }))
              .detach();
          sleep_for(1s);
          most = alive;
          sleep_for(1h);
        },
        seed);
    pair.simulation.node("unreachable", [] { sleep_for(1h); });
    pair.simulation.partition({"client"}, {"unreachable"});
    pair.simulation.run_for(10s);
    REQUIRE(most == 4);
    pair.simulation.crash("client");
    CHECK(alive == 0);
    pair.run();
  }
}

TEST_CASE("cancellation ends a read, and another read goes on where it was") {
  Pair pair(serving_one([](TcpStream& stream) {
              sleep_for(10s);
              write_text(stream, "late");
              sleep_for(1h);
            }),
            [] {
              TcpStream stream = connect_to("server");
              auto reader = spawn("reader", [&stream] {
                std::byte one{};
                static_cast<void>(stream.read({&one, 1}));
              });
              sleep_for(1s);
              reader.cancel();
              CHECK(reader.wait() == TaskEnd::cancelled);
              CHECK(read_text(stream, 4) == "late");
            });
  pair.run();
}

TEST_CASE("a context's deadline ends a connect, and leaves nothing behind") {
  bool over = false;
  Pair pair(
      [] {
        sleep_for(10s);
        silent_server();
      },
      [&] {
        sleep_for(20s);  // the server's node is cut off until 30 s
        auto task = spawn("connects", [] {
          const Context::Scope scope(Context::current().with_timeout(2s));
          static_cast<void>(TcpStream::connect("server", kPort));
        });
        CHECK(task.wait() == TaskEnd::cancelled);
        over = true;
        sleep_for(20s);
        TcpStream stream = connect_to("server");
      });
  pair.simulation.run_for(15s);
  pair.simulation.partition({"server"}, {"client"});
  pair.simulation.run_for(15s);
  pair.simulation.heal();
  pair.run();
  CHECK(over);
}

TEST_CASE("two simulations side by side share nothing") {
  const auto server = [] {
    TcpListener listener = listen_on();
    for (;;) {
      Result<TcpStream> stream = listener.accept();
      if (!stream) return;
      write_text(*stream, "hello");
    }
  };
  const auto client = [](int& greetings) {
    return [&greetings] {
      for (;;) {
        TcpStream stream = connect_to("server");
        greetings += read_all(stream) == "hello" ? 1 : 0;
        sleep_for(100ms);
      }
    };
  };
  int alone = 0;
  int first = 0;
  int second = 0;
  std::uint64_t alone_hash = 0;
  {
    Pair pair(server, client(alone), 5);
    alone_hash = pair.run(10s).trace_hash;
  }
  Pair a(server, client(first), 5);
  Pair b(server, client(second), 6);
  for (int i = 0; i < 10; ++i) {
    a.simulation.run_for(1s);
    b.simulation.run_for(1s);
  }
  CHECK(alone > 50);
  CHECK(first == alone);
  CHECK(second > 50);
  CHECK(a.simulation.summary().trace_hash == alone_hash);
}
