// How a run of the real world begins and ends.
#include <csignal>

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

#include "norn/posix/posix.hpp"
#include "os/support.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

TEST_CASE("a run ends when main and all its fibers have") {
  bool done = false;
  const RealResult run = run_one([&] {
    spawn("later", [&] {
      sleep_for(20ms);
      done = true;
    }).detach();
  });
  CHECK(run.end == RealEnd::finished);
  CHECK(run.ok());
  CHECK(run.problem.empty());
  CHECK(done);
}

TEST_CASE("an exception that leaves main is reported, and all else is unwound") {
  bool unwound = false;
  const RealResult run = run_one([&] {
    spawn("bystander", [&] {
      const Notes notes{unwound};
      sleep_for(1h);
    }).detach();
    yield();
    throw std::runtime_error("the disk is on fire");
  });
  CHECK(run.end == RealEnd::failed);
  CHECK_FALSE(run.ok());
  CHECK(contains(run.problem, "fiber 'main' of node 'n1'"));
  CHECK(contains(run.problem, "the disk is on fire"));
  CHECK(unwound);
}

TEST_CASE("a fiber that swallows Killed is reported by its name") {
  RealWorld world;
  world.node("main", [] { sleep_for(1ms); });
  world.node("daemon",
             [] {
               spawn("swallower", [] {
                 bool is_killed = false;
                 try {
                   sleep_for(1h);
                 } catch (...) {
                   is_killed = true;  // and does not throw it again
                 }
                 CHECK(is_killed);
               }).detach();
             },
             {.daemon = true});
  const RealResult run = world.run();
  CHECK(run.end == RealEnd::failed);
  CHECK(contains(run.problem, "fiber 'swallower' of node 'daemon'"));
}

TEST_CASE("fibers that nothing can wake are a deadlock") {
  bool unwound = false;
  const RealResult run = run_one([&] {
    const Notes notes{unwound};
    Mutex mutex;
    mutex.lock();
    Channel<int> channel;
    Task<void> other = spawn("other", [&] { mutex.lock(); });
    channel.receive();
  });
  CHECK(run.end == RealEnd::deadlock);
  CHECK(contains(run.problem, "'main' waits: channel receive"));
  CHECK(contains(run.problem, "'other' waits: mutex"));
  CHECK(unwound);
}

TEST_CASE("nodes that wait for each other's messages are a deadlock") {
  struct Hello {};
  RealWorld world;
  for (const char* name : {"a", "b"}) world.node(name, [] { receive<Hello>(); });
  const RealResult run = world.run();
  CHECK(run.end == RealEnd::deadlock);
  CHECK(contains(run.problem, "a fiber"));
  CHECK(contains(run.problem, "b fiber"));
}

TEST_CASE("a fiber that waits for a time, a socket or work is no deadlock") {
  const RealResult run = run_one([] {
    Channel<int> channel;
    Task<void> timed = spawn("timed", [&] {
      sleep_for(30ms);
      channel.send(1);
    });
    CHECK(channel.receive() == 1);
    Task<void> working = spawn("working", [&] {
      blocking([] { std::this_thread::sleep_for(30ms); });
      channel.send(2);
    });
    CHECK(channel.receive() == 2);
    Timer timer(30ms);
    CHECK(timer.fired().receive().has_value());
    timed.join();
    working.join();
  });
  CHECK(run.end == RealEnd::finished);
}

TEST_CASE("blocking work does not hold up other fibers") {
  const RealResult run = run_one([] {
    std::promise<void> others_ran;
    Task<void> other = spawn("other", [&] {
      sleep_for(1ms);
      others_ran.set_value();
    });
    blocking([&] { others_ran.get_future().wait(); });  // for ever, if it did
    other.join();
  });
  CHECK(run.end == RealEnd::finished);
}

TEST_CASE("more blocking work than threads waits in line") {
  std::atomic<int> done = 0;
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
  RealOptions options;
  options.workers = 2;
  const RealResult run = run_one(
      [&] {
        TaskGroup group;
        for (int i = 0; i < 20; ++i) {
          group.spawn("work", [&] {
            blocking([&] {
              const int now_at_work = ++at_once;
              if (now_at_work > most) most = now_at_work;
              std::this_thread::sleep_for(1ms);
              --at_once;
              ++done;
            });
          });
        }
        group.join();
      },
      options);
  CHECK(run.end == RealEnd::finished);
  CHECK(done == 20);
  CHECK(most <= 2);
}

