#include "network/network.hpp"

#include <algorithm>

#include "engine/coverage.hpp"
#include "engine/distributions.hpp"
#include "norn/runtime/assert.hpp"

namespace norn::sim {
namespace {

std::vector<host::NodeId> ids_of(const Cluster& cluster, const std::vector<std::string>& names) {
  std::vector<host::NodeId> ids;
  for (const std::string& name : names) {
    ids.push_back(cluster.find(name));
    NORN_ASSERT(ids.back() != 0, "links name the node '" + name + "', which there is not");
  }
  return ids;
}

}  // namespace

Network::Network(Core& core, Cluster& cluster, host::MessagePool& pool)
    : core_(core),
      cluster_(cluster),
      pool_(pool),
      links_(1),
      rules_(std::make_shared<RuleTable>(core.bites, special_)) {
  for (BiteCounter::Slot& slot : own_.slots) slot = core_.bites.open();
}

// ---- links

Network::Link Network::make_link(const LinkOptions& options) {
  if (options.mtu > 0) ++mtus_;  // for ever: a link that had one may get it again
  return {.options = options, .treated = needs_treatment(options)};
}

void Network::set_link(host::NodeId from, host::NodeId to, const LinkOptions& options) {
  const auto [place, made] =
      own_links_.try_emplace({from, to}, static_cast<std::uint32_t>(links_.size()));
  if (made) {
    links_.push_back(make_link(options));
    flows_.for_each(from, [&](Flow& flow) {
      if (flow.to == to) flow.link = place->second;
    });
  } else {
    links_[place->second] = make_link(options);
  }
}

void Network::set_groups(std::span<const GroupLinks> groups) {
  group_links_ = {};
  for (const GroupLinks& group : groups) {
    const std::vector<host::NodeId> side_a = ids_of(cluster_, group.side_a);
    const std::vector<host::NodeId> side_b = ids_of(cluster_, group.side_b);
    group_links_.add(side_a, side_b, true, static_cast<std::uint32_t>(links_.size()));
    links_.push_back(make_link(group.options));
  }
  for (host::NodeId from = 1; from <= cluster_.size(); ++from)
    flows_.for_each(from, [&](Flow& flow) { flow.link = link_of(from, flow.to); });
}

std::uint32_t Network::link_of(host::NodeId from, host::NodeId to) const {
  if (const auto own = own_links_.find({from, to}); own != own_links_.end()) return own->second;
  std::uint32_t link = 0;
  if (group_links_.any())
    group_links_.visit(from, to, [&](std::uint32_t last) { link = std::max(link, last); });
  return link;
}

void Network::fill(Flow& flow, const host::Message& message) {
  flow.key = mix(mix(cluster_.at(message.from).key, cluster_.at(flow.to).key),
                 message.message_class->hash);
  flow.class_id = core_.recorder->intern(message.message_class->name);
  flow.link = link_of(message.from, flow.to);
  class_names_.try_emplace(message.message_class->hash, message.message_class->name);
}

// ---- sending

// Puts the message on its way.
[[gnu::always_inline]] inline void Network::dispatch(host::Message& message, const Flow& flow,
                                                     std::uint64_t occurrence, ChoiceKind kind) {
  const Latency& options = links_[flow.link].options.latency;
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
  if (core_.coverage != nullptr) [[unlikely]]
    core_.coverage->sent(message.from, message_class.hash);
  message.next = flow.class_id;
  message.sent_seq = core_.recorder->send(to, flow.class_id, message.bytes(), message_class.cbor);
  if (separations_ != 0) [[unlikely]] {
    const BiteCounter::Slot fault = separating(message.from, to);
    if (fault != kNobody) return cut_off(message, fault);
  }
  if (special_ != 0 || links_[flow.link].treated) [[unlikely]]
    return send_treated(message, flow, occurrence);
  const LinkOptions& link = links_[flow.link].options;
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
  dispatch(copy_of(message), flow, occurrence, ChoiceKind::copy_delay);
}

host::Message& Network::copy_of(const host::Message& message) {
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
  return copy;
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

BiteCounter::Slot Network::separating(host::NodeId from, host::NodeId to) const {
  static_assert(Cuts::kNoTag == kNobody && Splits::kNoTag == kNobody);
  const BiteCounter::Slot fault = cuts_.find(from, to);
  return fault != kNobody ? fault : splits_.find(from, to);
}

// A connection that is asked for while a fault lets nobody connect.
bool Network::stops_connecting(host::Message& message) {
  const std::uint32_t hangs = connects_hang_.find(message.from, message.to);
  const std::uint32_t refused = connects_refused_.find(message.from, message.to);
  if (hangs == Cuts::kNoTag && refused == Cuts::kNoTag) return false;
  if (!kernel_->opens_connection(message)) return false;
  if (hangs != Cuts::kNoTag) {
    core_.bites.add(hangs, Bite::connects_hung);
  } else {
    core_.bites.add(refused, Bite::connects_refused);
    kernel_->refuse(message);
  }
  drop(message, trace::DropReason::filtered);
  return true;
}

void Network::deliver_to_kernel(host::Message& message) {
  if ((connects_hang_.any() || connects_refused_.any()) && stops_connecting(message)) return;
  if (const auto reason = kernel_->refuses(message)) return drop(message, *reason);
  if (core_.coverage != nullptr) core_.coverage->delivered(message.to, message.message_class->hash);
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
  ++separations_;
  return cuts_.add(side_a, side_b, both_ways, fault);
}

void Network::uncut(std::size_t cut) {
  --separations_;
  cuts_.remove(cut);
}

std::size_t Network::split(std::span<const host::NodeId> nodes,
                           std::span<const std::uint32_t> parts, BiteCounter::Slot fault) {
  ++separations_;
  return splits_.add_parts(nodes, parts, fault);
}

std::size_t Network::ring(std::span<const host::NodeId> nodes, std::uint32_t reach,
                          BiteCounter::Slot fault) {
  ++separations_;
  return splits_.add_ring(nodes, reach, fault);
}

void Network::unsplit(std::size_t split) {
  --separations_;
  splits_.remove(split);
}

std::size_t Network::hold(std::span<const host::NodeId> from, std::span<const host::NodeId> to,
                          bool both_ways, BiteCounter::Slot fault) {
  return holds_.add(from, to, both_ways, fault);
}

void Network::release(std::size_t hold, bool in_order) {
  holds_.remove(hold);
  std::int64_t latest = 0;
  std::erase_if(held_, [&](const Held& held) {
    const host::Message& message = pool_.at(held.slot);
    if (holds_.find(message.from, message.to) != Cuts::kNoTag) return false;
    latest = std::max(latest, held.delay_ns);
    // In order: what arrives at one instant arrives in the order of its pushing.
    const std::int64_t delay = in_order ? latest : held.delay_ns;
    core_.push(core_.now_ns + delay, in_order ? 0 : held.tie, EventType::deliver,
               delivery_of(message));
    return true;
  });
}

std::size_t Network::stop_connecting(std::span<const host::NodeId> from,
                                     std::span<const host::NodeId> to, Connecting how,
                                     BiteCounter::Slot fault) {
  return (how == Connecting::hangs ? connects_hang_ : connects_refused_)
      .add(from, to, false, fault);
}

void Network::let_connect(std::size_t number, Connecting how) {
  (how == Connecting::hangs ? connects_hang_ : connects_refused_).remove(number);
}

std::vector<Network::OwnCount> Network::own_counts(const LinkOptions& planned) const {
  const auto asked = [&](auto&& is_on) {
    return std::uint64_t{is_on(planned) ||
                         std::any_of(links_.begin(), links_.end(),
                                     [&](const Link& link) { return is_on(link.options); })};
  };
  std::vector<OwnCount> counts;
  OwnCount loss{.kind = FaultKind::loss,
                .asked = asked([](const LinkOptions& link) { return !link.loss.never(); })};
  loss.bites[static_cast<std::size_t>(Bite::messages_dropped)] = lost_;
  OwnCount copies{.kind = FaultKind::duplicate,
                  .asked = asked([](const LinkOptions& link) { return !link.duplicate.never(); })};
  copies.bites[static_cast<std::size_t>(Bite::messages_copied)] = copied_;
  counts.push_back(loss);
  counts.push_back(copies);
  for (std::size_t i = 0; i < kTroubleKinds.size(); ++i) {
    const auto trouble = static_cast<Trouble>(i);
    counts.push_back(
        {.kind = kTroubleKinds[i],
         .asked = asked([trouble](const LinkOptions& link) { return is_on(link, trouble); }),
         .bites = core_.bites.of(own_.slots[i])});
  }
  counts.push_back({.kind = FaultKind::rule, .asked = rules_->made(), .bites = rules_->bites()});
  return counts;
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
