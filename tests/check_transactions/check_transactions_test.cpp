// Stories, counts, errors, and large histories.
#include "norn/check/transactions.hpp"

#include "check_transactions/support/histories.hpp"
#include "support/catch.hpp"

using namespace norn::check;
using norn::test::anomalies;
using norn::test::lists;
using norn::test::registers;
using norn::test::story;

TEST_CASE("a cycle is told edge by edge") {
  CHECK(story(lists({"p1 0-9: append x 1; append y 1", "p2 0-9: read x [1]; read y []"})) ==
        "T2 read y = [] before T1 appended 1 to it | "
        "yet T1 appended 1 to x, and T2 read x = [1]");
  CHECK(story(lists({"p1 0-9: append x 1; append y 1", "p2 0-9: append x 2; append y 2",
                     "p3 0-9: read x [1 2]; read y [2 1]"})) ==
        "T1 appended 1 to x before T2 appended 2 to it | "
        "yet T2 appended 2 to y before T1 appended 1 to it");
  CHECK(story(registers({"p1 0-1: write x 1", "p1 2-3: read x nil"})) ==
        "T2 read x = nothing before T1 wrote 1 to it | yet T1 came before T2 in process 1");
  CHECK(story(registers({"p1 0-1: write x 1", "p2 2-3: read x nil"})) ==
        "T2 read x = nothing before T1 wrote 1 to it | yet T1 had returned before T2 was called");
}

TEST_CASE("a cycle by way of many readers and writers names those that are in it") {
  // All read the empty list before any of the appends, which nobody read.
  std::vector<std::string> lines;
  for (int i = 1; i <= 9; ++i) lines.push_back("p9 0-9: append x " + std::to_string(i));
  for (int i = 1; i <= 9; ++i) lines.emplace_back("p8 0-9: read x []");
  lines.emplace_back("p1 0-9: append x 10; append z 1");
  lines.emplace_back("p2 0-9: read x []; read z [1]");
  CHECK(story(lists(lines)) ==
        "T20 read x = [] before T19 appended 10 to it | "
        "yet T19 appended 1 to z, and T20 read z = [1]");
}

TEST_CASE("the story of a cycle is a short one") {
  // Around the circle of ten there is a chord.
  std::vector<std::string> lines;
  for (int i = 0; i < 10; ++i) {
    lines.push_back("p1 0-9: append k" + std::to_string(i) + " 1; read k" +
                    std::to_string((i + 1) % 10) + " [1]");
  }
  lines[7] += "; read k4 [1]";
  const auto verdict = check_transactions(lists(lines));
  REQUIRE(verdict->witnesses.size() == 1);
  CHECK(verdict->witnesses[0].anomaly == Anomaly::g1c);
  CHECK(verdict->witnesses[0].transactions.size() == 4);
}

TEST_CASE("the plainest story is the one of the fewest transactions, not of the worst anomaly") {
  const auto verdict = check_transactions(lists(
      {"p1 0-9: append x 1; append y 1; append z 1", "p2 0-9: append x 2; append y 2; read z []",
       "p3 0-9: append y 3; append x 3", "p4 0-9: read x [3 1 2]; read y [1 2 3]"}));
  REQUIRE(verdict->witnesses.size() == 2);
  CHECK(verdict->witnesses[0].anomaly == Anomaly::g0);
  CHECK(verdict->plainest()->transactions.size() == 2);
  CHECK(check_transactions(lists({}))->plainest() == nullptr);
}

TEST_CASE("all anomalies are counted, and the first of them told") {
  std::vector<std::string> lines;
  for (int i = 0; i < 10; ++i) {
    const std::string key = "k" + std::to_string(i);
    lines.push_back("p1 0-9 failed: append " + key + " 1");
    lines.push_back("p2 0-9: read " + key + " [1]");
  }
  const auto verdict = check_transactions(lists(lines), {.max_witnesses = 3});
  CHECK(verdict->counts.at(static_cast<std::size_t>(Anomaly::g1a)) == 10);
  REQUIRE(verdict->witnesses.size() == 3);
  CHECK(verdict->witnesses[0].story[0] == "T2 read k0 = [1], and T1, which appended 1, failed");
}

TEST_CASE("the report has the levels, the counts, and the transactions of each story") {
  const auto history = lists(
      {"p1 0-1: append x 1", "p2 2-3: read x []", "p3 0-?: append x 2", "p4 2-9: read x [1 2]"});
  CHECK(report(history, *check_transactions(history)) ==
        "transactions: 4, 4 committed (1 of an unknown outcome, whose writes were read)\n"
        "allowed: strong-read-committed, strong-session-serializable\n"
        "found: G-single-realtime (stale read: read skew, by real time), 1\n"
        "\n"
        "G-single-realtime: stale read: read skew, by real time\n"
        "  T2 read x = [] before T1 appended 1 to it\n"
        "  yet T1 had returned before T2 was called\n"
        "    T1 = process 1: append 1 to x (ok)\n"
        "    T2 = process 2: read x = [] (ok)\n");
}

TEST_CASE("names of values stand for their numbers") {
  TransactionHistory history = lists({"p1 0-9: append x 1", "p2 0-9: read x [0]"});
  history.value_names = {"red", "green"};
  CHECK(story(history) == "T2 read x = [red], and nobody appended red to x");
}

TEST_CASE("a history that makes no sense is an error that says where") {
  TransactionHistory twice = lists({"p1 0-9: append x 1", "p2 0-9: append x 1"});
  twice.transactions[1].line = 17;
  CHECK(anomalies(twice) ==
        "error: line 17: T2 writes 1 to 'x', as T1 does: no value may go twice to one key");
  CHECK(anomalies(lists({"p1 0-9: append x 1; append y 1"})).empty());
  CHECK(anomalies(lists({"p1 0-9: write x 1"})) ==
        "error: T1 writes, and the workload is list-append");
  CHECK(anomalies(registers({"p1 0-9: append x 1"})) ==
        "error: T1 appends, and the workload is registers");
  CHECK(anomalies(lists({"p1 9-0: append x 1"})) == "error: T1 returns before it is called");
  CHECK(anomalies(lists({"p1 9-9: append x 1"})).empty());
}

TEST_CASE("an empty history has no anomalies, and nothing that is committed") {
  const auto verdict = check_transactions(lists({}));
  CHECK(verdict->anomalies().empty());
  CHECK(verdict->committed == 0);
}

TEST_CASE("many readers of a list that many append to take no quadratic memory") {
  TransactionHistory history;
  constexpr std::int64_t count = 50'000;
  for (std::int64_t i = 0; i < count; ++i) {
    history.transactions.push_back({.process = 2 * i,
                                    .ops = {MicroOp::read_list("x", {})},
                                    .called = i,
                                    .returned = i + count});
    history.transactions.push_back({.process = 2 * i + 1,
                                    .ops = {MicroOp::append("x", i)},
                                    .called = i,
                                    .returned = i + count});
  }
  CHECK(anomalies(history).empty());
}

TEST_CASE("a history of one long circle is searched without recursion") {
  TransactionHistory history;
  constexpr std::int64_t count = 100'000;
  for (std::int64_t i = 0; i < count; ++i) {
    history.transactions.push_back(
        {.process = i,
         .ops = {MicroOp::append("k" + std::to_string(i), 1),
                 MicroOp::read_list("k" + std::to_string((i + 1) % count), {1})},
         .called = 0,
         .returned = 1});
  }
  const auto verdict = check_transactions(history);
  REQUIRE(verdict->witnesses.size() == 1);
  CHECK(verdict->witnesses[0].transactions.size() == count);
}
