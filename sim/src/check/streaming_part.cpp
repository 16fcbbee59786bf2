#include "check/streaming_part.hpp"

#include <algorithm>

namespace norn::check {

namespace {

constexpr std::size_t kRestAfter = 4'096;     // events
constexpr std::size_t kRestWithAtMost = 256;  // configurations

}  // namespace

StreamPart::StreamPart(const Model& model, const StreamingOptions& options)
    : model_(model),
      options_(options),
      machine_(model.make(options.whole || !model.partition)),
      owns_values_(machine_->own_values()),
      following_(model.deterministic) {
  now_.emplace_back(machine_->initial());
  base_.configurations = now_;
}

Result<ClassId> StreamPart::compile(const Operation& operation, ClassId unanswered) {
  const Result<ClassId> compiled = unanswered == kNone
                                       ? machine_->compile(operation)
                                       : machine_->compile_answered(operation, unanswered);
  ++compiled_;
  if (compiled) class_count_ = std::max(class_count_, *compiled + 1);
  return compiled;
}

StreamPart::Open StreamPart::opened(OperationId id, Operation* operation,
                                    ClassId unanswered) const {
  Open open{.id = id, .operation = operation, .unanswered = unanswered};
  const Effect effect = machine_->effect(unanswered);
  open.changes = effect == Effect::changes || effect == Effect::may_change;
  open.varies = machine_->answer_varies(unanswered);
  open.resets = machine_->resets(unanswered, open.target);
  return open;
}

OperationId StreamPart::oldest_but(std::uint32_t slot) const {
  for (const std::uint32_t each : active_) {
    if (each != slot) return open_[each].id;
  }
  return kNone;
}

// NOLINTNEXTLINE(cppcoreguidelines-rvalue-reference-param-not-moved): what it holds is
Result<std::uint32_t> StreamPart::call(OperationId id, Call&& call) {
  Operation* const kept = operations_.add();
  kept->process = call.process;
  kept->outcome = Outcome::unknown;
  kept->function = std::move(call.function);
  kept->key = std::move(call.key);
  kept->argument = std::move(call.argument);
  kept->result = Value();
  const Result<ClassId> unanswered = compile(*kept);
  if (!unanswered) return unanswered.error();
  std::uint32_t slot = 0;
  if (unused_.empty()) {
    slot = static_cast<std::uint32_t>(open_.size());
    open_.emplace_back();
  } else {
    slot = unused_.back();
    unused_.pop_back();
  }
  open_[slot] = opened(id, kept, *unanswered);
  active_.push_back(slot);
  called_ = id + 1;
  log_.push_back(
      {.slot = slot, .call = true, .id = id, .operation = kept, .answered = *unanswered});
  return slot;
}

Result<bool> StreamPart::ret(std::uint32_t slot, Outcome outcome, Value&& result) {
  const OperationId id = open_[slot].id;
  Event event{.slot = slot, .call = false, .id = id, .operation = open_[slot].operation};
  event.outcome = outcome;
  if (outcome == Outcome::ok) {
    const Result<ClassId> answered = answer(event, std::move(result));
    if (!answered) return answered.error();
    event.answered = *answered;
  }
  log_.push_back(event);
  bool forgotten = false;
  if (following_ && outcome == Outcome::ok) {
    following_ = follow({.slot = slot, .answered = event.answered, .oldest = oldest_but(slot)});
    forgotten = following_;
  }
  std::erase(active_, slot);
  if (outcome == Outcome::unknown && open_[slot].changes) {
    lose(slot);
  } else if (forgotten) {
    open_[slot] = {};
    unused_.push_back(slot);
  } else {
    drop(slot, outcome == Outcome::failed);
  }
  if (following_ && now_.empty() && !misfit_) {
    misfit_.emplace();
    misfit_->operation = id;
  }
  if (misfit_) {
    misfit_->text = describe(*event.operation);
    return false;
  }
  rest();
  return !misfit_.has_value();
}

// The class of an operation that completed; `event` gets the operation with its answer.
Result<ClassId> StreamPart::answer(Event& event, Value&& result) {
  const Open& open = open_[event.slot];
  Operation* const answered = owns_values_ ? open.operation : operations_.add(*open.operation);
  event.operation = answered;
  answered->outcome = Outcome::ok;
  answered->result = std::move(result);
  if (open.resets) return open.unanswered;  // nobody looks at its answer
  const Result<ClassId> compiled = compile(*answered, open.unanswered);
  if (!compiled) answered->outcome = Outcome::unknown;
  return compiled;
}

// What it saw no longer matters, only whether it took effect.
void StreamPart::lose(std::uint32_t slot) {
  open_[slot].lost = true;
  if (owns_values_) open_[slot].operation = &lost_operations_.emplace_back(*open_[slot].operation);
  const auto same = std::find_if(lost_.begin(), lost_.end(), [&](const Lost& lost) {
    return lost.unanswered == open_[slot].unanswered;
  });
  if (same == lost_.end()) {
    lost_.push_back({.unanswered = open_[slot].unanswered, .slots = {slot}});
  } else {
    std::vector<std::uint32_t>& slots = same->slots;
    const auto later = [&](std::uint32_t a, std::uint32_t b) { return open_[a].id < open_[b].id; };
    slots.insert(std::upper_bound(slots.begin(), slots.end(), slot, later), slot);
  }
  const OperationId oldest = oldest_but(slot);
  reached_.clear();
  for (Configuration& each : now_) {
    const bool done = each.is_done(slot);
    each.forget(slot);
    if (done) each.mark(done_of(slot), 0);
    if (each.hole() <= oldest) each.set_hole(0);
    add(reached_, std::move(each));
  }
  reached_.swap_into(now_);
}

void StreamPart::find_lost() {
  std::vector<std::uint32_t> slots;
  for (const Lost& lost : lost_) slots.insert(slots.end(), lost.slots.begin(), lost.slots.end());
  std::erase_if(slots, [&](std::uint32_t slot) { return open_[slot].operation == nullptr; });
  std::sort(slots.begin(), slots.end(),
            [&](std::uint32_t a, std::uint32_t b) { return open_[a].id < open_[b].id; });
  lost_.clear();
  HashIndex index;
  for (const std::uint32_t slot : slots) {
    const ClassId each = open_[slot].unanswered;
    const auto same = [&](std::uint32_t i) { return lost_[i].unanswered == each; };
    std::uint32_t found = index.find(mix_hash(each), same);
    if (found == kNone) {
      found = static_cast<std::uint32_t>(lost_.size());
      index.add(mix_hash(each), found);
      lost_.push_back({.unanswered = each, .slots = {}});
    }
    lost_[found].slots.push_back(slot);
  }
}

// An operation that failed took no effect; one that can change nothing need not be followed.
void StreamPart::drop(std::uint32_t slot, bool failed) {
  const OperationId oldest = oldest_but(slot);
  reached_.clear();
  for (Configuration& each : now_) {
    if (failed && each.is_done(slot)) continue;
    each.forget(slot);
    if (each.hole() <= oldest) each.set_hole(0);
    add(reached_, std::move(each));
  }
  reached_.swap_into(now_);
  open_[slot] = {};
  unused_.push_back(slot);
}

// Lost operations that have taken effect, whatever happened, are over.
void StreamPart::forget_done() {
  if (lost_.empty() || now_.empty()) return;
  std::vector<std::uint32_t> over;
  for (const Mark& mark : now_.front().marks()) {
    const std::uint32_t slot = mark.slot();
    if (!mark.is_done() || !open_[slot].lost) continue;
    if (std::all_of(now_.begin(), now_.end(),
                    [&](const Configuration& each) { return each.is_done(slot); })) {
      over.push_back(slot);
    }
  }
  if (over.empty()) return;
  for (const std::uint32_t slot : over) {
    for (Configuration& each : now_) each.forget(slot);
    open_[slot] = {};
    unused_.push_back(slot);
  }
  find_lost();
}

// Where little is possible the past can be let go.
void StreamPart::rest() {
  if (!following_) {
    if (quiet() && log_.size() >= search_at_) settle_search();
    return;
  }
  if (!quiet() && (log_.size() < kRestAfter || now_.size() > kRestWithAtMost)) return;
  forget_done();
  begin_base();
  if (compiled_ >= compact_at_) compact();
}

void StreamPart::begin_base() {
  log_.clear();
  if (quiet() && owns_values_) operations_.clear();
  if (!quiet() || !lost_.empty()) {
    base_.configurations = now_;
    base_.open = open_;
    return;
  }
  // Nothing is open, and so nothing is known of it.
  base_.configurations.resize(now_.size(), Configuration(0));
  for (std::size_t i = 0; i < now_.size(); ++i) base_.configurations[i].begin(now_[i].state());
  base_.open.clear();
}

// compact() begins anew with a machine that knows only what is open.
void StreamPart::compact() {
  std::vector<Value> values;
  std::vector<StateId> states;
  for (const Configuration& each : now_) {
    states.push_back(each.state());
    for (const Mark& mark : each.marks()) states.push_back(mark.state);
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
  if (!machine_->start_anew()) machine_ = model_.make(options_.whole || !model_.partition);
  owns_values_ = machine_->own_values();
  saved_.clear();
  std::vector<StateId> renamed;
  for (Value& value : values)
    renamed.push_back(machine_->restore(saved_.emplace_back(std::move(value))));
  rename(states, renamed);
  reopen();
  begin_base();
  compact_at_ = std::max(kCompactAt, compiled_ * 2);
}

// Each of the `states`, which are sorted, is called otherwise now.
void StreamPart::rename(const std::vector<StateId>& states, const std::vector<StateId>& renamed) {
  const auto renamed_of = [&](StateId state) {
    const auto found = std::lower_bound(states.begin(), states.end(), state);
    return renamed[static_cast<std::size_t>(found - states.begin())];
  };
  std::vector<Configuration> kept;
  for (const Configuration& each : now_) {
    Configuration& made = kept.emplace_back(renamed_of(each.state()));
    made.set_hole(each.hole());
    for (const Mark& mark : each.marks()) {
      // 0 also stands for a state that does not matter.
      const Open& open = open_[mark.slot()];
      made.mark(mark.key, !open.lost && open.varies ? renamed_of(mark.state) : 0);
    }
  }
  now_ = std::move(kept);
}

// What is open is compiled again, and the only thing that is kept.
void StreamPart::reopen() {
  compiled_ = 0;
  class_count_ = 0;
  std::vector<Operation> left;
  for (const Open& open : open_) {
    if (open.operation != nullptr) left.push_back(std::move(*open.operation));
  }
  operations_.clear();
  lost_operations_.clear();
  auto next = left.begin();
  for (Open& open : open_) {
    if (open.operation == nullptr) continue;
    const bool lost = open.lost;
    Operation* const operation = lost && owns_values_
                                     ? &lost_operations_.emplace_back(std::move(*next++))
                                     : operations_.add(std::move(*next++));
    open = opened(open.id, operation, *compile(*operation));
    open.lost = lost;
  }
  find_lost();
}

}  // namespace norn::check
