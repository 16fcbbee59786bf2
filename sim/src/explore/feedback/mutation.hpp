// Mutation: a run is made of one or two that were kept.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/choice_hash.hpp"
#include "engine/distributions.hpp"
#include "explore/feedback/corpus.hpp"

namespace norn::explore {

// Numbers that follow from one.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : seed_(seed) {}
  std::uint64_t next() { return sim::draw(seed_, times_++); }
  std::uint64_t below(std::uint64_t bound) { return sim::below(next(), bound); }
  bool one_in(std::uint64_t bound) { return below(bound) == 0; }

 private:
  std::uint64_t seed_;
  std::uint64_t times_ = 0;
};

// What is made of kept runs.
struct Mutant {
  SimOptions options{};  // its `coverage` has the redraws
  std::string made_by{};
};

// mutate() changes a few of the choices of `parent`, or its future from a moment on, or its faults,
// or lets it go on as `other` does. Faults stay as they are with `fixed_plan`.
Mutant mutate(const KeptRun& parent, const KeptRun& other, bool fixed_plan, Draws& draws);

}  // namespace norn::explore
