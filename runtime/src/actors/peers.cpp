#include "actors/peers.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "norn/runtime/assert.hpp"
#include "norn/runtime/host/scheduler.hpp"

namespace norn::detail {

namespace {

// An epoch is the life of its sender and the count of its streams to that peer.
constexpr unsigned kCountBits = 15;
constexpr std::uint32_t kMostLives = 1U << (32 - kCountBits);
constexpr std::size_t kMostSentAgain = 64;  // at once

constexpr std::uint32_t kAsks = 1;
constexpr std::uint32_t kAnswers = 2;

struct Heartbeat {
  static constexpr std::string_view kMessageName = "ActorHeartbeat";
  std::uint32_t flags = 0;
  std::uint32_t from_life = 0;
  std::uint32_t to_life = 0;       // 0: not known yet
  std::uint32_t ended = 0;         // no stream of the sender's up to this epoch goes on
  std::uint32_t open = 0;          // the stream that it sends; 0: none
  std::uint32_t epoch = 0;         // the stream that it receives
  std::uint32_t acknowledged = 0;  // all of it up to here has come
  std::uint32_t refused = 0;       // a stream that it does not receive any more
};

struct Sent {
  host::Message* copy = nullptr;
  TimePoint at;
};

}  // namespace

struct Peer {
  host::NodeId node = 0;
  std::uint32_t life = 0;  // as far as known

  // The stream to it.
  std::uint32_t out_epoch = 0;  // 0: none is open
  std::uint32_t opened = 0;
  std::uint32_t next_place = 1;
  std::deque<Sent> unacknowledged;

  // The stream from it.
  std::uint32_t in_epoch = 0;
  std::uint32_t closed_epoch = 0;
  std::uint32_t expected = 1;
  std::map<std::uint32_t, host::Message*> early;

  // What has to be told.
  bool answer_due = false;
  bool acknowledge_due = false;
  TimePoint acknowledge_at;
  std::uint32_t refuse = 0;

