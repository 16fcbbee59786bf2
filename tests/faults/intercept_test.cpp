// What node code meets when it calls the standard library and the system.
// tidy: allow-file os-random (it is what is intercepted)
// tidy: allow-file wall-clock (it is what is intercepted)
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <pthread.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <norn/sim.hpp>
#include <norn/sim/intercept.hpp>

#include "support/catch.hpp"
#include "support/scratch_folder.hpp"
#include "support/simulate.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kStartSeconds = kWallClockStart.time_since_epoch() / 1s;

// What the calls of chance give, one after the other.
std::vector<std::uint64_t> chances() {
  std::vector<std::uint64_t> all;
  std::random_device device;
  all.push_back(device());
  std::uint64_t word = 0;
  CHECK(::getrandom(&word, sizeof word, 0) == sizeof word);
  all.push_back(word);
  CHECK(::getentropy(&word, sizeof word) == 0);
  all.push_back(word);
  all.push_back(::arc4random());
  ::arc4random_buf(&word, sizeof word);
  all.push_back(word);
  all.push_back(static_cast<std::uint64_t>(std::rand()));
  all.push_back(static_cast<std::uint64_t>(::random()));
  return all;
}

std::vector<std::uint64_t> chances_of(std::uint64_t seed, const std::string& node) {
  std::vector<std::uint64_t> all;
  Simulation sim(options(seed));
  sim.node(node, [&] { all = chances(); });
  sim.run_for(1s);
  return all;
}

// The violation of a run whose node makes a call, and whether it was allowed.
std::string refusal(const std::function<void()>& call, bool allowed = false) {
  SimOptions given = options();
  given.outside_calls = allowed;
  Simulation sim(given);
  sim.node("n1", call);
  sim.run_for(1s);
  const RunSummary summary = sim.summary();
  if (!summary.violation) return {};
  CHECK(summary.violation->property == "node code keeps to its world");
  return summary.violation->detail;
}

}  // namespace

TEST_CASE("this program intercepts the standard library's calls") {
  CHECK(intercepts_standard_calls());
}

TEST_CASE("node code reads virtual time from every clock") {
  CHECK(passes([] {
    sleep_for(2500ms);
    CHECK(std::chrono::steady_clock::now().time_since_epoch() == 2500ms);
    CHECK(std::chrono::high_resolution_clock::now().time_since_epoch() % 1s == 500ms);
    CHECK(std::chrono::system_clock::now() == kWallClockStart + 2500ms);
    CHECK(std::time(nullptr) == kStartSeconds + 2);
    timespec spec{};
    CHECK(::clock_gettime(CLOCK_MONOTONIC_RAW, &spec) == 0);
    CHECK(spec.tv_sec == 2);
    CHECK(spec.tv_nsec == 500'000'000);
    CHECK(::clock_gettime(CLOCK_REALTIME, &spec) == 0);
    CHECK(spec.tv_sec == kStartSeconds + 2);
    CHECK(std::timespec_get(&spec, TIME_UTC) == TIME_UTC);
    CHECK(spec.tv_nsec == 500'000'000);
    timeval value{};
    CHECK(::gettimeofday(&value, nullptr) == 0);
    CHECK(value.tv_usec == 500'000);
    CHECK(std::clock() == 2500 * (CLOCKS_PER_SEC / 1000));
    const std::time_t seconds = std::time(nullptr);
    tm parts{};
    REQUIRE(::localtime_r(&seconds, &parts) != nullptr);
    CHECK(parts.tm_year == 126);
    CHECK(parts.tm_hour == 0);
    CHECK(std::mktime(&parts) == seconds);
  }));
}

TEST_CASE("sleeping in node code blocks the fiber only, for virtual time") {
  const auto begin = std::chrono::steady_clock::now();
  CHECK(passes([] {
    int ticks = 0;
    spawn("ticker", [&] {
      for (;;) {
        sleep_for(100ms);
        ++ticks;
      }
    }).detach();
    const TimePoint start = now();
    std::this_thread::sleep_for(10s);
    CHECK(now() - start == 10s);
    CHECK(ticks >= 99);
    std::this_thread::sleep_until(std::chrono::steady_clock::now() + 1s);
    std::this_thread::sleep_until(std::chrono::system_clock::now() + 1s);
    CHECK(now() - start == 12s);
    const timespec one{.tv_sec = 1, .tv_nsec = 1};
    CHECK(::nanosleep(&one, nullptr) == 0);
    CHECK(now() - start == 13s + 1ns);
    const timespec until{.tv_sec = 20, .tv_nsec = 0};
    CHECK(::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == 0);
    CHECK(now() == TimePoint(20s));
    ::usleep(1000);
    CHECK(::sleep(1) == 0);
    CHECK(now() == TimePoint(21s + 1ms));
    const timespec bad{.tv_sec = 0, .tv_nsec = 2'000'000'000};
    CHECK(::nanosleep(&bad, nullptr) == -1);
  }));
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
}

TEST_CASE("a fiber that sleeps by the standard library dies with its node") {
  Simulation sim(options());
  int woke = 0;
  sim.node("n1", [&] {
    std::this_thread::sleep_for(1s);
    ++woke;
  });
  sim.run_for(500ms);
  sim.crash("n1");
  sim.run_for(5s);
  CHECK(woke == 0);
  CHECK(sim.summary().verdict == Verdict::passed);
}

TEST_CASE("chance in node code belongs to the seed and the node") {
  const std::vector<std::uint64_t> first = chances_of(1, "n1");
  REQUIRE(first.size() == 7);
  CHECK(chances_of(1, "n1") == first);
  const std::vector<std::uint64_t> other_seed = chances_of(2, "n1");
  const std::vector<std::uint64_t> other_node = chances_of(1, "n2");
  for (std::size_t i = 0; i < first.size(); ++i) {
    INFO(i);
    CHECK(first[i] != other_seed[i]);
    CHECK(first[i] != other_node[i]);
  }
}

TEST_CASE("srand() gives each life of a node the sequence of its seed") {
  std::vector<std::vector<int>> rows;
  Simulation sim(options());
  for (const char* const name : {"n1", "n2"}) {
    sim.node(name, [&] {
      std::srand(42);
      std::vector<int>& row = rows.emplace_back();
      for (int i = 0; i < 5; ++i) row.push_back(std::rand());
    });
  }
  sim.run_for(1s);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0] == rows[1]);
  CHECK(rows[0][0] != rows[0][1]);
}

