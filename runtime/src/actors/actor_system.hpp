// ActorSystem: the actors of one life of a node.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/actor_state.hpp"
#include "actors/directory.hpp"
#include "actors/peers.hpp"
#include "actors/signal.hpp"
#include "norn/runtime/dead_letters.hpp"
#include "norn/runtime/detail/actor_call.hpp"
#include "norn/runtime/host/process.hpp"
#include "norn/runtime/host/world.hpp"

namespace norn::detail {

// Numbers with this bit are not actors but calls that wait for their reply.
inline constexpr std::uint64_t kCallBit = std::uint64_t{1} << (kNumberBits - 1);
// Such a number is made of a place in a table and of how often that was used before.
inline constexpr unsigned kCallSlotBits = 20;
inline constexpr std::uint32_t kMostCalls = (1U << kCallSlotBits) - 1;
inline constexpr std::uint32_t kMostUses = (1U << (kNumberBits - 1 - kCallSlotBits)) - 1;

// Made by the first use of actors in each life of a node; it starts one fiber, which serves the
// connections to other nodes.
class ActorSystem final : public host::Inbox, private PeerEvents {
 public:
  ActorSystem();
  ~ActorSystem() override;

  // here() is that of the calling node.
  static ActorSystem& here(const char* what);

  host::NodeId node() const { return process_.id(); }
  Pid pid_of(std::uint64_t number) const { return {node(), process_.incarnation(), number}; }
  bool is_mine(const Pid& pid) const {
    return pid.node == process_.id() && pid.incarnation == process_.incarnation();
  }

  // ---- the actors
  Actor& make(std::string_view name);
  Actor* find(std::uint64_t number) const;
  Actor* find(const Pid& pid) const { return is_mine(pid) ? find(pid.id) : nullptr; }
  // calling() is the actor of the running fiber; asserts, or null.
  Actor& calling(const char* what);
  Actor* calling_or_null();
  void bind(Actor& actor);  // to the running fiber
  // end() tells everybody and forgets the actor. Returns whether anybody was told.
  bool end(Actor& actor, const ExitReason& reason);

  // ---- messages and signals
  void post(const Pid& to, const host::MessageClass& message_class,
            std::span<const std::byte> bytes);
  void send(const Signal& signal);
  host::Fiber* accept(host::Message& message, host::MessagePool& pool, bool& full) override;
  // Puts a message from the node itself into the mailbox.
  template <class M>
  void tell(Actor& actor, const M& message) {
    Codec<M>::encode(message, [&](std::span<const std::byte> bytes) {
      give(actor, make_message(kMessageClass<M>, bytes));
    });
  }

  // ---- monitors, links, exits
  void link(Actor& self, const Pid& pid);
  void unlink(Actor& self, const Pid& pid);
  std::uint64_t monitor(Actor& self, const Pid& pid);
  bool demonitor(Actor& self, std::uint64_t ref);
  void terminate(Actor& actor, const ExitReason& reason);

  // ---- limits of mailboxes, dead letters
  bool is_full(const Actor& actor) const {
    return actor.limit.capacity != 0 && actor.mailbox.size() >= actor.limit.capacity;
  }
  void subscribe(const std::shared_ptr<Channel<DeadLetter>>& channel) {
    dead_letters_.push_back(channel);
  }

  // ---- calls
  void open_call(CallWait& call);   // gives it a number and watches its target
  void close_call(CallWait& call);  // from now on nothing reaches it

  Peers peers;
  Directory directory;
  std::map<std::string, std::uint64_t, std::less<>> names;  // of actors of this node

 private:
  struct CallSlot {
    CallWait* call = nullptr;
    std::uint32_t uses = 0;
  };

  host::Message& make_message(const host::MessageClass& message_class,
                              std::span<const std::byte> bytes);
  void give(Actor& actor, host::Message& message);
  void deliver(std::uint64_t number, host::Message& message);
  bool make_room(Actor& actor, host::Message& message);
  void dead_letter(const Pid& to, const host::MessageClass& message_class,
                   std::span<const std::byte> bytes, DeadLetterWhy why);
  bool on_own_fiber() const;
  void post_remote(const Pid& to, const host::MessageClass& message_class,
                   std::span<const std::byte> bytes);
  void flush();
  void serve();
  void unreachable(const Signal& signal);

  void act_on(const Signal& signal);
  void act_on_down(const Signal& signal);
  void act_on_link(const Signal& signal);
  void act_on_exit(Actor& actor, const Pid& from, const ExitReason& reason);
  CallWait* call_of(std::uint64_t number) const;
  void fail_call(CallWait& call, const ExitReason& reason);
  void concern(const Pid& remote, std::uint64_t number);
  void release(const Pid& remote, std::uint64_t number);
  void tell_watchers(Actor& actor, const ExitReason& reason);
  void lose_node(Actor& actor, host::NodeId node);

  void received(host::Message& message) override;
  void datagram(host::Message& message) override;
  void lost(host::NodeId node, const std::vector<std::uint64_t>& concerned) override;
  void up(host::NodeId node) override;

  struct Pending {
    Pid to;
    const host::MessageClass* message_class = nullptr;
    Bytes bytes;
  };

  host::Process& process_;
  host::World& world_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Actor>> actors_;  // by number
  std::unordered_map<std::uint32_t, Actor*> by_fiber_;
  std::vector<CallSlot> calls_;
  std::vector<std::uint32_t> free_calls_;
  std::vector<Pending> pending_;  // to be sent by a fiber of this node
  std::vector<std::weak_ptr<Channel<DeadLetter>>> dead_letters_;
  std::uint64_t last_number_ = 0;
  std::uint64_t last_ref_ = 0;
};

}  // namespace norn::detail
