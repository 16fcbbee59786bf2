#include "norn/check/streaming.hpp"

#include <sstream>

#include "check/support/reference.hpp"
#include "check/support/story.hpp"
#include "norn/check/history_file.hpp"
#include "support/catch.hpp"
#include "support/random_runs.hpp"

using namespace norn::check;
using namespace norn::check::testing;

namespace {

std::string text_of(const History& history) {
  std::ostringstream out;
  static_cast<void>(write_history(history, HistoryFormat::json_lines, out));
  return out.str();
}

struct Judged {
  Verdict verdict = Verdict::holds;
  std::optional<StreamingMisfit> misfit;
  std::size_t events = 0;  // until the misfit was told
};

Judged stream(const History& history, const Model& model, const StreamingOptions& options = {}) {
  StreamingChecker checker(model, options);
  Judged judged;
  std::vector<OperationId> ids(history.operations().size(), kNone);
  for (const HistoryEvent& event : history.events()) {
    ++judged.events;
    const Operation& operation = history.operation(event.operation);
    if (event.kind == HistoryEvent::Kind::call) {
      const auto id = checker.call({.process = operation.process,
                                    .function = operation.function,
                                    .key = operation.key,
                                    .argument = operation.argument});
      if (!id.ok()) FAIL(id.error().message << "\n" << text_of(history));
      ids[event.operation] = *id;
      continue;
    }
    const auto misfit = checker.ret(ids[event.operation],
                                    {.outcome = operation.outcome, .result = operation.result});
    if (!misfit.ok()) FAIL(misfit.error().message << "\n" << text_of(history));
    if (*misfit) break;
  }
  judged.verdict = checker.finish();
  judged.misfit = checker.misfit();
  return judged;
}

// The first `events` of a history.
History beginning(const History& history, std::size_t events) {
  History begun;
  for (std::size_t i = 0; i < events; ++i) {
    const HistoryEvent& event = history.events()[i];
    const Operation& operation = history.operation(event.operation);
    if (event.kind == HistoryEvent::Kind::call) {
      static_cast<void>(begun.call({.process = operation.process,
                                    .function = operation.function,
                                    .key = operation.key,
                                    .argument = operation.argument}));
    } else {
      static_cast<void>(
          begun.ret(event.operation, {.outcome = operation.outcome, .result = operation.result}));
    }
  }
  return begun;
}

}  // namespace

