#include "check/linearizability_search.hpp"

#include <algorithm>
#include <bit>

namespace norn::check {

namespace {

// An order that is there is nearly always found in fewer steps.
constexpr std::uint64_t kFewSteps = 256;
constexpr std::uint64_t kStepsEach = 8;  // for each operation
// How many events are looked through for the next observation.
constexpr std::size_t kLookAhead = 64;
// To look at one of unknown outcome takes little; at this many as much as a step.
constexpr std::uint32_t kUnknownAStep = 16;

}  // namespace

Search::Search(Machine& machine, const SearchInput& input, StateId initial)
    : machine_(machine),
      input_(input),
      initial_(initial),
      sets_(static_cast<std::uint32_t>(input.classes.size() - input.completed)),
      ask_at_(kFewSteps + kStepsEach * input.classes.size()) {
  effects_.reserve(input.class_count);
  settles_.reserve(input.class_count);
  for (ClassId each = 0; each < input.class_count; ++each) {
    const Effect effect = machine.effect(each);
    effects_.push_back(effect);
    const bool may_fail = effect == Effect::may_change && machine.answer_varies(each);
    settles_.push_back(effect == Effect::observes || may_fail ? 1 : 0);
  }
  left_.assign(input.class_count, 0);
  for (const ClassId each : input.classes) ++left_[each];
  give_slots();
  find_twins();
  find_urgencies();
  unknown_done_.assign(input.classes.size() - input.completed, 0);
  state_ = initial;
  stack_.reserve(input.completed);
}

// An operation has a slot from its call to its return: as many slots as there are operations open
// at a time.
void Search::give_slots() {
  slot_of_.assign(input_.completed, 0);
  std::vector<std::uint32_t> unused;
  for (const std::uint32_t event : input_.events) {
    const std::uint32_t operation = event >> 1U;
    if (is_unknown(operation)) continue;
    if ((event & 1U) != 0) {
      unused.push_back(slot_of_[operation]);
    } else if (unused.empty()) {
      slot_of_[operation] = slot_count_++;
    } else {
      slot_of_[operation] = unused.back();
      unused.pop_back();
    }
  }
  slots_.assign(slot_count_, kNone);
  open_.assign((slot_count_ + 63) / 64, 0);
  done_.assign(open_.size(), 0);
}

// Of two operations of one class that are both open, the one that returns first may as well take
// effect first: in any linearization they can change places. Of unknown ones, the first called.
void Search::find_twins() {
  twin_.assign(input_.classes.size(), kNone);
  std::vector<std::uint32_t> last(input_.class_count, kNone);
  std::vector<std::uint32_t> last_unknown(input_.class_count, kNone);
  for (const std::uint32_t event : input_.events) {
    const std::uint32_t operation = event >> 1U;
    const ClassId each = input_.classes[operation];
    const bool unknown = is_unknown(operation);
    if (!unknown && (event & 1U) == 0) continue;
    std::uint32_t& before = unknown ? last_unknown[each] : last[each];
    twin_[operation] = before;
    before = operation;
  }
}

// What is tried first decides how soon an order is found, if there is one. A write and the reads of
// its value form a cluster, which is over at its last call or at its first return, whichever is
// later: with values written once, clusters in that order are a linearization if there is any
// (Gibbons and Korach, Testing shared memories, 1997). Without readers it is the own return.
void Search::find_urgencies() {
  const auto count = static_cast<std::uint32_t>(input_.classes.size());
  // The operation that makes what each class reads, where there is one such operation only.
  std::vector<std::uint32_t> only(input_.class_count, kNone);
  for (std::uint32_t operation = 0; operation < count; ++operation) {
    if (left_[input_.classes[operation]] == 1) only[input_.classes[operation]] = operation;
  }
  std::vector<std::uint32_t> maker(input_.class_count, kNone);
  for (ClassId each = 0; each < input_.class_count; ++each) {
    const ClassId found = machine_.maker_of(each);
    if (found != kNone) maker[each] = only[found];
  }
  std::vector<std::uint32_t> first_return(count, kNone);
  urgency_.assign(count, 0);
  for (std::uint32_t at = 0; at < input_.events.size(); ++at) {
    const std::uint32_t operation = input_.events[at] >> 1U;
    for (const std::uint32_t of : {operation, maker[input_.classes[operation]]}) {
      if (of == kNone) continue;
      if ((input_.events[at] & 1U) == 0) {
        urgency_[of] = at;
      } else if (first_return[of] == kNone) {
        first_return[of] = at;
      }
    }
  }
  const auto events = static_cast<std::uint32_t>(input_.events.size());
  for (std::uint32_t operation = 0; operation < count; ++operation) {
    // Of unknown outcome and with no reader: last of all.
    const std::uint32_t ends = first_return[operation] == kNone ? events : first_return[operation];
    urgency_[operation] = std::max(urgency_[operation], ends) + 1;
    const Effect effect = effects_[input_.classes[operation]];
    if (effect == Effect::observes || effect == Effect::nothing) urgency_[operation] = 0;
  }
}

void Search::advance() {
  const auto end = static_cast<std::uint32_t>(input_.events.size());
  for (; r_ != end; ++r_) {
    const std::uint32_t event = input_.events[r_];
    const std::uint32_t operation = event >> 1U;
    if (is_unknown(operation)) {
      ++unknown_called_;
      continue;
    }
    const std::uint32_t slot = slot_of_[operation];
    const std::uint64_t bit = std::uint64_t{1} << slot % 64;
    if ((event & 1U) == 0) {
      slots_[slot] = operation;
      open_[slot / 64] |= bit;
      continue;
    }
    if ((done_[slot / 64] & bit) == 0) return;
    slots_[slot] = kNone;
    open_[slot / 64] &= ~bit;
    done_[slot / 64] &= ~bit;
  }
}

void Search::retreat(std::uint32_t r) {
  while (r_ != r) {
    const std::uint32_t event = input_.events[--r_];
    const std::uint32_t operation = event >> 1U;
    if (is_unknown(operation)) {
      --unknown_called_;
      continue;
    }
    const std::uint32_t slot = slot_of_[operation];
    const std::uint64_t bit = std::uint64_t{1} << slot % 64;
    if ((event & 1U) == 0) {
      slots_[slot] = kNone;
      open_[slot / 64] &= ~bit;
    } else {
      slots_[slot] = operation;
      open_[slot / 64] |= bit;
      done_[slot / 64] |= bit;
    }
  }
}

void Search::lift(std::uint32_t operation, StateId next, bool forced) {
  stack_.push_back({.operation = operation,
                    .state = state_,
                    .r = r_,
                    .effects = unknown_set_,
                    .forced = forced});
  --left_[input_.classes[operation]];
  state_ = next;
  if (is_unknown(operation)) {
    const std::uint32_t index = operation - input_.completed;
    unknown_done_[index] = 1;
    unknown_set_ = sets_.add(unknown_set_, index);
    return;
  }
  const std::uint32_t slot = slot_of_[operation];
  done_[slot / 64] |= std::uint64_t{1} << slot % 64;
  if (input_.events[r_] >> 1U == operation) advance();
}

Search::Frame Search::undo() {
  if (descending_ && !best_is_kept_) keep_best();
  descending_ = false;
  const Frame frame = stack_.back();
  stack_.pop_back();
  best_shared_ = std::min(best_shared_, stack_.size());
  retreat(frame.r);
  ++left_[input_.classes[frame.operation]];
  state_ = frame.state;
  unknown_set_ = frame.effects;
  if (is_unknown(frame.operation)) {
    unknown_done_[frame.operation - input_.completed] = 0;
  } else {
    const std::uint32_t slot = slot_of_[frame.operation];
    done_[slot / 64] &= ~(std::uint64_t{1} << slot % 64);
  }
  return frame;
}

// What leaves every state as it is may take effect as soon as it fits: in any linearization that
// goes on from here it can be moved to the front. (What happens to leave this state as it is may
// not: it can be needed later.)
bool Search::settle_word(std::size_t word, bool& moved) {
  std::uint64_t candidates = open_[word] & ~done_[word];
  while (candidates != 0) {
    const auto slot = static_cast<std::uint32_t>(word * 64) +
                      static_cast<std::uint32_t>(std::countr_zero(candidates));
    candidates &= candidates - 1;
    const std::uint32_t operation = slots_[slot];
    const ClassId each = input_.classes[operation];
    if (settles_[each] == 0) continue;
    ++steps_;
    StateId next = 0;
    if (!machine_.step(state_, each, next)) {
      if (!machine_.viable(state_, each, left_)) return false;
      continue;
    }
    if (effects_[each] != Effect::observes) continue;
    const std::uint32_t before = r_;
    lift(operation, next, true);
    if (r_ == before) continue;
    moved = true;  // others were called meanwhile
    return true;
  }
  return true;
}

bool Search::settle() {
  std::size_t word = 0;
  while (word < open_.size() && !finished()) {
    bool moved = false;
    if (!settle_word(word, moved)) {
      note_progress();
      return false;
    }
    word = moved ? 0 : word + 1;
  }
  note_progress();
  return next_may_fit();
}

bool Search::next_may_fit() {
  const std::size_t end = std::min(input_.events.size(), r_ + kLookAhead);
  for (std::size_t at = r_; at < end; ++at) {
    const std::uint32_t operation = input_.events[at] >> 1U;
    if ((input_.events[at] & 1U) != 0 || is_unknown(operation)) continue;
    const ClassId each = input_.classes[operation];
    if (effects_[each] != Effect::observes) continue;
    StateId next = 0;
    return machine_.step(state_, each, next) || machine_.viable(state_, each, left_);
  }
  return true;
}

void Search::note_progress() {
  if (finished() || (r_ <= best_r_ && best_is_known_)) return;
  best_r_ = r_;
  best_is_known_ = true;
  best_is_kept_ = false;
}

// Called only when the search turns back, and copies only what is new: it stays linear.
void Search::keep_best() {
  best_is_kept_ = true;
  best_order_.resize(best_shared_);
  for (std::size_t i = best_shared_; i < stack_.size(); ++i)
    best_order_.push_back(stack_[i].operation);
  best_shared_ = stack_.size();
}

std::uint64_t Search::done_key() {
  if (done_.size() <= 1) return done_.empty() ? 0 : done_[0];
  std::uint64_t hash = 0;
  for (const std::uint64_t word : done_) hash = mix_hash(hash ^ word);
  const std::size_t width = done_.size();
  const std::uint32_t found = wide_index_.find(hash, [&](std::uint32_t i) {
    return std::equal(done_.begin(), done_.end(),
                      wide_words_.begin() + static_cast<std::ptrdiff_t>(i * width));
  });
  if (found != kNone) return found;
  const auto number = static_cast<std::uint32_t>(wide_words_.size() / width);
  wide_words_.insert(wide_words_.end(), done_.begin(), done_.end());
  wide_index_.add(hash, number);
  return number;
}

bool Search::is_new() {
  const Configuration now{
      .done = done_key(), .r = r_, .state = state_, .unknown_set = unknown_set_};
  const std::uint64_t hash = mix_hash(now.done ^ mix_hash(pair_hash(now.r, now.state)));
  // What fewer of unknown outcome have led to can do all that this one can.
  const std::uint32_t found = cache_index_.find(hash, [&](std::uint32_t i) {
    const Configuration& seen = cache_[i];
    if (seen.done != now.done || seen.r != now.r || seen.state != now.state) return false;
    ++steps_;
    return sets_.is_subset(seen.unknown_set, now.unknown_set);
  });
  if (found != kNone) return false;
  cache_index_.add(hash, cache_.push(now));
  ++cache_count_;
  return true;
}

bool Search::waits_for_twin(std::uint32_t operation) const {
  const std::uint32_t twin = twin_[operation];
  if (twin == kNone) return false;
  if (is_unknown(operation)) return unknown_done_[twin - input_.completed] == 0;
  return slots_[slot_of_[twin]] == twin && !is_done(slot_of_[twin]);
}

std::uint32_t Search::next_candidate(std::uint64_t after) {
  std::uint32_t best = kNone;
  std::uint64_t least = UINT64_MAX;
  const auto consider = [&](std::uint32_t operation) {
    const std::uint64_t place = place_of(operation);
    if (place <= after || place >= least) return;
    if (urgency_[operation] == 0 || waits_for_twin(operation)) return;
    best = operation;
    least = place;
  };
  for (std::size_t word = 0; word < open_.size(); ++word) {
    std::uint64_t candidates = open_[word] & ~done_[word];
    for (; candidates != 0; candidates &= candidates - 1)
      consider(slots_[word * 64 + static_cast<std::size_t>(std::countr_zero(candidates))]);
  }
  steps_ += unknown_called_ / kUnknownAStep;
  for (std::uint32_t index = 0; index < unknown_called_; ++index) {
    if (unknown_done_[index] == 0) consider(input_.completed + index);
  }
  return best;
}

// What an operation of unknown outcome left, and nobody looked at: overwritten now, it might as
// well never have been there.
bool Search::is_blind() const {
  if (stack_.empty()) return false;
  const std::uint32_t last = stack_.back().operation;
  return is_unknown(last) && resets(last);
}

bool Search::branch(std::uint64_t after) {
  const bool blind = is_blind();
  while (true) {
    const std::uint32_t operation = next_candidate(after);
    if (operation == kNone) return false;
    after = place_of(operation);
    ++steps_;
    const ClassId each = input_.classes[operation];
    if (blind && resets(operation)) continue;
    StateId next = 0;
    if (!machine_.step(state_, each, next)) continue;
    // Taking effect without a change only takes away the chance of unknown ones to do so later.
    if (next == state_ && is_unknown(operation)) continue;
    if (next != state_ && !machine_.may_leave(state_, each, left_)) continue;
    lift(operation, next, false);
    return true;
  }
}

Search::Status Search::run(std::uint64_t steps) {
  const std::uint64_t until = steps_ + std::min(steps, UINT64_MAX - steps_);
  if (!begun_) {
    begun_ = true;
    advance();
  }
  if (contradicted_) return Status::violation;
  // Each round stands at a configuration it has not seen, or goes back to one with something left
  // to try.
  std::uint64_t candidate = 0;  // its place in the order of urgency

  bool arrived = descending_;
  while (true) {
    if (arrived) {
      ++steps_;
      const bool hopeful = settle() && !(finished() && refuse_);
      refuse_ = false;
      if (finished() && hopeful) return Status::linearizable;
      candidate = 0;
      if (!hopeful || !is_new()) candidate = UINT64_MAX;
    }
    if (candidate != UINT64_MAX && branch(candidate)) {
      descending_ = true;
      arrived = true;
      if (steps_ >= ask_at_ && contradicts_itself()) return Status::violation;
      if (steps_ >= until) return Status::paused;
      continue;
    }
    Frame frame{.forced = true};
    while (frame.forced) {
      if (stack_.empty()) {
        if (!best_is_kept_) keep_best();
        return Status::violation;
      }
      frame = undo();
    }
    candidate = place_of(frame.operation);
    arrived = false;
  }
}

std::vector<std::uint32_t> Search::unknown_taken() const {
  std::vector<std::uint32_t> taken;
  for (std::uint32_t index = 0; index < unknown_done_.size(); ++index) {
    if (unknown_done_[index] != 0) taken.push_back(input_.completed + index);
  }
  return taken;
}

Search::Status Search::run_on(std::uint64_t steps) {
  refuse_ = true;
  return run(steps);
}

std::vector<std::uint32_t> Search::order() const {
  std::vector<std::uint32_t> order;
  order.reserve(stack_.size());
  for (const Frame& frame : stack_) order.push_back(frame.operation);
  return order;
}

}  // namespace norn::check
