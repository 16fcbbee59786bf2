// JudgedHistory: client operations judged while a run goes on.
#include "norn/sim/judged_history.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "norn/runtime.hpp"
#include "norn/sim/workload.hpp"
#include "support/catch.hpp"

using namespace norn;
using namespace std::chrono_literals;

namespace {

struct Read {
  using Reply = std::int64_t;
};
struct Write {
  struct Reply {};
  std::int64_t value = 0;
};

// A register on one server, or one that answers reads from what it was a while ago.
void server(bool stale) {
  std::int64_t now = 0;
  std::int64_t before = 0;
  serve([&](const Read&) { return stale ? before : now; },
        [&](const Write& write) {
          before = now;
          now = write.value;
          return Write::Reply{};
        });
}

void client(JudgedHistory& history) {
  Workload workload(WorkloadKind::counter, {.operations = 40});
  for (std::int64_t next = 1; auto drawn = workload.next(); ++next) {
    check::Call call{.process = self().id(), .function = "read"};
    if (drawn->function == "add") {
      call.function = "write";
      call.argument = self().id() * 1000 + next;
    }
    const auto id = history.call(call);
    if (call.function == "write") {
      const auto reply = norn::call("server", Write{call.argument.integer()}, {.timeout = 50ms});
      if (!reply) {
        history.unknown(id);
      } else {
        history.ok(id);
      }
    } else {
      const auto reply = norn::call("server", Read{}, {.timeout = 50ms});
      if (!reply) {
        history.unknown(id);
      } else {
        history.ok(id, *reply);
      }
    }
  }
}

check::Model from_zero() {
  check::ModelFunctions<std::int64_t> functions;
  functions.name = "register at 0";
  functions.step = [](const std::int64_t& state,
                      const check::Operation& operation) -> std::optional<std::int64_t> {
    if (operation.function == "write") return operation.argument.integer();
    if (operation.outcome != check::Outcome::ok || operation.result == check::Value(state))
      return state;
    return std::nullopt;
  };
  functions.hash = [](const std::int64_t& state) { return static_cast<std::uint64_t>(state); };
  functions.describe = [](const std::int64_t& state) { return std::to_string(state); };
  return check::function_model(std::move(functions));
}

void run_clients(Simulation& sim, JudgedHistory& history, bool stale) {
  sim.node("server", [stale] { server(stale); });
  for (const char* name : {"a", "b", "c"}) sim.node(name, [&] { client(history); });
  sim.run_for(20s);
}

}  // namespace

TEST_CASE("a history that fits a model passes, also when answers are lost") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SimOptions options;
    options.seed = seed;
    Simulation sim(options);
    sim.links({.loss = {1, 20}});
    JudgedHistory history(sim, "the register is linearizable", from_zero());
    run_clients(sim, history, false);
    CHECK(history.judge());
    CHECK_FALSE(sim.violated());
    CHECK(history.history().operations().size() == 120);
  }
}

TEST_CASE("an answer that fits nowhere violates the run when it comes, and says why") {
  Simulation sim(SimOptions{});
  JudgedHistory history(sim, "the register is linearizable", from_zero());
  run_clients(sim, history, true);
  REQUIRE(sim.violated());
  CHECK(sim.violated()->property == "the register is linearizable");
  CHECK(sim.violated()->detail.find("read") != std::string::npos);
  CHECK(sim.violated()->detail.find("(event:") != std::string::npos);
  const check::Operation& last = history.history().operations().back();
  CHECK(sim.violated()->at.time_since_epoch().count() >= last.call_ns);
  CHECK(sim.violated()->at < TimePoint(10s));  // long before the end
}

// A timeout is no failure: the write may have been done, and here it was.
TEST_CASE("a write whose answer was lost may be read, and one that failed may not") {
  for (const bool called_failed : {false, true}) {
    Simulation sim(SimOptions{});
    JudgedHistory history(sim, "the register is linearizable", from_zero());
    sim.node("client", [&] {
      const auto write = history.call({.process = 1, .function = "write", .argument = 7});
      sleep_for(1s);
      if (called_failed) {
        history.failed(write);
      } else {
        history.unknown(write);
      }
      const auto read = history.call({.process = 1, .function = "read"});
      history.ok(read, 7);
    });
    sim.run_for(5s);
    CHECK(sim.violated().has_value() == called_failed);
  }
}

TEST_CASE("what a client had asked when it died may have happened, or not") {
  for (const std::int64_t read : {0, 7, 8}) {
    Simulation sim(SimOptions{});
    JudgedHistory history(sim, "the register is linearizable", from_zero());
    sim.node("client", [&] {
      if (history.history().empty()) {
        history.call({.process = 1, .function = "write", .argument = 7});
        sleep_for(1h);
      }
      history.ok(history.call({.process = 1, .function = "read"}), read);
    });
    sim.run_for(1s);
    sim.restart("client");
    sim.run_for(1s);
    CHECK(sim.violated().has_value() == (read == 8));
    CHECK(history.history().operation(0).outcome == check::Outcome::unknown);
    CHECK(history.history().operation(1).outcome == check::Outcome::ok);
  }
}

TEST_CASE("a history that is asked for holds what was called and answered, of every kind") {
  using check::Value;
  const std::vector<Value> values = {
      Value(),
      true,
      INT64_MIN,
      "",
      "\xFF is no UTF-8, and \"quoted\"",
      std::string(200'000, 'x'),
      Value::List{1, Value::List{}, Value(), "two"},
      Value::Map{{.key = "a", .value = Value::List{false}}, {.key = "", .value = 2}},
  };
  check::ModelFunctions<int> anything;
  anything.step = [](int state, const check::Operation&) { return std::optional<int>(state); };
  anything.hash = [](int) { return std::uint64_t{0}; };
  Simulation sim(SimOptions{});
  JudgedHistory history(sim, "anything goes", check::function_model(std::move(anything)));
  constexpr int kRounds = 3;
  sim.node("client", [&] {
    for (int round = 0; round < kRounds; ++round) {
      for (std::size_t i = 0; i < values.size(); ++i) {
        const auto id = history.call({.process = 5,
                                      .function = "f" + std::to_string(i % 3),
                                      .key = values[(i + 1) % values.size()],
                                      .argument = values[i]});
        CHECK(history.open(5) == id);
        sleep_for(1ms);
        if (i == 4) {
          history.failed(id);
        } else {
          history.ok(id, values[values.size() - 1 - i]);
        }
        CHECK(history.open(5) == check::kNone);
        // It is made of what came since it was asked for last.
        if (i % 3 == 2) CHECK(history.history().operations().size() == id + 1);
      }
    }
  });
  sim.run_for(1s);
  const auto operations = history.history().operations();
  REQUIRE(operations.size() == kRounds * values.size());
  for (std::size_t n = 0; n < operations.size(); ++n) {
    const check::Operation& each = operations[n];
    const std::size_t i = n % values.size();
    const Value& key = values[(i + 1) % values.size()];
    CHECK(each.process == 5);
    CHECK(each.function == "f" + std::to_string(i % 3));
    CHECK(each.key.value_or(Value()) == key);
    CHECK(each.key.has_value() == !key.is_nil());
    CHECK(each.argument == values[i]);
    CHECK(each.outcome == (i == 4 ? check::Outcome::failed : check::Outcome::ok));
    CHECK(each.result == (i == 4 ? Value() : values[values.size() - 1 - i]));
    CHECK(each.return_ns - each.call_ns == 1'000'000);
    CHECK(each.call_line < each.return_line);
  }
}