TEST_CASE("streaming gives the verdicts of trying everything, and names the return that broke it") {
  constexpr int kRuns = norn::test::random_runs(10'000);
  for (const Reference& reference : references()) {
    Draws draws(9);
    int held = 0;
    for (int i = 0; i < kRuns; ++i) {
      const History history = draw_history(draws, reference, {});
      const bool expected = brute_force_linearizable(history, reference);
      held += expected ? 1 : 0;
      const Judged judged = stream(history, reference.model);
      if (judged.verdict != (expected ? Verdict::holds : Verdict::violated))
        FAIL(reference.model.name << ": " << name(judged.verdict) << "\n" << text_of(history));
      if (expected || !reference.model.deterministic) continue;
      // At that very event: the beginning with it is wrong, without it right.
      if (brute_force_linearizable(beginning(history, judged.events), reference) ||
          !brute_force_linearizable(beginning(history, judged.events - 1), reference)) {
        FAIL(reference.model.name << ": told at event " << judged.events << "\n"
                                  << text_of(history));
      }
    }
    INFO(reference.model.name);
    CHECK(held > kRuns / 10);
    CHECK(held < kRuns - kRuns / 100);
  }
}

namespace {

// Down to the event at which it must speak, with any number of configurations.
void compare(const Reference& reference, const History& history, std::size_t configurations,
             int& held) {
  const bool expected = brute_force_linearizable(history, reference);
  held += expected ? 1 : 0;
  const Judged judged = stream(history, reference.model, {.most_configurations = configurations});
  if (judged.verdict != (expected ? Verdict::holds : Verdict::violated))
    FAIL(reference.model.name << ": " << name(judged.verdict) << "\n" << text_of(history));
  if (expected || !reference.model.deterministic || configurations < 1'000) return;
  if (brute_force_linearizable(beginning(history, judged.events), reference) ||
      !brute_force_linearizable(beginning(history, judged.events - 1), reference)) {
    FAIL(reference.model.name << ": told at event " << judged.events << "\n" << text_of(history));
  }
}

}  // namespace

TEST_CASE("streaming is exact where most operations are lost, and where many overlap") {
  constexpr int kRuns = norn::test::random_runs(3'000);
  for (const Reference& reference : references()) {
    Draws draws(11);
    int held = 0;
    for (int i = 0; i < kRuns; ++i) {
      const DrawOptions lost{.processes = 3, .operations = 8, .unknown_one_in = 2};
      compare(reference, draw_history(draws, reference, lost), 100'000, held);
      const DrawOptions overlapping{.processes = 6, .operations = 8, .unknown_one_in = 5};
      compare(reference, draw_history(draws, reference, overlapping), 100'000, held);
      const DrawOptions both{.processes = 5, .operations = 7, .unknown_one_in = 3};
      compare(reference, draw_history(draws, reference, both), 3, held);
    }
    INFO(reference.model.name);
    CHECK(held > kRuns / 3);
    CHECK(held < 3 * kRuns - kRuns / 30);
  }
}

TEST_CASE("streaming that can follow hardly anything searches, with the same verdicts") {
  for (const Reference& reference : references()) {
    Draws draws(10);
    for (int i = 0; i < norn::test::random_runs(4'000); ++i) {
      const History history = draw_history(draws, reference, {});
      const bool expected = brute_force_linearizable(history, reference);
      const Judged judged = stream(history, reference.model, {.most_configurations = 2});
      if (judged.verdict != (expected ? Verdict::holds : Verdict::violated))
        FAIL(reference.model.name << ": " << name(judged.verdict) << "\n" << text_of(history));
    }
  }
}

TEST_CASE("what was open when the past was let go is still judged right") {
  // Long histories in which something is always open: the past is let go every 4,096 events.
  for (const Reference& reference : references()) {
    if (reference.model.name != "register" && reference.model.name != "counter") continue;
    StreamingChecker checker(reference.model);
    std::vector<OperationId> open;
    const auto start = [&](std::int64_t process, const char* function, Value argument) {
      const auto id =
          checker.call({.process = process, .function = function, .argument = std::move(argument)});
      REQUIRE(id.ok());
      return *id;
    };
    const bool counter = reference.model.name == "counter";
    const char* const change = counter ? "add" : "write";
    OperationId before = start(0, change, 0);
    std::int64_t sum = 0;
    for (int i = 1; i < 200'000; ++i) {
      const OperationId next = start(i % 2, change, i);
      REQUIRE_FALSE(checker.ret(before)->has_value());
      before = next;
      sum += i;
      if (i % 1'000 != 0) continue;
      // All but the last are done; the last may be.
      const OperationId read = start(2, "read", {});
      const auto misfit = checker.ret(read, {.result = counter ? Value(sum) : Value(i)});
      REQUIRE(misfit.ok());
      REQUIRE_FALSE(misfit->has_value());
    }
    const OperationId read = start(2, "read", {});
    const auto misfit = checker.ret(read, {.result = -1});
    REQUIRE(misfit.ok());
    REQUIRE(misfit->has_value());
    CHECK((*misfit)->operation == read);
    CHECK(checker.configurations() < 10);
    CHECK(checker.finish() == Verdict::violated);
  }
}

TEST_CASE("operations that time out again and again stay few to follow") {
  StreamingChecker checker(register_model());
  for (int i = 0; i < 2'000; ++i) {
    const auto lost = checker.call({.process = 1, .function = "write", .argument = 7});
    REQUIRE_FALSE(checker.ret(*lost, {.outcome = Outcome::unknown})->has_value());
    const auto unread = checker.call({.process = 1, .function = "read"});
    REQUIRE_FALSE(checker.ret(*unread, {.outcome = Outcome::unknown})->has_value());
    const auto write = checker.call({.process = 2, .function = "write", .argument = i % 5});
    REQUIRE_FALSE(checker.ret(*write)->has_value());
    const auto read = checker.call({.process = 2, .function = "read"});
    REQUIRE_FALSE(
        checker.ret(*read, {.result = i % 100 == 0 ? Value(7) : Value(i % 5)})->has_value());
  }
  CHECK(checker.finish() == Verdict::holds);
  CHECK(checker.configurations() < 100);
}

TEST_CASE("a streaming checker refuses what cannot happen") {
  StreamingChecker checker(register_model());
  const auto write = checker.call({.process = 1, .function = "write", .argument = 1});
  REQUIRE(write.ok());
  CHECK_FALSE(checker.call({.process = 1, .function = "read"}).ok());
  CHECK_FALSE(checker.call({.process = 2, .function = "cas"}).ok());
  CHECK_FALSE(checker.ret(99).ok());
  REQUIRE(checker.ret(*write).ok());
  CHECK_FALSE(checker.ret(*write).ok());
}
