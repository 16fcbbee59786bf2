// HappensBefore: which steps of a run came before which, and which two could be turned round.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "explore/exhaustive/search_guide.hpp"

namespace norn::explore {

// What a step touches. Two steps that touch nothing in common may come in either order.
struct Footprint {
  std::uint64_t nodes = 0;  // bit n % 63 for node n, all bits for a step that concerns everybody
  bool by_clients = false;  // see Seen
  bool told = false;
  bool judged = false;

  bool meets(const Footprint& other) const {
    return (nodes & other.nodes) != 0 || (by_clients && other.by_clients) ||
           (judged && (other.judged || other.told)) || (told && other.judged);
  }
  void add(const Footprint& other) {
    nodes |= other.nodes;
    add_seen(other);
  }
  void add_seen(const Footprint& other) {
    by_clients = by_clients || other.by_clients;
    told = told || other.told;
    judged = judged || other.judged;
  }
  void add(Seen seen) {
    by_clients = by_clients || seen == Seen::by_clients;
    told = told || seen == Seen::told;
    judged = judged || seen == Seen::judged;
  }
  bool has(Seen seen) const {
    if (seen == Seen::by_clients) return by_clients;
    return seen == Seen::told ? told : judged;
  }
};

struct Step {
  std::uint64_t id = 0;
  std::uint64_t cause = 0;  // the id of the step that made it possible; 0: none
  Footprint footprint{};
  bool keeps_turn = false;  // see PossibleEvent
  bool goes_first = false;
};

// A set of steps, by their place in the run.
class StepSet {
 public:
  void add(std::size_t step) {
    grow(step);
    words_[step / kBits] |= std::uint64_t{1} << step % kBits;
  }
  void add(const StepSet& other) {
    if (words_.size() < other.words_.size()) words_.resize(other.words_.size());
    for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
  }
  bool has(std::size_t step) const {
    return step / kBits < words_.size() && (words_[step / kBits] >> step % kBits & 1U) != 0;
  }

 private:
  static constexpr std::size_t kBits = 64;
  void grow(std::size_t step) {
    if (step / kBits >= words_.size()) words_.resize(step / kBits + 1);
  }

  std::vector<std::uint64_t> words_;
};

// Two steps of a run that touch the same and follow each other directly, so that the later one
// might have come first.
struct Race {
  std::size_t first = 0;
  std::size_t second = 0;
};

class HappensBefore {
 public:
  // follow() is told the steps of a run of which the first `same` are those of the last call.
  void follow(const std::vector<Step>& steps, std::size_t same);
  // before() is all that comes before `step`, if it came after the first `count` steps; it puts the
  // races into `races`, with `count` as the later step.
  StepSet before(const std::vector<Step>& steps, std::size_t count, const Step& step,
                 std::vector<Race>* races) const;
  // firsts() are the steps that can come instead of the first of a race: those between the two that
  // do not follow from it, and the later one itself, as far as none of them waits for another.
  std::vector<std::size_t> firsts(const Race& race, const StepSet& before_later) const;
  const StepSet& before(std::size_t step) const { return before_[step]; }

 private:
  std::vector<StepSet> before_;  // by step: all that came before it
};

}  // namespace norn::explore
