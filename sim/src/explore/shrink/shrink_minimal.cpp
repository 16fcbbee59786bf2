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

}  // namespace

std::string Shrinker::fault_text(std::size_t index) const {
  const std::size_t planned = best_.plan->faults.size();
  return index < planned ? named(best_.plan->faults[index])
                         : "without the " + run_.scripted[index - planned].name;
}

// What finer work leaves of the budget, so that each fault can be left out once more: once in vain,
// once more if one of them can go, and looks at what is overridden.
std::uint64_t Shrinker::replays_for_faults() const {
  return 2 * faults() + 4;
}

// Each single fault is left out, round and round, until all of them were in vain on the same case.
bool Shrinker::show_faults_needed() {
  for (std::size_t from = 0; !faults_minimal_;) {
    note_order();  // what it forgets might have mattered without a fault
    const std::size_t count = faults();
    const std::uint64_t before = trials_.replays();
    const auto hit = take_first("last faults", count, [&](std::size_t index) {
      const std::size_t one = (from + index) % count;
      return without_faults(one, one + 1);
    });
    if (!hit) {
      faults_minimal_ = trials_.replays() - before == count;
      break;
    }
    from = (from + *hit) % count;
    if (from >= faults()) from = 0;
  }
  if (faults_minimal_) shown_ = Shown{.options = best_, .run = run_, .order = order_};
  return faults_minimal_;
}

// The same with overrides; whether all were left out in vain.
bool Shrinker::drop_last_choices() {
  for (std::size_t from = 0;;) {
    const std::size_t count = order_.size();
    const std::uint64_t before = trials_.replays();
    const auto hit = take_first("last choices", count, [&](std::size_t index) {
      SimOptions less = best_;
      less.overrides.erase(order_[(from + index) % count].key);
      return less;
    });
    if (!hit) return trials_.replays() - before == count;
    from = (from + *hit) % count;
    order_.erase(order_.begin() + static_cast<std::ptrdiff_t>(from));
    if (from >= order_.size()) from = 0;
    // Without it a fault may have become needless.
    trials_.keep(replays_for_faults());
  }
}

// Each single fault, override and operation is left out once more. What still fails then is the
// smaller case; when nothing does, all of these pass, and are the neighbours of the failing run.
void Shrinker::find_minimal() {
  do {
    trials_.keep(0);
    if (!show_faults_needed()) break;
    const bool each_choice = drop_last_choices() && is_world_dull();
    if (!faults_minimal_) continue;
    one_minimal_ = each_choice;
    const bool each_operation = drop_last_operations();
    if (faults_minimal_) operations_minimal_ = each_operation;
  } while (!faults_minimal_);
  if (!faults_minimal_ && shown_) {
    best_ = std::move(shown_->options);
    run_ = std::move(shown_->run);
    order_ = std::move(shown_->order);
    faults_minimal_ = true;
    one_minimal_ = false;
    operations_minimal_ = false;
  }
  if (faults_minimal_) note_near();
}

void Shrinker::note_near() {
  for (std::size_t i = 0; i < faults(); ++i)
    near_.push_back({without_faults(i, i + 1), fault_text(i)});
  for (const MadeChoice& choice : order_) {
    SimOptions less = best_;
    if (less.overrides.erase(choice.key) > 0)
      near_.push_back({std::move(less), "with the usual " + where(choice)});
  }
  if (!operations_minimal_) return;
  std::size_t place = 0;
  for (const MadeOperation& one : run_.made_operations) {
    if (one.left_out) continue;
    const auto it = [leave = place++](std::size_t at, const MadeOperation&) { return at == leave; };
    near_.push_back({without_operations(it),
                     "without operation " + std::to_string(one.number) + " of " + one.client.node});
  }
}

}  // namespace norn::explore
