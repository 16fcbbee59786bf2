// Peers: the connections of a node to the nodes its actors deal with.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "norn/runtime/actor.hpp"
#include "norn/runtime/host/message.hpp"
#include "norn/runtime/host/process.hpp"
#include "norn/runtime/host/wait_list.hpp"
#include "norn/runtime/host/world.hpp"

namespace norn::detail {

// What Message::request of a message to an actor holds: whom it is for.
inline constexpr unsigned kNumberBits = 44;
inline constexpr std::uint64_t kNumberMask = (std::uint64_t{1} << kNumberBits) - 1;

// A number of an actor (0: the node itself) in a life of a node; life 0 is any, for datagrams only.
struct Target {
  host::NodeId node = 0;
  std::uint32_t life = 0;
  std::uint64_t number = 0;
};

struct Peer;

// What Peers tells its owner. received() and lost() are called on whatever stack runs the world:
// they must not block, log or send.
class PeerEvents {
 public:
  PeerEvents() = default;
  PeerEvents(const PeerEvents&) = delete;
  PeerEvents& operator=(const PeerEvents&) = delete;
  virtual ~PeerEvents() = default;
  virtual void received(host::Message& message) = 0;  // in order; takes the message over
  virtual void datagram(host::Message& message) = 0;  // one that is not of a connection
  // A connection broke. `concerned` are the numbers given to concern(), in order.
  virtual void lost(host::NodeId node, const std::vector<std::uint64_t>& concerned) = 0;
  // A member of the cluster answers, for the first time since the start or since it was lost.
  // Called by the fiber that runs tick().
  virtual void up(host::NodeId node) = 0;
};

// A connection is made of two streams, one each way, known by their epochs: numbers that grow over
// all lives of the sending node. Each message of a stream carries its epoch and its place. The
// receiver delivers in order, acknowledges, and refuses epochs that it has closed; the sender keeps
// what was not acknowledged, and sends it again. As TCP without windows, over datagrams. Heartbeats
// carry acknowledgements, questions and answers, and which epochs are over.
class Peers {
 public:
  Peers(host::Process& process, host::World& world, PeerEvents& events);
  Peers(const Peers&) = delete;
  Peers& operator=(const Peers&) = delete;
  ~Peers();

  // send() puts a message into the stream to that life of a node. False: that life is known to be
  // over. For the node's own fibers.
  bool send(const Target& to, const host::MessageClass& message_class,
            std::span<const std::byte> bytes);
  // send_datagram() sends without a connection.
  void send_datagram(const Target& to, const host::MessageClass& message_class,
                     std::span<const std::byte> bytes);
  // accept() takes a message from the network.
  void accept(host::Message& message);

  // concern() says that the connection to that life of a node matters to an actor (or call) of this
  // node, as often as it is said, until release(). To be said before anything else is noted: when
  // that life was not known yet, the one before is lost.
  void concern(host::NodeId node, std::uint32_t life, std::uint64_t number);
  void release(host::NodeId node, std::uint64_t number);
  // keep() makes a node a member: its connection is always watched.
  void keep(host::NodeId node);
  // is_over() tells whether that life of a node is known to be over.
  bool is_over(host::NodeId node, std::uint32_t life) const;
  // answers() tells whether a member has answered since it was lost.
  bool answers(host::NodeId node) const;
  // is_up() tells whether its owner was told up() of it, and not lost() since.
  bool is_up(host::NodeId node) const;
  // life() is that of a node as far as known; 0: not known.
  std::uint32_t life(host::NodeId node) const;
  const std::vector<host::NodeId>& kept() const { return kept_; }

  // tick() does what is due and waits for the next that is, once. For the service fiber.
  void tick();
  void poke();

  ActorOptions options;

 private:
  Peer& at(host::NodeId node);
  const Peer* find(host::NodeId node) const;
  host::Message& make(const Target& to, const host::MessageClass& message_class,
                      std::span<const std::byte> bytes, std::uint64_t order);
  bool meet(Peer& peer, std::uint32_t life);
  bool open(Peer& peer, std::uint32_t epoch);
  void lose(Peer& peer);
  void acknowledged(Peer& peer, std::uint32_t epoch, std::uint32_t place);
  void heartbeat_came(const host::Message& message);
  void in_order(Peer& peer, host::Message& message);
  TimePoint serve(Peer& peer, TimePoint now);
  TimePoint send_again(Peer& peer, TimePoint now);
  void send_heartbeat(Peer& peer, bool asks);
  void due(TimePoint when);

  host::Process& process_;
  host::World& world_;
  PeerEvents& events_;
  std::map<host::NodeId, std::unique_ptr<Peer>> peers_;
  std::vector<host::NodeId> kept_;
  TimePoint due_ = TimePoint::max();
  bool poked_ = false;
  host::WaitList service_;
};

}  // namespace norn::detail
