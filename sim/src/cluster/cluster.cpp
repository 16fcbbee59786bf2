#include "cluster/cluster.hpp"

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
  NORN_ASSERT(node.process == nullptr, "a node that runs is started");
  ++node.incarnation;
  if (lives_.empty()) lives_ = decltype(lives_)(nodes_.size());
  node.process =
      &lives_[id - 1].emplace(id, node.name, node.incarnation, node.options.mailbox_limit);
  node.process->cpu_time_permille = node.options.cpu_time_permille;
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

void Cluster::crash(host::NodeId id, host::MessagePool& pool, trace::Seq cause) {
  Node& node = at(id);
  NORN_ASSERT(node.process != nullptr, "a node that is down crashes");
  trace::Event event;
  event.kind = trace::EventKind::node_crash;
  event.node = id;
  event.a = node.incarnation;
  event.cause = cause;
  const trace::Seq crash = core_.recorder->record(event);
  core_.scheduler->set_cause(crash);
  end_life(node, pool);
  const auto loss = node.disk.crash();
  if (loss.writes_lost + loss.names_lost == 0) return;
  event.kind = trace::EventKind::disk_loss;
  event.a = loss.writes_lost + loss.names_lost;
  event.b = loss.bytes_lost;
  event.cause = crash;
  core_.recorder->record(event);
}

void Cluster::end_life(Node& node, host::MessagePool& pool) {
  core_.scheduler->kill(*node.process);
  node.process->empty_mailbox(pool);
  const host::NodeId id = node.process->id();
  if (ended_) ended_(id);
  node.process = nullptr;
  processes_[id - 1] = nullptr;
  lives_[id - 1].reset();
}

void Cluster::shut_down(host::MessagePool& pool) {
  for (Node& node : nodes_) {
    if (node.process != nullptr) end_life(node, pool);
  }
}

}  // namespace norn::sim
