// Which of the fibers that are ready runs first.
#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "norn/runtime/assert.hpp"
#include "norn/runtime/host/scheduler.hpp"

namespace norn::host {

namespace {

// For a heap whose top is the entry that runs first.
struct RunsLater {
  template <class Entry>
  bool operator()(const Entry& a, const Entry& b) const {
    return a.priority != b.priority ? a.priority > b.priority : a.order > b.order;
  }
};

}  // namespace

// A second fiber is ready: from now on they are ranked.
void Scheduler::push_another_ready(Fiber& fiber) {
  if (only_ready_ != nullptr) push_ranked(*std::exchange(only_ready_, nullptr));
  push_ranked(fiber);
}

// The lowest runs first: by priority, then by the rule.
std::uint64_t Scheduler::rank(const Fiber& fiber) {
  constexpr unsigned kPriorityShift = 56;
  const auto urgency = static_cast<std::uint64_t>(std::int64_t{127} - fiber.code.priority);
  std::uint64_t order = 0;  // equal ranks run in the order of their coming
  if (ready_order_rule_ == ReadyOrder::keyed) order = world_.ready_priority(fiber);
  if (ready_order_rule_ == ReadyOrder::newest_first) order = ~(ready_order_ << 8U);
  return urgency << kPriorityShift | order >> (64U - kPriorityShift);
}

void Scheduler::push_ranked(Fiber& fiber) {
  ready_.push_back({rank(fiber), ready_order_++, &fiber});
  std::push_heap(ready_.begin(), ready_.end(), RunsLater{});
}

// Fibers of different nodes do not meet before one of them blocks: which of these runs first is no
// choice.
Fiber* Scheduler::pop_chosen() {
  std::sort(ready_.begin(), ready_.end(),
            [](const ReadyEntry& a, const ReadyEntry& b) { return RunsLater{}(b, a); });
  const ReadyEntry& first = ready_.front();
  std::vector<std::size_t> among;
  for (std::size_t i = 0; i < ready_.size(); ++i) {
    const ReadyEntry& one = ready_[i];
    if (one.fiber->process == first.fiber->process && one.priority == first.priority)
      among.push_back(i);
  }
  const std::size_t chosen = among.size() > 1 ? world_.choose_ready(among.size()) : 0;
  NORN_ASSERT(chosen < among.size(), "choose_ready() chose a fiber that there is not");
  const auto taken = ready_.begin() + static_cast<std::ptrdiff_t>(among[chosen]);
  Fiber* const fiber = taken->fiber;
  ready_.erase(taken);
  return fiber;
}

Fiber* Scheduler::pop_first_ready() {
  if (ready_order_rule_ == ReadyOrder::chosen) [[unlikely]]
    return pop_chosen();
  std::pop_heap(ready_.begin(), ready_.end(), RunsLater{});
  Fiber* const fiber = ready_.back().fiber;
  ready_.pop_back();
  return fiber;
}

std::vector<Scheduler::ReadyEntry> Scheduler::take_ready(const Process& process) {
  std::vector<ReadyEntry> taken;
  if (only_ready_ != nullptr && only_ready_->process == &process)
    taken.push_back({0, 0, std::exchange(only_ready_, nullptr)});
  const auto first = std::partition(
      ready_.begin(), ready_.end(),
      [&process](const ReadyEntry& entry) { return entry.fiber->process != &process; });
  if (first == ready_.end()) return taken;
  taken.insert(taken.end(), first, ready_.end());
  ready_.erase(first, ready_.end());
  std::make_heap(ready_.begin(), ready_.end(), RunsLater{});
  std::sort(taken.begin(), taken.end(),
            [](const ReadyEntry& a, const ReadyEntry& b) { return a.order < b.order; });
  return taken;
}

}  // namespace norn::host
