// Faults of the network that let messages pass, but not as they should.
#include <memory>
#include <utility>

#include "faults/fault_effect.hpp"
#include "faults/network_sides.hpp"
#include "norn/runtime/assert.hpp"

namespace norn::sim {
namespace {

class Treated final : public FaultEffect {
 public:
  Treated(Network& network, std::size_t number) : network_(network), number_(number) {}
  void end(trace::Seq cause) override {
    static_cast<void>(cause);
    network_.untreat(number_);
  }

 private:
  Network& network_;
  std::size_t number_;
};

std::unique_ptr<Treatment> treatment_of(const Fault& fault) {
  auto by = std::make_unique<Treatment>();
  LinkOptions& link = by->options;
  constexpr std::int64_t once = 1000;
  switch (fault.kind) {
    case FaultKind::slow_node:
    case FaultKind::slow_link:
      by->factor_permille = number_of(fault, "factor") * once;
      break;
    case FaultKind::delay:
      by->extra = duration_of(fault, "extra");
      by->jitter = duration_of(fault, "jitter");
      break;
    case FaultKind::loss:
      link.loss = share_of(fault, "share");
      break;
    case FaultKind::loss_burst:
      link.burst = {.begins = share_of(fault, "begins"),
                    .ends = share_of(fault, "ends"),
                    .loss = share_of(fault, "share")};
      break;
    case FaultKind::duplicate:
      link.duplicate = share_of(fault, "share");
      break;
    case FaultKind::reorder:
      link.reorder = share_of(fault, "share");
      link.reorder_by = duration_of(fault, "by");
      break;
    case FaultKind::corrupt:
      link.corrupt = share_of(fault, "share");
      link.undetected = share_of(fault, "undetected");
      break;
    case FaultKind::truncate:
      link.truncate = share_of(fault, "share");
      link.undetected = share_of(fault, "undetected");
      break;
    case FaultKind::bandwidth: {
      const std::string place = word_of(fault, "shared_by");
      by->place = place == "sender"     ? QueuePlace::sender
                  : place == "receiver" ? QueuePlace::receiver
                                        : QueuePlace::link;
      link.bandwidth = {.bytes_per_second = number_of(fault, "rate"),
                        .queue_bytes = number_of(fault, "queue"),
                        .discipline = word_of(fault, "discipline") == "codel"
                                          ? QueueDiscipline::codel
                                          : QueueDiscipline::drop_tail};
      break;
    }
    case FaultKind::mtu:
      link.mtu = number_of(fault, "bytes");
      break;
    default:
      NORN_ASSERT(false, "a kind of fault that is no treatment of links");
  }
  return by;
}

std::shared_ptr<FaultEffect> treat(const FaultScene& scene, const BegunFault& begun) {
  const bool whole_node = begun.fault.kind == FaultKind::slow_node;
  const LinkSides sides =
      sides_of(scene, begun, whole_node ? std::string("both") : word_of(begun.fault, "way"));
  std::unique_ptr<Treatment> by = treatment_of(begun.fault);
  by->key = begun.key;
  by->slots.fill(begun.slot);
  return std::make_shared<Treated>(
      scene.network, scene.network.treat(sides.from, sides.to, sides.both_ways, std::move(by)));
}

// ---- rules

class Ruled final : public FaultEffect {
 public:
  Ruled(std::shared_ptr<RuleTable> rules, std::uint32_t number)
      : rules_(std::move(rules)), number_(number) {}
  void end(trace::Seq cause) override {
    static_cast<void>(cause);
    rules_->remove(number_);
  }

 private:
  std::shared_ptr<RuleTable> rules_;
  std::uint32_t number_;
};

RuleVerdict verdict_of(const Fault& fault) {
  const std::string verdict = word_of(fault, "verdict");
  if (verdict == "drop") return RuleVerdict::drop();
  if (verdict == "deliver_after") return RuleVerdict::deliver_after(duration_of(fault, "delay"));
  if (verdict == "duplicate") return RuleVerdict::duplicate();
  if (verdict == "corrupt") return RuleVerdict::corrupt();
  return RuleVerdict::pass();
}

std::shared_ptr<FaultEffect> rule(const FaultScene& scene, const BegunFault& begun) {
  const std::string message = word_of(begun.fault, "message");
  const LinkSides sides = sides_of(scene, begun, word_of(begun.fault, "way"));
  const RuleEntry entry{
      .from = sides.from,
      .to = sides.to,
      .both_ways = sides.both_ways,
      .class_hash = message.empty() ? 0 : host::hash_name(message),
      .content = word_of(begun.fault, "content"),
      .nth = static_cast<std::uint64_t>(number_of(begun.fault, "nth")),
      .verdict = verdict_of(begun.fault),
      .key = begun.key,
      .slot = begun.slot,
  };
  return std::make_shared<Ruled>(scene.network.rules(), scene.network.add_rule(entry));
}

constexpr FaultHandler kHandlers[] = {
    {FaultKind::slow_node, treat}, {FaultKind::slow_link, treat},  {FaultKind::delay, treat},
    {FaultKind::loss, treat},      {FaultKind::loss_burst, treat}, {FaultKind::duplicate, treat},
    {FaultKind::reorder, treat},   {FaultKind::corrupt, treat},    {FaultKind::truncate, treat},
    {FaultKind::bandwidth, treat}, {FaultKind::mtu, treat},        {FaultKind::rule, rule},
};

}  // namespace

std::span<const FaultHandler> link_handlers() {
  return kHandlers;
}

}  // namespace norn::sim
