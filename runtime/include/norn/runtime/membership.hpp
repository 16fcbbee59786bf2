// Membership: which nodes are in the cluster and alive, as far as this node can know.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "norn/runtime/channel.hpp"
#include "norn/runtime/message.hpp"
#include "norn/runtime/phi_accrual.hpp"
#include "norn/runtime/time.hpp"

namespace norn {

enum class MemberStatus : std::uint8_t {
  joining,  // has called at a seed; nobody else has spoken of it yet
  up,
  suspect,  // its heartbeats stay away: this node's opinion, not passed on
  down,     // has been suspect for too long; comes back by itself when it is heard again
  left,     // said good-bye
};
std::string_view name(MemberStatus status);

struct Member {
  Address address;
  std::uint64_t life = 0;  // how often its node had started
  MemberStatus status = MemberStatus::joining;
};

// A change that this node noticed. A node that restarted is first `down` in its old life.
struct MemberEvent {
  Member member;
  std::optional<MemberStatus> before;  // nothing: it was not known
};

struct MembershipOptions {
  // Nodes to call at when nobody else is known, this one may be among them. The first of them
  // begins a cluster by itself when it hears from no other for `alone_after`.
  std::vector<Address> seeds{};
  Duration alone_after = std::chrono::seconds(2);
  Duration interval = std::chrono::milliseconds(200);  // of rounds of gossip
  std::uint32_t fanout = 2;                            // members that each round of gossip goes to
  PhiOptions detector{.expected = std::chrono::milliseconds(500), .pause = std::chrono::seconds(1)};
  Duration down_after = std::chrono::seconds(5);     // of suspicion
  Duration forget_after = std::chrono::seconds(60);  // members that are down or left
};

// A Membership runs on each node of the cluster, one a node, and keeps up with the others by
// gossip: each round it raises its own heartbeat and sends what it knows to a few members drawn by
// chance, which answer with what they know. Only a member itself writes its record (life,
// heartbeat, status), so that of two records of a member the one with the higher life, then
// heartbeat, is the newer, and no other agreement is needed. A phi-accrual detector for each member
// is fed whenever its heartbeat has gone up, on whatever way that became known: a member is suspect
// only when no way leads from it to here. (Gossip-style failure detection: van Renesse, Minsky,
// Hayden 1998; detector: Hayashibara et al. 2004; joining by seeds, and statuses: Akka's cluster.)
//
// Under a partition each side finds the other suspect, then down, and goes on by itself; members
// that are down are still called at now and then, so that the sides find each other again after it.
// Views are equal only after a while: converged() says whether they seem to be.
class Membership {
 public:
  // Starts its fiber, in the caller's Context.
  explicit Membership(MembershipOptions options);
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;
  // Stops without a word: the others will find this node suspect. Blocks for an instant.
  ~Membership();

  // members() are all that are known, this node among them, by address.
  std::vector<Member> members() const;
  // in_cluster() are those that are up, or suspect and not yet down: by address.
  std::vector<Address> in_cluster() const;
  std::optional<MemberStatus> status_of(Address member) const;
  // converged() says whether nobody is suspect and each member, when last heard of, had the same
  // others in the cluster as this node has.
  bool converged() const;

  // subscribe() gives a channel of changes, beginning with one event for each member that is known.
  // A subscriber that falls more than `capacity` events behind loses the oldest: members() has the
  // present.
  std::shared_ptr<Channel<MemberEvent>> subscribe(std::size_t capacity = 256);

  // leave() tells the others that this node goes, and stops. Blocks for two rounds of gossip.
  void leave();

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace norn
