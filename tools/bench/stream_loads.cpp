#include "stream_loads.hpp"

#include <benchmark/benchmark.h>
#include <netinet/in.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "load.hpp"
#include "norn/posix/posix.hpp"
#include "norn/runtime.hpp"
#include "norn/runtime/assert.hpp"
#include "norn/sim.hpp"

namespace norn::bench {

using namespace std::chrono_literals;

namespace {

constexpr std::uint16_t kPort = 80;
constexpr std::size_t kSegment = 1460;

struct StreamLoad {
  std::size_t connections = 1;
  std::size_t write_bytes = std::size_t{64} * 1024;
  std::size_t bytes = std::size_t{64} * 1024 * 1024;  // of all connections
  bool nodes = true;  // from one node to another; else within one, by local sockets
  Ratio loss{0, 1};
};

void check(bool holds) {
  NORN_ASSERT(holds, "a load of the bench went wrong");
}

std::size_t read_all(int fd) {
  std::vector<std::byte> buffer(std::size_t{64} * 1024);
  std::size_t got = 0;
  for (;;) {
    const ssize_t count = posix::read(fd, buffer.data(), buffer.size());
    check(count >= 0);
    if (count == 0) return got;
    got += static_cast<std::size_t>(count);
  }
}

void write_all(int fd, const StreamLoad& load) {
  const std::vector<std::byte> bytes(load.write_bytes);
  for (std::size_t sent = 0; sent < load.bytes / load.connections; sent += bytes.size())
    check(posix::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  check(posix::close(fd) == 0);
}

sockaddr_in name_of(std::uint32_t address) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(address);
  name.sin_port = htons(kPort);
  return name;
}

void serve(const StreamLoad& load, std::size_t& got) {
  const sockaddr_in name = name_of(INADDR_ANY);
  const int listener = posix::socket(AF_INET, SOCK_STREAM, 0);
  check(posix::bind(listener, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0);
  check(posix::listen(listener, 1024) == 0);
  TaskGroup readers;
  for (std::size_t i = 0; i < load.connections; ++i) {
    const int fd = posix::accept(listener, nullptr, nullptr);
    check(fd >= 0);
    readers.spawn("reader", [fd, &got] { got += read_all(fd); });
  }
  readers.join();
}

void send(const StreamLoad& load) {
  constexpr std::uint32_t kServer = 0x0a000001U;  // the first node
  sleep_for(1ms);
  TaskGroup writers;
  for (std::size_t i = 0; i < load.connections; ++i) {
    writers.spawn("writer", [&load] {
      const sockaddr_in name = name_of(kServer);
      const int fd = posix::socket(AF_INET, SOCK_STREAM, 0);
      check(posix::connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0);
      write_all(fd, load);
    });
  }
  writers.join();
}

void within_one(const StreamLoad& load, std::size_t& got) {
  int ends[2] = {};
  check(posix::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  Task<void> reader = spawn("reader", [&] { got += read_all(ends[0]); });
  write_all(ends[1], load);
  reader.join();
}

// Runs a load once and returns how many bytes arrived.
std::size_t run(const StreamLoad& load) {
  SimOptions options;
  options.scenario = "bench";
  Simulation simulation(options);
  if (!load.loss.never()) simulation.links({.loss = load.loss});
  std::size_t got = 0;
  if (load.nodes) {
    simulation.node("server", [&] { serve(load, got); });
    simulation.node("client", [&] { send(load); });
  } else {
    simulation.node("n1", [&] { within_one(load, got); });
  }
  simulation.run_for(100h);
  check(simulation.summary().verdict == Verdict::passed);
  return got;
}

void add(const std::string& name, const StreamLoad& load) {
  benchmark::RegisterBenchmark(("streams/" + name).c_str(), [load](benchmark::State& state) {
    std::size_t bytes = 0;
    for (auto _ : state) bytes += run(load);
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
    state.SetItemsProcessed(
        static_cast<std::int64_t>(bytes / std::min(load.write_bytes, kSegment)));
  })->Unit(benchmark::kMillisecond);
}

}  // namespace

void register_stream_loads() {
  add("one, large writes", {});
  add("one, large writes, 1 of 1000 lost", {.loss = {1, 1000}});
  add("100 at a time", {.connections = 100});
  add("one, writes of 100 bytes", {.write_bytes = 100, .bytes = 4'000'000});
  add("local sockets", {.nodes = false});
}

}  // namespace norn::bench
