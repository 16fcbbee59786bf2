#include "check/streaming_part.hpp"

#include <algorithm>

namespace norn::check {

namespace {

constexpr std::size_t kMostShown = 8;         // states in a misfit
constexpr std::size_t kMostThinned = 1'024;   // configurations that are compared with each other
constexpr std::size_t kRestAfter = 4'096;     // events
constexpr std::size_t kRestWithAtMost = 256;  // configurations

std::uint32_t option_of(std::uint32_t slot) {
  return slot * 2;
}

std::uint32_t done_of(std::uint32_t slot) {
  return slot * 2 + 1;
}

}  // namespace

StreamPart::StreamPart(const Model& model, const StreamingOptions& options)
    : model_(model),
      options_(options),
      machine_(model.make(options.whole || !model.partition)),
      following_(model.deterministic) {
  now_.emplace_back(machine_->initial());
  base_.configurations = now_;
}

bool StreamPart::is_done(const Configuration& configuration, std::uint32_t slot) {
  for (std::size_t i = 1; i < configuration.size(); i += 2) {
    if (configuration[i] == done_of(slot)) return true;
  }
  return false;
}

void StreamPart::forget(Configuration& configuration, std::uint32_t slot) {
  std::size_t kept = 1;
  for (std::size_t i = 1; i < configuration.size(); i += 2) {
    if (configuration[i] / 2 == slot) continue;
    configuration[kept] = configuration[i];
    configuration[kept + 1] = configuration[i + 1];
    kept += 2;
  }
  configuration.shorten(kept);
}

void StreamPart::mark(Configuration& configuration, std::uint32_t mark, std::uint32_t state) {
  std::size_t at = 1;
  while (
      at < configuration.size() &&
      (configuration[at] < mark || (configuration[at] == mark && configuration[at + 1] < state))) {
    at += 2;
  }
  if (at < configuration.size() && configuration[at] == mark && configuration[at + 1] == state)
    return;
  configuration.insert(at, mark, state);
}

void StreamPart::leave(Configuration& configuration, StateId next) {
  const StateId state = configuration[0];
  if (state == next) return;
  for (std::uint32_t slot = 0; slot < open_.size(); ++slot) {
    const Open& open = open_[slot];
    if (open.operation == nullptr || open.lost || is_done(configuration, slot)) continue;
    StateId same = state;
    if (!machine_->step(state, open.unanswered, same) || same != state) continue;
    mark(configuration, option_of(slot), machine_->answer_varies(open.unanswered) ? state : 0);
  }
  configuration[0] = next;
}

// All ways in which the operation of `slot` can return from here.
void StreamPart::complete(const Configuration& from, std::uint32_t slot, ClassId answered,
                          Set& out) {
  const bool varies = machine_->answer_varies(open_[slot].unanswered);
  bool done = false;
  bool fits = false;
  for (std::size_t i = 1; i < from.size(); i += 2) {
    if (from[i] / 2 != slot) continue;
    done = done || from[i] == done_of(slot);
    StateId next = 0;
    fits = fits || !varies || machine_->step(from[i + 1], answered, next);
  }
  if (fits) {
    Configuration kept = from;
    forget(kept, slot);
    out.add(std::move(kept));
  }
  StateId next = 0;
  if (done || !machine_->step(from[0], answered, next)) return;
  Configuration moved = from;
  forget(moved, slot);
  // It takes effect now, so that it cannot have done so before.
  const Operation* const operation = open_[slot].operation;
  open_[slot].operation = nullptr;
  leave(moved, next);
  open_[slot].operation = operation;
  out.add(std::move(moved));
}

// Of lost operations that do the same, the first called takes effect first.
bool StreamPart::has_twin_before(const Configuration& configuration, std::uint32_t slot) const {
  const Open& open = open_[slot];
  if (!open.lost) return false;
  for (std::uint32_t other = 0; other < open_.size(); ++other) {
    const Open& twin = open_[other];
    if (twin.operation != nullptr && twin.lost && twin.unanswered == open.unanswered &&
        twin.id < open.id && !is_done(configuration, other)) {
      return true;
    }
  }
  return false;
}

bool StreamPart::follow(std::uint32_t slot, ClassId answered) {
  seen_.clear();
  reached_.clear();
  for (Configuration& each : now_) seen_.add(std::move(each));
  now_.clear();
  for (std::size_t i = 0; i < seen_.items.size(); ++i) {
    const Configuration from = seen_.items[i];
    complete(from, slot, answered, reached_);
    if (is_done(from, slot)) continue;
    for (std::uint32_t other = 0; other < open_.size(); ++other) {
      const Open& open = open_[other];
      if (open.operation == nullptr || other == slot || is_done(from, other)) continue;
      StateId next = 0;
      if (!machine_->step(from[0], open.unanswered, next) || next == from[0]) continue;
      if (has_twin_before(from, other)) continue;
      Configuration moved = from;
      forget(moved, other);
      mark(moved, done_of(other),
           machine_->answer_varies(open.unanswered) && !open.lost ? from[0] : 0);
      leave(moved, next);
      seen_.add(std::move(moved));
    }
    if (seen_.items.size() > options_.most_configurations) return false;
  }
  if (reached_.items.empty()) {
    misfit_.emplace();
    misfit_->operation = open_[slot].id;
    for (const Configuration& each : seen_.items) {
      std::string state = machine_->describe(each[0]);
      if (std::find(misfit_->states.begin(), misfit_->states.end(), state) !=
          misfit_->states.end()) {
        continue;
      }
      misfit_->states.push_back(std::move(state));
      if (misfit_->states.size() == kMostShown) break;
    }
  }
  std::swap(now_, reached_.items);
  thin(now_);
  return true;
}

// Whether `a` is `b` with fewer lost operations done.
bool StreamPart::covers(const Configuration& a, const Configuration& b) const {
  if (a[0] != b[0] || a.size() > b.size()) return false;
  std::size_t at = 1;
  for (std::size_t i = 1; i < b.size(); i += 2) {
    if (at < a.size() && a[at] == b[i] && a[at + 1] == b[i + 1]) {
      at += 2;
    } else if (!open_[b[i] / 2].lost) {
      return false;
    }
  }
  return at == a.size();
}

void StreamPart::thin(std::vector<Configuration>& configurations) const {
  if (lost_ == 0 || configurations.size() > kMostThinned) return;
  std::sort(configurations.begin(), configurations.end(),
            [](const Configuration& a, const Configuration& b) {
              return a.size() != b.size() ? a.size() < b.size() : a < b;
            });
  std::vector<Configuration> kept;
  for (Configuration& each : configurations) {
    const bool covered = std::any_of(
        kept.begin(), kept.end(), [&](const Configuration& other) { return covers(other, each); });
    if (!covered) kept.push_back(std::move(each));
  }
  configurations = std::move(kept);
}

// An operation that failed took no effect; one that can change nothing need not be followed.
void StreamPart::drop(std::uint32_t slot, bool failed) {
  reached_.clear();
  for (Configuration& each : now_) {
    if (failed && is_done(each, slot)) continue;
    forget(each, slot);
    reached_.add(std::move(each));
  }
  std::swap(now_, reached_.items);
  open_[slot] = {};
  unused_.push_back(slot);
}

Result<std::uint32_t> StreamPart::call(OperationId id, Operation operation) {
  operation.outcome = Outcome::unknown;
  const Operation* const kept = operations_.add(std::move(operation));
  const Result<ClassId> unanswered = machine_->compile(*kept);
  if (!unanswered) return unanswered.error();
  class_count_ = std::max(class_count_, *unanswered + 1);
  std::uint32_t slot = 0;
  if (unused_.empty()) {
    slot = static_cast<std::uint32_t>(open_.size());
    open_.emplace_back();
  } else {
    slot = unused_.back();
    unused_.pop_back();
  }
  open_[slot] = {.id = id, .operation = kept, .unanswered = *unanswered, .lost = false};
  ++active_;
  log_.push_back(
      {.slot = slot, .call = true, .id = id, .operation = kept, .answered = *unanswered});
  return slot;
}

Result<std::optional<StreamingMisfit>> StreamPart::ret(std::uint32_t slot, Outcome outcome,
                                                       Value result) {
  const OperationId id = open_[slot].id;
  Event event{.slot = slot, .call = false, .id = id, .operation = open_[slot].operation};
  event.outcome = outcome;
  if (outcome == Outcome::ok) {
    Operation answered = *open_[slot].operation;
    answered.outcome = Outcome::ok;
    answered.result = std::move(result);
    event.operation = operations_.add(std::move(answered));
    const Result<ClassId> compiled = machine_->compile(*event.operation);
    if (!compiled) return compiled.error();
    event.answered = *compiled;
    class_count_ = std::max(class_count_, *compiled + 1);
  }
  --active_;
  log_.push_back(event);
  if (following_ && outcome == Outcome::ok) following_ = follow(slot, event.answered);
  if (outcome == Outcome::unknown && machine_->effect(open_[slot].unanswered) != Effect::nothing) {
    open_[slot].lost = true;
    ++lost_;
    // What it saw no longer matters, only whether it took effect.
    Set kept;
    for (Configuration& each : now_) {
      const bool done = is_done(each, slot);
      forget(each, slot);
      if (done) mark(each, done_of(slot), 0);
      kept.add(std::move(each));
    }
    now_ = std::move(kept.items);
  } else {
    if (following_ && outcome == Outcome::ok) {  // follow() has forgotten it
      open_[slot] = {};
      unused_.push_back(slot);
    } else {
      drop(slot, outcome == Outcome::failed);
    }
    if (following_ && now_.empty() && !misfit_) {
      misfit_.emplace();
      misfit_->operation = id;
    }
  }
  if (misfit_) {
    misfit_->text = describe(*event.operation);
    return misfit_;
  }
  rest();
  return misfit_;
}

// Where little is possible the past can be let go.
void StreamPart::rest() {
  if (!following_) {
    if (quiet() && log_.size() >= search_at_) settle_search();
    return;
  }
  if (!quiet() && (log_.size() < kRestAfter || now_.size() > kRestWithAtMost)) return;
  base_.configurations = now_;
  base_.open = open_;
  log_.clear();
  if (operations_.size() >= compact_at_) compact();
}

// compact() begins with a new machine that knows only what is open.
void StreamPart::compact() {
  std::vector<Value> values;
  std::vector<StateId> states;
  for (const Configuration& each : now_) {
    for (std::size_t i = 0; i < each.size(); i += 2) states.push_back(each[i]);
  }
  std::sort(states.begin(), states.end());
  states.erase(std::unique(states.begin(), states.end()), states.end());
  for (const StateId state : states) {
    Value saved;
    if (!machine_->save(state, saved)) {
      compact_at_ = SIZE_MAX;
      return;
    }
    values.push_back(std::move(saved));
  }
  std::unique_ptr<Machine> machine = model_.make(options_.whole || !model_.partition);
  Kept operations;
  std::deque<Value> saved;
  class_count_ = 0;
  for (Open& open : open_) {
    if (open.operation == nullptr) continue;
    open.operation = operations.add(*open.operation);
    open.unanswered = *machine->compile(*open.operation);
    class_count_ = std::max(class_count_, open.unanswered + 1);
  }
  std::vector<StateId> renamed;
  for (Value& value : values) {
    saved.push_back(std::move(value));
    renamed.push_back(machine->restore(saved.back()));
  }
  const auto rename = [&](StateId& state) {
    const auto found = std::lower_bound(states.begin(), states.end(), state);
    state = renamed[static_cast<std::size_t>(found - states.begin())];
  };
  Set kept;
  for (Configuration& each : now_) {
    Configuration made{each[0]};
    rename(made[0]);
    for (std::size_t i = 1; i < each.size(); i += 2) {
      StateId state = each[i + 1];
      // 0 also stands for a state that does not matter.
      const Open& open = open_[each[i] / 2];
      if (!open.lost && machine->answer_varies(open.unanswered)) rename(state);
      mark(made, each[i], state);
    }
    kept.add(std::move(made));
  }
  now_ = std::move(kept.items);
  machine_ = std::move(machine);
  operations_ = std::move(operations);
  saved_ = std::move(saved);
  base_.configurations = now_;
  base_.open = open_;
  compact_at_ = std::max(kCompactAt, operations_.size() * 2);
}

}  // namespace norn::check
