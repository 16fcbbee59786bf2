// What it costs to check histories: those of Porcupine's tests, and a long one on one key. Reading
// the file is not counted. The folder can be given as NORN_HISTORIES.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "norn/check/history_file.hpp"
#include "norn/check/linearizability.hpp"
#include "norn/check/streaming.hpp"

namespace norn::bench {

namespace {

using check::History;
using check::OperationId;

std::string histories_folder() {
  const char* const given = std::getenv("NORN_HISTORIES");
  return given != nullptr ? given : NORN_BENCH_HISTORIES;
}

void check_file(benchmark::State& state, const std::string& name, bool whole, bool explain) {
  const auto history = check::read_history_file(histories_folder() + "/" + name + ".txt");
  if (!history) {
    state.SkipWithError(history.error().message.c_str());
    return;
  }
  std::uint64_t steps = 0;
  for (auto _ : state) {
    const auto result = check::check_linearizability(*history, check::key_value_model(),
                                                     {.whole = whole, .explain = explain});
    const auto wanted = name.ends_with("-ok") ? check::Verdict::holds : check::Verdict::violated;
    if (!result.ok() || result->verdict != wanted) state.SkipWithError("the wrong verdict");
    if (result.ok()) steps = result->steps;
  }
  state.counters["steps"] = static_cast<double>(steps);
}

// The kernel's count of the most that was ever resident, which can be set back.
void forget_peak() {
  std::ofstream("/proc/self/clear_refs") << "5";
}

double peak_megabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::strtod(line.c_str() + 6, nullptr) / 1024;
  }
  return 0;
}

// SplitMix64.
std::uint64_t draw(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15U;
  std::uint64_t x = state;
  x = (x ^ x >> 30U) * 0xBF58476D1CE4E5B9U;
  x = (x ^ x >> 27U) * 0x94D049BB133111EBU;
  return x ^ x >> 31U;
}

// Clients of one register that always overlap: half of what they do is writing.
History register_history(std::size_t operations, std::size_t clients) {
  History history;
  std::uint64_t random = 1;
  std::vector<OperationId> open(clients, check::kNone);
  std::vector<check::Value> answer(clients);
  std::vector<std::uint8_t> applied(clients, 0);
  check::Value now;
  std::size_t calls = 0;
  while (calls < operations) {
    const std::size_t client = draw(random) % clients;
    if (open[client] == check::kNone) {
      const bool write = draw(random) % 2 == 0;
      open[client] = *history.call({.process = static_cast<std::int64_t>(client),
                                    .function = write ? "write" : "read",
                                    .argument = write ? check::Value(calls) : check::Value()});
      ++calls;
      applied[client] = 0;
    } else if (applied[client] == 0) {
      const check::Operation& operation = history.operation(open[client]);
      applied[client] = 1;
      answer[client] = check::Value();
      if (operation.function == "write") {
        now = operation.argument;
      } else {
        answer[client] = now;
      }
    } else {
      static_cast<void>(history.ret(open[client], {.result = answer[client]}));
      open[client] = check::kNone;
    }
  }
  return history;
}

void check_long(benchmark::State& state) {
  const auto clients = static_cast<std::size_t>(state.range(0));
  const History history = register_history(1'000'000, clients);
  forget_peak();
  const double before = peak_megabytes();
  for (auto _ : state) {
    const auto result = check::check_linearizability(history, check::register_model());
    if (!result.ok() || result->verdict != check::Verdict::holds)
      state.SkipWithError("the wrong verdict");
  }
  state.counters["peak_mb"] = peak_megabytes() - before;
}

// The same, told event by event.
void check_streaming(benchmark::State& state) {
  const auto clients = static_cast<std::size_t>(state.range(0));
  const History history = register_history(200'000, clients);
  std::vector<OperationId> ids(history.operations().size());
  for (auto _ : state) {
    check::StreamingChecker checker(check::register_model());
    for (const check::HistoryEvent& event : history.events()) {
      const check::Operation& operation = history.operation(event.operation);
      if (event.kind == check::HistoryEvent::Kind::call) {
        ids[event.operation] = *checker.call({.process = operation.process,
                                              .function = operation.function,
                                              .argument = operation.argument});
      } else if (checker.ret(ids[event.operation], {.result = operation.result})->has_value()) {
        state.SkipWithError("the wrong verdict");
      }
    }
    if (checker.finish() != check::Verdict::holds) state.SkipWithError("the wrong verdict");
  }
  state.SetItemsProcessed(state.iterations() * 200'000);
}

BENCHMARK(check_streaming)
    ->Name("check/streaming, 200,000 operations on one key, clients")
    ->Arg(2)
    ->Arg(5)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

BENCHMARK(check_long)
    ->Name("check/a million operations on one key, clients")
    ->Arg(10)
    ->Arg(50)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

const bool kRegistered = [] {
  for (const bool whole : {false, true}) {
    for (const char* const name : {"c01-ok", "c01-bad", "c10-ok", "c10-bad", "c50-ok", "c50-bad"}) {
      if (whole && std::string(name).starts_with("c50")) continue;
      benchmark::RegisterBenchmark(
          ("check/" + std::string(name) + (whole ? "/whole" : "/by key")).c_str(),
          [name, whole](benchmark::State& state) { check_file(state, name, whole, false); })
          ->Unit(benchmark::kMillisecond);
      if (whole || std::string(name).ends_with("-ok")) continue;
      benchmark::RegisterBenchmark(
          ("check/" + std::string(name) + "/explained").c_str(),
          [name](benchmark::State& state) { check_file(state, name, false, true); })
          ->Unit(benchmark::kMillisecond);
    }
  }
  return true;
}();

}  // namespace

}  // namespace norn::bench
