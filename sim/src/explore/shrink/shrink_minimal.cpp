// Whether anything at all can still be left out.
#include <string>
#include <utility>
#include <vector>

#include "norn/sim/fault_plan.hpp"

#include "explore/shrink/shrinker.hpp"
#include "explore/text.hpp"

namespace norn::explore {

namespace {

std::string named(const Fault& fault) {
  std::string text = "without the " + std::string(name(fault.kind));
  if (!fault.side_a.empty()) text += " of " + joined(fault.side_a, ", ");
  return text + " at " + format_duration(fault.at);
}

SimOptions without_fault(SimOptions options, std::size_t index) {
  auto& faults = options.plan->faults;
  faults.erase(faults.begin() + static_cast<std::ptrdiff_t>(index));
  return options;
}

}  // namespace

// Sweeps over single faults until one goes by in vain.
void Shrinker::drop_last_faults() {
  const auto count = [this] { return best_.plan->faults.size(); };
  for (bool again = true; again && !trials_.over();) {
    again = false;
    for (std::size_t from = 0; from < count();) {
      const auto hit = take_first("last faults", count() - from, [&](std::size_t index) {
        return without_fault(best_, from + index);
      });
      if (!hit) break;
      from += *hit;
      again = true;
    }
  }
}

// Each single fault and override is left out once more. What still fails then is the smaller case;
// when nothing does, all of these pass, and are the neighbours of the failing run.
void Shrinker::find_minimal() {
  for (;;) {
    drop_last_faults();
    faults_minimal_ = !trials_.over() || best_.plan->faults.empty();
    if (!faults_minimal_) return;
    note_order();
    const auto make = [this](std::size_t index) {
      SimOptions less = best_;
      less.overrides.erase(order_[index].key);
      return less;
    };
    const std::uint64_t before = trials_.replays();
    // With fewer overrides a fault may have become needless.
    if (take_first("last choices", order_.size(), make)) continue;
    one_minimal_ = is_world_dull() && trials_.replays() - before == order_.size();
    for (std::size_t i = 0; i < best_.plan->faults.size(); ++i)
      near_.push_back({without_fault(best_, i), named(best_.plan->faults[i])});
    for (std::size_t i = 0; i < order_.size(); ++i)
      near_.push_back({make(i), "with the usual " + where(order_[i])});
    return;
  }
}

}  // namespace norn::explore
