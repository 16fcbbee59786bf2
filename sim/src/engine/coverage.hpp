// CoverageMap: what a run did, told apart coarsely, for a search that is guided by it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "engine/choices.hpp"
#include "engine/edge_counters.hpp"
#include "norn/faults/kind.hpp"
#include "norn/runtime/host/message.hpp"
#include "norn/sim/sim_options.hpp"

namespace norn::sim {

// role_of() is a node's name without its digits: n1 and n2 play one role.
std::uint64_t role_of(std::string_view node);

// What a run did becomes features: hashes of what happened, with the number of times in buckets (1,
// 2, 3, 4-7, 8-15, ...) as in AFL (Zalewski, "Technical details of AFL", 2013). Features:
// - of messages: a class that came to a node, the next that was sent or came there, and the node's
//   role (what happened before what, for a pair of classes);
// - of states: what a node has published, and what all have together;
// - of faults: the kind of a fault that begins, and the classes then under way to or from those it
//   is about;
// - of properties: what was seen, and how near the forms with numbers came, in steps of two;
// - of code: edges, where the program was built with -fsanitize-coverage (edge_counters.hpp).
// Nothing of it goes into the trace.
class CoverageMap {
 public:
  explicit CoverageMap(std::uint64_t salt);
  CoverageMap(const CoverageMap&) = delete;
  CoverageMap& operator=(const CoverageMap&) = delete;

  // name_node() is called in ascending order from 1 on, before all that follows.
  void name_node(std::string_view name) { places_.push_back({.role = role_of(name)}); }

  void sent(host::NodeId node, std::uint64_t class_hash) {
    count((places_[node].context ^ class_hash) * kSent);
  }
  void delivered(host::NodeId node, std::uint64_t class_hash) {
    Place& place = places_[node];
    count((place.context ^ class_hash) * kDelivered);
    place.context = ((place.role + place.shape) ^ class_hash) * kContext;
  }
  void published(host::NodeId node, std::string_view key, std::string_view json);
  void under_way(FaultKind fault, host::NodeId node, std::uint64_t class_hash);
  // ended() adds what is known of the properties at the end.
  void ended(const std::vector<PropertyCount>& properties);
  // use_clock() says where virtual time is; before, it is 0.
  void use_clock(const std::int64_t* now_ns) {
    now_ns_ = now_ns;
    edges_.use_clock(now_ns);
  }
  // edges() are counted while they are attached.
  EdgeCounters& edges() { return edges_; }

  // wants() is whether the choice belongs to the sample; then add() takes it.
  bool wants(const TakenChoice& choice) const {
    return hash_of(choice.key) < samples_[static_cast<std::size_t>(choice.kind)].below;
  }
  void add(const TakenChoice& taken, const MadeChoice& choice);
  void note_redrawn(const TakenChoice& choice) { redrawn_[choice.key] = choice.taken; }

  // report() fills in what a run gives back.
  void report(Coverage& coverage) const;

 private:
  // Odd numbers whose bits look random: the fractional parts of the square roots of 11, 13 and 17
  // (FIPS 180-4, 5.3.5), made odd.
  static constexpr std::uint64_t kSent = 0x510e527fade682d1U;
  static constexpr std::uint64_t kDelivered = 0x9b05688c2b3e6c1fU;
  static constexpr std::uint64_t kContext = 0x1f83d9abfb41bd6bU;
  static constexpr std::size_t kFirstSize = 1024;

  struct Place {  // a node
    std::uint64_t role = 0;
    std::uint64_t context = 0;                        // of what came last
    std::map<std::uint64_t, std::uint64_t> values{};  // published, by name
    std::uint64_t state = 0;                          // a sum over the values
    std::uint64_t shape = 0;                          // the same without those that are numbers
  };
  struct Counter {
    std::uint64_t key = 0;  // 0: free
    std::uint64_t times = 0;
    std::int64_t first_ns = 0;
  };
  struct Sample {
    std::vector<MadeChoice> choices{};
    std::uint64_t below = ~std::uint64_t{0};  // what is in it has such a hash
  };

  std::uint64_t hash_of(std::uint64_t key) const { return mix(key, salt_); }
  void count(std::uint64_t key) {
    for (std::size_t i = key >> shift_;; ++i) {
      Counter& counter = counters_[i & (counters_.size() - 1)];
      if (counter.key == key) {
        ++counter.times;
        return;
      }
      if (counter.key == 0) return add_counter(key, counter);
    }
  }
  [[gnu::noinline]] void add_counter(std::uint64_t key, Counter& counter);
  void reach(std::uint64_t key);
  void reach_state(std::uint64_t key);

  const std::uint64_t salt_;
  const std::int64_t* now_ns_ = nullptr;
  std::vector<Place> places_;
  std::vector<Counter> counters_{kFirstSize};  // by key, with open addressing
  unsigned shift_ = 64 - std::countr_zero(kFirstSize);
  std::size_t used_ = 0;
  std::size_t states_ = 0;
  std::uint64_t cluster_ = 0;  // a sum over the nodes' shapes
  EdgeCounters edges_;
  std::vector<Sample> samples_;
  std::map<std::uint64_t, std::int64_t> redrawn_;
};

}  // namespace norn::sim