TEST_CASE("a node has its own name and number") {
  Simulation sim(options());
  std::vector<pid_t> numbers;
  sim.node("alice", [&] {
    numbers.push_back(::getpid());
    std::array<char, 64> name{};
    CHECK(::gethostname(name.data(), name.size()) == 0);
    CHECK(std::string(name.data()) == "alice");
    CHECK(::gethostname(name.data(), 3) == -1);
    utsname system{};
    CHECK(::uname(&system) == 0);
    CHECK(std::string(system.nodename) == "alice");
    CHECK(::getppid() == 1);
  });
  sim.run_for(1s);
  sim.restart("alice");
  sim.run_for(1s);
  REQUIRE(numbers.size() == 2);
  CHECK(numbers[0] != numbers[1]);
}

TEST_CASE("outside of a simulation the calls go to the system") {
  const auto before = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(2ms);
  CHECK(std::chrono::steady_clock::now() - before >= 2ms);
  CHECK(std::time(nullptr) != kStartSeconds);
  std::random_device device;
  CHECK((device() != device() || device() != device()));
  int in_thread = 0;
  std::thread([&] { in_thread = 1; }).join();
  CHECK(in_thread == 1);
  const pid_t real = ::getpid();
  Simulation sim(options());
  sim.node("n1", [] { sleep_for(1s); });
  sim.always("the host is not intercepted", [real] {
    return ::getpid() == real && std::chrono::system_clock::now() > kWallClockStart - 24h * 3650;
  });
  sim.run_for(2s);
  CHECK(sim.summary().verdict == Verdict::passed);
}

TEST_CASE("a thread that node code starts is refused by name, or allowed by option") {
  const auto start = [] {
    int ran = 0;
    try {
      std::thread([&] { ran = 1; }).join();
      CHECK(ran == 1);
    } catch (const std::system_error&) {
      CHECK(ran == 0);
    }
  };
  CHECK(refusal(start).find("fiber 'main' of node 'n1' calls std::thread") == 0);
  CHECK(refusal(start, true).empty());
}

TEST_CASE("sockets and files of the machine are refused to node code by name") {
  const ScratchFolder folder;
  const std::string path = folder.path() + "/file";
  CHECK(refusal([] { CHECK(::socket(AF_INET, SOCK_STREAM, 0) == -1); }).find("socket()") !=
        std::string::npos);
  CHECK(refusal([&] { CHECK_FALSE(std::ofstream(path).is_open()); }).find(path) !=
        std::string::npos);
  CHECK(refusal([&] { CHECK(::open(path.c_str(), O_CREAT | O_WRONLY, 0600) == -1); }).find(path) !=
        std::string::npos);
  CHECK(refusal([&] { CHECK(::mkdir(path.c_str(), 0700) == -1); }).find("mkdir") !=
        std::string::npos);
  CHECK(refusal([] { CHECK(std::fopen("/dev/urandom", "r") == nullptr); }).find("urandom") !=
        std::string::npos);
  CHECK(::access(path.c_str(), F_OK) == -1);
  CHECK(refusal([&] { std::ofstream(path) << "allowed"; }, true).empty());
  CHECK(::access(path.c_str(), F_OK) == 0);
  CHECK(refusal([&] { CHECK(std::ifstream(path).is_open()); }).empty());
}
