#include "explore/exhaustive/happens_before.hpp"

#include <algorithm>
#include <utility>

namespace norn::explore {

StepSet HappensBefore::before(const std::vector<Step>& steps, std::size_t count, const Step& step,
                              std::vector<Race>* races) const {
  StepSet before;
  if (step.cause != 0) {
    const auto end = steps.begin() + static_cast<std::ptrdiff_t>(count);
    const auto cause =
        std::find_if(steps.begin(), end, [&](const Step& one) { return one.id == step.cause; });
    if (cause != end) {
      const auto at = static_cast<std::size_t>(cause - steps.begin());
      before.add(before_[at]);
      before.add(at);
    }
  }
  for (std::size_t i = count; i-- > 0;) {
    if (before.has(i) || !steps[i].footprint.meets(step.footprint)) continue;
    if (races != nullptr) races->push_back({i, count});
    before.add(before_[i]);
    before.add(i);
  }
  return before;
}

void HappensBefore::follow(const std::vector<Step>& steps, std::size_t same) {
  before_.resize(same);
  for (std::size_t i = same; i < steps.size(); ++i)
    before_.push_back(before(steps, i, steps[i], nullptr));
}

std::vector<std::size_t> HappensBefore::firsts(const Race& race,
                                               const StepSet& before_later) const {
  std::vector<std::size_t> firsts;
  std::vector<std::size_t> others;  // that wait for one of them
  for (std::size_t i = race.first + 1; i <= race.second; ++i) {
    const StepSet& before = i == race.second ? before_later : before_[i];
    if (i != race.second && before.has(race.first)) continue;
    const auto earlier = [&](std::size_t one) { return before.has(one); };
    const bool waits = std::any_of(firsts.begin(), firsts.end(), earlier) ||
                       std::any_of(others.begin(), others.end(), earlier);
    (waits ? others : firsts).push_back(i);
  }
  return firsts;
}

}  // namespace norn::explore
