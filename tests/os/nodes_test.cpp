// Several nodes in one real world, and what they tell the log.
#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "norn/actors.hpp"
#include "norn/posix/posix.hpp"
#include "os/support.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

namespace {

struct Square {
  using Reply = int;
  int number = 0;
};

struct Note {
  int number = 0;
};

void squares() {
  serve([](const Square& square) { return square.number * square.number; });
}

}  // namespace

TEST_CASE("two nodes exchange messages, and a daemon ends with the others") {
  RealWorld world;
  std::vector<int> answers;
  bool unwound = false;
  world.node("server",
             [&] {
               const Notes notes{unwound};
               squares();
             },
             {.daemon = true});
  world.node("client", [&] {
    for (int i = 0; i < 100; ++i) answers.push_back(call("server", Square{i}).value_or(-1));
  });
  const RealResult run = world.run();
  CHECK(run.end == RealEnd::finished);
  CHECK(unwound);
  REQUIRE(answers.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(answers[static_cast<std::size_t>(i)] == i * i);
}

TEST_CASE("messages between two nodes keep their order, and know their sender") {
  RealWorld world;
  world.node("a", [] {
    for (int i = 0; i < 1000; ++i) send("b", Note{i});
  });
  world.node("b", [] {
    for (int i = 0; i < 1000; ++i) {
      const Received<Note> got = receive<Note>();
      REQUIRE(got.value.number == i);
      REQUIRE(got.from.name() == "a");
    }
    CHECK(self().name() == "b");
  });
  CHECK(world.run().end == RealEnd::finished);
}

TEST_CASE("what is sent to nobody, or to a node that has ended, is lost") {
  RealWorld world;
  world.node("short", [] {});
  world.node("caller", [] {
    CHECK_FALSE(Address("nobody").known());
    send("nobody", Note{1});
    CHECK(call("nobody", Square{1}).error().code == Errc::unknown_node);
    sleep_for(5ms);
    send("short", Note{1});
    CHECK(call("short", Square{1}, {.timeout = 20ms}).error().code == Errc::timeout);
  });
  CHECK(world.run().end == RealEnd::finished);
}

TEST_CASE("actors of two nodes exchange messages and see each other end") {
  struct Ping {
    Pid from;
  };
  struct Pong {};
  RealWorld world;
  world.node("server", [] {
    const ActorScope scope("server");
    REQUIRE(register_name("ponger", self_pid()).ok());
    receive(match<Ping>([](const Ping& ping) { send(ping.from, Pong{}); }));
  });
  world.node("client", [] {
    const ActorScope scope("client");
    Result<Pid> ponger = whereis("server", "ponger");
    while (!ponger) {
      sleep_for(1ms);
      ponger = whereis("server", "ponger");
    }
    send(*ponger, Ping{self_pid()});
    receive(match<Pong>([](const Pong&) {}));
  });
  const RealResult run = world.run();
  INFO(run.problem);
  CHECK(run.end == RealEnd::finished);
}

TEST_CASE("a full mailbox loses what comes, and the log says so once") {
  std::vector<std::string> lines;
  RealOptions options;
  options.log = [&](std::string_view line) { lines.emplace_back(line); };
  RealWorld world(options);
  world.node("sender", [] {
    for (int i = 0; i < 10; ++i) send("small", Note{i});
  });
  world.node("small",
             [] {
               sleep_for(20ms);
               for (int i = 0; i < 3; ++i) CHECK(receive<Note>().value.number == i);
               CHECK_FALSE(receive_for<Note>(10ms).ok());
             },
             {.mailbox_limit = 3});
  CHECK(world.run().end == RealEnd::finished);
  REQUIRE(lines.size() == 1);
  CHECK(contains(lines.front(), "small warning the mailbox is full"));
}

TEST_CASE("nodes have files of their own, and share the ports") {
  const ScratchFolder folder;
  RealWorld world;
  const auto main = [](std::string_view name) {
    CHECK(write_file("d/f", bytes_of(name)).ok());
    sleep_for(5ms);
    const auto content = read_file("d/f");
    REQUIRE(content.ok());
    CHECK(content->size() == name.size());
  };
  std::atomic<std::uint16_t> port = 0;
  world.node("first",
             [&] {
               main("1");
               TcpListener listener = std::move(*TcpListener::listen(0));
               port = listener.local_address().port;
               TcpStream stream = std::move(*listener.accept());
               CHECK(read_all(stream, 5) == "hello");
             },
             {.root = folder.path() + "/first"});
  world.node("second",
             [&] {
               main("second");
               while (port == 0) sleep_for(1ms);
               TcpStream stream = std::move(*TcpStream::connect("first", port));
               CHECK(stream.write_all(bytes_of("hello")).ok());
             },
             {.root = folder.path() + "/second"});
  CHECK(world.run().end == RealEnd::finished);
  CHECK(std::filesystem::exists(folder.path() + "/first/d/f"));
  CHECK(std::filesystem::exists(folder.path() + "/second/d/f"));
}

TEST_CASE("a node sees no descriptor but its own") {
  RealWorld world;
  int shared = -1;
  world.node("first", [&] {
    int ends[2] = {};
    CHECK(posix::pipe(ends) == 0);
    CHECK(ends[0] == 3);  // the lowest from 3 on
    shared = ends[1];
    sleep_for(10ms);
  });
  world.node("second", [&] {
    sleep_for(2ms);
    CHECK(posix::write(shared, "x", 1) == -1);
    CHECK(errno == EBADF);
    CHECK(posix::write(1, "x", 1) == -1);  // the standard streams are closed
    CHECK(errno == EBADF);
  });
  CHECK(world.run().end == RealEnd::finished);
}

TEST_CASE("logs and state are lines with the time, the node and the level") {
  std::vector<std::string> lines;
  RealOptions options;
  options.log = [&](std::string_view line) { lines.emplace_back(line); };
  const RealResult run = run_one(
      [] {
        log("hello");
        log(Log::error, "worse");
        publish("term", 3);
        publish("role", "leader");
      },
      options);
  CHECK(run.ok());
  REQUIRE(lines.size() == 4);
  constexpr std::size_t kTime = std::string_view("2026-01-01T00:00:00.000000Z").size();
  for (const std::string& line : lines) {
    CHECK(line.at(10) == 'T');
    CHECK(line.at(kTime - 1) == 'Z');
  }
  CHECK(lines[0].substr(kTime) == " n1 info hello");
  CHECK(lines[1].substr(kTime) == " n1 error worse");
  CHECK(lines[2].substr(kTime) == " n1 state term = 3");
  CHECK(lines[3].substr(kTime) == " n1 state role = \"leader\"");
}

TEST_CASE("chance differs between runs, nodes and draws") {
  std::vector<std::uint64_t> drawn;
  for (int i = 0; i < 2; ++i) {
    RealWorld world;
    for (const char* name : {"a", "b"}) {
      world.node(name, [&] {
        drawn.push_back(norn::random("label").bits());
        drawn.push_back(norn::random("label").bits());
        drawn.push_back(norn::random().bits());
      });
    }
    CHECK(world.run().ok());
  }
  CHECK(drawn.size() == 12);
  std::sort(drawn.begin(), drawn.end());
  CHECK(std::adjacent_find(drawn.begin(), drawn.end()) == drawn.end());
}

TEST_CASE("computing takes the time it takes, and buggify() stays quiet") {
  const RealResult run = run_one([] {
    consume(1h);
    for (int i = 0; i < 1000; ++i) CHECK_FALSE(buggify("never"));
    CHECK(knob("size", std::int64_t{7}, {1, 100}) == 7);
    auto* const bytes = memory().allocate(1000);
    CHECK(memory_in_use() == 1000);
    memory().deallocate(bytes, 1000);
  });
  CHECK(run.ok());
}
