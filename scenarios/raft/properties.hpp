// The five safety properties of Raft (paper, figure 3), judged from what the nodes show.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "raft/observer.hpp"

namespace raft_kv {

enum class Safety : std::uint8_t {
  election,             // at most one leader a term
  log_matching,         // two logs with an entry of one index and term agree up to it
  leader_completeness,  // a leader has every entry that was committed in an earlier term
  state_machine,        // no two nodes apply different entries at one index
  durability,           // a committed entry stays on a majority of the nodes
};
inline constexpr std::size_t kSafetyProperties = 5;

// name() is a sentence for reports.
std::string_view name(Safety property);

// RaftProperties watches a cluster of any implementation: it needs to be told what Observer tells,
// and nothing else. Each call costs a few steps, however long the logs are: every entry carries a
// hash of its whole past, so that two logs agree up to an index if these hashes do.
class RaftProperties {
 public:
  explicit RaftProperties(std::size_t cluster_size) : majority_(cluster_size / 2 + 1) {}

  // broken() is empty while the property holds, else says what broke it first.
  const std::string& broken(Safety property) const {
    return broken_.at(static_cast<std::size_t>(property));
  }

  void add_node(NodeId node, std::string name) { nodes_[node].name = std::move(name); }
  void recovered(NodeId node, Index base, Term base_term, std::span<const EntryMark> entries);
  void appended(NodeId node, Index index, const EntryMark& entry);
  void cut(NodeId node, Index first);
  void installed(NodeId node, Index last, Term last_term, bool keeps_tail);
  void became_leader(NodeId node, Term term);
  void stepped_down(NodeId node) { nodes_[node].leads = 0; }
  void committed(NodeId node, Term term, Index index);
  void applied(NodeId node, Index index, const EntryMark& entry);

  Index commit_index() const { return committed_.size(); }
  // applied_index() is the last entry that the node has applied, snapshots included.
  Index applied_index(NodeId node) const { return nodes_.at(node).applied; }
  Term latest_term() const { return leaders_.empty() ? 0 : leaders_.rbegin()->first; }

 private:
  struct Link {
    Term term = 0;
    std::uint64_t past = 0;  // hash of this entry and all before it
    friend bool operator==(const Link&, const Link&) = default;
  };
  struct Committed {
    Link link;
    Term in_term = 0;  // of the leader that committed it
  };
  struct Node {
    std::string name;
    std::vector<Link> log;  // from index 1, with what snapshots have replaced
    Index kept = 0;         // up to here its log is what was committed
    Index applied = 0;
    Term leads = 0;  // the term that it leads; 0: it does not
  };

  bool has_committed(const Node& node, Index index) const;
  void push(Node& node, const EntryMark& entry);
  void take_base(Node& node, Index base, Term base_term);
  void find_kept(Node& node);
  void check_durability();
  void fail(Safety property, const std::string& detail);

  std::size_t majority_;
  std::map<NodeId, Node> nodes_;
  std::map<Term, NodeId> leaders_;
  std::vector<std::map<Term, std::uint64_t>> seen_;  // by index: the past of the entry of each term
  std::vector<Committed> committed_;
  std::vector<EntryMark> applied_;
  std::array<std::string, kSafetyProperties> broken_;
};

}  // namespace raft_kv
