// The engine's part in an exhaustive search.
#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.hpp"
#include "norn/sim/bad_input.hpp"

namespace norn::sim {

namespace {

using Kind = EventNature::Kind;

constexpr std::string_view kExhaustive = "exhaustive";

EventType type_of(const QueuedEvent& event) {
  return static_cast<EventType>(event.data >> 56U);
}

// "exhaustive:N" or "exhaustive:N:in-order".
SearchScope scope_in(const std::string& strategy) {
  constexpr std::string_view kInOrder = ":in-order";
  SearchScope scope;
  std::string_view rest(strategy);
  scope.in_order = rest.ends_with(kInOrder);
  if (scope.in_order) rest.remove_suffix(kInOrder.size());
  rest.remove_prefix(std::min(rest.size(), kExhaustive.size() + 1));
  const auto [at, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), scope.early);
  if (problem != std::errc{} || at != rest.data() + rest.size())
    throw BadInput("strategy " + strategy +
                   ": exhaustive:N or exhaustive:N:in-order is expected, N timers out of turn");
  return scope;
}

}  // namespace

bool Engine::search_every_order() {
  if (options_.strategy.rfind(kExhaustive, 0) != 0) return false;
  auto mode = std::make_unique<ExhaustiveMode>(
      core_, options_.guide.get(), scope_in(options_.strategy),
      ExhaustiveMode::Calls{.nature_of = [this](const QueuedEvent& event,
                                                bool content) { return nature_of(event, content); },
                            .lives = [this] { return lives(); },
                            .stop = [this] { stop_ = true; }});
  exhaustive_ = mode.get();
  event_order_ = std::move(mode);
  options_.ready_order = host::ReadyOrder::chosen;
  return true;
}

EventNature Engine::nature_of(const QueuedEvent& event, bool content) {
  const EventType type = type_of(event);
  if (type == EventType::host) {
    EventNature nature = host_natures_[static_cast<std::uint32_t>(event.data)];
    nature.content = nature.fault;
    return nature;
  }
  const std::optional<host::NodeId> node = node_of(event);
  if (!node) return {};
  EventNature nature{.kind = Kind::timer, .node = *node};
  if (type == EventType::deliver) {
    const host::Message& message = messages().at(static_cast<std::uint32_t>(event.data));
    nature.kind = Kind::completion;
    nature.link = std::uint64_t{message.from} << 32U | message.to;
  }
  if (type == EventType::timer) {
    const host::Fiber* const fiber = scheduler_.live(static_cast<std::uint32_t>(event.data));
    if (fiber->reason == host::BlockReason::file) nature.kind = Kind::completion;
  }
  if (content) nature.content = content_of(event);
  return nature;
}

// What a timer does is known by whose it is.
std::uint64_t Engine::content_of(const QueuedEvent& event) {
  const auto slot = static_cast<std::uint32_t>(event.data);
  switch (type_of(event)) {
    case EventType::deliver: {
      const host::Message& message = messages().at(slot);
      const auto bytes = message.bytes();
      const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      const std::uint64_t way = std::uint64_t{message.from} << 32U | message.to;
      const std::uint64_t name = message.message_class == nullptr ? 0 : message.message_class->hash;
      return mix(mix(host::hash_name(text), name), way);
    }
    case EventType::timer:
      return scheduler_.live(slot)->key;
    case EventType::alarm:
      return alarms_[slot].alarm->key;
    default:
      return event.data;
  }
}

std::uint64_t Engine::lives() const {
  std::uint64_t hash = 0;
  for (host::NodeId id = 1; id <= cluster_.size(); ++id)
    hash = mix(hash, cluster_.at(id).process != nullptr ? 1 : 0);
  return hash;
}

// A crash changes its node alone: what was on its way to it still comes, and is lost.
host::NodeId Engine::only_node_of(const Fault& fault) const {
  const bool alone = fault.kind == FaultKind::crash && fault.side_a.size() == 1;
  return alone ? cluster_.find(fault.side_a.front()) : 0;
}

}  // namespace norn::sim
