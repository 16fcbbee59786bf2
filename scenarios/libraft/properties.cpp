#include "libraft/properties.hpp"

#include <algorithm>
#include <utility>

#include <norn/runtime/log.hpp>

namespace norn_libraft {
namespace {

// The entry at `index` of the log that the library holds in memory; null when it is not there.
// raft.h describes the fields: a circular buffer of `size` slots, used from `front` to `back`,
// whose first entry has index offset + 1.
const raft_entry* find_entry(const raft_log& log, std::uint64_t index) {
  const std::size_t count =
      log.back >= log.front ? log.back - log.front : log.size - log.front + log.back;
  if (log.size == 0 || index <= log.offset || index > log.offset + count) return nullptr;
  return &log.entries[(log.front + (index - log.offset - 1)) % log.size];
}

std::uint64_t content_of(const raft_entry& entry) {
  return checksum({static_cast<const std::byte*>(entry.buf.base), entry.buf.len});
}

std::string at(std::uint64_t index) {
  return "index " + std::to_string(index);
}
std::string of_term(std::uint64_t term) {
  return "term " + std::to_string(term);
}

const char* role(int state) {
  switch (state) {
    case RAFT_FOLLOWER:
      return "follower";
    case RAFT_CANDIDATE:
      return "candidate";
    case RAFT_LEADER:
      return "leader";
    default:
      return "unavailable";
  }
}

}  // namespace

Properties::Properties(norn::Simulation& sim, const std::vector<ServerRecord>& servers,
                       const PropertyOptions& options)
    : sim_(sim), options_(options) {
  for (const ServerRecord& server : servers) servers_[server.id].name = server.address;
}

void Properties::broken(std::string_view property, std::uint64_t server,
                        const std::string& detail) {
  sim_.violation(property, servers_[server].name + ": " + detail);
}

void Properties::started(std::uint64_t id, const Loaded& loaded) {
  Server& server = servers_[id];
  const Answered false_answer = server.false_answer;  // it may be on its way still
  server = {.name = std::move(server.name)};
  server.false_answer = false_answer;
  if (loaded.snapshot) server.snapshot_index = loaded.snapshot->index;
  std::uint64_t index = loaded.start_index;
  for (const StoredEntry& entry : loaded.entries) server.log_terms[index++] = entry.term;
}

void Properties::stepped(std::uint64_t id, const raft& state, std::uint64_t store_digest) {
  Server& server = servers_[id];
  if (state.state == RAFT_UNAVAILABLE) {
    broken("no server gives up", id,
           "unavailable in " + of_term(state.current_term) + ": " + state.errmsg);
    return;
  }
  if (state.current_term < server.term) {
    broken("terms only grow", id, of_term(state.current_term) + " after " + of_term(server.term));
  }
  if (state.last_applied > state.commit_index) {
    broken("only committed entries are applied", id,
           at(state.last_applied) + " applied, " + at(state.commit_index) + " committed");
  }
  if (state.state == RAFT_LEADER &&
      (server.state != RAFT_LEADER || server.term != state.current_term)) {
    check_leader(state, id);
  }
  check_commit(server, state, id);
  if (state.last_applied != server.applied) check_digest(id, state.last_applied, store_digest);
  publish(server, state);
  server.running = true;
  server.applied = state.last_applied;
}

// Election safety and leader completeness (figure 3.2 of the thesis).
void Properties::check_leader(const raft& state, std::uint64_t id) {
  const auto [leader, first] = leader_of_.try_emplace(state.current_term, id);
  if (!first && leader->second != id) {
    broken(
        "at most one leader a term", id,
        "leads " + of_term(state.current_term) + ", as " + servers_[leader->second].name + " did");
  }
  for (auto entry = committed_.upper_bound(state.log.offset); entry != committed_.end(); ++entry) {
    const auto& [index, committed] = *entry;
    if (committed.in_term >= state.current_term) continue;  // a leader of the past, elected late
    const raft_entry* own = find_entry(state.log, index);
    if (own != nullptr && own->term == committed.entry.term) continue;
    broken("a leader has every committed entry", id,
           "leads " + of_term(state.current_term) + " with " +
               (own == nullptr ? std::string("nothing") : "an entry of " + of_term(own->term)) +
               " at " + at(index) + ", where an entry of " + of_term(committed.entry.term) +
               " was committed in " + of_term(committed.in_term));
    return;
  }
}

void Properties::check_commit(Server& server, const raft& state, std::uint64_t id) {
  for (std::uint64_t index = server.commit + 1; index <= state.commit_index; ++index) {
    const raft_entry* own = find_entry(state.log, index);
    if (own == nullptr) continue;  // part of a snapshot by now
    const Entry entry{.term = own->term, .content = content_of(*own)};
    const auto [known, first] = committed_.try_emplace(index, Committed{entry, state.current_term});
    if (first && index > 1 && options_.count_copies)
      check_majority(id, state, index, entry.term);  // each server brings the first one along
    if (known->second.entry == entry) continue;
    broken("no two servers commit different entries", id,
           "commits an entry of " + of_term(entry.term) + " at " + at(index) + ", where one of " +
               of_term(known->second.entry.term) + " was committed before");
    return;
  }
  const std::uint64_t commit = state.commit_index;
  if (commit > server.commit && state.state == RAFT_LEADER && server.commit > 0) {
    const raft_entry* last = find_entry(state.log, commit);
    if (last != nullptr && last->term < state.current_term) ++old_terms_committed_;
  }
  server.commit = std::max(server.commit, commit);
}

// The first to commit an entry is the leader, by counting. Here a server counts from the moment on
// at which the library asked for the entry to be written: generously, because it may not be durable
// yet.
void Properties::check_majority(std::uint64_t id, const raft& state, std::uint64_t index,
                                std::uint64_t term) {
  std::size_t holders = 0;
  std::string missing;
  for (const auto& [other, server] : servers_) {
    const auto own = server.log_terms.find(index);
    if (index <= server.snapshot_index || (own != server.log_terms.end() && own->second == term)) {
      ++holders;
      continue;
    }
    missing += " " + server.name;
    if (own != server.log_terms.end()) missing += " (has " + of_term(own->second) + ")";
    if (server.false_answer.term == state.current_term && server.false_answer.index >= index)
      missing += " (answered for " + at(server.false_answer.index) + " all the same)";
  }
  if (2 * holders > servers_.size()) return;
  broken("what is committed is in the logs of a majority", id,
         "commits the entry of " + of_term(term) + " at " + at(index) + ", which is missing on" +
             missing);
}

// An answer is true if the two logs have the same entry at `last_index`: they are then equal up to
// it.
void Properties::answered(std::uint64_t id, std::uint64_t to, std::uint64_t term,
                          std::uint64_t last_index) {
  const auto found = servers_.find(to);
  if (found == servers_.end()) return;
  const Server& leader = found->second;
  if (leader.state != RAFT_LEADER || leader.term != term) return;
  Server& server = servers_[id];
  if (last_index <= std::max(server.snapshot_index, leader.snapshot_index)) return;
  const auto own = server.log_terms.find(last_index);
  const auto theirs = leader.log_terms.find(last_index);
  if (own != server.log_terms.end() && theirs != leader.log_terms.end() &&
      own->second == theirs->second)
    return;
  ++false_answers_;
  if (term > server.false_answer.term) server.false_answer = {.term = term, .index = 0};
  server.false_answer.index = std::max(server.false_answer.index, last_index);
  if (!options_.check_answers) return;
  const auto what = [&](const Server& holder, const auto& entry) {
    return holder.name + " has " +
           (entry == holder.log_terms.end() ? "nothing" : "an entry of " + of_term(entry->second));
  };
  broken("a server answers only for entries that it shares with the leader", id,
         "answers in " + of_term(term) + " for " + at(last_index) + ", where " + what(server, own) +
             " and " + what(leader, theirs));
}

void Properties::check_digest(std::uint64_t id, std::uint64_t index, std::uint64_t digest) {
  const auto [known, first] = digests_.try_emplace(index, digest);
  if (first || known->second == digest) return;
  broken("state machines that applied the same entries are equal", id,
         "differs after " + at(index));
}

void Properties::applied(std::uint64_t id, std::uint64_t index, std::uint64_t store_digest) {
  check_digest(id, index, store_digest);
}

void Properties::appended(std::uint64_t id, std::uint64_t first_index,
                          std::span<const StoredEntry> entries) {
  Server& server = servers_[id];
  std::uint64_t index = first_index;
  for (const StoredEntry& entry : entries) {
    const auto previous = server.log_terms.find(index - 1);
    Link link{.content = checksum(entry.data),
              .previous_term = previous == server.log_terms.end() ? 0 : previous->second};
    const auto [known, first] = links_.try_emplace({index, entry.term}, link);
    if (link.previous_term == 0) link.previous_term = known->second.previous_term;
    if (known->second.previous_term == 0) known->second.previous_term = link.previous_term;
    if (known->second != link) {
      broken("logs that share an entry are equal up to it", id,
             "another entry of " + of_term(entry.term) + " at " + at(index));
      return;
    }
    server.log_terms[index] = entry.term;
    ++index;
  }
}

void Properties::truncated(std::uint64_t id, std::uint64_t index) {
  ++truncations_;
  Server& server = servers_[id];
  for (auto entry = server.log_terms.lower_bound(index); entry != server.log_terms.end(); ++entry) {
    const auto committed = committed_.find(entry->first);
    if (committed == committed_.end() || committed->second.entry.term != entry->second) continue;
    broken("no committed entry is removed from a log", id,
           "removes the entry of " + of_term(entry->second) + " at " + at(entry->first));
    break;
  }
  server.log_terms.erase(server.log_terms.lower_bound(index), server.log_terms.end());
}

void Properties::snapshot_put(std::uint64_t id, std::uint64_t index, bool installed) {
  if (!installed) {
    ++snapshots_taken_;
    return;
  }
  ++snapshots_installed_;
  servers_[id].log_terms.clear();
  servers_[id].snapshot_index = index;
}

bool Properties::all_caught_up() const {
  return std::all_of(servers_.begin(), servers_.end(), [&](const auto& server) {
    return server.second.running && server.second.applied >= committed();
  });
}

void Properties::publish(Server& server, const raft& state) {
  if (server.state != state.state || !server.running) norn::publish("role", role(state.state));
  if (server.term != state.current_term || !server.running)
    norn::publish("term", state.current_term);
  if (state.commit_index != server.published_commit || !server.running)
    norn::publish("commit", state.commit_index);
  server.state = state.state;
  server.term = state.current_term;
  server.published_commit = state.commit_index;
}

}  // namespace norn_libraft
