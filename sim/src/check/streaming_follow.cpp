// Which configurations are possible after a return.
#include <algorithm>

#include "check/streaming_part.hpp"

namespace norn::check {

namespace {

constexpr std::size_t kMostShown = 8;  // states in a misfit
// Steps and comparisons for one return, for each configuration that may be followed.
constexpr std::uint64_t kWorkEach = 64;

std::span<const Mark> marks_of(const Configuration& configuration, std::uint32_t slot) {
  const std::span<const Mark> all = configuration.marks();
  const auto first = std::lower_bound(all.begin(), all.end(), Mark{.key = option_of(slot)});
  const auto last = std::find_if(first, all.end(), [&](const Mark& m) { return m.slot() != slot; });
  return {first, last};
}

}  // namespace

bool StreamPart::add(Frontier& to, Configuration configuration) const {
  return to.add(std::move(configuration),
                [this](const Configuration& a, const Configuration& b) { return covers(a, b); });
}

// Whether `a`, whose marks of that slot these are, can do what `b` can of which this is a mark.
bool StreamPart::covers_done(const Configuration& a, std::span<const Mark> marks,
                             const Mark& b) const {
  if (b.is_done() && open_[b.slot()].lost) return true;
  if (is_hidden(a, b.slot())) return true;
  return std::any_of(marks.begin(), marks.end(), [&](const Mark& m) { return m.state == b.state; });
}

// What has not taken effect can do more than what has: it may still do so, or, with an option, have
// done so in the same state. An option more does no harm, and neither does a later hole.
bool StreamPart::covers(const Configuration& a, const Configuration& b) const {
  if (a.state() != b.state() || a.hole() < b.hole()) return false;
  const std::span<const Mark> of_a = a.marks();
  std::size_t at = 0;
  for (const Mark& mark : b.marks()) {
    for (; at < of_a.size() && of_a[at].slot() < mark.slot(); ++at) {
      if (of_a[at].is_done() && !b.is_done(of_a[at].slot())) return false;
    }
    std::size_t end = at;
    while (end < of_a.size() && of_a[end].slot() == mark.slot()) ++end;
    const std::span<const Mark> same = of_a.subspan(at, end - at);
    if (!same.empty() && same.back().is_done()) {
      if (same.back() != mark) return false;
    } else if (!covers_done(a, same, mark)) {
      return false;
    }
  }
  // What is left of `a` is of slots behind the last mark of `b`, or of that slot itself.
  for (; at < of_a.size(); ++at) {
    if (of_a[at].is_done() && !b.is_done(of_a[at].slot())) return false;
  }
  return true;
}

void StreamPart::leave(Configuration& configuration, StateId next, bool resets,
                       std::uint32_t except) {
  if (configuration.state() != next) {
    see(configuration, configuration.state(), called_, except);
    configuration.set_state(next);
  }
  if (resets) configuration.set_hole(called_);
}

// Only what does not change the state: two that would change it hardly fit both.
void StreamPart::see(Configuration& configuration, StateId state, OperationId until,
                     std::uint32_t except) {
  for (const std::uint32_t slot : active_) {
    const Open& open = open_[slot];
    if (open.id >= until) break;
    if (slot == except || configuration.is_done(slot)) continue;
    ++work_;
    StateId left = state;
    if (machine_->step(state, open.unanswered, left) && left == state)
      configuration.mark(option_of(slot), open.varies ? state : 0);
  }
}

void StreamPart::reach(Configuration configuration, const Returning& what) {
  if (configuration.hole() <= what.oldest) configuration.set_hole(0);
  add(reached_, std::move(configuration));
}

// All ways in which the operation can return from here. `fresh`: the state is not that of a reset
// that nobody asked for.
void StreamPart::complete(const Configuration& from, bool fresh, const Returning& what) {
  const Open& open = open_[what.slot];
  bool done = false;
  bool fits = false;
  for (const Mark& mark : marks_of(from, what.slot)) {
    done = done || mark.is_done();
    StateId next = 0;
    fits = fits || !open.varies || machine_->step(mark.state, what.answered, next);
  }
  const bool hidden = !done && is_hidden(from, what.slot);
  if (fits || hidden) {
    Configuration kept = from;
    kept.forget(what.slot);
    if (hidden) see(kept, open.target, kept.hole(), what.slot);
    reach(std::move(kept), what);
  }
  if (done) return;
  if (!fits && !open.resets && open.id < from.hole()) complete_in_hole(from, what);
  StateId next = 0;
  if ((open.resets && !fresh) || !machine_->step(from.state(), what.answered, next)) return;
  if (fits && !open.resets && next == from.state()) return;  // that is what was kept
  Configuration moved = from;
  moved.forget(what.slot);
  leave(moved, next, open.resets, what.slot);
  reach(std::move(moved), what);
}

// It saw something that was overwritten before anybody else did.
void StreamPart::complete_in_hole(const Configuration& from, const Returning& what) {
  const auto after = [&](std::uint32_t other) {
    const Open& open = open_[other];
    ++work_;
    StateId next = 0;
    if (!machine_->step(open.target, what.answered, next)) return;
    Configuration moved = from;
    moved.forget(what.slot);
    moved.forget(other);
    moved.mark(done_of(other), 0);
    see(moved, open.target, moved.hole(), what.slot);
    reach(std::move(moved), what);
  };
  for (const std::uint32_t other : active_) {
    if (is_hidden(from, other) && !from.is_done(other)) after(other);
  }
  for (const Lost& lost : lost_) {
    if (!open_[lost.slots.front()].resets) continue;
    const std::uint32_t other = last_left(lost, from, from.hole());
    if (other != kNone) after(other);
  }
}

// Of lost operations that do the same, the one called last takes effect first: the others can have
// done so in earlier holes.
std::uint32_t StreamPart::last_left(const Lost& lost, const Configuration& from,
                                    std::uint32_t hole) const {
  for (std::size_t i = lost.slots.size(); i-- > 0;) {
    const std::uint32_t slot = lost.slots[i];
    if (open_[slot].id < hole && !from.is_done(slot)) return slot;
  }
  return kNone;
}

bool StreamPart::may_change(const Configuration& from, std::uint32_t slot, StateId state) {
  const Open& open = open_[slot];
  if (open.resets || !open.changes || from.is_done(slot)) return false;
  ++work_;
  StateId next = state;
  return machine_->step(state, open.unanswered, next) && next != state;
}

// A reset is followed only if its state is needed: by the operation that returns, or by one that
// changes it further.
bool StreamPart::is_worth_a_reset(const Configuration& from, std::uint32_t other,
                                  const Returning& what) {
  const StateId state = open_[other].target;
  if (!open_[what.slot].resets) {
    ++work_;
    StateId next = state;
    if (machine_->step(state, what.answered, next) && (state != from.state() || next != state))
      return true;
  }
  const auto changes = [&](std::uint32_t slot) {
    return slot != what.slot && slot != other && may_change(from, slot, state);
  };
  if (std::any_of(active_.begin(), active_.end(), changes)) return true;
  return std::any_of(lost_.begin(), lost_.end(), [&](const Lost& lost) {
    const Open& first = open_[lost.slots.front()];
    if (first.resets || !first.changes) return false;
    const std::uint32_t slot = last_left(lost, from, kNone);
    return slot != kNone && changes(slot);
  });
}

void StreamPart::lift(const Configuration& from, bool fresh, std::uint32_t other,
                      const Returning& what) {
  const Open& open = open_[other];
  ++work_;
  StateId next = open.target;
  if (open.resets) {
    if (!fresh || !is_worth_a_reset(from, other, what)) return;
  } else if (!machine_->step(from.state(), open.unanswered, next) || next == from.state()) {
    return;
  }
  Configuration moved = from;
  moved.forget(other);
  moved.mark(done_of(other), open.varies && !open.lost ? from.state() : 0);
  leave(moved, next, open.resets, other);
  if (add(seen_, std::move(moved))) fresh_.push_back(open.resets ? 0 : 1);
}

// Nothing else can have happened.
void StreamPart::follow_alone(const Returning& what) {
  if (now_.size() == 1 && now_[0].marks().empty() && now_[0].hole() == 0) {  // as if it were over
    StateId next = 0;
    if (machine_->step(now_[0].state(), what.answered, next)) return now_[0].set_state(next);
  }
  reached_.clear();
  for (const Configuration& each : now_) complete(each, true, what);
  if (reached_.size() == 0) {
    seen_.clear();
    for (Configuration& each : now_) seen_.put(std::move(each));
    note_misfit(what);
  }
  reached_.swap_into(now_);
}

bool StreamPart::follow(const Returning& what) {
  work_ = 0;
  if (active_.size() == 1 && lost_.empty()) {
    follow_alone(what);
    return true;
  }
  seen_.clear();
  reached_.clear();
  fresh_.assign(now_.size(), 1);
  for (Configuration& each : now_) seen_.put(std::move(each));
  now_.clear();
  for (std::uint32_t i = 0; i < seen_.size(); ++i) {
    if (seen_.is_gone(i)) continue;
    const bool fresh = fresh_[i] != 0;
    complete(seen_[i], fresh, what);
    if (!seen_[i].is_done(what.slot)) lift_others(i, fresh, what);
    if (seen_.size() > options_.most_configurations) return false;
    const std::uint64_t work = work_ + seen_.work() + reached_.work();
    if (work / kWorkEach > options_.most_configurations) return false;
  }
  if (reached_.size() == 0) note_misfit(what);
  reached_.swap_into(now_);
  return true;
}

// What is lifted is added to those that are seen, which may move them.
void StreamPart::lift_others(std::uint32_t from, bool fresh, const Returning& what) {
  for (const std::uint32_t other : active_) {
    if (other != what.slot && open_[other].changes && !seen_[from].is_done(other))
      lift(seen_[from], fresh, other, what);
  }
  for (const Lost& lost : lost_) {
    const std::uint32_t other = last_left(lost, seen_[from], kNone);
    if (other != kNone) lift(seen_[from], fresh, other, what);
  }
}

void StreamPart::note_misfit(const Returning& what) {
  misfit_.emplace();
  misfit_->operation = open_[what.slot].id;
  std::vector<std::string>& states = misfit_->states;
  const auto note = [&](StateId state) {
    if (states.size() == kMostShown) return;
    std::string text = machine_->describe(state);
    if (std::find(states.begin(), states.end(), text) == states.end())
      states.push_back(std::move(text));
  };
  for (std::uint32_t i = 0; i < seen_.size(); ++i) note(seen_[i].state());
  for (std::uint32_t i = 0; i < seen_.size() && states.size() < kMostShown; ++i) {
    for (std::uint32_t slot = 0; slot < open_.size(); ++slot) {
      const Open& open = open_[slot];
      if (open.operation != nullptr && slot != what.slot && open.resets && !seen_[i].is_done(slot))
        note(open.target);
    }
  }
}

}  // namespace norn::check
