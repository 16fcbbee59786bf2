// Everything that nodes and clients show in one simulation, and the properties that are judged from
// it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "norn/sim/judged_history.hpp"
#include "norn/sim/simulation.hpp"
#include "raft/client.hpp"
#include "raft/observer.hpp"
#include "raft/properties.hpp"
#include "raft/reference.hpp"

namespace raft_kv {

// A Watcher lives on the host, as long as its Simulation runs. Nodes call it; it never calls them.
class Watcher final : public Observer, public ClientObserver {
 public:
  Watcher(norn::Simulation& sim, std::size_t cluster_size)
      : sim_(sim),
        raft_(cluster_size),
        history_(sim, "linearizable: clients see one store that does one thing at a time",
                 norn::check::key_value_model()) {}

  void add_server(norn::Address address, std::string name);
  // judge() gives the simulation its properties: the always, sometimes and eventually of this
  // story. Without `inside`, the store's own promises are judged by what clients see alone.
  void judge(bool inside);
  // finish() is for after the run: judges what could not be judged meanwhile.
  void finish() { history_.judge(); }

  void recovered(NodeId node, Index base, Term base_term,
                 std::span<const EntryMark> entries) override;
  void appended(NodeId node, Index index, const EntryMark& entry) override;
  void cut(NodeId node, Index first) override;
  void installed(NodeId node, Index last, Term last_term, bool keeps_tail) override;
  void became_leader(NodeId node, Term term) override;
  void stepped_down(NodeId node) override;
  void committed(NodeId node, Term term, Index index) override;
  void applied(NodeId node, Index index, const Entry& entry,
               const KvStore::Applied& applied) override;

  void called(const Command& command) override;
  void tried_again(const Command& command) override;
  void returned(const Command& command, const std::optional<ClientReply>& reply) override;

 private:
  bool someone_leads() const;
  bool all_have_applied(Index index) const;

  norn::Simulation& sim_;
  RaftProperties raft_;
  KvReference reference_;
  norn::JudgedHistory history_;
  std::map<NodeId, Term> leads_;
  std::set<NodeId> has_log_;  // that have had an entry
  std::uint64_t elections_ = 0;
  std::uint64_t snapshots_installed_ = 0;
  std::uint64_t retries_ = 0;
  std::uint64_t completed_ = 0;
};

}  // namespace raft_kv
