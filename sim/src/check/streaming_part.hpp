// One part of a history that is judged while it happens.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "check/configuration.hpp"
#include "norn/check/model.hpp"
#include "norn/check/streaming.hpp"

namespace norn::check {

class Search;
struct SearchInput;

// StreamPart follows all configurations that are possible. A configuration is the state and what is
// known of the operations that are open: that one has taken effect, and in which state (its answer
// must fit that), or that it may have done so without a change in some state that is gone.
//
// An operation that changes the state takes effect when a return needs it to: its own, or another's
// whose answer fits only then. Everything that could be so is followed.
//
// An operation that resets (a write to a register) hides what happened just before it: each time
// one takes effect there is a hole, in which any that resets as well, and who sees it, can have
// taken effect since they were called. So of two resets in a row the first need not be followed:
// what it would have shown is looked for in the hole when an answer asks for it. The latest hole is
// enough, for it is behind the calls of all that were open in an earlier one and have not taken
// effect.
class StreamPart {
 public:
  StreamPart(const Model& model, const StreamingOptions& options);

  // The operation gets a slot, until it returns; those of unknown outcome keep theirs.
  Result<std::uint32_t> call(OperationId id, Call&& call);
  // ret() is false if there is a misfit.
  Result<bool> ret(std::uint32_t slot, Outcome outcome, Value&& result);
  Verdict finish();
  std::optional<StreamingMisfit> take_misfit() { return std::move(misfit_); }
  std::size_t configurations() const { return now_.size(); }

 private:
  struct Open {
    OperationId id = kNone;
    Operation* operation = nullptr;  // null: the slot is empty
    ClassId unanswered = 0;          // its class as long as its answer is not known
    StateId target = 0;              // the state it leaves, if it resets
    bool resets = false;             // it leaves that state whatever was before
    bool varies = true;              // its answer depends on the state
    bool changes = true;             // it may change the state
    bool lost = false;               // it stays open for ever
  };

  // The lost operations of one class, by slot, in the order of their calls.
  struct Lost {
    ClassId unanswered = 0;
    std::vector<std::uint32_t> slots;
  };

  // The return that is followed.
  struct Returning {
    std::uint32_t slot = 0;
    ClassId answered = 0;
    OperationId oldest = kNone;  // of the others that are open, and not lost
  };

  struct Event {
    std::uint32_t slot = 0;
    bool call = false;
    OperationId id = kNone;
    const Operation* operation = nullptr;  // as known at the end of this event
    ClassId answered = kNone;              // its class; of a return only if it completed
    Outcome outcome = Outcome::ok;
  };

  // A part of the past that is known: all that was possible then.
  struct Base {
    std::vector<Configuration> configurations;
    std::vector<Open> open;
  };

  static constexpr std::size_t kCompactAt = 256;  // operations that were compiled

  // Operations that stay where they are, in blocks.
  class Kept {
   public:
    // add() is one of which whatever it was before may be left.
    Operation* add() {
      if (size_ == blocks_.size() * kBlock)
        blocks_.push_back(std::make_unique<Operation[]>(kBlock));
      Operation* const place = &blocks_[size_ / kBlock][size_ % kBlock];
      ++size_;
      return place;
    }
    template <class Item>
    Operation* add(Item&& operation) {
      Operation* const place = add();
      *place = std::forward<Item>(operation);
      return place;
    }
    // clear() keeps the memory.
    void clear() { size_ = 0; }

   private:
    static constexpr std::size_t kBlock = 16;
    std::vector<std::unique_ptr<Operation[]>> blocks_;
    std::size_t size_ = 0;
  };

  Result<ClassId> answer(Event& event, Value&& result);
  Open opened(OperationId id, Operation* operation, ClassId unanswered) const;
  OperationId oldest_but(std::uint32_t slot) const;
  // Whether it may have taken effect just before the state was last overwritten.
  bool is_hidden(const Configuration& configuration, std::uint32_t slot) const {
    return open_[slot].resets && open_[slot].id < configuration.hole();
  }

