// Workloads: rates, skew, mixes, and calls that a checker can tell apart.
#include "norn/sim/workload.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "norn/sim/bad_input.hpp"
#include "norn/sim/simulation.hpp"
#include "support/catch.hpp"

using namespace norn;
using namespace std::chrono_literals;

namespace {

using check::Call;
using check::Value;

struct Timed {
  Call call;
  TimePoint at;
};

// What a client of a workload asks for, when each call takes `latency`.
std::vector<Timed> calls_of(WorkloadKind kind, WorkloadOptions options, Duration latency = 1ms,
                            std::uint64_t seed = 1) {
  SimOptions run;
  run.seed = seed;
  Simulation sim(run);
  std::vector<Timed> calls;
  sim.node("client", [&] {
    Workload workload(kind, options);
    while (auto call = workload.next()) {
      calls.push_back({*call, now()});
      sleep_for(latency);
      const bool acquired = call->function == "acquire";
      workload.answered(*call, acquired ? Value(std::int64_t(calls.size())) : call->argument);
    }
  });
  sim.run_for(10min);
  return calls;
}

std::map<std::string, std::uint64_t> by_function(const std::vector<Timed>& calls) {
  std::map<std::string, std::uint64_t> counts;
  for (const Timed& timed : calls) ++counts[timed.call.function];
  return counts;
}

}  // namespace

TEST_CASE("a workload makes as many calls as it was asked for, and thinks between them") {
  const auto calls =
      calls_of(WorkloadKind::reg, {.think_min = 5ms, .think_max = 60ms, .operations = 1000});
  REQUIRE(calls.size() == 1000);
  Duration sum{};
  for (std::size_t i = 1; i < calls.size(); ++i) {
    const Duration gap = calls[i].at - calls[i - 1].at - 1ms;
    CHECK(gap >= 5ms);
    CHECK(gap <= 60ms);
    sum += gap;
  }
  const Duration mean = sum / 999;
  CHECK(mean > 30ms);
  CHECK(mean < 35ms);
}

TEST_CASE("an open workload keeps its rate however long an answer takes") {
  for (const Duration latency : {Duration(1ms), Duration(8ms)}) {
    const auto calls =
        calls_of(WorkloadKind::counter, {.per_second = 100, .operations = 5000}, latency);
    REQUIRE(calls.size() == 5000);
    const double seconds = static_cast<double>((calls.back().at - calls.front().at).count()) / 1e9;
    CHECK(5000 / seconds > 95);
    CHECK(5000 / seconds < 106);  // cut off at eight means, gaps are a little short
  }
}

