#include "cluster/cluster.hpp"

#include <algorithm>
#include <utility>

#include "norn/runtime/assert.hpp"

namespace norn::sim {

host::NodeId Cluster::add(std::string name, std::function<void()> main, NodeOptions options) {
  NORN_ASSERT(!name.empty(), "a node needs a name");
  const auto id = static_cast<host::NodeId>(nodes_.size() + 1);
  NORN_ASSERT(by_name_.emplace(name, id).second, "two nodes are called '" + name + "'");
  Node& node = nodes_.emplace_back();
  processes_.push_back(nullptr);
  node.key = text_key(name);
  node.name = std::move(name);
  node.main = std::move(main);
  node.options = options;
  return id;
}

host::NodeId Cluster::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? 0 : found->second;
}

std::vector<std::string> Cluster::names(bool only_those_that_may_fail) const {
  std::vector<std::string> names;
  for (const Node& node : nodes_) {
    if (node.options.may_fail || !only_those_that_may_fail) names.push_back(node.name);
  }
  return names;
}

namespace {

// The groups that a node is in.
std::vector<std::string> groups_of(const NodeOptions& options) {
  std::vector<std::string> groups;
  if (!options.region.empty()) groups.push_back("region:" + options.region);
  if (!options.zone.empty()) groups.push_back("zone:" + options.zone);
  if (!options.rack.empty()) groups.push_back("rack:" + options.rack);
  return groups;
}

}  // namespace

std::vector<std::string> Cluster::groups() const {
  std::vector<std::string> all;
  for (const Node& node : nodes_) {
    for (std::string& group : groups_of(node.options)) {
      if (std::find(all.begin(), all.end(), group) == all.end()) all.push_back(std::move(group));
    }
  }
  return all;
}

std::vector<host::NodeId> Cluster::members(std::string_view name) const {
  if (const host::NodeId id = find(name); id != 0) return {id};
  std::vector<host::NodeId> members;
  if (name.find(':') == std::string_view::npos) return members;
  for (host::NodeId id = 1; id <= size(); ++id) {
    const std::vector<std::string> groups = groups_of(at(id).options);
    if (std::find(groups.begin(), groups.end(), name) != groups.end()) members.push_back(id);
  }
  return members;
}

namespace {

host::FiberCode main_fiber(const std::function<void()>*& main) {
  using Callable = const std::function<void()>*;
  host::FiberCode code;
  code.run = [](void* callable) { (**static_cast<Callable*>(callable))(); };
  code.destroy = [](void*) {};
  code.move_to = [](void* from, void* to) {
    *static_cast<Callable*>(to) = *static_cast<Callable*>(from);
  };
  code.size = sizeof(Callable);
  code.alignment = alignof(Callable);
  code.callable = static_cast<void*>(&main);
  return code;
}

}  // namespace

void Cluster::start(host::NodeId id, trace::Seq cause) {
  Node& node = at(id);
  if (node.absent) return;
  NORN_ASSERT(node.process == nullptr, "a node that runs is started");
  ++node.incarnation;
  if (lives_.empty()) lives_ = decltype(lives_)(nodes_.size());
  node.process =
      &lives_[id - 1].emplace(id, node.name, node.incarnation, node.options.mailbox_limit);
  set_processor(node);
  set_memory(node);
  processes_[id - 1] = node.process;
  trace::Event event;
  event.kind = trace::EventKind::node_start;
  event.node = id;
  event.a = node.incarnation;
  event.cause = cause;
  core_.scheduler->set_cause(core_.recorder->record(event));
  const std::function<void()>* main = &node.main;
  core_.scheduler->start(*node.process, "main", main_fiber(main));
}

trace::Seq Cluster::note_crash(host::NodeId id, trace::Seq cause) {
  const Node& node = at(id);
  NORN_ASSERT(node.process != nullptr, "a node that is down crashes");
  trace::Event event;
  event.kind = trace::EventKind::node_crash;
  event.node = id;
  event.a = node.incarnation;
  event.cause = cause;
  const trace::Seq crash = core_.recorder->record(event);
  core_.scheduler->set_cause(crash);
  return crash;
}

