// Transactions and unique ids, judged with the run.
#include "norn/sim/judged_transactions.hpp"

#include <functional>
#include <map>
#include <string>

#include "norn/check/linearizability.hpp"
#include "norn/runtime.hpp"
#include "norn/runtime/codec_json.hpp"
#include "norn/sim/judged_history.hpp"
#include "norn/sim/workload.hpp"
#include "support/catch.hpp"

using namespace norn;
using namespace std::chrono_literals;

namespace {

using check::Isolation;
using check::Value;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string detail_of(const Simulation& sim) {
  return sim.violated() ? sim.violated()->detail : std::string("(no violation)");
}

Value read(const char* key, Value seen = {}) {
  return Value::List{"r", key, std::move(seen)};
}
Value append(const char* key, std::int64_t value) {
  return Value::List{"append", key, value};
}
Value list(std::int64_t only) {
  return Value::List{only};
}

// Two that each read what the other one writes, and one that sees both: write skew.
void write_skew(JudgedTransactions& judged) {
  const auto first = judged.call(1, Value::List{read("x"), append("y", 1)});
  const auto second = judged.call(2, Value::List{read("y"), append("x", 2)});
  judged.ok(first, Value::List{read("x", Value::List{}), append("y", 1)});
  judged.ok(second, Value::List{read("y", Value::List{}), append("x", 2)});
  const auto third = judged.call(1, Value::List{read("x"), read("y")});
  judged.ok(third, Value::List{read("x", list(2)), read("y", list(1))});
}

struct Judged {
  bool violated = false;
  std::string detail;
};

Judged judged_by(Isolation level, const std::function<void(JudgedTransactions&)>& what) {
  Simulation sim(SimOptions{});
  JudgedTransactions judged(sim, "the promise is kept", {.level = level});
  sim.node("client", [&] { what(judged); });
  sim.run_for(1s);
  CHECK(judged.judge());
  if (sim.violated()) CHECK(sim.violated()->property == "the promise is kept");
  return {sim.violated().has_value(), detail_of(sim)};
}

}  // namespace

TEST_CASE("transactions violate the run when they break the level that was promised") {
  const Judged serializable = judged_by(Isolation::serializable, write_skew);
  CHECK(serializable.violated);
  INFO(serializable.detail);
  CHECK(contains(serializable.detail, "G2-item (serializable was promised). G2-item; "));
  CHECK(contains(serializable.detail, "process 2: read y = [], append 2 to x (ok"));
  CHECK_FALSE(judged_by(Isolation::snapshot_isolation, write_skew).violated);
}

TEST_CASE("a stale read breaks strict serializability and nothing weaker") {
  const auto stale = [](JudgedTransactions& judged) {
    judged.ok(judged.call(1, Value::List{append("x", 1)}), Value::List{append("x", 1)});
    sleep_for(1ms);
    judged.ok(judged.call(2, Value::List{read("x")}), Value::List{read("x", Value::List{})});
    judged.ok(judged.call(3, Value::List{read("x")}), Value::List{read("x", list(1))});
  };
  const Judged strict = judged_by(Isolation::strict_serializable, stale);
  INFO(strict.detail);
  CHECK(strict.violated);
  CHECK(contains(strict.detail, "G-single-realtime"));
  CHECK_FALSE(judged_by(Isolation::serializable, stale).violated);
}

TEST_CASE("a value that was taken back is an aborted read, one of unknown fate is none") {
  for (const bool known : {true, false}) {
    const Judged result = judged_by(Isolation::read_committed, [&](JudgedTransactions& judged) {
      const auto writer = judged.call(1, Value::List{append("x", 1)});
      if (known) {
        judged.failed(writer);
      } else {
        judged.unknown(writer);
      }
      judged.ok(judged.call(2, Value::List{read("x")}), Value::List{read("x", list(1))});
    });
    INFO(result.detail);
    CHECK(result.violated == known);
    if (known) CHECK(contains(result.detail, "G1a"));
  }
}

TEST_CASE("an answer with other steps than were asked for violates the run") {
  const Judged result = judged_by(Isolation::read_committed, [](JudgedTransactions& judged) {
    judged.ok(judged.call(1, Value::List{read("x")}), Value::List{read("y", Value::List{})});
  });
  CHECK(result.violated);
}

TEST_CASE("what a node had asked when it died is unknown in its next life") {
  Simulation sim(SimOptions{});
  JudgedTransactions judged(sim, "serializable", {});
  sim.node("client", [&] {
    const auto id = judged.call(1, Value::List{read("x")});
    sleep_for(1s);
    judged.ok(id, Value::List{read("x", Value::List{})});
  });
  sim.run_for(500ms);
  sim.restart("client");
  sim.run_for(2s);
  CHECK(judged.judge());
  CHECK_FALSE(sim.violated());
  CHECK(judged.count(check::Outcome::unknown) == 1);
  CHECK(judged.count(check::Outcome::ok) == 1);
}

