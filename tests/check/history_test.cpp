#include "norn/check/history.hpp"

#include "support/catch.hpp"

using namespace norn::check;

TEST_CASE("a history keeps operations in the order of their calls, and events in theirs") {
  History history;
  const auto put = history.call({.process = 1, .function = "put", .key = "x", .argument = 1});
  const auto get = history.call({.process = 2, .function = "get", .key = "x"});
  REQUIRE(put.ok());
  REQUIRE(get.ok());
  REQUIRE(history.ret(*get, {.result = 1, .time_ns = 70}).ok());
  REQUIRE(history.crash().ok());
  CHECK(history.open(1) == *put);
  CHECK(history.open(2) == kNone);
  REQUIRE(history.operations().size() == 2);
  CHECK(history.operation(*put).outcome == Outcome::unknown);
  CHECK(history.operation(*put).return_event == kNone);
  CHECK(history.operation(*get).return_event == 2);
  CHECK(history.operation(*get).return_ns == 70);
  CHECK(history.events().size() == 4);
  CHECK(history.has_crashes());
  CHECK(describe(history.operation(*put)) == "client 1: put(x, 1) -> never returned");
  CHECK(describe(history.operation(*get)) == "client 2: get(x) -> 1");
}

TEST_CASE("a history refuses what cannot have happened, and stays as it was") {
  History history;
  REQUIRE(history.call({.process = 1, .function = "get", .time_ns = 10}).ok());
  const auto twice = history.call({.process = 1, .function = "put"});
  REQUIRE_FALSE(twice.ok());
  CHECK(twice.error().message ==
        "process 1 calls 'put' while its 'get' (history: operation 0) has not returned");
  const auto early = history.ret(0, {.time_ns = 9});
  REQUIRE_FALSE(early.ok());
  CHECK(early.error().message ==
        "the time 9 is before that of the last event, 10: events must stand in the order in which "
        "they happened");
  CHECK_FALSE(history.ret(1).ok());
  CHECK_FALSE(history.call({.process = 2, .function = ""}).ok());
  CHECK_FALSE(history.crash(3).ok());
  CHECK(history.events().size() == 1);
  REQUIRE(history.ret(0).ok());
  CHECK_FALSE(history.ret(0).ok());
  CHECK(history.events().size() == 2);
}

TEST_CASE("a process goes on after an operation whose outcome nobody knows") {
  History history;
  const auto put = history.call({.process = 1, .function = "put", .argument = 1});
  REQUIRE(history.ret(*put, {.outcome = Outcome::unknown}).ok());
  CHECK(history.call({.process = 1, .function = "get"}).ok());
  CHECK(describe(history.operation(*put)) == "client 1: put(1) -> unknown");
}