void Cluster::kill(host::NodeId id, host::MessagePool& pool, trace::Seq cause) {
  note_crash(id, cause);
  Node& node = at(id);
  if (dies_) dies_(*node.process);
  end_life(node, pool);
  node.disk.close_all();
}

void Cluster::crash(host::NodeId id, host::MessagePool& pool, trace::Seq cause) {
  const trace::Seq crash = note_crash(id, cause);
  Node& node = at(id);
  end_life(node, pool);
  const auto loss = node.disk.crash();
  if (loss.writes_lost + loss.names_lost == 0) return;
  trace::Event event;
  event.kind = trace::EventKind::disk_loss;
  event.node = id;
  event.a = loss.writes_lost + loss.names_lost;
  event.b = loss.bytes_lost;
  event.cause = crash;
  core_.recorder->record(event);
}

void Cluster::end_life(Node& node, host::MessagePool& pool) {
  core_.scheduler->kill(*node.process);
  node.held_up += node.process->held_up;
  node.refused += node.process->memory.refused;
  node.process->empty_mailbox(pool);
  const host::NodeId id = node.process->id();
  if (ended_) ended_(id);
  node.process = nullptr;
  processes_[id - 1] = nullptr;
  lives_[id - 1].reset();
}

// ---- standing still, and being slow

void Cluster::set_processor(const Node& node) const {
  constexpr std::uint64_t kMost = 0xffffffffU;
  node.process->cpu_time_permille = static_cast<std::uint32_t>(
      std::min(std::uint64_t{node.options.cpu_time_permille} * node.cpu_factor, kMost));
  core_.scheduler->slow_down(*node.process, node.wake_cost);
  if (node.pauses > 0) core_.scheduler->pause(*node.process);
}

void Cluster::pause(host::NodeId id) {
  Node& node = at(id);
  if (++node.pauses == 1 && node.process != nullptr) core_.scheduler->pause(*node.process);
}

void Cluster::resume(host::NodeId id) {
  Node& node = at(id);
  if (--node.pauses == 0 && node.process != nullptr) core_.scheduler->resume(*node.process);
}

void Cluster::slow_down(host::NodeId id, std::uint32_t factor, Duration wake_cost) {
  Node& node = at(id);
  node.cpu_factor = factor;
  node.wake_cost = wake_cost;
  if (node.process != nullptr) set_processor(node);
}

std::uint64_t Cluster::held_up(host::NodeId id) const {
  const Node& node = at(id);
  return node.held_up + (node.process == nullptr ? 0 : node.process->held_up);
}

void Cluster::set_memory(const Node& node) {
  host::MemoryRules& rules = node.process->memory;
  rules.limit = std::min(node.options.memory_limit, node.memory_limit);
  rules.fail_times = node.memory_fails.times;
  rules.fail_out_of = node.memory_fails.out_of;
}

void Cluster::limit_memory(host::NodeId id, std::uint64_t bytes, Ratio fails) {
  Node& node = at(id);
  node.memory_limit = bytes;
  node.memory_fails = fails;
  if (node.process != nullptr) set_memory(node);
}

std::uint64_t Cluster::refused(host::NodeId id) const {
  const Node& node = at(id);
  return node.refused + (node.process == nullptr ? 0 : node.process->memory.refused);
}

// ---- going down in good order

bool Cluster::ask_to_stop(host::NodeId id, trace::Seq cause) {
  host::Process& process = *at(id).process;
  if (process.asked_to_stop == nullptr) return false;
  core_.scheduler->set_cause(cause);
  process.asked_to_stop(process);
  return true;
}

void Cluster::take_down(host::NodeId id, host::MessagePool& pool, trace::Seq cause) {
  Node& node = at(id);
  if (node.process == nullptr) return;
  if (node.process->fiber_count > 0) return kill(id, pool, cause);
  end_life(node, pool);
  node.disk.close_all();
}

bool Cluster::take_next_version(host::NodeId id) {
  Node& node = at(id);
  if (node.next_versions.empty()) return false;
  node.main = std::move(node.next_versions.front());
  node.next_versions.erase(node.next_versions.begin());
  return true;
}

void Cluster::shut_down(host::MessagePool& pool) {
  for (Node& node : nodes_) {
    if (node.process != nullptr) end_life(node, pool);
  }
}

}  // namespace norn::sim
