// What recording costs, apart from everything else: pairs of a delivery and a send, as a cluster
// makes them that passes messages of 16 bytes around. `trace/off` is the cost of this loop itself.
// And what reading costs.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "norn/trace/reader.hpp"
#include "norn/trace/recorder.hpp"

namespace norn::bench {

namespace {

using trace::NodeId;
using trace::Recorder;
using trace::RecorderOptions;
using trace::Seq;
using Mode = RecorderOptions::Mode;

constexpr std::uint32_t kPairs = 65'536;
constexpr std::int64_t kLatencyNs = 1'000'000;

std::string scratch_file() {
  return (std::filesystem::temp_directory_path() /
          ("norn-bench-" + std::to_string(::getpid()) + ".norn"))
      .string();
}

// A cluster in which each node has one message on its way: each delivery makes its receiver send
// one to some node.
class Talk {
 public:
  Talk(Recorder& recorder, std::uint32_t nodes)
      : recorder_(recorder), nodes_(nodes), on_way_(nodes), ping_(recorder.intern("Ping")) {
    for (NodeId node = 1; node <= nodes_; ++node) {
      recorder_.set_context(node, node, 0);
      const NodeId to = node % nodes_ + 1;
      on_way_[node - 1] = {.send = recorder_.send(to, ping_, payload_, false), .to = to};
    }
  }

  void pairs(std::uint32_t count) {
    const std::int64_t step = kLatencyNs / nodes_;
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint64_t draw = next_random();
      time_ns_ += step / 2 + static_cast<std::int64_t>(
                                 (draw >> 40U) * static_cast<std::uint64_t>(step) >> 24U);
      recorder_.set_time(time_ns_);
      OnWay& message = on_way_[at_];
      const Seq delivery = recorder_.deliver(message.send, message.to, ping_,
                                             static_cast<std::uint32_t>(payload_.size()));
      recorder_.set_context(message.to, message.to, delivery);
      const auto other = static_cast<NodeId>((draw & 0xFFFF'FFFFU) * nodes_ >> 32U) + 1;
      const NodeId to = nodes_ == 2 ? 3 - message.to : other;
      std::memcpy(payload_.data(), &draw, sizeof draw);
      message = {.send = recorder_.send(to, ping_, payload_, false), .to = to};
      at_ = at_ + 1 == nodes_ ? 0 : at_ + 1;
    }
  }

 private:
  struct OnWay {
    Seq send;
    NodeId to;
  };

  std::uint64_t next_random() {  // xorshift64 (Marsaglia, 2003)
    random_ ^= random_ << 13U;
    random_ ^= random_ >> 7U;
    random_ ^= random_ << 17U;
    return random_;
  }

  Recorder& recorder_;
  std::uint32_t nodes_;
  std::vector<OnWay> on_way_;
  std::array<std::byte, 16> payload_{};
  trace::StringId ping_;
  std::uint64_t random_ = 88'172'645'463'325'252U;
  std::int64_t time_ns_ = 0;
  std::uint32_t at_ = 0;
};

void count_events(benchmark::State& state, std::uint64_t events) {
  state.SetItemsProcessed(static_cast<std::int64_t>(events));
  state.counters["ns_per_event"] =
      benchmark::Counter(static_cast<double>(events) * 1e-9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void record(benchmark::State& state, RecorderOptions options) {
  const auto nodes = static_cast<std::uint32_t>(state.range(0));
  options.path = scratch_file();
  options.overwrite = true;
  std::unique_ptr<Recorder> recorder;
  std::unique_ptr<Talk> talk;
  int batches = 0;
  std::uint64_t events = 0;
  for (auto _ : state) {
    // A new file now and then, so that it does not fill the disk.
    if (batches++ % 32 == 0) {
      state.PauseTiming();
      talk.reset();
      recorder.reset();  // it holds the file's lock
      recorder = Recorder::open(options, nlohmann::json::object()).value();
      talk = std::make_unique<Talk>(*recorder, nodes);
      talk->pairs(kPairs);
      state.ResumeTiming();
    }
    talk->pairs(kPairs);
    events += 2ULL * kPairs;
  }
  count_events(state, events);
  state.counters["bytes_per_event"] =
      static_cast<double>(recorder->encoded_bytes()) / static_cast<double>(recorder->events());
  recorder.reset();
  std::filesystem::remove(options.path + ".partial");
}

void read_all(benchmark::State& state) {
  RecorderOptions options;
  options.mode = Mode::memory;
  auto recorder = Recorder::open(options, nlohmann::json::object()).value();
  Talk talk(*recorder, static_cast<std::uint32_t>(state.range(0)));
  talk.pairs(16 * kPairs);
  recorder->finish({}).value();
  const trace::Reader reader = trace::Reader::from_bytes(recorder->bytes()).value();
  std::uint64_t events = 0;
  for (auto _ : state) {
    std::uint64_t sum = 0;
    reader.for_each([&](const trace::Event& event) { sum += event.cause; }).value();
    benchmark::DoNotOptimize(sum);
    events += reader.events();
  }
  count_events(state, events);
}

RecorderOptions mode(Mode which, bool compress = false) {
  RecorderOptions options;
  options.mode = which;
  options.compress = compress;
  return options;
}

BENCHMARK_CAPTURE(record, off, mode(Mode::off))->Name("trace/off")->Arg(2)->Arg(100)->Arg(10'000);
BENCHMARK_CAPTURE(record, hash, mode(Mode::hash))
    ->Name("trace/hash")
    ->Arg(2)
    ->Arg(100)
    ->Arg(10'000);
BENCHMARK_CAPTURE(record, file, mode(Mode::file))
    ->Name("trace/file")
    ->Arg(2)
    ->Arg(100)
    ->Arg(10'000);
BENCHMARK_CAPTURE(record, file_zstd, mode(Mode::file, true))
    ->Name("trace/file_zstd")
    ->Arg(2)
    ->Arg(100)
    ->Arg(10'000);
BENCHMARK(read_all)->Name("trace/read")->Arg(2)->Arg(100)->Arg(10'000);

}  // namespace

}  // namespace norn::bench