  // Watching it.
  std::map<std::uint64_t, std::uint32_t> concerned;
  bool kept = false;
  bool watched = false;
  bool answers = false;
  bool told_up = false;
  TimePoint heard;
  TimePoint ask_at;
};

Peers::Peers(host::Process& process, host::World& world, PeerEvents& events)
    : process_(process), world_(world), events_(events) {
  NORN_ASSERT(process.incarnation() < kMostLives, "a node with actors has too many lives");
}

Peers::~Peers() {
  for (auto& [node, peer] : peers_) {
    for (const Sent& sent : peer->unacknowledged) world_.messages().release(*sent.copy);
    for (const auto& [place, message] : peer->early) world_.messages().release(*message);
  }
}

Peer& Peers::at(host::NodeId node) {
  std::unique_ptr<Peer>& peer = peers_[node];
  if (peer == nullptr) {
    peer = std::make_unique<Peer>();
    peer->node = node;
  }
  return *peer;
}

const Peer* Peers::find(host::NodeId node) const {
  const auto found = peers_.find(node);
  return found == peers_.end() ? nullptr : found->second.get();
}

// ---- who matters

void Peers::concern(host::NodeId node, std::uint32_t life, std::uint64_t number) {
  Peer& peer = at(node);
  if (meet(peer, life)) ++peer.concerned[number];
}

void Peers::release(host::NodeId node, std::uint64_t number) {
  auto& concerned = at(node).concerned;
  const auto found = concerned.find(number);
  if (found != concerned.end() && --found->second == 0) concerned.erase(found);
}

void Peers::keep(host::NodeId node) {
  Peer& peer = at(node);
  if (std::exchange(peer.kept, true)) return;
  kept_.insert(std::lower_bound(kept_.begin(), kept_.end(), node), node);
  poke();
}

bool Peers::is_over(host::NodeId node, std::uint32_t life) const {
  const Peer* const peer = find(node);
  return peer != nullptr && life < peer->life;
}

bool Peers::answers(host::NodeId node) const {
  const Peer* const peer = find(node);
  return peer != nullptr && peer->answers;
}

bool Peers::is_up(host::NodeId node) const {
  const Peer* const peer = find(node);
  return peer != nullptr && peer->told_up;
}

std::uint32_t Peers::life(host::NodeId node) const {
  const Peer* const peer = find(node);
  return peer == nullptr ? 0 : peer->life;
}

// ---- sending

host::Message& Peers::make(const Target& to, const host::MessageClass& message_class,
                           std::span<const std::byte> bytes, std::uint64_t order) {
  host::Message& message = world_.messages().make(bytes);
  message.message_class = &message_class;
  message.from = process_.id();
  message.to = to.node;
  message.request = (std::uint64_t{to.life} << kNumberBits) | to.number;
  message.order = order;
  message.to_actor = true;
  return message;
}

void Peers::send_datagram(const Target& to, const host::MessageClass& message_class,
                          std::span<const std::byte> bytes) {
  if (process_.alive) world_.send(process_, make(to, message_class, bytes, 0));
}

bool Peers::send(const Target& to, const host::MessageClass& message_class,
                 std::span<const std::byte> bytes) {
  if (!process_.alive) return true;
  Peer& peer = at(to.node);
  if (!meet(peer, to.life)) return false;
  if (peer.out_epoch == 0) {
    ++peer.opened;
    NORN_ASSERT(peer.opened < (1U << kCountBits), "too many connections to one node in a life");
    peer.out_epoch = (process_.incarnation() << kCountBits) | peer.opened;
    peer.next_place = 1;
  }
  const std::uint64_t order = (std::uint64_t{peer.out_epoch} << 32U) | peer.next_place++;
  NORN_ASSERT(peer.next_place != 0, "four thousand million messages in one connection");
  const TimePoint now = world_.now();
  peer.unacknowledged.push_back({&make(to, message_class, bytes, order), now});
  world_.send(process_, make(to, message_class, bytes, order));
  due(now + options.resend_interval);
  return true;
}

TimePoint Peers::send_again(Peer& peer, TimePoint now) {
  if (peer.unacknowledged.empty()) return TimePoint::max();
  TimePoint next = TimePoint::max();
  std::size_t count = 0;
  for (Sent& sent : peer.unacknowledged) {
    if (sent.at + options.resend_interval <= now) {
      const host::Message& copy = *sent.copy;
      host::Message& message = world_.messages().make(copy.bytes());
      message.message_class = copy.message_class;
      message.from = copy.from;
      message.to = copy.to;
      message.request = copy.request;
      message.order = copy.order;
      message.to_actor = true;
      sent.at = now;
      world_.send(process_, message);
    }
    next = std::min(next, sent.at + options.resend_interval);
    if (++count == kMostSentAgain) break;  // the rest waits until these have come
  }
  return next;
}

void Peers::acknowledged(Peer& peer, std::uint32_t epoch, std::uint32_t place) {
  if (epoch == 0 || epoch != peer.out_epoch) return;
  while (!peer.unacknowledged.empty()) {
    host::Message& copy = *peer.unacknowledged.front().copy;
    if (static_cast<std::uint32_t>(copy.order) > place) return;
    world_.messages().release(copy);
    peer.unacknowledged.pop_front();
    peer.heard = world_.now();
  }
}

// ---- receiving

void Peers::accept(host::Message& message) {
  if (message.order == 0) {
    if (message.message_class->hash == kMessageClass<Heartbeat>.hash) {
      heartbeat_came(message);
      world_.messages().release(message);
    } else {
      events_.datagram(message);
    }
    return;
  }
  Peer& peer = at(message.from);
  const auto epoch = static_cast<std::uint32_t>(message.order >> 32U);
  if (message.request >> kNumberBits != process_.incarnation()) {
    peer.answer_due = true;  // it speaks to an earlier life of this node
    poke();
    return world_.messages().release(message);
  }
  if (!meet(peer, epoch >> kCountBits) || !open(peer, epoch))
    return world_.messages().release(message);
  if (!std::exchange(peer.acknowledge_due, true)) {
    peer.acknowledge_at = world_.now() + options.acknowledge_delay;
    due(peer.acknowledge_at);
  }
  in_order(peer, message);
}

void Peers::in_order(Peer& peer, host::Message& message) {
  const auto place = static_cast<std::uint32_t>(message.order);
  if (place != peer.expected) {
    if (place < peer.expected || !peer.early.emplace(place, &message).second)
      world_.messages().release(message);
    return;
  }
  ++peer.expected;
  events_.received(message);
  while (!peer.early.empty() && peer.early.begin()->first == peer.expected) {
    host::Message& next = *peer.early.begin()->second;
    peer.early.erase(peer.early.begin());
    ++peer.expected;
    events_.received(next);
  }
}

// False: that life is over.
bool Peers::meet(Peer& peer, std::uint32_t life) {
  if (life < peer.life) return false;
  if (life > peer.life) {
    if (peer.life != 0) lose(peer);
    peer.life = life;
  }
  return true;
}

// False: nothing of that stream is received any more.
bool Peers::open(Peer& peer, std::uint32_t epoch) {
  if (epoch <= peer.closed_epoch) {
    peer.refuse = epoch;
    poke();
    return false;
  }
  if (epoch < peer.in_epoch) return false;
  if (epoch > peer.in_epoch) {
    if (peer.in_epoch != 0) lose(peer);  // the other side has closed it
    peer.in_epoch = epoch;
    peer.expected = 1;
  }
  return true;
}

void Peers::lose(Peer& peer) {
  if (peer.in_epoch != 0) peer.refuse = peer.closed_epoch = peer.in_epoch;
  peer.in_epoch = 0;
  for (const auto& [place, message] : peer.early) world_.messages().release(*message);
  peer.early.clear();
  for (const Sent& sent : peer.unacknowledged) world_.messages().release(*sent.copy);
  peer.unacknowledged.clear();
  peer.out_epoch = 0;
  peer.answers = false;
  peer.told_up = false;
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, count] : std::exchange(peer.concerned, {})) numbers.push_back(number);
  events_.lost(peer.node, numbers);
  poke();
}