TEST_CASE("keys are all alike, or as skewed as Zipf says") {
  const auto shares_of = [](std::uint32_t skew) {
    std::map<std::string, double> shares;
    const auto calls = calls_of(WorkloadKind::set,
                                {.keys = 10,
                                 .skew_permille = skew,
                                 .think_min = 0ms,
                                 .think_max = 0ms,
                                 .operations = 100'000},
                                1us);
    for (const Timed& timed : calls) shares[timed.call.key->string()] += 1e-5;
    return shares;
  };
  const auto alike = shares_of(0);
  CHECK(alike.size() == 10);
  for (const auto& [key, share] : alike) CHECK(share == Approx(0.1).margin(0.005));
  const auto skewed = shares_of(1000);
  double harmonic = 0;
  for (int i = 1; i <= 10; ++i) harmonic += 1.0 / i;
  for (int i = 1; i <= 10; ++i) {
    const double expected = 1.0 / i / harmonic;
    CHECK(skewed.at("k" + std::to_string(i - 1)) == Approx(expected).margin(0.005));
  }
}

TEST_CASE("functions come by their weights") {
  const auto calls = calls_of(WorkloadKind::reg, {.operations = 10'000});
  const auto counts = by_function(calls);
  CHECK(static_cast<double>(counts.at("read")) == Approx(5000).margin(250));
  CHECK(static_cast<double>(counts.at("write")) == Approx(3000).margin(250));
  CHECK(static_cast<double>(counts.at("cas")) == Approx(2000).margin(250));
}

TEST_CASE("no value is written twice") {
  for (const WorkloadKind kind : {WorkloadKind::reg, WorkloadKind::append_list, WorkloadKind::set,
                                  WorkloadKind::queue, WorkloadKind::log}) {
    std::set<Value> written;
    std::size_t writes = 0;
    for (const Timed& timed : calls_of(kind, {.operations = 2000})) {
      if (timed.call.argument.is_nil()) continue;
      ++writes;
      written.insert(timed.call.argument.is_list() ? timed.call.argument.list().back()
                                                   : timed.call.argument);
    }
    INFO(std::string(name(kind)));
    CHECK(writes > 500);
    CHECK(written.size() == writes);
  }
}

TEST_CASE("a cas expects what the client read last") {
  Value read;
  std::size_t seen = 0;
  Simulation sim(SimOptions{});
  sim.node("client", [&] {
    Workload workload(WorkloadKind::reg, {.operations = 500});
    while (auto call = workload.next()) {
      if (call->function == "cas") {
        ++seen;
        CHECK(call->argument.list().front() == read);
      }
      if (call->function != "read") continue;
      read = static_cast<std::int64_t>(seen);
      workload.answered(*call, read);
    }
  });
  sim.run_for(10min);
  CHECK(seen > 50);
}

TEST_CASE("a lock is acquired and released in turn, and a lease writes with its token") {
  bool held = false;
  for (const Timed& timed : calls_of(WorkloadKind::lock, {.operations = 200})) {
    CHECK(timed.call.function == (held ? "release" : "acquire"));
    held = !held;
  }
  std::size_t number = 0;
  std::int64_t token = 0;
  std::size_t writes = 0;
  for (const Timed& timed : calls_of(WorkloadKind::lease, {.operations = 500})) {
    ++number;
    if (timed.call.function == "acquire") token = static_cast<std::int64_t>(number);
    if (timed.call.function != "write") continue;
    ++writes;
    CHECK(timed.call.argument.integer() == token);
  }
  CHECK(writes > 100);
}

TEST_CASE("transactions are lists of appends and reads, of at most so many") {
  std::size_t appends = 0;
  std::size_t reads = 0;
  for (const Timed& timed :
       calls_of(WorkloadKind::transactions, {.operations = 500, .most_in_transaction = 3})) {
    CHECK_FALSE(timed.call.argument.list().empty());
    CHECK(timed.call.argument.list().size() <= 3);
    for (const Value& part : timed.call.argument.list()) {
      REQUIRE(part.list().size() == 3);
      ++(part.list()[0] == Value("append") ? appends : reads);
      CHECK(part.list()[2].is_nil() == (part.list()[0] == Value("r")));
    }
  }
  CHECK(appends > 300);
  CHECK(reads > 300);
}

TEST_CASE("transfers go from one account to another") {
  for (const Timed& timed : calls_of(WorkloadKind::bank, {.keys = 2, .operations = 300})) {
    if (timed.call.function == "read") continue;
    CHECK(*timed.call.argument.at("from") != *timed.call.argument.at("to"));
    CHECK(timed.call.argument.at("amount")->integer() > 0);
  }
}

TEST_CASE("the same seed asks for the same, another for something else") {
  const auto text = [](std::uint64_t seed) {
    std::string all;
    for (const Timed& timed : calls_of(WorkloadKind::reg, {.operations = 50}, 1ms, seed))
      all += timed.call.function + to_json(timed.call.argument);
    return all;
  };
  CHECK(text(1) == text(1));
  CHECK(text(1) != text(2));
}

namespace {

// What a client of a workload asks for when these operations are left out; each takes some time.
std::vector<Timed> calls_without(const std::vector<LeftOutOperations>& left_out,
                                 std::vector<MadeOperation>& made) {
  Simulation sim({.left_out_operations = left_out, .note_operations = true});
  std::vector<Timed> calls;
  sim.node("client", [&] {
    Workload workload(WorkloadKind::bank, {.operations = 40});
    while (auto call = workload.next()) {
      calls.push_back({*call, now()});
      sleep_for(norn::random().between(1ms, 9ms));
    }
  });
  sim.run_for(10min);
  made = sim.summary().made_operations;
  return calls;
}

}  // namespace

TEST_CASE("what a workload asks for does not depend on which operations are left out before") {
  std::vector<MadeOperation> made;
  const auto all = calls_without({}, made);
  REQUIRE(all.size() == 40);
  REQUIRE(made.size() == 40);
  LeftOutOperations range{
      .client = made[2].client, .first = 3, .last = 7, .lasts = made[7].at - made[2].at};
  for (const auto& [label, count] : made[7].draws)
    range.draws[label] = count - made[2].draws[label];
  std::vector<MadeOperation> fewer;
  const auto some = calls_without({range}, fewer);
  REQUIRE(some.size() == 35);
  CHECK(std::count_if(fewer.begin(), fewer.end(), [](const auto& one) { return one.left_out; }) ==
        5);
  for (std::size_t i = 0; i < some.size(); ++i) {
    const Timed& before = all[i < 2 ? i : i + 5];
    CHECK(some[i].call.argument == before.call.argument);
    CHECK(some[i].call.function == before.call.function);
    CHECK(some[i].at == before.at);
  }
  // Behind its last operation a client is done at once.
  const auto few = calls_without({{.client = made[0].client, .first = 3}}, fewer);
  CHECK(few.size() == 2);
}

namespace {

RunSummary run_of_client(bool asks, SimOptions options) {
  Simulation sim(std::move(options));
  sim.node("client", [asks] {
    for (;;) {
      if (asks && !operation_wanted()) continue;
      sleep_for(norn::random().between(1ms, 30ms));
      publish("value", norn::random("value").below(100));
    }
  });
  sim.run_for(10s);
  return sim.summary();
}

}  // namespace

TEST_CASE("where nothing is left out a client that asks runs as one that does not") {
  const RunSummary asks = run_of_client(true, {.seed = 7});
  CHECK(asks.trace_hash == run_of_client(false, {.seed = 7}).trace_hash);
  CHECK(asks.operations > 300);
  CHECK(asks.made_operations.empty());
}

TEST_CASE("a client whose operations are all left out comes to the end of the run") {
  const RunSummary run =
      run_of_client(true, {.left_out_operations = {{.client = {.node = "client"}}}});
  CHECK(run.verdict == Verdict::passed);
  CHECK(run.operations == 0);
  CHECK(run.simulated == 10s);
  const RunSummary later =
      run_of_client(true, {.left_out_operations = {{.client = {.node = "client"}, .lasts = 9s}}});
  CHECK(later.operations > 30);
  CHECK(later.operations < 100);
}

TEST_CASE("an operation left out of a node that there is not is bad input") {
  CHECK_THROWS_AS(run_of_client(true, {.left_out_operations = {{.client = {.node = "nobody"}}}}),
                  BadInput);
}
