#include "network/network.hpp"

#include <algorithm>

#include "engine/distributions.hpp"

namespace norn::sim {

Network::Network(Core& core, Cluster& cluster, host::MessagePool& pool)
    : core_(core), cluster_(cluster), pool_(pool), links_(1) {}

void Network::set_link(host::NodeId from, host::NodeId to, const LinkOptions& options) {
  const auto [place, made] =
      own_links_.try_emplace({from, to}, static_cast<std::uint32_t>(links_.size()));
  if (made) {
    links_.push_back(options);
    flows_.for_each(from, [&](Flow& flow) {
      if (flow.to == to) flow.link = place->second;
    });
  } else {
    links_[place->second] = options;
  }
}

void Network::fill(Flow& flow, const host::Message& message) {
  flow.key = mix(mix(cluster_.at(message.from).key, cluster_.at(flow.to).key),
                 message.message_class->hash);
  flow.class_id = core_.recorder->intern(message.message_class->name);
  const auto own = own_links_.find({message.from, flow.to});
  flow.link = own == own_links_.end() ? 0 : own->second;
}

// ---- sending

// Puts the message on its way.
[[gnu::always_inline]] inline void Network::dispatch(host::Message& message, const Flow& flow,
                                                     std::uint64_t occurrence, ChoiceKind kind) {
  const Latency& options = links_[flow.link].latency;
  std::uint64_t tie = 0;
  const auto delayed = [&](std::uint64_t draw) {
    tie = draw & 0xffffffU;
    return latency(draw, options).count();
  };
  const std::int64_t delay =
      core_.choices.choose(kind, flow.key, occurrence, 0, options.usual.count(), delayed);
  if (const std::uint32_t fault = holds_.find(message.from, message.to); fault != Cuts::kNoTag)
      [[unlikely]]
    return hold_back(message, fault, delay, tie);
  core_.push(core_.now_ns + delay, tie, EventType::deliver, delivery_of(message));
}

// Whether something befalls a message that befalls `ratio` of all.
inline bool Network::happens(ChoiceKind kind, const Flow& flow, std::uint64_t occurrence,
                             Ratio ratio) const {
  if (ratio.never()) [[likely]]
    return false;
  const auto drawn = [ratio](std::uint64_t draw) { return std::int64_t{chance(draw, ratio)}; };
  return core_.choices.choose(kind, flow.key, occurrence, 2, 0, drawn) != 0;
}

void Network::send(host::Message& message) {
  ++sent_;
  const host::NodeId to = message.to;
  if (to == 0 || to > cluster_.size()) [[unlikely]]
    return send_nowhere(message);
  const host::MessageClass& message_class = *message.message_class;
  Flow& flow =
      flows_.find(message.from, to, message_class.hash, [&](Flow& made) { fill(made, message); });
  const std::uint64_t occurrence = flow.count++;
  message.next = flow.class_id;
  message.sent_seq = core_.recorder->send(to, flow.class_id, message.bytes(), message_class.cbor);
  if (const std::uint32_t fault = cuts_.find(message.from, to); fault != Cuts::kNoTag) [[unlikely]]
    return cut_off(message, fault);
  const LinkOptions& link = links_[flow.link];
  if (happens(ChoiceKind::message_loss, flow, occurrence, link.loss)) {
    ++lost_;
    return drop(message, trace::DropReason::loss);
  }
  if (happens(ChoiceKind::message_duplicate, flow, occurrence, link.duplicate))
    double_message(message, flow, occurrence);
  dispatch(message, flow, occurrence, ChoiceKind::message_delay);
}

void Network::send_nowhere(host::Message& message) {
  const host::MessageClass& message_class = *message.message_class;
  message.sent_seq = core_.recorder->send(0, core_.recorder->intern(message_class.name),
                                          message.bytes(), message_class.cbor);
  drop(message, trace::DropReason::unknown_peer);
}

void Network::double_message(const host::Message& message, const Flow& flow,
                             std::uint64_t occurrence) {
  ++copied_;
  host::Message& copy = pool_.make(message.bytes());
  copy.message_class = message.message_class;
  copy.request = message.request;
  copy.sent_seq = message.sent_seq;
  copy.order = message.order;
  copy.from = message.from;
  copy.to = message.to;
  copy.next = message.next;
  copy.is_reply = message.is_reply;
  copy.is_copy = true;
  copy.to_actor = message.to_actor;
  copy.to_kernel = message.to_kernel;
  copy.call_part = message.call_part;
  note(trace::EventKind::duplicate, message);
  dispatch(copy, flow, occurrence, ChoiceKind::copy_delay);
}

void Network::hold_back(host::Message& message, BiteCounter::Slot fault, std::int64_t delay,
                        std::uint64_t tie) {
  core_.bites.add(fault, Bite::messages_held);
  note(trace::EventKind::hold, message);
  held_.push_back({message.slot, delay, tie});
}

void Network::cut_off(host::Message& message, BiteCounter::Slot fault) {
  core_.bites.add(fault, Bite::messages_dropped);
  drop(message, trace::DropReason::partition);
}

void Network::deliver_to_kernel(host::Message& message) {
  if (const auto reason = kernel_->refuses(message)) return drop(message, *reason);
  const trace::Seq seq =
      core_.recorder->deliver(message.sent_seq, message.to, message.next, message.size);
  core_.scheduler->set_cause(seq);
  core_.recorder->set_context(message.to, 0, seq);
  kernel_->accept(message);
  pool_.release(message);
}

// ---- faults

std::size_t Network::cut(std::span<const host::NodeId> side_a, std::span<const host::NodeId> side_b,
                         bool both_ways, BiteCounter::Slot fault) {
  return cuts_.add(side_a, side_b, both_ways, fault);
}

std::size_t Network::hold(std::span<const host::NodeId> from, std::span<const host::NodeId> to,
                          BiteCounter::Slot fault) {
  return holds_.add(from, to, false, fault);
}

void Network::release(std::size_t hold) {
  holds_.remove(hold);
  std::erase_if(held_, [this](const Held& held) {
    const host::Message& message = pool_.at(held.slot);
    if (holds_.find(message.from, message.to) != Cuts::kNoTag) return false;
    core_.push(core_.now_ns + held.delay_ns, held.tie, EventType::deliver, delivery_of(message));
    return true;
  });
}

void Network::note(trace::EventKind kind, const host::Message& message) {
  trace::Event event;
  event.kind = kind;
  event.node = message.from;
  event.cause = message.sent_seq;
  event.a = message.sent_seq;
  core_.recorder->record(event);
}

void Network::drop(host::Message& message, trace::DropReason reason) {
  trace::Event event;
  event.kind = trace::EventKind::drop;
  event.node = message.to;
  event.cause = message.sent_seq;
  event.a = message.sent_seq;
  event.b = static_cast<std::uint64_t>(reason);
  core_.recorder->record(event);
  pool_.release(message);
}

}  // namespace norn::sim
