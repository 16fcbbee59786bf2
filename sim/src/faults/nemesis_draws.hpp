// NemesisDraws: the keyed choices of the nemesis.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/choice_hash.hpp"
#include "engine/distributions.hpp"

namespace norn::sim {

// What is drawn. The values are part of the keys: never renumber, only append.
enum class Aspect : std::uint64_t {
  absent = 1,  // swarm: by class of faults
  pace = 2,    // swarm: by class of faults
  amount = 3,  // swarm: by class of faults
  partition_gap = 4,
  partition_lasts = 5,
  partition_one_way = 6,
  partition_turned = 7,  // one way: which
  partition_isolates = 8,
  partition_node = 9,   // who is isolated
  partition_side = 10,  // of each node
  hold_gap = 11,
  hold_lasts = 12,
  hold_node = 13,  // whose messages are held
  hold_side = 14,  // of each receiver
  crash_gap = 15,
  crash_many = 16,
  crash_node = 17,
  crash_group = 18,     // of each node
  crash_together = 19,  // the nodes of a group come back at once
  crash_bounce = 20,
  crash_down_for = 21,
  crash_again = 22,
  crash_again_after = 23,
  storm_gap = 24,
  storm_lasts = 25,
  partition_partial = 26,
  partition_group = 27,  // of each node, when partial
  swarm_run = 28,        // what is chosen once a run
  swarm_gap = 29,        // from one fault of a kind to the next
  swarm_fault = 30,      // whatever is chosen for one fault
  core_size = 31,        // how many nodes are left out of a core
  core_node = 32,        // which
  core_frozen = 33,      // how each of them is
};

struct NemesisNode {
  std::string name;
  std::uint64_t key;
};

// NemesisDraws gives each choice (aspect, number of the fault, node) bits of its own. Nodes are
// chosen by name and not by place, so that one more node leaves most choices as they were.
class NemesisDraws {
 public:
  // Times are whole microseconds, for people who read the plan, and at least a millisecond.
  static constexpr Duration kGrain = std::chrono::microseconds(1);
  static constexpr Duration kLeast = std::chrono::milliseconds(1);

  NemesisDraws(std::uint64_t seed, const std::vector<std::string>& names) : seed_(seed) {
    for (const std::string& name : names) nodes_.push_back({name, text_key(name)});
  }

  const std::vector<NemesisNode>& nodes() const { return nodes_; }

  std::uint64_t bits(Aspect aspect, std::uint64_t index, std::uint64_t node_key = 0) const {
    const std::uint64_t base_key = mix(static_cast<std::uint64_t>(aspect), node_key);
    return draw(seed_, choice_key(ChoiceKind::nemesis, base_key, index));
  }

  bool chance(Aspect aspect, std::uint64_t index, Ratio ratio, std::uint64_t node_key = 0) const {
    return sim::chance(bits(aspect, index, node_key), ratio);
  }

  Duration exponential(Aspect aspect, std::uint64_t index, Duration mean,
                       std::uint64_t node_key = 0) const {
    const Duration drawn = sim::exponential(bits(aspect, index, node_key), mean);
    return std::max(drawn - drawn % kGrain, kLeast);
  }

  // ranked() puts nodes in a random order, each by its own weight (rendezvous hashing: Thaler and
  // Ravishankar, "A name-based mapping scheme for rendezvous", 1998).
  std::vector<std::size_t> ranked(Aspect aspect, std::uint64_t index,
                                  std::vector<std::size_t> nodes) const {
    std::sort(nodes.begin(), nodes.end(), [&](std::size_t a, std::size_t b) {
      return bits(aspect, index, nodes_[a].key) < bits(aspect, index, nodes_[b].key);
    });
    return nodes;
  }

  // some() is a random part of `nodes` that has at least the first `at_least` of them.
  std::vector<std::size_t> some(Aspect aspect, std::uint64_t index,
                                const std::vector<std::size_t>& nodes, std::size_t at_least) const {
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (i < at_least || chance(aspect, index, {1, 2}, nodes_[nodes[i]].key)) {
        chosen.push_back(nodes[i]);
      }
    }
    return chosen;
  }

 private:
  std::uint64_t seed_;
  std::vector<NemesisNode> nodes_;
};

}  // namespace norn::sim
