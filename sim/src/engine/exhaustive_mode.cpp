#include "engine/exhaustive_mode.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace norn::sim {

namespace {

using Kind = EventNature::Kind;

}  // namespace

bool ExhaustiveMode::has_begun(std::uint32_t fault) const {
  return std::any_of(begun_.begin(), begun_.end(),
                     [fault](const Begun& one) { return one.fault == fault; });
}

bool ExhaustiveMode::must_wait(const Pending& event) const {
  if (event.nature.kind == Kind::fault_end) return !has_begun(event.nature.fault);
  if (!scope_.in_order || event.nature.link == 0) return false;
  return std::any_of(pending_.begin(), pending_.end(), [&](const Pending& other) {
    return other.nature.link == event.nature.link && other.event.id < event.event.id;
  });
}

void ExhaustiveMode::find_possible(std::int64_t limit_ns) {
  possible_.clear();
  pending_.clear();
  const bool content = guide_ != nullptr && guide_->wants_pending();
  std::erase_if(core_.pool, [&](const PooledEvent& one) {
    const EventNature nature = calls_.nature_of(one.event, content);
    if (nature.kind == Kind::gone) return true;
    pending_.push_back({one, nature});
    return false;
  });
  for (const PooledEvent& one : core_.of_world)
    pending_.push_back({one, calls_.nature_of(one.event, content)});
  std::sort(pending_.begin(), pending_.end(), [](const Pending& a, const Pending& b) {
    return std::tie(a.event.event.time_ns, a.event.id) <
           std::tie(b.event.event.time_ns, b.event.id);
  });
  const bool on_the_way = std::any_of(pending_.begin(), pending_.end(), [](const Pending& one) {
    return one.nature.kind == Kind::completion;
  });
  bool first = true;  // of those that keep to the clock
  for (const Pending& one : pending_) {
    const std::int64_t time_ns = one.event.event.time_ns;
    const Kind kind = one.nature.kind;
    const bool by_clock = kind == Kind::timer || kind == Kind::deadline;
    if (kind == Kind::deadline && first && time_ns <= core_.now_ns && time_ns <= limit_ns) {
      possible_.assign(1, one);  // overdue: a timer rang early
      return;
    }
    const bool in_turn = by_clock && std::exchange(first, false) && !on_the_way;
    if (by_clock) {
      if (time_ns > limit_ns || (!in_turn && (kind == Kind::deadline || scope_.early == 0)))
        continue;
      possible_.push_back({one.event, one.nature, !in_turn});
    } else if (core_.now_ns < limit_ns && !must_wait(one)) {
      possible_.push_back(one);
    }
  }
}

std::uint64_t ExhaustiveMode::hash_of_pending() const {
  std::uint64_t sum =
      mix(calls_.lives(), scope_.early);  // a sum: the order in which they came is nothing
  for (const Pending& one : pending_) {
    std::uint64_t of_one = mix(one.nature.content, static_cast<std::uint64_t>(one.nature.kind));
    of_one = mix(of_one, one.nature.node);
    if (one.nature.kind == Kind::timer || one.nature.kind == Kind::deadline)
      of_one = mix(of_one, static_cast<std::uint64_t>(one.event.event.time_ns - core_.now_ns));
    if (one.nature.kind == Kind::fault_end) of_one += has_begun(one.nature.fault) ? 1U : 0U;
    sum += of_one;
  }
  return sum;
}

// The end of a fault follows from its begin.
std::uint64_t ExhaustiveMode::cause_of(const Pending& event) const {
  if (event.nature.kind != Kind::fault_end) return event.event.cause;
  const auto begin = std::find_if(begun_.begin(), begun_.end(), [&](const Begun& one) {
    return one.fault == event.nature.fault;
  });
  return begin->event;
}

std::optional<std::size_t> ExhaustiveMode::choose() {
  std::optional<std::size_t> guided = 0;
  if (guide_ != nullptr) {
    shown_.clear();
    for (const Pending& one : possible_) {
      const bool by_clock = one.nature.kind == Kind::timer || one.nature.kind == Kind::deadline;
      shown_.push_back({.id = one.event.id,
                        .cause = cause_of(one),
                        .node = by_clock ? 0 : one.nature.node,
                        .keeps_turn = by_clock && scope_.early == 0,
                        .goes_first = by_clock || one.nature.kind == Kind::completion});
    }
    guided = guide_->next_event(shown_, guide_->wants_pending() ? hash_of_pending() : 0);
  }
  if (!guided) return std::nullopt;
  if (possible_.size() == 1) return 0;
  const auto count = static_cast<std::int64_t>(possible_.size());
  const std::int64_t taken =
      core_.choices.choose(ChoiceKind::next_event, 0, steps_++, count, 0,
                           [&](std::uint64_t) { return static_cast<std::int64_t>(*guided); });
  return static_cast<std::size_t>(std::clamp<std::int64_t>(taken, 0, count - 1));
}

std::size_t ExhaustiveMode::choose_fiber(std::size_t count) {
  const std::size_t guided = guide_ != nullptr ? guide_->next_fiber(count) : 0;
  const std::int64_t taken = core_.choices.choose(
      ChoiceKind::next_fiber, 0, fiber_steps_++, static_cast<std::int64_t>(count), 0,
      [&](std::uint64_t) { return static_cast<std::int64_t>(guided); });
  return static_cast<std::size_t>(
      std::clamp<std::int64_t>(taken, 0, static_cast<std::int64_t>(count) - 1));
}

void ExhaustiveMode::take(const Pending& next) {
  const auto taken = [&](const PooledEvent& one) { return one.id == next.event.id; };
  std::erase_if(core_.pool, taken);
  std::erase_if(core_.of_world, taken);
  const bool by_clock = next.nature.kind == Kind::timer || next.nature.kind == Kind::deadline;
  if (by_clock) core_.now_ns = std::max(core_.now_ns, next.event.event.time_ns);
  if (next.out_of_turn) --scope_.early;
  if (next.nature.kind == Kind::fault_begin) begun_.push_back({next.nature.fault, next.event.id});
  core_.under_event = next.event.id;
}

std::optional<QueuedEvent> ExhaustiveMode::next(std::int64_t limit_ns) {
  find_possible(limit_ns);
  if (possible_.empty()) return std::nullopt;
  const std::optional<std::size_t> index = choose();
  if (!index) {
    calls_.stop();
    return std::nullopt;
  }
  const Pending next = possible_[*index];
  take(next);
  return next.event.event;
}

}  // namespace norn::sim
