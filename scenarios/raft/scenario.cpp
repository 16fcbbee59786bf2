// A replicated key-value store on Raft. Whatever fails, it must behave like one map on one machine
// that never fails. README.md lists the invariants that are checked, the faults, and the mistakes
// that can be planted.
#include <chrono>
#include <string>
#include <vector>

#include <norn/sim.hpp>

#include "raft/client.hpp"
#include "raft/raft_node.hpp"
#include "raft/watcher.hpp"

using namespace std::chrono_literals;

namespace {

struct Cluster {
  raft_kv::RaftOptions raft;
  raft_kv::ClientOptions client;
};

// Every seed has a cluster of its own kind: what hides a mistake in one makes it plain in another.
Cluster draw_cluster(const norn::Simulation& sim) {
  Cluster cluster;
  const auto draw = [seed = sim.seed()](std::uint64_t what, std::uint64_t below) {
    std::uint64_t bits = (seed + 1) * 0x9e3779b97f4a7c15U + what * 0xd1b54a32d192ed03U;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;  // the mixing steps of SplitMix64
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
    return ((bits ^ (bits >> 31)) >> 33) % below;
  };
  const std::uint64_t servers = draw(1, 3) == 0 ? 5 : 3;
  for (std::uint64_t i = 1; i <= servers; ++i)
    cluster.raft.cluster.push_back("n" + std::to_string(i));
  cluster.raft.pre_vote = draw(2, 2) == 0;
  cluster.raft.entries_per_append = draw(3, 2) == 0 ? 1 : 16;
  cluster.raft.snapshot_after = draw(4, 2) == 0 ? 30 : 150;
  cluster.client.servers = cluster.raft.cluster;
  NORN_ASSERT(from_name(sim.variant(), cluster.raft.mistake),
              "no such variant of this scenario: see --list");
  return cluster;
}

}  // namespace

NORN_SCENARIO(raft, "a key-value store replicated by Raft",
              {.time = 20s,
               .variants =
                   {
                       {"vote-not-persisted",
                        "a vote is forgotten by a crash, and given again in the same term"},
                       {"commit-older-term",
                        "an older term's entry is committed by counting replicas (figure 8)"},
                       {"append-truncates", "an old append cuts off entries that came after it"},
                       {"vote-ignores-log", "votes are given without comparing logs"},
                       {"stale-vote-counted",
                        "a vote of an earlier term is counted in a later one"},
                       {"ack-before-sync", "entries are acknowledged before they are on the disk"},
                       {"stale-read", "a leader answers reads from its own state, deposed or not"},
                       {"lost-session", "a snapshot forgets what was already done for whom"},
                   },
               // A node whose disk fails stops, and there is nothing in the protocol for one that
               // has lost what it promised.
               .vetoes = {"lost_write", "misdirected_write", "bit_rot", "read_error", "write_error",
                          "sync_error", "disk_full", "read_only"}}) {
  const Cluster cluster = draw_cluster(sim);
  raft_kv::Watcher watcher(sim, cluster.raft.cluster.size());

  for (const std::string& name : cluster.raft.cluster) {
    const auto server = [&] { raft_kv::RaftNode(cluster.raft, watcher).run(); };
    watcher.add_server(sim.node(name, server), name);
  }
  for (const char* name : {"c1", "c2", "c3"}) {
    const auto client = [&] { raft_kv::Client(cluster.client, watcher).run(); };
    sim.node(name, client, {.may_fail = false});
  }

  watcher.judge(!shows_to_clients_only(cluster.raft.mistake));
  sim.run();
  watcher.finish();
}
