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

void Network::send(host::Message& message) {
  ++sent_;
  if (message.to == 0 || message.to > cluster_.size()) [[unlikely]] {
    message.sent_seq = core_.recorder->send(0, core_.recorder->intern(message.message_class->name),
                                            message.bytes(), message.message_class->cbor);
    return drop(message, trace::DropReason::unknown_peer);
  }
  Flow& flow = flows_.find(message.from, message.to, message.message_class->hash,
                           [&](Flow& made) { fill(made, message); });
  const std::uint64_t occurrence = flow.count++;
  message.next = flow.class_id;
  message.sent_seq =
      core_.recorder->send(message.to, flow.class_id, message.bytes(), message.message_class->cbor);
  if (const std::uint32_t fault = cuts_.find(message.from, message.to); fault != Cuts::kNoTag)
      [[unlikely]] {
    bite(fault);
    return drop(message, trace::DropReason::partition);
  }
  const LinkOptions& link = links_[flow.link];
  const Choices& choices = core_.choices;
  if (!link.loss.never()) {
    const auto lost = [&](std::uint64_t draw) { return std::int64_t{chance(draw, link.loss)}; };
    if (choices.choose(ChoiceKind::message_loss, flow.key, occurrence, 2, 0, lost) != 0) {
      ++lost_;
      return drop(message, trace::DropReason::loss);
    }
  }
  if (!link.duplicate.never()) {
    const auto doubled = [&](std::uint64_t draw) {
      return std::int64_t{chance(draw, link.duplicate)};
    };
    if (choices.choose(ChoiceKind::message_duplicate, flow.key, occurrence, 2, 0, doubled) != 0) {
      ++copied_;
      host::Message& copy = pool_.make(message.bytes());
      copy.message_class = message.message_class;
      copy.request = message.request;
      copy.sent_seq = message.sent_seq;
      copy.from = message.from;
      copy.to = message.to;
      copy.next = message.next;
      copy.is_reply = message.is_reply;
      copy.is_copy = true;
      note(trace::EventKind::duplicate, message);
      dispatch(copy, flow, occurrence, ChoiceKind::copy_delay);
    }
  }
  dispatch(message, flow, occurrence, ChoiceKind::message_delay);
}

// Puts the message on its way.
void Network::dispatch(host::Message& message, const Flow& flow, std::uint64_t occurrence,
                       ChoiceKind kind) {
  const Latency& options = links_[flow.link].latency;
  std::uint64_t tie = 0;
  const auto delayed = [&](std::uint64_t draw) {
    tie = draw & 0xffffffU;
    return latency(draw, options).count();
  };
  const std::int64_t delay =
      core_.choices.choose(kind, flow.key, occurrence, 0, options.usual.count(), delayed);
  if (const std::uint32_t fault = holds_.find(message.from, message.to); fault != Cuts::kNoTag)
      [[unlikely]] {
    bite(fault);
    note(trace::EventKind::hold, message);
    held_.push_back({message.slot, delay, tie});
    return;
  }
  core_.push(core_.now_ns + delay, tie, EventType::deliver, delivery_of(message));
}

// ---- arriving

void Network::deliver(std::uint32_t slot) {
  host::Message& message = pool_.at(slot);
  host::Process* const receiver = cluster_.process(message.to);
  if (receiver == nullptr) [[unlikely]]
    return drop(message, trace::DropReason::dead_peer);
  if (const std::uint32_t fault = cuts_.find(message.from, message.to); fault != Cuts::kNoTag)
      [[unlikely]] {
    bite(fault);
    return drop(message, trace::DropReason::partition);
  }
  const trace::Seq sent = message.sent_seq;
  const host::NodeId to = message.to;
  const std::uint32_t size = message.size;
  const trace::StringId message_class = message.next;
  bool full = false;
  host::Fiber* const fiber = receiver->accept(message, pool_, full);
  if (full) [[unlikely]]
    return drop(message, trace::DropReason::full_queue);
  core_.scheduler->set_cause(core_.recorder->deliver(sent, to, message_class, size));
  if (fiber != nullptr) core_.scheduler->make_ready(*fiber);
}

// ---- faults

std::size_t Network::cut(std::span<const host::NodeId> side_a, std::span<const host::NodeId> side_b,
                         bool both_ways, std::uint32_t fault) {
  return cuts_.add(side_a, side_b, both_ways, fault);
}

std::size_t Network::hold(std::span<const host::NodeId> from, std::span<const host::NodeId> to,
                          std::uint32_t fault) {
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

void Network::bite(std::uint32_t fault) {
  if (fault >= bites_.size()) bites_.resize(fault + std::size_t{1}, 0);
  ++bites_[fault];
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