void Peers::heartbeat_came(const host::Message& message) {
  const Result<Heartbeat> came = Codec<Heartbeat>::decode(message.bytes());
  if (!came) return;
  Peer& peer = at(message.from);
  if (!meet(peer, came->from_life)) return;
  if (came->to_life != 0 && came->to_life != process_.incarnation()) {
    peer.answer_due = true;  // so that it learns which life this is
    return poke();
  }
  const bool refused = came->refused != 0 && came->refused == peer.out_epoch;
  const bool ended = peer.in_epoch != 0 && peer.in_epoch <= came->ended;
  if (refused || ended) lose(peer);
  if (came->open != 0) static_cast<void>(open(peer, came->open));
  acknowledged(peer, came->epoch, came->acknowledged);
  if ((came->flags & kAnswers) != 0) {
    peer.heard = world_.now();
    peer.answers = true;
    if (peer.kept && !peer.told_up) poke();
  }
  if ((came->flags & kAsks) != 0) {
    peer.answer_due = true;
    poke();
  }
}

// ---- the service

void Peers::send_heartbeat(Peer& peer, bool asks) {
  Heartbeat beat;
  beat.flags = (asks ? kAsks : 0U) | (peer.answer_due ? kAnswers : 0U);
  beat.from_life = process_.incarnation();
  beat.to_life = peer.life;
  beat.ended = (process_.incarnation() << kCountBits) |
               (peer.out_epoch != 0 ? peer.opened - 1 : peer.opened);
  beat.open = peer.out_epoch;
  beat.epoch = peer.in_epoch;
  beat.acknowledged = peer.in_epoch != 0 ? peer.expected - 1 : 0;
  beat.refused = std::exchange(peer.refuse, 0);
  peer.answer_due = false;
  peer.acknowledge_due = false;
  send_datagram({.node = peer.node}, kMessageClass<Heartbeat>, std::as_bytes(std::span(&beat, 1)));
}

// Returns when there is something to do next.
TimePoint Peers::serve(Peer& peer, TimePoint now) {
  TimePoint next = TimePoint::max();
  const auto matters = [&peer] {
    return peer.kept || !peer.concerned.empty() || !peer.unacknowledged.empty();
  };
  if (!matters()) {
    peer.watched = false;
  } else if (!std::exchange(peer.watched, true)) {
    peer.heard = now;
    peer.ask_at = now;
  } else if (now - peer.heard >= options.heartbeat_timeout) {
    lose(peer);
    peer.heard = now;
    peer.watched = matters();
  }
  next = send_again(peer, now);
  if (peer.watched) {
    const bool asks = now >= peer.ask_at;
    if (asks) {
      peer.ask_at = now + options.heartbeat_interval;
      send_heartbeat(peer, true);
    }
    next = std::min({next, peer.ask_at, peer.heard + options.heartbeat_timeout});
  }
  if (peer.answer_due || peer.refuse != 0 || (peer.acknowledge_due && now >= peer.acknowledge_at)) {
    send_heartbeat(peer, false);
  }
  if (peer.acknowledge_due) next = std::min(next, peer.acknowledge_at);
  if (peer.kept && peer.answers && !std::exchange(peer.told_up, true)) {
    events_.up(peer.node);
    next = std::min(next, send_again(peer, now));
  }
  return next;
}

void Peers::tick() {
  poked_ = false;
  const TimePoint now = world_.now();
  TimePoint next = TimePoint::max();
  for (auto& [node, peer] : peers_) next = std::min(next, serve(*peer, now));
  due_ = next;
  if (poked_ || next <= now) return yield();
  if (next == TimePoint::max()) {
    service_.wait(host::BlockReason::receive);
  } else {
    service_.wait(host::BlockReason::receive, next);
  }
}

void Peers::poke() {
  poked_ = true;
  service_.notify_one();
}

void Peers::due(TimePoint when) {
  if (when >= due_) return;
  due_ = when;
  poke();
}

}  // namespace norn::detail
