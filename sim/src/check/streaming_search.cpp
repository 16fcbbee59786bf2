// What is done where there is too much to follow: the events since the last point at which little
// was possible are searched as a whole.
#include <algorithm>

#include "check/linearizability_search.hpp"
#include "check/streaming_part.hpp"

namespace norn::check {

namespace {

constexpr std::size_t kMostChoices = 12;  // open operations with an option, in one configuration

}  // namespace

StreamPart::Found StreamPart::search(std::size_t events, Set* ends) {
  bool unknown = false;
  bool any = false;
  for (const Configuration& from : base_.configurations) {
    const Found found = search_from(from, events, ends);
    unknown = unknown || found == Found::unknown;
    any = any || found == Found::order;
    if (any && ends == nullptr) return Found::order;
  }
  if (unknown && (ends != nullptr || !any)) return Found::unknown;
  return any ? Found::order : Found::none;
}

// What happens from a configuration of the base on, up to event `events` of the log.
StreamPart::Window StreamPart::window(const Configuration& from, std::size_t events) const {
  Window made;
  std::vector<std::uint32_t> current(base_.open.size(), kNone);  // item by slot
  for (std::uint32_t slot = 0; slot < base_.open.size(); ++slot) {
    if (base_.open[slot].operation == nullptr) continue;
    current[slot] = static_cast<std::uint32_t>(made.items.size());
    made.order.push_back(current[slot] * 2);
    made.items.push_back({.slot = slot, .unanswered = base_.open[slot].unanswered});
    made.items.back().done = is_done(from, slot);
  }
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
    if (item.done && item.failed) window.possible = false;
    item.kept = !item.done;
    if (item.answered == kNone) continue;
    const bool varies = machine_->answer_varies(item.unanswered);
    bool fits = false;
    for (std::size_t at = 1; at < from.size(); at += 2) {
      StateId next = 0;
      if (from[at] / 2 == item.slot)
        fits = fits || !varies || machine_->step(from[at + 1], item.answered, next);
    }
    if (item.done && !fits) window.possible = false;
    if (!item.done && fits) window.choices.push_back(i);
  }
}

Configuration StreamPart::end_of(const Configuration& from, const Search& search,
                                 const std::vector<std::uint32_t>& slots) const {
  Configuration end{search.state()};
  for (std::size_t at = 1; at < from.size(); at += 2) {
    const std::uint32_t slot = from[at] / 2;
    if (from[at] % 2 == 1 && open_[slot].lost && base_.open[slot].id == open_[slot].id)
      mark(end, from[at], 0);
  }
  for (const std::uint32_t taken : search.unknown_taken()) mark(end, slots[taken] * 2 + 1, 0);
  return end;
}

// With `ends`, all configurations at the end go there (nothing may be open then).
StreamPart::Found StreamPart::search_from(const Configuration& from, std::size_t events,
                                          Set* ends) {
  Window all = window(from, events);
  if (!all.possible) return Found::none;
  if (all.choices.size() > kMostChoices) return Found::unknown;
  bool unknown = false;
  bool any = false;
  for (std::uint32_t chosen = 0; chosen < 1U << all.choices.size(); ++chosen) {
    for (std::size_t i = 0; i < all.choices.size(); ++i)
      all.items[all.choices[i]].kept = (chosen >> i & 1U) == 0;
    SearchInput input;
    std::vector<std::uint32_t> numbers(all.items.size(), kNone);
    std::vector<std::uint32_t> slots;
    for (const bool completed : {true, false}) {
      for (std::uint32_t i = 0; i < all.items.size(); ++i) {
        const Item& item = all.items[i];
        if (!item.kept || (item.answered != kNone) != completed) continue;
        numbers[i] = static_cast<std::uint32_t>(input.classes.size());
        input.classes.push_back(completed ? item.answered : item.unanswered);
        input.class_count = std::max(input.class_count, input.classes.back() + 1);
        slots.push_back(item.slot);
      }
      if (completed) input.completed = static_cast<std::uint32_t>(input.classes.size());
    }
    for (const std::uint32_t event : all.order) {
      if (numbers[event / 2] != kNone) input.events.push_back(numbers[event / 2] * 2 + event % 2);
    }
    Search search(*machine_, input, from[0]);
    Search::Status status = search.run(options_.budget);
    while (ends != nullptr && status == Search::Status::linearizable) {
      any = true;
      ends->add(end_of(from, search, slots));
      if (ends->items.size() > options_.most_configurations || search.steps() > options_.budget)
        return Found::unknown;
      status = search.run_on(options_.budget);
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
  Set ends;
  const Found found = search(log_.size(), &ends);
  if (found == Found::none) {
    blame();
    return;
  }
  if (found == Found::unknown) {
    search_at_ = log_.size() * 2;
    return;
  }
  now_ = std::move(ends.items);
  following_ = model_.deterministic;
  base_.configurations = now_;
  base_.open = open_;
  log_.clear();
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
