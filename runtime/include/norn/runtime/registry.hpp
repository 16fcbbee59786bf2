// Names of actors: of one node, and of the whole cluster.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "norn/runtime/actor.hpp"
#include "norn/runtime/message.hpp"
#include "norn/runtime/result.hpp"

namespace norn {

// ---- names of a node

// register_name() gives an actor of the calling node a name there; it loses it when it ends. An
// actor may have several names. Errors: already_exists (the name is taken), not_found (there is no
// such actor on this node).
Result<void> register_name(std::string_view name, const Pid& pid);
// unregister_name() takes a name away; false when nobody had it.
bool unregister_name(std::string_view name);
// whereis() is the actor of that name on the calling node.
std::optional<Pid> whereis(std::string_view name);
// registered_names() are all names of the calling node, in alphabetical order.
std::vector<std::string> registered_names();

struct LookupOptions {
  Duration timeout = std::chrono::seconds(1);
};
// whereis(node, name) asks another node and blocks until it answers; the question is sent again
// while there is time. Errors: not_found (nobody has that name there), timeout, unknown_node.
Result<Pid> whereis(Address node, std::string_view name, LookupOptions options = {});

// ---- the cluster

// join_cluster() makes the calling node a member of a cluster of those nodes (whether itself is
// among them does not matter). Members watch each other by heartbeats and keep copies of the
// cluster's names and groups. Each node has to call it; again to add nodes.
void join_cluster(const std::vector<std::string>& nodes);
// cluster_nodes() are the members that answer, and the calling node, in order of their names.
std::vector<std::string> cluster_nodes();

// ---- names of the cluster

// register_global() gives an actor of the calling node a name in the cluster; it loses it when it
// ends or its node is not heard of any more. The member with the first name in the alphabet of
// those that answer decides between claims made at one time; the call blocks until it has. Errors:
// already_exists, not_found (there is no such actor on this node), timeout.
//
// In a partition each part decides for itself. When two actors turn out to have one name, the one
// on the node whose name comes first in the alphabet keeps it (on one node: the older one); the
// other gets the message NameLost.
Result<void> register_global(std::string_view name, const Pid& pid, LookupOptions options = {});
bool unregister_global(std::string_view name);
// whereis_global() is the actor of that name, as far as the calling node knows. Does not block.
std::optional<Pid> whereis_global(std::string_view name);

// To an actor that has lost a global name to another one.
struct NameLost {
  Pid winner;
};

}  // namespace norn
