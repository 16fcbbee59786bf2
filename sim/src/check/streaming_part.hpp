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

// StreamPart follows all configurations that are possible. A configuration is the state and what is
// known of the operations that are open: that one has taken effect, and in which state (its answer
// must fit that), or that it may have done so without a change in some state that is gone.
//
// An operation that changes the state takes effect when a return needs it to: its own, or another's
// whose answer fits only then. Everything that could be so is followed.
class StreamPart {
 public:
  StreamPart(const Model& model, const StreamingOptions& options);

  // The operation gets a slot, until it returns; those of unknown outcome keep theirs.
  Result<std::uint32_t> call(OperationId id, Operation operation);
  // Gives the misfit, if there is one.
  Result<std::optional<StreamingMisfit>> ret(std::uint32_t slot, Outcome outcome, Value result);
  Verdict finish();
  std::optional<StreamingMisfit> take_misfit() { return std::move(misfit_); }
  std::size_t configurations() const { return now_.size(); }

 private:
  using Set = ConfigurationSet;

  struct Open {
    OperationId id = kNone;
    const Operation* operation = nullptr;  // null: the slot is empty
    ClassId unanswered = 0;                // its class as long as its answer is not known
    bool lost = false;                     // it stays open for ever
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

  static constexpr std::size_t kCompactAt = 65'536;  // operations

  // Operations that stay where they are, in blocks.
  class Kept {
   public:
    const Operation* add(Operation operation) {
      if (blocks_.empty() || blocks_.back().size() == kBlock) {
        blocks_.emplace_back();
        blocks_.back().reserve(kBlock);
      }
      ++size_;
      return &blocks_.back().emplace_back(std::move(operation));
    }
    std::size_t size() const { return size_; }

   private:
    static constexpr std::size_t kBlock = 32;
    std::vector<std::vector<Operation>> blocks_;
    std::size_t size_ = 0;
  };

  static bool is_done(const Configuration& configuration, std::uint32_t slot);
  static void forget(Configuration& configuration, std::uint32_t slot);
  static void mark(Configuration& configuration, std::uint32_t mark, std::uint32_t state);
  // leave() notes what could have taken effect without a change before the state changes to `next`.
  void leave(Configuration& configuration, StateId next);
  void complete(const Configuration& from, std::uint32_t slot, ClassId answered, Set& out);
  bool has_twin_before(const Configuration& configuration, std::uint32_t slot) const;
  // follow() is false if there is too much to follow.
  bool follow(std::uint32_t slot, ClassId answered);
  // thin() leaves out what another configuration can do as well: the same, but fewer operations of
  // unknown outcome have taken effect.
  void thin(std::vector<Configuration>& configurations) const;
  bool covers(const Configuration& a, const Configuration& b) const;
  void drop(std::uint32_t slot, bool failed);
  bool quiet() const { return active_ == 0; }
  void rest();
  void compact();

  // The search of what was kept, from `base_`.
  enum class Found : std::uint8_t { order, none, unknown };
  Found search(std::size_t events, Set* ends);
  Found search_from(const Configuration& from, std::size_t events, Set* ends);

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
  };
  Window window(const Configuration& from, std::size_t events) const;
  void judge_base(const Configuration& from, std::size_t based, Window& window) const;
  // The configuration at the end of an order that was found. `slots` are those of the operations.
  Configuration end_of(const Configuration& from, const Search& search,
                       const std::vector<std::uint32_t>& slots) const;
  void blame();
  void settle_search();

  const Model model_;
  const StreamingOptions options_;
  std::unique_ptr<Machine> machine_;
  Kept operations_;  // that the machine knows
  std::deque<Value> saved_;
  std::size_t compact_at_ = kCompactAt;
  std::uint32_t class_count_ = 0;
  std::vector<Open> open_;
  std::vector<std::uint32_t> unused_;
  std::size_t active_ = 0;  // open, and not lost
  std::size_t lost_ = 0;    // open for ever
  std::vector<Configuration> now_;
  Set seen_;  // of follow()
  Set reached_;
  bool following_ = true;  // now_ is what is possible; else base_ and log_ must be searched
  Base base_;
  std::vector<Event> log_;  // since base_
  std::size_t search_at_ = 0;
  bool undecided_ = false;
  std::optional<StreamingMisfit> misfit_;
};

}  // namespace norn::check
