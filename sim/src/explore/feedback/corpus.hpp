// Corpus: the runs of a campaign that did something new, to be changed further.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "norn/sim/sim_options.hpp"

namespace norn::explore {

struct KeptRun {
  std::uint64_t number = 0;  // in the campaign
  SimOptions options{};      // what repeats it
  FaultPlan plan{};          // that it had
  Coverage coverage{};
  std::uint64_t found = 0;            // runs made of it that were kept
  std::uint64_t chosen = 0;           // how often it was changed
  std::uint64_t weight = 0;           // how often it should be
  std::vector<std::uint64_t> rare{};  // of its features
  std::vector<TimePoint> moments{};   // when it came to those that were new
};

// A run is kept when it has a feature that no run had before. It is chosen the more often the fewer
// of those that are kept share its features (Entropic: Böhme, Manès, Cha, "Boosting fuzzer
// efficiency", ESEC/FSE 2020) and the more was found with it, and the less often it was chosen
// already (AFLFast: Böhme, Pham, Roychoudhury, "Coverage-based greybox fuzzing as Markov chain",
// CCS 2016). Nothing here depends on the order of a hash table.
class Corpus {
 public:
  // count() notes what a run did, and returns how many of its features are new.
  std::size_t count(const std::vector<std::uint64_t>& features);
  // keep() takes in a run that was made of the kept run of number `parent`, or of none.
  void keep(KeptRun run, std::optional<std::uint64_t> parent);
  // settle() weighs all anew, and lets go of those that count least when there are too many. What
  // choose() returned before is gone then.
  void settle();
  // choose() returns one of those that were there at the last settle().
  const KeptRun& choose(std::uint64_t draw);

  bool empty() const { return sum_ == 0; }
  std::size_t size() const { return kept_.size(); }
  std::size_t features() const { return times_.size(); }

 private:
  std::vector<KeptRun> kept_;
  std::vector<std::uint64_t> sums_;  // of weights, up to each
  std::uint64_t sum_ = 0;
  std::unordered_map<std::uint64_t, std::uint32_t> times_;    // runs. tidy: only looked up
  std::unordered_map<std::uint64_t, std::uint32_t> sharing_;  // kept. tidy: only looked up
};

}  // namespace norn::explore
