// Streaming begins anew with its machine again and again: what is judged then is judged the same.
#include <sstream>
#include <string>

#include "check/support/reference.hpp"
#include "norn/check/history_file.hpp"
#include "norn/check/streaming.hpp"
#include "support/catch.hpp"
#include "support/random_runs.hpp"

using namespace norn::check;
using namespace norn::check::testing;

namespace {

constexpr std::size_t kAtLeastAnew = 256;  // operations of a part

std::string text_of(const History& history) {
  std::ostringstream out;
  static_cast<void>(write_history(history, HistoryFormat::json_lines, out));
  return out.str();
}

bool did(StreamingChecker& checker, std::string function, const std::optional<Value>& key,
         Value argument, Value result = {}) {
  const auto id = checker.call(
      {.process = 9, .function = std::move(function), .key = key, .argument = std::move(argument)});
  return !checker.ret(id.value(), {.result = std::move(result)}).value().has_value();
}

// Writes that are read, of which nothing is left at the end: the object is as it was at first.
void lead_in(StreamingChecker& checker, const std::optional<Value>& key, std::size_t operations) {
  for (std::size_t i = 0; i < operations; ++i) {
    const std::string text = "long enough to be no short string " + std::to_string(i);
    REQUIRE(did(checker, "write", key, text));
    REQUIRE(did(checker, "read", key, {}, text));
  }
  REQUIRE(did(checker, "write", key, {}));
}

Verdict judge_after(const History& history, const Reference& reference, std::size_t operations,
                    const StreamingOptions& options) {
  StreamingChecker checker(reference.model, options);
  if (reference.keyed) {
    lead_in(checker, "a", operations);
    lead_in(checker, "b", operations);
  } else {
    lead_in(checker, {}, operations);
  }
  std::vector<OperationId> ids(history.operations().size(), kNone);
  for (const HistoryEvent& event : history.events()) {
    const Operation& operation = history.operation(event.operation);
    if (event.kind == HistoryEvent::Kind::call) {
      ids[event.operation] = checker
                                 .call({.process = operation.process,
                                        .function = operation.function,
                                        .key = operation.key,
                                        .argument = operation.argument})
                                 .value();
    } else {
      static_cast<void>(
          checker
              .ret(ids[event.operation], {.outcome = operation.outcome, .result = operation.result})
              .value());
    }
  }
  return checker.finish();
}

}  // namespace

TEST_CASE("wherever in a history streaming begins anew, its verdict is that of trying everything") {
  constexpr int kRuns = norn::test::random_runs(2'000);
  for (const Reference& reference : references()) {
    const std::string& model = reference.model.name;
    if (model != "register" && model != "cas-register" && model != "kv") continue;
    INFO(model);
    Draws draws(21);
    int held = 0;
    for (int i = 0; i < kRuns; ++i) {
      const bool few = draws.chance(3);
      const History history = draw_history(
          draws, reference, {.processes = 3, .operations = 8, .unknown_one_in = few ? 2U : 6U});
      const bool expected = brute_force_linearizable(history, reference);
      held += expected ? 1 : 0;
      // Each pair is compiled as up to three operations.
      const std::size_t operations = kAtLeastAnew / 4 + draws.below(kAtLeastAnew / 2);
      const StreamingOptions options{.most_configurations = few ? 3U : 4'096U};
      const Verdict verdict = judge_after(history, reference, operations, options);
      if (verdict != (expected ? Verdict::holds : Verdict::violated))
        FAIL(name(verdict) << " after " << operations << "\n" << text_of(history));
    }
    CHECK(held > kRuns / 10);
    CHECK(held < kRuns - kRuns / 100);
  }
}

TEST_CASE("what was appended before streaming began anew is read whole, and nothing else is") {
  for (const bool broken : {false, true}) {
    StreamingChecker checker(key_value_model());
    std::string whole;
    for (std::size_t i = 0; i < 4 * kAtLeastAnew; ++i) {
      const std::string piece = "," + std::to_string(i);
      REQUIRE(did(checker, "append", "k", piece));
      whole += piece;
      if (i % 7 == 0) REQUIRE(did(checker, "get", "k", {}, whole));
    }
    if (broken) whole.pop_back();
    CHECK(did(checker, "get", "k", {}, whole) != broken);
  }
}

TEST_CASE("a partition of one's own is asked, also in place of a ready model's") {
  Model model = cas_register_model();
  model.partition = [](const Operation& operation) {
    return Value(operation.argument.is_string() ? "texts" : "numbers");
  };
  StreamingChecker checker(model);
  REQUIRE(did(checker, "write", "a", "x"));
  REQUIRE(did(checker, "write", "b", 1));
  REQUIRE(did(checker, "read", "c", {}, 1));  // of the other key, but of the same part
  CHECK_FALSE(did(checker, "read", "b", {}, "x"));
  CHECK(checker.misfit()->part == Value("numbers"));
}
