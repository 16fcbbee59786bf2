// Properties: what must hold of the whole cluster, checked from outside at every step of every
// server.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <norn/sim/simulation.hpp>

#include "libraft/library.hpp"
#include "libraft/storage.hpp"
#include "libraft/wire.hpp"

namespace norn_libraft {

struct PropertyOptions {
  // false: an entry that a minority holds may be committed; what comes of it, the other properties
  // tell.
  bool count_copies = true;
  // A false answer is a violation, even before anything comes of it.
  bool check_answers = false;
};

// Properties sees all servers at once and keeps what crashes cannot take from it: who led which
// term, what was committed where. It belongs to the scenario and lives on the host; servers tell it
// what they do. It never changes what happens.
class Properties {
 public:
  Properties(norn::Simulation& sim, const std::vector<ServerRecord>& servers,
             const PropertyOptions& options = {});

  // A server begins a life, from what its disk held.
  void started(std::uint64_t server, const Loaded& loaded);
  // The library returned from a call: look at its public state.
  void stepped(std::uint64_t server, const raft& state, std::uint64_t store_digest);
  // Entries go into a server's log.
  void appended(std::uint64_t server, std::uint64_t first_index,
                std::span<const StoredEntry> entries);
  void truncated(std::uint64_t server, std::uint64_t index);
  // A server's state machine has applied the entry at `index`.
  void applied(std::uint64_t server, std::uint64_t index, std::uint64_t store_digest);
  // A server tells the leader `to` of `term` that it has stored all entries up to `last_index`.
  void answered(std::uint64_t server, std::uint64_t to, std::uint64_t term,
                std::uint64_t last_index);
  // A snapshot goes to the disk: its own, or one that took the place of the log.
  void snapshot_put(std::uint64_t server, std::uint64_t index, bool installed);
  // Something else that must not happen.
  void broken(std::string_view property, std::uint64_t server, const std::string& detail);

  // ---- what the scenario asks
  bool all_caught_up() const;
  std::uint64_t leaders_elected() const { return leader_of_.size(); }
  std::uint64_t committed() const { return committed_.empty() ? 0 : committed_.rbegin()->first; }
  // How often a leader committed an entry of an earlier term by counting replicas (3.6.2 of the
  // thesis forbids it).
  std::uint64_t old_terms_committed() const { return old_terms_committed_; }
  // How often a server answered a leader for entries that the two do not share.
  std::uint64_t false_answers() const { return false_answers_; }
  std::uint64_t truncations() const { return truncations_; }
  std::uint64_t snapshots_taken() const { return snapshots_taken_; }
  std::uint64_t snapshots_installed() const { return snapshots_installed_; }

 private:
  // An entry as others must agree on it. Index and term say which one it is.
  struct Entry {
    std::uint64_t term = 0;
    std::uint64_t content = 0;  // checksum
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  struct Committed {
    Entry entry;
    std::uint64_t in_term = 0;  // of the server that committed it first
  };
  // The furthest that a server answered for in a term without sharing the entry with the leader.
  struct Answered {
    std::uint64_t term = 0;
    std::uint64_t index = 0;
  };
  struct Server {
    std::string name;
    std::uint64_t term = 0;
    int state = RAFT_UNAVAILABLE;
    std::uint64_t commit = 0;
    std::uint64_t applied = 0;
    std::uint64_t published_commit = 0;
    bool running = false;
    std::uint64_t snapshot_index = 0;  // of a snapshot that took the place of the log
    std::map<std::uint64_t, std::uint64_t> log_terms{};  // of the entries given to the disk
    Answered false_answer{};
  };

  void check_leader(const raft& state, std::uint64_t id);
  void check_commit(Server& server, const raft& state, std::uint64_t id);
  void check_majority(std::uint64_t id, const raft& state, std::uint64_t index, std::uint64_t term);
  void check_digest(std::uint64_t server, std::uint64_t index, std::uint64_t digest);
  void publish(Server& server, const raft& state);

  norn::Simulation& sim_;
  PropertyOptions options_;
  std::map<std::uint64_t, Server> servers_;
  std::map<std::uint64_t, std::uint64_t> leader_of_;  // by term
  std::map<std::uint64_t, Committed> committed_;      // by index
  std::map<std::uint64_t, std::uint64_t> digests_;    // of the store, by last applied index
  struct Link {
    std::uint64_t content = 0;
    std::uint64_t previous_term = 0;
    friend bool operator==(const Link&, const Link&) = default;
  };
  // What (index, term) stands for, and the term before it: logs match if this is a function.
  std::map<std::pair<std::uint64_t, std::uint64_t>, Link> links_;
  std::uint64_t old_terms_committed_ = 0;
  std::uint64_t false_answers_ = 0;
  std::uint64_t truncations_ = 0;
  std::uint64_t snapshots_taken_ = 0;
  std::uint64_t snapshots_installed_ = 0;
};

}  // namespace norn_libraft
