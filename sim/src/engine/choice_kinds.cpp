// The names of kinds of choices.
#include <algorithm>
#include <array>

#include "engine/choice_hash.hpp"

namespace norn::sim {

namespace {

struct Named {
  std::string_view name;
  ChoiceKind kind;
};

constexpr std::array kNamed = {
    Named{"buggify", ChoiceKind::buggify},
    Named{"buggify_armed", ChoiceKind::buggify_armed},
    Named{"burst_loss", ChoiceKind::burst_loss},
    Named{"burst_turn", ChoiceKind::burst_turn},
    Named{"copy_delay", ChoiceKind::copy_delay},
    Named{"disk_delay", ChoiceKind::disk_delay},
    Named{"disk_fault", ChoiceKind::disk_fault},
    Named{"disk_loss", ChoiceKind::disk_loss},
    Named{"event_order", ChoiceKind::event_order},
    Named{"fault_draw", ChoiceKind::fault_draw},
    Named{"knob", ChoiceKind::knob},
    Named{"message_corrupt", ChoiceKind::message_corrupt},
    Named{"message_delay", ChoiceKind::message_delay},
    Named{"message_duplicate", ChoiceKind::message_duplicate},
    Named{"message_jitter", ChoiceKind::message_jitter},
    Named{"message_loss", ChoiceKind::message_loss},
    Named{"message_reorder", ChoiceKind::message_reorder},
    Named{"message_truncate", ChoiceKind::message_truncate},
    Named{"nemesis", ChoiceKind::nemesis},
    Named{"next_event", ChoiceKind::next_event},
    Named{"next_fiber", ChoiceKind::next_fiber},
    Named{"node_random", ChoiceKind::node_random},
    Named{"port", ChoiceKind::port},
    Named{"process_fault", ChoiceKind::process_fault},
    Named{"ready_order", ChoiceKind::ready_order},
    Named{"short_read", ChoiceKind::short_read},
    Named{"workload", ChoiceKind::workload},
};

constexpr auto kKinds = [] {
  std::array<ChoiceKind, kNamed.size()> kinds{};
  for (std::size_t i = 0; i < kinds.size(); ++i) kinds[i] = kNamed[i].kind;
  return kinds;
}();

}  // namespace

std::span<const ChoiceKind> choice_kinds() {
  return kKinds;
}

std::string_view name(ChoiceKind kind) {
  const auto* const found = std::find_if(kNamed.begin(), kNamed.end(),
                                         [kind](const Named& one) { return one.kind == kind; });
  return found == kNamed.end() ? "unknown" : found->name;
}

std::optional<ChoiceKind> choice_kind_of(std::string_view name) {
  const auto* const found = std::find_if(kNamed.begin(), kNamed.end(),
                                         [name](const Named& one) { return one.name == name; });
  if (found == kNamed.end()) return std::nullopt;
  return found->kind;
}

}  // namespace norn::sim
