// A master and its backup, and a network that lets messages through in one direction only.
// Invariant: a count has every entry that was acknowledged before.
// Faults: links are cut one way; nodes crash at the levels that say so.
#include <cstdint>
#include <string>

#include <norn/sim.hpp>

#include "master_backup/server.hpp"

using namespace std::chrono_literals;
using namespace master_backup;

namespace {

// The witness says who is the master. It never fails, and knows whether the backup has everything.
struct Witness {
  std::uint64_t term = 0;
  std::uint64_t master = 0;
  std::uint64_t change = 0;
  bool misses = false;
  norn::TimePoint free_at{};

  std::uint64_t claim(const Claim& claim) {
    if (claim.empty != 0 && term != 0) return 0;
    if (term == 0 || claim.node != master) {
      if (norn::now() < free_at || misses) return 0;
      master = claim.node;
      change = 0;
      ++term;
    }
    free_at = norn::now() + kLease;
    return term;
  }

  bool note(const BackupMisses& news) {
    if (news.term != term || news.change <= change) return false;
    change = news.change;
    misses = news.misses != 0;
    return true;
  }

  void run() {
    norn::serve([this](const Claim& each) { return claim(each); },
                [this](const BackupMisses& each) { return note(each); });
  }

  // Why nobody can be the master any more, or nothing.
  std::string stuck(const Copies& copies) const {
    const bool master_knows = !copies.empty[master];
    const bool backup_knows = !copies.empty[1 - master] && !misses;
    return term == 0 || master_knows || backup_knows ? "" : "no copy of the log is whole";
  }
};

struct Clients {
  std::int64_t acknowledged = 0;
  std::uint64_t entries = 0;

  void run(norn::Simulation& sim) {
    const norn::WorkloadMix mix("clients", {{"append", 1}, {"count", 1}});
    for (;;) {
      if (!norn::operation_wanted()) continue;
      norn::sleep_for(norn::random().between(1ms, 20ms));
      const char* const server = norn::random().chance(1, 2) ? "a" : "b";
      if (mix.pick() == 0) {
        const Append request{++entries};
        if (norn::call(server, request, {.timeout = 150ms}).value_or(false)) ++acknowledged;
        continue;
      }
      const std::int64_t before = acknowledged;
      const std::int64_t count = norn::call(server, Count{}, {.timeout = 50ms}).value_or(-1);
      if (count < 0 || count >= before) continue;
      sim.violation("a count has every entry that was acknowledged before",
                    std::to_string(before) + " entries were acknowledged, " + server + " has " +
                        std::to_string(count));
    }
  }
};

// Cuts one direction of a link, or of two, one after the other; not in the last quarter of the run.
void cutter(norn::Simulation& sim) {
  const std::string nodes[] = {"a", "b", "witness"};
  while (norn::now() < norn::TimePoint(sim.time() * 3 / 4)) {
    norn::sleep_for(norn::random().between(50ms, 500ms));
    const std::uint64_t cuts = 1 + norn::random().below(2);
    for (std::uint64_t i = 0; i < cuts; ++i) {
      const std::uint64_t from = norn::random().below(3);
      const std::uint64_t to = (from + 1 + norn::random().below(2)) % 3;
      sim.partition_one_way({nodes[from]}, {nodes[to]});
      norn::sleep_for(norn::random().between(50ms, 600ms));
    }
    sim.heal();
  }
}

}  // namespace

NORN_SCENARIO(master_backup, "a master and its backup, cut off from each other in one direction",
              {.time = 5s,
               .faults = "calm",
               .variants = {{"promotes-itself", "a backup that hears nothing takes over by itself"},
                            {"answers-alone",
                             "a master that cannot reach its backup tells nobody"}},
               .vetoes = {"clock", "disk"}}) {
  Witness witness;
  Copies copies;
  Clients clients;
  const bool promotes_itself = sim.variant() == "promotes-itself";
  const bool answers_alone = sim.variant() == "answers-alone";
  for (const std::uint64_t number : {0U, 1U}) {
    const ServerOptions options{number, number == 0 ? "b" : "a", promotes_itself, answers_alone};
    sim.node(number == 0 ? "a" : "b", [options, &copies] { Server(options, copies).run(); });
  }
  sim.node("witness", [&] { witness.run(); }, {.may_fail = false});
  for (const char* name : {"c1", "c2"})
    sim.node(name, [&] { clients.run(sim); }, {.may_fail = false});
  sim.node("cutter", [&] { cutter(sim); }, {.may_fail = false});
  sim.sometimes("the backup takes over", [&] { return witness.term > 1; });
  sim.progress("entries are acknowledged",
               [&] { return static_cast<std::uint64_t>(clients.acknowledged); },
               {.within = 2s, .excuse = [&] { return witness.stuck(copies); }});
  sim.run();
}
