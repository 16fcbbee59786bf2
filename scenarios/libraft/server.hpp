// Server: one node of the cluster: the library, driven by an event loop on Norn's network, disk and
// clock.
#pragma once

#include <cstdint>
#include <vector>

#include <norn/sim/simulation.hpp>

#include "libraft/properties.hpp"
#include "libraft/wire.hpp"

namespace norn_libraft {

struct ServerOptions {
  std::vector<ServerRecord> servers;   // the cluster; a pristine server is bootstrapped with it
  unsigned election_timeout_ms = 500;  // the library draws between this and its double
  unsigned heartbeat_ms = 50;          // also how often the library is ticked
  bool pre_vote = false;
  unsigned snapshot_threshold = 64;  // entries
  unsigned snapshot_trailing = 16;   // entries kept behind a snapshot
  bool async_snapshots = false;      // the state machine is copied at once and encoded later
  bool ordered_links = true;         // false: the library sees datagrams as they come
  bool repair_results = false;  // answers to AppendEntries are corrected (README.md, first finding)
};

// run_server() is the main function of a server's node; `id` is its raft_id. It returns only by
// Killed.
void run_server(Properties& properties, std::uint64_t id, const ServerOptions& options);

}  // namespace norn_libraft
