#include "runtime_loads.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "norn/actors.hpp"
#include "norn/runtime.hpp"
#include "norn/runtime/assert.hpp"
#include "norn/sim.hpp"
#include "process_use.hpp"

namespace norn::bench {

using namespace std::chrono_literals;

namespace {

using Measurements = std::vector<Measurement>;
using Numbers = Channel<std::uint64_t>;

constexpr std::uint64_t kWarmUp = 100'000;
constexpr double kMib = 1024.0 * 1024.0;

void in_one_node(TraceMode mode, host::ReadyOrder order, const std::function<void()>& body) {
  SimOptions options;
  options.scenario = "bench";
  options.trace.mode = mode;
  options.ready_order = order;
  Simulation simulation(options);
  simulation.node("bench", body);
  simulation.run_for(1h);
  NORN_ASSERT(!simulation.violated(), "a load of the bench went wrong: " +
                                          simulation.violated().value_or(Violation{}).detail);
}

// timed() does `count` operations in portions, with an instant of virtual time for each, and
// returns the processor time of one. A simulation takes endless work at one instant for a mistake.
template <class Portion>
double timed(std::uint64_t count, Portion&& portion) {
  constexpr std::uint64_t kAnInstant = 100'000;
  const double start = process_cpu_ns();
  for (std::uint64_t done = 0; done < count; done += kAnInstant) {
    portion(std::min(kAnInstant, count - done));
    sleep_for(1ms);
  }
  return (process_cpu_ns() - start) / static_cast<double>(count);
}

// ---- two fibers, two channels without buffer; an operation is there and back

Measurements ping_pong(TraceMode mode) {
  constexpr std::uint64_t kOperations = 2'000'000;
  double ns = 0;
  in_one_node(mode, host::ReadyOrder::keyed, [&] {
    Numbers there;
    Numbers back;
    Task<void> echo = spawn([&] {
      while (const auto value = there.receive()) back.send(*value);
    });
    const auto portion = [&](std::uint64_t count) {
      for (std::uint64_t i = 0; i < count; ++i) {
        there.send(i);
        static_cast<void>(back.receive());
      }
    };
    timed(kWarmUp, portion);
    ns = timed(kOperations, portion);
    there.close();
    echo.join();
  });
  return {{"ping_pong_ns", ns}};
}

// ---- a token goes around a ring of channels without buffer; an operation is a hop

Measurements ring(TraceMode mode) {
  constexpr std::uint64_t kOperations = 2'000'000;
  constexpr std::size_t kSize = 10'000;
  double ns = 0;
  in_one_node(mode, host::ReadyOrder::keyed, [&] {
    std::deque<Numbers> channels(kSize);
    Numbers done;
    TaskGroup group;
    for (std::size_t i = 0; i < kSize; ++i) {
      group.spawn([&done, &from = channels[i], &to = channels[(i + 1) % kSize]] {
        while (const auto left = from.receive()) {
          if (*left == 0) {
            done.send(0);
          } else {
            to.send(*left - 1);
          }
        }
      });
    }
    const auto lap = [&](std::uint64_t hops) {
      channels[0].send(hops);
      static_cast<void>(done.receive());
    };
    timed(kWarmUp, lap);
    ns = timed(kOperations, lap);
    for (Numbers& channel : channels) channel.close();
    group.join();
  });
  return {{"ring_ns", ns}};
}

// ---- a hundred senders, one receiver, one channel of 128; an operation is a value received

Measurements fan_in(TraceMode mode) {
  constexpr std::uint64_t kSenders = 100;
  constexpr std::uint64_t kOperations = 5'000'000;
  double ns = 0;
  in_one_node(mode, host::ReadyOrder::keyed, [&] {
    const auto batch = [](std::uint64_t count) {
      Numbers channel(128);
      TaskGroup group;
      for (std::uint64_t i = 0; i < kSenders; ++i) {
        group.spawn([&channel, each = count / kSenders] {
          for (std::uint64_t k = 0; k < each; ++k) channel.send(k);
        });
      }
      for (std::uint64_t i = 0; i < count; ++i) static_cast<void>(channel.receive());
      group.join();
    };
    batch(kWarmUp);
    sleep_for(1ms);
    const double start = process_cpu_ns();
    batch(kOperations);
    ns = (process_cpu_ns() - start) / static_cast<double>(kOperations);
  });
  return {{"fan_in_ns", ns}};
}

// ---- a tree of fibers, ten children a level, a million leaves whose numbers are summed up

void skynet_node(Numbers& up, std::uint64_t number, std::uint64_t size) {
  constexpr std::uint64_t kChildren = 10;
  if (size == 1) return up.send(number);
  Numbers results;
  const std::uint64_t part = size / kChildren;
  for (std::uint64_t i = 0; i < kChildren; ++i) {
    spawn([&results, first = number + i * part, part] {
      skynet_node(results, first, part);
    }).detach();
  }
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < kChildren; ++i) sum += results.receive().value_or(0);
  up.send(sum);
}

Measurements skynet(TraceMode mode) {
  constexpr std::uint64_t kLeaves = 1'000'000;
  const double start = process_cpu_ns();
  std::uint64_t sum = 0;
  double end = 0;
  in_one_node(mode, host::ReadyOrder::newest_first, [&] {
    Numbers result;
    spawn([&result] { skynet_node(result, 0, kLeaves); }).detach();
    sum = result.receive().value_or(0);
    end = process_cpu_ns();
  });
  NORN_ASSERT(sum == kLeaves * (kLeaves - 1) / 2, "the tree lost a leaf");
  return {{"skynet_s", (end - start) / 1e9}, {"skynet_peak_mib", peak_bytes() / kMib}};
}

// ---- a million fibers that wait for one channel, and are woken by its end; twice, as the second
// million lives in the memory of the first

struct Cost {
  double bytes = 0;
  double create_ns = 0;
  double end_ns = 0;
};

Cost park_and_wake(std::uint64_t fibers) {
  const auto count = static_cast<double>(fibers);
  Numbers channel;
  const double before = resident_bytes();
  const double start = process_cpu_ns();
  for (std::uint64_t i = 0; i < fibers; ++i) {
    spawn([&channel] { static_cast<void>(channel.receive()); }).detach();
  }
  sleep_for(1ms);
  const double created = process_cpu_ns();
  const double bytes = resident_bytes() - before;
  const double woken = process_cpu_ns();
  channel.close();
  sleep_for(1ms);
  return {bytes / count, (created - start) / count, (process_cpu_ns() - woken) / count};
}

Measurements parked(TraceMode mode) {
  constexpr std::uint64_t kFibers = 1'000'000;
  Cost first;
  Cost again;
  in_one_node(mode, host::ReadyOrder::keyed, [&] {
    sleep_for(1ms);
    first = park_and_wake(kFibers);
    again = park_and_wake(kFibers);
  });
  return {{"parked_bytes", first.bytes},       {"parked_create_ns", first.create_ns},
          {"parked_end_ns", first.end_ns},     {"parked_peak_mib", peak_bytes() / kMib},
          {"parked_again_bytes", again.bytes}, {"parked_again_create_ns", again.create_ns}};
}

// ---- two actors; an operation is there and back

struct Ping {
  Pid from;
  std::uint64_t value;
};
struct Pong {
  std::uint64_t value;
};
struct Stop {};

Measurements actors(TraceMode mode) {
  constexpr std::uint64_t kOperations = 1'000'000;
  double ns = 0;
  in_one_node(mode, host::ReadyOrder::keyed, [&] {
    const ActorScope scope;
    const Pid echo = spawn_actor("echo", [] {
      bool stopped = false;
      while (!stopped) {
        receive(match<Ping>([](const Ping& ping) { send(ping.from, Pong{ping.value}); }),
                match<Stop>([&](const Stop&) { stopped = true; }));
      }
    });
    const auto portion = [&](std::uint64_t count) {
      for (std::uint64_t i = 0; i < count; ++i) {
        send(echo, Ping{self_pid(), i});
        receive(match<Pong>([](const Pong&) {}));
      }
    };
    timed(kWarmUp, portion);
    ns = timed(kOperations, portion);
    send(echo, Stop{});
  });
  return {{"actors_ns", ns}};
}

// ---- an actor that answers calls; the caller monitors it meanwhile

struct Add {
  using Reply = std::uint64_t;
  std::uint64_t by;
};

Measurements calls(TraceMode mode) {
  constexpr std::uint64_t kOperations = 1'000'000;
  double ns = 0;
  in_one_node(mode, host::ReadyOrder::keyed, [&] {
    const Pid server = spawn_actor("counter", [] {
      std::uint64_t value = 0;
      Server(on_call([&](const Add& add) { return value += add.by; })).run();
    });
    const auto portion = [&](std::uint64_t count) {
      for (std::uint64_t i = 0; i < count; ++i)
        NORN_ASSERT(call(server, Add{1}).ok(), "the server answers");
    };
    timed(kWarmUp, portion);
    ns = timed(kOperations, portion);
    static_cast<void>(stop(server));
  });
  return {{"call_ns", ns}};
}

struct RuntimeLoad {
  std::string_view name;
  Measurements (*run)(TraceMode mode);
};
constexpr RuntimeLoad kLoads[] = {{"ping_pong", ping_pong}, {"ring", ring},     {"fan_in", fan_in},
                                  {"skynet", skynet},       {"parked", parked}, {"actors", actors},
                                  {"call", calls}};

}  // namespace

std::vector<std::string_view> runtime_loads() {
  std::vector<std::string_view> names;
  for (const RuntimeLoad& load : kLoads) names.push_back(load.name);
  return names;
}

std::vector<Measurement> measure_runtime(std::string_view load, TraceMode mode) {
  for (const RuntimeLoad& candidate : kLoads) {
    if (candidate.name == load) return candidate.run(mode);
  }
  return {};
}

}  // namespace norn::bench
