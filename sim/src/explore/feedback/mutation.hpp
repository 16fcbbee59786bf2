// Mutation: a run is made of one or two that were kept.
#pragma once

#include <cstdint>
#include <optional>
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

// How a run is made.
enum class Way : std::uint8_t {
  fresh,    // by its own seed
  choices,  // other values of some choices
  future,   // other choices from a moment on
  faults,   // another plan
  joined,   // from a moment on as another run
};
inline constexpr std::size_t kWays = 5;

struct Mutant {
  SimOptions options{};  // its `coverage` has the redraws
  Way way = Way::fresh;
  Way asked = Way::fresh;  // where that one would have changed nothing, `way` is another
  std::optional<std::uint64_t> parent{};  // its number
};

// mutate() makes a run of `parent`, or of it and `other`; in another way than asked for where that
// one changes nothing. `fixed_plan`: faults stay as they are.
Mutant mutate(const KeptRun& parent, const KeptRun& other, Way way, bool fixed_plan, Draws& draws);

}  // namespace norn::explore
