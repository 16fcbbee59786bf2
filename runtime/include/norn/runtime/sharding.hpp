// Sharding: many small objects, each living on one node of the cluster, called by name.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "norn/runtime/hash_ring.hpp"
#include "norn/runtime/membership.hpp"
#include "norn/runtime/mutex.hpp"
#include "norn/runtime/rpc.hpp"
#include "norn/runtime/task_group.hpp"

namespace norn {

struct ShardingOptions {
  // Entities run on this node only while so many members, itself among them, are up and not even
  // suspect. A majority of the nodes there are makes one side of a partition stop its entities (at
  // suspicion) before the other starts its own (when the first is down).
  std::size_t min_members = 1;
  // An entity that was not called for so long is stopped; zero: never.
  Duration idle_after{};
  // How long a member may take to let go of an entity that is to start here.
  Duration claim_timeout = std::chrono::seconds(1);
  std::size_t limit = 256;  // requests that are served at once
};

namespace detail {

// Who owns what by this node's view of the cluster.
class ShardRouter {
 public:
  ShardRouter(const Membership& membership, std::size_t min_members)
      : membership_(membership), min_members_(min_members) {}
  std::optional<Address> owner(std::string_view entity) const;
  // Whether an entity may run here now.
  bool mine(std::string_view entity) const;
  // Those that are not gone: also who is joining may think itself up already.
  std::vector<Address> members() const;
  // Whether all these are among `asked`.
  bool knows_none_but(const std::vector<Address>& asked) const;

 private:
  const Membership& membership_;
  std::size_t min_members_;
  mutable std::vector<Address> members_;  // that the ring was made of
  mutable HashRing ring_;
};

}  // namespace detail

// A Sharding<Entity, Requests...> runs on each node of the cluster with the same types. An entity
// belongs to a member by consistent hashing of its name. ask() finds that member, whose factory
// makes the entity when it is first called, and which calls `Reply Entity::handle(const Request&)`,
// one request at a time for each entity, to its end. When members come or go, an entity that then
// belongs to another member is stopped (destroyed, after the request it is at) and made again there
// by the next request: what it is to remember, it must keep where that member can read it.
//
// Before a member makes an entity, every other member of its cluster must have said that it does
// not run it, or has just stopped it. A member refuses when it thinks the entity its own, and when
// it knows of a member that was not asked. So of two members that both want an entity and have any
// member in common, one is refused, however their views differ: it never runs twice among members
// of which each knows some other (with a majority as `min_members`: never). A member that does
// not answer delays the start until it is down. Members that are down are not asked: under a
// partition each side may run the entity, unless `min_members` forbids it to the smaller one. Even
// so this is a matter of timing and no consensus: give what must not be written twice a fencing
// token.
//
// Requests and replies go inside messages of ours, so they must be aggregates, or types with
// to_json and from_json.
template <class Entity, class... Requests>
class Sharding {
 public:
  using Factory = std::function<std::unique_ptr<Entity>(std::string_view id)>;

  // Starts its fibers, in the caller's Context. `membership` must outlive it.
  Sharding(Membership& membership, Factory factory, ShardingOptions options = {});
  Sharding(const Sharding&) = delete;
  Sharding& operator=(const Sharding&) = delete;
  ~Sharding() = default;

  // ask() blocks until the entity has answered. A member that refuses because it does not own the
  // entity, or does not have it yet, is asked again, or the next one, until the timeout. Errors:
  // timeout (the entity may have acted), bad_message.
  template <class Request>
  Result<typename Request::Reply> ask(std::string_view entity, const Request& request,
                                      CallOptions options = {});

  // owner() is where requests go now; nothing while the cluster is empty.
  std::optional<Address> owner(std::string_view entity) const { return router_.owner(entity); }
  // running() are the entities on this node, by name.
  std::vector<std::string> running() const;

 private:
  struct Slot {
    Mutex mutex;  // held by the request that is served
    std::unique_ptr<Entity> entity;
    bool claiming = false;
    bool voided = false;  // let go of while it was being claimed: it must not start
    bool over = false;    // no longer in slots_
    TimePoint last_used{};
  };
  using SlotPointer = std::shared_ptr<Slot>;

  template <class Request>
  auto serve_request(const std::string& id, const Request& request);
  bool let_go(const std::string& id, const std::vector<Address>& asked);
  bool start(const std::string& id, Slot& slot);
  bool claim(const std::string& id);
  void stop(const std::string& id, Slot& slot);
  void serve();
  void hand_off();
  void stop_what_is_not_ours();

  detail::ShardRouter router_;
  Factory factory_;
  ShardingOptions options_;
  std::shared_ptr<Channel<MemberEvent>> changes_;
  std::map<std::string, SlotPointer> slots_;
  TaskGroup group_;  // last: its fibers use the rest
};

}  // namespace norn

#include "norn/runtime/detail/sharding_impl.hpp"
