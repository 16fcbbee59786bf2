// Cluster: the nodes of a simulation and their lives.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "disk/disk.hpp"
#include "engine/core.hpp"
#include "norn/runtime/host/huge_pages.hpp"
#include "norn/runtime/host/process.hpp"
#include "norn/sim/simulation.hpp"

namespace norn::sim {

struct Node {
  std::string name;
  std::function<void()> main;
  NodeOptions options;
  std::uint64_t key = 0;  // identity for choices, from the name
  std::uint32_t incarnation = 0;
  host::Process* process = nullptr;  // null while it is down
  Disk disk;
  std::uint64_t disk_operations = 0;
  std::vector<trace::StringId> open_paths;  // by descriptor, for the trace
};

// Cluster starts and kills nodes; called on the host only.
class Cluster {
 public:
  explicit Cluster(Core& core) : core_(core) {}

  host::NodeId add(std::string name, std::function<void()> main, NodeOptions options);
  host::NodeId find(std::string_view name) const;  // 0: none
  Node& at(host::NodeId id) { return nodes_[id - 1]; }
  const Node& at(host::NodeId id) const { return nodes_[id - 1]; }
  std::size_t size() const { return processes_.size(); }
  // process() is the life of a node; null while it is down. Quicker than by way of at().
  host::Process* process(host::NodeId id) const { return processes_[id - 1]; }
  std::vector<std::string> names(bool only_those_that_may_fail) const;

  // start() begins a new life. crash() ends it at once; `cause` is the event that did it.
  void start(host::NodeId id, trace::Seq cause);
  void crash(host::NodeId id, host::MessagePool& pool, trace::Seq cause);
  // on_end() is told of each life that has ended, when its fibers are gone.
  void on_end(std::function<void(host::NodeId)> ended) { ended_ = std::move(ended); }
  // shut_down() unwinds all fibers without a trace of it: the simulation is over.
  void shut_down(host::MessagePool& pool);

 private:
  Core& core_;
  void end_life(Node& node, host::MessagePool& pool);

  std::function<void(host::NodeId)> ended_;
  std::deque<Node> nodes_;
  // The processes lie together, for every message touches one; made when the first node starts.
  std::vector<std::optional<host::Process>, host::HugePages<std::optional<host::Process>>> lives_;
  std::vector<host::Process*, host::HugePages<host::Process*>> processes_;  // by node
  std::map<std::string, host::NodeId, std::less<>> by_name_;
};

}  // namespace norn::sim
