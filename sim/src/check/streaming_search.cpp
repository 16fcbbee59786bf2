// What is done where there is too much to follow: the events since the last point at which little
// was possible are searched as a whole.
#include <algorithm>

#include "check/linearizability_search.hpp"
#include "check/streaming_part.hpp"

namespace norn::check {

namespace {

constexpr std::size_t kMostChoices = 12;  // open operations with an option, in one configuration
// To set up a search costs a little for each class, as much as a step for this many.
constexpr std::uint32_t kClassesAStep = 16;

}  // namespace

// All that is searched from here shares one budget.
StreamPart::Found StreamPart::search(std::size_t events, Frontier* ends) {
  bool unknown = false;
  bool any = false;
  std::uint64_t budget = options_.budget;
  for (const Configuration& from : base_.configurations) {
    const Found found = search_from(from, events, ends, budget);
    unknown = unknown || found == Found::unknown;
    any = any || found == Found::order;
    if (any && ends == nullptr) return Found::order;
    if (unknown && (ends != nullptr || budget == 0)) return Found::unknown;
  }
  if (unknown) return Found::unknown;
  return any ? Found::order : Found::none;
}

// What was open at the base. What can have taken effect in the hole is called before an operation
// of ours that overwrites it and leaves the state of the configuration; the others after that. Only
// what resets or changes nothing is let into the hole: anything else would have to fit states that
// are not known.
void StreamPart::begin(const Configuration& from, std::size_t events, Window& window,
                       std::vector<std::uint32_t>& current) {
  const std::vector<Open>& open = base_.open;
  std::vector<ClassId> answers(open.size(), kNone);
  std::vector<bool> returned(open.size(), false);
  for (std::size_t i = 0; i < events; ++i) {
    const Event& event = log_[i];
    if (event.slot >= open.size() || returned[event.slot] || event.call) continue;
    returned[event.slot] = true;
    answers[event.slot] = event.answered;
  }
  const auto add = [&](std::uint32_t slot) {
    current[slot] = static_cast<std::uint32_t>(window.items.size());
    window.order.push_back(current[slot] * 2);
    window.items.push_back({.slot = slot, .unanswered = open[slot].unanswered});
    window.items.back().done = from.is_done(slot);
  };
  std::vector<std::uint32_t> after;
  for (std::uint32_t slot = 0; slot < open.size(); ++slot) {
    if (open[slot].operation == nullptr) continue;
    bool before = open[slot].id < from.hole();
    if (before && !open[slot].resets) {
      const ClassId each = answers[slot] == kNone ? open[slot].unanswered : answers[slot];
      const Effect effect = machine_->effect(each);
      before = effect == Effect::observes || effect == Effect::nothing;
      if (!before && !open[slot].lost) window.narrowed = true;
    }
    if (before) {
      add(slot);
    } else {
      after.push_back(slot);
    }
  }
  if (!window.items.empty()) {
    const auto ours = static_cast<std::uint32_t>(window.items.size());
    window.order.push_back(ours * 2);
    window.order.push_back(ours * 2 + 1);
    window.items.push_back({.slot = kNone, .answered = machine_->setter(from.state())});
  }
  for (const std::uint32_t slot : after) add(slot);
}

// What happens from a configuration of the base on, up to event `events` of the log.
StreamPart::Window StreamPart::window(const Configuration& from, std::size_t events) {
  Window made;
  std::vector<std::uint32_t> current(base_.open.size(), kNone);  // item by slot
  begin(from, events, made, current);
  const std::size_t based = made.items.size();
  for (std::size_t i = 0; i < events; ++i) {
    const Event& event = log_[i];
    if (event.slot >= current.size()) current.resize(event.slot + 1, kNone);
    std::uint32_t& number = current[event.slot];
    if (event.call) {
      number = static_cast<std::uint32_t>(made.items.size());
      made.order.push_back(number * 2);
      made.items.push_back({.slot = event.slot, .unanswered = event.answered});
      continue;
    }
    made.items[number].failed = event.outcome == Outcome::failed;
    made.items[number].answered = event.answered;
    if (event.answered != kNone) made.order.push_back(number * 2 + 1);
  }
  judge_base(from, based, made);
  for (Item& item : made.items) item.kept = item.kept && !item.failed;
  return made;
}

// What the configuration says of the operations that were open then, now that their answers are
// known.
void StreamPart::judge_base(const Configuration& from, std::size_t based, Window& window) const {
  for (std::uint32_t i = 0; i < based; ++i) {
    Item& item = window.items[i];
    if (item.slot == kNone) continue;
    if (item.done && item.failed) window.possible = false;
    item.kept = !item.done;
    if (item.answered == kNone) continue;
    const bool varies = machine_->answer_varies(item.unanswered);
    bool fits = false;
    for (const Mark& mark : from.marks()) {
      StateId next = 0;
      if (mark.slot() == item.slot)
        fits = fits || !varies || machine_->step(mark.state, item.answered, next);
    }
    if (item.done && !fits) window.possible = false;
    if (!item.done && fits) window.choices.push_back(i);
  }
}

Configuration StreamPart::end_of(const Configuration& from, const Search& search,
                                 const std::vector<std::uint32_t>& slots) const {
  Configuration end{search.state()};
  for (const Mark& mark : from.marks()) {
    const std::uint32_t slot = mark.slot();
    if (mark.is_done() && open_[slot].lost && base_.open[slot].id == open_[slot].id)
      end.mark(mark.key, 0);
  }
  for (const std::uint32_t taken : search.unknown_taken()) end.mark(done_of(slots[taken]), 0);
  return end;
}

// Those of the window that are kept, the completed ones first; `slots` are theirs.
SearchInput StreamPart::input_of(const Window& window, std::vector<std::uint32_t>& slots) const {
  SearchInput input;
  std::vector<std::uint32_t> numbers(window.items.size(), kNone);
  for (const bool completed : {true, false}) {
    for (std::uint32_t i = 0; i < window.items.size(); ++i) {
      const Item& item = window.items[i];
      if (!item.kept || (item.answered != kNone) != completed) continue;
      numbers[i] = static_cast<std::uint32_t>(input.classes.size());
      input.classes.push_back(completed ? item.answered : item.unanswered);
      input.class_count = std::max(input.class_count, input.classes.back() + 1);
      slots.push_back(item.slot);
    }
    if (completed) input.completed = static_cast<std::uint32_t>(input.classes.size());
  }
  for (const std::uint32_t event : window.order) {
    if (numbers[event / 2] != kNone) input.events.push_back(numbers[event / 2] * 2 + event % 2);
  }
  return input;
}

// With `ends`, all configurations at the end go there (nothing may be open then).
StreamPart::Found StreamPart::search_from(const Configuration& from, std::size_t events,
                                          Frontier* ends, std::uint64_t& budget) {
  Window all = window(from, events);
  if (!all.possible) return Found::none;
  if (all.choices.size() > kMostChoices) return Found::unknown;
  bool unknown = all.narrowed;
  bool any = false;
  const auto spend = [&](std::uint64_t steps) { budget -= std::min(budget, steps); };
  for (std::uint32_t chosen = 0; chosen < 1U << all.choices.size(); ++chosen) {
    for (std::size_t i = 0; i < all.choices.size(); ++i)
      all.items[all.choices[i]].kept = (chosen >> i & 1U) == 0;
    std::vector<std::uint32_t> slots;
    const SearchInput input = input_of(all, slots);
    spend(input.events.size() + input.class_count / kClassesAStep);
    if (budget == 0) return Found::unknown;
    Search search(*machine_, input, from.state());
    std::uint64_t steps = 0;
    const auto run = [&](bool on) {
      const Search::Status status = on ? search.run_on(budget) : search.run(budget);
      spend(search.steps() - steps);
      steps = search.steps();
      return status;
    };
    Search::Status status = run(false);
    while (ends != nullptr && status == Search::Status::linearizable) {
      any = true;
      add(*ends, end_of(from, search, slots));
      spend(slots.size() + ends->work());
      if (ends->size() > options_.most_configurations || budget == 0) return Found::unknown;
      status = run(true);
    }
    if (status == Search::Status::linearizable) return Found::order;
    unknown = unknown || status == Search::Status::paused;
  }
  if (unknown) return Found::unknown;
  return any ? Found::order : Found::none;
}

// The first return of the log that no order fits. Beginnings of what fits fit too.
void StreamPart::blame() {
  std::size_t good = 0;
  std::size_t bad = log_.size();
  while (bad - good > 1) {
    const std::size_t middle = good + (bad - good) / 2;
    if (search(middle, nullptr) == Found::none) {
      bad = middle;
    } else {
      good = middle;
    }
  }
  misfit_.emplace();
  misfit_->operation = log_[bad - 1].id;
  misfit_->text = describe(*log_[bad - 1].operation);
}

// Nothing is open: after a search that finds all that is possible, it can be followed again.
void StreamPart::settle_search() {
  Frontier ends;
  const Found found = search(log_.size(), &ends);
  if (found == Found::none) {
    blame();
    return;
  }
  if (found == Found::unknown) {
    search_at_ = log_.size() * 2;
    return;
  }
  ends.swap_into(now_);
  following_ = model_.deterministic;
  begin_base();
  search_at_ = 0;
}

Verdict StreamPart::finish() {
  if (misfit_) return Verdict::violated;
  if (following_) return Verdict::holds;
  switch (search(log_.size(), nullptr)) {
    case Found::order:
      return Verdict::holds;
    case Found::unknown:
      return Verdict::unknown;
    case Found::none:
      blame();
      return Verdict::violated;
  }
  return Verdict::unknown;
}

}  // namespace norn::check
