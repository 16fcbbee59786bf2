// The cluster at one moment: who is up, what is on its way, what is cut.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "model/filter_index.hpp"
#include "model/trace_model.hpp"

namespace norn::viewer {

// A place in a plane of [-1, 1] by [-1, 1], y downwards.
struct Place {
  float x = 0;
  float y = 0;
};

// place_nodes() puts node 1 to n around a circle; nodes of one zone stand together, with a gap to
// the next zone. `zones` has a name for each node, "" for none; it may be empty.
std::vector<Place> place_nodes(std::size_t nodes, std::span<const std::string> zones);

// hull_of() is the convex hull of circles of that radius around the places, as a polygon with round
// corners (Andrew: Another efficient algorithm for convex hulls in two dimensions, 1979).
std::vector<Place> hull_of(std::span<const Place> places, float radius);

struct NodeAt {
  enum class State : std::uint8_t { not_started, up, paused, down, exited };
  State state = State::up;
  std::uint32_t incarnation = 0;
  std::string role = {};  // "" when it publishes none
  // What else it has published, by key, in order of first use; of this life only.
  std::vector<std::pair<std::string, std::string>> published = {};
};

// A message on its way, and how far it is.
struct FlyingMessage {
  MessageRef ref;
  float share = 0;  // of the time that it takes, 0 to 1
};

// Messages of one link in a stretch of time.
struct LinkUse {
  std::uint64_t sent = 0;
  std::uint64_t lost = 0;
};

struct ClusterAt {
  Index event = kNone;
  double time_ns = 0;
  std::vector<NodeAt> nodes;  // node 1 first
  std::vector<FlyingMessage> flying;
  std::uint64_t flying_more = 0;      // that are not listed
  std::vector<MessageRef> just_lost;  // shortly before
  std::vector<const Fault*> faults;   // active ones
};

// Topology answers what was true at a moment in O(nodes · log n + links · log n + what is there).
// Which messages are on their way is found with a tree over the latest end of each block of
// messages: a link on which one message was held back for long costs no more than any other. The
// tree is made by a thread; until it is ready() no message is known to be on its way.
class Topology {
 public:
  static constexpr std::size_t kMostFlying = 400;

  explicit Topology(const TraceModel& model);
  Topology(const Topology&) = delete;
  Topology& operator=(const Topology&) = delete;

  // at() is the cluster after `event` has happened (kNone: before everything), at that time.
  // Messages that were lost less than `recent_ns` before are in just_lost.
  ClusterAt at(Index event, double t_ns, double recent_ns) const;

  // use() counts the messages that were sent in (begin, end], by link of the message index; with
  // the index of a filter those that pass.
  std::vector<LinkUse> use(double begin_ns, double end_ns,
                           const FilterIndex* passing = nullptr) const;

  // How traffic from one node to another is hindered by faults; `weak` is everything that lets
  // some of it pass: loss, delay, damage.
  enum class Cut : std::uint8_t { open, weak, held, cut };
  static Cut cut_of(const ClusterAt& cluster, trace::NodeId from, trace::NodeId to);

  bool ready() const { return ready_.load(); }
  void wait() const { ready_.wait(false); }
  std::size_t bytes() const;

 private:
  // A tree of maxima over the blocks of a link: node i has the children 2i and 2i+1.
  struct Ends {
    std::size_t leaves = 1;
    std::vector<Index> latest;
  };
  void prepare(const std::stop_token& stop);
  NodeAt node_at(trace::NodeId node, Index event, std::span<const Fault* const> faults) const;
  void find_flying(ClusterAt& cluster) const;
  void find_lost(ClusterAt& cluster, double recent_ns) const;

  const TraceModel* model_;
  std::vector<Ends> ends_;  // by link
  std::atomic<bool> ready_{false};
  std::jthread thread_;
};

}  // namespace norn::viewer
