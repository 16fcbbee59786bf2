// canonical/raft, a Raft library in C that nobody here wrote, as a cluster of three to five
// servers. Invariants and chaos: README.md, which also tells what this found.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <norn/sim.hpp>

#include "libraft/client.hpp"
#include "libraft/properties.hpp"
#include "libraft/server.hpp"

namespace {

using namespace std::chrono_literals;

constexpr int kClients = 3;

// What differs from seed to seed besides chance: one cluster is small and takes snapshots all the
// time, another is large and never does.
struct Shape {
  std::uint64_t servers = 3;
  bool transfers = false;
  norn_libraft::ServerOptions options;
};

// One of `count` values, by a hash of the seed (splitmix64: Steele, Lea, Flood 2014).
std::uint64_t pick(std::uint64_t seed, std::uint64_t what, std::uint64_t count) {
  std::uint64_t z = seed + (what + 1) * 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return (z ^ (z >> 31)) % count;
}

Shape draw_shape(std::uint64_t seed) {
  constexpr unsigned kThresholds[] = {8, 32, 128, 1u << 30};
  constexpr unsigned kTrailing[] = {2, 8, 32};
  Shape shape;
  shape.servers = 3 + pick(seed, 0, 3);
  shape.transfers = pick(seed, 1, 3) == 0;
  shape.options.pre_vote = pick(seed, 2, 2) == 0;
  shape.options.snapshot_threshold = kThresholds[pick(seed, 3, 4)];
  shape.options.snapshot_trailing = kTrailing[pick(seed, 4, 3)];
  shape.options.async_snapshots = pick(seed, 5, 2) == 0;
  return shape;
}

}  // namespace

NORN_SCENARIO(
    libraft, "canonical/raft 0.15 as a cluster of three to five servers",
    {.time = 30s,
     .variants = {{"datagrams", "messages reach the library as they come: out of order, and twice"},
                  {"repaired-results",
                   "answers to AppendEntries are corrected on their way out of the library"},
                  {"consequences",
                   "the copies of a committed entry are not counted: what comes of too few?"}},
     // A server whose disk fails stops.
     .vetoes = {"lost_write", "misdirected_write", "bit_rot", "read_error", "write_error",
                "sync_error", "disk_full", "read_only"}}) {
  Shape shape = draw_shape(sim.seed());
  shape.options.ordered_links = sim.variant() != "datagrams";
  shape.options.repair_results = sim.variant() == "repaired-results";
  std::vector<std::string> names;
  for (std::uint64_t id = 1; id <= shape.servers; ++id) {
    names.push_back("n" + std::to_string(id));
    shape.options.servers.push_back({.id = id, .role = RAFT_VOTER, .address = names.back()});
  }
  norn_libraft::Properties properties(sim, shape.options.servers,
                                      {.count_copies = sim.variant() != "consequences",
                                       .check_answers = shape.options.repair_results});
  for (std::uint64_t id = 1; id <= shape.servers; ++id) {
    sim.node(names[id - 1], [&, id] { norn_libraft::run_server(properties, id, shape.options); });
  }
  std::uint64_t answered = 0;
  for (std::uint64_t client = 1; client <= kClients; ++client) {
    sim.node("c" + std::to_string(client),
             [&, client] { norn_libraft::run_client(sim, client, names, answered); },
             {.may_fail = false});
  }
  if (shape.transfers)
    sim.node("admin", [&] { norn_libraft::run_transfers(names); }, {.may_fail = false});

  // What must always hold, Properties checks at each step of each server.
  sim.sometimes("leadership changes", [&] { return properties.leaders_elected() > 1; });
  sim.sometimes("a leader commits an older term by counting",
                [&] { return properties.old_terms_committed() > 0; });
  if (!shape.options.repair_results) {
    sim.sometimes("an answer to AppendEntries says too much",
                  [&] { return properties.false_answers() > 0; });
  }
  sim.sometimes("a log is cut back", [&] { return properties.truncations() > 0; });
  sim.sometimes("a snapshot is taken", [&] { return properties.snapshots_taken() > 0; });
  sim.sometimes("a snapshot is installed", [&] { return properties.snapshots_installed() > 0; });
  sim.eventually("all servers have applied what is committed",
                 [&] { return properties.all_caught_up(); }, {.within = 10s});
  std::uint64_t answered_before = 0;
  sim.eventually("clients get answers",
                 [&] {
                   if (answered_before == 0) answered_before = answered + 1;
                   return answered >= answered_before;
                 },
                 {.within = 10s});
  sim.run();
}
