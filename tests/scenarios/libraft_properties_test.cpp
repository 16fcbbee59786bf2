// The judges of the libraft scenario: each is shown what it must find, and what it must let pass.
#include "support/catch.hpp"

#if __has_include(<raft.h>)

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <norn/runtime.hpp>
#include <norn/sim.hpp>

#include "libraft/properties.hpp"

using namespace norn_libraft;
using namespace std::chrono_literals;

namespace {

// What the library shows of a server: role, term, how far it got, and a log of these terms, from
// index 1.
struct Seen {
  int state = RAFT_FOLLOWER;
  std::uint64_t term = 1;
  std::uint64_t commit = 0;
  std::uint64_t applied = 0;
  std::vector<std::uint64_t> log{};
};

void step(Properties& properties, std::uint64_t server, const Seen& seen,
          std::uint64_t digest = 0) {
  static char command[] = "command";
  std::vector<raft_entry> entries;
  for (const std::uint64_t term : seen.log) {
    entries.push_back({.term = term,
                       .type = RAFT_COMMAND,
                       .buf = {.base = command, .len = sizeof command},
                       .batch = nullptr});
  }
  entries.emplace_back();  // the slot that a circular buffer keeps free
  raft state{};
  state.state = static_cast<unsigned short>(seen.state);
  state.current_term = seen.term;
  state.commit_index = seen.commit;
  state.last_applied = seen.applied;
  state.log.entries = entries.data();
  state.log.size = entries.size();
  state.log.back = seen.log.size();
  properties.stepped(server, state, digest);
}

// Gives `servers` the entries of these terms, from `first` on.
void append(Properties& properties, const std::vector<std::uint64_t>& servers, std::uint64_t first,
            const std::vector<std::uint64_t>& terms, std::string_view text = "command") {
  const auto bytes = std::as_bytes(std::span(text));
  std::vector<StoredEntry> entries;
  for (const std::uint64_t term : terms)
    entries.push_back({.term = term, .type = RAFT_COMMAND, .data = to_bytes(bytes)});
  for (const std::uint64_t server : servers) properties.appended(server, first, entries);
}

// The property that `steps` break in a cluster of three, or nothing.
std::string broken_by(const std::function<void(Properties&)>& steps,
                      const PropertyOptions& options = {}) {
  norn::Simulation sim(norn::SimOptions{});
  const std::vector<ServerRecord> servers = {{.id = 1, .role = RAFT_VOTER, .address = "n1"},
                                             {.id = 2, .role = RAFT_VOTER, .address = "n2"},
                                             {.id = 3, .role = RAFT_VOTER, .address = "n3"}};
  Properties properties(sim, servers, options);
  bool done = false;
  sim.node("n1", [&] {
    steps(properties);
    done = true;
  });
  sim.run_for(1s);
  CHECK(done);
  return sim.violated() ? sim.violated()->property : "";
}

}  // namespace

TEST_CASE("a server of the library that becomes unavailable has given up", "[libraft]") {
  CHECK(broken_by([](Properties& p) { step(p, 1, {}); }).empty());
  CHECK(broken_by([](Properties& p) { step(p, 1, {.state = RAFT_UNAVAILABLE}); }) ==
        "no server gives up");
}

TEST_CASE("a term that falls within a life is seen", "[libraft]") {
  CHECK(broken_by([](Properties& p) {
          step(p, 1, {.term = 3});
          step(p, 1, {.term = 3});
          step(p, 1, {.term = 4});
        }).empty());
  CHECK(broken_by([](Properties& p) {
          step(p, 1, {.term = 4});
          step(p, 1, {.term = 3});
        }) == "terms only grow");
}

TEST_CASE("an entry that is applied before it is committed is seen", "[libraft]") {
  CHECK(broken_by([](Properties& p) { step(p, 1, {.commit = 1, .applied = 2, .log = {1, 1}}); }) ==
        "only committed entries are applied");
}

TEST_CASE("two servers that lead one term are seen, one after the other is not", "[libraft]") {
  CHECK(broken_by([](Properties& p) {
          step(p, 1, {.state = RAFT_LEADER, .term = 2});
          step(p, 2, {.state = RAFT_LEADER, .term = 3});
        }).empty());
  CHECK(broken_by([](Properties& p) {
          step(p, 1, {.state = RAFT_LEADER, .term = 2});
          step(p, 2, {.state = RAFT_LEADER, .term = 2});
        }) == "at most one leader a term");
}

TEST_CASE("a leader that lacks a committed entry, or has another, is seen", "[libraft]") {
  const auto commit_then_lead = [](const std::vector<std::uint64_t>& log, std::uint64_t term) {
    return broken_by([&](Properties& p) {
      append(p, {1, 2}, 1, {1, 2});
      step(p, 1, {.state = RAFT_LEADER, .term = 2, .commit = 2, .log = {1, 2}});
      step(p, 3, {.state = RAFT_LEADER, .term = term, .log = log});
    });
  };
  CHECK(commit_then_lead({1, 2}, 3).empty());
  CHECK(commit_then_lead({1}, 3) == "a leader has every committed entry");
  CHECK(commit_then_lead({1, 1}, 3) == "a leader has every committed entry");
  // One of an earlier term, whose votes came late, need not know what was committed after it.
  CHECK(commit_then_lead({1}, 1).empty());
}

TEST_CASE("two servers that commit different entries at one index are seen", "[libraft]") {
  const auto second_commits = [](std::uint64_t term) {
    return broken_by([&](Properties& p) {
      append(p, {1, 2, 3}, 1, {1, 2});
      step(p, 1, {.term = 3, .commit = 2, .log = {1, 2}});
      step(p, 2, {.term = 3, .commit = 2, .log = {1, term}});
    });
  };
  CHECK(second_commits(2).empty());
  CHECK(second_commits(3) == "no two servers commit different entries");
}

