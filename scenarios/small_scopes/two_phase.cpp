// Two-phase commit as Gray and Lamport specify it ("Consensus on Transaction Commit", ACM TODS
// 2006, section 3), step by step as their specification in TLA+ has it: so that the states can be
// counted against a model checker's.
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <norn/sim.hpp>

using namespace std::chrono_literals;

namespace {

// Steps that a process takes by itself, at any time after its start.
struct Prepare {};
struct GiveUp {};
struct Decide {};
// Between the transaction manager and the resource managers.
struct Prepared {
  std::uint32_t manager = 0;
};
struct Commit {};
struct Abort {};

enum class State : std::uint8_t { working, prepared, committed, aborted };

std::string_view name(State state) {
  constexpr std::string_view kNames[] = {"working", "prepared", "committed", "aborted"};
  return kNames[static_cast<std::size_t>(state)];
}

void resource_manager(std::uint32_t number, State& state) {
  const auto become = [&](State next) {
    state = next;
    norn::publish("state", name(next));
  };
  become(State::working);
  norn::publish("has prepared", false);
  norn::send(norn::self(), Prepare{});
  norn::send(norn::self(), GiveUp{});
  norn::serve(
      [&](const Prepare&, norn::Address) {
        if (state != State::working) return;
        become(State::prepared);
        norn::publish("has prepared", true);
        norn::send("tm", Prepared{number});
      },
      [&](const GiveUp&, norn::Address) {
        if (state == State::working) become(State::aborted);
      },
      [&](const Commit&, norn::Address) { become(State::committed); },
      [&](const Abort&, norn::Address) { become(State::aborted); });
}

void transaction_manager(const std::vector<std::string>& managers, std::size_t enough) {
  std::set<std::uint32_t> prepared;
  bool open = true;
  const auto tell_all = [&](const auto& message, std::string_view state) {
    open = false;
    norn::publish("state", state);
    for (const std::string& one : managers) norn::send(one, message);
  };
  norn::publish("state", "init");
  norn::send(norn::self(), GiveUp{});
  norn::serve(
      [&](const Prepared& message, norn::Address) {
        if (!open) return;
        prepared.insert(message.manager);
        norn::publish("prepared " + std::to_string(message.manager), true);
        if (prepared.size() == enough) norn::send(norn::self(), Decide{});
      },
      [&](const Decide&, norn::Address) {
        if (open) tell_all(Commit{}, "committed");
      },
      [&](const GiveUp&, norn::Address) {
        if (open) tell_all(Abort{}, "aborted");
      });
}

}  // namespace

NORN_SCENARIO(two_phase, "two-phase commit: nobody commits what another one aborts",
              {.time = 1s,
               .faults = "calm",
               .variants = {{"hasty", "commits when all but one are prepared"}}}) {
  const std::int64_t count = sim.knob("managers", 3, {2, 6});
  std::vector<std::string> names;
  std::vector<State> states(static_cast<std::size_t>(count), State::working);
  for (std::int64_t i = 1; i <= count; ++i) names.push_back("rm" + std::to_string(i));
  const bool hasty = sim.variant() == "hasty";
  const std::size_t enough = names.size() - (hasty ? 1 : 0);
  sim.node("tm", [&, enough] { transaction_manager(names, enough); });
  for (std::size_t i = 0; i < names.size(); ++i) {
    sim.node(names[i],
             [&states, i] { resource_manager(static_cast<std::uint32_t>(i + 1), states[i]); });
  }
  sim.always("all that are done agree", [&] {
    bool committed = false;
    bool aborted = false;
    for (const State state : states) {
      committed = committed || state == State::committed;
      aborted = aborted || state == State::aborted;
    }
    return !(committed && aborted);
  });
  sim.run();
}
