#include "faults/promise_keeper.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "norn/runtime/assert.hpp"

namespace norn::sim {
namespace {

using Nodes = std::set<host::NodeId>;

// Whether a node of side_a is down, or stands still, while the fault lasts.
bool takes_down(FaultKind kind) {
  switch (kind) {
    case FaultKind::crash:
    case FaultKind::kill:
    case FaultKind::pause:
    case FaultKind::crash_loop:
    case FaultKind::crash_in_recovery:
    case FaultKind::shutdown:
    case FaultKind::upgrade:
    case FaultKind::wipe_disk:
    case FaultKind::swap_disk:
      return true;
    default:
      return false;
  }
}

bool loses_disks(FaultKind kind) {
  return kind == FaultKind::wipe_disk || kind == FaultKind::swap_disk;
}

// What a promise leaves to the faults that are still to come.
class Allowance {
 public:
  Allowance(const SurvivalPromise& promise, const Cluster& cluster) : promise_(promise) {
    for (const std::string& name : promise.of) {
      const std::vector<host::NodeId> members = cluster.members(name);
      NORN_ASSERT(!members.empty(),
                  "a promise names the node '" + name + "', which the scenario does not have");
      nodes_.insert(members.begin(), members.end());
    }
  }

  bool is_about(host::NodeId node) const { return nodes_.contains(node); }
  bool may_lose_disk(host::NodeId node) const {
    return !nodes_.contains(node) || lost_disks_.contains(node) ||
           lost_disks_.size() < promise_.disks_at_most;
  }
  void lose_disk(host::NodeId node) {
    if (nodes_.contains(node)) lost_disks_.insert(node);
  }

  bool may_go_down(host::NodeId node, Duration at) const {
    if (!nodes_.contains(node)) return true;
    const auto others =
        std::count_if(down_until_.begin(), down_until_.end(),
                      [&](const auto& each) { return each.first != node && each.second > at; });
    return static_cast<std::size_t>(others) < promise_.at_most_down;
  }
  void go_down(host::NodeId node, Duration until) {
    if (nodes_.contains(node)) down_until_[node] = std::max(down_until_[node], until);
  }

 private:
  SurvivalPromise promise_;
  Nodes nodes_;
  Nodes lost_disks_;
  std::map<host::NodeId, Duration> down_until_;
};

class Keeper {
 public:
  Keeper(const std::vector<SurvivalPromise>& promises, const Cluster& cluster) : cluster_(cluster) {
    for (const SurvivalPromise& promise : promises) allowances_.emplace_back(promise, cluster);
  }

  // add() takes over what is allowed of a fault.
  void add(const Fault& fault, std::vector<Fault>& kept) {
    if (!takes_down(fault.kind)) {
      kept.push_back(fault);
      return;
    }
    std::vector<host::NodeId> allowed;
    std::size_t asked = 0;
    for (const std::string& name : fault.side_a) {
      for (const host::NodeId node : cluster_.members(name)) {
        ++asked;
        if (take(node, fault)) allowed.push_back(node);
      }
    }
    if (allowed.empty()) return;
    Fault rest = fault;
    if (allowed.size() < asked) {
      rest.side_a.clear();
      for (const host::NodeId node : allowed) rest.side_a.push_back(cluster_.at(node).name);
    }
    if (loses_disks(fault.kind) && !take_disks(allowed)) {
      rest.kind = FaultKind::crash;
      rest.with.clear();
    }
    kept.push_back(std::move(rest));
  }

 private:
  bool take(host::NodeId node, const Fault& fault) {
    for (const Allowance& allowance : allowances_) {
      if (!allowance.may_go_down(node, fault.at)) return false;
    }
    const Duration until = fault.lasts ? fault.at + *fault.lasts : Duration::max();
    for (Allowance& allowance : allowances_) allowance.go_down(node, until);
    return true;
  }

  // All of them, or none: a swap of disks concerns each.
  bool take_disks(const std::vector<host::NodeId>& nodes) {
    std::vector<Allowance> after = allowances_;
    for (const host::NodeId node : nodes) {
      bool spoken_of = false;
      for (Allowance& allowance : after) {
        if (!allowance.may_lose_disk(node)) return false;
        allowance.lose_disk(node);
        spoken_of = spoken_of || allowance.is_about(node);
      }
      if (!spoken_of) return false;
    }
    allowances_ = std::move(after);
    return true;
  }

  const Cluster& cluster_;
  std::vector<Allowance> allowances_;
};

}  // namespace

FaultPlan within(const std::vector<SurvivalPromise>& promises, const Cluster& cluster,
                 FaultPlan plan) {
  Keeper keeper(promises, cluster);
  std::vector<Fault> kept;
  for (const Fault& fault : plan.faults) keeper.add(fault, kept);
  plan.faults = std::move(kept);
  return plan;
}

}  // namespace norn::sim
