// norn-bench: Google Benchmark's options, or --table for the table of shares of the limit.
#include <benchmark/benchmark.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "check_loads.hpp"
#include "engine_loads.hpp"
#include "load.hpp"
#include "runtime_loads.hpp"
#include "stream_loads.hpp"
#include "table.hpp"

namespace norn::bench {

namespace {

constexpr const char* kUsage =
    "norn-bench [Google Benchmark's options, see --help]\n"
    "norn-bench --table [--rounds=N] [--only=TEXT] [--json=FILE]\n"
    "norn-bench --runtime LOAD [--hash]    one of the loads that tools/bench/peers compares\n";

void register_load(const std::string& name, const MakeLoad& make) {
  benchmark::RegisterBenchmark(name.c_str(), [make](benchmark::State& state) {
    const auto load = make();
    if (load == nullptr) return state.SkipWithError("not built");
    load->run();
    std::uint64_t operations = 0;
    for (auto _ : state) operations += load->run();
    state.SetItemsProcessed(static_cast<std::int64_t>(operations));
    state.counters["ns"] =
        benchmark::Counter(static_cast<double>(operations) * 1e-9,
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  });
}

void register_all() {
  for (const Row& row : rows()) {
    if (row.limit) register_load(row.name + "/limit", row.limit);
    for (const NamedLoad& load : row.loads) register_load(row.name + "/" + load.name, load.make);
  }
  register_stream_loads();
  register_check_loads();
  for (const std::uint32_t fibers : {100'000U, 1'000'000U}) {
    const std::string name = "parked fibers/" + std::to_string(fibers);
    benchmark::RegisterBenchmark(name.c_str(), [fibers](benchmark::State& state) {
      FiberCost cost{};
      for (auto _ : state) cost = fiber_cost(fibers);
      state.counters["create_ns"] = cost.create_ns;
      state.counters["end_ns"] = cost.end_ns;
      state.counters["resident_bytes"] = cost.resident_bytes;
    })->Iterations(1);
  }
}

// value_of() is what follows "--name=", if `argument` is that option.
std::optional<std::string_view> value_of(std::string_view argument, std::string_view option) {
  if (!argument.starts_with(option)) return std::nullopt;
  return argument.substr(option.size());
}

int table(int count, char** arguments) {
  TableOptions options;
  for (int i = 2; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (const auto rounds = value_of(argument, "--rounds=")) {
      // NOLINTBEGIN(bugprone-suspicious-stringview-data-usage): the end is given
      const char* const end = rounds->data() + rounds->size();
      const auto [rest, error] = std::from_chars(rounds->data(), end, options.rounds);
      // NOLINTEND(bugprone-suspicious-stringview-data-usage)
      if (error == std::errc{} && rest == end && options.rounds > 0) continue;
    } else if (const auto only = value_of(argument, "--only=")) {
      options.only = *only;
      continue;
    } else if (const auto json = value_of(argument, "--json=")) {
      options.json = *json;
      continue;
    }
    std::fprintf(stderr, "norn-bench: %s makes no sense here\n%s", arguments[i], kUsage);
    return 2;
  }
  return print_table(options);
}

// A load of the comparison with other runtimes: "metric value" a line.
int runtime(int count, char** arguments) {
  const bool hash = count == 4 && std::string_view(arguments[3]) == "--hash";
  std::vector<Measurement> results;
  if (count == 3 || hash)
    results = measure_runtime(arguments[2], hash ? TraceMode::hash : TraceMode::off);
  for (const Measurement& result : results)
    std::printf("%s %.3f\n", result.metric.c_str(), result.value);
  if (!results.empty()) return 0;
  std::fprintf(stderr, "norn-bench: --runtime takes one of these:");
  for (const std::string_view name : runtime_loads())
    std::fprintf(stderr, " %.*s", static_cast<int>(name.size()), name.data());
  std::fprintf(stderr, "\n%s", kUsage);
  return 2;
}

int run(int count, char** arguments) {
  if (count > 1 && std::string_view(arguments[1]) == "--runtime") return runtime(count, arguments);
  if (count > 1 && std::string_view(arguments[1]) == "--table") return table(count, arguments);
  register_all();
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace

}  // namespace norn::bench

int main(int count, char** arguments) {
  return norn::bench::run(count, arguments);
}
