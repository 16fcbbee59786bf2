// WaitGraph: who waits on whom, over the fibers of all nodes, at one instant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cluster/cluster.hpp"
#include "network/network.hpp"
#include "norn/runtime/host/fiber.hpp"

namespace norn::sim {

// Made when something is to be explained, from what fibers and messages say of themselves: nothing
// is kept for it while a run goes on. A fiber in a call() waits for the fiber that is at its
// request, or, while the request lies in a mailbox, for those that serve its class; one that wants
// a Mutex for its owner, one that joins for that task. All others, and calls whose request is
// nowhere to be seen, wait for any fiber of a node.
class WaitGraph {
 public:
  struct World {
    const Cluster& cluster;
    const Network& network;
    host::MessagePool& pool;
    // Whether something else than a fiber can act on the node: an alarm.
    std::function<bool(host::NodeId)> stirs;
  };
  explicit WaitGraph(const World& world);

  // report() tells of those who wait for others, circles first; empty: nobody does.
  std::string report() const;
  // deadlock() is a circle through calls in which each fiber can only be woken by others that wait
  // for ever as well (the OR model of Knapp, Deadlock Detection in Distributed Databases, 1987,
  // where all of a node's fibers might answer), among nodes for which that is a violation.
  std::optional<std::string> deadlock() const;
  // overdue() is the call that has been open longest, if that is at least `limit_ns`.
  std::optional<std::string> overdue(std::int64_t limit_ns, std::int64_t now_ns) const;
  bool any_endless() const { return any_endless_; }

 private:
  using Vertex = std::uint32_t;  // a fiber, or, from fibers_.size() on, any of a node's
  using Request = std::pair<host::NodeId, std::uint64_t>;
  enum class Stage : std::uint8_t { no_call, at_it, in_mailbox, under_way, node_down, unseen };
  struct Waiting {
    const host::Fiber* fiber;
    host::NodeId node;
    bool stirs = false;  // it runs, or something else than a fiber will wake it
    bool timed = false;  // its wait has a deadline
    bool known = false;  // `on` are all who can wake it, and fibers
    Stage stage = Stage::no_call;
    std::vector<Vertex> on{};  // who can wake it: any of them
  };

  void add_fibers(const World& world);
  void look(const World& world, Waiting& waiting);
  void look_at_call(const World& world, Waiting& waiting, const host::OpenCall& call);
  void wait_for_fiber(Waiting& waiting, const host::Fiber* other);
  static bool lies_in_mailbox(const host::Process& process, const Request& request,
                              host::MessagePool& pool);
  Vertex any_of(host::NodeId node) const { return static_cast<Vertex>(fibers_.size()) + node; }
  const host::OpenCall* call_of(const Waiting& waiting) const;
  std::vector<bool> stuck() const;
  // next() is who the vertex waits for.
  std::vector<Vertex> next(Vertex vertex) const;
  template <class Allowed, class Next>
  std::vector<std::vector<Vertex>> circles(const Allowed& allowed, const Next& next) const;
  std::string describe(const Waiting& waiting) const;
  std::string describe(const std::vector<Vertex>& circle) const;
  std::string name_of(const Waiting& waiting, host::NodeId seen_from) const;

  const Cluster& cluster_;
  std::vector<Waiting> fibers_;                   // by node, then in order of their start
  std::map<std::uint32_t, Vertex> by_id_;         // of fibers
  std::vector<std::pair<Vertex, Vertex>> parts_;  // by node: its fibers
  std::vector<bool> node_stirs_;                  // by node
  std::map<Request, std::vector<Vertex>> at_;     // which fibers are at which request
  std::set<Request> under_way_;                   // of which a message is
  bool any_endless_ = false;
};

}  // namespace norn::sim
