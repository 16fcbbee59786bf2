// Process groups: actors of the cluster under one name, as Erlang's pg.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "norn/runtime/actor.hpp"
#include "norn/runtime/registry.hpp"

namespace norn {

// Every node keeps a copy of the membership of all groups: of its own actors at once, of those of
// other members of the cluster (see join_cluster()) as they tell. An actor that ends leaves its
// groups, and those of a node that is not heard of any more are forgotten, until it is heard again.
// What the members of a cluster know agrees once nothing changes and nothing is cut off.

// join_group() adds an actor of the calling node (the second form: the calling actor) to a group;
// twice is once. Error: not_found (there is no such actor on this node).
Result<void> join_group(std::string_view group, const Pid& pid);
Result<void> join_group(std::string_view group);
// leave_group() takes it out again; false when it was not in.
bool leave_group(std::string_view group, const Pid& pid);
bool leave_group(std::string_view group);

// members() are the actors of a group, sorted; local_members() those of the calling node.
std::vector<Pid> members(std::string_view group);
std::vector<Pid> local_members(std::string_view group);

// broadcast() sends a message to each member and returns to how many.
template <class M>
std::size_t broadcast(std::string_view group, const M& message) {
  const std::vector<Pid> all = members(group);
  for (const Pid& pid : all) send(pid, message);
  return all.size();
}

}  // namespace norn
