#include "engine/order_mode.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace norn::sim {

namespace {

constexpr std::int64_t kLate = 5'000'000;      // ns
constexpr std::int64_t kMessageTakes = 1'000;  // ns: so that messages alone let time go on
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

EventType type_of(const QueuedEvent& event) {
  return static_cast<EventType>(event.data >> 56U);
}

}  // namespace

std::int64_t OrderMode::tidy_pool() {
  std::int64_t first_timer = kNever;
  std::size_t kept = 0;
  for (PooledEvent& one : core_.pool) {
    const std::optional<host::NodeId> node = node_of_(one.event);
    if (!node) continue;
    one.node = *node;
    if (type_of(one.event) != EventType::deliver)
      first_timer = std::min(first_timer, one.event.time_ns);
    core_.pool[kept++] = one;
  }
  core_.pool.erase(core_.pool.begin() + static_cast<std::ptrdiff_t>(kept), core_.pool.end());
  return first_timer;
}

void OrderMode::find_enabled(std::int64_t limit_ns) {
  enabled_.clear();
  const std::int64_t first_timer = tidy_pool();
  const PooledEvent* const due = core_.of_world.empty() ? nullptr : &core_.of_world.back();
  due_ns_ = due == nullptr ? kNever : due->event.time_ns;
  if (due_ns_ <= core_.now_ns) {
    if (due_ns_ <= limit_ns) enabled_.push_back(*due);
    return;
  }
  const std::int64_t late = first_timer > kNever - kLate ? kNever : first_timer + kLate;
  const std::int64_t until = std::min({due_ns_, limit_ns, late});
  for (const PooledEvent& one : core_.pool) {
    const bool can = type_of(one.event) == EventType::deliver ? core_.now_ns < limit_ns
                                                              : one.event.time_ns <= until;
    if (can) enabled_.push_back(one);
  }
  if (due != nullptr && due_ns_ <= first_timer && due_ns_ <= limit_ns) enabled_.push_back(*due);
  std::sort(enabled_.begin(), enabled_.end(), comes_before);
}

void OrderMode::take_out(const PooledEvent& event) {
  if (type_of(event.event) == EventType::host) return core_.of_world.pop_back();
  const auto at = std::find_if(core_.pool.begin(), core_.pool.end(),
                               [&](const PooledEvent& one) { return one.id == event.id; });
  core_.pool.erase(at);
}

std::optional<QueuedEvent> OrderMode::next(std::int64_t limit_ns) {
  if (!std::exchange(found_, false)) find_enabled(limit_ns);
  if (enabled_.empty()) return std::nullopt;
  shown_.clear();
  for (const PooledEvent& one : enabled_) {
    shown_.push_back({.id = one.id,
                      .cause = one.cause,
                      .node = one.node,
                      .is_delivery = type_of(one.event) == EventType::deliver});
  }
  std::size_t index = 0;
  if (enabled_.size() > 1) {
    const auto picked = [&](std::uint64_t) {
      return fair_ ? 0 : static_cast<std::int64_t>(strategy_->pick(shown_, steps_));
    };
    const auto count = static_cast<std::int64_t>(enabled_.size());
    const std::int64_t taken =
        core_.choices.choose(ChoiceKind::next_event, 0, steps_, count, 0, picked);
    index = static_cast<std::size_t>(std::clamp<std::int64_t>(taken, 0, count - 1));
    ++steps_;
  }
  const PooledEvent next = enabled_[index];
  strategy_->took(shown_[index], shown_);
  take_out(next);
  const bool at_its_time = fair_ || type_of(next.event) != EventType::deliver;
  const std::int64_t then_ns = at_its_time ? next.event.time_ns : core_.now_ns + kMessageTakes;
  core_.now_ns = std::max(core_.now_ns, std::min({then_ns, due_ns_, limit_ns}));
  core_.under_event = next.id;
  return next.event;
}

}  // namespace norn::sim
