// FeedbackSearch: the runs of a campaign by --strategy feedback.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "explore/feedback/corpus.hpp"
#include "explore/feedback/mutation.hpp"
#include "norn/sim/run_seeds.hpp"

namespace norn::explore {

// A run as the campaign is told of it.
struct FeedbackRun {
  RunSummary summary{};  // its seed: the number of the run in the campaign
  SimOptions options{};  // what repeats it, without a Coverage
  bool kept = false;     // it did something new
};

// Coverage-guided fuzzing (AFL) in which the input is the map of keyed choices and the plan of
// faults: runs that did something new are kept and changed further. Runs are made in generations,
// all of one from what was kept before it, and counted in the order of their numbers, so that run
// k of the campaign A..B is the same whatever B and the number of threads. Ways that led to
// something new are taken more often (as in MOpt: Lyu and others, USENIX Security 2019).
class FeedbackSearch {
 public:
  FeedbackSearch(const Scenario& scenario, const RunOptions& options)
      : scenario_(scenario), options_(options) {}

  // go() makes the runs of RunOptions::seeds; take() is given each in ascending order, and says
  // whether more are wanted.
  void go(const std::function<bool(FeedbackRun& run)>& take);
  FeedbackCount count() const { return {.features = corpus_.features(), .kept = corpus_.size()}; }

 private:
  // How often a way was taken, and how often it led to something new; older times count less.
  struct Yield {
    std::uint64_t runs = 0;
    std::uint64_t fresh = 0;
  };

  Way draw_way(Draws& draws) const;
  void forget();
  Mutant make(std::uint64_t number);
  FeedbackRun run(std::uint64_t number, const Mutant& made) const;
  void learn(FeedbackRun& run, const Mutant& made);

  const Scenario& scenario_;
  const RunOptions& options_;
  Corpus corpus_;
  std::array<Yield, kWays> yields_{};
  std::uint64_t since_ = 0;  // runs since the yields were halved
};

}  // namespace norn::explore
