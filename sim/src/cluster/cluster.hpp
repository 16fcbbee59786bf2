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
  std::vector<std::function<void()>> next_versions;  // of main, the next upgrade first
  NodeOptions options;
  std::uint64_t key = 0;  // identity for choices, from the name
  std::uint32_t incarnation = 0;
  bool absent = false;               // it never starts
  host::Process* process = nullptr;  // null while it is down
  Disk disk;
  std::uint64_t disk_operations = 0;
  std::uint32_t pauses = 0;      // while there is one, the machine stands still
  std::uint32_t cpu_factor = 1;  // how many times slower it computes than usual
  Duration wake_cost{};          // what each wake-up of a fiber costs besides
  std::uint64_t held_up = 0;     // Process::held_up of the lives that are over
  std::uint64_t memory_limit = ~std::uint64_t{0};
  Ratio memory_fails{};
  std::uint64_t refused = 0;                // MemoryRules::refused of the lives that are over
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
  // groups() are the names under which several nodes can be meant: "zone:a".
  std::vector<std::string> groups() const;
  // members() are the nodes that a name means: one, or those of a group. Empty: nobody.
  std::vector<host::NodeId> members(std::string_view name) const;

  // start() begins a new life, unless the node is absent. crash() ends it at once; `cause` is the
  // event that did it.
  void start(host::NodeId id, trace::Seq cause);
  void crash(host::NodeId id, host::MessagePool& pool, trace::Seq cause);
  // kill() ends only the process, as SIGKILL does: what it wrote stays in the machine's page cache,
  // and its sockets are closed.
  void kill(host::NodeId id, host::MessagePool& pool, trace::Seq cause);
  // ask_to_stop() tells the process, and returns whether it cares. take_down() ends it as kill()
  // does, unless it has ended by itself: then only the traces of it go. Nothing when the node is
  // down.
  bool ask_to_stop(host::NodeId id, trace::Seq cause);
  void take_down(host::NodeId id, host::MessagePool& pool, trace::Seq cause);
  // take_next_version() gives the node its next main function; false: there is none.
  bool take_next_version(host::NodeId id);
  // pause() lets the machine of a node stand still until resume(); pauses count.
  void pause(host::NodeId id);
  void resume(host::NodeId id);
  void slow_down(host::NodeId id, std::uint32_t factor, Duration wake_cost);
  // limit_memory() sets what memory() gives besides NodeOptions::memory_limit.
  void limit_memory(host::NodeId id, std::uint64_t bytes, Ratio fails);
  // refused() counts allocations that failed, over all lives.
  std::uint64_t refused(host::NodeId id) const;
  // held_up() counts wake-ups that pauses and a slow processor have delayed, over all lives.
  std::uint64_t held_up(host::NodeId id) const;
  // on_kill() is told before a process is killed, on_end() is told of each life that has ended,
  // when its fibers are gone.
  void on_kill(std::function<void(host::Process&)> dies) { dies_ = std::move(dies); }
  void on_end(std::function<void(host::NodeId)> ended) { ended_ = std::move(ended); }
  // shut_down() unwinds all fibers without a trace of it: the simulation is over.
  void shut_down(host::MessagePool& pool);

 private:
  Core& core_;
  trace::Seq note_crash(host::NodeId id, trace::Seq cause);
  void end_life(Node& node, host::MessagePool& pool);
  void set_processor(const Node& node) const;
  static void set_memory(const Node& node);

  std::function<void(host::Process&)> dies_;
  std::function<void(host::NodeId)> ended_;
  std::deque<Node> nodes_;
  // The processes lie together, for every message touches one; made when the first node starts.
  std::vector<std::optional<host::Process>, host::HugePages<std::optional<host::Process>>> lives_;
  std::vector<host::Process*, host::HugePages<host::Process*>> processes_;  // by node
  std::map<std::string, host::NodeId, std::less<>> by_name_;
};

}  // namespace norn::sim
