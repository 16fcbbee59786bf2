// What an explanation says, against its definition: the first answer after which the history, with
// what was not answered until then left open, has no order.
#include <algorithm>
#include <sstream>
#include <string>

#include "check/support/reference.hpp"
#include "norn/check/history_file.hpp"
#include "norn/check/linearizability.hpp"
#include "support/catch.hpp"
#include "support/random_runs.hpp"
#include "support/source_folder.hpp"

using namespace norn::check;
using namespace norn::check::testing;

namespace {

constexpr int kHistories = norn::test::random_runs(2'000);  // for each model

struct Beginning {
  History history;
  std::vector<OperationId> numbers;  // in it, by those of the whole
};

// The events up to `last`, without operation `left_out` and those that failed.
Beginning beginning(const History& whole, std::uint32_t last, OperationId left_out) {
  Beginning made{.history = {},
                 .numbers = std::vector<OperationId>(whole.operations().size(), kNone)};
  for (std::uint32_t at = 0; at <= last; ++at) {
    const HistoryEvent& event = whole.events()[at];
    const Operation& operation = whole.operation(event.operation);
    if (event.operation == left_out || operation.outcome == Outcome::failed) continue;
    OperationId& number = made.numbers[event.operation];
    if (event.kind == HistoryEvent::Kind::ret) {
      const auto returned =
          made.history.ret(number, {.outcome = operation.outcome, .result = operation.result});
      REQUIRE(returned.ok());
      continue;
    }
    const auto called = made.history.call({.process = operation.process,
                                           .function = operation.function,
                                           .key = operation.key,
                                           .argument = operation.argument});
    REQUIRE(called.ok());
    number = *called;
  }
  return made;
}

// Of one part: of several, which one is explained is left to the search.
bool has_one_part(const History& history) {
  const std::span<const Operation> all = history.operations();
  return std::all_of(all.begin(), all.end(),
                     [&](const Operation& each) { return each.key == all[0].key; });
}

std::uint32_t first_misfit(const History& history, const Reference& reference) {
  for (std::uint32_t at = 0; at < history.events().size(); ++at) {
    if (!brute_force_linearizable(beginning(history, at, kNone).history, reference)) return at;
  }
  return kNone;
}

// The order fits, and is all of what returned before; or others had seen the operation before it
// was answered.
bool is_beginning_of_an_order(const History& history, const Reference& reference,
                              std::uint32_t last, const Misfit& misfit) {
  const Beginning without = beginning(history, last, misfit.operation);
  const bool seen = !brute_force_linearizable(without.history, reference);
  const Beginning open = beginning(history, last - 1, kNone);
  Value states(Value::Map{});
  std::vector<OperationId> order;
  for (const OperationId id : misfit.order) {
    const OperationId number = (seen ? open : without).numbers[id];
    if (number == kNone || id == misfit.operation) return false;
    order.push_back(number);
    const auto next =
        step_among_keys(reference, states, (seen ? open : without).history.operation(number));
    if (!next) return false;
    states = *next;
  }
  if (!seen) return is_linearization(without.history, reference, order);
  // Here it may have taken effect, but not with that answer.
  const Operation& answered = history.operation(misfit.operation);
  return !step_among_keys(reference, states, answered) &&
         step_among_keys(reference, states, open.history.operation(open.numbers[misfit.operation]));
}

std::string text_of(const History& history) {
  std::ostringstream out;
  static_cast<void>(write_history(history, HistoryFormat::json_lines, out));
  return out.str();
}

}  // namespace

TEST_CASE("an explanation names the first answer that fits nowhere, after an order that fits") {
  for (const Reference& reference : references()) {
    Draws draws(41);
    int explained = 0;
    for (int i = 0; i < kHistories; ++i) {
      const History history =
          draw_history(draws, reference, {.processes = 4, .operations = 8, .wrong_one_in = 1});
      if (!has_one_part(history)) continue;
      const auto result = check_linearizability(history, reference.model);
      REQUIRE(result.ok());
      if (!result->misfit) continue;
      ++explained;
      const Misfit& misfit = *result->misfit;
      const std::uint32_t last = first_misfit(history, reference);
      REQUIRE(last != kNone);
      if (history.events()[last].operation != misfit.operation)
        FAIL("blames " << misfit.operation << ", not " << history.events()[last].operation << "\n"
                       << text_of(history));
      if (!is_beginning_of_an_order(history, reference, last, misfit))
        FAIL("an order that does not fit\n" << text_of(history));
      if (misfit.states.empty()) FAIL("no state\n" << text_of(history));
    }
    INFO(reference.model.name << ": " << explained);
    CHECK(explained * 25 > kHistories);
  }
}

TEST_CASE("the histories of Porcupine that are not linearizable are explained") {
  struct Known {
    const char* name;
    std::uint32_t line;
    std::size_t before;
  };
  for (const Known& known : {Known{"c01", 59, 3}, Known{"c10", 158, 8}, Known{"c50", 1300, 77}}) {
    const auto history = read_history_file(norn::test::source_folder() + "/tests/check/histories/" +
                                           known.name + "-bad.txt");
    REQUIRE(history.ok());
    const auto result = check_linearizability(*history, key_value_model());
    REQUIRE(result.ok());
    REQUIRE(result->misfit.has_value());
    INFO(known.name);
    CHECK(history->operation(result->misfit->operation).call_line == known.line);
    CHECK(result->misfit->order.size() == known.before);
    CHECK(result->misfit->states.size() == 1);
  }
}