TEST_CASE("work that is under way when main fails is waited for") {
  std::atomic<bool> done = false;
  const RealResult run = run_one([&] {
    spawn("worker", [&] {
      std::string on_the_stack = "abc";
      blocking([&] {
        std::this_thread::sleep_for(50ms);
        on_the_stack += "def";
        done = true;
      });
    }).detach();
    sleep_for(5ms);
    throw std::runtime_error("too early");
  });
  CHECK(run.end == RealEnd::failed);
  CHECK(done);
}

TEST_CASE("fibers that never block do not keep times and sockets waiting") {
  const RealResult run = run_one([] {
    bool timed_out = false;
    Task<void> sleeper = spawn("sleeper", [&] {
      sleep_for(5ms);
      timed_out = true;
    });
    while (!timed_out) yield();
    sleeper.join();
    TcpListener listener = std::move(*TcpListener::listen(0));
    bool accepted = false;
    Task<void> server = spawn("server", [&] { accepted = listener.accept().ok(); });
    Task<bool> client = spawn("client", [port = listener.local_address().port] {
      return TcpStream::connect("localhost", port).ok();
    });
    while (!accepted) yield();
    server.join();
    CHECK(client.join());
  });
  CHECK(run.end == RealEnd::finished);
}

TEST_CASE("the real world runs twice, and on two threads at once") {
  const auto descriptors = open_descriptors();
  for (int i = 0; i < 2; ++i) {
    CHECK(run_one([] {
            CHECK(now() < TimePoint(1h));  // the clock begins with the run
            TcpListener listener = std::move(*TcpListener::listen(0));
            sleep_for(1ms);
          }).ok());
  }
  RealResult runs[2];
  std::thread first([&] { runs[0] = run_one([] { sleep_for(20ms); }); });
  std::thread second([&] { runs[1] = run_one([] { sleep_for(20ms); }); });
  first.join();
  second.join();
  CHECK(runs[0].ok());
  CHECK(runs[1].ok());
  CHECK(open_descriptors() == descriptors);
}

TEST_CASE("a world inside of a world, or without its folder, is refused") {
  const RealResult run = run_one([] {
    const RealResult inner = run_for_real([] {}, {.root = "/proc"});
    CHECK(inner.end == RealEnd::refused);
    CHECK(contains(inner.problem, "on this thread"));
  });
  CHECK(run.ok());
  const ScratchFolder folder;
  const std::string file = folder.path() + "/file";
  CHECK(run_for_real([] { CHECK(write_file("file", bytes_of("x")).ok()); }, {.root = folder.path()})
            .ok());
  bool ran = false;
  const RealResult refused = run_for_real([&] { ran = true; }, {.root = file});
  CHECK(refused.end == RealEnd::refused);
  CHECK(contains(refused.problem, file));
  CHECK_FALSE(ran);
}

// ---- being asked to stop

TEST_CASE("a node that handles it is told to stop, another dies at once") {
  bool told = false;
  bool died = false;
  RealWorld world;
  world.node("careful", [&] {
    wait_for_stop();
    told = true;
    sleep_for(5ms);
  });
  world.node("careless", [&] {
    const Notes notes{died};
    sleep_for(1h);
  });
  std::thread outside([&] {
    std::this_thread::sleep_for(50ms);
    world.request_stop();
  });
  const RealResult run = world.run();
  outside.join();
  CHECK(run.end == RealEnd::stopped);
  CHECK(run.ok());
  CHECK(told);
  CHECK(died);
}

TEST_CASE("who does not stop when told dies the second time") {
  bool died = false;
  RealWorld world;
  world.node("stubborn", [&] {
    const Notes notes{died};
    wait_for_stop();
    world.request_stop();
    sleep_for(1h);
  });
  world.node("asks", [&] { world.request_stop(); });
  CHECK(world.run().end == RealEnd::stopped);
  CHECK(died);
}

TEST_CASE("a signal that was named asks to stop") {
  bool told = false;
  RealOptions options;
  options.stop_signals = {SIGUSR1};
  const RealResult run = run_one(
      [&] {
        spawn("signals", [] { ::pthread_kill(::pthread_self(), SIGUSR1); }).detach();
        wait_for_stop();
        told = true;
      },
      options);
  CHECK(run.end == RealEnd::stopped);
  CHECK(told);
}

TEST_CASE("a broken pipe is an error and no signal, during a run and after it") {
  ::signal(SIGPIPE, SIG_DFL);
  const RealResult run = run_one([] {
    int ends[2] = {};
    CHECK(posix::pipe(ends) == 0);
    CHECK(posix::close(ends[0]) == 0);
    CHECK(posix::write(ends[1], "x", 1) == -1);
    CHECK(errno == EPIPE);
  });
  CHECK(run.ok());
}
