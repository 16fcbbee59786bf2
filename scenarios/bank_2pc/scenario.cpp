// A bank whose accounts are spread over three nodes, kept together by two-phase commit. README.md
// lists what is checked, what goes wrong, and the mistakes that can be planted.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <norn/sim.hpp>

#include "bank_2pc/client.hpp"
#include "bank_2pc/coordinator.hpp"
#include "bank_2pc/keys.hpp"
#include "bank_2pc/ledger.hpp"
#include "bank_2pc/participant.hpp"

using namespace std::chrono_literals;

NORN_SCENARIO(
    bank_2pc, "a bank on three nodes, kept together by two-phase commit",
    {.time = 10s,
     .variants = {{"forgets-decision", "the coordinator tells its decision and writes it nowhere"},
                  {"forgets-abort", "a participant that is told to abort writes nothing down"},
                  {"commits-in-doubt", "a participant that waits for long commits by itself"},
                  {"aborts-in-doubt", "a participant that waits for long aborts by itself"},
                  {"unlocks-in-doubt", "a participant that waits for long lets go of its locks"},
                  {"reads-unlocked", "reads take no locks"}},
     // A node whose disk fails stops, and there is one copy of everything.
     .vetoes = {"lost_write", "misdirected_write", "bit_rot", "read_error", "write_error",
                "sync_error", "disk_full", "read_only"}}) {
  const auto mistake = bank_2pc::mistake_of(sim.variant());
  NORN_ASSERT(mistake.has_value(), "no such variant of this scenario: see --list");
  bank_2pc::Sightings sightings;
  bank_2pc::Ledger ledger(sim);

  sim.node("coordinator", [&] { bank_2pc::Coordinator(*mistake, sightings).run(); });
  for (const std::string_view name : bank_2pc::kParticipants)
    sim.node(std::string(name), [&] { bank_2pc::Participant(*mistake, sightings).run(); });
  for (const std::int64_t number : {1, 2, 3}) {
    sim.node("c" + std::to_string(number),
             [&ledger, number] { bank_2pc::Client(number, ledger).run(); }, {.may_fail = false});
  }

  sim.sometimes("a participant comes back in doubt",
                [&] { return sightings.recovered_in_doubt > 0; });
  sim.sometimes("the coordinator comes back with a commit to repeat",
                [&] { return sightings.repeated_commits > 0; });
  sim.sometimes("an outcome is unknown", [&] { return ledger.unknown() > 0; });
  sim.sometimes("fifty transactions commit", [&] { return ledger.committed() >= 50; });
  sim.progress("transactions commit", [&] { return ledger.committed(); }, {.within = 3s});
  sim.run();
  ledger.judge();
}
