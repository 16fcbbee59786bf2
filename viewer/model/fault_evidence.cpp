// Whom a fault concerned that drew it: the trace does not say, its messages do. A message is judged
// when it is sent.
#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <numeric>
#include <utility>

#include "model/faults.hpp"
#include "model/messages.hpp"

namespace norn::viewer {
namespace {

// No more messages than these are looked at for one fault.
constexpr std::size_t kMostLookedAt = 20'000;

bool was_cut(const EventTable& events, const Message& message) {
  return message.fate == Fate::lost &&
         static_cast<trace::DropReason>(events.detail(message.end)) == trace::DropReason::partition;
}

// The messages of a link that were sent while the fault lasted.
std::pair<std::size_t, std::size_t> sent_during(const Fault& fault, const Link& link) {
  const auto sent_before = [&](Index event) {
    const auto at =
        std::lower_bound(link.messages.begin(), link.messages.end(), event,
                         [](const Message& message, Index limit) { return message.send < limit; });
    return static_cast<std::size_t>(at - link.messages.begin());
  };
  return {sent_before(fault.begin), sent_before(fault.end)};
}

enum class Seen : std::uint8_t { nothing, passed, cut };

// What became of the messages of a link. One that was not cut off passed, whatever became of it
// later.
Seen seen_on(const Fault& fault, const Link& link, const EventTable& events) {
  const auto [first, last] = sent_during(fault, link);
  if (first == last) return Seen::nothing;
  const auto lost_first = std::lower_bound(link.lost.begin(), link.lost.end(), first);
  const auto lost_last = std::lower_bound(lost_first, link.lost.end(), last);
  if (static_cast<std::size_t>(lost_last - lost_first) < last - first) return Seen::passed;
  std::size_t looked_at = 0;
  for (auto lost = lost_first; lost != lost_last && looked_at < kMostLookedAt; ++lost, ++looked_at)
    if (!was_cut(events, link.messages[*lost])) return Seen::passed;
  return Seen::cut;
}

// Nodes that are known to be together, and which of these sets are known to be apart.
class Parts {
 public:
  explicit Parts(const std::vector<trace::NodeId>& nodes) : nodes_(nodes), leader_(nodes.size()) {
    std::iota(leader_.begin(), leader_.end(), std::size_t{0});
  }

  void join(trace::NodeId a, trace::NodeId b) { leader_[leader(place(a))] = leader(place(b)); }
  void part(trace::NodeId a, trace::NodeId b) { apart_.emplace_back(place(a), place(b)); }

  // groups() are the sets of which something is known, the one with the lowest node first. Of two
  // parts, what is apart from one is in the other.
  std::vector<std::vector<trace::NodeId>> groups(bool two) {
    if (two) join_across();
    std::map<std::size_t, std::vector<trace::NodeId>> by_leader;
    std::vector<bool> known(nodes_.size(), false);
    for (const auto& [a, b] : apart_) known[leader(a)] = known[leader(b)] = true;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (known[leader(i)]) by_leader[leader(i)].push_back(nodes_[i]);
    }
    std::vector<std::vector<trace::NodeId>> out;
    for (auto& [first, group] : by_leader) out.push_back(std::move(group));
    std::sort(out.begin(), out.end());
    return out;
  }
  // pairs() are the groups that are known to be apart, by their positions.
  std::vector<std::pair<int, int>> pairs(const std::vector<std::vector<trace::NodeId>>& groups) {
    std::map<std::size_t, int> position;
    for (std::size_t i = 0; i < groups.size(); ++i)
      position[leader(place(groups[i].front()))] = static_cast<int>(i);
    std::vector<std::pair<int, int>> out;
    for (const auto& [a, b] : apart_) {
      const auto [low, high] = std::minmax(position[leader(a)], position[leader(b)]);
      if (low != high) out.emplace_back(low, high);
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }

 private:
  std::size_t place(trace::NodeId node) const {
    return static_cast<std::size_t>(std::lower_bound(nodes_.begin(), nodes_.end(), node) -
                                    nodes_.begin());
  }
  std::size_t leader(std::size_t at) {
    while (leader_[at] != at) at = leader_[at] = leader_[leader_[at]];
    return at;
  }
  // Two sets that are both apart from a third one are together, until nothing more is found.
  void join_across() {
    std::map<std::size_t, std::size_t> opposite;
    for (bool again = true; again;) {
      again = false;
      opposite.clear();
      for (const auto& [a, b] : apart_) {
        for (const auto& [one, other] : {std::pair(a, b), std::pair(b, a)}) {
          if (leader(one) == leader(other)) continue;
          const auto [found, is_new] = opposite.try_emplace(leader(one), leader(other));
          const std::size_t before = leader(found->second);
          const std::size_t now = leader(other);
          if (is_new || before == now) continue;
          leader_[before] = now;
          again = true;
        }
      }
    }
  }

  std::vector<trace::NodeId> nodes_;  // in order
  std::vector<std::size_t> leader_;
  std::vector<std::pair<std::size_t, std::size_t>> apart_;
};

// Whether another partition may have been what cut the link off.
bool cut_by_another(const Fault& split, const std::vector<Fault>& others, const Link& link) {
  for (const Fault& other : others) {
    if (other.begin >= split.end) break;
    if (&other == &split || !other.is_partition()) continue;
    if (other.end > split.begin && other.concerns(link.from, link.to)) return true;
  }
  return false;
}

}  // namespace

void find_parts(Fault& split, const std::vector<Fault>& others, const EventTable& events,
                const MessageIndex& messages) {
  Parts parts(split.nodes);
  const auto is_in = [&](trace::NodeId node) {
    return std::binary_search(split.nodes.begin(), split.nodes.end(), node);
  };
  std::vector<const Link*> cut;
  for (const Link& link : messages.links()) {
    if (link.from == link.to || !is_in(link.from) || !is_in(link.to)) continue;
    const Seen seen = seen_on(split, link, events);
    if (seen == Seen::passed) parts.join(link.from, link.to);
    if (seen == Seen::cut) cut.push_back(&link);
  }
  for (const Link* link : cut) {
    if (!cut_by_another(split, others, *link)) parts.part(link->from, link->to);
  }
  split.sides = parts.groups(split.kind == "split");
  split.apart = parts.pairs(split.sides);
}

void find_shut(Fault& flapping, const EventTable& events, const MessageIndex& messages) {
  std::vector<std::pair<Index, bool>> seen;  // a send, and whether it was cut off
  for (const Link& link : messages.links()) {
    if (!flapping.concerns(link.from, link.to)) continue;
    const auto [first, last] = sent_during(flapping, link);
    for (std::size_t i = first; i < last && seen.size() < kMostLookedAt; ++i)
      seen.emplace_back(link.messages[i].send, was_cut(events, link.messages[i]));
  }
  std::sort(seen.begin(), seen.end());
  bool shut = false;
  for (const auto& [send, is_cut] : seen) {
    if (is_cut && shut) flapping.seen_shut.back().second = send;
    if (is_cut && !shut) flapping.seen_shut.emplace_back(send, send);
    shut = is_cut;
  }
}

}  // namespace norn::viewer
