// The long way of a message: rules, what its link does to it, and what faults do to it.
#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "engine/distributions.hpp"
#include "network/network.hpp"

namespace norn::sim {
namespace {

constexpr std::uint64_t kUnseenKey = 0x756e7365656e0001U;  // for bits of its own of one draw

// The value of a choice that befalls `share` of all and has a number: 0, or 1 + the number.
std::int64_t chosen(std::uint64_t draw, Ratio share, std::uint64_t numbers) {
  const Split taken = split(draw, share.out_of);
  if (taken.number >= share.times) return 0;
  return 1 + static_cast<std::int64_t>(below(taken.rest, numbers));
}

// Whether something befalls a message that befalls `share` of all.
bool befalls(const Choices& choices, ChoiceKind kind, std::uint64_t key, std::uint64_t occurrence,
             Ratio share) {
  if (share.never()) return false;
  const auto drawn = [share](std::uint64_t draw) { return std::int64_t{chance(draw, share)}; };
  return choices.choose(kind, key, occurrence, 2, 0, drawn) != 0;
}

}  // namespace

// ---- faults that last

std::size_t Network::treat(std::span<const host::NodeId> from, std::span<const host::NodeId> to,
                           bool both_ways, std::unique_ptr<Treatment> treatment) {
  ++special_;
  if (treatment->options.mtu > 0) ++mtus_;
  std::size_t index = 0;
  while (index < treatments_.size() && treatments_[index].treatment != nullptr) ++index;
  if (index == treatments_.size()) treatments_.emplace_back();
  treatments_[index] = {
      .treatment = std::move(treatment),
      .cut = treated_.add(from, to, both_ways, static_cast<std::uint32_t>(index))};
  return index;
}

void Network::untreat(std::size_t number) {
  --special_;
  if (treatments_[number].treatment->options.mtu > 0) --mtus_;
  treated_.remove(treatments_[number].cut);
  treatments_[number] = {};
}

std::uint32_t Network::add_rule(RuleEntry entry) {
  const auto everybody = [this](std::vector<host::NodeId>& nodes) {
    for (host::NodeId node = 1; node <= cluster_.size(); ++node) nodes.push_back(node);
  };
  if (entry.from.empty() && entry.to.size() > 1) everybody(entry.from);
  if (entry.to.empty() && entry.from.size() > 1) everybody(entry.to);
  return rules_->add(std::move(entry));
}

// ---- the message

void Network::send_treated(host::Message& message, const Flow& flow, std::uint64_t occurrence) {
  const Link& link = links_[flow.link];
  Journey journey;
  copies_.clear();
  if (rules_->any()) {
    const RuleEntry* const rule = rules_->judge(message);
    if (rule != nullptr && !follow_rule(*rule, message, flow, occurrence, journey)) return;
  }
  if (befalls(core_.choices, ChoiceKind::message_loss, flow.key, occurrence, link.options.loss)) {
    ++lost_;
    return give_up(message, trace::DropReason::loss);
  }
  if (befalls(core_.choices, ChoiceKind::message_duplicate, flow.key, occurrence,
              link.options.duplicate)) {
    ++copied_;
    copies_.push_back({copy_of(message).slot, flow.key});
  }
  std::optional<trace::DropReason> dropped;
  if (link.treated) dropped = treat_by(own_, link.options, message, flow, occurrence, journey);
  treated_.visit(message.from, message.to, [&](std::uint32_t index) {
    Treatment& by = *treatments_[index].treatment;
    if (!dropped) dropped = treat_by(by, by.options, message, flow, occurrence, journey);
  });
  if (dropped) return give_up(message, *dropped);
  for (const Copy& copy : copies_) {
    travel(pool_.at(copy.slot), copy.key, occurrence, ChoiceKind::copy_delay, link.options.latency,
           journey);
  }
  apply_damage(message, journey);
  travel(message, flow.key, occurrence, ChoiceKind::message_delay, link.options.latency, journey);
}

// The copies of what is lost are lost with it.
void Network::give_up(host::Message& message, trace::DropReason reason) {
  for (const Copy& copy : copies_) drop(pool_.at(copy.slot), reason);
  drop(message, reason);
}

// Puts the message on its way, as dispatch() does.
void Network::travel(host::Message& message, std::uint64_t key, std::uint64_t occurrence,
                     ChoiceKind kind, const Latency& latency, const Journey& journey) {
  constexpr std::int64_t whole = 1000;
  std::uint64_t tie = 0;
  const auto delayed = [&](std::uint64_t draw) {
    tie = draw & 0xffffffU;
    return sim::latency(draw, latency).count();
  };
  std::int64_t delay =
      core_.choices.choose(kind, key, occurrence, 0, latency.usual.count(), delayed);
  if (journey.factor_permille != whole) {
    __extension__ using Wide = __int128;
    delay = static_cast<std::int64_t>(Wide{delay} * journey.factor_permille / whole);
  }
  delay += journey.extra_ns;
  if (const std::uint32_t fault = holds_.find(message.from, message.to); fault != Cuts::kNoTag)
    return hold_back(message, fault, delay, tie);
  core_.push(core_.now_ns + delay, tie, EventType::deliver, delivery_of(message));
}

// Returns whether the message goes on by its link.
bool Network::follow_rule(const RuleEntry& rule, host::Message& message, const Flow& flow,
                          std::uint64_t occurrence, Journey& journey) {
  const std::uint64_t key = mix(flow.key, rule.key);
  switch (rule.verdict.kind()) {
    case RuleVerdict::Kind::pass:
      core_.bites.add(rule.slot, Bite::messages_passed);
      return true;
    case RuleVerdict::Kind::drop:
      core_.bites.add(rule.slot, Bite::messages_dropped);
      drop(message, trace::DropReason::rule);
      return false;
    case RuleVerdict::Kind::deliver_after: {
      core_.bites.add(rule.slot, Bite::messages_delayed);
      const std::int64_t delay = rule.verdict.delay().count();
      if (const std::uint32_t fault = holds_.find(message.from, message.to);
          fault != Cuts::kNoTag) {
        hold_back(message, fault, delay, 0);
      } else {
        core_.push(core_.now_ns + delay, 0, EventType::deliver, delivery_of(message));
      }
      return false;
    }
    case RuleVerdict::Kind::duplicate:
      core_.bites.add(rule.slot, Bite::messages_copied);
      copies_.push_back({copy_of(message).slot, key});
      return true;
    case RuleVerdict::Kind::corrupt: {
      const std::size_t header = wire_of(message).header;
      if (message.size <= header) return true;  // nothing that could be damaged
      const std::int64_t bits = (static_cast<std::int64_t>(message.size - header)) * 8;
      core_.bites.add(rule.slot, Bite::messages_corrupted);
      journey.flip_bit =
          static_cast<std::int64_t>(header) * 8 +
          core_.choices.choose(
              ChoiceKind::message_corrupt, key, occurrence, bits, 0, [bits](std::uint64_t draw) {
                return static_cast<std::int64_t>(below(draw, static_cast<std::uint64_t>(bits)));
              });
      return true;
    }
  }
  return true;
}

std::optional<trace::DropReason> Network::treat_by(Treatment& by, const LinkOptions& options,
                                                   const host::Message& message, const Flow& flow,
                                                   std::uint64_t occurrence, Journey& journey) {
  const std::uint64_t key = by.key == 0 ? flow.key : mix(flow.key, by.key);
  const auto slot = [&by](Trouble trouble) { return by.slots[static_cast<std::size_t>(trouble)]; };
  const auto takes = [&](ChoiceKind kind, Ratio share) {
    return befalls(core_.choices, kind, key, occurrence, share);
  };
  if (options.mtu > 0 && wire_of(message).bytes > options.mtu) {
    core_.bites.add(slot(Trouble::mtu), Bite::messages_dropped);
    return trace::DropReason::too_large;
  }
  // A link's own loss and duplicates are on the short way too.
  if (by.key != 0 && takes(ChoiceKind::message_loss, options.loss)) {
    core_.bites.add(by.slots.front(), Bite::messages_dropped);
    return trace::DropReason::loss;
  }
  if (by.key != 0 && takes(ChoiceKind::message_duplicate, options.duplicate)) {
    core_.bites.add(by.slots.front(), Bite::messages_copied);
    copies_.push_back({copy_of(message).slot, key});
  }
  if (is_on(options, Trouble::burst) && burst_takes(by, options.burst, message)) {
    core_.bites.add(slot(Trouble::burst), Bite::messages_dropped);
    return trace::DropReason::loss;
  }
  if (!options.corrupt.never() || !options.truncate.never()) {
    if (const auto dropped = damage(by, options, message, key, occurrence, journey)) return dropped;
  }
  if (!options.reorder.never() || by.key != 0) lengthen(by, options, key, occurrence, journey);
  if (options.bandwidth.bytes_per_second > 0 && !queue(by, options.bandwidth, message, journey))
    return trace::DropReason::congestion;
  return std::nullopt;
}

// Gilbert and Elliott: first the link may turn, then a bad one may lose the message.
bool Network::burst_takes(Treatment& by, const BurstLoss& burst, const host::Message& message) {
  PairState& state = by.pairs.at(message.from, message.to);
  const std::uint64_t key =
      mix(mix(cluster_.at(message.from).key, cluster_.at(message.to).key), by.key);
  const std::uint64_t occurrence = state.messages++;
  const auto takes = [&](ChoiceKind kind, Ratio share) {
    return befalls(core_.choices, kind, key, occurrence, share);
  };
  if (takes(ChoiceKind::burst_turn, state.bad ? burst.ends : burst.begins)) state.bad = !state.bad;
  return state.bad && takes(ChoiceKind::burst_loss, burst.loss);
}

std::optional<trace::DropReason> Network::damage(const Treatment& by, const LinkOptions& options,
                                                 const host::Message& message, std::uint64_t key,
                                                 std::uint64_t occurrence, Journey& journey) {
  const std::size_t header = wire_of(message).header;
  // How the message is damaged: not (0), by which bit or byte and found (negative) or not.
  const auto damaged = [&](ChoiceKind kind, Ratio share, std::uint64_t places) {
    return core_.choices.choose(kind, key, occurrence, 0, 0, [&](std::uint64_t draw) {
      const std::int64_t place = chosen(draw, share, std::max<std::uint64_t>(places, 1));
      const bool unseen = places > 0 && chance(mix(draw, kUnseenKey), options.undetected);
      return unseen ? place : -place;
    });
  };
  const std::size_t body = message.size > header ? message.size - header : 0;
  const auto bite = [&](Trouble trouble, Bite what) {
    core_.bites.add(by.slots[static_cast<std::size_t>(trouble)], what);
  };
  if (!options.corrupt.never()) {
    const std::int64_t bit = damaged(ChoiceKind::message_corrupt, options.corrupt, body * 8);
    if (bit < 0) {
      bite(Trouble::corrupt, Bite::messages_dropped);
      return trace::DropReason::corrupted;
    }
    if (bit > 0) {
      bite(Trouble::corrupt, Bite::messages_corrupted);
      journey.flip_bit = static_cast<std::int64_t>(header * 8) + bit - 1;
    }
  }
  if (options.truncate.never()) return std::nullopt;
  const std::int64_t left = damaged(ChoiceKind::message_truncate, options.truncate, body);
  if (left < 0) {
    bite(Trouble::truncate, Bite::messages_dropped);
    return trace::DropReason::corrupted;
  }
  if (left > 0) {
    bite(Trouble::truncate, Bite::messages_truncated);
    journey.cut_to = static_cast<std::int64_t>(header) + left - 1;
  }
  return std::nullopt;
}

void Network::lengthen(const Treatment& by, const LinkOptions& options, std::uint64_t key,
                       std::uint64_t occurrence, Journey& journey) {
  if (!options.reorder.never()) {
    const auto most = static_cast<std::uint64_t>(options.reorder_by.count()) + 1;
    const std::int64_t later = core_.choices.choose(
        ChoiceKind::message_reorder, key, occurrence, 0, 0,
        [&](std::uint64_t draw) { return chosen(draw, options.reorder, most); });
    if (later > 0) {
      core_.bites.add(by.slots[static_cast<std::size_t>(Trouble::reorder)],
                      Bite::messages_reordered);
      journey.extra_ns += later - 1;
    }
  }
  constexpr std::int64_t whole = 1000;
  const bool slows = by.factor_permille != whole;
  if (!slows && by.extra == Duration::zero() && by.jitter == Duration::zero()) return;
  core_.bites.add(by.slots.front(), Bite::messages_delayed);
  if (slows) journey.factor_permille = journey.factor_permille * by.factor_permille / whole;
  journey.extra_ns += by.extra.count();
  if (by.jitter == Duration::zero()) return;
  journey.extra_ns +=
      core_.choices.choose(ChoiceKind::message_jitter, key, occurrence, 0, 0,
                           [&](std::uint64_t draw) { return between(draw, 0, by.jitter.count()); });
}

bool Network::queue(Treatment& by, const Bandwidth& bandwidth, const host::Message& message,
                    Journey& journey) {
  host::NodeId from = message.from;
  host::NodeId to = message.to;
  if (by.place == QueuePlace::sender) to = 0;
  if (by.place == QueuePlace::receiver) from = std::exchange(to, 0);
  LinkQueue& queue = by.pairs.at(from, to).queue;
  const BiteCounter::Slot slot = by.slots[static_cast<std::size_t>(Trouble::bandwidth)];
  const auto takes = queue.pass(core_.now_ns, wire_of(message).bytes, bandwidth);
  core_.bites.add(slot, takes ? Bite::messages_delayed : Bite::messages_dropped);
  if (takes) journey.extra_ns += *takes;
  return takes.has_value();
}

// ---- bytes

WireShape Network::wire_of(const host::Message& message) const {
  if (message.to_kernel) return kernel_->wire_of(message);
  return {.bytes = kDatagramHeaders + message.size, .header = 0};
}

void Network::apply_damage(host::Message& message, const Journey& journey) {
  if (journey.flip_bit != Journey::kWhole) {
    std::byte* const bytes =
        message.size <= host::Message::kInlineBytes ? message.inline_bytes : message.heap_bytes;
    bytes[journey.flip_bit / 8] ^= std::byte{1} << (journey.flip_bit % 8);
  }
  if (journey.cut_to == Journey::kWhole) return;
  const auto left = static_cast<std::uint32_t>(journey.cut_to);
  if (message.size > host::Message::kInlineBytes && left <= host::Message::kInlineBytes) {
    std::byte* const whole = message.heap_bytes;
    std::memcpy(message.inline_bytes, whole, left);
    ::operator delete(whole);
  }
  message.size = left;
}

std::size_t Network::fit_mtu(host::NodeId from, host::NodeId to, std::size_t wanted) {
  constexpr std::int64_t headers = 40;  // IPv4 (RFC 791) and TCP (RFC 9293), without options
  constexpr std::int64_t least = 1;
  auto fits = static_cast<std::int64_t>(wanted);
  const auto limit = [&](std::int64_t mtu, BiteCounter::Slot slot) {
    if (mtu <= 0 || mtu - headers >= fits) return;
    fits = std::max(least, mtu - headers);
    core_.bites.add(slot, Bite::segments_cut);
  };
  limit(links_[link_of(from, to)].options.mtu, own_.slots[static_cast<std::size_t>(Trouble::mtu)]);
  treated_.visit(from, to, [&](std::uint32_t index) {
    const Treatment& by = *treatments_[index].treatment;
    limit(by.options.mtu, by.slots.front());
  });
  return static_cast<std::size_t>(fits);
}

}  // namespace norn::sim