  // ---- what can be, in streaming_follow.cpp
  bool add(Frontier& to, Configuration configuration) const;
  // covers() is whether `a` can do all that `b` can.
  bool covers(const Configuration& a, const Configuration& b) const;
  bool covers_done(const Configuration& a, std::span<const Mark> marks, const Mark& b) const;
  // leave() changes the state to `next`, after all others have had the chance to see the old one.
  void leave(Configuration& configuration, StateId next, bool resets, std::uint32_t except);
  // see() notes which operations, called before `until`, could have taken effect in `state` without
  // a change.
  void see(Configuration& configuration, StateId state, OperationId until, std::uint32_t except);
  void complete(const Configuration& from, bool fresh, const Returning& what);
  void complete_in_hole(const Configuration& from, const Returning& what);
  void reach(Configuration configuration, const Returning& what);
  void lift(const Configuration& from, bool fresh, std::uint32_t other, const Returning& what);
  void lift_others(std::uint32_t from, bool fresh, const Returning& what);
  bool is_worth_a_reset(const Configuration& from, std::uint32_t other, const Returning& what);
  bool may_change(const Configuration& from, std::uint32_t slot, StateId state);
  // The last called of the lost ones, of those before `hole`, that has not taken effect; kNone.
  std::uint32_t last_left(const Lost& lost, const Configuration& from, std::uint32_t hole) const;
  // follow() is false if there is too much to follow.
  bool follow(const Returning& what);
  void follow_alone(const Returning& what);
  void note_misfit(const Returning& what);

  void lose(std::uint32_t slot);
  void find_lost();
  void forget_done();
  // begin_base() lets the past go: what is possible now is all that counts.
  void begin_base();
  Result<ClassId> compile(const Operation& operation, ClassId unanswered = kNone);
  void drop(std::uint32_t slot, bool failed);
  bool quiet() const { return active_.empty(); }
  void rest();
  void compact();
  void rename(const std::vector<StateId>& states, const std::vector<StateId>& renamed);
  void reopen();

  // The search of what was kept, from `base_`.
  enum class Found : std::uint8_t { order, none, unknown };
  Found search(std::size_t events, Frontier* ends);
  Found search_from(const Configuration& from, std::size_t events, Frontier* ends,
                    std::uint64_t& budget);

  // An operation of the window that is searched: open in the base, or called in the log.
  struct Item {
    std::uint32_t slot = 0;
    ClassId unanswered = 0;
    ClassId answered = kNone;  // kNone: of unknown outcome
    bool failed = false;
    bool done = false;  // before the window
    bool kept = true;   // it is searched
  };
  struct Window {
    std::vector<Item> items;
    std::vector<std::uint32_t> order;    // 2 * item, and 1 for its return
    std::vector<std::uint32_t> choices;  // items that may have taken effect before, or not
    bool possible = true;
    bool narrowed = false;  // something is possible that is not tried
  };
  Window window(const Configuration& from, std::size_t events);
  void begin(const Configuration& from, std::size_t events, Window& window,
             std::vector<std::uint32_t>& current);
  void judge_base(const Configuration& from, std::size_t based, Window& window) const;
  // The configuration at the end of an order that was found. `slots` are those of the operations.
  Configuration end_of(const Configuration& from, const Search& search,
                       const std::vector<std::uint32_t>& slots) const;
  SearchInput input_of(const Window& window, std::vector<std::uint32_t>& slots) const;
  void blame();
  void settle_search();

  const Model model_;
  const StreamingOptions options_;
  std::unique_ptr<Machine> machine_;
  bool owns_values_ = false;  // the machine does not refer to operations
  Kept operations_;           // since the base, or all that the machine refers to
  std::deque<Operation> lost_operations_;
  std::size_t compiled_ = 0;  // by this machine
  std::deque<Value> saved_;
  std::size_t compact_at_ = kCompactAt;
  std::uint32_t class_count_ = 0;
  std::vector<Open> open_;
  std::vector<std::uint32_t> unused_;
  std::vector<std::uint32_t> active_;  // slots of what is open and not lost, in order of the calls
  std::vector<Lost> lost_;
  OperationId called_ = 0;  // one more than the last one called
  std::vector<Configuration> now_;
  Frontier seen_;                    // of follow()
  std::vector<std::uint8_t> fresh_;  // of each of them: the last change was not a reset
  std::uint64_t work_ = 0;
  Frontier reached_;
  bool following_ = true;  // now_ is what is possible; else base_ and log_ must be searched
  Base base_;
  std::vector<Event> log_;  // since base_
  std::size_t search_at_ = 0;
  bool undecided_ = false;
  std::optional<StreamingMisfit> misfit_;
};

}  // namespace norn::check
