#include "raft/properties.hpp"

#include <algorithm>
#include <utility>

#include "norn/runtime/assert.hpp"

namespace raft_kv {

namespace {

// The finalizer of SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number
// Generators", 2014).
std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31);
}

std::string entry_text(Index index, Term term) {
  return "entry " + std::to_string(index) + " of term " + std::to_string(term);
}

}  // namespace

std::string_view name(Safety property) {
  constexpr std::array<std::string_view, kSafetyProperties> kNames = {
      "election safety: at most one leader a term",
      "log matching: logs that share an entry agree up to it",
      "leader completeness: a leader has all that was committed before its term",
      "state machine safety: all nodes apply the same entry at an index",
      "durability: committed entries are never lost",
  };
  return kNames.at(static_cast<std::size_t>(property));
}

void RaftProperties::fail(Safety property, const std::string& detail) {
  std::string& broken = broken_.at(static_cast<std::size_t>(property));
  if (broken.empty()) broken = detail;
}

bool RaftProperties::has_committed(const Node& node, Index index) const {
  return index <= node.log.size() && node.log[index - 1] == committed_[index - 1].link;
}

void RaftProperties::push(Node& node, const EntryMark& entry) {
  const std::uint64_t before = node.log.empty() ? 0 : node.log.back().past;
  const Link link{entry.term, mix(mix(before + entry.term) + entry.checksum)};
  node.log.push_back(link);
  const Index index = node.log.size();
  if (seen_.size() < index) seen_.resize(index);
  const auto [seen, is_new] = seen_[index - 1].try_emplace(link.term, link.past);
  if (!is_new && seen->second != link.past) {
    fail(Safety::log_matching,
         entry_text(index, link.term) + " follows another past in the log of " + node.name);
  }
}

void RaftProperties::appended(NodeId id, Index index, const EntryMark& entry) {
  Node& node = nodes_[id];
  NORN_ASSERT(index == node.log.size() + 1,
              "appended() out of order: tell cut() first when entries are replaced");
  push(node, entry);
  if (index <= committed_.size() && has_committed(node, index)) node.kept = index;
}

void RaftProperties::cut(NodeId id, Index first) {
  Node& node = nodes_[id];
  node.log.resize(std::min<std::size_t>(node.log.size(), first - 1));
  if (node.kept < first) return;
  node.kept = first - 1;
  check_durability();
}

// What a snapshot covers was committed, so its links are known.
void RaftProperties::take_base(Node& node, Index base, Term base_term) {
  if (base > committed_.size() || (base > 0 && committed_[base - 1].link.term != base_term)) {
    fail(Safety::state_machine, "the snapshot of " + node.name + " up to " +
                                    entry_text(base, base_term) +
                                    " holds what was never committed");
    return;
  }
  node.log.resize(std::max<std::size_t>(node.log.size(), base));
  for (Index i = base; i > 0 && node.log[i - 1] != committed_[i - 1].link; --i) {
    node.log[i - 1] = committed_[i - 1].link;
  }
  node.applied = base;
}

void RaftProperties::find_kept(Node& node) {
  Index index = std::min(node.log.size(), committed_.size());
  while (index > 0 && !has_committed(node, index)) --index;
  node.kept = index;
}

void RaftProperties::recovered(NodeId id, Index base, Term base_term,
                               std::span<const EntryMark> entries) {
  Node& node = nodes_[id];
  node.leads = 0;
  node.log.resize(std::min<std::size_t>(node.log.size(), base));
  take_base(node, base, base_term);
  for (const EntryMark& entry : entries) push(node, entry);
  find_kept(node);
  check_durability();
}

void RaftProperties::installed(NodeId id, Index last, Term last_term, bool keeps_tail) {
  Node& node = nodes_[id];
  if (!keeps_tail) node.log.resize(std::min<std::size_t>(node.log.size(), last));
  take_base(node, last, last_term);
  find_kept(node);
  check_durability();
}

void RaftProperties::became_leader(NodeId id, Term term) {
  Node& node = nodes_[id];
  node.leads = term;
  const auto [leader, is_first] = leaders_.try_emplace(term, id);
  if (!is_first && leader->second != id) {
    fail(Safety::election, nodes_[leader->second].name + " and " + node.name + " both lead term " +
                               std::to_string(term));
  }
  // The leader of an earlier term may have committed the last entries late, in the shadow of a
  // newer one.
  Index before = committed_.size();
  while (before > 0 && committed_[before - 1].in_term >= term) --before;
  if (before == 0 || has_committed(node, before)) return;
  Index first = before;
  while (first > 1 && !has_committed(node, first - 1)) --first;
  const Committed& lost = committed_[first - 1];
  fail(Safety::leader_completeness, node.name + " leads term " + std::to_string(term) +
                                        " without " + entry_text(first, lost.link.term) +
                                        ", committed in term " + std::to_string(lost.in_term));
}

void RaftProperties::committed(NodeId id, Term term, Index index) {
  Node& node = nodes_[id];
  NORN_ASSERT(index <= node.log.size(), "committed() of an entry that appended() was not told of");
  const Index known = std::min<Index>(index, committed_.size());
  if (known > 0 && !has_committed(node, known)) {
    fail(Safety::leader_completeness,
         node.name + ", leader of term " + std::to_string(term) + ", commits another " +
             entry_text(known, node.log[known - 1].term) + " than " +
             entry_text(known, committed_[known - 1].link.term) + " committed before");
    return;
  }
  if (index == known) return;
  for (Index i = known; i < index; ++i) committed_.push_back({node.log[i], term});
  for (auto& [other_id, other] : nodes_) {
    if (has_committed(other, index)) {
      other.kept = index;
    } else {
      find_kept(other);
      if (other.leads > term) {
        fail(Safety::leader_completeness, other.name + " leads term " +
                                              std::to_string(other.leads) + " without " +
                                              entry_text(index, node.log[index - 1].term) +
                                              ", committed in term " + std::to_string(term));
      }
    }
  }
  check_durability();
}

void RaftProperties::check_durability() {
  if (committed_.empty()) return;
  const auto holders = std::ranges::count_if(
      nodes_, [&](const auto& item) { return item.second.kept == committed_.size(); });
  if (static_cast<std::size_t>(holders) >= majority_) return;
  std::string detail = entry_text(committed_.size(), committed_.back().link.term) +
                       " was committed, and is left on " + std::to_string(holders) + " of " +
                       std::to_string(nodes_.size()) + " nodes only:";
  for (const auto& [id, node] : nodes_)
    detail += " " + node.name + " has up to " + std::to_string(node.kept);
  fail(Safety::durability, detail);
}

void RaftProperties::applied(NodeId id, Index index, const EntryMark& entry) {
  Node& node = nodes_[id];
  if (index != node.applied + 1 || index > committed_.size()) {
    fail(Safety::state_machine, node.name + " applies " + entry_text(index, entry.term) +
                                    " after entry " + std::to_string(node.applied) + ", when " +
                                    std::to_string(committed_.size()) + " are committed");
    return;
  }
  node.applied = index;
  if (index == applied_.size() + 1) applied_.push_back(entry);
  if (applied_[index - 1] == entry) return;
  fail(Safety::state_machine, node.name + " applies " + entry_text(index, entry.term) +
                                  " where others applied " +
                                  entry_text(index, applied_[index - 1].term));
}

}  // namespace raft_kv
