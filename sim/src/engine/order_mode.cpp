#include "engine/order_mode.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

namespace norn::sim {

namespace {

constexpr std::int64_t kLate = 20'000'000;     // ns
constexpr std::int64_t kMessageTakes = 1'000;  // ns: so that messages alone let time go on
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

EventType type_of(const QueuedEvent& event) {
  return static_cast<EventType>(event.data >> 56U);
}

bool comes_before(const PooledEvent& a, const PooledEvent& b) {
  return std::tie(a.event.time_ns, a.event.order) < std::tie(b.event.time_ns, b.event.order);
}

}  // namespace

void OrderMode::find_enabled(std::int64_t limit_ns) {
  enabled_.clear();
  due_ns_ = kNever;
  std::int64_t first_timer = kNever;
  const PooledEvent* due = nullptr;
  std::erase_if(core_.pool, [this](const PooledEvent& one) { return !node_of_(one.event); });
  for (const PooledEvent& one : core_.pool) {
    const EventType type = type_of(one.event);
    if (type == EventType::host) {
      if (due == nullptr || comes_before(one, *due)) due = &one;
    } else if (type != EventType::deliver) {
      first_timer = std::min(first_timer, one.event.time_ns);
    }
  }
  if (due != nullptr) due_ns_ = due->event.time_ns;
  if (due_ns_ <= core_.now_ns) {
    if (due_ns_ <= limit_ns) enabled_.push_back(*due);
    return;
  }
  const std::int64_t late = first_timer > kNever - kLate ? kNever : first_timer + kLate;
  const std::int64_t until = std::min({due_ns_, limit_ns, late});
  for (const PooledEvent& one : core_.pool) {
    const EventType type = type_of(one.event);
    if (type == EventType::host) continue;
    const bool can =
        type == EventType::deliver ? core_.now_ns < limit_ns : one.event.time_ns <= until;
    if (can) enabled_.push_back(one);
  }
  if (due != nullptr && due_ns_ <= first_timer && due_ns_ <= limit_ns) enabled_.push_back(*due);
  std::sort(enabled_.begin(), enabled_.end(), comes_before);
}

std::optional<QueuedEvent> OrderMode::next(std::int64_t limit_ns) {
  find_enabled(limit_ns);
  if (enabled_.empty()) return std::nullopt;
  shown_.clear();
  for (const PooledEvent& one : enabled_) {
    shown_.push_back({.id = one.id,
                      .cause = one.cause,
                      .node = *node_of_(one.event),
                      .is_delivery = type_of(one.event) == EventType::deliver});
  }
  std::size_t index = 0;
  if (enabled_.size() > 1) {
    const auto picked = [&](std::uint64_t) {
      return static_cast<std::int64_t>(strategy_->pick(shown_, steps_));
    };
    const auto count = static_cast<std::int64_t>(enabled_.size());
    const std::int64_t taken =
        core_.choices.choose(ChoiceKind::next_event, 0, steps_, count, 0, picked);
    index = static_cast<std::size_t>(std::clamp<std::int64_t>(taken, 0, count - 1));
    ++steps_;
  }
  const PooledEvent next = enabled_[index];
  strategy_->took(shown_[index], shown_);
  std::erase_if(core_.pool, [&](const PooledEvent& one) { return one.id == next.id; });
  core_.now_ns = type_of(next.event) == EventType::deliver
                     ? std::min({core_.now_ns + kMessageTakes, due_ns_, limit_ns})
                     : std::max(core_.now_ns, next.event.time_ns);
  core_.under_event = next.id;
  return next.event;
}

}  // namespace norn::sim
