// The search for a linearization of one part of a history.
//
// Wing and Gong (Testing and verifying concurrent objects, 1993) try every order that real time
// allows, one operation after the other; Lowe (Testing for linearizability, 2017) remembers the
// configurations that were seen (what has taken effect, and the state); Horn and Kroening (Faster
// linearizability checking via P-compositionality, 2015) take partitions apart.
//
// What has taken effect is told in a few bytes, however long the history is. Let r be the first
// return of an operation that has not taken effect. All that returned before r have; of those that
// return later, only what was called before r can have: at most one a client. So a configuration is
// r, one bit for each client's open operation, the set of operations of unknown outcome that have
// taken effect, and the state.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "check/models/tables.hpp"
#include "norn/check/model.hpp"

namespace norn::check {

// SearchInput is a part of a history, compiled. Its operations have numbers of their own: first
// those that completed, in the order of their calls, then those whose outcome is unknown, likewise.
// `events` are calls (2 * operation) and returns (2 * operation + 1) of the completed ones, and
// calls of the others.
struct SearchInput {
  std::vector<ClassId> classes;  // of each operation
  std::vector<std::uint32_t> events;
  std::uint32_t completed = 0;  // how many completed
  std::uint32_t class_count = 0;
};

class Search {
 public:
  enum class Status : std::uint8_t { linearizable, violation, paused };

  // Both must outlive the search.
  Search(Machine& machine, const SearchInput& input, StateId initial);
  Search(Machine& machine, const SearchInput& input) : Search(machine, input, machine.initial()) {}

  // run() goes on for about that many steps. What it finds does not depend on how they are dealt
  // out.
  Status run(std::uint64_t steps);

  // run_on(), after linearizable, looks for another order.
  Status run_on(std::uint64_t steps);

  // After linearizable: the state at the end, and which operations of unknown outcome took effect.
  StateId state() const { return state_; }
  std::vector<std::uint32_t> unknown_taken() const;

  std::uint64_t steps() const { return steps_; }
  std::uint64_t configurations() const { return cache_count_; }

  // After linearizable: the order in which operations took effect.
  std::vector<std::uint32_t> order() const;
  // After violation: the longest order that was found, and the operation whose return it never
  // reached.
  const std::vector<std::uint32_t>& best_order() const { return best_order_; }
  std::uint32_t stuck_at() const { return best_r_; }  // an event
  std::uint32_t stuck() const { return input_.events[best_r_] >> 1U; }

 private:
  struct Frame {
    std::uint32_t operation = 0;
    StateId state = 0;          // before it
    std::uint32_t r = 0;        // before it
    std::uint32_t effects = 0;  // of unknown operations, before it
    bool forced = false;        // there was no need to try anything else
  };

  bool is_open(std::uint32_t slot) const { return (open_[slot / 64] >> slot % 64 & 1U) != 0; }
  bool is_done(std::uint32_t slot) const { return (done_[slot / 64] >> slot % 64 & 1U) != 0; }
  bool finished() const { return r_ == input_.events.size(); }
  bool is_unknown(std::uint32_t operation) const { return operation >= input_.completed; }

  void give_slots();
  void find_twins();
  void find_urgencies();
  void advance();
  void retreat(std::uint32_t r);
  void lift(std::uint32_t operation, StateId next, bool forced);
  // undo() takes the last operation back and says what it was.
  Frame undo();
  // settle() takes what fits and changes nothing; false if something can never fit any more.
  bool settle();
  bool settle_word(std::size_t word, bool& moved);
  // next_may_fit() is false if the next observation, which has not been called yet, can never fit.
  bool next_may_fit();
  // is_new() remembers the configuration.
  bool is_new();
  std::uint64_t done_key();
  void note_progress();
  void keep_best();
  // What can be told from the calls and returns alone: a value is read that nothing makes, or two
  // must have been there at the same time.
  bool contradicts_itself();
  bool reads_what_nobody_makes(std::span<const std::uint32_t> counts);
  bool values_overlap(std::span<const std::uint32_t> counts);
  bool resets(std::uint32_t operation) const {
    StateId left = 0;
    return machine_.resets(input_.classes[operation], left);
  }
  bool is_blind() const;
  // branch() lifts the next operation to try, of those less urgent than `after` (0: of all); false
  // if there is none.
  bool branch(std::uint64_t after);
  std::uint32_t next_candidate(std::uint64_t after);
  // By urgency, then by number.
  std::uint64_t place_of(std::uint32_t operation) const {
    return std::uint64_t{urgency_[operation]} << 32U | operation;
  }
  bool waits_for_twin(std::uint32_t operation) const;

  Machine& machine_;
  const SearchInput& input_;
  std::vector<Effect> effects_;         // of each class
  std::vector<std::uint8_t> settles_;   // of each class: settle() has to look at it
  std::vector<std::uint32_t> left_;     // of each class
  std::vector<std::uint32_t> slot_of_;  // of each completed operation
  std::vector<std::uint32_t> twin_;     // the operation to be tried before this one; kNone
  std::vector<std::uint32_t> urgency_;  // of each operation: the least is tried first
  std::uint32_t slot_count_ = 0;
  std::vector<std::uint32_t> slots_;  // the operation open in each slot; kNone
  std::vector<std::uint64_t> open_;   // bits of slots
  std::vector<std::uint64_t> done_;
  std::vector<std::uint8_t> unknown_done_;
  std::uint32_t unknown_called_ = 0;  // before r
  std::uint32_t r_ = 0;
  StateId state_ = 0;
  StateId initial_;
  std::uint32_t unknown_set_ = 0;
  NumberSets sets_;
  std::vector<Frame> stack_;

  struct Configuration {
    std::uint64_t done = 0;
    std::uint32_t r = 0;
    StateId state = 0;
    std::uint32_t unknown_set = 0;
  };
  Pool<Configuration> cache_;
  HashIndex cache_index_;
  std::vector<std::uint64_t> wide_words_;  // with more than 64 slots: the sets that were seen
  HashIndex wide_index_;
  std::uint64_t cache_count_ = 0;

  bool begun_ = false;
  std::uint64_t ask_at_;  // so many steps: then it is time for contradicts_itself()
  bool contradicted_ = false;
  bool refuse_ = false;     // the order that was found: look for another
  bool descending_ = true;  // the last step went forward
  std::uint64_t steps_ = 0;
  std::uint32_t best_r_ = 0;
  std::vector<std::uint32_t> best_order_;
  std::size_t best_shared_ = 0;  // how much of best_order_ the stack still begins with
  bool best_is_known_ = false;
  bool best_is_kept_ = false;
};

}  // namespace norn::check