TEST_CASE("an entry that a minority holds must not be committed", "[libraft]") {
  const auto commit = [](const std::vector<std::uint64_t>& holders, bool count_copies = true) {
    return broken_by(
        [&](Properties& p) {
          append(p, {1, 2, 3}, 1, {1});
          append(p, holders, 2, {2});
          step(p, 1, {.state = RAFT_LEADER, .term = 2, .commit = 2, .log = {1, 2}});
        },
        {.count_copies = count_copies});
  };
  CHECK(commit({1, 3}).empty());
  CHECK(commit({1}) == "what is committed is in the logs of a majority");
  CHECK(commit({1}, false).empty());
  SECTION("one that holds another entry there does not count") {
    CHECK(broken_by([&](Properties& p) {
            append(p, {1, 2, 3}, 1, {1});
            append(p, {1}, 2, {2});
            append(p, {2, 3}, 2, {1});
            step(p, 1, {.state = RAFT_LEADER, .term = 2, .commit = 2, .log = {1, 2}});
          }) == "what is committed is in the logs of a majority");
  }
  SECTION("one whose snapshot covers the entry does") {
    CHECK(broken_by([&](Properties& p) {
            append(p, {1}, 1, {1, 2});
            p.snapshot_put(2, 2, true);
            step(p, 1, {.state = RAFT_LEADER, .term = 2, .commit = 2, .log = {1, 2}});
          }).empty());
  }
}

TEST_CASE("state machines that part ways are seen", "[libraft]") {
  CHECK(broken_by([](Properties& p) {
          p.applied(1, 2, 7);
          p.applied(2, 2, 7);
          p.applied(2, 3, 8);
        }).empty());
  CHECK(broken_by([](Properties& p) {
          p.applied(1, 2, 7);
          p.applied(2, 2, 8);
        }) == "state machines that applied the same entries are equal");
}

TEST_CASE("logs that share an entry and differ before it are seen", "[libraft]") {
  constexpr const char* kProperty = "logs that share an entry are equal up to it";
  CHECK(broken_by([](Properties& p) {
          append(p, {1, 2}, 1, {1, 1, 2});
          append(p, {3}, 1, {1, 1, 3});
        }).empty());
  CHECK(broken_by([](Properties& p) {
          append(p, {1}, 1, {1, 2}, "one");
          append(p, {2}, 1, {1, 2}, "other");
        }) == kProperty);
  CHECK(broken_by([](Properties& p) {
          append(p, {1}, 1, {1, 1, 3});
          append(p, {2}, 1, {1, 2, 3});
        }) == kProperty);
}

TEST_CASE("a committed entry that is cut off a log is seen", "[libraft]") {
  const auto truncate = [](std::uint64_t index) {
    return broken_by([&](Properties& p) {
      append(p, {1, 2, 3}, 1, {1, 1, 1});
      step(p, 1, {.state = RAFT_LEADER, .term = 1, .commit = 2, .log = {1, 1, 1}});
      p.truncated(2, index);
    });
  };
  CHECK(truncate(3).empty());
  CHECK(truncate(2) == "no committed entry is removed from a log");
}

TEST_CASE("an answer for entries that the leader does not share is counted, or seen", "[libraft]") {
  const auto answer = [](std::uint64_t index, bool check_answers, std::uint64_t expected) {
    return broken_by(
        [&](Properties& p) {
          append(p, {1, 2}, 1, {1});
          append(p, {1}, 2, {3, 3});
          append(p, {2}, 2, {2, 2, 2});
          step(p, 1, {.state = RAFT_LEADER, .term = 3, .log = {1, 3, 3}});
          p.answered(2, 1, 3, index);
          CHECK(p.false_answers() == expected);
          p.answered(2, 0, 3, index);  // to nobody: the leader is not known
          CHECK(p.false_answers() == expected);
        },
        {.check_answers = check_answers});
  };
  constexpr const char* kProperty =
      "a server answers only for entries that it shares with the leader";
  CHECK(answer(1, true, 0).empty());
  CHECK(answer(2, false, 1).empty());
  CHECK(answer(2, true, 1) == kProperty);
  CHECK(answer(4, true, 1) == kProperty);
}

TEST_CASE("a server that lags behind what is committed has not caught up", "[libraft]") {
  CHECK(broken_by([](Properties& p) {
          append(p, {1, 2, 3}, 1, {1});
          for (const std::uint64_t server : {1U, 2U, 3U}) {
            CHECK_FALSE(p.all_caught_up());
            step(p, server, {.commit = 1, .applied = 1, .log = {1}});
          }
          CHECK(p.all_caught_up());
          append(p, {1, 2}, 2, {1});
          step(p, 1, {.commit = 2, .applied = 2, .log = {1, 1}}, 1);
          CHECK_FALSE(p.all_caught_up());
        }).empty());
}

TEST_CASE("servers that stay away break what must come about in the calm", "[libraft]") {
  const norn::Scenario* scenario = norn::find_scenario("libraft");
  REQUIRE(scenario != nullptr);
  const auto run = [&](std::vector<std::string> crashed) {
    norn::SimOptions options;
    options.seed = 1;
    options.time = 20s;
    options.plan.emplace().faults = {
        {.kind = norn::FaultKind::crash, .at = 2s, .side_a = std::move(crashed)}};
    const norn::RunSummary summary = norn::run_seed(*scenario, options);
    return summary.violation ? summary.violation->property : std::string();
  };
  CHECK(run({"n1"}) == "all servers have applied what is committed");
  CHECK_FALSE(run({"n1", "n2", "n3"}).empty());
}

#endif
