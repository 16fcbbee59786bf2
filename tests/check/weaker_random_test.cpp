// The weaker promises against their definitions, on random small histories.
#include <array>
#include <functional>
#include <sstream>
#include <string>

#include "check/support/weaker_reference.hpp"
#include "norn/check/history_file.hpp"
#include "norn/check/weaker.hpp"
#include "support/catch.hpp"
#include "support/random_runs.hpp"

using namespace norn::check;
using namespace norn::check::testing;

namespace {

constexpr int kHistories = norn::test::random_runs(20'000);  // for each promise

std::string text_of(const History& history) {
  std::ostringstream out;
  static_cast<void>(write_history(history, HistoryFormat::json_lines, out));
  return out.str();
}

bool keeps(const History& history, const Reference& reference, Consistency consistency) {
  const auto result = check_consistency(history, reference.model, consistency);
  if (!result.ok()) FAIL(result.error().message << "\n" << text_of(history));
  if (result->verdict == Verdict::unknown) FAIL("unknown\n" << text_of(history));
  if (result->breach.has_value() != (result->verdict == Verdict::violated))
    FAIL("a breach without a verdict, or without a breach\n" << text_of(history));
  return result->verdict == Verdict::holds;
}

// Both verdicts have to come at least once in twelve histories.
void compare(Consistency consistency, const Reference& reference, int count,
             const std::function<History()>& draw) {
  int kept = 0;
  for (int i = 0; i < count; ++i) {
    const History history = draw();
    const bool expected = brute_force_keeps(history, reference, consistency);
    kept += expected ? 1 : 0;
    if (keeps(history, reference, consistency) != expected) {
      FAIL(name(consistency) << " should be " << (expected ? "kept" : "broken") << " ("
                             << reference.model.name << ")\n"
                             << text_of(history));
    }
  }
  INFO(name(consistency) << ", " << reference.model.name << ": " << kept << " of " << count);
  CHECK(kept * 12 >= count);
  CHECK((count - kept) * 12 >= count);
}

struct Case {
  Consistency consistency;
  std::size_t odd_one_in;
};
// What is kept easily needs more that is odd.
constexpr std::array<Case, 7> kCases = {{
    {Consistency::causal, 4},
    {Consistency::pram, 4},
    {Consistency::read_your_writes, 2},
    {Consistency::monotonic_reads, 2},
    {Consistency::monotonic_writes, 2},
    {Consistency::writes_follow_reads, 2},
    {Consistency::regular, 4},
}};

}  // namespace

TEST_CASE("causal, PRAM, sessions and regular agree with their definitions in 140,000 histories") {
  for (const Case& each : kCases) {
    Draws draws(31);
    compare(each.consistency, references().front(), kHistories,
            [&] { return draw_accesses(draws, each.odd_one_in); });
  }
}

TEST_CASE("sequential consistency agrees with its definition, of every model") {
  for (const Reference& reference : references()) {
    Draws draws(32);
    compare(Consistency::sequential, reference, kHistories / 5,
            [&] { return draw_shifted(draws, reference); });
  }
}

TEST_CASE("durability agrees with its definition, of every model") {
  for (const Reference& reference : references()) {
    Draws draws(33);
    compare(Consistency::durable, reference, kHistories / 5,
            [&] { return draw_crashing(draws, reference, Crashes::keep_all); });
  }
}

TEST_CASE("buffered durability agrees with its definition, of every model") {
  for (const Reference& reference : references()) {
    Draws draws(34);
    compare(Consistency::buffered_durable, reference, kHistories / 5,
            [&] { return draw_crashing(draws, reference, Crashes::lose_ends); });
  }
}

TEST_CASE("what keeps a promise keeps the weaker ones, with unknown and failed operations too") {
  constexpr std::array<std::pair<Consistency, Consistency>, 9> kStrongerAndWeaker = {{
      {Consistency::linearizable, Consistency::sequential},
      {Consistency::linearizable, Consistency::regular},
      {Consistency::sequential, Consistency::causal},
      {Consistency::causal, Consistency::pram},
      {Consistency::causal, Consistency::writes_follow_reads},
      {Consistency::pram, Consistency::read_your_writes},
      {Consistency::pram, Consistency::monotonic_writes},
      {Consistency::monotonic_writes, Consistency::monotonic_reads},
      {Consistency::writes_follow_reads, Consistency::monotonic_reads},
  }};
  const Reference& reference = references().front();
  for (const auto& [stronger, weaker] : kStrongerAndWeaker) {
    Draws draws(35);
    int apart = 0;
    for (int i = 0; i < kHistories / 2; ++i) {
      const History history = draw_accesses(draws, 6);
      const bool kept = keeps(history, reference, weaker);
      if (keeps(history, reference, stronger) && !kept)
        FAIL(name(stronger) << " but not " << name(weaker) << "\n" << text_of(history));
      apart += kept && !keeps(history, reference, stronger) ? 1 : 0;
    }
    INFO(name(stronger) << " and " << name(weaker) << " differ in " << apart);
    CHECK(apart > 0);
  }
}

TEST_CASE("what a crash takes nothing of, keeps all but the end too") {
  int apart = 0;
  for (const Reference& reference : references()) {
    Draws draws(36);
    for (int i = 0; i < kHistories / 20; ++i) {
      const History history = draw_crashing(draws, reference, Crashes::lose_ends);
      const bool buffered = keeps(history, reference, Consistency::buffered_durable);
      if (keeps(history, reference, Consistency::durable)) {
        if (!buffered) FAIL(reference.model.name << "\n" << text_of(history));
      } else {
        apart += buffered ? 1 : 0;
      }
    }
  }
  CHECK(apart * 100 > kHistories / 2);
}

TEST_CASE(
    "without monotonic reads nothing breaks monotonic writes, and little writes that follow "
    "reads") {
  Draws draws(37);
  int broken = 0;
  for (int i = 0; i < kHistories / 4; ++i) {
    const History history = draw_accesses(draws, 4);
    // What nobody wrote no order explains.
    const auto read = check_consistency(history, register_model(), Consistency::monotonic_writes);
    REQUIRE(read.ok());
    if (read->breach && read->breach->pattern == "ThinAirRead") continue;
    if (!brute_force_keeps_alone(history, Consistency::monotonic_writes))
      FAIL("monotonic writes alone\n" << text_of(history));
    broken += brute_force_keeps_alone(history, Consistency::writes_follow_reads) ? 0 : 1;
  }
  CHECK(broken > 0);
  CHECK(broken * 10 < kHistories / 4);
}
