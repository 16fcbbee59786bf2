// The checker against one that tries everything, on random small histories.
#include <functional>
#include <sstream>

#include "check/support/reference.hpp"
#include "norn/check/history_file.hpp"
#include "norn/check/linearizability.hpp"
#include "support/catch.hpp"
#include "support/random_runs.hpp"

using namespace norn::check;
using namespace norn::check::testing;

namespace {

constexpr int kHistories = norn::test::random_runs(100'000);

std::string text_of(const History& history) {
  std::ostringstream out;
  static_cast<void>(write_history(history, HistoryFormat::json_lines, out));
  return out.str();
}

Model as_functions(const Reference& reference) {
  ModelFunctions<Value> functions;
  functions.init = reference.init;
  functions.step = [&reference](const Value& state, const Operation& operation) {
    return step(reference, state, operation);
  };
  functions.hash = [](const Value& state) { return state.hash() % 3; };  // collisions on purpose
  functions.describe = to_json;
  functions.partition = reference.model.partition;
  return function_model(std::move(functions));
}

Verdict verdict_of(const History& history, const Model& model,
                   const LinearizabilityOptions& options = {}) {
  const auto result = check_linearizability(history, model, options);
  if (!result.ok()) FAIL(result.error().message << "\n" << text_of(history));
  return result->verdict;
}

// The orders of the parts make one order of all: merge them as real time asks.
bool orders_are_right(const History& history, const Reference& reference,
                      const LinearizabilityResult& result) {
  for (const auto& order : result.orders) {
    History part;
    std::vector<OperationId> renamed(history.operations().size(), kNone);
    std::vector<bool> in(history.operations().size(), false);
    for (const OperationId id : order) in[id] = true;
    for (const HistoryEvent& event : history.events()) {
      if (!in[event.operation]) continue;
      const Operation& operation = history.operation(event.operation);
      if (event.kind == HistoryEvent::Kind::call) {
        renamed[event.operation] = *part.call({.process = operation.process,
                                               .function = operation.function,
                                               .key = operation.key,
                                               .argument = operation.argument});
      } else {
        static_cast<void>(part.ret(renamed[event.operation],
                                   {.outcome = operation.outcome, .result = operation.result}));
      }
    }
    std::vector<OperationId> ids;
    for (const OperationId id : order) ids.push_back(renamed[id]);
    if (!is_linearization(part, reference, ids)) return false;
  }
  return true;
}

void compare(const Reference& reference, const History& history, int& held) {
  const bool expected = brute_force_linearizable(history, reference);
  held += expected ? 1 : 0;
  const Verdict wanted = expected ? Verdict::holds : Verdict::violated;
  const auto result = check_linearizability(history, reference.model);
  if (!result.ok()) FAIL(result.error().message << "\n" << text_of(history));
  if (result->verdict != wanted) FAIL("should be " << name(wanted) << "\n" << text_of(history));
  if (expected && !orders_are_right(history, reference, *result))
    FAIL("a wrong order\n" << text_of(history));
  for (const std::uint64_t budget : {std::uint64_t{1}, std::uint64_t{7}, std::uint64_t{30}}) {
    const Verdict small = verdict_of(history, reference.model, {.budget = budget});
    if (small != wanted && small != Verdict::unknown)
      FAIL("wrong with a budget of " << budget << "\n" << text_of(history));
  }
  if (reference.model.name == "kv" &&
      verdict_of(history, reference.model, {.whole = true}) != wanted) {
    FAIL("wrong as a whole\n" << text_of(history));
  }
}

}  // namespace

TEST_CASE("no verdict differs from that of trying everything, in 250,000 histories") {
  for (const Reference& reference : references()) {
    Draws draws(7);
    int held = 0;
    for (int i = 0; i < kHistories / 4; ++i) {
      const History history = draw_history(draws, reference, {});
      compare(reference, history, held);
    }
    INFO(reference.model.name << ": " << held << " hold");
    CHECK(held > kHistories / 40);
    CHECK(held < kHistories / 4 - kHistories / 100);
  }
}

TEST_CASE("a model of plain functions gives the verdicts of the ready one") {
  for (const Reference& reference : references()) {
    const Model functions = as_functions(reference);
    Draws draws(8);
    for (int i = 0; i < 2'000; ++i) {
      const History history = draw_history(draws, reference, {});
      const Verdict wanted = verdict_of(history, reference.model);
      if (verdict_of(history, functions) != wanted) FAIL("differs\n" << text_of(history));
    }
  }
}
