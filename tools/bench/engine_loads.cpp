#include "engine_loads.hpp"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "message_load.hpp"
#include "norn/runtime.hpp"
#include "norn/sim.hpp"
#include "process_use.hpp"

namespace norn::bench {

using namespace std::chrono_literals;

namespace {

constexpr Duration kMeanLatency{kLatencyMinNs + kLatencyRangeNs / 2};

SimOptions options_with(TraceMode mode, const std::string& path) {
  SimOptions options;
  options.scenario = "bench";
  options.trace.mode = mode;
  options.trace.path = path;
  options.trace.overwrite = true;
  options.max_events = ~std::uint64_t{0} >> 1U;
  return options;
}

// A simulation that goes on for a while in each batch; node code counts operations.
class EngineLoad : public Load {
 public:
  explicit EngineLoad(TraceMode mode, Duration batch)
      : path_(mode == TraceMode::file ? trace_path() : ""),
        batch_(batch),
        simulation_(std::make_unique<Simulation>(options_with(mode, path_))) {}
  ~EngineLoad() override {
    simulation_.reset();
    if (path_.empty()) return;
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
    std::filesystem::remove(path_ + ".partial", ignored);
  }

  std::uint64_t run() override {
    const std::uint64_t before = operations_;
    simulation_->run_for(batch_);
    return operations_ - before;
  }

 protected:
  Simulation& simulation() { return *simulation_; }
  std::uint64_t& operations() { return operations_; }

 private:
  static std::string trace_path() {
    static int number = 0;
    const std::filesystem::path folder = std::filesystem::temp_directory_path();
    const std::string name =
        "norn-bench-" + std::to_string(getpid()) + "-" + std::to_string(++number) + ".norn";
    return folder / name;
  }

  std::string path_;
  Duration batch_;
  std::uint64_t operations_ = 0;
  std::unique_ptr<Simulation> simulation_;
};

// ---- messages

constexpr std::uint64_t kMessagesPerBatch = 200'000;

class EngineMessages final : public EngineLoad {
 public:
  EngineMessages(std::uint32_t nodes, TraceMode mode)
      : EngineLoad(mode, kMeanLatency * (kMessagesPerBatch / messages_in_flight(nodes))) {
    // Uniform from min up, as in the limit loop: every message is a "slow" one.
    constexpr Duration kMin{kLatencyMinNs};
    constexpr Duration kMax{kLatencyMinNs + kLatencyRangeNs};
    simulation().links({.latency = {.min = kMin, .usual = kMin, .slow = {1, 1}, .slow_max = kMax},
                        .loss = {},
                        .duplicate = {}});
    for (std::uint32_t i = 0; i < nodes; ++i) {
      simulation().node("n" + std::to_string(i), [this, i, nodes] { forward(i, nodes); });
    }
  }

 private:
  // Node numbers of the engine begin at 1.
  static Address address(std::uint32_t node) { return Address::from_id(node + 1); }

  [[noreturn]] void forward(std::uint32_t self, std::uint32_t nodes) {
    const auto peers = neighbours(self, nodes);
    if (self < messages_in_flight(nodes)) {
      LoadMessage message = first_message(self);
      const std::uint32_t to = next_peer(message, peers);
      send(address(to), message);
    }
    for (;;) {
      LoadMessage message = receive<LoadMessage>().value;
      ++operations();
      const std::uint32_t to = next_peer(message, peers);
      send(address(to), message);
    }
  }
};

// ---- sleep, yield, channel

class EngineSleep final : public EngineLoad {
 public:
  explicit EngineSleep(std::uint32_t fibers)
      : EngineLoad(TraceMode::hash, kMeanLatency * (kMessagesPerBatch / fibers)) {
    simulation().node("sleeper", [this, fibers] {
      for (std::uint32_t i = 1; i < fibers; ++i) spawn([this, i] { sleep_for_ever(i); }).detach();
      sleep_for_ever(0);
    });
  }