namespace {

struct Execute {
  using Reply = std::string;
  std::string steps;
};

// Executes the steps one after the other, with a pause between, or at once.
std::string execute(std::map<std::string, Value::List>& store, const std::string& steps,
                    bool at_once) {
  Value::List done;
  const Value all = check::parse_json(steps).value();
  for (const Value& step : all.list()) {
    Value::List parts = step.list();
    Value::List& held = store[parts[1].string()];
    if (parts[0].string() == "append") {
      held.push_back(parts[2]);
    } else {
      parts[2] = held;
    }
    done.emplace_back(std::move(parts));
    if (!at_once) sleep_for(random("pause").between(1ms, 5ms));
  }
  return check::to_json(Value(std::move(done)));
}

void client(JudgedTransactions& judged) {
  Workload workload(WorkloadKind::transactions,
                    {.keys = 3, .think_min = 1ms, .think_max = 5ms, .operations = 60});
  while (const auto call = workload.next()) {
    const auto id = judged.call(call->process, call->argument);
    const auto reply =
        norn::call("store", Execute{check::to_json(call->argument)}, {.timeout = 100ms});
    if (reply) {
      judged.ok(id, *check::parse_json(*reply));
    } else {
      judged.unknown(id);
    }
  }
}

}  // namespace

TEST_CASE("a store that executes transactions at once is serializable, one that pauses is not") {
  int found = 0;
  for (const bool at_once : {true, false}) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      SimOptions options;
      options.seed = seed;
      Simulation sim(options);
      sim.links({.loss = {1, 50}});
      JudgedTransactions judged(sim, "transactions are strictly serializable",
                                {.level = Isolation::strict_serializable});
      sim.node("store", [at_once] {
        std::map<std::string, Value::List> store;
        serve_concurrently(
            {}, [&](const Execute& request) { return execute(store, request.steps, at_once); });
      });
      for (const char* const name : {"a", "b", "c"}) sim.node(name, [&] { client(judged); });
      sim.run_for(20s);
      CHECK(judged.judge());
      INFO("seed " << seed << ": " << detail_of(sim));
      CHECK(judged.count(check::Outcome::ok) > 100);
      if (at_once) CHECK_FALSE(sim.violated());
      if (!at_once && sim.violated()) ++found;
    }
  }
  CHECK(found == 10);
}

// ---- unique ids

namespace {

struct Generate {
  using Reply = std::int64_t;
};

// Counts in memory only; `careful`: each life has numbers of its own.
void id_server(int& lives, bool careful) {
  ++lives;
  std::int64_t last = careful ? std::int64_t{lives} * 1'000'000 : 0;
  serve([&](const Generate&) { return ++last; });
}

void id_client(JudgedHistory& history) {
  Workload workload(WorkloadKind::unique_ids, {.think_min = 1ms, .think_max = 20ms});
  while (const auto call = workload.next()) {
    const auto id = history.call(*call);
    const auto reply = norn::call("server", Generate{}, {.timeout = 50ms});
    if (reply) {
      history.ok(id, *reply);
    } else {
      history.unknown(id);
    }
  }
}

check::Model id_model() {
  return Workload::model(WorkloadKind::unique_ids, {}).value();
}

}  // namespace

TEST_CASE("an id that is given twice violates the run at once, and both operations are named") {
  for (const bool careful : {false, true}) {
    Simulation sim(SimOptions{});
    sim.links({.loss = {1, 20}});
    JudgedHistory history(sim, "ids are unique", id_model());
    int lives = 0;
    sim.node("server", [&] { id_server(lives, careful); });
    for (const char* const name : {"a", "b", "c"}) sim.node(name, [&] { id_client(history); });
    sim.run_for(2s);
    CHECK_FALSE(sim.violated());
    sim.restart("server");
    sim.run_for(2s);
    CHECK(history.judge());
    INFO(detail_of(sim));
    CHECK(sim.violated().has_value() != careful);
    if (careful) continue;
    CHECK(sim.violated()->property == "ids are unique");
    CHECK(sim.violated()->at.time_since_epoch() < 2200ms);
    const std::string detail = detail_of(sim);
    const std::size_t middle = detail.find(" fits nowhere after ");
    REQUIRE(middle != std::string::npos);
    CHECK(contains(detail.substr(0, middle), "generate"));
    CHECK(contains(detail.substr(middle), "generate"));
    CHECK(contains(detail.substr(middle), "(event:"));
  }
}

TEST_CASE("ids are judged in histories too, whatever they are") {
  check::History history;
  const auto give = [&](std::int64_t process, Value id) {
    const auto operation = history.call({.process = process, .function = "generate"}).value();
    history.ret(operation, {.result = std::move(id)}).value();
  };
  const auto unanswered = history.call({.process = 9, .function = "generate"}).value();
  for (std::int64_t i = 0; i < 200; ++i) give(i % 3, i);
  give(1, "7");
  give(1, Value::List{7});
  history.ret(unanswered, {.outcome = check::Outcome::unknown}).value();
  CHECK(check::check_linearizability(history, id_model())->verdict == check::Verdict::holds);
  give(2, 7);
  const auto judged = check::check_linearizability(history, id_model());
  CHECK(judged->verdict == check::Verdict::violated);
  REQUIRE(judged->misfit);
  CHECK(id_model().rival(history, judged->misfit->operation) == 8);  // behind the unanswered one
}