 private:
  [[noreturn]] void sleep_for_ever(std::uint32_t self) {
    LoadMessage state = first_message(self);
    for (;;) {
      sleep_for(Duration(next_sleep_ns(state)));
      ++operations();
    }
  }
};

constexpr std::uint64_t kOperationsPerInstant = 10'000;
constexpr int kInstantsPerBatch = 20;

class EngineYield final : public EngineLoad {
 public:
  EngineYield() : EngineLoad(TraceMode::hash, 1ms * kInstantsPerBatch) {
    simulation().node("yielder", [this] {
      spawn([this] { yield_for_ever(); }).detach();
      yield_for_ever();
    });
  }

 private:
  [[noreturn]] void yield_for_ever() {
    for (;;) {
      for (std::uint64_t i = 0; i < kOperationsPerInstant / 2; ++i) {
        yield();
        ++operations();
      }
      sleep_for(1ms);
    }
  }
};

class EngineChannel final : public EngineLoad {
 public:
  explicit EngineChannel(std::size_t capacity)
      : EngineLoad(TraceMode::hash, 1ms * kInstantsPerBatch) {
    simulation().node("channel", [this, capacity] {
      Channel<std::uint64_t> channel(capacity);
      spawn([this, &channel] {
        while (channel.receive()) ++operations();
      }).detach();
      for (std::uint64_t sent = 1;; ++sent) {
        channel.send(sent);
        if (sent % kOperationsPerInstant == 0) sleep_for(1ms);
      }
    });
  }
};

// ---- whole runs

class RaftRuns final : public Load {
 public:
  RaftRuns(const Scenario& scenario, bool count_seconds)
      : scenario_(scenario), count_seconds_(count_seconds) {}

  std::uint64_t run() override {
    const Report report =
        run_seeds(scenario_, {.seeds = {next_, next_ + kSeeds - 1}, .stop_after_failures = 0});
    next_ += kSeeds;
    return count_seconds_ ? static_cast<std::uint64_t>(report.simulated / 1s) : report.runs;
  }

 private:
  static constexpr std::uint64_t kSeeds = 10;
  const Scenario& scenario_;
  bool count_seconds_;
  std::uint64_t next_ = 1;
};

std::unique_ptr<Load> raft(bool count_seconds) {
  const Scenario* const scenario = find_scenario("raft");
  if (scenario == nullptr) return nullptr;
  return std::make_unique<RaftRuns>(*scenario, count_seconds);
}

}  // namespace

std::unique_ptr<Load> engine_messages(std::uint32_t nodes, TraceMode mode) {
  return std::make_unique<EngineMessages>(nodes, mode);
}
std::unique_ptr<Load> engine_sleep(std::uint32_t fibers) {
  return std::make_unique<EngineSleep>(fibers);
}
std::unique_ptr<Load> engine_yield() {
  return std::make_unique<EngineYield>();
}
std::unique_ptr<Load> engine_channel(std::size_t capacity) {
  return std::make_unique<EngineChannel>(capacity);
}
std::unique_ptr<Load> raft_seeds() {
  return raft(false);
}
std::unique_ptr<Load> raft_seconds() {
  return raft(true);
}

FiberCost fiber_cost(std::uint32_t fibers) {
  Simulation simulation(options_with(TraceMode::hash, ""));
  simulation.node("parent", [fibers] {
    Channel<int> channel;
    sleep_for(1ms);
    for (std::uint32_t i = 0; i < fibers; ++i) {
      spawn([&channel] { static_cast<void>(channel.receive()); }).detach();
    }
    sleep_for(2ms);
    channel.close();
    sleep_for(2ms);
  });
  simulation.run_for(500us);
  const double resident = resident_bytes();
  const double start = cpu_ns();
  simulation.run_for(1ms);
  const double parked = cpu_ns();
  const double grown = resident_bytes() - resident;
  const double resumed = cpu_ns();
  simulation.run_for(3ms);
  const double ended = cpu_ns();
  const auto count = static_cast<double>(fibers);
  return {(parked - start) / count, (ended - resumed) / count, grown / count};
}

}  // namespace norn::bench
